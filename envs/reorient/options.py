"""ReorientOptions of the reorientation environment, with what is allowed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from habilis.assets.names import check_known
from habilis.assets.reorient.scene import Palm
from habilis.assets.reorient.shapes import SHAPES, SPLITS

Vary = Literal["none", "mild", "published"]
Range = tuple[float, float]
RANGES: Mapping[Vary, tuple[Range, Range, Range]] = {
    "none": ((1.0, 1.0),) * 3, "mild": ((0.8, 1.2), (0.8, 1.2), (0.9, 1.1)),
    "published": ((0.3, 2.0), (0.3, 1.8), (0.8, 1.2)),
}  # fmt: skip
"""Factors of the object's friction, of its mass, and of the gains of the hand's servos."""
WEIGHTS: Mapping[str, float] = {
    "near": 1.0, "progress": 0.0, "tips": -1.0, "energy": -0.02, "reached": 800.0, "fell": -100.0,
}  # fmt: skip
"""Of the reward terms, see ``habilis.envs.reorient.rewards``. All but ``progress`` and ``energy``
are the published ones; the unit of the published power is not known."""


@dataclasses.dataclass(frozen=True)
class ReorientOptions:
    """What a reorientation environment is made from.

    Attributes:
      shapes: a key of ``SPLITS``, or names of shapes; an episode draws one.
      palm: which way the palm faces.
      table: whether the object lies on a table, under a palm that faces down.
      farthest: rad, the most that goals are turned away from the start; pi for any orientation.
      tolerance: rad, within which an orientation is reached.
      stop: whether hand and object must be still for success, see ``habilis.envs.reorient.goals``.
      vary: how far friction, mass and gains differ between episodes, a key of ``RANGES``.
      noise: factor of the published noise of what is observed and of actions; 0 for none.
      delay: steps by which actions come late.
      weights: of reward terms, in place of ``WEIGHTS``.
    """

    shapes: str | Sequence[str] = "train"
    palm: Palm = "up"
    table: bool = False
    farthest: float = math.pi
    tolerance: float = 0.4
    stop: bool = True
    vary: Vary = "mild"
    noise: float = 0.0
    delay: int = 0
    weights: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        given = self.shapes
        named = SPLITS.get(given, (given,)) if isinstance(given, str) else tuple(given)  # type: ignore[call-overload]
        object.__setattr__(self, "shapes", named)
        for kind, names, known in (
            ("shape or set of shapes", named, (*SHAPES, *SPLITS)),
            ("way that the palm faces", (self.palm,), get_args(Palm)),
            ("variation", (self.vary,), RANGES),
            ("reward term", tuple(self.weights), WEIGHTS),
        ):
            for one in names:
                check_known(kind, one, known)
        if not named:
            raise ValueError("no shape named")
        if self.table and self.palm == "up":
            raise ValueError(
                "a table is under a palm that faces down: table=True needs palm='down'"
            )
        self._check_numbers()

    def _check_numbers(self) -> None:
        least: Mapping[str, Any] = {
            "farthest": 0.6, "tolerance": 0.05, "noise": 0, "delay": 0,
        }  # fmt: skip
        for name, low in least.items():
            value = getattr(self, name)
            if not low <= value < math.inf:
                raise ValueError(f"{name} must be at least {low}, got {value}")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the shapes."""
        return tuple(self.shapes)

    def weight(self, term: str) -> float:
        """Of a reward term."""
        return {**WEIGHTS, **self.weights}[term]
