"""Reads the recordings of ``recorder`` in this folder, and plain ROS 2 bags with joint states."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.names import did_you_mean
from habilis.assets.scene.format.file import SceneFileError, parse_scene
from habilis.assets.scene.things import Scene
from habilis.envs.ros.messages.definitions import JOINT_STATE
from habilis.envs.ros.profiles.profile import (
    Commands,
    Gripper,
    JointLimits,
    Profile,
    WatchdogLimits,
)
from habilis.envs.ros.recording.frames import Poses, frames_of, poses_in
from habilis.envs.ros.recording.joints import Joints, joined, merged, points
from habilis.envs.ros.recording.mcap_file import Contents, RecordingError, contents
from habilis.envs.ros.recording.recorder import ABOUT, EVENTS, GRIPPER, REQUESTED, SENT, SKILL

__all__ = ["Happening", "Joints", "Poses", "Recording", "RecordingError", "read_recording"]


@dataclasses.dataclass(frozen=True)
class Happening:
    """Something that was noted.

    Attributes:
      time: s since the recording began.
      kind: ``clamped``, ``stopped``, ``armed``, ``lost``, ``back``, ``outcome``, ...; of skills
        ``began`` and ``ended``.
      data: details.
    """

    time: float
    kind: str
    data: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Recording:
    """A file that was read.

    Attributes:
      path: of the file.
      metadata: the record ``habilis``; empty in a bag of others.
      profile: of the robot; None in a bag of others.
      whole: the file has its end; else it is of a run that crashed, up to its last chunk.
      lost: messages that the recorder had to drop; None where nobody counted.
      began: s since 1970.
      duration: s, of the first message to the last.
      contents: what is in the file.
    """

    path: Path
    metadata: Mapping[str, str]
    profile: Profile | None
    whole: bool
    lost: int | None
    began: float
    duration: float
    contents: Contents

    @property
    def scene_name(self) -> str:
        """The name of the recorded scene, or '' if none was noted."""
        return self.metadata.get("scene", "")

    def scene(self) -> Scene:
        """Return the scene as it was recorded.

        Raises:
          RecordingError: no scene was recorded.
        """
        text = self.metadata.get("scene_file")
        if text is None:
            raise self._missing("scene file" + (f" of {n!r}" if (n := self.scene_name) else ""))
        try:
            return parse_scene(text, f"{self.path}, its scene")
        except SceneFileError as error:
            raise RecordingError(str(error)) from error

    def states(self, names: Sequence[str] | None = None) -> Joints:
        """What joints reported; the profile's by default, in a bag of others all there are.

        A robot may tell its joints in several messages: a sample is made whenever one of them
        comes, once all were heard of.
        """
        topic = self._state_topic()
        if names is None:
            names = self.profile.joints if self.profile else self._told(topic)
        return self._joints(topic, names)

    def requested(self) -> Joints:
        """Return the joint targets as they were asked for, before the limiter."""
        return self._joints(REQUESTED, self._own().joints)

    def sent(self) -> Joints:
        """Joint targets that were really sent, and points of whole trajectories when due.

        A trajectory ends with a stop. Empty if only the robot's states were recorded.
        """
        names = self._own().joints
        rows = [self._joints(SENT, names)] if SENT in self.contents else []
        events = self.events()
        for event in events:
            if event.kind == "goal" and "path" in event.data:
                stop = [e.time for e in events if e.kind == "stopped" and e.time >= event.time]
                rows.append(points(names, event.data, event.time, min(stop, default=np.inf)))
        return joined(names, rows)

    def gripper(self) -> Joints | None:
        """Return the opening that was asked for, m, as one column; None if nothing was asked."""
        return self._joints(GRIPPER, self._told(GRIPPER)) if GRIPPER in self.contents else None

    def opening(self) -> Joints | None:
        """Return the measured opening of the gripper, m, as one column.

        It is None if the robot has no gripper that tells its opening.
        """
        gripper = self.profile.gripper if self.profile else None
        if gripper is None or not gripper.joints:
            return None
        if not set(gripper.joints) <= set(self._told(self._state_topic())):
            return None
        found = self.states(gripper.joints)
        width = gripper.offset + found.q.sum(axis=1, keepdims=True) * gripper.scale
        none = np.full_like(width, np.nan)
        return Joints(("gripper",), found.time, found.stamp, width, none, none)

    def frames(self) -> dict[str, Poses]:
        """Poses of every frame on ``/tf`` and ``/tf_static`` in its parent, by its name."""
        return frames_of([*self.contents.of("/tf_static"), *self.contents.of("/tf")])

    def objects(self) -> dict[str, Poses]:
        """Poses of the things of the scene, in the frame of the robot's base, by their names."""
        prefix, base, frames = self._own().objects, self._own().base_frame, self.frames()
        seen = {name: poses_in(frames, name, base) for name in frames if name.startswith(prefix)}
        return {k.removeprefix(prefix): poses for k, poses in seen.items() if poses is not None}

    def skills(self) -> list[Happening]:
        """Return when skills began and ended."""
        return self._happenings(SKILL, "event")

    def events(self) -> list[Happening]:
        """Return everything else that was noted; of a bag of others that is nothing."""
        return self._happenings(EVENTS, "kind")

    # ---- parts

    def _own(self) -> Profile:
        if self.profile is None:
            raise self._missing(f"metadata record {ABOUT!r}, so it is no recording of habilis")
        return self.profile

    def _missing(self, what: str) -> RecordingError:
        return RecordingError(f"{self.path} has no {what}; it has: {self.contents.listing()}")

    def _state_topic(self) -> str:
        if self.profile is not None:
            return self.profile.states
        found = [t for t, type in self.contents.topics.items() if type == JOINT_STATE]
        if "/joint_states" in found or len(found) != 1:
            return "/joint_states"
        return found[0]

    def _told(self, topic: str) -> tuple[str, ...]:
        messages = self.contents.of(topic)
        return tuple(dict.fromkeys(name for _, message in messages for name in message.name))

    def _joints(self, topic: str, names: Sequence[str]) -> Joints:
        if topic not in self.contents:
            raise self._missing(f"messages on {topic} ({JOINT_STATE})")
        known = self._told(topic)
        for name in names:
            if name not in known:
                raise RecordingError(f"{self.path}, {topic}: {did_you_mean('joint', name, known)}")
        return merged(self.contents.of(topic), tuple(names))

    def _happenings(self, topic: str, key: str) -> list[Happening]:
        out = []
        for when, message in self.contents.of(topic):
            data = json.loads(message.data)
            out.append(Happening(when, str(data.pop(key)), data))
        return out


