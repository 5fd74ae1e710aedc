"""PickOptions of the picking environments, with what is allowed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from habilis.assets.names import check_known, did_you_mean
from habilis.assets.pick.objects import HELD_OUT, OBJECTS, TRAINED

SETS: Mapping[str, tuple[str, ...]] = {
    "train": TRAINED, "held_out": HELD_OUT, "all": tuple(OBJECTS),
}  # fmt: skip
"""Objects by name of the set."""
SHAPING = ("reach", "grip", "lift")
"""Reward terms beside ``success``, each in [0, 1] a step; their weights are 0 by default."""


@dataclasses.dataclass(frozen=True)
class PickOptions:
    """What is picked with what, and how.

    Attributes:
      tool, tool_size, hand: keys of ``TOOLS``, ``SIZES`` and ``HANDS``.
      objects: a key of ``SETS``, or names of objects; shrunk where the tool is too small.
      gentle: grip less hard, so that fragile things are not crushed.
      shaping: weights of ``SHAPING`` terms.
      layer_one: what moves the fingers, a key of ``layer_one.LAYERS``.
      flat: no layer one: four numbers become three and a target for each servo of the hand.
      latent: what the group ``cloud`` is told, a key of ``latents.LATENTS``.
      grasps: indices of the grasps to start from, best first; all by default.
    """

    tool: str = "tweezers"
    tool_size: str = "medium"
    hand: str = "leap"
    objects: Literal["train", "held_out", "all"] | Sequence[str] = "train"
    gentle: bool = False
    shaping: Mapping[str, float] = dataclasses.field(default_factory=dict)
    layer_one: str = "synergy"
    flat: bool = False
    latent: str = "noisy"
    grasps: Sequence[int] | None = None

    def __post_init__(self) -> None:
        for name in self.shaping:
            check_known("shaping term", name, SHAPING)
        if isinstance(self.objects, str) and self.objects not in SETS:
            raise ValueError(did_you_mean("set of objects", self.objects, SETS))

    def names(self) -> tuple[str, ...]:
        """Of the objects."""
        return SETS[self.objects] if isinstance(self.objects, str) else tuple(self.objects)
