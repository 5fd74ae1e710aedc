"""Which goals an arm reaches one after the other, and how it gets from one to the next."""

from __future__ import annotations

import numpy as np
import pytest
from tests.envs.dextool.stands import held, stand

from habilis.assets.arrays import Array
from habilis.assets.dextool.scene import STANCES, pose_scene
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.dextool.following import Slew, in_hand, repeated
from habilis.envs.dextool.holding.grasping import Grasps, joined, vary_grasps
from habilis.envs.dextool.poses import apart, compose
from habilis.envs.dextool.reach import Clear, ReachPlan, ToolReach, key_goals, paths, plan_grasps

TOOL = held("bar", (0.2, 0.03, 0.03), 0.1)
READY = np.array(STANCES["fr3+leap"].ready)
"""Of the arm: its hand is above the table."""


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return pose_scene("fr3+leap", TOOL)


@pytest.fixture(scope="module")
def grasp(compiled: Compiled) -> Grasps:
    hand = compiled.robot.effector.hand
    assert hand is not None
    q = np.array([hand.home])
    pose = np.array([[0.02, 0.02, 0.3, 1.0, 0, 0, 0]])
    return Grasps(pose, q, hand.command(q), np.zeros(1), 1)


def goals_along(q: Array, grasp: Grasps) -> Array:
    """(G, 7) where a tool is that is held so, with the arm at q (G, 7)."""
    return compose(ToolReach("fr3+leap", len(q)).palm(q), grasp.pose)


def test_a_way_is_found_whichever_way_the_arm_has_to_be_bent(
    compiled: Compiled, grasp: Grasps
) -> None:
    clear, rng, arm = Clear(compiled), np.random.default_rng(3), compiled.robot.arm
    tried = 0
    while tried < 7:
        start = rng.uniform(arm.lower, arm.upper, 7)
        end = np.clip(start + rng.uniform(-1.2, 1.2, 7), arm.lower, arm.upper)
        q = start + np.linspace(0, 1, 12)[:, None] * (end - start)
        goals = goals_along(q, grasp)
        if all(clear.at(a, grasp.q[0], g) for a, g in zip(q, goals, strict=True)):
            tried += 1
            (plan,) = plan_grasps(compiled, grasp, goals, np.random.default_rng(0))
            assert plan.prefix == len(goals)
            missed = apart(goals_along(plan.path, grasp), goals)
            assert missed.max() < 0.01


def test_on_its_way_from_goal_to_goal_a_tool_must_not_go_through_what_stands(
    grasp: Grasps,
) -> None:
    q = np.array([READY, READY])
    q[1, 0] += 0.8
    between = goals_along(q.mean(axis=0)[None], grasp)[0]
    block = stand("block", (0.04, 0.04, 0.04), tuple(between[:3]))
    free, full = (Clear(pose_scene("fr3+leap", TOOL, stands)) for stands in ((), (block,)))
    args = q.mean(axis=0), grasp.q[0], grasp.pose[0]
    assert free.on_the_way(*args) and not full.on_the_way(*args)
    assert full.at(args[0], args[1], between), "at a goal only the robot has to be clear"


def test_a_plan_from_where_the_arm_is_goes_no_way_that_is_blocked(grasp: Grasps) -> None:
    q = np.array([READY, READY])
    q[1, 0] += 0.8
    goals = goals_along(q[1:], grasp)
    between = goals_along(q.mean(axis=0)[None], grasp)[0]
    block = stand("block", (0.2, 0.2, 0.2), tuple(between[:3]))
    for stands, prefix in (((), 1), ((block,), 0)):
        compiled = pose_scene("fr3+leap", TOOL, stands)
        (plan,) = plan_grasps(compiled, grasp, goals, np.random.default_rng(0), q[:1])
        assert plan.prefix == len(plan.path) == prefix
    (anywhere,) = plan_grasps(compiled, grasp, goals, np.random.default_rng(0))
    assert anywhere.prefix == 1


def test_key_goals_are_few_and_hold_the_first_and_the_last() -> None:
    goals = np.arange(7.0 * 37).reshape(37, 7)
    few = key_goals(goals)
    assert len(few) == 10 and (few[[0, -1]] == goals[[0, -1]]).all()
    np.testing.assert_array_equal(key_goals(goals[:4]), goals[:4])


def test_paths_of_plans_that_end_early_stay_at_their_end() -> None:
    long, short = (ReachPlan(0, n, np.arange(7.0 * n).reshape(n, 7)) for n in (3, 2))
    both = paths([long, short])
    assert both.shape == (2, 3, 7)
    np.testing.assert_array_equal(both[1], short.path[[0, 1, 1]])


def test_an_arm_goes_to_the_joints_that_are_meant_and_elsewhere_if_they_lead_nowhere(
    compiled: Compiled, grasp: Grasps
) -> None:
    bent = READY + np.array([0.0, 0.0, 0.8, 0.0, -0.6, 0.0, 0.4])
    goal = goals_along(bent[None], grasp)[0]
    motion = in_hand(compiled, repeated(grasp, 0, 2), np.tile(READY, (2, 1)), goal, lift=0.0)
    near = np.array([bent, bent + 40.0])
    q = motion.aim(np.tile(goal, (2, 1)), repeated(grasp, 0, 2).pose, near=near)
    assert np.abs(q[0] - bent).max() < 0.05
    assert apart(goals_along(q, grasp), goal).max() < 0.01


def test_joints_that_are_slewed_arrive_together_on_a_straight_line() -> None:
    slew, goal = Slew(np.zeros((1, 3))), np.array([[1.0, -0.5, 0.05]])
    seen = np.array([slew.to(goal).copy()[0] for _ in range(150)])
    np.testing.assert_allclose(seen, seen[:, :1] * goal, atol=1e-9)
    assert seen[-1] == pytest.approx(goal[0], abs=2e-3)


def test_what_is_varied_near_a_grasp_is_open_and_holds_the_tool_much_the_same_way() -> None:
    tool = held("bar", (0.2, 0.03, 0.03), 0.1)
    pose = np.array([[0.0, 0.03, 0.22, np.sqrt(0.5), 0, 0, np.sqrt(0.5)]])
    q = np.full((1, 16), 0.9)
    near = vary_grasps(
        "leap", tool, Grasps(pose, q, q, np.zeros(1), 1), np.random.default_rng(0), 8
    )
    assert len(near) == 8 and 0.002 < apart(near.pose, pose).max() < 0.1
    assert (near.q[:, 1] == 0.0).all(), "fingers are open"
    assert np.abs(near.q[:, 12] - 0.9).max() < 0.4, "the thumb stays where it was put"
    assert len(joined((near, near))) == 16
