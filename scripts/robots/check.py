"""habilis robots check: measure what a robot can do, and say what does not fit."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import tyro

from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show


@dataclasses.dataclass(frozen=True)
class RobotsCheckOptions:
    """Measure reach, opening, holding and following; the exit code is 1 if something is amiss."""

    name: Annotated[str, tyro.conf.Positional]
    """An arm, a hand, arm+effector, menagerie:FOLDER or file:MODEL."""
    scene: str = ""
    """A scene whose workspace and base are taken; by default those of the shipped scenes."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    from habilis.assets.robots.registry import robot_spec
    from habilis.envs.legged.check import check_legs
    from habilis.envs.robot.check import BASE, WORKSPACE, check_robot
    from habilis.scripts.shared.scenes import choose_scene

    options = read_options(RobotsCheckOptions, args, prog="habilis robots check")
    workspace, base = WORKSPACE, BASE
    if options.scene:
        scene = choose_scene(options.scene, "")
        workspace, base = scene.workspace, scene.base
    robot = robot_spec(options.name)
    legged = robot.legs is not None
    if legged and options.scene:
        raise ValueError("a robot on legs is measured on even ground and a step: leave --scene out")
    checks = list(check_legs(robot)) if legged else check_robot(options.name, workspace, base)
    width = max(len(check.what) for check in checks)
    for check in checks:
        bound = f"  (wanted: {check.wanted})" if check.wanted else ""
        show(f"{'ok ' if check.fits else 'NOT'}  {check.what:<{width}}  {check.value}{bound}")
    amiss = [check.what for check in checks if not check.fits]
    if amiss:
        print(f"\n{options.name} does not fit: {', '.join(amiss)}")
    return 1 if amiss else 0
