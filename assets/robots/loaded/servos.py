"""Joints of a model file and what drives them: limits, torques, position servos."""

from __future__ import annotations

import math
from collections.abc import Sequence

import mujoco

from habilis.assets.robots.loaded.source import find, names_of
from habilis.assets.scene.format.yaml_lines import Item

_CONTINUOUS = 2 * math.pi


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
        gain, back = float(servo.gainprm[0]), float(servo.biasprm[1])
        if servo.target != joint.name or gain <= 0 or abs(gain + back) > 1e-6 * gain:
            raise got.get("actuators", item).error(
                f"actuator {servo.name!r} is no position servo of joint {joint.name!r} in rad (it"
                f" drives {servo.target!r}, gain {gain:g}, bias {back:g}); give 'stiffness' in"
                " Nm/rad and servos are made"
            )
    return [servo.name for servo in made], ()


def _servo_of(model: mujoco.MjSpec, joint: mujoco.MjsJoint, item: Item) -> mujoco.MjsActuator:
    fit = [servo for servo in model.actuators if servo.target == joint.name and servo.name]
    if len(fit) != 1:
        there = ", ".join(names_of(model.actuators)) or "none"
        raise item.error(
            f"{len(fit)} actuators drive joint {joint.name!r}, the model has {there}; name one a"
            " joint under 'actuators', or give 'stiffness' in Nm/rad and servos are made"
        )
    return fit[0]


def limits(
    model: mujoco.MjModel, got: dict[str, Item], joints: Sequence[mujoco.MjsJoint]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Lower and upper limits of joints, rad: the model's, unless others are given.

    The model is compiled, and therefore in radians, whatever its file is in.
    """
    known = [model.joint(joint.name) for joint in joints]
    ranges = [
        (float(joint.range[0]), float(joint.range[1]))
        if joint.limited[0] else (-_CONTINUOUS, _CONTINUOUS)
        for joint in known
    ]  # fmt: skip
    lower = row(got, "lower", len(joints), least=-math.inf) or tuple(r[0] for r in ranges)
    upper = row(got, "upper", len(joints), least=-math.inf) or tuple(r[1] for r in ranges)
    return lower, upper


def torque(model: mujoco.MjSpec, joint: mujoco.MjsJoint, item: Item) -> float:
    """The torque limit of a joint in the model, Nm; SceneFileError if it has none."""
    rows = [a.forcerange for a in model.actuators if a.target == joint.name]
    found = [float(row[1]) for row in (*rows, joint.actfrcrange) if row[0] < row[1]]
    if not found:
        raise item.error(
            f"the model has no torque limit of joint {joint.name!r}: give 'torque' in Nm"
        )
    return min(found)


def row(got: dict[str, Item], key: str, count: int, least: float = 0.0) -> tuple[float, ...] | None:
    """One number a joint, or one for all; None where the key is not given."""
    if key not in got:
        return None
    item = got[key]
    try:
        return (item.number(above=least),) * count
    except ValueError:
        return item.numbers(count, f"a number, or {count} numbers, one a joint", above=least)
