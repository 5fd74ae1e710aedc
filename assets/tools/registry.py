"""Articulated tools by name and size."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from habilis.assets.names import did_you_mean
from habilis.assets.tools.clothespin import Clothespin
from habilis.assets.tools.family import ToolFamily
from habilis.assets.tools.pliers import Pliers
from habilis.assets.tools.scissors import Scissors
from habilis.assets.tools.spec import ArticulatedTool
from habilis.assets.tools.syringe import Syringe
from habilis.assets.tools.tongs import Tongs
from habilis.assets.tools.tweezers import Tweezers

TOOLS: Mapping[str, type[ToolFamily]] = {
    family.kind: family for family in (Tweezers, Tongs, Scissors, Pliers, Clothespin, Syringe)
}
"""Parameters and builder of each kind."""

SIZES = ("small", "medium", "large")
"""Names of the sizes that every kind has."""


def make_tool(kind: str, size: str = "medium", **changes: float) -> ArticulatedTool:
    """The tool of a kind and a named size, with single parameters changed.

    Args:
      kind: one of ``TOOLS``.
      size: one of the kind's sizes.
      changes: parameters of the kind, m, kg, rad, N; see its class.

    Raises:
      ValueError: An unknown name, with what is known; or a parameter out of range.
    """
    if kind not in TOOLS:
        raise ValueError(did_you_mean("tool", kind, TOOLS))
    family = TOOLS[kind]
    if size not in family.sizes:
        raise ValueError(did_you_mean(f"size of {kind}", size, family.sizes))
    known = [field.name for field in dataclasses.fields(family)]
    for name in changes:
        if name not in known:
            raise ValueError(did_you_mean(f"parameter of {kind}", name, known))
    return family(**{**family.sizes[size], **changes}).build()


def drawn_tool(kind: str, seed: int, **changes: float) -> ArticulatedTool:
    """A tool of a kind between its small and its large size, by a seed.

    Args:
      kind: one of ``TOOLS``.
      seed: of the draw.
      changes: parameters that are not drawn.

    Raises:
      ValueError: as ``make_tool``.
    """
    if kind not in TOOLS:
        raise ValueError(did_you_mean("tool", kind, TOOLS))
    family = TOOLS[kind]
    small, large = (family(**family.sizes[size]).params() for size in ("small", "large"))
    share = np.random.default_rng(seed).random()
    drawn = {name: low + share * (large[name] - low) for name, low in small.items()}
    return make_tool(kind, "medium", **{**drawn, **changes})
