"""Records a run on a robot: states, requested and sent targets, poses, skills, stops. To MCAP.

What a file holds, so that ``ros2 bag play``, Foxglove and PlotJuggler read it:

========================  ==============  ==============================================
topic                     message         of what
========================  ==============  ==============================================
the profile's ``states``  ``JointState``  states as received
``/tf``, ``/tf_static``   ``TFMessage``   poses as received
``/habilis/requested``    ``JointState``  joint targets before the limiter
``/habilis/sent``         ``JointState``  joint targets that were really sent, with their speeds
``/habilis/gripper``      ``JointState``  opening asked for, m
``/habilis/skill``        ``String``      JSON: a skill that began or ended, and how
``/habilis/events``       ``String``      JSON: clamps, stops, losses, the outcome
========================  ==============  ==============================================

The metadata record ``habilis`` has the profile (JSON), the scene (name and file), habilis' version,
command and seed. ``habilis.envs.ros.recording.reader`` reads all that back.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.scene.format.file import SceneFileError, dump_scene
from habilis.assets.scene.things import Scene
from habilis.envs.ros.messages.definitions import JOINT_STATE, STRING, TF
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.recording.mcap_queue import ROOM, McapQueue
from habilis.envs.ros.transports.base import Message, Transport

ABOUT = "habilis"
REQUESTED, SENT, GRIPPER = "/habilis/requested", "/habilis/sent", "/habilis/gripper"
SKILL, EVENTS = "/habilis/skill", "/habilis/events"
OPENING = "gripper"
"""Name of the one joint of ``GRIPPER``."""


class RecordedEvent(Protocol):
    """What ``RosJoints`` tells its listeners, as far as it is recorded."""

    @property
    def time(self) -> float:
        """When it happened on the recorder's clock, s."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def data(self) -> Mapping[str, Any]:
        """Details of what happened, by name."""


