"""A base comes to rest, and says why with numbers, whatever goes wrong."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.base.base_rig import OFFSET, BaseRig, steepest
from tests.envs.ros.rig import Direct

from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.ros.base.driver import RosBase
from habilis.envs.ros.base.ramp import WINDOW
from habilis.envs.ros.base.stopping import BaseStopper
from habilis.envs.ros.latched import Refused
from habilis.envs.ros.messages.velocity import TWIST, OdometryMessage, twist
from habilis.envs.ros.motion.states import StaleState

pytestmark = pytest.mark.usefixtures("by_hand")
WITHIN = 0.35  # s from the fault

Fault = Callable[[BaseRig], Any]


def mangled(**changes: Callable[[OdometryMessage], Any]) -> Fault:
    def fault(rig: BaseRig) -> None:
        rig.base.mangle = lambda m: dataclasses.replace(
            m, **{name: change(m) for name, change in changes.items()}
        )

    return fault


def silent(rig: BaseRig) -> None:
    rig.base.mangle = lambda m: None


def frozen(rig: BaseRig) -> None:
    stands = rig.clock() + OFFSET
    rig.base.mangle = lambda m: dataclasses.replace(m, time=stands)


def foreign(rig: BaseRig) -> None:
    other = Direct(rig.bus, "another")
    other.connect()
    other.advertise(rig.profile.commands.topic, TWIST)
    other.publish(rig.profile.commands.topic, twist(np.array([0.2, 0, 0])))


def lost(rig: BaseRig) -> None:
    rig.link.lose()
    rig.link.lose(back=True)


def pushed(rig: BaseRig) -> None:
    rig.base.at[0] += 3.0


FAULTS: dict[str, tuple[Fault, str]] = {
    "silence": (silent, r"nothing comes on /odom \(last message: 0\.2"),
    "frozen": (
        frozen, r"no good state on /odom .* the stamp of what comes stays",
    ),
    "a leap of 3 m in 20 ms": (
        pushed, r"x leapt from [\d.]+ to [\d.]+ m within 0\.020 s, which it cannot",
    ),
    "NaN in the pose": (
        mangled(pos=lambda m: np.array([np.nan, 0, 0])), "position is not a number: .nan",
    ),
    "NaN in the velocity": (
        mangled(velocity=lambda m: np.full(3, np.nan)), "twist is not a number: .nan",
    ),
    "another frame": (mangled(parent=lambda m: "map"), "in the frame 'map', the profile says"),
    "another node": (foreign, "another node sends commands on /cmd_vel"),
    "a lost connection": (lost, "connection lost"),
    "somebody at the stop": (lambda rig: rig.driver.stop("SIGHUP"), "SIGHUP"),
    "a terminal": (
        lambda rig: rig.bus and BaseStopper(rig.profile, _second(rig))._ask("of a user", 0),
        "stopped from another terminal: of a user",
    ),
}  # fmt: skip


def _second(rig: BaseRig) -> Direct:
    second = Direct(rig.bus, "a second terminal")
    second.connect()
    return second


@pytest.mark.parametrize("phase", [0.0, 0.017])
@pytest.mark.parametrize("name", FAULTS)
def test_it_is_at_rest_in_time_and_says_why(name: str, phase: float) -> None:
    """From the greatest speed, wherever in a period of the stream or the odometry it happens."""
    fault, why = FAULTS[name]
    rig = BaseRig().armed()
    rig.drive(0.8, 0.5, 0.25, 1.0)
    rig.clock.sleep(phase)
    fault(rig)
    began = rig.clock()
    while not rig.driver.stopped and rig.clock() < began + 0.3:
        rig.clock.sleep(0.001)
    found = rig.clock()
    if name in ("silence", "frozen"):  # which is one from then on
        assert found - began <= rig.profile.watch.odometry_age + 0.03
    else:
        assert found - began <= 0.03
    rig.clock.sleep(1.0)
    assert re.search(why, rig.driver.stopped), rig.driver.stopped
    assert moved_until(rig) - began < WITHIN
    limits = rig.profile.limits
    along, turning = steepest(rig.velocities(began - 0.05), WINDOW)
    if name != "another node":  # whose command the base took
        assert along <= 1.05 * limits.braking and turning <= 1.05 * limits.turning_braking
    rig.driver.stop("again")
    with pytest.raises(StoppedError, match="arm first"):
        rig.driver.drive([0.1, 0, 0])
    assert not rig.base.velocity.any()


def moved_until(rig: BaseRig) -> float:
    """When the base had a velocity last, s."""
    return max(t for t, v in rig.base.log if v.any())


def test_a_client_that_is_killed_or_frozen_leaves_it_to_the_timeout_of_its_driver() -> None:
    rig = BaseRig().armed()
    rig.drive(0.8, 0.5, 0.25, 1.0)
    rig.clock.each.remove(rig._look)
    began = rig.clock()
    rig.clock.sleep(1.0)
    assert moved_until(rig) - began < WITHIN
    assert rig.driver.stopped == ""


def test_not_seen_for_a_moment_it_slows_down_and_goes_on() -> None:
    rig = BaseRig().armed()
    rig.drive(0.8, 0.5, 0, 0)
    silent(rig)
    rig.drive(0.16, 0.5, 0, 0)
    assert rig.base.velocity[0] < 0.35, "it brakes as in a stop"
    rig.base.mangle = lambda m: m
    rig.drive(0.6, 0.5, 0, 0)
    assert rig.driver.stopped == "" and rig.base.velocity[0] == pytest.approx(0.5)
    along, _ = steepest(rig.velocities(), WINDOW)
    assert along <= 1.05 * rig.profile.limits.braking


def test_a_stop_brakes_then_says_zero_for_a_while_then_nothing() -> None:
    rig = BaseRig().armed()
    heard: list[tuple[float, float]] = []
    rig.link.subscribe("/cmd_vel", TWIST, lambda m: heard.append((rig.clock(), m["linear"]["x"])))
    rig.drive(1.0, 0.5, 0, 0)
    heard.clear()
    began = rig.clock()
    rig.driver.stop("now")
    rig.clock.sleep(2.0)
    speeds = [v for _, v in heard]
    assert speeds == sorted(speeds, reverse=True) and speeds[-5:] == [0.0] * 5
    assert 0.5 < heard[-1][0] - began < 0.9


def test_a_link_that_never_answers_cannot_keep_it_moving() -> None:
    rig = BaseRig().armed()
    rig.drive(1.0, 0.5, 0, 0)
    rig.driver._echoes.mine = lambda velocity: True  # type: ignore[method-assign]
    began = rig.clock()
    rig.driver.stop("now")
    rig.clock.sleep(1.0)
    assert max(t for t, v in rig.base.log if v.any()) - began < 0.5


def test_nothing_that_arrives_stops_it_with_the_time() -> None:
    rig = BaseRig().armed()
    rig.drive(1.0, 0.4, 0, 0)
    rig.link.delay = lambda: np.nan
    began = rig.clock()
    while not rig.driver.stopped and rig.clock() < began + 1:
        rig.clock.sleep(0.004)
    assert "nothing that was sent to /cmd_vel arrived for 0.25" in rig.driver.stopped
    rig.clock.sleep(1.0)
    assert not rig.base.velocity.any()  # by its driver's own timeout


def test_beyond_its_area_it_is_stopped_and_not_armed_with_the_number() -> None:
    rig = BaseRig(area=((-1.0, -1.0), (1.0, 1.0))).armed()
    for _ in range(200):  # somebody pushes it
        rig.base.at[0] += 0.3 * 0.02
        rig.clock.sleep(0.02)
    assert "it is at x 1.05 m, outside its area, -1 to 1 m" in rig.driver.stopped
    with pytest.raises(Refused, match=r"x 1\.20 m, outside its area, -1 to 1 m"):
        rig.driver.arm()


def test_who_is_moved_faster_than_told_is_stopped() -> None:
    rig = BaseRig().armed()
    for _ in range(200):
        rig.base.at[0] += 0.02 * 0.9  # 0.9 m/s
        rig.clock.sleep(0.02)
    assert "it moves at 0." in rig.driver.stopped and "was told 0.00" in rig.driver.stopped


@pytest.mark.parametrize("velocity", [(0.3, 0, 0), (0, 0.2, 0), (0, 0, 0.5), (0.2, 0.1, -0.5)])
def test_one_that_goes_the_other_way_is_stopped(velocity: tuple[float, ...]) -> None:
    rig = BaseRig().armed()
    rig.base.gain = -1.0
    began = rig.clock()
    while not rig.driver.stopped and rig.clock() < began + 3:
        rig.drive(0.02, *velocity)
    assert "it moves against what it is told" in rig.driver.stopped
    assert re.search(r"it went -0\.\d\d (m|rad) of 0\.\d\d (m|rad) in", rig.driver.stopped)
    assert rig.clock() - began < 1.6
    rig.clock.sleep(0.35)
    assert not rig.base.velocity.any()


def test_one_that_stands_although_told_to_go_is_stopped_before_it_is_let_go_of() -> None:
    """As with its emergency stop pressed while odometry goes on: released, it would drive off."""
    rig = BaseRig().armed()
    rig.drive(1.0, 0.3, 0, 0)
    rig.base.gain = 0.0
    rig.drive(5.5, 0.3, 0, 0)
    assert "it went +0.1" in rig.driver.stopped and "it does not follow" in rig.driver.stopped
    rig.base.gain = 1.0
    where = rig.base.at.copy()
    rig.drive(1.0, 0.3, 0, 0)
    assert np.array_equal(rig.base.at, where)


def test_to_and_fro_slowly_and_held_up_by_what_it_pushes_is_no_fault() -> None:
    rig = BaseRig().armed()
    for way in (1, -1, 1, -1):
        rig.drive(1.3, 0.4 * way, 0, 0.6 * way)
    rig.base.gain = 0.0
    rig.drive(6.0, 0.02, 0, 0)
    for _ in range(300):
        rig.driver.drive([0.2, 0, 0], pushing=15.0)
        rig.clock.sleep(0.02)
    assert rig.driver.stopped == ""


def test_it_is_not_armed_while_it_moves_or_somebody_else_drives_it() -> None:
    rig = BaseRig()
    rig.driver.connect()
    rig.clock.each.append(lambda: rig.base.at.__setitem__(0, rig.base.at[0] + 0.0003))
    with pytest.raises(Refused, match=r"the base moves, at 0\.30 m/s"):
        rig.driver.arm()
    rig.clock.each.pop()
    rig.clock.sleep(1.0)

    def now_and_then() -> None:
        if rig.clock.ticks % 100 == 0:
            foreign(rig)

    rig.clock.each.append(now_and_then)
    rig.base.timeout = 0.0
    with pytest.raises(Refused, match="another node sends commands on /cmd_vel"):
        rig.driver.arm()


def test_of_two_clients_one_drives() -> None:
    rig = BaseRig().armed()
    other = RosBase(rig.profile, _second(rig), clock=rig.clock, sleep=rig.clock.sleep)
    other.connect()
    with pytest.raises(Refused, match="another .* commands"):
        other.arm()
    assert rig.driver.stopped == ""


def test_no_odometry_is_named() -> None:
    rig = BaseRig()
    silent(rig)
    with pytest.raises(StaleState, match="no odometry on /odom"):
        rig.driver.connect(0.5)


def test_when_commands_cease_nothing_is_sent_until_it_is_stopped() -> None:
    rig = BaseRig().armed()
    rig.base.timeout = np.inf
    rig.drive(1.0, 0.3, 0, 0)
    rig.driver.cease()
    rig.clock.sleep(1.0)
    assert rig.base.velocity[0] == pytest.approx(0.3)
    rig.driver.stop("enough")
    rig.clock.sleep(0.5)
    assert not rig.base.velocity.any()


def test_another_frame_of_the_world_is_joined_by_tf() -> None:
    from habilis.envs.ros.messages.motion import TF
    from habilis.envs.ros.messages.transforms import transforms

    rig = BaseRig(world="map")
    with pytest.raises(StaleState, match="nothing on /tf joins 'odom' to 'map'"):
        rig.driver.connect(0.5)

    def put(x: float) -> None:
        at, turn = np.array([[x, 0, 0]]), np.array([[1.0, 0, 0, 0]])
        rig.base.transport.publish("/tf", transforms("map", ["odom"], at, turn, rig.clock()))

    rig.base.transport.advertise("/tf", TF)
    put(2.0)
    rig.armed()
    assert rig.driver.pose()[0][0] == pytest.approx(2.0)
    put(2.5)
    rig.clock.sleep(0.05)
    assert "/tf moved odom in map by 0.50 m" in rig.driver.stopped
