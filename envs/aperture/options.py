"""ApertureOptions of the aperture environments, with what is allowed."""

from __future__ import annotations

import dataclasses
from typing import Literal

from habilis.assets.names import check_known
from habilis.assets.tools.registry import SIZES as ALL_SIZES
from habilis.assets.tools.registry import TOOLS, make_tool
from habilis.envs.aperture.cells import SIZES, SPLITS, STARTS, Split

Goal = Literal["opening", "force"]
GOALS: tuple[Goal, ...] = ("opening", "force")
Reward = Literal["dense", "sparse"]
REWARDS: tuple[Reward, ...] = ("dense", "sparse")


@dataclasses.dataclass(frozen=True)
class ApertureOptions:
    """What an aperture environment is made from.

    Attributes:
      tools: keys of ``TOOLS``; an episode draws one of them.
      hand: key of ``HANDS``; there must be grasps of the tools in it.
      split: ``train``, or ``held_out`` for sizes, grasps and springs that ``train`` never has.
      sizes: of the tools; those of the split by default.
      springless: share of the starts whose tool has no spring; by default half of those of
        scissors. Only fingers in rings can open a tool that does not open by itself.
      pushes: least and greatest force in N of pushes of 0.2 s, about one a second; (0, 0) for none.
      goal: what is to be reached: an ``opening``, or a ``force`` of the tips on a pad between them
        (``habilis.assets.tools.probe``).
      estimate: what the group ``cloud`` sees, see ``habilis.envs.aperture.feeling.estimates``.
      reward: ``dense`` or ``sparse``, see ``ApertureEpisodes.compute_reward``.
      goals: in an episode.
      starts: of each tool and size, which episodes draw from; each has a grasp and properties of
        its own.
    """

    tools: tuple[str, ...]
    hand: str = "leap"
    split: Split = "train"
    sizes: tuple[str, ...] = ()
    springless: float | None = None
    pushes: tuple[float, float] = (0.0, 0.0)
    goal: Goal = "opening"
    estimate: str = "simulated"
    reward: Reward = "dense"
    goals: int = 3
    starts: int = STARTS

    def __post_init__(self) -> None:
        for name in ("tools", "sizes", "pushes"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        for kind, names, known in (
            ("tool", self.tools, TOOLS),
            ("size", self.sizes, ALL_SIZES),
            ("split", (self.split,), SPLITS),
            ("goal", (self.goal,), GOALS),
            ("reward", (self.reward,), REWARDS),
        ):
            for one in names:
                check_known(kind, one, known)
        if not self.tools:
            raise ValueError("no tool named")
        for name in ("goals", "starts"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if len(self.pushes) != 2 or not 0 <= self.pushes[0] <= self.pushes[1]:
            raise ValueError(f"pushes are (least, greatest) N, got {self.pushes}")
        self._check_springs()

    def _check_springs(self) -> None:
        share = self.springless
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"springless is a share in [0, 1], got {share}")
        sprung = sorted(kind for kind in set(self.tools) if not ringed(kind))
        if share and sprung:
            raise ValueError(
                f"springless: {', '.join(sprung)} cannot be opened without a spring; only"
                f" {', '.join(filter(ringed, TOOLS))} can, whose handles are rings"
            )

    def cells(self) -> list[tuple[str, str, float]]:
        """(tool, size, share without a spring) of each cell, in order."""
        half = 0.5 if self.springless is None else self.springless
        return [
            (tool, size, half if ringed(tool) else 0.0)
            for tool in self.tools
            for size in (self.sizes or SIZES[self.split])
        ]


def ringed(kind: str) -> bool:
    """Whether fingers in rings can open the tool as well as close it: then it needs no spring."""
    return any(patch.bore for patch in make_tool(kind).patches)
