"""Articulated tools by name and size."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Mapping

import numpy as np

from habilis.assets.extensions import extensions
from habilis.assets.names import check_known, look_up
from habilis.assets.tools import families
from habilis.assets.tools.family import ForceRange, ToolFamily
from habilis.assets.tools.spec import ArticulatedTool


def _found() -> Mapping[str, type[ToolFamily]]:
    """The families that files of ``families`` and other packages define, the suite's first."""
    files = pkgutil.iter_modules(families.__path__)
    shipped = [importlib.import_module(f"{families.__name__}.{file.name}") for file in files]
    made: list[type[ToolFamily]] = []
    for module in [*shipped, *extensions("tools")]:
        own = (v for v in vars(module).values() if getattr(v, "__module__", "") == module.__name__)
        made += [v for v in own if isinstance(v, type) and issubclass(v, ToolFamily)]
    late = len(made)
    made.sort(key=lambda f: (late if f.suite is None else f.suite, f.kind))
    return {family.kind: family for family in made}


TOOLS: Mapping[str, type[ToolFamily]] = _found()
"""Parameters and builder of each kind."""

SUITE: tuple[str, ...] = tuple(kind for kind, family in TOOLS.items() if family.suite is not None)
"""The kinds that what was trained on several tools at once was trained on, in its order."""

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
    family = look_up("tool", kind, TOOLS)
    check_known(f"size of {kind}", size, family.sizes)
    known = [field.name for field in dataclasses.fields(family)]
    for name in changes:
        check_known(f"parameter of {kind}", name, known)
    return family(**{**family.sizes[size], **changes}).build()


def forces_of(kind: str) -> ForceRange:
    """What hands can press with a kind of tool; ValueError where that was not measured."""
    forces = TOOLS[kind].force
    if forces is None:
        known = ", ".join(name for name, family in TOOLS.items() if family.force is not None)
        raise ValueError(f"forces of {kind} were not measured; those of {known} were")
    return forces


def drawn_tool(kind: str, seed: int, **changes: float) -> ArticulatedTool:
    """A tool of a kind between its small and its large size, by a seed.

    Args:
      kind: one of ``TOOLS``.
      seed: of the draw.
      changes: parameters that are not drawn.

    Raises:
      ValueError: as ``make_tool``.
    """
    family = look_up("tool", kind, TOOLS)
    small, large = (family(**family.sizes[size]).params() for size in ("small", "large"))
    share = np.random.default_rng(seed).random()
    drawn = {name: low + share * (large[name] - low) for name, low in small.items()}
    return make_tool(kind, "medium", **{**drawn, **changes})
