"""A robot on four legs read from a model file."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.legged.legged import add_nothing, foot_name, make_shoe, touch_world
from habilis.assets.robots.loaded.servos import limits, row, servos, torque
from habilis.assets.robots.loaded.source import Source, find, names_of, subtree
from habilis.assets.robots.shapes import Vec3
from habilis.assets.robots.spec import Base, Legs, Limb, RobotSpec
from habilis.assets.scene.format.yaml_lines import Item

PREFIX = "robot/"
"""What the names of the model begin with."""
KEYS = (
    "trunk", "joints", "feet", "actuators", "stiffness", "damping", "armature", "velocity",
    "acceleration", "torque", "lower", "upper",
)  # fmt: skip
LEGS = ("FR", "FL", "RR", "RL")
"""Names of legs: front and rear, right and left."""
VELOCITY, ACCELERATION = 20.0, 1000.0
"""rad/s and rad/s^2, where the description gives no limits."""
_JOINTS = 3  # of a leg
_UNEVEN = 0.02  # m between the heights of feet at home


@dataclasses.dataclass(frozen=True)
class _Foot:
    """The ball at the end of a leg: where in its last link (3,), and its radius, m."""

    geom: str
    pos: Vec3
    radius: float


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedLegs:
    """A robot on legs of a model file; see ``LeanQuadruped``.

    Attributes:
      source_file: the model and its description.
      trunk: name of the body that the legs hang on, in the file.
      limbs: the legs, in the order of the file; feet: of each.
      stiffness: of the servos that replace the file's, one a joint, leg by leg, Nm/rad.
      damping, armature: of the joints, Nm s/rad and kg m^2; empty leaves the file's.
      height: of the trunk above the ground as it stands, m.
      source: where the model is from.
    """

    source_file: Source
    trunk: str
    limbs: tuple[Limb, ...]
    feet: tuple[_Foot, ...]
    stiffness: tuple[float, ...]
    damping: tuple[float, ...]
    armature: tuple[float, ...]
    height: float
    source: str

    def add(self, spec: mujoco.MjSpec, name: str) -> RobotSpec:
        """Add it to a world that has the manipulation preset, and tell its constants."""
        model = self.source_file.model()
        trunk = model.body(self.trunk)
        bodies = subtree(trunk)
        for body in bodies:
            body.gravcomp = 0.0
            for geom in body.geoms:
                if geom.contype or geom.conaffinity:
                    touch_world(geom)
        _name_balls(model)
        for limb, foot in zip(self.limbs, self.feet, strict=True):
            make_shoe(model.geom(foot.geom), model.body(_bare(limb.flange)), limb.name, foot.pos)
        self._drive(model)
        if not any(joint.type == mujoco.mjtJoint.mjJNT_FREE for joint in trunk.joints):
            trunk.add_freejoint(name="floating")
        trunk.pos, trunk.quat = [0.0, 0.0, self.height], [1.0, 0.0, 0.0, 0.0]
        trunk.alt.type = mujoco.mjtOrientation.mjORIENTATION_QUAT  # not the file's angles
        spec.worldbody.add_frame().attach_body(trunk, PREFIX, "")
        nothing = add_nothing(spec.body(PREFIX + self.trunk))
        feet = tuple(PREFIX + foot_name(limb.name) for limb in self.limbs)
        legs = Legs(feet, self.feet[0].radius, self.height)
        base = Base(PREFIX + self.trunk, "floating")
        return RobotSpec(name, base, self.limbs, (nothing,), self.source, legs)

    def _drive(self, model: mujoco.MjSpec) -> None:
        """Servos without a range of commands: beyond a joint's own, a target makes it push."""
        for servo in list(model.actuators):
            model.delete(servo)
        rows = [(limb, k) for limb in self.limbs for k in range(len(limb.joints))]
        for i, (limb, k) in enumerate(rows):
            hinge = model.joint(_bare(limb.joints[k]))
            if self.damping:
                hinge.damping = [self.damping[i], 0.0, 0.0]  # of speed, its square and its cube
            if self.armature:
                hinge.armature = self.armature[i]
            model.add_actuator(
                name=_bare(limb.actuators[k]), trntype=mujoco.mjtTrn.mjTRN_JOINT,
                target=hinge.name, forcerange=(-limb.torque[k], limb.torque[k]),
            ).set_to_position(kp=self.stiffness[i])  # fmt: skip


