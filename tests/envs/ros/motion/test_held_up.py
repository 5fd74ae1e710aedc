"""A motion that is held up arrives later, no faster; one that cannot arrive says what it lacks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import JOINTS, OFFSET, Direct, Rig

from habilis.assets.robots.registry import ARMS
from habilis.envs.ros.messages.motion import CONTROLLER_STATE, controller_state
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.motion.moves import ARRIVED
from habilis.envs.ros.motion.streams import CommandTopic

pytestmark = pytest.mark.usefixtures("no_thread")
HOME = np.array(ARMS["fr3"].limb.home)
LAST = np.eye(7)[6]
REPORTS = "/fr3_arm_controller/controller_state"


class SlowEcho(Direct):
    """Hands on what the graph says of one's own messages later, in order."""

    late: Callable[[], float] = staticmethod(lambda: 0.0)

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.bus, "us")
        self.clock, self.due = rig.clock, list[tuple[float, Callable[..., Any], Any]]()
        rig.clock.each.append(self.deliver)

    def post_here(self, told: Callable[..., Any], *args: Any) -> None:
        mine = isinstance(getattr(told, "__self__", None), CommandTopic)
        self.due.append((self.clock() + (self.late() if mine else 0.0), told, args))
        if not mine:
            self.deliver()

    def deliver(self) -> None:
        now = self.clock()
        ready = [row for row in self.due if row[0] <= now]
        self.due = [row for row in self.due if row[0] > now]
        for _, told, args in ready:
            told(*args)


def slow() -> tuple[Rig, SlowEcho]:
    rig = Rig()
    echo = SlowEcho(rig)
    rig.clock.each.remove(rig.joints.look)
    rig.joints = RosJoints(rig.profile, echo, clock=rig.clock, sleep=rig.clock.sleep)
    rig.clock.each.append(rig.joints.look)
    return rig.armed(), echo


def fastest(rig: Rig) -> Callable[[], float]:
    """Of the last joint up to now, as a share of its limit."""
    most = [0.0]
    limit = rig.profile.limits[6].velocity
    rig.clock.each.append(lambda: most.append(max(most[-1], abs(rig.arm.qd[6]) / limit)))
    return lambda: most[-1]


@pytest.mark.parametrize("seed", [2, 3])
def test_a_slow_link_and_a_busy_program_make_it_late_and_no_failure(seed: int) -> None:
    """So a jog on a busy machine ended 0.003 rad off its goal, and called that a failure."""
    rig, echo = slow()
    rng, goal = np.random.default_rng(seed), HOME + 0.03 * LAST
    echo.late = lambda: float(rng.uniform(0, 0.24))

    def tick() -> None:
        if np.abs(rig.arm.q - goal).max() < 0.008:
            rig.clock.sleep(float(rng.uniform(0, 0.2)))

    end = rig.joints.move_to(goal, 0.05, tick)
    assert end.ok, end.reason
    np.testing.assert_allclose(end.q, goal, atol=ARRIVED)


def test_after_a_gap_it_is_in_no_hurry() -> None:
    """It goes on where it was, and no faster: ``--speed`` holds whatever the link does."""
    rig, echo = slow()
    seen, rng = fastest(rig), np.random.default_rng(0)

    def tick() -> None:
        if rng.random() < 0.1:
            rig.clock.sleep(float(rng.uniform(0, 0.2)))

    end = rig.joints.move_to(HOME + 0.08 * LAST, 0.05, tick)
    assert end.ok, end.reason
    assert seen() <= 0.08


def test_a_controller_that_takes_no_commands_is_told_from_an_arm_that_is_held() -> None:
    """As one that is inactive, or whose speed is scaled to nothing: with both numbers."""
    commands = Rig().profile.commands
    rig = Rig(commands=dataclasses.replace(commands, reports=REPORTS))
    rig.arm.transport.advertise(REPORTS, CONTROLLER_STATE)
    rig.arm.stuck, still = True, np.zeros(7)

    def report() -> None:
        asked = controller_state(JOINTS, (HOME, still), (HOME, still), rig.clock() + OFFSET)
        rig.arm.transport.publish(REPORTS, asked)

    rig.clock.each.append(report)
    rig.armed()
    end = rig.joints.move_to(HOME - 0.03 * LAST, 0.05)
    assert not end.ok
    assert "fr3_joint7 is 0.0300 rad off its goal: its controller asks for 0.7854" in end.reason
    assert f"on {REPORTS} and was sent 0.7554" in end.reason


def test_an_arm_that_is_held_is_said_to_be() -> None:
    rig = Rig().armed()
    rig.arm.stuck = True
    end = rig.joints.move_to(HOME + 0.03 * LAST, 0.1)
    assert not end.ok and "fr3_joint7 is 0.0300 rad off its goal: it was sent" in end.reason
    assert "something holds it" in end.reason


@pytest.mark.parametrize("speed", [0.02, 0.1, 0.5])
def test_frozen_positions_stop_it_before_it_is_sent_far(speed: float) -> None:
    """An emergency stop, pressed while states go on: once it is released the arm would jump."""
    rig = Rig().armed()
    began, ahead = rig.clock(), [0.0]

    def tick() -> None:
        rig.arm.stuck = rig.arm.stuck or rig.clock() > began + 0.6
        ahead.append(float(np.abs(rig.joints._armed().target - rig.arm.q).max()))

    end = rig.joints.move_to(HOME + 0.4 * LAST, speed, tick)
    assert not end.ok and "fr3_joint7 stands at " in rig.joints.stopped
    assert "is an emergency stop pressed" in rig.joints.stopped
    assert max(ahead) < (0.1 if speed < 0.5 else 0.16)
