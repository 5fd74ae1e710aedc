"""A base that does what the last message says, at 1 kHz, behind a link that can be made bad."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from tests.envs.ros.rig import Direct

from habilis.assets.arrays import Array
from habilis.envs.ros.base.driver import RosBase
from habilis.envs.ros.messages.velocity import (
    ODOMETRY,
    TWIST,
    OdometryMessage,
    odometry,
    read_velocity,
)
from habilis.envs.ros.profiles import load_any_profile
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.transports.base import Message
from habilis.envs.ros.transports.local import Bus

STEP = 0.001  # s
EVERY = 20  # steps between two messages of odometry
OFFSET = 1.7e9


def go1(**changes: Any) -> BaseProfile:
    found = load_any_profile("go1")
    assert isinstance(found, BaseProfile)
    return dataclasses.replace(found, **changes)


class FineClock:
    """s; ``sleep`` moves it on by milliseconds and calls ``each`` at every one."""

    def __init__(self) -> None:
        self.ticks = 100_000
        self.each: list[Callable[[], None]] = []

    def __call__(self) -> float:
        return self.ticks * STEP

    def sleep(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / STEP))):
            self.ticks += 1
            for call in self.each:
                call()


class Link(Direct):
    """Delivers what it publishes when ``delay`` says, in order; what it loses never comes.

    Attributes:
      delay: s of a message sent now, nan if it is lost.
      stalled: until when nothing passes, s.
    """

    def __init__(self, bus: Bus, clock: FineClock) -> None:
        super().__init__(bus, "a link")
        self._clock, self._queue = clock, collections.deque[tuple[float, str, Message]]()
        self.delay: Callable[[], float] = lambda: 0.0
        self.stalled = -np.inf

    def publish(self, topic: str, message: Message) -> None:
        self._check_up()
        late = self.delay()
        if np.isnan(late):
            return
        due = max(self._clock() + late, self.stalled)
        if self._queue:
            due = max(due, self._queue[-1][0])
        self._queue.append((due, topic, message))
        self.step()

    def step(self) -> None:
        while self._queue and self._queue[0][0] <= self._clock() + 1e-9:
            _, topic, message = self._queue.popleft()
            super().publish(topic, message)


class FakeBase:
    """Takes each message at once, and goes on so; it stops by itself after the profile's timeout.

    Attributes:
      at: (3,) x, y, heading; velocity: (3,) of the last message.
      log: (time, velocity) of every millisecond.
      gain: of what it is told, what it does; -1 where a sign is wrong, 0 where it is held.
      mangle: changes odometry before it is published; None swallows it.
    """

    def __init__(self, profile: BaseProfile, bus: Bus, clock: FineClock) -> None:
        self.profile, self.clock = profile, clock
        self.transport = Direct(bus, "the base")
        self.transport.connect()
        self.at, self.velocity = np.zeros(3), np.zeros(3)
        self.log: list[tuple[float, Array]] = []
        self.heard, self.gain = 0.0, 1.0
        self.mangle: Callable[[OdometryMessage], OdometryMessage | None] = lambda m: m
        self.timeout = profile.commands.timeout
        self.transport.advertise(profile.odometry.topic, ODOMETRY)
        self.transport.subscribe(profile.commands.topic, TWIST, self._take)

    def _take(self, message: Message) -> None:
        self.velocity, self.heard = read_velocity(message), self.clock()

    def step(self) -> None:
        now = self.clock()
        if now - self.heard > self.timeout:
            self.velocity = np.zeros(3)
        forward, left, turning = self.gain * self.velocity
        c, s = np.cos(self.at[2]), np.sin(self.at[2])
        self.at += STEP * np.array([c * forward - s * left, s * forward + c * left, turning])
        self.log.append((now, self.velocity))
        if self.clock.ticks % EVERY == 0:
            half = self.at[2] / 2
            told = self.mangle(OdometryMessage(
                now + OFFSET, "odom", "base_link", np.array([self.at[0], self.at[1], 0.3]),
                np.array([np.cos(half), 0, 0, np.sin(half)]), self.velocity,
            ))  # fmt: skip
            if told is not None:
                self.transport.publish(self.profile.odometry.topic, odometry(told))


class BaseRig:
    """A base, and what drives it; the watchdog has no thread: it looks every 4 ms."""

    def __init__(self, **changes: Any) -> None:
        self.bus, self.clock = Bus(), FineClock()
        self.profile = go1(**changes)
        self.base = FakeBase(self.profile, self.bus, self.clock)
        self.link = Link(self.bus, self.clock)
        self.driver = RosBase(self.profile, self.link, clock=self.clock, sleep=self.clock.sleep)
        self.clock.each += [self.link.step, self.base.step, self._look]

    def _look(self) -> None:
        if self.clock.ticks % 4 == 0:
            self.driver.look()

    def armed(self) -> BaseRig:
        self.driver.connect()
        self.clock.sleep(0.6)
        self.driver.arm()
        return self

    def drive(self, seconds: float, *velocity: float) -> None:
        """Ask for a velocity fifty times a second."""
        for _ in range(round(seconds / 0.02)):
            if self.driver.stopped:
                self.clock.sleep(0.02)
                continue
            self.driver.drive(velocity)
            self.clock.sleep(0.02)

    def velocities(self, since: float = -np.inf) -> Array:
        """(T, 3) at every millisecond."""
        return np.array([v for t, v in self.base.log if t >= since])


def steepest(velocities: Array, window: float) -> tuple[float, float]:
    """Greatest mean accelerations over a window, m/s^2 and rad/s^2."""
    k = round(window / STEP)
    by = (velocities[k:] - velocities[:-k]) / window
    return float(np.hypot(by[:, 0], by[:, 1]).max()), float(np.abs(by[:, 2]).max())
