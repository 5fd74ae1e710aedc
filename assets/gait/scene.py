"""A floor with obstacles across the way, sunk until an episode raises them.

All terrains are arrangements of the same boxes, so that every episode of a batch may have its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import mujoco

from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Scene, Thing, Workspace

OBSTACLES: Mapping[str, tuple[int, Vec3]] = {
    "steps": (2, (1.2, 4.0, 0.2)), "planks": (8, (0.14, 4.0, 0.1)), "gaps": (8, (0.6, 4.0, 0.3)),
}  # fmt: skip
"""Terrain to how many boxes there are, and how large they are, m: along the way, across, up."""
TERRAINS = ("flat", *OBSTACLES)
SUNK = 0.05  # m below the floor that the upper side of a box is which is not used
TIME_LIMIT = 10.0  # s
_COLOURS = {"steps": (0.72, 0.58, 0.42, 1.0), "planks": (0.62, 0.45, 0.3, 1.0)}
_DECK = (0.55, 0.6, 0.66, 1.0)


def walk_scene(robot: str, terrains: Sequence[str]) -> Scene:
    """A scene in which any of some terrains can be laid; its goal is no goal of the task."""
    kinds = [kind for kind in terrains if kind in OBSTACLES] or ["steps"]
    things = [
        Thing(
            box_name(kind, i), (Part("box", "box", size, rgba=_COLOURS.get(kind, _DECK)),),
            (0.0, 0.0, -SUNK - size[2] / 2), fixed=True,
        )
        for kind in dict.fromkeys(kinds) for count, size in [OBSTACLES[kind]] for i in range(count)
    ]  # fmt: skip
    return Scene(
        "walk", "Walk as fast as you are told.", tuple(things),
        Workspace((-6.0, -6.0, 0.0), (6.0, 6.0, 1.0)), Predicate("moved", things[0].name, value=1),
        robot=robot, base=(0.0, 0.0, 0.0), time_limit=TIME_LIMIT,
    )  # fmt: skip


def box_name(terrain: str, number: int) -> str:
    """Name of a box of a terrain."""
    return f"{terrain}{number}"


def compile_walk(robot: str, terrains: Sequence[str]) -> Compiled:
    """A compiled ``walk_scene``, whose contacts are solved fast, with a camera that follows."""
    return compile_scene(walk_scene(robot, terrains), _furnish)


def _furnish(spec: mujoco.MjSpec, robot: RobotSpec) -> None:
    # Feet neither pinch nor hold anything: a pyramid of friction serves them as well as a cone of
    # high impedance does, and takes little more than half the time.
    spec.option.cone, spec.option.impratio = mujoco.mjtCone.mjCONE_PYRAMIDAL, 1.0
    trunk = spec.body(robot.base.body)
    trunk.add_camera(
        name="follow", mode=mujoco.mjtCamLight.mjCAMLIGHT_TRACK, pos=[0.5, -1.5, 0.5],
        xyaxes=[0.95, 0.31, 0.0, -0.09, 0.28, 0.95], fovy=42,
    )  # fmt: skip
