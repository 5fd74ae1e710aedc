"""A base without a body that follows every velocity, for dry runs."""

from __future__ import annotations

import threading
import time

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.velocity import (
    ODOMETRY,
    TWIST,
    TWIST_STAMPED,
    OdometryMessage,
    odometry,
    read_velocity,
)
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.transports.base import Message
from habilis.envs.ros.transports.local import LocalTransport

PERIOD = 0.01  # s of its loop


class PerfectBase:
    """Goes exactly as it is told, and says where it is; it stands when commands cease for the
    profile's ``timeout``.

    Args:
      profile: what it looks like.
      transport: on the bus of the dry run.
      at: (3,) x, y, m, and heading, rad, where it begins.

    Attributes:
      timeout: s.
    """

    def __init__(self, profile: BaseProfile, transport: LocalTransport, at: Array) -> None:
        self._profile, self._transport = profile, transport
        self._at, self._velocity = np.array(at, float), np.zeros(3)
        self._over, self._heard = threading.Event(), 0.0
        self.timeout = profile.commands.timeout
        self._thread = threading.Thread(target=self._run, daemon=True, name="perfect base")

    def start(self) -> None:
        """Begin to report where it is."""
        profile, transport = self._profile, self._transport
        transport.connect()
        transport.advertise(profile.odometry.topic, ODOMETRY)
        kind = TWIST_STAMPED if profile.commands.stamped else TWIST
        transport.subscribe(profile.commands.topic, kind, self._take)
        self._thread.start()

    def close(self) -> None:
        """Stop reporting."""
        self._over.set()
        self._thread.join()
        self._transport.close()

    def _take(self, message: Message) -> None:
        self._velocity, self._heard = read_velocity(message), time.monotonic()

    def _run(self) -> None:
        last = time.monotonic()
        while not self._over.wait(PERIOD):
            now = time.monotonic()
            if now - self._heard > self.timeout:
                self._velocity = np.zeros(3)
            forward, left, turning = self._velocity
            c, s = np.cos(self._at[2]), np.sin(self._at[2])
            moving = np.array([c * forward - s * left, s * forward + c * left, turning])
            self._at, last = self._at + (now - last) * moving, now
            half = self._at[2] / 2
            told = OdometryMessage(
                time.time(), self._profile.odometry.frame, self._profile.base_frame,
                np.array([*self._at[:2], 0.0]), np.array([np.cos(half), 0, 0, np.sin(half)]),
                self._velocity,
            )  # fmt: skip
            self._transport.publish(self._profile.odometry.topic, odometry(told))
