"""From a model file to an arm and a gripper, or to a robot on legs."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

from habilis.assets.robots.arm import Flange
from habilis.assets.robots.loaded.arm import PREFIX, LoadedArm, read_arm
from habilis.assets.robots.loaded.effector import LoadedEffector, read_effector
from habilis.assets.robots.loaded.legs import LoadedLegs, read_legs
from habilis.assets.robots.loaded.source import Source, open_source, pose_of
from habilis.assets.robots.loaded.turning import turn_flange, turn_gripper
from habilis.assets.scene.format.yaml_lines import SceneFileError


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
    gripper = read_effector(source, effector, arm) if effector is not None else None
    if arm is None:
        return Loaded(None, None, gripper)
    whole = read_arm(source, arm, "", None, about)
    if gripper is None:
        bare = turn_flange(whole)
        return Loaded(bare, bare, None)
    model = source.model()
    root = model.body(gripper.root)
    mount = Flange(PREFIX + root.parent.name, *pose_of(model, root))
    bare = turn_flange(read_arm(source, arm, gripper.root, mount, about))
    return Loaded(whole, bare, turn_gripper(whole, gripper))
