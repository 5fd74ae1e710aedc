"""Joint states from messages of which none is trusted: each fault is named, none is believed."""

from typing import Any

import numpy as np
import pytest

from habilis.envs.ros.messages.motion import joint_state
from habilis.envs.ros.motion.states import JointSample, StaleState, States

JOINTS = ("a", "b", "c")
ROBOT = 5000.0  # s on the robot's clock when ours says 0


def fresh() -> States:
    states = States(JOINTS, "/joint_states")
    assert states.take(state([1, 2, 3], 0.0), 0.01)
    return states


def state(q: Any, time: float, joints: tuple[str, ...] = JOINTS, **more: Any) -> dict[str, Any]:
    return joint_state(joints, q, time=ROBOT + time, **more)


def good(states: States, now: float) -> JointSample:
    return states.sample(now, 0.1)


def test_messages_merge_by_name_in_any_order_with_joints_of_others() -> None:
    states = States(JOINTS, "/joint_states")
    assert states.missing() == ["a", "b", "c"]
    assert states.take(state([9, 3, 1], 0.0, ("other", "c", "a")), 0.01)
    assert states.missing() == ["b"]
    assert not states.take(state([4, 4], 0.0, ("x", "y")), 0.01)
    with pytest.raises(StaleState, match="b not in what comes on /joint_states at all"):
        good(states, 0.02)
    assert states.take(state([2], 0.01, ("b",)), 0.02)
    np.testing.assert_array_equal(good(states, 0.02).q, [1, 2, 3])
    assert states.fault == ""


def test_two_publishers_each_with_its_part_and_clock() -> None:
    states = States(JOINTS, "/joint_states")
    for k in range(20):
        now = 0.01 * k
        assert states.take(state([k, k], now, ("a", "b")), now + 0.001)
        assert states.take(joint_state(["c"], [-k], time=90.0 + now), now + 0.002)
    assert states.fault == ""
    np.testing.assert_array_equal(good(states, 0.2).q, [19, 19, -19])


def test_speeds_and_efforts_count_where_all_report_them() -> None:
    states = fresh()
    assert good(states, 0.02).qd is None and np.isnan(good(states, 0.02).effort).all()
    states.take(state([1, 2, 3], 0.01, qd=[4, 5, 6], effort=[np.nan, 1, 2]), 0.02)
    sample = good(states, 0.02)
    assert sample.qd is not None and sample.qd.tolist() == [4, 5, 6]
    assert np.isnan(sample.effort[0]), "drivers publish NaN for what they do not measure"
    assert sample.effort[1:].tolist() == [1, 2], "which says nothing of the other joints"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (state([1, np.nan, 3], 0.01), "position of b is not a number"),
        (state([1, 2, np.inf], 0.01), "position of c is not a number"),
        (state([1, 2, 3], 0.01) | {"position": [1.0, None, 3.0]}, "position of b is not a number"),
        (state([1, 2], 0.01), "JointState.position: expected 3 numbers, got 2"),
        (state([1, 2, 3], 0.01, qd=[1]), "JointState.velocity: expected 3 numbers, got 1"),
        (state([1, 2, 3], 0.01, ("a", "b", "a")), "names a twice"),
        (state([1, 2, 3], 0.01) | {"position": "none"}, "expected a list"),
        ({"name": [*JOINTS]}, "JointState: no field 'header'"),
        (state([], 0.01), "position of a, b, c is not a number"),
        (state([1, 2, 3], -0.3), "stamps jump 0.300 s back"),
        (state([1, 2, 3], -4000.0), "stamps jump 4000.000 s back"),
        (state([1, 2, 3], 0.5), "stamps jump 0.490 s ahead"),
    ],
)
def test_a_fault_is_named_and_overwrites_nothing(message: dict[str, Any], words: str) -> None:
    states = fresh()
    assert not states.take(message, 0.02)
    assert states.fault.startswith("/joint_states: ") and words in states.fault
    np.testing.assert_array_equal(good(states, 0.02).q, [1, 2, 3])
    states.forget()
    assert states.fault == ""


def test_stamps_that_stay_are_a_frozen_robot() -> None:
    states = fresh()
    for k in range(1, 30):
        assert not states.take(state([1, 2, 3], 0.0), 0.01 * k)
    assert states.fault == ""
    good(states, 0.105)
    with pytest.raises(
        StaleState, match=r"0\.280 s: frozen: the stamp of what comes stays at 5000"
    ):
        good(states, 0.29)


def test_silence_and_a_joint_that_is_left_out() -> None:
    states = fresh()
    with pytest.raises(
        StaleState, match=r"nothing comes on /joint_states \(last message: 0\.190 s"
    ):
        good(states, 0.2)
    for k in range(1, 30):
        states.take(state([1, 3], 0.01 * k, ("a", "c")), 0.01 * k + 0.01)
    with pytest.raises(StaleState, match="b not in what comes on /joint_states for 0.290 s"):
        good(states, 0.3)
    never = States(JOINTS, "/joint_states")
    with pytest.raises(StaleState, match="last message: never"):
        good(never, 0.3)


