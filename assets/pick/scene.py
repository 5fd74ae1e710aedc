"""The arm with a hand that holds a tool, a table, and one object on it whose shape is set later.

World frame: x ahead of the arm, y to its left, z up; the table top is at z = 0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.hand_scene import CompiledHand, add_tool, digest_of, locate
from habilis.assets.pick.objects import FRICTION, PickObject
from habilis.assets.pick.stand import STAND, add_stand
from habilis.assets.robots.contact import OBJECT_BITS
from habilis.assets.robots.registry import add_robot
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.model.contacts import add_contact_sensor
from habilis.assets.scene.model.preset import TABLE, add_room, look_at
from habilis.assets.scene.solids.parts import Part, rotation
from habilis.assets.tools import ArticulatedTool

Ints = npt.NDArray[np.int_]

BASE = (-0.25, 0.0, 0.0)
"""Of the arm, m."""
ARM = "fr3"
POSTURE = (-0.556, 0.226, -0.162, -2.443, 0.924, 1.241, -0.435)
"""Of the arm's joints when it carries a tool in its hand, rad: the wrist level, the fingers to the
arm's left, the palm facing ahead, the index side down. It is in the middle of joint 7."""
CENTRE = (0.20, 0.05)
"""Of the square in which the object is put, x, y, m."""
OBJECT = "object"
FILM, DEPTH = "near", "depth"
"""Cameras: for people, and the one whose point cloud a policy may see."""
PARTS = 2  # geoms of the object
PAIRS = (
    "object-base", "object-moving", "object-robot", "object-table", "tool-table", "robot-table",
)  # fmt: skip
"""What the contact sensors watch: base and moving are the halves of the tool."""
STAND_PAIRS = ("tool-stand", "robot-stand", "object-stand")
"""The same, where there is a stand."""
OWNERS = ("object", "base", "moving", "robot", "table")
"""What a geom can belong to, for point clouds; nothing of these is -1."""

TABLE_TOP = ((-0.45, -0.45), (0.65, 0.55))
"""Corners of the table in x, y, m."""
# Above the tool's, so that the object's own softness and rolling friction count; soft contacts of
# light things in proportion to their mass would let tips sink into them.
_PRIORITY = 2
_SOLREF = (0.01, 1.0)
_SOLIMP = (0.99, 0.999, 0.001, 0.5, 2.0)
_GEOM_FIELDS = (
    "geom_type", "geom_size", "geom_pos", "geom_quat", "geom_rbound", "geom_aabb", "geom_rgba",
    "geom_contype", "geom_conaffinity",
)  # fmt: skip
_BODY_FIELDS = ("body_mass", "body_inertia", "body_ipos", "body_iquat")


@dataclasses.dataclass(frozen=True, eq=False)
class CompiledPick(CompiledHand):
    """See ``CompiledHand``; the hand is on the arm, in the arm's own frame of ``tcp``.

    Attributes:
      robot: the arm with the hand.
      arm_q: (7,) columns in qpos of the arm's joints; arm_servos: (7,) those in ctrl.
      thing: (7,) columns in qpos of the object's pose; thing_dofs: (6,) those in qvel.
      stand: index of the stand among the mocap bodies; -1 without.
      stand_contacts: as ``contacts``, of each of ``STAND_PAIRS``; empty without a stand.
      owner: (ngeom,) index in ``OWNERS`` of what each geom belongs to, or -1.
      contacts: (6,) first column in sensordata of (found, force xyz) of each of ``PAIRS``.
    """

    robot: RobotSpec
    arm_q: Ints
    arm_servos: Ints
    thing: Ints
    thing_dofs: Ints
    contacts: Ints
    owner: Ints
    stand: int
    stand_contacts: Ints


def compile_pick(hand: str, tool: ArticulatedTool, stand: bool = False) -> CompiledPick:
    """Arm, hand, tool, table and an object of no particular shape; see ``Mould``.

    Args:
      hand: a key of ``HANDS``.
      tool: for the hand to hold.
      stand: whether there is a stand for the tool on the table; at first it is at the origin.

    Raises:
      ValueError: there is no such hand.
      FileNotFoundError: a Menagerie hand, and no copy of the Menagerie.
    """
    spec = mujoco.MjSpec()
    add_room(spec, TABLE_TOP)
    robot = add_robot(spec, f"{ARM}+{hand}", BASE)
    hand_spec, base_body = robot.effector.hand, robot.base.body
    assert hand_spec is not None
    names = add_tool(spec, hand_spec, tool)
    table = spec.geom(TABLE)
    table.contype, table.conaffinity = OBJECT_BITS
    _add_object(spec, _template())
    base, moving = names.bodies["base"], names.bodies["moving"]
    for name, first, whole, second in zip(
        PAIRS, (base, moving, base_body, TABLE, base, base_body),
        (False, False, True, False, True, True), (*(OBJECT,) * 4, TABLE, TABLE), strict=True,
    ):  # fmt: skip
        add_contact_sensor(spec, name, "tree" if whole else "body", first, second)
    if stand:
        add_stand(spec, tool)
        roots = (base, base_body, OBJECT)
        for name, first in zip(STAND_PAIRS, roots, strict=True):
            add_contact_sensor(spec, name, "tree", first, STAND)
    _add_cameras(spec)
    model = spec.compile()
    free = model.joint(OBJECT)
    at, dof = int(free.qposadr[0]), int(free.dofadr[0])
    return CompiledPick(
        name=hand, hand=hand_spec, tool=tool, model=model, **locate(model, hand_spec, names),
        probe=None, tip=-1, digest=digest_of(model), robot=robot,
        arm_q=np.array([int(model.joint(j).qposadr[0]) for j in robot.arm.joints]),
        arm_servos=np.array([int(model.actuator(a).id) for a in robot.arm.actuators]),
        thing=np.arange(at, at + 7), thing_dofs=np.arange(dof, dof + 6),
        contacts=np.array([int(model.sensor(name).adr[0]) for name in PAIRS]),
        owner=_owners(model, (OBJECT, base, moving, base_body, TABLE)),
        stand=int(model.body(STAND).mocapid[0]) if stand else -1,
        stand_contacts=np.array(
            [int(model.sensor(name).adr[0]) for name in STAND_PAIRS if stand], int
        ),
    )  # fmt: skip