def read_recording(path: Path | str) -> Recording:
    """Reads a recording, or a ROS 2 bag in MCAP that has joint states.

    Raises:
      RecordingError: it is no such file; says what is missing and what there is.
      ImportError: the packages of the extra are missing.
    """
    found = contents(Path(path))
    metadata = found.metadata.get(ABOUT, {})
    end = found.metadata.get(f"{ABOUT}/end")
    recording = Recording(
        Path(path), metadata, _profile(metadata, path), found.whole,
        None if end is None else int(end["lost"]), found.began, found.duration, found,
    )  # fmt: skip
    if JOINT_STATE not in found.topics.values():
        raise recording._missing(f"topic of {JOINT_STATE}")
    return recording


def _profile(metadata: Mapping[str, str], path: Path | str) -> Profile | None:
    if not metadata:
        return None
    try:
        data = _tuples(json.loads(metadata["profile"]))
        gripper = data["gripper"]
        data |= {
            "limits": tuple(JointLimits(**row) for row in data["limits"]),
            "commands": Commands(**data["commands"]), "watch": WatchdogLimits(**data["watch"]),
            "gripper": None if gripper is None else Gripper(**gripper),
        }  # fmt: skip
        return Profile(**data)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(
            f"{path}: the profile in its metadata is not one of this version of habilis"
            f" (recorded by {metadata.get('version', 'an unknown one')}): {error}"
        ) from error


def _tuples(value: Any) -> Any:
    """JSON with tuples for lists."""
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