def test_silence_is_called_so_though_the_last_state_was_a_little_late() -> None:
    states = fresh()
    states.take(state([1, 2, 3], 0.01), 0.03)
    with pytest.raises(StaleState, match=r"nothing comes on /joint_states .last message: 0\.095"):
        good(states, 0.125)


def test_lateness_is_called_so_though_nothing_has_come_since() -> None:
    """What a busy machine does to states is no silence of the robot."""
    states = fresh()
    assert states.take(state([1, 2, 3], 0.02), 0.115)
    with pytest.raises(StaleState, match=r"last state on /joint_states was 0\.\d+ s late, 0\.020"):
        good(states, 0.135)


def test_a_late_state_is_not_taken_and_ages() -> None:
    states = fresh()
    assert not states.take(state([7, 7, 7], 0.02), 0.20), "it took 0.18 s where 0.01 s is usual"
    np.testing.assert_array_equal(states.sample(0.2).q, [1, 2, 3])
    with pytest.raises(StaleState, match="late by 0.170 s"):
        good(states, 0.2)
    assert states.take(state([8, 8, 8], 0.15), 0.21), "50 ms more than usual"
    assert good(states, 0.21).age == pytest.approx(0.05, abs=1e-3)


def test_lasting_lateness_is_a_fault_and_then_how_things_are() -> None:
    states = fresh()
    taken = [states.take(state([k, k, k], 0.01 * k), 0.01 * k + 0.3) for k in range(1, 120)]
    assert not any(taken[:70]) and all(taken[75:])
    assert "states come 0.289 s later than they did" in states.fault
    states.forget()
    assert good(states, 1.5).q.tolist() == [119, 119, 119]


def test_the_clocks_may_drift_and_the_first_message_be_slow() -> None:
    states = States(JOINTS, "/joint_states")
    states.take(state([0, 0, 0], 0.0), 0.05)
    for k in range(1, 4000):
        now = 0.5 * k  # 2000 s in which our clock gains 0.2 s
        assert states.take(state([k, k, k], now * (1 - 1e-4)), now + 0.01)
    assert states.fault == ""


def test_a_message_that_was_overtaken_is_left_out() -> None:
    states = fresh()
    assert states.take(state([2, 2, 2], 0.02), 0.025)
    assert not states.take(state([1, 1, 1], 0.01), 0.026)
    assert states.fault == ""
    np.testing.assert_array_equal(good(states, 0.03).q, [2, 2, 2])


def test_a_clock_that_was_set_is_believed_again_when_it_goes_on() -> None:
    states = fresh()
    assert not states.take(state([4, 4, 4], -1000.0), 0.02)
    assert states.take(state([5, 5, 5], -999.99), 0.03)
    assert "jump" in states.fault, "though it stays a reason to stop"
    assert states.take(state([6, 6, 6], -999.98), 0.04)
    np.testing.assert_array_equal(good(states, 0.04).q, [6, 6, 6])


def test_a_joint_that_leaps_is_named_with_the_likely_cause() -> None:
    states = States(JOINTS, "/joint_states", fastest=[2.0, 2.0, 2.0])
    for k in range(20):
        states.take(state([1, 0.02 * k, 3], 0.01 * k), 0.01 * k + 0.01)
    assert states.fault == "", "2 rad/s is what it can"
    states.take(state([1, 0.4, 0], 0.2), 0.21)
    assert "c leapt from 3.000 to 0.000 rad within 0.010 s, which it cannot" in states.fault
    assert "second node" in states.fault
    states.forget()
    states.take(state([1, 0.4, 0], 0.21), 0.22)
    assert states.fault == "", "where it stays there it is believed, once it was dealt with"


def test_two_publishers_of_one_joint_with_different_clocks_are_not_believed() -> None:
    states = fresh()
    for k in range(1, 10):
        assert states.take(state([1, 2, 3], 0.01 * k), 0.01 * k + 0.01)
        assert not states.take(state([7, 8, 9], 0.01 * k - 500), 0.01 * k + 0.011)
        assert "jump" in states.fault
    np.testing.assert_array_equal(good(states, 0.1).q, [1, 2, 3])


def test_a_driver_that_never_stamps_counts_as_measured_when_it_arrives() -> None:
    states = States(JOINTS, "/joint_states")
    for k in range(50):
        assert states.take(joint_state(JOINTS, [k, k, k]), 0.01 * k)
    sample = good(states, 0.5)
    assert sample.q.tolist() == [49, 49, 49] and sample.stamp == 0.0
    assert sample.age == pytest.approx(0.01)
