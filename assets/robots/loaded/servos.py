"""Joints of a model file and what drives them: limits, torques, position servos."""

from __future__ import annotations

import math
from collections.abc import Sequence

import mujoco

from habilis.assets.robots.loaded.source import find, names_of
from habilis.assets.scene.format.yaml_lines import Item

_CONTINUOUS = 2 * math.pi
_SAME = 1e-3  # rad or Nm within which two limits are one


def servos(
    model: mujoco.MjSpec, got: dict[str, Item], joints: Sequence[mujoco.MjsJoint], item: Item
) -> tuple[list[str], tuple[float, ...]]:
    """Names of the servos, and the stiffness of those that are to be added."""
    stiffness = row(got, "stiffness", len(joints)) or ()
    if stiffness:
        return [f"{joint.name}_servo" for joint in joints], stiffness
    known = names_of(model.actuators)
    if "actuators" in got:
        items = got["actuators"].items("a list of actuators, one a joint")
        if len(items) != len(joints):
            raise got["actuators"].error(f"{len(joints)} joints but {len(items)} actuators")
        made = [model.actuator(find(i, "actuator", known)) for i in items]
    else:
        made = [_servo_of(model, joint, item) for joint in joints]
    for servo, joint in zip(made, joints, strict=True):
        if wrong := trouble(servo) or _off_angle(servo, joint):
            raise got.get("actuators", item).error(
                f"actuator {servo.name!r} is no position servo of joint {joint.name!r} in rad:"
                f" {wrong}; give 'stiffness' in Nm/rad and servos are made"
            )
    return [servo.name for servo in made], ()


def trouble(servo: mujoco.MjsActuator) -> str:
    """Why an actuator is no position servo, in words; '' if it is one."""
    if servo.dyntype != mujoco.mjtDyn.mjDYN_NONE:
        return "it integrates or filters its command"
    gain, back = float(servo.gainprm[0]), float(servo.biasprm[1])
    affine = servo.biastype == mujoco.mjtBias.mjBIAS_AFFINE
    if servo.gaintype != mujoco.mjtGain.mjGAIN_FIXED or not affine or back >= 0 or not gain:
        return f"its force is not that of a spring (gain {gain:g}, bias {back if affine else 0:g})"
    return ""


def _off_angle(servo: mujoco.MjsActuator, joint: mujoco.MjsJoint) -> str:
    """Why the command of a position servo is not the angle of a joint; '' if it is."""
    gain, (offset, back) = float(servo.gainprm[0]), servo.biasprm[:2]
    if not _drives(servo, joint):
        return f"it drives {servo.target!r}"
    if gain < 0 or abs(gain + back) > 1e-6 * gain or offset:
        return f"gain {gain:g}, bias {offset:g} {back:g}"
    return f"its gear is {servo.gear[0]:g}" if servo.gear[0] != 1 else ""


def _drives(servo: mujoco.MjsActuator, joint: mujoco.MjsJoint) -> bool:
    on_joint = (mujoco.mjtTrn.mjTRN_JOINT, mujoco.mjtTrn.mjTRN_JOINTINPARENT)
    return servo.trntype in on_joint and servo.target == joint.name


def _servo_of(model: mujoco.MjSpec, joint: mujoco.MjsJoint, item: Item) -> mujoco.MjsActuator:
    fit = [servo for servo in model.actuators if _drives(servo, joint)]
    if len(fit) != 1:
        there = ", ".join(names_of(model.actuators)) or "none"
        raise item.error(
            f"{len(fit)} actuators drive joint {joint.name!r}, the model has {there}; name one a"
            " joint under 'actuators', or give 'stiffness' in Nm/rad and servos are made"
        )
    return fit[0]


