"""A gripper read from a model file: its opening is measured by moving it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.contact import critical_damping, finger_inertia
from habilis.assets.robots.loaded.arm import PREFIX as ARM_PREFIX
from habilis.assets.robots.loaded.measure import Measured, measure
from habilis.assets.robots.loaded.servos import trouble
from habilis.assets.robots.loaded.source import (
    Source,
    ancestors,
    find,
    names_of,
    place_at,
    pose_of,
    subtree,
    unknown,
)
from habilis.assets.robots.shapes import Quat, Vec3, make_pad
from habilis.assets.robots.spec import EffectorKind, EndEffector
from habilis.assets.scene.format.yaml_lines import Item

PREFIX = "gripper/"
"""What the names of a gripper begin with that is put on another arm."""
_SLACK = 1e-6  # of a command beside its range
KINDS = ("parallel jaw", "linkage")
KEYS = ("actuators", "motors", "kind", "body", "aperture", "stiffness", "force")
NEEDED = {
    "closed": "a command for each actuator",
    "open": "a command for each actuator",
    "pads": "two geoms or bodies between which the opening is measured",
    "tcp": "a site, or {body: NAME, pos: [x, y, z]}",
}


@dataclasses.dataclass(frozen=True, eq=False)
class LoadedEffector:
    """A gripper of a model file, alone or on the arm of that file.

    Attributes:
      source: the file.
      root: name of its root body in the file; the last link of the arm where that carries fingers.
      bodies: those that it consists of, with all below: the root, or the fingers of such a link.
      carrier: the body of the arm on which they are, if any; place: where the root is in it, m and
        quaternion.
      pads: geoms that touch what is held; they get the contact of a gripper's pad.
      joints, actuators, fingers: names in the file.
      kind: of gripper.
      tcp_body: that carries the tool centre point.
      measured: what its model was found to do.
      servo: stiffness and force that replace the actuators', in their units, if any.
      motors: stiffness and force of servos that are added, by the joint they drive.
    """

    source: Source
    root: str
    bodies: tuple[str, ...]
    carrier: str
    place: tuple[Vec3, Quat]
    pads: tuple[str, ...]
    joints: tuple[str, ...]
    actuators: tuple[str, ...]
    fingers: tuple[str, ...]
    kind: EffectorKind
    tcp_body: str
    measured: Measured
    servo: tuple[float, float] | None
    motors: dict[str, tuple[float, float]]

    def add(
        self, spec: mujoco.MjSpec, flange: mujoco.MjsBody, pos: Vec3, quat: Quat
    ) -> EndEffector:
        """Put it on a flange; see ``Effector.add``."""
        model = self.source.model()
        if self.bodies != (self.root,):
            raise ValueError(
                f"the fingers of {self.source.path.name} are on {self.root!r} of its own arm, and"
                " cannot be put on another"
            )
        if self.carrier:  # where it was on its own arm is not where it is on this one
            place_at(model.body(self.root), (0, 0, 0), (1, 0, 0, 0))
        mount = flange.add_body(name=f"{PREFIX}mount", pos=pos, quat=quat, gravcomp=1.0)
        mount.add_frame().attach_body(model.body(self.root), PREFIX, "")
        return self._finish(spec, PREFIX)

    def own(
        self, spec: mujoco.MjSpec, flange: mujoco.MjsBody, pos: Vec3, quat: Quat
    ) -> EndEffector:
        """Describe it where the arm of its own file carries it already."""
        return self._finish(spec, ARM_PREFIX)

    def _finish(self, spec: mujoco.MjSpec, prefix: str) -> EndEffector:
        for geom in pad_geoms(spec, [prefix + pad for pad in self.pads]):
            make_pad(geom)
        add_motors(spec, self.motors, prefix)
        if self.servo:
            strengthen(spec, [prefix + name for name in self.actuators], *self.servo)
        self._weigh_fingers(spec, prefix)
        site, measured = f"{prefix}habilis_tcp", self.measured
        spec.body(prefix + self.tcp_body).add_site(
            name=site, pos=measured.tcp_pos, quat=measured.tcp_quat, size=(0.004, 0, 0), group=4
        )
        return EndEffector(
            name=self.source.path.stem, kind=self.kind, body=prefix + self.root,
            joints=tuple(prefix + name for name in self.joints),
            actuators=tuple(prefix + name for name in self.actuators),
            opening=measured.opening, tcp=site,
            fingers=tuple(prefix + name for name in self.fingers),
            outline=measured.outline, force=measured.force,
        )  # fmt: skip

    def _weigh_fingers(self, spec: mujoco.MjSpec, prefix: str) -> None:
        """Give fingers that slide the inertia of a drive, and made servos the damping for it."""
        joints = [spec.joint(prefix + name) for name in self.joints]
        slides = [joint for joint in joints if joint.type == mujoco.mjtJoint.mjJNT_SLIDE]
        for slide in slides:
            slide.armature = max(slide.armature, finger_inertia(self.measured.force))
        inertia = sum(slide.armature for slide in slides) / len(self.actuators)
        for name, stiffness in self._made().items() if slides else ():
            spec.actuator(prefix + name).biasprm[2] = -critical_damping(stiffness, inertia)

    def _made(self) -> dict[str, float]:
        """Stiffness of the servos that the description makes, by actuator."""
        if self.motors:
            return {f"{joint}_servo": stiffness for joint, (stiffness, _) in self.motors.items()}
        return dict.fromkeys(self.actuators, self.servo[0]) if self.servo else {}


def read_effector(source: Source, item: Item, arm: Item | None) -> LoadedEffector:
    """The gripper of a model file.

    Args:
      source: the file.
      item: its description: the mapping ``effector``.
      arm: the description of the arm that carries it in the file, if one does.

    Raises:
      SceneFileError: the description does not fit the model; names the key and what there is.
    """
    model = source.model()
    got = item.record(NEEDED, KEYS, "the end effector")
    motors = _motors(model, got)
    add_motors(model, motors, "")
    actuators = _actuators(model, got, item, motors)
    pads = _pads(model, got["pads"])
    bodies = [_body_of(model, pad).name for pad in pads]
    root = _root(model, got.get("body"), bodies, got["pads"], arm)
    own = _names_in(arm)
    joints = tuple(
        joint.name for body in subtree(model.body(root)) for joint in body.joints
        if joint.name not in own
    )  # fmt: skip
    if not joints:
        raise got["pads"].error(f"body {root!r} has no joint below it that could open")
    tcp_body, tcp_pos = _tcp(model, got["tcp"], root)
    kind = got["kind"].choice("kind", KINDS) if "kind" in got else "linkage"
    servo = _servo(got)
    if servo:
        strengthen(model, actuators, *servo)
    commands = [
        got[key].numbers(len(actuators), f"{len(actuators)} commands") for key in ("closed", "open")
    ]
    for key, row in zip(("closed", "open"), commands, strict=True):
        _check_commands(model, got[key], () if motors else actuators, row)
    measured = measure(model, got, root, joints, actuators, pads, commands, (tcp_body, tcp_pos))
    parts, carrier, place = _detached(model, root, own)
    return LoadedEffector(
        source, root, parts, carrier, place, pads, joints, actuators, tuple(bodies), kind,  # type: ignore[arg-type]
        tcp_body, measured, servo, motors,
    )  # fmt: skip


def _names_in(arm: Item | None) -> set[str]:
    """Joints that the description of an arm names; what is wrong with it is said elsewhere."""
    given = arm.entries("the arm").get("joints") if arm is not None else None
    return {i.text() for i in given.items("a list of joints")} if given is not None else set()


def _detached(
    model: mujoco.MjSpec, root: str, own: set[str]
) -> tuple[tuple[str, ...], str, tuple[Vec3, Quat]]:
    """The bodies that are a gripper's alone, what carries them, and where its root is in that."""
    body = model.body(root)
    if own & {joint.name for joint in body.joints}:
        moving = tuple(b.name for b in body.bodies if any(c.joints for c in subtree(b)))
        return moving, root, ((0, 0, 0), (1, 0, 0, 0))
    place = pose_of(model, body)
    if body.parent.name != "world":
        return (root,), body.parent.name, place
    return (root,), "", place


