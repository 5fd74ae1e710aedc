"""Where things are, from ``/tf``: a tree of frames in which any two may be asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.transforms import Transform, read_transforms
from habilis.envs.ros.transports.base import Message
from habilis.envs.world.poses import conjugate, matrices, multiply

Pose = tuple[Array, Array]

DEPTH = 32  # frames from one to its root; more is a ring


class FrameTree:
    """The newest pose of every frame in its parent.

    Attributes:
      trouble: what was wrong with the last message that was; ''.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parent: dict[str, tuple[str, Pose]] = {}
        self._heard: dict[str, float] = {}
        self._stamp: dict[str, float] = {}
        self._spread: dict[str, float] = {}
        self._owned: set[str] = set()
        self.trouble = ""

    def take(self, message: Message, now: float, static: bool = False) -> None:
        """Take the poses of a ``tf2_msgs/msg/TFMessage``.

        Args:
          message: as received.
          now: when it came, s.
          static: whether the poses hold for ever, as those on ``/tf_static`` do.
        """
        try:
            found = read_transforms(message)
        except MessageError as error:
            self.trouble = str(error)
            return
        with self._lock:
            for t in found:
                if not (np.isfinite(t.pos).all() and np.isfinite(t.quat).all()):
                    self.trouble = f"pose of {t.frame} is not a number"
                elif _bare(t.frame) not in self._owned:
                    self._put(t, np.inf if static else now)

    def own(self, frames: Iterable[str]) -> None:
        """From now on, take the poses of these frames from ``put`` alone."""
        with self._lock:
            self._owned |= {_bare(frame) for frame in frames}

    def put(self, transform: Transform, now: float, spread: float = 0.0) -> None:
        """Take one pose that was found here, with the standard deviation of its position, m."""
        with self._lock:
            self._put(transform, now)
            self._spread[_bare(transform.frame)] = spread

    def _put(self, t: Transform, heard: float) -> None:
        frame, quat = _bare(t.frame), t.quat / np.linalg.norm(t.quat)
        self._parent[frame] = (_bare(t.parent), (t.pos, quat))
        if t.time == 0.0 or t.time != self._stamp.get(frame):  # not a repetition
            self._heard[frame] = heard
        self._stamp[frame] = t.time

    def spread(self, frame: str) -> float:
        """Return the standard deviation of a frame's position, m; 0 where nobody told it."""
        return self._spread.get(_bare(frame), 0.0)

    def names(self) -> list[str]:
        """Return the names of all frames that have a parent."""
        with self._lock:
            return sorted(self._parent)

    def age(self, frame: str, now: float) -> float:
        """Return the seconds since a frame last came with a new stamp; inf if it never did."""
        heard = self._heard.get(_bare(frame), -np.inf)
        return 0.0 if heard == np.inf else now - heard

    def pose(self, frame: str, base: str) -> Pose | None:
        """Return position (3,) m and orientation (4,) wxyz of a frame in another.

        It is None if no chain of frames joins the two.
        """
        with self._lock:
            (top, (p, r)), (root, (b, s)) = self._up(_bare(frame)), self._up(_bare(base))
        if top != root or _bare(frame) not in self._parent:
            return None
        back = conjugate(s)
        return matrices(back) @ (p - b), multiply(back, r)

    def _up(self, frame: str) -> tuple[str, Pose]:
        """The root above a frame, and the frame's pose in it."""
        pos, quat = np.zeros(3), np.array([1.0, 0.0, 0.0, 0.0])
        for _ in range(DEPTH):
            if frame not in self._parent:
                break
            frame, (p, q) = self._parent[frame]
            pos, quat = p + matrices(q) @ pos, multiply(q, quat)
        return frame, (pos, quat)


def _bare(frame: str) -> str:
    return frame.removeprefix("/")
