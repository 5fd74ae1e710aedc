"""What one camera of a robot sees of tags, and where it was then."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.ros.messages.compressed import (
    ENDING,
    info_topic,
    picture_type,
    read_picture,
)
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.motion import read_joint_state
from habilis.envs.ros.messages.pictures import (
    CAMERA_INFO,
    CameraInfo,
    read_camera_info,
)
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.tags.detect import FoundTag, TagDetector, straightened
from habilis.envs.ros.transports.base import Message, Transport

MEMORY = 200  # joint states that are kept
APART = 0.05  # s between a picture and the joint state before or after it
STILL = (
    0.1  # rad/s above which a picture of a camera in the hand is blurred, and its time not known
)


@dataclasses.dataclass(frozen=True, eq=False)
class Sight:
    """The tags in one picture.

    Attributes:
      camera: name in the profile.
      frame: of ``/tf``, as the picture says.
      stamp: of the picture, s, clock of the robot.
      heard: when it arrived, s.
      k: camera matrix (3, 3), pixels, of a camera without distortion.
      found: tags, with corners as that camera would see them.
    """

    camera: str
    frame: str
    stamp: float
    heard: float
    k: Array
    found: tuple[FoundTag, ...]


class TagCamera:
    """Finds tags in the newest picture of one camera.

    Args:
      name: of the camera, in the profile.
      topic: of its pictures; the CameraInfo stands beside it. Where its last name begins with
        ``image_rect``, the pictures are taken to be rectified.
      detector: of tags.

    Attributes:
      trouble: what is wrong with what came last; '' if nothing is.
    """

    def __init__(self, name: str, topic: str, detector: TagDetector) -> None:
        self.name, self.topic, self._detector = name, topic, detector
        self.trouble = f"no picture on {topic}"
        self._rectified = topic.removesuffix(ENDING).rpartition("/")[2].startswith("image_rect")
        self._lock = threading.Lock()
        self._newest: tuple[Message, float] | None = None
        self._info: Message | None = None
        self._stamp = np.nan

    def listen(
        self,
        transport: Transport,
        clock: Callable[[], float],
        woken: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep the newest picture; ``woken`` is called when one comes."""

        def hear(message: Message) -> None:
            with self._lock:
                self._newest = (message, clock())
            woken()

        transport.subscribe(self.topic, picture_type(self.topic), hear)
        transport.subscribe(
            info_topic(self.topic), CAMERA_INFO, lambda m: setattr(self, "_info", m)
        )

    def look(self) -> Sight | None:
        """The tags in a picture that was not looked at before; None without one."""
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is None:
            return None
        if self._info is None:
            self.trouble = f"no camera_info beside {self.topic}"
            return None
        try:
            sight = self._see(*newest, read_camera_info(self._info))
        except MessageError as error:
            self.trouble = str(error)
            return None
        if sight.stamp == self._stamp:
            self.trouble = f"the same picture again and again on {self.topic}"
            return None
        self._stamp, self.trouble = sight.stamp, ""
        return sight

    def _see(self, message: Message, heard: float, info: CameraInfo) -> Sight:
        picture = read_picture(message)
        if self._rectified:
            info = dataclasses.replace(info, k=info.rectified, d=np.zeros(0))
        found = self._detector.find(picture.pixels)
        straight = tuple(FoundTag(f.id, straightened(f.corners, info)) for f in found)
        return Sight(self.name, picture.frame, picture.time, heard, info.k, straight)


class HandAt:
    """Where the tool centre point was when a picture was taken.

    Args:
      profile: of a robot that habilis knows.

    Raises:
      ValueError: it does not know the robot's kinematics.
    """

    def __init__(self, profile: Profile) -> None:
        if not profile.robot:
            raise ValueError(
                f"profile {profile.name!r} names no robot: where its hand is, is not known"
            )
        self._joints = profile.joints
        self._kinematics = ArmKinematics(profile.robot, (0.0, 0.0, 0.0), 1)
        self._lock = threading.Lock()
        self._kept: deque[tuple[float, Array]] = deque(maxlen=MEMORY)

    def take(self, message: Message) -> None:
        """Keep a JointState that has all joints."""
        try:
            state = read_joint_state(message)
        except MessageError:
            return
        at = {name: i for i, name in enumerate(state.joints)}
        if all(joint in at for joint in self._joints):
            with self._lock:
                self._kept.append((state.time, state.q[[at[j] for j in self._joints]]))

    def joints(self, stamp: float) -> Array | None:
        """The joints (n,) at a time, rad; None if they are not known or move too fast then."""
        with self._lock:
            kept = list(self._kept)
        times = np.array([t for t, _ in kept])
        if not len(times) or not times[0] - APART <= stamp <= times[-1] + APART:
            return None
        k = int(np.clip(np.searchsorted(times, stamp), 1, max(len(times) - 1, 1)))
        (t0, a), (t1, b) = kept[k - 1], kept[min(k, len(kept) - 1)]
        far = min(abs(stamp - t0), abs(stamp - t1)) > APART
        if far or np.abs(b - a).max() > STILL * max(t1 - t0, 1e-9):
            return None
        return a + (b - a) * np.clip((stamp - t0) / max(t1 - t0, 1e-9), 0.0, 1.0)

    def pose(self, q: Array) -> Array:
        """T_base_tcp (4, 4) with joints (n,), rad."""
        pos, turn = self._kinematics.tcp(q[None])
        out: Array = np.eye(4)
        out[:3, :3], out[:3, 3] = turn[0], pos[0]
        return out
