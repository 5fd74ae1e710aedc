"""From a thing to bodies of a MuJoCo model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.links import Break, Joint, Link, limited
from habilis.assets.scene.model.preset import (
    HARD_SOLIMP,
    HARD_SOLREF,
    OBJECT_PRIORITY,
    TABLE,
    TORSIONAL,
)
from habilis.assets.scene.solids.parts import (
    Part,
    rotation,
)
from habilis.assets.scene.things import Surface, Thing

_GEOMS = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    "hull": mujoco.mjtGeom.mjGEOM_MESH,
}
_JOINTS = {
    "slide": mujoco.mjtJoint.mjJNT_SLIDE,
    "hinge": mujoco.mjtJoint.mjJNT_HINGE,
    "ball": mujoco.mjtJoint.mjJNT_BALL,
}
_GIVING_SOLIMP = (0.9, 0.95, 0.001, 0.5, 2.0)  # MuJoCo's default
# The default limit lets an overdriven joint run to 1.4 of its range, and a grasp is lost.
_LIMIT_SOLREF = (0.004, 1.0)
_LIMIT_SOLIMP = (0.98, 0.999, 0.0005, 0.5, 2.0)
# The default lets dry friction creep: 0.02 Nm too little moves a scissors' joint by 0.1 rad/s.
_FRICTION_SOLIMP = (0.9999, 0.9999, 0.001, 0.5, 2.0)
# Times the joint's. It is felt only while the play is crossed, and makes that take some steps: else
# the two sides rattle between its limits for ever, one step apart.
_PLAY_ARMATURE = 100.0
PIN_MASS = 1e-4  # kg, of the pin in a joint with backlash
_PIN_INERTIA = 1e-9  # kg m^2


@dataclasses.dataclass(frozen=True)
class Contact:
    """How a surface meets others: MuJoCo's ``solref`` and ``solimp``, empty for its defaults.

    Attributes:
      condim: dimensions of its contacts.
      torsional: friction against turning in place, m.
      solref, solimp: how far it gives.
      priority: whose values count when two meet: the higher one's.
    """

    condim: int = 3
    torsional: float = TORSIONAL
    solref: tuple[float, ...] = ()
    solimp: tuple[float, ...] = ()
    priority: int = OBJECT_PRIORITY


SURFACES: Mapping[Surface, Contact] = {
    "plain": Contact(solref=HARD_SOLREF, solimp=HARD_SOLIMP),
    "tool": Contact(4, 0.01, (0.01, 1.0), (0.9, 0.95, 0.001, 0.5, 2.0)),
    # Above the tool's, so that a thing's own softness and rolling friction count; soft contacts of
    # light things in proportion to their mass would let tips sink into them.
    "small": Contact(4, 0.01, HARD_SOLREF, HARD_SOLIMP, OBJECT_PRIORITY + 1),
    "stand": Contact(4, 0.005, (0.01, 1.0), (0.95, 0.99, 0.001, 0.5, 2.0), OBJECT_PRIORITY + 1),
    # A knock at 2 m/s is spread over 0.06 s and 4 cm; at rest things sink in by 2 mm.
    "soft": Contact(solref=(0.06, 1.0), solimp=_GIVING_SOLIMP, priority=OBJECT_PRIORITY + 1),
    "stiff": Contact(solref=HARD_SOLREF, solimp=_GIVING_SOLIMP, priority=OBJECT_PRIORITY + 1),
}


@dataclasses.dataclass(frozen=True)
class CollisionBits:
    """MuJoCo's ``contype`` and ``conaffinity`` of every part that collides."""

    contype: int = 1
    conaffinity: int = 1


