"""habilis architecture: draw the layers of the package, read from its code, for the docs.

``imports`` reads which module imports which, ``folders`` what there is, ``paths`` names two ways
through it, and ``picture`` draws all that.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from habilis.scripts.architecture.folders import read_layers
from habilis.scripts.architecture.paths import COMMAND, OBSERVATION
from habilis.scripts.architecture.picture import draw
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class ArchitectureOptions:
    """Draw the layers of the package, their folders, and two ways through them, as an SVG file."""

    out: Path = Path("docs/images/architecture.svg")
    """Where the picture goes."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(ArchitectureOptions, args, prog="habilis architecture")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(draw(read_layers(), COMMAND, OBSERVATION), encoding="utf-8")
    print(f"picture {options.out}")
    return 0