def pad_geoms(spec: mujoco.MjSpec, pads: list[str]) -> list[mujoco.MjsGeom]:
    """The collision shapes of pads, which are geoms or bodies."""
    out = []
    for pad in pads:
        geom = spec.geom(pad)
        geoms = [geom] if geom is not None else list(spec.body(pad).geoms)
        out += [g for g in geoms if g.contype or g.conaffinity]
    return out


def add_motors(spec: mujoco.MjSpec, motors: dict[str, tuple[float, float]], prefix: str) -> None:
    """Add position servos for joints of a gripper that has none."""
    for joint, (stiffness, force) in motors.items():
        slide = spec.joint(prefix + joint)
        for other in [a for a in spec.actuators if a.target == slide.name]:
            spec.delete(other)
        degrees = spec.compiler.degree and slide.type == mujoco.mjtJoint.mjJNT_HINGE
        servo = spec.add_actuator(
            name=f"{prefix}{joint}_servo",
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            target=prefix + joint,
            ctrlrange=np.radians(slide.range) if degrees else slide.range,
            forcerange=(-force, force),
            forcelimited=mujoco.mjtLimited.mjLIMITED_TRUE,
        )
        servo.set_to_position(kp=stiffness, kv=stiffness / 100)
        slide.armature = slide.armature or 0.1
        slide.damping[0] = slide.damping[0] or 1.0


def strengthen(
    spec: mujoco.MjSpec, actuators: list[str] | tuple[str, ...], stiffness: float, force: float
) -> None:
    """Scale actuators to a stiffness, a hundredth of it as damping, and limit their force."""
    for name in actuators:
        servo = spec.actuator(name)
        scale = stiffness / -float(servo.biasprm[1])
        servo.gainprm[0] *= scale
        servo.biasprm[:3] = [servo.biasprm[0] * scale, -stiffness, -stiffness / 100]
        servo.forcerange = (-force, force)
        servo.forcelimited = mujoco.mjtLimited.mjLIMITED_TRUE


