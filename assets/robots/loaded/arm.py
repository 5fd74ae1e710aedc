"""An arm read from a model file."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import mujoco

from habilis.assets.robots.arm import Flange
from habilis.assets.robots.loaded.servos import limits, row, servos, torques
from habilis.assets.robots.loaded.source import Source, ancestors, find, names_of, place_at, pose_of
from habilis.assets.robots.shapes import Quat, Vec3
from habilis.assets.robots.spec import Limb
from habilis.assets.scene.format.yaml_lines import Item

PREFIX = "arm/"
"""What the names of the model begin with."""
VELOCITY, ACCELERATION = 2.0, 10.0
"""rad/s and rad/s^2, where the description gives no limits."""
KEYS = (
    "actuators", "flange", "home", "velocity", "acceleration", "torque", "stiffness", "lower",
    "upper", "payload",
)  # fmt: skip
_RATIO = 0.1  # s, damping of a servo that is added over its stiffness


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedArm:
    """An arm of a model file; see ``habilis.assets.robots.arm.Arm``.

    Attributes:
      source_file: the model and its description.
      bare: bodies in the file that are left out with all below: its own end effector.
      added: stiffness of the servos (n,) that replace the file's, Nm/rad; empty keeps those.
    """

    limb: Limb
    base: str
    flange: Flange
    source: str
    source_file: Source
    bare: tuple[str, ...]
    added: tuple[float, ...]
    partner: str = ""

    def add(self, spec: mujoco.MjSpec, pos: Vec3, quat: Quat) -> None:
        """Put the arm into a model; its names begin with ``PREFIX``."""
        model = self.source_file.model()
        for name in self.bare:
            model.delete(model.body(name))
        limb = self.limb
        names = [joint.removeprefix(PREFIX) for joint in limb.joints]
        if self.added:
            replace_servos(model, names, limb, self.added)
        first = model.joint(names[0]).parent.name
        root = ancestors(model.body(first))[-1]
        above = root.name
        if root.frame is not None:  # attaching would leave it behind
            place_at(root, *pose_of(model, root))
        base = spec.worldbody.add_body(name=self.base, pos=pos, quat=quat)
        base.add_frame().attach_body(root, PREFIX, "")
        if above != first:
            spec.add_exclude(bodyname1=PREFIX + above, bodyname2=PREFIX + first)


def read_arm(
    source: Source, item: Item, bare: tuple[str, ...], mount: Flange | None, about: str
) -> LoadedArm:
    """The arm of a model file.

    Args:
      source: the file.
      item: its description: the mapping ``arm``.
      bare: bodies of an end effector that are left out; none keeps everything.
      mount: where that end effector was; None without.
      about: where the model is from.

    Raises:
      SceneFileError: the description does not fit the model; names the key and what there is.
    """
    model = source.model()
    got = item.record({"joints": "names of the arm's joints, base outwards"}, KEYS, "the arm")
    joints = _joints(model, got["joints"])
    driven, added = servos(model, got, joints, item)
    names = [joint.name for joint in joints]
    home = got["home"].numbers(len(names), f"{len(names)} angles in rad") if "home" in got else None
    kept = () if added else driven
    lower, upper = limits(model.compile(), got, joints, item, kept)
    limb = _limb(source, got.get("home", item), dict(
        name=source.path.stem,
        joints=tuple(PREFIX + name for name in names),
        actuators=tuple(PREFIX + name for name in driven),
        lower=lower, upper=upper,
        velocity=row(got, "velocity", len(names)) or source.speeds(joints, VELOCITY),
        acceleration=row(got, "acceleration", len(names)) or (ACCELERATION,) * len(names),
        torque=torques(model, got, joints, item, kept),
        home=home or tuple((low + high) / 2 for low, high in zip(lower, upper, strict=True)),
        flange=PREFIX + joints[-1].parent.name,
        payload=got["payload"].number(above=0.0) if "payload" in got else math.inf,
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
    names = names_of(out)
    for i, name in zip(items, names, strict=True):
        if names.count(name) > 1:
            raise i.error(f"joint {name!r} is listed twice")
    for i, joint in zip(items, out, strict=True):
        if joint.type != mujoco.mjtJoint.mjJNT_HINGE:
            raise i.error(f"joint {joint.name!r} is no hinge; only hinges make an arm")
    for i, first, second in zip(items[1:], out, out[1:], strict=False):
        above = [joint.name for body in ancestors(second.parent) for joint in body.joints]
        if first.parent.name == second.parent.name:  # turned about in the order of the file
            above = above[: above.index(second.name)]
        if first.name not in above:
            raise i.error(
                f"joint {second.name!r} does not hang on {first.name!r}: list them base outwards"
            )
    return out


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
            ctrllimited=mujoco.mjtLimited.mjLIMITED_TRUE,
            forcerange=(-limb.torque[i], limb.torque[i]),
            forcelimited=mujoco.mjtLimited.mjLIMITED_TRUE,
        )
        servo.set_to_position(kp=stiffness[i], kv=stiffness[i] * _RATIO)
        hinge = model.joint(joint)
        hinge.armature = hinge.armature or 0.1


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
        return Flange(PREFIX + site.parent.name, *pose_of(model, site))
    return Flange(PREFIX + find(item, "site or body", [*sites, *bodies]), (0, 0, 0), (1, 0, 0, 0))