class RunRecorder:
    """Writes a run to a file as it goes on; use it as a context manager.

    Its methods may be called from any thread and never wait for the disk. A crash leaves a file
    that can be read up to the last ``mcap_queue.CHUNK`` bytes of messages.

    Args:
      path: of the file, ``.mcap``; never overwritten.
      profile: of the robot.
      scene: in which it works, if it is known.
      command: as it was typed.
      seed: of the layout and everything random.
      clock: whose times events have, s.
      room: messages that may wait for the disk.
    """

    def __init__(
        self,
        path: Path | str,
        profile: Profile,
        scene: Scene | None = None,
        command: str = "",
        seed: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        room: int = ROOM,
    ) -> None:
        self._profile, self._clock = profile, clock
        self._zero = time.time_ns() - round(clock() * 1e9)
        self._queue = McapQueue(path, ABOUT, about(profile, scene, command, seed), room)
        self._runner: Any = None
        self._told, self._running = 0, ""
        self._last: npt.NDArray[np.float64] | None = None

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self._queue.path

    @property
    def taken(self) -> int:
        """How many messages were taken so far."""
        return self._queue.taken

    @property
    def lost(self) -> int:
        """How many messages could not be recorded so far."""
        return self._queue.lost

    def subscribe(self, transport: Transport) -> None:
        """Record the robot's states and all frames as they arrive."""
        transport.subscribe(self._profile.states, JOINT_STATE, self.state)
        transport.subscribe("/tf", TF, self.poses)
        transport.subscribe("/tf_static", TF, lambda m: self._put("/tf_static", TF, m))

    def state(self, message: Message) -> None:
        """Record a ``JointState`` of the robot; numbers that are missing are NaN in the file."""
        fields = ("position", "velocity", "effort")
        told = {k: [_number(v) for v in message.get(k, ())] for k in fields}
        self._put(self._profile.states, JOINT_STATE, {**message, **told})

    def poses(self, message: Message) -> None:
        """Record a ``TFMessage``."""
        self._put("/tf", TF, message)

    def __call__(self, event: RecordedEvent) -> None:
        """Record an event of ``RosJoints``; fits its ``events``."""
        data = event.data
        if event.kind == "sent":
            self._sent(event.time, data["requested"], data["sent"])
        elif event.kind == "gripper" and "aperture" in data:
            self.gripper(float(data["aperture"]), event.time)
        elif event.kind != "state":  # those it has subscribed to
            self._say(EVENTS, {"kind": event.kind, **data}, event.time)
        if event.kind == "armed":
            self._last = np.array(data["q"], float)

    def gripper(self, aperture: float, time: float | None = None) -> None:
        """Record the opening in m that the gripper was told to have."""
        self._joints(GRIPPER, (OPENING,), (aperture,), time=time)

    def note(self, kind: str, **data: Any) -> None:
        """Record something else that happened just now."""
        self._say(EVENTS, {"kind": kind, **data})

    def outcome(self, success: bool, reason: str = "") -> None:
        """Record whether the goal was reached, and why not, once the last skill has ended."""
        self._ended()
        self.note("outcome", success=success, reason=reason)

    def watch(self, runner: Any) -> None:
        """Record which skill runs and how the last ones ended; a ``Watch`` of the executor."""
        if runner is not self._runner:
            self._ended()
            self._runner, self._told, self._running = runner, 0, ""
        self._ended()
        if runner.running != self._running:
            self._running = runner.running
            if self._running:
                self._say(SKILL, {"event": "began", "running": self._running})

    def close(self) -> None:
        """Finish the file.

        Raises:
          OSError: some messages could not be recorded.
        """
        self._ended()
        self._queue.close()

    def __enter__(self) -> RunRecorder:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is not None:
            self.note("error", error=f"{type(error).__name__}: {error}")
        self.close()

    def _ended(self) -> None:
        """Note the skills that ended since; the last one ends after the last call of ``watch``."""
        steps = self._runner.steps if self._runner is not None else ()
        for step in steps[self._told :]:
            self._told += 1
            told = {"event": "ended", "skill": step.skill, "args": dict(step.args)}
            told |= {"start": step.start, "end": step.end}
            self._say(SKILL, told | dataclasses.asdict(step.result))

    def _sent(self, time: float, requested: Any, sent: Any) -> None:
        joints, now = self._profile.joints, np.array(sent, float)
        speed = () if self._last is None else (now - self._last) * self._profile.commands.rate
        self._last = now
        self._joints(REQUESTED, joints, requested, time=time)
        self._joints(SENT, joints, now, speed, time=time)

    def _joints(
        self,
        topic: str,
        names: Sequence[str],
        position: Any,
        velocity: Any = (),
        time: float | None = None,
    ) -> None:
        message = {
            "header": {"stamp": _stamp(self._nanoseconds(time)), "frame_id": ""},
            "name": list(names),
            "position": np.asarray(position, float).tolist(),
            "velocity": np.asarray(velocity, float).tolist(),
        }
        self._put(topic, JOINT_STATE, message, time)

    def _say(self, topic: str, data: Mapping[str, Any], time: float | None = None) -> None:
        self._put(topic, STRING, {"data": json.dumps(data, default=_plain)}, time)

    def _put(self, topic: str, type: str, message: Message, time: float | None = None) -> None:
        self._queue.put(topic, type, message, self._nanoseconds(time))

    def _nanoseconds(self, time: float | None) -> int:
        return self._zero + round((self._clock() if time is None else time) * 1e9)


def about(
    profile: Profile, scene: Scene | None, command: str = "", seed: int | None = None
) -> dict[str, str]:
    """The metadata record of a recording."""
    try:
        habilis = version("habilis")
    except PackageNotFoundError:
        habilis = "unknown"
    found = {"profile": json.dumps(dataclasses.asdict(profile)), "version": habilis}
    if scene is not None:
        found["scene"] = scene.name
        try:
            found["scene_file"] = dump_scene(scene)
        except SceneFileError:
            pass  # some scenes of tasks are not writable; whoever replays names one
    if command:
        found["command"] = command
    return found if seed is None else found | {"seed": str(seed)}


def _stamp(nanoseconds: int) -> dict[str, int]:
    return {"sec": nanoseconds // 10**9, "nanosec": nanoseconds % 10**9}


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _plain(value: object) -> object:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
