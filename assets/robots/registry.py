"""Robots by name: an arm, an end effector, or both, as ``fr3+leap``."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import mujoco

from habilis.assets.names import did_you_mean
from habilis.assets.robots.arm import Arm, load_arm
from habilis.assets.robots.effectors import panda_hand, robotiq_2f85
from habilis.assets.robots.effectors.mounted_hand import add_mounted_hand, lone_hand
from habilis.assets.robots.hands.registry import HANDS, SHIPPED, make_hand
from habilis.assets.robots.homing import home_posture
from habilis.assets.robots.legged.legged import load_legged
from habilis.assets.robots.loaded.named import FILE, LEGGED, from_file, load_named, walks
from habilis.assets.robots.shapes import Quat, Vec3
from habilis.assets.robots.spec import Base, EndEffector, RobotSpec
from habilis.assets.scene.model.preset import apply_preset


@dataclasses.dataclass(frozen=True)
class Effector:
    """An end effector that can be put on a flange.

    Attributes:
      add: to a model: takes the model, the body of the flange, and the pose in it of the frame
        whose z points outwards and whose y is the direction in which a gripper opens.
      source: where its numbers come from; None where the arm's or the hand's says so.
    """

    add: Callable[[mujoco.MjSpec, mujoco.MjsBody, Vec3, Quat], EndEffector]
    source: str | None = None


ARMS: Mapping[str, Arm] = {name: load_arm(name) for name in ("fr3", "ur5e", "iiwa14")}
"""Arms by name."""

EFFECTORS: Mapping[str, Effector] = {
    "panda_hand": Effector(panda_hand.add_panda_hand, panda_hand.DATA.source),
    "robotiq_2f85": Effector(robotiq_2f85.add_robotiq_2f85, robotiq_2f85.DATA.source),
    **{name: Effector(functools.partial(add_mounted_hand, name)) for name in HANDS},
}
"""Grippers and hands by name."""


def robot_names() -> tuple[str, ...]:
    """Full names of the robots that come with the package: any arm with any end effector."""
    shipped = [name for name in EFFECTORS if name in SHIPPED or name not in HANDS]
    both = [f"{arm}+{effector}" for arm in ARMS for effector in shipped]
    return (*both, *SHIPPED)


def full_name(name: str) -> str:
    """The name with its end effector: ``fr3`` is ``fr3+panda_hand``.

    An arm that is read from a file may bring its own; its name then stays as it is.

    Raises:
      ValueError: there is no such robot; it names what there is.
    """
    first, plus, second = name.partition("+")
    if plus:
        _effector(second, name)
    if not plus and (first in HANDS or first in LEGGED):
        return first
    if from_file(first):
        return name
    if first not in ARMS:
        raise ValueError(
            f"{did_you_mean('robot', name, (*ARMS, *LEGGED, *robot_names()))}; or menagerie:NAME,"
            " file:PATH, with +EFFECTOR if it is an arm without one"
        )
    return name if plus else f"{first}+{ARMS[first].partner}"


def same_robot(first: str, second: str) -> bool:
    """Whether two names are of one robot, as ``fr3`` and ``fr3+panda_hand``; '' is of none."""
    return bool(first and second) and full_name(first) == full_name(second)


def make_robot(name: str) -> tuple[RobotSpec, mujoco.MjSpec]:
    """Constants and a fresh model of a robot, its base at the origin, z up.

    There is no floor, light or keyframe in it; the solver has the manipulation preset.

    Args:
      name: an arm, a hand, or ``arm+effector``; an arm alone comes with its usual gripper. Arms,
        grippers and hands of the Menagerie are ``menagerie:FOLDER``, those of a model file with a
        description beside it ``file:PATH``.

    Raises:
      ValueError: there is no such robot, or its file and description do not fit each other.
      FileNotFoundError: a robot of the Menagerie, and no copy of the Menagerie.
    """
    name = full_name(name)
    if name in LEGGED:
        spec = mujoco.MjSpec()
        spec.modelname = name
        apply_preset(spec)
        return load_legged(name).add(spec, name), spec
    if name in HANDS:
        effector, spec = lone_hand(name)
        return RobotSpec(name, Base(effector.body), (), (effector,), _hand_source(name)), spec
    spec = mujoco.MjSpec()
    spec.modelname = name
    apply_preset(spec)
    if from_file(name) and "+" not in name and (legs := load_named(name).legs) is not None:
        return legs.add(spec, name), spec
    return add_robot(spec, name), spec


def walker(name: str) -> str:
    """The name of a robot, which must be on legs.

    Raises:
      ValueError: it is not, or there is none of that name.
      FileNotFoundError: a robot of the Menagerie, and no copy of the Menagerie.
    """
    if not walks(name):
        robot_spec(name)  # says what is wrong with its name or its files
        raise ValueError(f"robot {name!r} has no legs: name one that walks, as {LEGGED[0]}")
    return name


def robot_spec(name: str) -> RobotSpec:
    """Constants of a robot, remembered while its files stay as they are; see ``make_robot``."""
    return _spec(name, file_stamps(name))


def file_stamps(name: str) -> tuple[int, ...]:
    """When the files that a robot's name speaks of were changed last, ns; 0 for one that is not."""
    files = [Path(part.removeprefix(FILE)) for part in name.split("+") if part.startswith(FILE)]
    both = [path for file in files for path in (file, file.with_suffix(".yaml"))]
    return tuple(p.stat().st_mtime_ns if p.is_file() else 0 for p in both)


