"""What the walking environment is made from, with what is allowed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from habilis.assets.gait.scene import OBSTACLES, TERRAINS
from habilis.assets.names import check_known
from habilis.assets.robots.registry import walker

Basis = Literal["stance", "trot", "gait"]
Varied = Literal["mass", "friction", "gains"]
RANGES: Mapping[Varied, tuple[float, float]] = {
    "mass": (-1.0, 3.0), "friction": (0.4, 1.25), "gains": (0.8, 1.2),
}  # fmt: skip
"""What is added to the trunk, kg; factors of the friction of the feet, and of the servos' gains."""
HIGHEST, WIDEST = 0.13, 0.10  # m: of a step, of a gap
WEIGHTS: Mapping[str, float] = {
    "pace": 0.15, "spin": 0.075, "clock": 0.05, "bounce": -0.1, "sway": -0.005, "tilt": -0.2,
    "jerk": -0.002, "fell": -1.0,
}  # fmt: skip
"""Of the reward terms, see ``habilis.envs.gait.rewards``."""


@dataclasses.dataclass(frozen=True)
class GaitOptions:
    """What a walking environment is made from.

    Attributes:
      robot: one on legs.
      terrain: one of ``TERRAINS``, or several, of which an episode draws one; to name one twice
        makes it twice as likely.
      highest: m, of a step.
      widest: m, of a gap.
      basis: what actions are added to: joints of the posture in which it stands, or those of the
        model-based trot, or what the trot walks by, see ``habilis.envs.gait.strides``.
      recovers: whether the trot makes recovery steps when it is thrown off its way.
      speed: factor of the velocities that are asked for; 1 is what the trot was made for.
      vary: what differs between episodes, keys of ``RANGES``.
      pushes: m/s, the least and the most that a push changes the trunk's velocity by, every 2 s.
      aside: whether pushes come from the side, and not from anywhere.
      misjudged: m, by which steps, planks and decks are thought to be higher or lower than they
        are, at the most; what is observed of the ground is as wrong.
      noise: factor of the noise of what is observed, see ``habilis.envs.gait.state``; 0 for none.
      delay: steps by which actions come late.
      weights: of reward terms, in place of ``WEIGHTS``.
    """

    robot: str = "go1"
    terrain: str | Sequence[str] = "flat"
    highest: float = HIGHEST
    widest: float = WIDEST
    basis: Basis = "stance"
    recovers: bool = True
    speed: float = 1.0
    vary: Sequence[Varied] = ()
    pushes: tuple[float, float] = (0.0, 0.0)
    aside: bool = False
    misjudged: float = 0.0
    noise: float = 0.0
    delay: int = 0
    weights: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        given = self.terrain
        terrains = (given,) if isinstance(given, str) else tuple(given)
        object.__setattr__(self, "terrain", terrains)
        object.__setattr__(self, "pushes", tuple(self.pushes))
        for kind, names, known in (
            ("terrain", terrains, TERRAINS),
            ("basis of actions", (self.basis,), get_args(Basis)),
            ("variation", tuple(self.vary), tuple(RANGES)),
            ("reward term", tuple(self.weights), tuple(WEIGHTS)),
        ):
            for one in names:
                check_known(kind, one, known)
        walker(self.robot)
        if not terrains:
            raise ValueError("no terrain named")
        self._check_numbers()

    def _check_numbers(self) -> None:
        most = OBSTACLES["steps"][1][2]
        for name, low, high in (
            ("highest", 0.02, most), ("widest", 0.02, 0.3), ("speed", 0.0, 4.0),
            ("misjudged", 0.0, 0.2), ("noise", 0.0, math.inf), ("delay", 0, math.inf),
        ):  # fmt: skip
            value = getattr(self, name)
            if not (low <= value <= high and math.isfinite(value)):
                raise ValueError(f"{name} must be in {low:g} to {high:g}, got {value}")
        if len(self.pushes) != 2 or not 0 <= self.pushes[0] <= self.pushes[1] < math.inf:
            raise ValueError(
                f"pushes are the least and the most, m/s, as (0.0, 0.5), got {self.pushes}"
            )

    @property
    def terrains(self) -> tuple[str, ...]:
        """Of which an episode draws one."""
        return tuple(self.terrain)

    def weight(self, term: str) -> float:
        """Of a reward term."""
        return {**WEIGHTS, **self.weights}[term]
