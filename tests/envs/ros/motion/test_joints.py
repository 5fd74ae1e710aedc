"""Joints over the bus: arming, sending, stopping, moving from point to point."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import Rig, profile

from habilis.assets.robots.registry import ARMS
from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.ros.latched import Refused
from habilis.envs.ros.messages.motion import controller_state, read_joint_trajectory
from habilis.envs.ros.motion.resting import SHORTEST, RestingMotion
from habilis.envs.ros.motion.sightings import SeenJoints
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.profiles.profile import JointLimits, Style
from habilis.envs.ros.robot.events import RobotEvent

FR3 = ARMS["fr3"]

pytestmark = pytest.mark.usefixtures("no_thread")
HOME = np.array(FR3.limb.home)
STYLES: tuple[Style, ...] = ("trajectory", "joint_state", "float_array")


def test_nothing_is_sent_before_it_is_armed_nor_by_arming() -> None:
    rig = Rig().connected()
    assert rig.joints.stopped == "not armed yet"
    with pytest.raises(StoppedError, match="not armed yet; arm first"):
        rig.joints.send(HOME)
    rig.joints.arm()
    rig.clock.sleep(1.0)
    assert rig.arm.heard == [] and rig.joints.stopped == ""
    np.testing.assert_allclose(rig.joints.limiter.q[0], rig.arm.q)


def test_connecting_names_the_joints_that_do_not_answer() -> None:
    rig = Rig()
    names = [*rig.profile.joints]
    rig.arm.mangle = lambda m: m | {"name": ["x" if n == names[3] else n for n in m["name"]]}
    with pytest.raises(StaleState, match="no state of fr3_joint4 within 1 s on us: fr3_joint4 not"):
        rig.joints.connect(1.0)
    silent = Rig()
    silent.arm.mangle = lambda m: None
    with pytest.raises(StaleState, match="nothing comes on /joint_states .last message: never"):
        silent.joints.connect(1.0)


@pytest.mark.parametrize("style", STYLES)
def test_the_robot_follows_and_what_is_returned_was_sent(style: Style) -> None:
    rig = Rig(style).armed()
    goal = HOME + 0.05
    for _ in range(60):
        sent = rig.joints.send(goal)
    np.testing.assert_allclose(sent, goal, atol=1e-4)
    rig.clock.sleep(0.4)
    np.testing.assert_allclose(rig.arm.q, goal, atol=1e-4)


def test_what_the_controller_reports_counts_while_it_is_fresh_and_can_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(commands=dataclasses.replace(profile().commands, reports="/state")).armed()
    heard: list[SeenJoints | None] = []
    send = RestingMotion.send

    def listening(*args: Any) -> Any:
        heard.append(args[3])
        return send(*args)

    monkeypatch.setattr(RestingMotion, "send", listening)
    rig.joints.send(HOME)
    asked = HOME + 0.01, np.full(7, 0.2)
    still = HOME, np.zeros(7)
    rig.arm.transport.publish("/state", controller_state(rig.profile.joints, asked, still, 1.0))
    rig.joints.send(HOME)
    rig.arm.transport.publish("/state", {"joint_names": "none"})
    rig.clock.sleep(0.3)
    rig.joints.send(HOME)
    before, fresh, stale = (seen.asked for seen in heard if seen is not None)
    assert before is None and stale is None and fresh is not None
    np.testing.assert_allclose(fresh.q, asked[0])
    np.testing.assert_allclose(fresh.v, asked[1])
    assert rig.joints.stopped == ""


def test_it_arms_from_what_the_controller_says_that_it_holds() -> None:
    rig = Rig(commands=dataclasses.replace(profile().commands, reports="/state")).connected()
    held = rig.arm.q + 0.02, np.zeros(7)
    told = controller_state(rig.profile.joints, held, (rig.arm.q, np.zeros(7)), 0.0)
    rig.clock.each.append(lambda: rig.arm.transport.publish("/state", told))
    rig.joints.arm()
    np.testing.assert_allclose(rig.joints.limiter.q[0], held[0])
    rig.joints.stop("again")
    rig.clock.each.pop()  # it reports no more
    rig.clock.sleep(1.0)
    rig.joints.arm()
    np.testing.assert_allclose(rig.joints.limiter.q[0], rig.arm.q)


def test_a_clamp_is_reported_with_what_was_wanted_and_what_was_sent() -> None:
    rig, heard = Rig().armed(), list[RobotEvent]()
    rig.joints.events.append(heard.append)
    sent = rig.joints.send(HOME + 1.0)
    clamped = [e for e in heard if e.kind == "clamped"]
    assert len(clamped) == 1 and len([e for e in heard if e.kind == "sent"]) == 1
    np.testing.assert_array_equal(clamped[0].data["requested"], HOME + 1.0)
    np.testing.assert_array_equal(clamped[0].data["sent"], sent)
    assert np.abs(sent - HOME).max() < 0.01
    heard.clear()
    rig.joints.send(rig.joints.limiter.q[0] + rig.joints.limiter.v[0] * rig.joints.period)
    assert [e.kind for e in heard if e.kind != "state"] == ["sent"]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_command_that_is_no_number_is_refused_and_names_the_joint(bad: float) -> None:
    rig = Rig().armed()
    with pytest.raises(ValueError, match="command of fr3_joint3 must be finite"):
        rig.joints.send(np.where(np.arange(7) == 2, bad, HOME))
    with pytest.raises(ValueError, match="7 joints, but a command of"):
        rig.joints.send(HOME[:6])
    assert rig.arm.heard == []


def test_commands_are_a_period_apart_however_fast_they_come() -> None:
    rig = Rig().armed()
    rig.swing(0.5)
    times = np.array([t for t, _ in rig.arm.heard])
    assert (np.diff(times) >= rig.joints.period - 1e-6).all()


@pytest.mark.parametrize("speed", [0.3, 1.0])
def test_each_message_is_one_point_at_rest_the_sooner_the_slower(speed: float) -> None:
    rig = Rig().armed()
    rig.swing(0.5, speed)
    times = []
    for _, message in rig.arm.heard:
        (point,) = read_joint_trajectory(message).points
        assert point.qd is not None and not point.qd.any()
        times.append(point.time)
    assert min(times) == pytest.approx(SHORTEST) and max(times) < rig.profile.commands.lead + 1e-9
    assert (max(times) > SHORTEST + 0.05) == (speed == 1.0)


def test_what_is_last_sent_brings_the_robot_to_rest_by_itself() -> None:
    """A process that is killed, or frozen: nobody brakes, nobody looks."""
    rig = Rig().armed()
    rig.swing(1.0, 1.0)
    assert rig.arm.qd[0] > 0.6
    rig.clock.each.remove(rig.joints.look)
    before = rig.arm.q[0]
    rig.clock.sleep(rig.profile.commands.lead + 0.01)
    assert np.abs(rig.arm.qd).max() == 0
    assert 0 < rig.arm.q[0] - before < 1.0 * rig.profile.commands.lead


@pytest.mark.parametrize("style", STYLES)
def test_a_stop_brakes_within_the_limits_and_latches(style: Style) -> None:
    rig, heard = Rig(style).armed(), list[RobotEvent]()
    rig.joints.events.append(heard.append)
    rig.swing(0.6, 1.0)
    at = rig.arm.q[0]
    rig.joints.stop("enough")
    assert rig.arm.stops == 1, "the robot's own stop is called too"
    rig.clock.sleep(0.35)
    assert rig.arm.qd[0] == 0 and 0 < rig.arm.q[0] - at < 0.17
    assert [e.data["reason"] for e in heard if e.kind == "stopped"] == ["enough"]
    sent = len(rig.arm.heard)
    with pytest.raises(StoppedError, match="stopped: enough; arm first"):
        rig.joints.send(HOME)
    rig.joints.stop("again")
    rig.clock.sleep(1.0)
    assert rig.joints.stopped == "enough" and len(rig.arm.heard) == sent


def test_arming_begins_from_where_the_robot_was_sent_and_goes_from_there_in_good_time() -> None:
    """What the controller holds is what it was sent: from there alone nothing jumps."""
    rig = Rig().armed()
    rig.swing(0.3)
    rig.joints.stop("held by hand")
    rig.clock.sleep(0.5)
    sent, rig.arm.q = rig.arm.q.copy(), rig.arm.q + 0.1
    rig.arm.stuck = True
    rig.clock.sleep(0.3)
    rig.joints.arm()
    np.testing.assert_allclose(rig.joints.limiter.q[0], sent, atol=1e-6)


def test_arming_is_refused_where_the_controller_pulls_far_from_where_the_robot_is() -> None:
    rig = Rig().armed()
    rig.swing(0.3)
    rig.joints.stop("held by hand")
    rig.clock.sleep(0.5)
    rig.arm.q, rig.arm.stuck = rig.arm.q + (0, 0, 0.6, 0, 0, 0, 0), True
    rig.clock.sleep(0.3)
    with pytest.raises(Refused, match="fr3_joint3 is at 0.6.* its controller still pulls it to 0"):
        rig.joints.arm()


def test_a_fresh_client_begins_from_where_the_robot_is() -> None:
    rig = Rig().connected()
    rig.arm.q = rig.arm.q + 0.2
    rig.clock.sleep(0.3)
    rig.joints.arm()
    np.testing.assert_allclose(rig.joints.limiter.q[0], rig.arm.q)


def test_arming_waits_for_rest_and_is_refused_while_the_robot_moves() -> None:
    rig = Rig().armed()
    rig.swing(0.5, 1.0)
    rig.joints.stop("")
    assert rig.joints.stopped == "stopped"
    rig.joints.arm()
    assert rig.arm.qd[0] == 0 and rig.joints.stopped == ""

    def drift() -> None:
        rig.arm.q = rig.arm.q + 0.001
        rig.arm._plan = []

    rig.joints.stop("it drifts")
    rig.clock.each.append(drift)
    rig.clock.sleep(0.1)
    with pytest.raises(Refused, match="not armed: the robot moves"):
        rig.joints.arm()
    assert rig.joints.stopped == "it drifts"


def test_arming_is_refused_while_the_state_is_stale_or_out_of_range() -> None:
    rig = Rig().connected()
    rig.arm.mangle = lambda m: None
    rig.clock.sleep(0.2)
    with pytest.raises(StaleState, match="not armed: nothing comes on /joint_states"):
        rig.joints.arm()
    rig.arm.mangle = lambda m: m
    rig.arm.q[3] = -0.01  # beyond -0.0698
    rig.clock.sleep(0.3)
    with pytest.raises(Refused, match=r"fr3_joint4 is at -0.010 rad, outside its range -3.0718 to"):
        rig.joints.arm()
    rig.arm.q[3] = -0.06
    rig.clock.sleep(0.3)
    rig.joints.arm()
    begin = rig.arm.q[3]
    for _ in range(30):
        rig.joints.send(np.zeros(7))
        assert np.abs(rig.arm.qd[3]) < 0.2, "it does not jump into its range"
    assert rig.arm.q[3] < -0.0698 < begin
    with pytest.raises(Refused, match="no connection"):
        Rig().joints.arm()


def test_an_old_command_latches_the_stop() -> None:
    rig = Rig().armed()
    rig.joints.send(HOME, age=0.24)
    with pytest.raises(StoppedError, match="made from what was seen 0.260 s before"):
        rig.joints.send(HOME, age=0.26)


def test_thinking_is_no_reason_to_stop_but_to_fall_silent_in_a_motion_is() -> None:
    rig = Rig().armed()
    for _ in range(5):
        rig.joints.send(HOME)
    rig.clock.sleep(30.0)
    assert rig.joints.stopped == ""
    rig.swing(0.3)
    rig.clock.sleep(0.24)
    assert rig.joints.stopped == ""
    rig.clock.sleep(0.05)
    assert "no command for" in rig.joints.stopped
    rig.clock.sleep(0.05)
    assert rig.arm.qd[0] == 0


@pytest.mark.parametrize("style", STYLES)
def test_after_a_late_command_it_goes_on_inside_the_limits(style: Style) -> None:
    rig = Rig(style).armed()
    rig.swing(0.4, 1.0)
    rig.clock.sleep(0.06)  # a period and a half late
    for _ in range(120):
        rig.joints.send(HOME + 0.8)
    rig.clock.sleep(0.4)
    assert rig.joints.stopped == "" and np.allclose(rig.arm.q, HOME + 0.8, atol=1e-4)


def test_losing_the_connection_latches_and_coming_back_does_not_resume() -> None:
    rig, heard = Rig().armed(), list[RobotEvent]()
    rig.joints.events.append(heard.append)
    rig.swing(0.3)
    rig.transport.lose()
    assert rig.joints.stopped == "connection lost"
    rig.transport.lose(back=True)
    rig.clock.sleep(1.0)
    assert rig.joints.stopped == "connection lost"
    assert [e.kind for e in heard if e.kind in ("lost", "back", "stopped")][-1] == "back"
    with pytest.raises(StoppedError):
        rig.joints.send(HOME)
    rig.joints.arm()
    rig.joints.send(rig.arm.q)


# ---- from point to point


@pytest.mark.parametrize("style", STYLES)
def test_it_moves_to_a_pose_in_good_time(style: Style) -> None:
    rig, ticks = Rig(style).armed(), list[float]()
    goal = HOME + (0.5, -0.3, 0.2, 0.1, 0.0, -0.4, 0.6)
    fastest = np.zeros(7)

    def tick() -> None:
        ticks.append(rig.clock())
        np.maximum(fastest, np.abs(rig.arm.qd), out=fastest)

    end = rig.joints.move_to(goal, 0.25, tick)
    assert end.ok and end.reason == "" and len(ticks) > 50
    np.testing.assert_allclose(end.q, goal, atol=0.02)
    if style == "trajectory":  # the others jump from target to target
        assert (fastest <= 0.26 * rig.joints.limiter.velocity).all() and fastest.max() > 0.2
    rig.joints.send(goal)
    assert rig.joints.stopped == ""


@pytest.mark.parametrize("style", STYLES)
def test_a_long_motion_is_no_goal_but_streamed(style: Style) -> None:
    """Else it would go on to its end without whoever watches over it."""
    rig = Rig(style).armed()
    end = rig.joints.move_to(HOME + 0.5, 0.2)
    assert end.ok and rig.arm.goals == [] and len(rig.arm.heard) > 50


def test_a_stop_ends_a_long_motion() -> None:
    rig = Rig().armed()
    began = rig.clock()

    def stop() -> None:
        if rig.clock() > began + 0.8:
            rig.joints.stop("by hand")

    end = rig.joints.move_to(HOME + 0.6, 0.4, stop)
    assert not end.ok and end.reason.startswith("stopped: by hand")
    rig.clock.sleep(0.35)
    assert np.abs(rig.arm.qd).max() == 0 and np.abs(rig.arm.q - HOME).max() < 0.5
    rig.joints.arm()
    assert rig.joints.move_to(HOME, 0.3).ok


def test_a_motion_that_does_not_arrive_says_which_joint_is_off() -> None:
    rig = Rig().armed()
    rig.arm.stuck = True
    end = rig.joints.move_to(HOME + (0, 0, 0.1, 0, 0, 0, 0), 0.5)
    assert not end.ok and "fr3_joint3 stands at 0.000 rad and was sent to 0." in end.reason
    assert "it does not follow" in rig.joints.stopped


@pytest.mark.parametrize("speed", [0.0, -1.0, 1.5, np.nan])
def test_a_speed_that_makes_no_sense_is_refused(speed: float) -> None:
    rig = Rig().armed()
    with pytest.raises(ValueError, match="speed must be above 0, at most 1"):
        rig.joints.move_to(HOME, speed)


def test_limits_of_the_profile_are_kept_where_they_are_tighter() -> None:
    tight = tuple(JointLimits(-0.5, 2.5, 0.1, 1.0) for _ in range(7))
    rig = Rig(limits=tight, robot="")
    rig.arm.q = np.zeros(7)
    rig.armed()
    for _ in range(100):
        rig.joints.send(np.full(7, -3.0))
        assert np.abs(rig.joints.limiter.v).max() <= 0.1 + 1e-9
    assert dataclasses.asdict(rig.profile)["limits"][0]["velocity"] == 0.1


def test_closing_brings_the_robot_to_rest() -> None:
    rig = Rig("joint_state").armed()
    rig.swing(0.4, 1.0)
    rig.joints.close()
    assert rig.joints.stopped == "closed" and not rig.transport.connected
    assert not rig.joints.limiter.v.any()
    rig.joints.close()


def test_a_stop_while_arming_is_not_lost() -> None:
    rig = Rig().armed()
    rig.swing(0.4, 1.0)
    rig.joints.stop("first")
    rig.clock.each.append(lambda: rig.joints.stop("second"))
    with pytest.raises(Refused, match="it was stopped meanwhile; before that: first"):
        rig.joints.arm()
    assert rig.joints.stopped == "first"


def test_an_interrupted_motion_is_stopped() -> None:
    rig = Rig().armed()

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rig.joints.move_to(HOME + 0.5, 0.2, interrupt)
    assert "interrupted: KeyboardInterrupt" in rig.joints.stopped


def test_what_a_stop_cannot_do_is_told_and_hinders_nothing_else() -> None:
    rig, heard = Rig().armed(), list[RobotEvent]()
    rig.joints.events.append(heard.append)
    rig.swing(0.4)
    del rig.bus.services[rig.profile.stop]
    done: list[str] = []
    rig.joints.on_stop += [lambda: 1 / 0, lambda: done.append("yes")]  # type: ignore[list-item]
    rig.joints.stop("now")
    words = [e.data["words"] for e in heard if e.kind == "trouble"]
    assert words[0] == "nobody offers the service /fr3/stop"
    assert "division by zero" in words[1] and done == ["yes"]
    rig.clock.sleep(0.35)
    assert rig.arm.qd[0] == 0


def test_a_listener_that_fails_is_named_and_stops_nothing() -> None:
    rig = Rig().armed()

    def fail(event: RobotEvent) -> None:
        raise ZeroDivisionError

    rig.joints.events.append(fail)
    with pytest.warns(UserWarning, match="a listener to .* failed: ZeroDivisionError"):
        rig.joints.send(HOME)
    assert rig.joints.stopped == ""
