"""Things for a held tool to work on: a strip to cut, a rod to grip, a sheet to clip to.

Each hangs on one mocap body, ``WORK``, that waits far away until it is put where it is wanted, its
axes those of the tool (x to the tip, y the direction of closing). What moves comes after hand and
tool in qpos, so grasp keyframes fit.
"""

from __future__ import annotations

from collections.abc import Callable

import mujoco

from habilis.assets.robots.contact import OBJECT_BITS
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.scene.model.bodies import SURFACES
from habilis.assets.scene.model.contacts import add_contact_sensor
from habilis.assets.tools.build import ToolNames
from habilis.assets.tools.spec import Half

Work = Callable[[mujoco.MjSpec, HandSpec, ToolNames], None]

WORK = "work"
FAR = (0.0, 0.0, -1.0)  # m, where it waits
JOINT = "work_joint"
"""Equality that holds a strip together, or a rod to where it was put."""
HAND_TOUCH = "hand:tool"
STRIP = (0.006, 0.001, 0.060)  # m, width, thickness, length between the anchors
STRIP_MASS = 0.001  # kg, of each half
ROD = (0.006, 0.030)  # m, diameter and length
ROD_MASS = 0.007  # kg, steel's
SHEET = (0.048, 0.002, 0.030)  # m
SHEET_IN = 0.008  # m, from its edge to the origin of ``WORK``
_SKIN = SURFACES["tool"]
_LAP = 0.005  # m, by which the sides of a strip reach past the middle
_ONLY_HAND = (2, 1)  # (contype, conaffinity) of what meets fingers but no tool, see `contact`


def work_touch(half: Half) -> str:
    """Sensor of (found, force xyz) between the work and a half of the tool."""
    return f"{WORK}:{half}"


def add_strip(spec: mujoco.MjSpec, hand: HandSpec, names: ToolNames) -> None:
    """A taut strip along z: two sides, hinged at anchors, joined in the middle by ``JOINT``.

    It can be cut anywhere near its middle, for the tool moves in the hand: so the sides lap over,
    and each meets the one half of the tool only, whose blade shears on it, and fingers. The side of
    the base is at z > 0, as the base's blade of a pair of scissors is.
    """
    work = _add_work(spec)
    width, thick, length = (s / 2 for s in STRIP)
    halves: tuple[tuple[Half, float], ...] = (("base", 1.0), ("moving", -1.0))
    for half, side in halves:
        part = work.add_body(name=f"strip_{half}", pos=[0.0, 0.0, side * length])
        part.add_joint(
            name=f"strip_{half}", type=mujoco.mjtJoint.mjJNT_HINGE, axis=[1, 0, 0],
            damping=3e-4, armature=5e-5, range=[-1.5, 1.5],
        )  # fmt: skip
        _add_geom(
            part, f"strip_{half}", mujoco.mjtGeom.mjGEOM_BOX, [width, thick, (length + _LAP) / 2],
            [0.0, 0.0, -side * (length + _LAP) / 2], STRIP_MASS, [0.93, 0.85, 0.45, 1.0],
            _ONLY_HAND,
        )  # fmt: skip
        for jaw in names.geoms[half, "jaw"]:
            spec.add_pair(
                name=f"strip:{jaw}", geomname1=f"strip_{half}", geomname2=jaw, condim=4,
                solref=_SKIN.solref, solimp=_SKIN.solimp,
            )  # fmt: skip
        add_contact_sensor(spec, work_touch(half), "geom", f"strip_{half}", names.bodies[half])
        work.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX, size=[2 * width, 3 * thick, 0.002],
            pos=[0.0, 0.0, side * (length + 0.002)], contype=0, conaffinity=0,
            rgba=[0.35, 0.37, 0.40, 1.0],
        )  # fmt: skip
    spec.add_exclude(bodyname1="strip_base", bodyname2="strip_moving")
    joint = spec.add_equality(
        name=JOINT, type=mujoco.mjtEq.mjEQ_CONNECT, objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1="strip_base", name2="strip_moving", solref=_SKIN.solref, solimp=_SKIN.solimp,
    )  # fmt: skip
    joint.data[:3] = [0.0, 0.0, -length]


def add_rod(spec: mujoco.MjSpec, hand: HandSpec, names: ToolNames) -> None:
    """A free rod along z, held where it was put while ``JOINT`` is on."""
    _add_work(spec)
    rod = spec.worldbody.add_body(name="rod", pos=FAR)
    rod.add_freejoint(name="rod")
    _add_geom(
        rod, "rod", mujoco.mjtGeom.mjGEOM_CYLINDER, [ROD[0] / 2, ROD[1] / 2, 0.0], [0, 0, 0],
        ROD_MASS, [0.93, 0.75, 0.20, 1.0],
    )  # fmt: skip
    for half in _halves(names):
        add_contact_sensor(spec, work_touch(half), "geom", "rod", names.bodies[half])
    joint = spec.add_equality(
        name=JOINT, type=mujoco.mjtEq.mjEQ_WELD, objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1=WORK, name2="rod", solref=_SKIN.solref, solimp=_SKIN.solimp,
    )  # fmt: skip
    joint.data[:11] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]


def add_sheet(spec: mujoco.MjSpec, hand: HandSpec, names: ToolNames) -> None:
    """The edge of a stiff sheet, fixed in the world, and a sensor of the hand on the tool."""
    work = _add_work(spec)
    size = [s / 2 for s in SHEET]
    _add_geom(
        work, "sheet", mujoco.mjtGeom.mjGEOM_BOX, size, [size[0] - SHEET_IN, 0.0, 0.0], 0.05,
        [0.35, 0.55, 0.85, 1.0],
    )  # fmt: skip
    for half in _halves(names):
        add_contact_sensor(spec, work_touch(half), "geom", "sheet", names.bodies[half])
        add_contact_sensor(spec, f"{HAND_TOUCH}:{half}", "tree", hand.base, names.bodies[half])


def _halves(names: ToolNames) -> tuple[Half, ...]:
    return tuple(names.bodies)


def _add_work(spec: mujoco.MjSpec) -> mujoco.MjsBody:
    return spec.worldbody.add_body(name=WORK, mocap=True, pos=FAR)


def _add_geom(
    body: mujoco.MjsBody,
    name: str,
    shape: mujoco.mjtGeom,
    size: list[float],
    pos: list[float],
    mass: float,
    rgba: list[float],
    bits: tuple[int, int] = OBJECT_BITS,
) -> None:
    body.add_geom(
        name=name, type=shape, size=size, pos=pos, mass=mass, rgba=rgba, condim=4,
        contype=bits[0], conaffinity=bits[1], solref=_SKIN.solref,
        solimp=_SKIN.solimp,
    )  # fmt: skip