def read_legs(source: Source, item: Item, about: str) -> LoadedLegs:
    """The robot on legs of a model file.

    Args:
      source: the file.
      item: its description: the mapping ``legs``.
      about: where the model is from.

    Raises:
      SceneFileError: the description does not fit the model; names the key and what there is.
    """
    model = source.model()
    got = item.record(
        {"home": "angles of the joints in which it stands, rad: three, or three a leg"}, KEYS,
        "the legs",
    )  # fmt: skip
    trunk = _trunk(model, got, item)
    legs = _legs(model, got, trunk, item)
    joints = [joint for leg in legs for joint in leg]
    count = len(joints)
    driven, added = servos(model, got, joints, item)
    gains = added or tuple(float(model.actuator(name).gainprm[0]) for name in driven)
    _name_balls(model)
    data = mujoco.MjData(model.compile())
    mujoco.mj_kinematics(data.model, data)
    lower, upper = limits(data.model, got, joints, item)
    rows = {
        "joints": tuple(PREFIX + joint.name for joint in joints),
        "actuators": tuple(PREFIX + name for name in driven),
        "lower": lower, "upper": upper,
        "velocity": row(got, "velocity", count) or source.speeds(joints, VELOCITY),
        "acceleration": row(got, "acceleration", count) or (ACCELERATION,) * count,
        "torque": row(got, "torque", count) or tuple(torque(model, j, item) for j in joints),
        "home": _home(got["home"], count),
    }  # fmt: skip
    feet = [_foot(model, data, leg[-1].parent, got, item) for leg in legs]
    at = _stance(data, trunk, joints, rows["home"], feet)
    names, placed = _names(at, item), names_of(model.joints)
    order = sorted(range(len(legs)), key=lambda i: placed.index(legs[i][0].name))
    limbs = [_limb(rows, legs[i], i, names[i], item) for i in order]
    shoes = [feet[i] for i in order]
    if len({round(foot.radius, 4) for foot in shoes}) > 1:
        balls = ", ".join(f"{foot.geom!r} {foot.radius:g} m" for foot in shoes)
        raise got.get("feet", item).error(f"feet must be alike, and their radii are {balls}")
    height = shoes[0].radius - float(at[:, 2].mean())
    damping, armature = (row(got, key, count, least=-1e-9) or () for key in ("damping", "armature"))
    return LoadedLegs(
        source, trunk.name, tuple(limbs), tuple(shoes), _by_leg(gains, order),
        _by_leg(damping, order), _by_leg(armature, order), height, about,
    )  # fmt: skip


def _bare(name: str) -> str:
    return name.removeprefix(PREFIX)


def _by_leg(numbers: Sequence[float], order: Sequence[int]) -> tuple[float, ...]:
    if not numbers:
        return ()
    return tuple(x for i in order for x in numbers[_JOINTS * i : _JOINTS * (i + 1)])


def _trunk(model: mujoco.MjSpec, got: dict[str, Item], item: Item) -> mujoco.MjsBody:
    """What is named, or else what floats, or is all that stands in the world."""
    if "trunk" in got:
        return model.body(find(got["trunk"], "body", names_of(model.bodies)))
    free = [j.parent for j in model.joints if j.type == mujoco.mjtJoint.mjJNT_FREE]
    found = free or list(model.worldbody.bodies)
    if len(found) != 1:
        raise item.error(
            f"which body is the trunk: {', '.join(names_of(found)) or 'there is none'}? Name it"
            " under 'trunk'"
        )
    return found[0]


def _legs(
    model: mujoco.MjSpec, got: dict[str, Item], trunk: mujoco.MjsBody, item: Item
) -> list[list[mujoco.MjsJoint]]:
    """Hinges of each leg, from the trunk outwards."""
    if "joints" in got:
        known = names_of(model.joints)
        wanted = got["joints"].items("a list of joints, three a leg, from the trunk outwards")
        chosen = [find(i, "joint", known) for i in wanted]
    else:
        driven = {actuator.target for actuator in model.actuators}
        hinges = [j.name for j in model.joints if j.type == mujoco.mjtJoint.mjJNT_HINGE]
        chosen = [name for name in hinges if name in driven] or hinges
    legs = [
        [j for body in subtree(root) for j in body.joints if j.name in chosen]
        for root in trunk.bodies
    ]
    out = sorted((leg for leg in legs if leg), key=lambda leg: chosen.index(leg[0].name))
    names = ["-".join(joint.name for joint in leg) for leg in out]
    turn = all(j.type == mujoco.mjtJoint.mjJNT_HINGE for leg in out for j in leg)
    in_order = [joint.name for leg in out for joint in leg] == chosen
    if [len(leg) for leg in out] != [_JOINTS] * len(LEGS) or not turn or not in_order:
        raise item.error(
            f"a robot walks here on {len(LEGS)} legs of {_JOINTS} hinges each, and on"
            f" {trunk.name!r} hang: {', '.join(names) or 'none'}. Name the joints under 'joints',"
            " leg by leg, from the trunk outwards"
        )
    return out