@functools.lru_cache(maxsize=64)
def _spec(name: str, stamps: tuple[int, ...]) -> RobotSpec:
    return make_robot(name)[0]


def add_robot(
    spec: mujoco.MjSpec, name: str, pos: Vec3 = (0, 0, 0), quat: Quat = (1, 0, 0, 0)
) -> RobotSpec:
    """Add an arm with its end effector to a world that has the manipulation preset.

    Added are first the arm's joints and servos, then those of the end effector.

    Args:
      spec: the world to change.
      name: of the robot; see ``make_robot``.
      pos: its base in the world, m.
      quat: its orientation, w x y z.

    Raises:
      ValueError: there is no such robot, or it has no arm.
      FileNotFoundError: a robot of the Menagerie, and no copy of the Menagerie.
    """
    arm, effector = parts(name)
    arm.add(spec, pos, quat)
    flange = arm.flange
    end = effector.add(spec, spec.body(flange.body), flange.pos, flange.quat)
    end = dataclasses.replace(end, limb=arm.limb.name)
    limb = dataclasses.replace(arm.limb, home=_home(arm, effector))
    source = f"{arm.source} {effector.source or ''}".strip()
    return RobotSpec(full_name(name), Base(arm.base), (limb,), (end,), source)


def parts(name: str) -> tuple[Arm, Effector]:
    """The arm and the end effector of a robot.

    Raises:
      ValueError: there is no such robot, or it has no arm or no end effector.
    """
    first, plus, second = full_name(name).partition("+")
    if not from_file(first):
        if first not in ARMS:
            raise ValueError(f"robot {name!r} has no arm that could be put into a scene")
        return ARMS[first], _effector(second, name)
    loaded = load_named(first)
    if loaded.legs is not None:
        raise ValueError(f"robot {name!r}: {first!r} walks on legs, and carries no arm or hand")
    if loaded.arm is None or loaded.bare is None:
        raise ValueError(
            f"robot {name!r} is a gripper without an arm: put it on one, as fr3+{first}"
        )
    if plus:
        return loaded.bare, _effector(second, name)
    if loaded.effector is None:
        raise ValueError(
            f"robot {name!r} has no end effector: add one, as {first}+robotiq_2f85; there are:"
            f" {', '.join(EFFECTORS)}"
        )
    return loaded.arm, Effector(loaded.effector.own)


def _effector(name: str, robot: str) -> Effector:
    if name in EFFECTORS:
        return EFFECTORS[name]
    if not from_file(name):
        raise ValueError(f"robot {robot!r}: {did_you_mean('end effector', name, EFFECTORS)}")
    loaded = load_named(name)
    if loaded.effector is None:
        raise ValueError(f"robot {robot!r}: {name!r} has no gripper")
    return Effector(loaded.effector.add, f"Gripper {name}.")


@functools.lru_cache(maxsize=64)
def _home(arm: Arm, effector: Effector) -> tuple[float, ...]:
    spec = mujoco.MjSpec()
    apply_preset(spec)
    arm.add(spec, (0, 0, 0), (1, 0, 0, 0))
    flange = arm.flange
    carried = effector.add(spec, spec.body(flange.body), flange.pos, flange.quat)
    return home_posture(spec.compile(), arm.limb, carried)


def _hand_source(name: str) -> str:
    return make_hand(name)[0].source
