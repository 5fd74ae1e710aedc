"""habilis scene show: what stands in a scene: places, sizes, masses, reach; as a picture too."""

from __future__ import annotations

import dataclasses

from habilis.scripts.scene.check import SceneCheckOptions, run
from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class SceneShowOptions(SceneCheckOptions):
    """Show what stands in a scene."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(SceneShowOptions, args, prog="habilis scene show")
    run(options.scene, options.picture, whole=True)
    return 0