@dataclasses.dataclass(frozen=True)
class Loose:
    """A part that may come off: a body of its own, welded until the load is too much.

    Attributes:
      owner: body it belongs to: a thing or a ``thing/link``.
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


def add_thing(
    spec: mujoco.MjSpec,
    thing: Thing,
    bits: CollisionBits | None = None,
    quat: Sequence[float] | None = None,
) -> list[Loose]:
    """Add a thing to a model, its joints at 0; returns the parts that may come off.

    Its bodies are called as in ``Thing.bodies``; a joint bears the name of the body that it moves,
    that of a part is ``body/part``, of a frame ``body/frame``. Neighbours do not collide.

    Args:
      spec: to add to.
      thing: what to add.
      bits: what it collides with; by default all that collides by MuJoCo's defaults.
      quat: of the root in the world, instead of the thing's yaw.
    """
    builder = _Builder(spec, thing, bits or CollisionBits())
    turn = quat if quat is not None else _upright(thing)
    root = spec.worldbody.add_body(name=thing.name, pos=list(thing.pos), quat=list(turn))
    if thing.joint is not None:
        root = _on_joint(root, thing.name, thing.joint)
    elif not thing.fixed:
        root.add_freejoint(name=thing.name)
    loose = builder.fill(root, thing, thing, list(thing.pos), list(turn))
    made = {"": root}
    for link in thing.links:
        made[link.name] = _add_link(made[link.parent], f"{thing.name}/{link.name}", link)
        pos, at = _world(thing, link, turn)
        loose += builder.fill(made[link.name], thing, link, pos, at)
        spec.add_exclude(bodyname1=made[link.parent].name, bodyname2=made[link.name].name)
        ends = (made[link.parent].name, made[link.name].name)
        for part in loose:  # nor does what may come off one of them meet the other
            if part.owner in ends:
                other = ends[1 - ends.index(part.owner)]
                spec.add_exclude(bodyname1=part.body, bodyname2=other)
    if thing.sunk:
        for name, _ in thing.bodies():
            spec.add_exclude(bodyname1=TABLE, bodyname2=name)
    return loose


def joints_of(name: str, joint: Joint | None) -> tuple[str, ...]:
    """Names of the joints whose positions add up to the opening of a body: two with backlash."""
    if joint is None:
        return ()
    return (name, f"{name}.play") if joint.backlash else (name,)


def anchor_of(name: str, joint: Joint | None) -> str:
    """Name of what a body hangs on its parent by: itself, or with backlash the pin it plays on."""
    return f"{name}.pin" if joint is not None and joint.backlash else name


def _add_link(parent: mujoco.MjsBody, name: str, link: Link) -> mujoco.MjsBody:
    body = parent.add_body(name=name, pos=list(link.pos), quat=_quat(rotation(link.euler)))
    return _on_joint(body, name, link.joint) if link.joint is not None else body


def _on_joint(body: mujoco.MjsBody, name: str, joint: Joint) -> mujoco.MjsBody:
    """Gives a body its joint; with backlash the body becomes a pin that carries the named one.

    Backlash is a second joint in series, over which the body slips on a light pin that carries
    spring and friction. A dead band made of two limits would need the spring to know the band; in
    series it is lost motion as in a worn rivet, and both joints keep stiff limits.
    """
    if not joint.backlash:
        _add_joint(body, name, joint)
        return body
    (low, high), play = joint.range, joint.backlash
    pin, body.name = body, anchor_of(name, joint)
    pin.explicitinertial = True
    pin.mass, pin.inertia = PIN_MASS, [_PIN_INERTIA] * 3
    _add_joint(pin, name, dataclasses.replace(joint, range=(low, high - play), backlash=0.0))
    slack = dataclasses.replace(
        joint, range=(0.0, play), stiffness=0.0, frictionloss=0.0, backlash=0.0,
        armature=_PLAY_ARMATURE * joint.armature,
    )  # fmt: skip
    moving = pin.add_body(name=name)
    _add_joint(moving, f"{name}.play", slack)
    return moving


def _add_joint(body: mujoco.MjsBody, name: str, joint: Joint) -> None:
    made = body.add_joint(
        name=name, type=_JOINTS[joint.kind], axis=list(joint.axis), pos=list(joint.pos),
        range=list(joint.range) if limited(joint) else [0.0, 0.0], limited=limited(joint),
        stiffness=joint.stiffness, springref=joint.rest, damping=joint.damping,
        frictionloss=joint.frictionloss, armature=joint.armature,
    )  # fmt: skip
    if joint.firm:
        made.solref_limit, made.solimp_limit = list(_LIMIT_SOLREF), list(_LIMIT_SOLIMP)
        made.solref_friction, made.solimp_friction = list(_LIMIT_SOLREF), list(_FRICTION_SOLIMP)


class _Builder:
    """Fills the bodies of one thing with parts and frames."""

    def __init__(self, spec: mujoco.MjSpec, thing: Thing, bits: CollisionBits) -> None:
        self._spec, self._thing, self._bits = spec, thing, bits
        self._contact = SURFACES[thing.surface]
        shared = [b for _, b in thing.bodies() if not (isinstance(b, Link) and b.mass is not None)]
        pins = sum(bool(j and j.backlash) for j in (b.joint for _, b in thing.bodies()))
        total = sum(p.weight for b in shared for p in b.parts)
        self._density = (thing.mass - PIN_MASS * pins) / total

    def fill(
        self, body: mujoco.MjsBody, thing: Thing, owner: Thing | Link,
        pos: list[float], quat: Sequence[float],
    ) -> list[Loose]:  # fmt: skip
        """Add parts and frames to a body, and the body of those that may come off.

        Args:
          body: of ``owner``.
          thing: the whole.
          owner: the thing itself, or a link of it.
          pos: of the body in the world with all joints at 0, m.
          quat: the same.
        """
        for name, point in owner.frames.items():
            body.add_site(name=f"{body.name}/{name}", pos=list(point), size=[0.004] * 3, group=4)
        loose, piece = [], body
        if owner.breaks is not None:
            name = f"{body.name}.{'+'.join(owner.breaks.parts)}"
            piece = self._spec.worldbody.add_body(name=name, pos=pos, quat=list(quat))
            piece.add_freejoint(name=name)
            loose.append(_weld(self._spec, body.name, owner.breaks, name))
        off = owner.breaks.parts if owner.breaks else ()
        for part, mass in self._masses(owner):
            self._add_part(piece if part.name in off else body, body.name, part, mass)
        return loose

    def _masses(self, owner: Thing | Link) -> Iterator[tuple[Part, float]]:
        own = owner.mass if isinstance(owner, Link) else None
        density = self._density
        if own is not None:
            density = own / sum(p.weight for p in owner.parts)
        return ((part, density * part.weight) for part in owner.parts)

    def _add_part(self, body: mujoco.MjsBody, owner: str, part: Part, mass: float) -> None:
        thing, contact, name = self._thing, self._contact, f"{owner}/{part.name}"
        half, rolls = [s / 2 for s in part.size], thing.rolling > 0
        geom = body.add_geom(
            name=name,
            type=_GEOMS[part.shape],
            size=half + [0.0] * (3 - len(half)),
            pos=list(part.pos),
            quat=_quat(rotation(part.euler)),
            rgba=list(part.rgba),
            mass=mass,
            friction=[thing.friction, contact.torsional, thing.rolling if rolls else 0.0001],
            condim=6 if rolls else contact.condim,
            priority=contact.priority,
            contype=self._bits.contype if part.solid else 0,
            conaffinity=self._bits.conaffinity if part.solid else 0,
        )
        if contact.solref:
            geom.solref, geom.solimp = list(contact.solref), list(contact.solimp)
        if part.gloss:
            geom.material = _shine(self._spec, part.gloss)
        if part.shape == "hull":
            points = np.array(part.vertices).ravel()
            convex = mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX
            geom.meshname = self._spec.add_mesh(name=name, uservert=points, inertia=convex).name


def _shine(spec: mujoco.MjSpec, gloss: float) -> str:
    """A material of that gloss; the colour is the geom's own."""
    name = f"gloss {gloss:g}"
    if name not in {material.name for material in spec.materials}:
        spec.add_material(name=name, specular=gloss, shininess=gloss)
    return name


