"""Ways over the ground: around walls, over steps and narrow gaps, with the number that rules."""

from collections.abc import Callable

import numpy as np
import pytest

from habilis.envs.legged.ways import CLEARANCE, Ground, Way

Box = tuple[float, float, float, float, float]
LOW, HIGH = np.array([-1.0, -1.5]), np.array([3.0, 1.5])


def heights(*boxes: Box) -> Callable[[np.ndarray], np.ndarray]:
    """Of boxes: middle x, y, size x, y, height."""

    def at(points: np.ndarray) -> np.ndarray:
        z = np.zeros(len(points))
        for x, y, wide, deep, high in boxes:
            within = np.abs(points - (x, y)) <= (wide / 2, deep / 2)
            z = np.where(within.all(axis=1), np.maximum(z, high), z)
        return z

    return at


def way(start: tuple[float, float], goal: tuple[float, float], *boxes: Box) -> Way:
    return Ground(heights(*boxes), LOW, HIGH).way(np.array(start), np.array(goal))


def test_even_ground_is_crossed_in_one_line() -> None:
    assert way((0, 0), (2, 1)).points.tolist() == [[2, 1]]


def test_a_wall_is_gone_around() -> None:
    found = way((0, 0), (2, 0), (1, 0, 0.1, 1.0, 0.5))
    points = np.vstack(([[0, 0]], found.points))
    dense = np.concatenate(
        [
            a + np.linspace(0, 1, 50)[:, None] * (b - a)
            for a, b in zip(points, points[1:], strict=False)
        ]
    )
    beside = np.maximum(np.abs(dense - (1, 0)) - (0.05, 0.5), 0)
    assert len(found.points) > 1 and np.linalg.norm(beside, axis=1).min() > CLEARANCE - 0.06


def test_a_low_step_is_gone_over_straight() -> None:
    found = way((0, 0), (2, 0.8), (1.5, 0, 1.0, 3.0, 0.12))
    points = np.vstack(([[0, 0]], found.points))
    (over,) = [k for k in range(len(points) - 1) if points[k, 0] < 1.0 < points[k + 1, 0]]
    leg = points[over + 1] - points[over]
    assert found.step == pytest.approx(0.12) and abs(leg[1]) < 0.3 * abs(leg[0])


def test_what_is_too_high_is_refused_with_its_height() -> None:
    refused = way((0, 0), (2, 0), (1.5, 0, 1.0, 3.0, 0.2))
    assert not refused.found and refused.step == pytest.approx(0.2)


def test_steps_that_lead_up_open_a_way() -> None:
    stairs = [(1.5, 0, 0.5, 3.0, 0.12), (2.0, 0, 0.5, 3.0, 0.24), (2.6, 0, 0.7, 3.0, 0.34)]
    found = way((0, 0), (2.6, 0), *stairs)
    assert found.found and found.step == pytest.approx(0.12)


@pytest.mark.parametrize(("gap", "crossed"), [(0.04, True), (0.2, False)])
def test_a_narrow_gap_is_stepped_over(gap: float, crossed: bool) -> None:
    first, second = (0.0, 0, 2.0, 3.0, 0.34), (2.0 + gap, 0, 2.0, 3.0, 0.34)
    assert way((0, 0), (1.8, 0), first, second).found == crossed


def test_no_bend_is_on_a_stair() -> None:
    stairs = ((1.0, 0.3, 0.4, 0.6, 0.12), (1.4, 0.3, 0.4, 0.6, 0.24), (2.1, 0.0, 1.0, 2.0, 0.34))
    found = way((1.3, 1.2), (2.2, 0.3), *stairs)
    inside = [x for x, y in found.points if 0.75 < x < 1.75 and -0.1 < y < 0.7]
    assert found.found and not inside
    points = np.vstack(([[1.3, 1.2]], found.points))
    (up,) = [k for k in range(len(points) - 1) if points[k, 0] < 0.8 and points[k + 1, 0] > 1.6]
    assert abs(points[up + 1, 1] - points[up, 1]) < 0.1
