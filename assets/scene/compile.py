"""From a scene to a MuJoCo model: the robot, the entities, and sensors for who touches whom."""

from __future__ import annotations

import dataclasses
import itertools

import mujoco
import numpy as np

from habilis.assets.robots.registry import make_robot
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.contacts import add_contact_sensor
from habilis.assets.scene.preset import OBJECT_PRIORITY, TABLE, TORSIONAL, add_room
from habilis.assets.scene.things import Entity, Part, Scene

ROBOT = "robot"
"""Name under which the contact ledger knows the whole robot."""

_GEOMS = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
}
_HARD_SOLREF = (0.01, 1.0)
_HARD_SOLIMP = (0.99, 0.999, 0.001, 0.5, 2.0)
_SNAP_SOLREF = (0.02, 1.0)  # faces 2 cm apart meet at 0.3 m/s
_SNAP_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)


@dataclasses.dataclass(frozen=True)
class Loose:
    """A part that may come off: a body of its own, welded until the load is too much.

    Attributes:
      owner: entity it belongs to.
      body: name of the loose body.
      weld: name of the equality.
      load: force limit, N.
      hold: time the load must last, s.
    """

    owner: str
    body: str
    weld: str
    load: float
    hold: float


@dataclasses.dataclass(frozen=True)
class Magnet:
    """Two things whose magnetic faces may snap together.

    Attributes:
      first: one of them.
      second: the other.
      weld: name of the equality, not active at first.
    """

    first: str
    second: str
    weld: str


@dataclasses.dataclass(frozen=True)
class Compiled:
    """A compiled scene and the names the world needs to index it.

    Attributes:
      scene: what it was compiled from.
      model: the MuJoCo model.
      robot: the robot's constants.
      bodies: one name per tracked body: each entity in order, then loose parts.
      pairs: (first, second) of each contact sensor, in order; names are those of ``bodies``,
        ``robot``, the two fingers, ``table``.
      loose: parts that may come off.
      magnets: pairs that may snap together.
    """

    scene: Scene
    model: mujoco.MjModel
    robot: RobotSpec
    bodies: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    loose: tuple[Loose, ...]
    magnets: tuple[Magnet, ...] = ()


def compile_scene(scene: Scene) -> Compiled:
    """Compile a scene; ValueError names an unknown robot or an object named like a robot part."""
    robot, spec = make_robot(scene.robot)
    taken = {ROBOT, TABLE, "world", "floor"} | {b.name for b in spec.bodies}
    for entity in scene.entities:
        if entity.name in taken:
            raise ValueError(f"an object cannot be called {entity.name!r}: that is a robot's part")
    spec.body(robot.base.body).pos = list(scene.base)
    add_room(spec, scene.table)
    _add_workspace(spec, scene)
    loose = tuple(itertools.chain.from_iterable(_add_entity(spec, e) for e in scene.entities))
    magnets = _add_magnets(spec, scene)
    bodies = (*(e.name for e in scene.entities), *(part.body for part in loose))
    pairs = _pairs(scene, robot, loose)
    for first, second in pairs:
        name, whole = contact_sensor_name(first, second), first == ROBOT
        thing = robot.base.body if whole else first
        add_contact_sensor(spec, name, "tree" if whole else "body", thing, second)
    return Compiled(scene, spec.compile(), robot, bodies, pairs, loose, magnets)


def contact_sensor_name(first: str, second: str) -> str:
    """Name of the sensor of a pair of the ledger."""
    return f"contact:{first}:{second}"


def _add_workspace(spec: mujoco.MjSpec, scene: Scene) -> None:
    low, high = np.array(scene.workspace.lower), np.array(scene.workspace.upper)
    spec.worldbody.add_site(
        name="workspace", type=mujoco.mjtGeom.mjGEOM_BOX, pos=(low + high) / 2,
        size=(high - low) / 2, rgba=[0.2, 0.6, 0.9, 0.08], group=4,
    )  # fmt: skip


def _add_entity(spec: mujoco.MjSpec, entity: Entity) -> list[Loose]:
    body = _add_body(spec, entity, entity.name)
    for name, pos in entity.frames.items():
        body.add_site(name=f"{entity.name}/{name}", pos=list(pos), size=[0.004] * 3, group=4)
    off = set(entity.breaks.parts) if entity.breaks else set()
    total = sum(_share(p) for p in entity.parts)
    loose: list[Loose] = []
    if entity.breaks:
        piece = _add_body(spec, entity, f"{entity.name}.{'+'.join(entity.breaks.parts)}")
        loose.append(_weld(spec, entity, piece.name))
    for part in entity.parts:
        owner = piece if part.name in off else body
        _add_part(owner, entity, part, entity.mass * _share(part) / total)
    if entity.sunk:
        spec.add_exclude(bodyname1=TABLE, bodyname2=entity.name)
    return loose