def _upright(thing: Thing) -> list[float]:
    """Quaternion of the root as the scene has it."""
    quat, half = np.empty(4), thing.yaw / 2
    mujoco.mju_mulQuat(
        quat, np.array([np.cos(half), 0, 0, np.sin(half)]), np.array(_quat(rotation(thing.tilt)))
    )
    out: list[float] = quat.tolist()
    return out


def _world(thing: Thing, link: Link, turn: Sequence[float]) -> tuple[list[float], list[float]]:
    """Pose of a link in the world with all joints at 0: position, and quaternion."""
    frame, root = thing.frame(link.name), np.empty(9)
    mujoco.mju_quat2Mat(root, np.array(turn, float))
    world = root.reshape(3, 3)
    at = world @ frame[:3, 3] + thing.pos
    return at.tolist(), _quat(world @ frame[:3, :3])


def _quat(turn: Array) -> list[float]:
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, np.ascontiguousarray(turn).ravel())
    out: list[float] = quat.tolist()
    return out


def _weld(spec: mujoco.MjSpec, owner: str, breaks: Break, piece: str) -> Loose:
    name = f"{owner}.weld"
    weld = spec.add_equality(
        name=name, type=mujoco.mjtEq.mjEQ_WELD, objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1=owner, name2=piece, solref=list(HARD_SOLREF), solimp=list(HARD_SOLIMP),
    )  # fmt: skip
    weld.data[:11] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    spec.add_exclude(bodyname1=owner, bodyname2=piece)
    return Loose(owner, piece, name, breaks.load, breaks.hold)
