"""habilis scene check: whether things stand still, the goal is yet to come, what is in reach."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from habilis.assets.names import visible
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show


@dataclasses.dataclass(frozen=True)
class SceneCheckOptions:
    """Check a scene; the exit code is 1 if something moves by itself or the goal holds already."""

    scene: Annotated[str, tyro.conf.Positional]
    """A scene file, the name of a shipped scene, or the id of a task."""
    picture: Path | None = None
    """Write views from the front, the top and the side, with the reach drawn, to this file."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(SceneCheckOptions, args, prog="habilis scene check")
    return run(options.scene, options.picture, whole=False)


def run(name: str, picture: Path | None, whole: bool) -> int:
    """Print what there is to say of a scene; 1 if something is amiss."""
    from habilis.envs.media.film import check_picture
    from habilis.envs.robot.at_rest import left_alone
    from habilis.scripts.shared.scenes import choose_scene

    if picture is not None:
        check_picture(picture)
    scene = choose_scene(name, "", steady=False)
    found = left_alone(scene)
    if whole:
        show(f"{scene.name}: {visible(scene.instruction)}")
        show(f"goal: {scene.goal}")
        show(f"robot: {scene.robot} at {scene.base}")
    width = max((len(thing.name) for thing in found.things), default=0)
    for thing in found.things:
        show(f"  {thing.name:<{width}}  {thing.line(whole)}")
    show(found.reach)
    for line in found.amiss:
        show(f"NOT  {line}")
    if picture is not None:
        from habilis.envs.media.film import save_picture
        from habilis.envs.world.seeing.views import views

        picture.parent.mkdir(parents=True, exist_ok=True)
        save_picture(picture, views(scene))
        show(f"picture {picture}")
    return 1 if found.amiss else 0
