"""From a model file to an arm and a gripper, or to a robot on legs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path

import mujoco

from habilis.assets.robots.arm import Flange
from habilis.assets.robots.loaded.arm import PREFIX, LoadedArm, read_arm
from habilis.assets.robots.loaded.effector import LoadedEffector, read_effector
from habilis.assets.robots.loaded.legs import LoadedLegs, read_legs
from habilis.assets.robots.loaded.source import Source, names_of, open_source, subtree
from habilis.assets.robots.loaded.turning import turn_flange, turn_gripper
from habilis.assets.scene.format.yaml_lines import SceneFileError
from habilis.assets.scene.model.preset import apply_preset


@dataclasses.dataclass(frozen=True)
class Loaded:
    """What a model file holds.

    Attributes:
      arm: with its end effector, if it has one; None in the file of a gripper.
      bare: the same arm without it.
      effector: the gripper; None in the file of a bare arm.
      legs: the robot on legs, in a file that has one.
    """

    arm: LoadedArm | None
    bare: LoadedArm | None
    effector: LoadedEffector | None
    legs: LoadedLegs | None = None


def load_file(path: str) -> Loaded:
    """What is in an MJCF or URDF with a description beside it; see docs/robots.md.

    Raises:
      ValueError: the file or its description is missing, or they do not fit each other; names
        file, line and key, what was received and what the model has.
    """
    source = open_source(Path(path))
    stamps = tuple(p.stat().st_mtime_ns for p in (source.path, source.path.with_suffix(".yaml")))
    return _load_file(path, stamps)


@functools.lru_cache(maxsize=32)
def _load_file(path: str, stamps: tuple[int, ...]) -> Loaded:
    source = open_source(Path(path))
    try:
        return load_source(source)
    except SceneFileError:
        raise
    except ValueError as e:  # of the physics engine, which does not say in which file
        why = " ".join(str(e).removeprefix("Error: ").split())
        raise source.note.error(f"{source.path} cannot be used: {why}") from e


def load_source(source: Source) -> Loaded:
    """See ``load_file``."""
    got = source.note.record({}, ("arm", "effector", "legs", "source"), "what is in the model")
    about = got["source"].text() if "source" in got else f"As in {source.path.name}."
    arm, effector = got.get("arm"), got.get("effector")
    if "legs" in got:
        if arm or effector:
            raise got["legs"].error("a robot on legs has neither 'arm' nor 'effector' here")
        return Loaded(None, None, None, read_legs(source, got["legs"], about))
    if arm is None and effector is None:
        raise source.note.error("it describes no 'arm', no 'effector' and no 'legs'")
    whole = read_arm(source, arm, (), None, about) if arm is not None else None
    if whole is not None and effector is None:
        whole = dataclasses.replace(whole, bare=_own_gripper(source, whole))
    gripper = read_effector(source, effector, arm) if effector is not None else None
    if arm is None or whole is None:
        return Loaded(None, None, gripper)
    _check_described(source, whole, gripper)
    if gripper is None:
        bare = turn_flange(whole)
        return Loaded(bare, bare, None)
    mount = Flange(PREFIX + gripper.carrier, *gripper.place)
    bare = turn_flange(read_arm(source, arm, gripper.bodies, mount, about))
    return Loaded(whole, bare, turn_gripper(whole, gripper))


def _own_gripper(source: Source, arm: LoadedArm) -> tuple[str, ...]:
    """What hangs on the last link of an arm and moves by joints that nobody describes."""
    last = source.model().body(arm.limb.flange.removeprefix(PREFIX))
    return tuple(_moving(last, arm.flange.body.removeprefix(PREFIX)))


def _moving(body: mujoco.MjsBody, flange: str) -> Iterator[str]:
    for child in body.bodies:
        below = subtree(child)
        if flange in names_of(below):
            yield from _moving(child, flange)
        elif any(b.joints for b in below):
            yield child.name


def _check_described(source: Source, arm: LoadedArm, gripper: LoadedEffector | None) -> None:
    """Refuse joints and actuators of the arm's tree that the description leaves out.

    Nobody would command them: a joint would swing freely, and an actuator be told 0 for ever.
    """
    spec = mujoco.MjSpec()
    apply_preset(spec)
    arm.add(spec, (0, 0, 0), (1, 0, 0, 0))
    joints, servos, replaced = set(arm.limb.joints), set(arm.limb.actuators), set()
    if gripper is not None:
        joints |= {PREFIX + name for name in gripper.joints}
        servos |= {PREFIX + name for name in gripper.actuators}
        replaced = {PREFIX + name for name in gripper.motors}
    others = [joint.name for joint in spec.joints if joint.name not in joints]
    if left := [name.removeprefix(PREFIX) or "a free joint" for name in others]:
        raise source.note.error(
            f"{source.path.name} has joints that are of neither the arm nor the end effector:"
            f" {', '.join(left)}. Nothing would hold them: describe them, or take them out of the"
            " model, which makes them rigid"
        )
    for actuator in spec.actuators:
        if actuator.name not in servos and actuator.target not in replaced:
            name, target = (n.removeprefix(PREFIX) for n in (actuator.name, actuator.target))
            raise source.note.error(
                f"{source.path.name} has an actuator {name!r} of {target!r} that is of neither the"
                " arm nor the end effector. It would be told 0 all the time: describe it, or take"
                " it out of the model"
            )
