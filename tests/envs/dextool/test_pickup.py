"""Taking a tool from the table: hands from above, closed and lifted in physics."""

from __future__ import annotations

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.dextool.families import draw_tool
from habilis.assets.dextool.scene import grasp_scene, pose_scene
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.dextool.pickup import (
    _Tips,
    draw_lag,
    draw_pinches,
    find_approaches,
    lying,
    take,
)
from habilis.envs.dextool.poses import compose, inverse
from habilis.policies.evaluation.dexterous.from_table import choose_taking

TOOL = draw_tool("eraser", np.random.default_rng(1))
HIGH = np.array([0.0, 0.0, 0.1, 1.0, 0, 0, 0])


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return pose_scene("fr3+leap", TOOL)


@pytest.fixture(scope="module")
def start(compiled: Compiled) -> Array:
    return lying(compiled, HIGH)


def test_a_tool_that_is_let_go_comes_to_rest_on_the_table(start: Array) -> None:
    low, _ = TOOL.bounds()
    assert start[2] == pytest.approx(-low[2], abs=0.005)


def test_pinches_have_the_handle_between_the_tips_with_the_hand_above(start: Array) -> None:
    found = draw_pinches("leap", TOOL, start, np.random.default_rng(0), 20)
    assert len(found) == 20
    tips = _Tips(grasp_scene("leap", TOOL))
    for held, q in zip(found.pose, found.q, strict=True):
        middle, _, gap, palm = tips.at(q)
        world = compose(start, inverse(held))  # of the palm
        between = compose(world, compose(inverse(palm), np.array([*middle, 1.0, 0, 0, 0])))
        assert world[2] > between[2] + 0.03 and gap > 0.015
        assert np.linalg.norm(between[:2] - start[:2]) < 0.08


def test_where_nothing_fits_or_lifts_it_is_said_why(compiled: Compiled) -> None:
    rng, far = np.random.default_rng(0), np.array([3.0, 0, 0.02, 1, 0, 0, 0])
    none = find_approaches(compiled, TOOL, far, far[None], rng, 4, 4)
    chosen = choose_taking(compiled, far, far[None], none, rng)
    assert chosen.approach is None and "in reach" in chosen.why and none.drawn == 8


@pytest.mark.slow
def test_some_hands_lift_a_tool_and_those_that_miss_it_do_not(
    compiled: Compiled, start: Array
) -> None:
    rng = np.random.default_rng(0)
    goal = start + np.array([0, 0, 0.1, 0, 0, 0, 0])
    found = find_approaches(compiled, TOOL, start, goal[None], rng, 60, 16)
    taken = take(compiled, found, start, draw_lag(rng, len(found.path)))
    assert taken.up.any() and (taken.rose[taken.up] > 0.07).all()
    away = start + np.array([0.15, 0.1, 0, 0, 0, 0, 0])
    missed = take(compiled, found, away, draw_lag(rng, len(found.path)))
    assert not missed.up.any()
    assert "leave it lying" in choose_taking(compiled, away, goal[None], found, rng).why
