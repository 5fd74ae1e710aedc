"""What a trajectory controller executes, by a 1 kHz model of one, however messages arrive."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import JointLimiter
from habilis.envs.ros.motion.course import Course, RestReach
from habilis.envs.ros.motion.resting import RestingMotion
from habilis.envs.ros.profiles import load_profile
from habilis.policies.evaluation.ros.executed import WAYS, Bench, Executed, Faults, stream

MOST = 1.05
"""Of the limits: what is left is for the difference between ticks and true derivatives."""


def kept(done: Executed) -> bool:
    return done.speed <= MOST and done.acceleration <= MOST and done.beyond <= 1e-3


@pytest.mark.parametrize("seed", range(20))
def test_wild_streams_over_ways_with_faults_keep_the_limits(seed: int) -> None:
    faults, done = stream(load_profile("fr3"), 1000 + seed, 1.0)
    assert kept(done), (faults, done)
    late = faults.longest + 2 * faults.jitter if seed % 4 > 1 else 0.0  # it ends with a stop
    assert done.rest <= load_profile("fr3").commands.lead + late + 0.002


@pytest.mark.parametrize("seed", [173, 261, 382, 442, 642, 7571, 7893, 8063, 8312])
def test_an_arm_that_stalls_leave_elsewhere_than_was_believed_keeps_the_limits(seed: int) -> None:
    """Streams that exceeded them by up to 30 % while messages were late beyond the graph."""
    faults, done = stream(load_profile("fr3"), seed)
    assert kept(done) and faults.way == WAYS[1], (faults, done)
    assert done.way > 0.25, "it goes on, more slowly"


def sweep(seed: int) -> Bench:
    rng = np.random.default_rng(seed)
    faults = Faults(0.02, 0.05, 0.03, 0.3, True, WAYS[seed % 2])

    def want(now: float, limiter: JointLimiter) -> Array:
        return np.array(load_profile("fr3").home) + 0.7 * np.sin(2 * now + np.arange(7))

    return Bench(load_profile("fr3"), faults, rng, want)


@pytest.mark.parametrize("seed", range(4))
def test_a_steady_stream_over_bad_ways_keeps_the_limits_and_goes_on(seed: int) -> None:
    done = sweep(seed).run(2.0)
    assert kept(done) and done.way > 0.5


def test_over_a_good_way_the_arm_is_where_it_was_wanted() -> None:
    home = np.array(load_profile("fr3").home)

    def want(now: float, limiter: JointLimiter) -> Array:
        return home + 0.3 * np.minimum(now, 1.0) ** 2 * (3 - 2 * np.minimum(now, 1.0))

    bench = Bench(load_profile("fr3"), Faults(), np.random.default_rng(0), want)
    assert kept(bench.run(2.0))
    np.testing.assert_allclose(bench._path[-1], home + 0.3, atol=1e-4)


def swings(speed: float, stops: bool, jitter: float = 0.0) -> tuple[float, Executed]:
    """The first joint to and fro at a speed, rad/s; how fast it was asked to be at most, rad/s."""
    home, side = np.array(load_profile("fr3").home), 1.3
    fastest = 0.0

    def want(now: float, limiter: JointLimiter) -> Array:
        nonlocal side, fastest
        assert isinstance(bench.motion, RestingMotion)
        at, fastest = limiter.q[0, 0], max(fastest, abs(bench.motion.speed(now)[0]))
        side = -side if abs(at - side) < 0.3 else side
        step = np.clip(side - at, -speed * 0.02, speed * 0.02)
        return home + (at - home[0] + step) * (np.arange(7) == 0)

    faults = Faults(jitter=jitter)
    bench = Bench(load_profile("fr3"), faults, np.random.default_rng(0), want, reports=True)
    done = bench.run(3.0, stops)
    assert kept(done)
    return fastest, done


def test_a_stream_reaches_two_radians_a_second() -> None:
    fastest, _ = swings(2.1, stops=False)
    assert fastest > 1.95


@pytest.mark.parametrize("speed", [0.6, 1.0, 1.5])
def test_a_stop_is_sooner_at_rest_than_silence(speed: float) -> None:
    _, silent = swings(speed, stops=False)
    _, stopped = swings(speed, stops=True)
    assert stopped.rest < silent.rest - 0.01
    assert stopped.rest < 0.05 + speed * 0.25, "its braking, and what a late message may change"


def test_ways_to_rest_are_short_where_messages_are_prompt_and_the_arm_is_slow() -> None:
    _, prompt = swings(0.8, stops=False)
    _, late = swings(0.8, stops=False, jitter=0.05)
    assert prompt.rest <= 0.2 and late.rest > prompt.rest + 0.03


def alone(until: float) -> float:
    """How long an arm on its way is at rest after its last message, in times of its braking."""
    home, side, speed = np.array(load_profile("fr3").home), 1.6, 0.0

    def want(now: float, limiter: JointLimiter) -> Array:
        nonlocal side, speed
        assert isinstance(bench.motion, RestingMotion)
        side = -side if abs(limiter.q[0, 0] - side) < 0.3 else side
        speed = abs(bench.motion.speed(now)[0])
        return np.where(np.arange(7) == 0, side, home)

    bench = Bench(load_profile("fr3"), Faults(), np.random.default_rng(0), want, reports=True)
    done = bench.run(until)
    assert kept(done) and speed > 1.2
    return done.rest / (speed / 10.0)


def test_a_fast_arm_is_at_rest_by_itself_after_little_more_than_twice_its_braking() -> None:
    """With one cubic it cannot be less than twice; ways as long as the profile allows took 3.3."""
    assert 2.0 < np.mean([alone(until) for until in (2.3, 2.4, 2.5, 2.6)]) < 2.7


def test_a_slower_arm_keeps_its_own_limits() -> None:
    fr3 = load_profile("fr3")
    slow = tuple(dataclasses.replace(j, velocity=0.3, acceleration=2.0) for j in fr3.limits)
    profile = dataclasses.replace(fr3, limits=slow)
    for seed in range(4):
        assert kept(stream(profile, seed, 1.0)[1])


@pytest.mark.parametrize("speed", [0.0, 0.3, -0.8, 1.0])
def test_a_rest_within_reach_keeps_speed_and_acceleration_on_the_whole_way(speed: float) -> None:
    reach = RestReach(np.array([1.2]), np.array([10.0]))
    q, v = np.array([0.1]), np.array([speed])
    for rest in reach.interval(q, v, 0.3):
        course = Course(0.0, q, v, rest, 0.3)
        states = np.array([course.at(t) for t in np.linspace(0, 0.3, 301)])[:, :, 0]
        assert np.abs(states[:, 1]).max() <= 1.2
        assert np.abs(np.diff(states[:, 1]) / 0.001).max() <= 10.0
        assert states[-1] == pytest.approx([rest[0], 0.0])
