"""habilis scene show: what stands in a scene: places, sizes, masses, reach; as a picture too."""

from __future__ import annotations

import dataclasses

import tyro

from habilis.scripts.scene.check import SceneCheckOptions, run


@dataclasses.dataclass(frozen=True)
class SceneShowOptions(SceneCheckOptions):
    """Show what stands in a scene."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = tyro.cli(SceneShowOptions, args=args, prog="habilis scene show")
    run(options.scene, options.picture, whole=True)
    return 0
