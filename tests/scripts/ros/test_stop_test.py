"""What a stop test measures, of a robot whose time is another than that of the wall."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.envs.ros.profiles import load_profile
from habilis.scripts.ros import stop_test
from habilis.scripts.ros.motions.joints import duration

SLOW = 0.25  # s of the robot in a second


class Simulated:
    """Joints that go evenly to a goal, in their own time, until they are stopped."""

    def __init__(self, goal: Array, speed: float) -> None:
        self.profile, self.stopped = load_profile("fr3"), ""
        self.start, self.goal = np.array(self.profile.home), goal
        self.took = duration(self.profile, self.start, goal, speed)
        self.began, self.ended = time.monotonic(), 0.0

    @property
    def now(self) -> float:
        return (time.monotonic() - self.began) * SLOW

    def state(self) -> Any:
        share = min((self.ended or self.now) / self.took, 1.0)
        return SimpleNamespace(q=self.start + share * (self.goal - self.start))

    def stop(self, reason: str) -> None:
        self.stopped, self.ended = reason, self.now

    def move_to(self, goal: Array, speed: float) -> None:
        while not self.stopped and self.now < self.took:
            time.sleep(0.002)


def test_it_stops_halfway_by_the_time_of_a_robot_that_is_simulated_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stop_test, "STOP_WATCHED", 0.6)
    goal = np.array(load_profile("fr3").home) + 0.1
    joints = Simulated(goal, 0.5)
    assert stop_test._stop_test(cast(Any, joints), goal, 0.5) == 0
    assert 0.4 < joints.ended / joints.took < 0.8
