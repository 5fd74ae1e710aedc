"""What a model of a base at 1 kHz executes of streams whose messages are late, held up and lost."""

from __future__ import annotations

import numpy as np
import pytest
from tests.envs.ros.base.base_rig import BaseRig, FineClock, Link, steepest

from habilis.envs.ros.base.ramp import WINDOW

pytestmark = pytest.mark.usefixtures("by_hand")
MORE = 1.05  # of a limit


def bad(rig: BaseRig, rng: np.random.Generator) -> None:
    """Jitter of up to 20 ms, 2 % lost, now and then a silence of up to 240 ms."""
    link: Link = rig.link
    clock: FineClock = rig.clock

    def delay() -> float:
        if rng.random() < 0.02:
            link.stalled = clock() + rng.uniform(0, 0.24)
        return np.nan if rng.random() < 0.02 else rng.uniform(0, 0.02)

    link.delay = delay


@pytest.mark.parametrize("seed", range(4))
def test_speed_and_acceleration_hold_however_late_messages_come(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rig = BaseRig().armed()
    bad(rig, rng)
    while not rig.driver.stopped and rig.clock() < 108:
        rig.drive(0.4, *rng.uniform(-2, 2, 3))
    assert rig.driver.stopped == "" or "arrived for" in rig.driver.stopped
    done, limits = rig.velocities(), rig.profile.limits
    assert (np.abs(done).max(axis=0) <= MORE * limits.speeds).all()
    along, turning = steepest(done, WINDOW)
    stops = rig.driver.stopped != ""
    assert along <= MORE * (limits.braking if stops else limits.acceleration)
    assert turning <= MORE * (limits.turning_braking if stops else limits.turning_acceleration)


def test_messages_that_were_held_up_do_not_become_a_step() -> None:
    rig = BaseRig().armed()
    rig.drive(0.2, 0.5, 0, 1)
    rig.link.stalled = rig.clock() + 0.2
    rig.drive(1.5, 0.5, 0, 1)
    along, turning = steepest(rig.velocities(), WINDOW)
    limits = rig.profile.limits
    assert along <= MORE * limits.acceleration and turning <= MORE * limits.turning_acceleration
    assert rig.base.velocity == pytest.approx([0.5, 0, 1])


def test_it_gets_up_to_speed_in_good_time_on_a_good_link() -> None:
    rig = BaseRig().armed()
    rig.drive(0.7, 0.5, 0, 1)
    assert rig.base.velocity == pytest.approx([0.5, 0, 1])


def test_what_is_beyond_the_limits_is_cut_and_what_is_no_number_refused() -> None:
    rig = BaseRig().armed()
    assert rig.driver.drive([9, 9, -9]) == pytest.approx([0.5, 0.25, -1])
    for wrong in ([np.nan, 0, 0], [0, np.inf, 0], [0, 0]):
        with pytest.raises(ValueError, match="three finite numbers"):
            rig.driver.drive(wrong)


def test_whoever_says_nothing_has_it_come_to_rest_and_may_go_on() -> None:
    rig = BaseRig().armed()
    rig.drive(1.0, 0.5, 0, 0)
    rig.clock.sleep(1.2)
    assert not rig.base.velocity.any() and rig.driver.stopped == ""
    rig.driver.drive([0.3, 0, 0], age=0.3)
    rig.clock.sleep(0.2)
    assert not rig.base.velocity.any()  # from what was seen too long ago
    rig.drive(1.0, 0.3, 0, 0)
    assert rig.base.velocity[0] == pytest.approx(0.3)


def test_it_slows_down_before_the_edge_of_its_area_and_before_what_is_kept_out() -> None:
    rig = BaseRig(area=((-1.0, -1.0), (1.0, 1.0))).armed()
    rig.drive(6.0, 0.5, 0, 0)
    assert rig.driver.stopped == "" and 0.9 < rig.base.at[0] < 1.0
    rig.drive(4.0, -0.5, 0, 0)
    assert rig.base.at[0] < 0
    rig = BaseRig(keep_out=(((0.8, -0.2), (1.2, 0.2)),)).armed()
    rig.drive(6.0, 0.5, 0, 0)
    assert rig.driver.stopped == "" and 0.7 < rig.base.at[0] < 0.8
