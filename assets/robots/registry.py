"""Robots by name: an arm, an end effector, or both, as ``fr3+leap``."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

import mujoco

from habilis.assets.names import did_you_mean
from habilis.assets.robots.arm import Arm
from habilis.assets.robots.arms.fr3 import FR3
from habilis.assets.robots.arms.iiwa14 import IIWA14
from habilis.assets.robots.arms.ur5e import UR5E
from habilis.assets.robots.effectors import panda_hand, robotiq_2f85
from habilis.assets.robots.effectors.mounted_hand import add_mounted_hand, lone_hand
from habilis.assets.robots.hands import HANDS, make_hand
from habilis.assets.robots.homing import home_posture
from habilis.assets.robots.shapes import Quat, Vec3
from habilis.assets.robots.spec import Base, EndEffector, RobotSpec
from habilis.assets.scene.preset import apply_preset


@dataclasses.dataclass(frozen=True)
class Effector:
    """An end effector that can be put on a flange.

    Attributes:
      add: to a model: takes the model, the body of the flange, and the pose in it of the frame
        whose z points outwards and whose y is the direction in which a gripper opens.
      source: where its numbers come from; None for a hand, which says so itself.
    """

    add: Callable[[mujoco.MjSpec, mujoco.MjsBody, Vec3, Quat], EndEffector]
    source: str | None = None


ARMS: Mapping[str, Arm] = {"fr3": FR3, "ur5e": UR5E, "iiwa14": IIWA14}
"""Arms by name."""

EFFECTORS: Mapping[str, Effector] = {
    "panda_hand": Effector(panda_hand.add_panda_hand, panda_hand.SOURCE),
    "robotiq_2f85": Effector(robotiq_2f85.add_robotiq_2f85, robotiq_2f85.SOURCE),
    **{name: Effector(functools.partial(add_mounted_hand, name)) for name in HANDS},
}
"""Grippers and hands by name."""


def robot_names() -> tuple[str, ...]:
    """Full names of the robots that come with the package: any arm with any end effector."""
    shipped = [name for name in EFFECTORS if ":" not in name]
    both = [f"{arm}+{effector}" for arm in ARMS for effector in shipped]
    return (*both, *(name for name in HANDS if ":" not in name))


def full_name(name: str) -> str:
    """The name with its end effector: ``fr3`` is ``fr3+panda_hand``.

    Raises:
      ValueError: there is no such robot; it names what there is.
    """
    first, plus, second = name.partition("+")
    if not plus and first in HANDS:
        return first
    if first not in ARMS:
        raise ValueError(did_you_mean("robot", name, (*ARMS, *robot_names())))
    if plus and second not in EFFECTORS:
        raise ValueError(f"robot {name!r}: {did_you_mean('end effector', second, EFFECTORS)}")
    return name if plus else f"{first}+{ARMS[first].partner}"


def make_robot(name: str) -> tuple[RobotSpec, mujoco.MjSpec]:
    """Constants and a fresh model of a robot, its base at the origin, z up.

    There is no floor, light or keyframe in it; the solver has the manipulation preset.

    Args:
      name: an arm, a hand, or ``arm+effector``; an arm alone comes with its usual gripper.

    Raises:
      ValueError: there is no such robot.
      FileNotFoundError: a robot of the Menagerie, and no copy of the Menagerie.
    """
    name = full_name(name)
    if name in HANDS:
        effector, spec = lone_hand(name)
        return RobotSpec(name, Base(effector.body), (), (effector,), _source(name)), spec
    spec = mujoco.MjSpec()
    spec.modelname = name
    apply_preset(spec)
    return add_robot(spec, name), spec


def robot_spec(name: str) -> RobotSpec:
    """Constants of a robot; see ``make_robot``."""
    return make_robot(name)[0]


def add_robot(
    spec: mujoco.MjSpec, name: str, pos: Vec3 = (0, 0, 0), quat: Quat = (1, 0, 0, 0)
) -> RobotSpec:
    """Add an arm with its end effector to a world that has the manipulation preset.

    Added are first the arm's joints and servos, then those of the end effector.

    Args:
      spec: the world to change.
      name: of the robot.
      pos: its base in the world, m.
      quat: its orientation, w x y z.

    Raises:
      ValueError: there is no such robot, or it has no arm.
      FileNotFoundError: a robot of the Menagerie, and no copy of the Menagerie.
    """
    first, _, second = full_name(name).partition("+")
    if not second:
        raise ValueError(f"robot {name!r} has no arm that could be put into a scene")
    arm = ARMS[first]
    arm.add(spec, pos, quat)
    flange = arm.flange
    effector = EFFECTORS[second].add(spec, spec.body(flange.body), flange.pos, flange.quat)
    effector = dataclasses.replace(effector, limb=arm.limb.name)
    limb = dataclasses.replace(arm.limb, home=_home(first, second))
    source = f"{arm.source} {_source(second)}"
    return RobotSpec(f"{first}+{second}", Base(arm.base), (limb,), (effector,), source)


@functools.cache
def _home(arm: str, effector: str) -> tuple[float, ...]:
    spec = mujoco.MjSpec()
    apply_preset(spec)
    chain = ARMS[arm]
    chain.add(spec, (0, 0, 0), (1, 0, 0, 0))
    body, flange = spec.body(chain.flange.body), chain.flange
    carried = EFFECTORS[effector].add(spec, body, flange.pos, flange.quat)
    return home_posture(spec.compile(), chain.limb, carried)


def _source(effector: str) -> str:
    if effector in HANDS:
        return make_hand(effector)[0].source
    return EFFECTORS[effector].source or ""
