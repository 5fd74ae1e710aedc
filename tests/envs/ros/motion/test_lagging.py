"""An arm that lags behind what its controller asks of it is waited for, and not taken for held."""

from __future__ import annotations

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import JointLimiter
from habilis.envs.ros.motion.resting import RestingMotion
from habilis.envs.ros.motion.sightings import Sighting
from habilis.envs.ros.profiles import load_profile
from habilis.policies.evaluation.ros.executed import TICK, Bench, Faults

PROFILE = load_profile("fr3")
FAR = 1.2  # rad that the second joint goes
LAG = 0.08  # s, as the FR3 of the simulation has


class _Arm(Bench):
    """Notes for how long a joint was taken for held; the arm may be held from some time on."""

    stays = np.inf  # s

    def __init__(self, lag: float, reports: bool) -> None:
        super().__init__(PROFILE, Faults(), np.random.default_rng(0), self._want, lag, reports)
        self.held, self._kept = 0.0, np.array(PROFILE.home)
        self.leads: list[float] = []  # s that its ways to rest took

    def _want(self, now: float, limiter: JointLimiter) -> Array:
        assert isinstance(self.motion, RestingMotion)
        self.held = max(self.held, float((now - self.motion.held).max()))
        self.leads.append(self.motion.horizon)
        return np.array(PROFILE.home) + FAR * (np.arange(7) == 1)

    def _sighting(self, now: float, lag: int = 0) -> Sighting | None:
        seen = super()._sighting(now, lag)
        if not lag or seen is None:
            return seen
        if now > self.stays:
            return Sighting(seen.time, self._kept, np.zeros(7))
        self._kept = seen.q
        return seen

    def arrival(self) -> float:
        """When its controller asks for the end of the way, s."""
        return float(np.argmax(np.array(self._path)[:, 1] > PROFILE.home[1] + FAR - 0.01)) * TICK


@pytest.mark.parametrize("reports", [False, True])
def test_an_arm_that_comes_along_late_is_not_held(reports: bool) -> None:
    arm = _Arm(LAG, reports)
    arm.run(4.0)
    assert arm.arrival() > 0
    assert arm.held < 0.5 * PROFILE.watch.tracking_time


def test_an_arm_that_something_holds_is() -> None:
    arm = _Arm(LAG, True)
    arm.stays = 1.0
    arm.run(3.0)
    assert arm.held > 3 * PROFILE.watch.tracking_time
    assert arm.arrival() == 0


def test_lag_costs_little_where_the_controller_reports() -> None:
    prompt, told, guessed = _Arm(0.0, False), _Arm(LAG, True), _Arm(LAG, False)
    for arm in (prompt, told, guessed):
        arm.run(5.0)
    assert told.arrival() < 1.1 * prompt.arrival()
    assert guessed.arrival() < 1.2 * prompt.arrival()
    way = round(prompt.arrival() * PROFILE.commands.rate)
    assert np.mean(guessed.leads[:way]) > 1.05 * np.mean(told.leads[:way])
