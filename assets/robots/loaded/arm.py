"""An arm read from a model file."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import mujoco

from habilis.assets.robots.arm import Flange
from habilis.assets.robots.loaded.source import Source, ancestors, find, names_of
from habilis.assets.robots.shapes import Quat, Vec3
from habilis.assets.robots.spec import Limb
from habilis.assets.scene.format.yaml_lines import Item

PREFIX = "arm/"
"""What the names of the model begin with."""
VELOCITY, ACCELERATION = 2.0, 10.0
"""rad/s and rad/s^2, where the description gives no limits."""
KEYS = (
    "actuators", "flange", "home", "velocity", "acceleration", "torque", "stiffness", "lower",
    "upper",
)  # fmt: skip
_CONTINUOUS = 2 * math.pi
_RATIO = 0.1  # s, damping of a servo that is added over its stiffness


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedArm:
    """An arm of a model file; see ``habilis.assets.robots.arm.Arm``.

    Attributes:
      source_file: the model and its description.
      bare: root of the end effector in the file, which is left out; '' keeps everything.
      added: stiffness of the servos (n,) that replace the file's, Nm/rad; empty keeps those.
    """

    limb: Limb
    base: str
    flange: Flange
    source: str
    source_file: Source
    bare: str
    added: tuple[float, ...]
    partner: str = ""

    def add(self, spec: mujoco.MjSpec, pos: Vec3, quat: Quat) -> None:
        """Put the arm into a model; its names begin with ``PREFIX``."""
        model = self.source_file.model()
        if self.bare:
            model.delete(model.body(self.bare))
        limb = self.limb
        names = [joint.removeprefix(PREFIX) for joint in limb.joints]
        if self.added:
            replace_servos(model, names, limb, self.added)
        first = model.joint(names[0]).parent.name
        root = ancestors(model.body(first))[-1]
        above = root.name
        base = spec.worldbody.add_body(name=self.base, pos=pos, quat=quat)
        base.add_frame().attach_body(root, PREFIX, "")
        if above != first:
            spec.add_exclude(bodyname1=PREFIX + above, bodyname2=PREFIX + first)


def read_arm(source: Source, item: Item, bare: str, mount: Flange | None, about: str) -> LoadedArm:
    """The arm of a model file.

    Args:
      source: the file.
      item: its description: the mapping ``arm``.
      bare: root body of an end effector that is left out; '' keeps everything.
      mount: where that end effector was; None without.
      about: where the model is from.

    Raises:
      SceneFileError: the description does not fit the model; names the key and what there is.
    """
    model = source.model()
    got = item.record({"joints": "names of the arm's joints, base outwards"}, KEYS, "the arm")
    joints = _joints(model, got["joints"])
    servos, added = _servos(model, got, joints, item)
    names = [joint.name for joint in joints]
    home = got["home"].numbers(len(names), f"{len(names)} angles in rad") if "home" in got else None
    lower, upper = _limits(got, joints)
    torque = _row(got, "torque", len(names)) or tuple(_torque(model, j, item) for j in joints)
    limb = _limb(source, got.get("home", item), dict(
        name=source.path.stem,
        joints=tuple(PREFIX + name for name in names),
        actuators=tuple(PREFIX + name for name in servos),
        lower=lower, upper=upper,
        velocity=_row(got, "velocity", len(names)) or (VELOCITY,) * len(names),
        acceleration=_row(got, "acceleration", len(names)) or (ACCELERATION,) * len(names),
        torque=torque,
        home=home or tuple((low + high) / 2 for low, high in zip(lower, upper, strict=True)),
        flange=PREFIX + joints[-1].parent.name,
    ))  # fmt: skip
    flange = _flange(model, got["flange"]) if "flange" in got else mount
    last = Flange(limb.flange, (0, 0, 0), (1, 0, 0, 0))
    return LoadedArm(limb, f"{PREFIX}base_mount", flange or last, about, source, bare, added)


def _limb(source: Source, item: Item, rows: dict[str, object]) -> Limb:
    try:
        return Limb(**rows)  # type: ignore[arg-type]
    except ValueError as e:
        raise item.error(str(e).replace(PREFIX, "")) from e


def _joints(model: mujoco.MjSpec, item: Item) -> list[mujoco.MjsJoint]:
    known = names_of(model.joints)
    items = item.items("a list of joints, base outwards")
    out = [model.joint(find(i, "joint", known)) for i in items]
    if not out:
        raise item.error(f"an arm needs joints; the model has {', '.join(known) or 'none'}")
    for i, joint in zip(items, out, strict=True):
        if joint.type != mujoco.mjtJoint.mjJNT_HINGE:
            raise i.error(f"joint {joint.name!r} is no hinge; only hinges make an arm")
    for i, first, second in zip(items[1:], out, out[1:], strict=False):
        if first.parent.name not in names_of(ancestors(second.parent)):
            raise i.error(
                f"joint {second.name!r} does not hang on {first.name!r}: list them base outwards"
            )
    return out


def _servos(
    model: mujoco.MjSpec, got: dict[str, Item], joints: Sequence[mujoco.MjsJoint], item: Item
) -> tuple[list[str], tuple[float, ...]]:
    """Names of the servos, and the stiffness of those that are to be added."""
    stiffness = _row(got, "stiffness", len(joints)) or ()
    if stiffness:
        return [f"{joint.name}_servo" for joint in joints], stiffness
    known = names_of(model.actuators)
    if "actuators" in got:
        items = got["actuators"].items("a list of actuators, one a joint")
        if len(items) != len(joints):
            raise got["actuators"].error(f"{len(joints)} joints but {len(items)} actuators")
        servos = [model.actuator(find(i, "actuator", known)) for i in items]
    else:
        servos = [_servo_of(model, joint, item) for joint in joints]
    for servo, joint in zip(servos, joints, strict=True):
        gain, back = float(servo.gainprm[0]), float(servo.biasprm[1])
        if servo.target != joint.name or gain <= 0 or abs(gain + back) > 1e-6 * gain:
            raise got.get("actuators", item).error(
                f"actuator {servo.name!r} is no position servo of joint {joint.name!r} in rad (it"
                f" drives {servo.target!r}, gain {gain:g}, bias {back:g}); give 'stiffness' in"
                " Nm/rad and servos are made"
            )
    return [servo.name for servo in servos], ()


def _servo_of(model: mujoco.MjSpec, joint: mujoco.MjsJoint, item: Item) -> mujoco.MjsActuator:
    fit = [servo for servo in model.actuators if servo.target == joint.name and servo.name]
    if len(fit) != 1:
        there = ", ".join(names_of(model.actuators)) or "none"
        raise item.error(
            f"{len(fit)} actuators drive joint {joint.name!r}, the model has {there}; name one a"
            " joint under 'actuators', or give 'stiffness' in Nm/rad and servos are made"
        )
    return fit[0]


def replace_servos(
    model: mujoco.MjSpec, joints: Sequence[str], limb: Limb, stiffness: Sequence[float]
) -> None:
    """Give joints position servos in place of whatever drives them."""
    for servo in [a for a in model.actuators if a.target in joints]:
        model.delete(servo)
    for i, joint in enumerate(joints):
        servo = model.add_actuator(
            name=limb.actuators[i].removeprefix(PREFIX),
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            target=joint,
            ctrlrange=(limb.lower[i], limb.upper[i]),
            forcerange=(-limb.torque[i], limb.torque[i]),
        )
        servo.set_to_position(kp=stiffness[i], kv=stiffness[i] * _RATIO)
        hinge = model.joint(joint)
        hinge.armature = hinge.armature or 0.1


def _limits(
    got: dict[str, Item], joints: Sequence[mujoco.MjsJoint]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    ranges = [(float(joint.range[0]), float(joint.range[1])) for joint in joints]
    ranges = [(low, high) if low < high else (-_CONTINUOUS, _CONTINUOUS) for low, high in ranges]
    lower = _row(got, "lower", len(joints), least=-math.inf) or tuple(r[0] for r in ranges)
    upper = _row(got, "upper", len(joints), least=-math.inf) or tuple(r[1] for r in ranges)
    return lower, upper


def _torque(model: mujoco.MjSpec, joint: mujoco.MjsJoint, item: Item) -> float:
    rows = [a.forcerange for a in model.actuators if a.target == joint.name]
    found = [float(row[1]) for row in (*rows, joint.actfrcrange) if row[0] < row[1]]
    if not found:
        raise item.error(
            f"the model has no torque limit of joint {joint.name!r}: give 'torque' in Nm"
        )
    return min(found)


def _row(
    got: dict[str, Item], key: str, count: int, least: float = 0.0
) -> tuple[float, ...] | None:
    """One number a joint, or one for all; None where the key is not given."""
    if key not in got:
        return None
    item = got[key]
    try:
        return (item.number(above=least),) * count
    except ValueError:
        return item.numbers(count, f"a number, or {count} numbers, one a joint", above=least)


def _flange(model: mujoco.MjSpec, item: Item) -> Flange:
    """A site, a body, or a place in a body."""
    sites, bodies = names_of(model.sites), names_of(model.bodies)
    try:
        name = item.text()
    except ValueError:
        got = item.record({"body": "name of a body"}, ("pos", "quat"), "a site, or body and pose")
        pos = got["pos"].vec() if "pos" in got else (0.0, 0.0, 0.0)
        w, x, y, z = got["quat"].numbers(4, "w, x, y, z") if "quat" in got else (1.0, 0, 0, 0)
        return Flange(PREFIX + find(got["body"], "body", bodies), pos, (w, x, y, z))
    if name in sites:
        site = model.site(name)
        (x, y, z), (w, i, j, k) = site.pos.tolist(), site.quat.tolist()
        return Flange(PREFIX + site.parent.name, (x, y, z), (w, i, j, k))
    return Flange(PREFIX + find(item, "site or body", [*sites, *bodies]), (0, 0, 0), (1, 0, 0, 0))
