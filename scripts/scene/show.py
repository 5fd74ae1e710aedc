"""habilis scene show: what stands in a scene: places, sizes, masses, reach; as a picture too."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from habilis.scripts.scene.check import run


@dataclasses.dataclass(frozen=True)
class SceneShowOptions:
    """Show what stands in a scene."""

    scene: Annotated[str, tyro.conf.Positional]
    """A scene file, the name of a shipped scene, or the id of a task."""
    picture: Path | None = None
    """Write views from the front, the top and the side, with the reach drawn, to this file."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = tyro.cli(SceneShowOptions, args=args, prog="habilis scene show")
    run(options.scene, options.picture, whole=True)
    return 0