def limits(
    model: mujoco.MjModel,
    got: dict[str, Item],
    joints: Sequence[mujoco.MjsJoint],
    item: Item,
    servos: Sequence[str] = (),
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Lower and upper limits of joints, rad: the model's, unless narrower ones are given.

    The model is compiled, and therefore in radians, whatever its file is in.

    Args:
      model: of the file.
      got: the description; item: what errors are about where it says nothing.
      joints: of the limb.
      servos: names of those that drive them and whose range of commands counts, if any.
    """
    ranges = [_range(model, joint.name, item) for joint in joints]
    for i, servo in enumerate(servos):
        if model.actuator(servo).ctrllimited[0]:
            (low, high), (least, most) = ranges[i], model.actuator(servo).ctrlrange.tolist()
            narrow = least > low + _SAME or most < high - _SAME
            ranges[i] = (max(low, least), min(high, most)) if narrow else (low, high)
    out = []
    for key, column, sign in (("lower", 0, 1), ("upper", 1, -1)):
        own = tuple(limit[column] for limit in ranges)
        given = row(got, key, len(joints), least=-math.inf) or own
        for joint, wanted, limit in zip(joints, given, own, strict=True):
            if sign * (limit - wanted) > _SAME and abs(limit) < _CONTINUOUS:
                raise got[key].error(
                    f"{wanted:g} rad of joint {joint.name!r} is beyond the model's own limit"
                    f" {limit:g}"
                )
        out.append(given)
    return out[0], out[1]


def _range(model: mujoco.MjModel, name: str, item: Item) -> tuple[float, float]:
    joint = model.joint(name)
    low, high = joint.range.tolist()
    if low > high:
        raise item.error(f"the model's limits of joint {name!r} are the wrong way round: {low:g} to"
                         f" {high:g} rad")  # fmt: skip
    return (low, high) if joint.limited[0] else (-_CONTINUOUS, _CONTINUOUS)


def torques(
    model: mujoco.MjSpec,
    got: dict[str, Item],
    joints: Sequence[mujoco.MjsJoint],
    item: Item,
    servos: Sequence[str],
) -> tuple[float, ...]:
    """Torque limits of joints, Nm: the model's, unless lower ones are given.

    Args:
      model: of the file.
      got: the description; item: what errors are about where it says nothing.
      joints: of the limb.
      servos: names of those of the model that stay; none where others take their place.
    """
    given = row(got, "torque", len(joints))
    if given is None:
        return tuple(torque(model, joint, item) for joint in joints)
    for joint, most in zip(joints, given, strict=True):
        kept = [a for a in model.actuators if a.name in servos and _drives(a, joint)]
        if (least := min(_bounds(joint, kept), default=most)) < most - _SAME:
            raise got["torque"].error(
                f"{most:g} Nm of joint {joint.name!r} is beyond the model's own limit {least:g}"
            )
    return given


def torque(model: mujoco.MjSpec, joint: mujoco.MjsJoint, item: Item) -> float:
    """The torque limit of a joint in the model, Nm; SceneFileError if it has none."""
    found = _bounds(joint, [a for a in model.actuators if _drives(a, joint)])
    if not found:
        raise item.error(
            f"the model has no torque limit of joint {joint.name!r}: give 'torque' in Nm"
        )
    return min(found)


def _bounds(joint: mujoco.MjsJoint, drives: Sequence[mujoco.MjsActuator]) -> list[float]:
    """Limits of the torque at a joint, Nm: its own, and those of what drives it with its gear."""
    never = mujoco.mjtLimited.mjLIMITED_FALSE
    found = []
    if joint.actfrclimited != never:
        found.append((1.0, joint.actfrcrange))
    for drive in drives:
        gear = abs(float(drive.gear[0]))
        if drive.forcelimited != never:
            found.append((gear, drive.forcerange))
        if drive.biastype == mujoco.mjtBias.mjBIAS_NONE and drive.ctrllimited != never:
            found.append((gear * abs(float(drive.gainprm[0])), drive.ctrlrange))
    return [factor * float(min(-low, high)) for factor, (low, high) in found if low < 0 < high]


def row(got: dict[str, Item], key: str, count: int, least: float = 0.0) -> tuple[float, ...] | None:
    """One number a joint, or one for all; None where the key is not given."""
    if key not in got:
        return None
    item = got[key]
    try:
        return (item.number(above=least),) * count
    except ValueError:
        return item.numbers(count, f"a number, or {count} numbers, one a joint", above=least)
