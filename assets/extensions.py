"""Modules of other packages that bring task families, skills and tools of their own.

Such a package names them as entry points, in its ``pyproject.toml``::

    [project.entry-points."habilis.tasks"]
    carousel = "my_package.carousel"
"""

from __future__ import annotations

import importlib
import importlib.metadata
import warnings
from types import ModuleType
from typing import Literal

Kind = Literal["tasks", "skills", "tools"]


def extensions(kind: Kind) -> list[ModuleType]:
    """Import what installed packages name in the group ``habilis.<kind>``, by name.

    What fails is left out with a warning that names it, so that one bad package stops no other.
    """
    found = []
    named = importlib.metadata.entry_points(group=f"habilis.{kind}")
    for name, module in sorted({(entry.name, entry.module) for entry in named}):
        try:
            found.append(importlib.import_module(module))
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            text = f"habilis goes on without {module}, which a package named {name!r} in its"
            warnings.warn(f"{text} entry points 'habilis.{kind}': {why}", stacklevel=2)
    return found
