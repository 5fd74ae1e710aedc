"""A task as data: a scene, how it is acted on, and dicts of named terms."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, Protocol

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK
from habilis.envs.parts import Parts, Readable
from habilis.envs.sim.make import SimKind
from habilis.envs.terms.term import Term
from habilis.envs.world.varying.layout import Variation
from habilis.envs.world.world import World

Mode = Literal["ee", "ee6", "tool", "joint", "walk"]

TICKS = 5
"""Control periods in an environment step: 5 x 20 ms, so that a policy acts at 10 Hz."""

_MOVE, _TURN, _JOINT = 0.025, 0.1, 0.1  # m, rad, rad

SCALES: Mapping[Mode, tuple[float, ...] | float] = {
    "ee": (_MOVE,) * 3, "ee6": (*(_MOVE,) * 3, *(_TURN,) * 3), "joint": _JOINT,
    "tool": (*(_MOVE,) * 3, *(_TURN,) * 3),
}  # fmt: skip
"""What an action of 1 means for one step: m of the tool centre point, rad about each axis of the
world, or rad of each joint."""


class SensorReader(Protocol):
    """A sensor at work in one world."""

    space: gymnasium.spaces.Box

    def read(self, state: Any) -> npt.NDArray[Any]:
        """(N, *space.shape) fresh array of the dtype of ``space``."""

    def close(self) -> None:
        """Let go of what is held open; may be called twice."""


class Sensor(Protocol):
    """An observation group that is not a row of numbers, such as a camera picture."""

    def build(self, world: World) -> SensorReader:
        """Set it up in a world."""


Group = Mapping[str, Term] | Sensor
"""Terms of a group are concatenated in order to one float32 row."""


@dataclasses.dataclass(frozen=True)
class GoalSpec:
    """How an environment with goals shows and rewards them, as goal environments commonly do.

    Attributes:
      achieved: term (N, k) of what is reached.
      desired: term (N, k) of what is wanted.
      reward: from arrays (..., k) of both to the reward (...).
      hidden: observation groups beside which ``achieved_goal``, which is the truth, is not shown.
    """

    achieved: Term
    desired: Term
    reward: Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[Any]]
    hidden: Collection[str] = ()


@dataclasses.dataclass(frozen=True)
class View:
    """What ``render`` shows unless told otherwise.

    Attributes:
      camera: its name.
      size: width and height, pixels.
      fps: environment steps in a second, rounded down.
    """

    camera: str = "front"
    size: tuple[int, int] = (640, 480)
    fps: int = 10


@dataclasses.dataclass(frozen=True)
class TaskSpec:
    """Everything an environment is made from. Immutable; change it by ``dataclasses.replace``.

    Unless ``build`` says otherwise, success, the time it must hold and what must have caused it
    are the scene's goal, see ``habilis.envs.world.judging.monitor``; the episode is truncated at
    the scene's time limit.

    Attributes:
      id: Gymnasium id, or the name of the scene.
      scene: called once for each environment; must be picklable for the environment to be.
      rewards: name to term; their weighted sum is the reward.
      observations: group to terms (or sensor); an environment shows the groups asked for.
      failures: name to term; where true the episode ends with that name as the reason.
      control: what an action means: ``ee``, displacement of the tool centre point (3) and jaw
        (1), gripper down; ``ee6``, displacement (3) and rotation vector (3) of the tool centre
        point along the world's axes, and jaw (1); ``tool``, ``ee6`` with closure (1) and grasp (1)
        of a hand that takes up tools, see ``habilis.envs.arm.tool_control``; ``joint``,
        displacement of each joint and jaw; ``walk``, velocity (2), turning (1) and pushing (1) of
        a robot on legs, see ``habilis.envs.legged.control``.
      variation: how far layouts stray from the scene's.
      build: makes the parts of N episodes of the task, given N, and threads and back end of the
        physics; an arm in the scene by default, see ``habilis.envs.arm.episodes``.
      goals: of an environment with goals.
      shown: observation group, or several, that are shown unless others are asked for.
      agents: scripted agents beside the oracle: name to ``module:function``, a function of the
        vector environment and a seed.
      view: of ``render``.
    """

    id: str
    scene: Callable[[], Scene]
    rewards: Mapping[str, Term]
    observations: Mapping[str, Group]
    failures: Mapping[str, Term] = dataclasses.field(default_factory=dict)
    control: Mode = "ee"
    variation: Variation = dataclasses.field(default_factory=Variation)
    build: Callable[[TaskSpec, int, int, SimKind], Parts] | None = None
    goals: GoalSpec | None = None
    shown: str | Sequence[str] = "state"
    agents: Mapping[str, str] = dataclasses.field(default_factory=dict)
    view: View = dataclasses.field(default_factory=View)


def step_limit(scene: Scene) -> int:
    """Environment steps until the scene's time limit."""
    return max(1, round(scene.time_limit / (TICKS * TICK)))


def score(term: Term, name: str, kind: str, state: Readable, width: int | None) -> npt.NDArray[Any]:
    """Evaluate a term and insist on its shape.

    Args:
      term: to evaluate.
      name: of the term, for the error.
      kind: observation, reward or failure, for the error.
      state: to evaluate it on.
      width: 0 for (N,), None for (N, k) with any k.

    Raises:
      ValueError: names the term, what it returned and what it should have.
    """
    out = np.asarray(term(state))
    want = f"({state.n}, k)" if width is None else f"({state.n},)"
    fits = out.ndim == 2 if width is None else out.ndim == 1
    if not fits or out.shape[0] != state.n:
        raise ValueError(f"{kind} term {name!r} must return shape {want}, got {out.shape}")
    return out


def groups_shown(task: TaskSpec) -> tuple[str, ...]:
    """Names of the observation groups that a task shows."""
    return (task.shown,) if isinstance(task.shown, str) else tuple(task.shown)