def _servo(got: dict[str, Item]) -> tuple[float, float] | None:
    if "motors" in got and "stiffness" not in got:
        return None
    if ("stiffness" in got) != ("force" in got):
        item = got.get("stiffness", got.get("force"))
        assert item is not None
        raise item.error("give 'stiffness' and 'force' together")
    if "force" not in got:
        return None
    return got["stiffness"].number(above=0.0), got["force"].number(above=0.0)


def _motors(model: mujoco.MjSpec, got: dict[str, Item]) -> dict[str, tuple[float, float]]:
    """Stiffness and force of servos to add, by joint."""
    if "motors" not in got:
        return {}
    known, out = names_of(model.joints), {}
    for joint, item in got["motors"].entries("a mapping of joint to stiffness").items():
        if joint not in known:
            raise unknown(item, "joint", joint, known)
        low, high = model.joint(joint).actfrcrange
        if not low < high and "force" not in got:
            raise item.error(
                f"the model has no limit of the force of joint {joint!r}: give 'force' in N or Nm"
            )
        most = got["force"].number(above=0.0) if "force" in got else float(high)
        out[joint] = (item.number(above=0.0), most)
    return out


def _actuators(
    model: mujoco.MjSpec, got: dict[str, Item], item: Item, motors: dict[str, tuple[float, float]]
) -> tuple[str, ...]:
    names = names_of(model.actuators)
    if ("actuators" in got) == bool(motors):
        there = ", ".join(names) or "none"
        raise item.error(
            f"no actuator: give 'actuators' (the model has {there}), or 'motors', a mapping of"
            " joint to stiffness, and servos are made"
        )
    if motors:
        return tuple(f"{joint}_servo" for joint in motors)
    items = got["actuators"].items("a list of actuators")
    if not items:
        raise got["actuators"].error(f"no actuator; the model has {', '.join(names) or 'none'}")
    found = tuple(find(i, "actuator", names) for i in items)
    for i, name in zip(items, found, strict=True):
        if wrong := trouble(model.actuator(name)):
            raise i.error(
                f"actuator {name!r} is no position servo: it does not hold an opening, as {wrong}."
                " Give 'motors', a mapping of joint to stiffness, in place of 'actuators'"
            )
    return found


def _check_commands(
    model: mujoco.MjSpec, item: Item, actuators: Sequence[str], row: Sequence[float]
) -> None:
    """Refuse what an actuator would not do but at the end of its range."""
    if not actuators:
        return
    compiled = model.compile()
    for name, told in zip(actuators, row, strict=True):
        actuator = compiled.actuator(name)
        low, high = actuator.ctrlrange.tolist()
        if actuator.ctrllimited[0] and not low - _SLACK <= told <= high + _SLACK:
            raise item.error(f"{told:g} is beyond what {name!r} takes: {low:g} to {high:g}")


def _pads(model: mujoco.MjSpec, item: Item) -> tuple[str, ...]:
    items = item.items("two geoms or bodies")
    if len(items) != 2:
        raise item.error(f"expected two geoms or bodies, got {len(items)}")
    known = [*names_of(model.geoms), *names_of(model.bodies)]
    pads = tuple(find(i, "geom or body", known) for i in items)
    for i, pad in zip(items, pads, strict=True):
        if not pad_geoms(model, [pad]):
            raise i.error(f"{pad!r} has no collision shape")
    return pads


def _body_of(model: mujoco.MjSpec, pad: str) -> mujoco.MjsBody:
    geom = model.geom(pad)
    return geom.parent if geom is not None else model.body(pad)


def _root(
    model: mujoco.MjSpec, given: Item | None, fingers: list[str], pads: Item, arm: Item | None
) -> str:
    """The body that carries both fingers: the nearest above both, unless it is given."""
    if given is not None:
        return find(given, "body", names_of(model.bodies))
    first, second = (names_of(ancestors(model.body(finger))) for finger in fingers)
    shared = [name for name in first if name in second]
    if not shared or shared[0] in fingers:
        raise pads.error(f"no body carries both {fingers[0]!r} and {fingers[1]!r}; name it: 'body'")
    return shared[0] if arm is not None else shared[-1]


def _tcp(model: mujoco.MjSpec, item: Item, root: str) -> tuple[str, Array]:
    """Body of the tool centre point and its position there, m."""
    chain = names_of(subtree(model.body(root)))
    sites = [site.name for site in model.sites if site.name and site.parent.name in chain]
    try:
        item.text()
    except ValueError:
        got = item.record(
            {"body": "a body of the end effector", "pos": "[x, y, z] in it, m"}, (), "the place"
        )
        return got["body"].choice(f"body of the chain of {root!r}", chain), np.array(
            got["pos"].vec()
        )
    name = item.choice(f"site of the chain of {root!r}", sites)
    site = model.site(name)
    return site.parent.name, np.array(pose_of(model, site)[0])
