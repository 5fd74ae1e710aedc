"""What a set of episodes is: who did what where, and what an observation and an action are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import gymnasium
from gymnasium import spaces

from habilis.assets.plain import build
from habilis.policies.data.episodes import Trajectory

Leaf = tuple[str, ...]
"""Where a part of an observation is: keys of dicts, outermost first; () for one that is no dict."""


@dataclasses.dataclass(frozen=True)
class About:
    """What the episodes of a dataset are of, as plain data.

    Attributes:
      task: Gymnasium id; '' where nobody said.
      options: of the task.
      agent: who acted, with the policy or plan if it was one.
      instruction: what was to be done, in words.
      robot: which moved.
      seconds: length of a step, s.
      noise: standard deviation of what was added to the agent's actions.
      names: of the numbers in rows of terms, by observation group.
      made: command, versions, time and machine, see ``habilis.policies.evaluation.provenance``.
    """

    task: str = ""
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    agent: str = ""
    instruction: str = ""
    robot: str = ""
    seconds: float = 0.1
    noise: float = 0.0
    names: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    made: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise ValueError(f"seconds of a step must be positive, got {self.seconds}")

    def plain(self) -> dict[str, Any]:
        """For JSON; ``parse`` makes the same of it again."""
        return dataclasses.asdict(self)

    @classmethod
    def parse(cls, data: Any, where: str) -> About:
        """From ``plain``; ValueError names ``where`` and what does not fit."""
        return build(cls, data, where)


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Episodes with all that is known of them.

    Attributes:
      about: what they are of.
      observation_space, action_space: of one step.
      count: how many episodes.
      episodes: in order; read while iterated over, from the beginning each time.
    """

    about: About
    observation_space: gymnasium.Space[Any]
    action_space: gymnasium.Space[Any]
    count: int
    episodes: Iterable[Trajectory]

    def check(self, observation: gymnasium.Space[Any], action: gymnasium.Space[Any]) -> None:
        """Check that the episodes are of these spaces; ValueError says which differs."""
        for what, mine, given in (
            ("observations", self.observation_space, observation),
            ("actions", self.action_space, action),
        ):
            if shapes(mine) != shapes(given):
                raise ValueError(
                    f"{what} of the dataset do not fit: it has {_told(mine)}, asked for is"
                    f" {_told(given)}"
                )


def leaves(space: gymnasium.Space[Any], at: Leaf = ()) -> dict[Leaf, spaces.Box]:
    """The Box spaces that an observation consists of; ValueError for other kinds."""
    if isinstance(space, spaces.Dict):
        found: dict[Leaf, spaces.Box] = {}
        for key, inner in space.items():
            found |= leaves(inner, (*at, key))
        return found
    if not isinstance(space, spaces.Box):
        raise ValueError(f"episodes are kept of Box and Dict spaces, got {space}")
    return {at: space}


def leaf(observation: Any, at: Leaf) -> Any:
    """A part of an observation."""
    for key in at:
        observation = observation[key]
    return observation


def assembled(parts: Mapping[Leaf, Any]) -> Any:
    """The observation that has these parts."""
    if () in parts:
        return parts[()]
    whole: dict[str, Any] = {}
    for (*path, last), value in parts.items():
        inner = whole
        for key in path:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return whole


def shapes(space: gymnasium.Space[Any]) -> dict[Leaf, tuple[tuple[int, ...], str]]:
    """Shape and dtype of each part of an observation or action."""
    return {at: (box.shape, str(box.dtype)) for at, box in leaves(space).items()}


def _told(space: gymnasium.Space[Any]) -> str:
    told = (
        f"{'/'.join(at) or 'numbers'} {shape} {dtype}"
        for at, (shape, dtype) in shapes(space).items()
    )
    return ", ".join(told)
