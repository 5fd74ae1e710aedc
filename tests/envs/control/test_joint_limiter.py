"""Joint limits on their own: the way to rest, the first target, the latch."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from habilis.assets.robots.registry import ARMS
from habilis.envs.control.joint_limiter import JUMP, JointLimiter, StoppedError, Tail

FR3 = ARMS["fr3"]

DT = 0.02
ONE = np.zeros(1, int)


def armed(q: npt.ArrayLike = FR3.limb.home) -> JointLimiter:
    limiter = JointLimiter(FR3.limb.lower, FR3.limb.upper, FR3.limb.velocity, FR3.limb.acceleration)
    limiter.arm(ONE, np.array([q], float))
    return limiter


wild = st.lists(st.lists(st.floats(-7, 7), min_size=7, max_size=7), min_size=1, max_size=30)
fuzz = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@fuzz
@given(stream=wild)
def test_there_is_always_room_to_brake(stream: list[list[float]]) -> None:
    """From wherever commands led, the way to rest ends at rest inside the range."""
    limiter = armed()
    for want in stream:
        sent, _ = limiter.limit(np.array([want]), DT)
        limiter.accept(sent, DT)
        tail = limiter.tail()
        q, v = tail.at(tail.duration)
        assert not v.any()
        assert (q >= limiter.lower - 1e-9).all() and (q <= limiter.upper + 1e-9).all()
        np.testing.assert_allclose(q, limiter.rest(limiter.q + limiter.v * DT, DT)
                                   - limiter.v * DT, atol=1e-12)  # fmt: skip


@fuzz
@given(v=st.lists(st.floats(-2, 2), min_size=7, max_size=7))
@example(v=[5e-324] * 7)
def test_the_way_to_rest_brakes_every_joint_fully(v: list[float]) -> None:
    a = np.array(FR3.limb.acceleration)
    tail = Tail(np.zeros((1, 7)), np.array([v]), a)
    times = np.linspace(0, tail.duration + 0.1, 200)
    speed = np.array([tail.at(t)[1][0] for t in times])
    np.testing.assert_allclose(
        speed, np.sign(v) * np.maximum(np.abs(v) - a * times[:, None], 0), atol=1e-9
    )
    q = np.array([tail.at(t)[0][0] for t in times])
    middle = (speed[1:] + speed[:-1]) / 2 * np.diff(times)[:, None]
    whole = (np.abs(speed[1:]) > 0) | (speed[:-1] == 0)  # not the step in which one comes to rest
    np.testing.assert_allclose(np.diff(q, axis=0)[whole], middle[whole], atol=1e-9)


def test_the_first_target_is_near_the_measured_pose_however_long_the_period() -> None:
    limiter = armed()
    sent, held = limiter.limit(np.full((1, 7), 2.0), 0.5)
    assert held.all()
    assert np.abs(sent - FR3.limb.home).max() <= JUMP + 1e-12
    limiter.accept(sent, 0.5)
    further, _ = limiter.limit(np.full((1, 7), 2.0), 0.5)
    assert np.abs(further - sent).max() > JUMP


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_refused(bad: float) -> None:
    limiter = armed()
    with pytest.raises(ValueError, match="must be finite"):
        limiter.limit(np.full((1, 7), bad), DT)
    sent, held = limiter.limit(limiter.q, DT)
    assert not held.any() and (sent == FR3.limb.home).all()


def test_a_stop_is_latched_until_armed() -> None:
    limiter = armed()
    limiter.stop()
    with pytest.raises(StoppedError, match="re-arm"):
        limiter.limit(limiter.q, DT)
    limiter.arm(ONE, np.array([FR3.limb.home]))
    limiter.limit(limiter.q, DT)


def test_after_put_the_next_target_is_a_gap_and_not_a_pace() -> None:
    """Or a robot whose commands came late runs off with full acceleration."""
    limiter = JointLimiter([-3.0], [3.0], [2.0], [10.0])
    limiter.arm(np.zeros(1, int), np.zeros((1, 1)))
    limiter.accept(np.zeros((1, 1)), DT)
    path = []
    for k in range(100):
        if k % 5 == 0:  # what was sent was changed on the way
            limiter.put(limiter.q, limiter.v)
        sent, _ = limiter.limit(np.full((1, 1), 0.3), DT)
        limiter.accept(sent, DT)
        path.append(float(sent[0, 0]))
    assert max(path) < 0.32  # a target at rest within one period's reach is met at full speed
    assert path[-1] == pytest.approx(0.3)


def test_in_line_all_joints_go_the_same_share_of_their_way() -> None:
    limiter = JointLimiter([-3.0, -3.0], [3.0, 3.0], [2.0, 2.0], [10.0, 1.0])
    limiter.arm(np.zeros(1, int), np.zeros((1, 2)))
    limiter.accept(np.zeros((1, 2)), DT)
    want = np.array([[0.002, 0.004]])
    sent, _ = limiter.limit(want, DT)
    assert sent[0, 0] == pytest.approx(0.002) and sent[0, 1] < 0.001
    out = limiter.in_line(want, sent, DT)
    assert out[0, 0] / 0.002 == pytest.approx(out[0, 1] / 0.004)
    assert (np.abs(out) <= np.abs(sent) + 1e-12).all()