def _home(item: Item, count: int) -> tuple[float, ...]:
    try:
        return item.numbers(_JOINTS, f"{_JOINTS} or {count} angles, rad") * (count // _JOINTS)
    except ValueError:
        return item.numbers(count, f"{_JOINTS} or {count} angles, rad")


def _name_balls(model: mujoco.MjSpec) -> None:
    """Balls get names by their places in the file, for feet to be found by."""
    for i, geom in enumerate(model.geoms):
        if geom.type == mujoco.mjtGeom.mjGEOM_SPHERE and not geom.name:
            geom.name = f"ball {i}"


def _foot(
    model: mujoco.MjSpec, data: mujoco.MjData, last: mujoco.MjsBody, got: dict[str, Item],
    item: Item,
) -> _Foot:  # fmt: skip
    """The ball of a leg that is farthest from its knee, or the one that is named."""
    below = {body.name for body in subtree(last)}
    named: set[str] = set()
    if "feet" in got:
        known = names_of(model.geoms)
        named = {find(i, "geom", known) for i in got["feet"].items("a list of geoms, one a leg")}
    balls = [
        geom for geom in model.geoms
        if geom.parent.name in below and geom.type == mujoco.mjtGeom.mjGEOM_SPHERE
        and (geom.contype or geom.conaffinity) and (not named or geom.name in named)
    ]  # fmt: skip
    if not balls:
        raise got.get("feet", item).error(
            f"leg {last.name!r} ends in no ball that touches things: a foot is one, named under"
            " 'feet' where there are several"
        )
    rot, at = data.body(last.name).xmat.reshape(3, 3), data.body(last.name).xpos
    places = [rot.T @ (data.geom(ball.name).xpos - at) for ball in balls]
    ball, place = max(zip(balls, places, strict=True), key=lambda pair: np.linalg.norm(pair[1]))
    x, y, z = place.tolist()
    return _Foot(ball.name, (x, y, z), float(data.model.geom(ball.name).size[0]))


def _stance(
    data: mujoco.MjData, trunk: mujoco.MjsBody, joints: Sequence[mujoco.MjsJoint],
    home: Sequence[float], feet: Sequence[_Foot],
) -> Array:  # fmt: skip
    """(4, 3) where feet are in the frame of the trunk at home, m."""
    for joint, angle in zip(joints, home, strict=True):
        data.joint(joint.name).qpos = angle
    mujoco.mj_kinematics(data.model, data)
    rot, at = data.body(trunk.name).xmat.reshape(3, 3), data.body(trunk.name).xpos
    return np.array([rot.T @ (data.geom(foot.geom).xpos - at) for foot in feet])


def _names(at: Array, item: Item) -> list[str]:
    """What each leg is called, by where its foot is."""
    told = [("F" if x > 0 else "R") + ("L" if y > 0 else "R") for x, y in at[:, :2]]
    if sorted(told) != sorted(LEGS) or np.ptp(at[:, 2]) > _UNEVEN or at[:, 2].max() > 0:
        places = ", ".join(f"({x:.2f}, {y:.2f}, {z:.2f})" for x, y, z in at)
        raise item.error(
            f"at home its feet are at {places} m from its trunk: one is wanted below each corner,"
            " x ahead and y to the left, all equally low. Mend 'home'"
        )
    return told


def _limb(
    rows: dict[str, tuple[float, ...] | tuple[str, ...]], joints: Sequence[mujoco.MjsJoint],
    leg: int, name: str, item: Item,
) -> Limb:  # fmt: skip
    part = slice(_JOINTS * leg, _JOINTS * (leg + 1))
    own = {key: value[part] for key, value in rows.items()}
    try:
        return Limb(name, flange=PREFIX + joints[-1].parent.name, **own)  # type: ignore[arg-type]
    except ValueError as e:
        raise item.error(str(e).replace(PREFIX, "")) from e