@dataclasses.dataclass(frozen=True, eq=False)
class Mould:
    """What makes the body ``OBJECT`` of a compiled scene the thing that is wanted.

    Attributes:
      thing: what it is made from.
      fields: per-geom and per-body fields of the model: (PARTS, ...) and (...).
      reach: radius of a ball around the centre of mass that holds the object, m.
    """

    thing: PickObject
    fields: Mapping[str, Array]
    reach: float

    @classmethod
    def of(cls, thing: PickObject) -> Mould:
        """Compiled alone, so the numbers are those MuJoCo computes."""
        spec = mujoco.MjSpec()
        spec.compiler.degree = False
        _add_object(spec, thing)
        model = spec.compile()
        fields = {name: getattr(model, name).copy() for name in _GEOM_FIELDS}
        fields |= {name: getattr(model, name)[1].copy() for name in _BODY_FIELDS}
        low, high = thing.bounds()
        far = np.maximum(np.abs(low - model.body_ipos[1]), np.abs(high - model.body_ipos[1]))
        return cls(thing, fields, float(np.linalg.norm(far)))

    @staticmethod
    def geom_fields() -> tuple[str, ...]:
        """Names of the per-geom ones."""
        return _GEOM_FIELDS

    @staticmethod
    def body_fields() -> tuple[str, ...]:
        """Names of the per-body ones."""
        return _BODY_FIELDS


def _add_object(spec: mujoco.MjSpec, thing: PickObject) -> None:
    body = spec.worldbody.add_body(name=OBJECT, pos=[CENTRE[0], CENTRE[1], 0.1])
    body.add_freejoint(name=OBJECT)
    total = sum(part.volume for part in thing.parts)
    for i in range(PARTS):
        solid = i < len(thing.parts)
        part = thing.parts[i if solid else 0]  # what is not needed hides inside another
        half = [s / 2 for s in part.size]
        quat = np.empty(4)
        mujoco.mju_mat2Quat(quat, np.ascontiguousarray(rotation(part.euler)).ravel())
        body.add_geom(
            name=f"{OBJECT}/{i}",
            type=getattr(mujoco.mjtGeom, f"mjGEOM_{part.shape.upper()}"),
            size=half + [0.0] * (3 - len(half)),
            pos=list(part.pos),
            quat=quat,
            rgba=list(part.rgba),
            mass=thing.mass * part.volume / total if solid else 0.0,
            contype=OBJECT_BITS[0] if solid else 0,
            conaffinity=OBJECT_BITS[1] if solid else 0,
            friction=list(FRICTION),
            condim=6,
            priority=_PRIORITY,
            solref=list(_SOLREF),
            solimp=list(_SOLIMP),
        )


def _owners(model: mujoco.MjModel, roots: tuple[str, ...]) -> Ints:
    of_body = np.full(model.nbody, -1)
    of_body[[int(model.body(root).id) for root in roots]] = np.arange(len(roots))
    for body in range(1, model.nbody):  # a parent comes before its children
        if of_body[body] < 0:
            of_body[body] = of_body[model.body_parentid[body]]
    out: Ints = of_body[model.geom_bodyid]
    return out


def _template() -> PickObject:
    """Askew, so that MuJoCo takes none of its short cuts for aligned frames."""
    turn = (0.3, 0.2, 0.1)
    parts = (
        Part("a", "box", (0.02, 0.015, 0.01), (0.003, 0.002, 0.001), turn),
        Part("b", "box", (0.01, 0.015, 0.02), (-0.004, 0.001, 0.002), turn),
    )
    return PickObject("template", "box", parts, 1.0)


def _add_cameras(spec: mujoco.MjSpec) -> None:
    x, y = CENTRE
    world = spec.worldbody
    look_at(world, FILM, eye=(x + 0.42, y - 0.34, 0.30), target=(x - 0.01, y - 0.01, 0.10), fovy=38)
    look_at(world, DEPTH, eye=(x + 0.40, y + 0.02, 0.34), target=(x, y, 0.12), fovy=58)