def _add_body(spec: mujoco.MjSpec, entity: Entity, name: str) -> mujoco.MjsBody:
    half = entity.yaw / 2
    body = spec.worldbody.add_body(
        name=name, pos=list(entity.pos), quat=[np.cos(half), 0, 0, np.sin(half)]
    )
    if entity.movable:
        body.add_freejoint(name=name)
    elif entity.joint is not None:
        j = entity.joint
        kind = mujoco.mjtJoint.mjJNT_SLIDE if j.kind == "slide" else mujoco.mjtJoint.mjJNT_HINGE
        body.add_joint(
            name=name, type=kind, axis=list(j.axis), range=list(j.range), pos=list(j.pos),
            stiffness=j.stiffness, damping=j.damping, frictionloss=j.frictionloss,
            armature=j.armature, limited=True,
        )  # fmt: skip
    return body


def _share(part: Part) -> float:
    return part.volume if part.mass_share is None else part.mass_share


def _add_part(body: mujoco.MjsBody, entity: Entity, part: Part, mass: float) -> None:
    half = [s / 2 for s in part.size]
    rolls = entity.rolling > 0
    geom = body.add_geom(
        name=f"{entity.name}/{part.name}",
        type=_GEOMS[part.shape],
        size=half + [0.0] * (3 - len(half)),
        pos=list(part.pos),
        quat=_quat(part.euler),
        rgba=list(part.rgba),
        mass=mass,
        friction=[entity.friction, TORSIONAL, entity.rolling if rolls else 0.0001],
        condim=6 if rolls else 3,
        priority=OBJECT_PRIORITY,
    )
    if entity.hard:
        geom.solref, geom.solimp = list(_HARD_SOLREF), list(_HARD_SOLIMP)


def _quat(euler: tuple[float, float, float]) -> list[float]:
    quat = np.array([1.0, 0, 0, 0])
    for axis, angle in zip(np.eye(3), euler, strict=True):
        turn, out = np.empty(4), np.empty(4)
        mujoco.mju_axisAngle2Quat(turn, axis, angle)
        mujoco.mju_mulQuat(out, turn, quat)
        quat = out
    return [float(q) for q in quat]


def _weld(spec: mujoco.MjSpec, entity: Entity, piece: str) -> Loose:
    assert entity.breaks is not None
    name = f"{entity.name}.weld"
    weld = spec.add_equality(
        name=name, type=mujoco.mjtEq.mjEQ_WELD, objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1=entity.name, name2=piece, solref=list(_HARD_SOLREF), solimp=list(_HARD_SOLIMP),
    )  # fmt: skip
    weld.data[:11] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    spec.add_exclude(bodyname1=entity.name, bodyname2=piece)
    return Loose(entity.name, piece, name, entity.breaks.load, entity.breaks.hold)


def _add_magnets(spec: mujoco.MjSpec, scene: Scene) -> tuple[Magnet, ...]:
    magnetic = [e for e in scene.entities if e.magnetic]
    out = []
    for a, b in itertools.combinations(magnetic, 2):
        if a.fixed and b.fixed:
            continue
        magnet = Magnet(a.name, b.name, f"{a.name}+{b.name}.magnet")
        weld = spec.add_equality(
            name=magnet.weld, type=mujoco.mjtEq.mjEQ_WELD, objtype=mujoco.mjtObj.mjOBJ_BODY,
            name1=a.name, name2=b.name, active=False,
            solref=list(_SNAP_SOLREF), solimp=list(_SNAP_SOLIMP),
        )  # fmt: skip
        weld.data[:11] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
        out.append(magnet)
    return tuple(out)


def _pairs(scene: Scene, robot: RobotSpec, loose: tuple[Loose, ...]) -> tuple[tuple[str, str], ...]:
    moving = [e.name for e in scene.entities if not e.fixed] + [p.body for p in loose]
    still = [e.name for e in scene.entities if e.fixed]
    fingers = [(finger, name) for name in moving for finger in robot.effector.fingers]
    robots = [(ROBOT, name) for name in (*moving, *still, TABLE)]
    owners = {(p.owner, p.body) for p in loose}
    objects = [p for p in itertools.combinations(moving, 2) if p not in owners]
    objects += [(a, b) for a in moving for b in (*still, TABLE)]
    return (*fingers, *robots, *objects)
