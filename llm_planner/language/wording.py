"""The same scene told otherwise: other names, another unit, numbers that do not matter."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np

from habilis.assets.names import check_known
from habilis.assets.scene.things import Scene
from habilis.llm_planner.language.describe import Style
from habilis.llm_planner.language.goal_words import LengthUnit
from habilis.llm_planner.language.renaming import anonymous

Names = Literal["given", "shuffled"]
UNITS: tuple[LengthUnit, ...] = get_args(LengthUnit)


@dataclasses.dataclass(frozen=True)
class Wording:
    """How the telling of a scene is drawn.

    Attributes:
      names: ``given``, or ``shuffled``: object_1 and so on in random order.
      unit: of every length in the text; ``any`` draws one.
      irrelevant: fewest and most numbers per object that have nothing to do with the task.
    """

    names: Names = "shuffled"
    unit: LengthUnit | Literal["any"] = "any"
    irrelevant: tuple[int, int] = (0, 3)

    def __post_init__(self) -> None:
        check_known("kind of names", self.names, get_args(Names))
        check_known("unit", self.unit, (*UNITS, "any"))
        fewest, most = self.irrelevant
        if fewest > most:
            raise ValueError(f"irrelevant numbers: fewest first, got {fewest} to {most}")
        for count in self.irrelevant:
            Style(irrelevant=count)


@dataclasses.dataclass(frozen=True)
class Worded:
    """A scene as it is told.

    Attributes:
      scene: with the new names, in its goal and instruction too.
      style: for ``describe``.
      names: new name by old, of every object.
    """

    scene: Scene
    style: Style
    names: Mapping[str, str]


def word(scene: Scene, wording: Wording, seed: int) -> Worded:
    """Draw a telling of a scene.

    Args:
      scene: to tell.
      wording: how.
      seed: with the scene's name it fixes everything.

    Raises:
      ValueError: a negative seed.
    """
    if seed < 0:
        raise ValueError(f"seed must be at least 0, got {seed}")
    rng = np.random.default_rng([seed, zlib.crc32(f"wording {scene.name}".encode())])
    unit: LengthUnit = UNITS[rng.integers(len(UNITS))] if wording.unit == "any" else wording.unit
    count = int(rng.integers(wording.irrelevant[0], wording.irrelevant[1], endpoint=True))
    style = Style(unit=unit, irrelevant=count, seed=int(rng.integers(2**31)))
    if wording.names == "given":
        return Worded(scene, style, {e.name: e.name for e in scene.entities})
    told, names = anonymous(scene, rng)
    return Worded(told, style, names)
