"""A robot, a table, a tool that is free, and what stands on the table, compiled."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import mujoco

from habilis.assets.dextool.scans import TABLE_SIZE, TOOL, Inertial
from habilis.assets.dextool.work import (
    FELT,
    NAIL,
    POINTS,
    BoardWork,
    NailWork,
    Work,
    touched,
)
from habilis.assets.names import look_up
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.model.contacts import add_contact_sensor, add_point_sensor
from habilis.assets.scene.model.heaps import grain_names
from habilis.assets.scene.model.preset import look_at
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import NO_TABLE, Scene, Thing, Workspace

GOAL = "goal"
"""Name of the mocap body that shows where the tool should be."""
WELD = "hold_tool"
"""Name of the equality that can hold the tool to the world."""
FILM = "near"
"""Name of the camera for people."""
_WELD_SOLREF = (0.008, 1.0)
_WELD_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)
_GHOST = (0.2, 0.75, 0.35, 0.35)
_FLOOR = -0.75  # m, below the table top


@dataclasses.dataclass(frozen=True)
class Stance:
    """How a robot stands behind the table, whose middle is the origin.

    Attributes:
      base: of the arm, m.
      ready: its joints with the hand above the table, rad.
    """

    base: Vec3
    ready: tuple[float, ...]


STANCES: Mapping[str, Stance] = {
    "iiwa14+sharpa": Stance(
        (0.0, 0.8, -0.53), (-1.571, 1.571, 0.0, 1.376, 0.0, 1.485, 1.308)
    ),
    "fr3+leap": Stance((0.0, 0.55, -0.1), (-0.70, 0.19, -0.41, -1.94, -1.51, 1.08, -0.31)),
}  # fmt: skip
"""Robots that can pose tools, by name. The first stands as in the benchmark."""


def stance(robot: str) -> Stance:
    """How a robot stands; ValueError names those that can pose tools."""
    return look_up("robot that poses tools", robot, STANCES)


def pose_scene(
    robot: str, tool: Thing, stands: Sequence[Thing] = (), inertial: Inertial | None = None,
    work: Work | None = None,
) -> Compiled:  # fmt: skip
    """The robot at the benchmark's table, with a tool and fixed things on it.

    Args:
      robot: a key of ``STANCES``.
      tool: its name is ``TOOL``.
      stands: what is fixed.
      inertial: of the tool, where it is not that of its parts.
      work: what is to be done; its stands take the place of the others.
    """
    base, (x, y, z) = stance(robot).base, TABLE_SIZE
    block = _block("trestle", (x, y, z - 0.04), (0.0, 0.0, -0.02 - z / 2))
    plinth = _block("plinth", (0.3, 0.3, base[2] - _FLOOR), (*base[:2], (base[2] + _FLOOR) / 2))
    scene = Scene(
        name=f"{robot} poses a tool", instruction="Bring the tool to each pose in turn.",
        entities=(tool, block, plinth, *(work.stands if work else stands)),
        workspace=Workspace((-0.6, -0.6, 0.0), (0.6, 0.6, 1.0)),
        goal=Predicate("lifted", TOOL, value=0.1), robot=robot, base=base,
        table=((-x / 2, -y / 2), (x / 2, y / 2)),
    )  # fmt: skip

    def furnish(spec: mujoco.MjSpec, made: RobotSpec) -> None:
        _furnish(tool, inertial, True, spec, made)
        if work is not None:
            _feel(spec, made, work)

    return compile_scene(scene, furnish)


def grasp_scene(hand: str, tool: Thing, inertial: Inertial | None = None) -> Compiled:
    """A hand alone in empty space, as in its own model, with a tool."""
    scene = Scene(
        name=f"{hand} holds a tool", instruction="Hold the tool.", entities=(tool,),
        workspace=Workspace((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)),
        goal=Predicate("lifted", TOOL, value=0.1), robot=hand, base=(0.0, 0.0, 0.0), table=NO_TABLE,
    )  # fmt: skip
    return compile_scene(scene, functools.partial(_furnish, tool, inertial, False))


def _block(name: str, size: Vec3, at: Vec3) -> Thing:
    part = Part(name, "box", size, rgba=(0.62, 0.55, 0.47, 1.0))
    return Thing(name, (part,), at, fixed=True)


def _feel(spec: mujoco.MjSpec, robot: RobotSpec, work: Work) -> None:
    """Sense what is told of the work, and let a nail go into what it stands in."""
    if isinstance(work, NailWork):
        for name in ("trestle", *(thing.name for thing in work.stands if thing.fixed)):
            spec.add_exclude(bodyname1=NAIL, bodyname2=name)
    elif isinstance(work, BoardWork):
        add_point_sensor(spec, FELT, TOOL, work.board, POINTS)
    else:
        for bead in grain_names(work.stands[-1]):
            add_contact_sensor(spec, touched(bead), "tree", robot.base.body, bead)


def _furnish(
    tool: Thing, inertial: Inertial | None, room: bool, spec: mujoco.MjSpec, robot: RobotSpec
) -> None:
    body = spec.body(tool.name)
    if inertial is not None:
        body.explicitinertial = True
        body.mass, body.ipos, body.inertia = inertial.mass, inertial.centre, inertial.inertia
    weld = spec.add_equality(
        name=WELD, type=mujoco.mjtEq.mjEQ_WELD, objtype=mujoco.mjtObj.mjOBJ_BODY, name1="world",
        name2=tool.name, active=False, solref=_WELD_SOLREF, solimp=_WELD_SOLIMP,
    )  # fmt: skip
    weld.data[:11] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    if not room:
        return
    ghost = spec.worldbody.add_body(name=GOAL, mocap=True, pos=(0, 0, -5))
    for geom in body.geoms:
        ghost.add_geom(
            type=geom.type, size=geom.size, pos=geom.pos, quat=geom.quat, meshname=geom.meshname,
            rgba=_GHOST, contype=0, conaffinity=0, group=2, mass=0.0,
        )  # fmt: skip
    look_at(spec.worldbody, FILM, eye=(-0.85, -0.95, 0.75), target=(0.0, 0.1, 0.15), fovy=40)
