"""Which messages an arm may be following is told from where it was seen."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.motion.course import Course
from habilis.envs.ros.motion.sightings import Sighting, Sightings

H = 0.3  # s
ALONG = np.array([1.0, -0.5])


def drive(arrives: float, until: float, noise: float = 0.0) -> tuple[Sightings, list[Array]]:
    """Ten messages at 50 Hz, each 0.03 s further; from one moment on none arrives any more."""
    sightings, rests = Sightings(H), list[Array]()
    rng, course = np.random.default_rng(0), Course(0.0, np.zeros(2), np.zeros(2), np.zeros(2), H)
    for k in range(round(until / 0.02)):
        now = 0.02 * k
        q, v = course.at(now)
        sightings.see(Sighting(now, q, v + rng.normal(0, noise, 2) if noise else v))
        rests.append(0.03 * (k + 1) * ALONG)
        sightings.sent(rests[-1], H, now)
        if now < arrives:
            course = Course(now, q, v, rests[-1], H)
    return sightings, rests


def followed(sightings: Sightings, rests: list[Array]) -> set[int]:
    """Numbers of the messages that it may be following or be put on."""
    ends = [course.rest for course in sightings.courses(0.3)]
    return {k for k, rest in enumerate(rests) for end in ends if np.allclose(rest, end)}


def test_nothing_is_said_before_anything_was_sent_or_seen() -> None:
    sightings = Sightings(H)
    assert sightings.courses(0.0) == []
    sightings.see(Sighting(0.0, np.zeros(2), np.zeros(2)))
    assert sightings.courses(0.0) == []
    sightings.sent(ALONG, H, 0.0)
    (course,) = sightings.courses(0.0)
    assert np.allclose(course.rest, ALONG) and course.begin == 0.0


def test_what_an_arm_that_came_along_has_passed_is_over() -> None:
    sightings, rests = drive(1.0, 0.3)
    last = len(rests) - 1
    assert last in followed(sightings, rests)
    assert not followed(sightings, rests) & set(range(last - 9))


def test_the_message_after_which_none_arrived_is_among_them_and_all_since() -> None:
    sightings, rests = drive(0.12, 0.3)
    assert set(range(5, len(rests))) <= followed(sightings, rests)
    begun = [c for c in sightings.courses(0.3) if np.allclose(c.rest, rests[5])]
    true = Course(0.1, *_before(5), rests[5], H)
    off = min(np.abs(c.at(0.4)[1] - true.at(0.4)[1]).max() for c in begun)
    assert off < 0.05, "rad/s off where it will be"


def test_measured_with_noise_it_is_among_them_all_the_same() -> None:
    for noise in (0.01, 0.05):
        sightings, rests = drive(0.12, 0.3, noise)
        assert 5 in followed(sightings, rests)


def test_a_state_that_comes_twice_counts_once_and_an_arm_that_is_put_begins_anew() -> None:
    sightings, rests = drive(1.0, 0.2)
    here = sightings.courses(0.2)
    sightings.see(Sighting(0.0, np.ones(2), np.ones(2)))
    assert len(sightings.courses(0.2)) == len(here)
    sightings.forget()
    assert followed(sightings, rests) == set()


def _before(number: int) -> tuple[Array, Array]:
    """Where it is when a message of ``drive`` arrives, and how fast."""
    course = Course(0.0, np.zeros(2), np.zeros(2), np.zeros(2), H)
    for k in range(number):
        course = Course(0.02 * k, *course.at(0.02 * k), 0.03 * (k + 1) * ALONG, H)
    return course.at(0.02 * number)
