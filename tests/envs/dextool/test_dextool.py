"""Grasps of rigid tools, what an arm reaches with them, and following goals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from habilis.assets.dextool.families import draw_tool
from habilis.assets.dextool.scans import TOOL
from habilis.assets.dextool.scene import STANCES, pose_scene
from habilis.assets.dextool.sequences import KEYPOINTS
from habilis.assets.robots.hands.registry import make_hand
from habilis.envs.dextool.following import Following, Slew, Spread, in_hand, repeated
from habilis.envs.dextool.holding.closings import closing_of
from habilis.envs.dextool.holding.grasping import (
    DRIFT,
    Grasps,
    find_grasps,
    load_grasps,
    save_grasps,
)
from habilis.envs.dextool.poses import apart, compose, inverse, keypoints
from habilis.envs.dextool.reach import ToolReach, plan_grasps

HALF = np.array([0.1, -0.2, 0.3, np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)])
HAMMER = draw_tool("hammer", np.random.default_rng(1))


@pytest.fixture(scope="module")
def grasps() -> Grasps:
    return find_grasps("leap", HAMMER, np.random.default_rng(0), 16)


def test_poses_compose_and_their_inverse_undoes_them() -> None:
    there = compose(HALF, np.array([0.1, 0, 0, 1.0, 0, 0, 0]))
    np.testing.assert_allclose(there[:3], [0.1, -0.1, 0.3], atol=1e-12)
    np.testing.assert_allclose(compose(inverse(HALF), HALF), [0, 0, 0, 1, 0, 0, 0], atol=1e-12)
    rows = compose(np.tile(HALF, (3, 1)), HALF)
    assert rows.shape == (3, 7) and keypoints(rows).shape == (3, 4, 3)


def test_two_poses_are_apart_by_their_farthest_keypoint() -> None:
    moved = HALF + np.array([0.003, 0, 0.004, 0, 0, 0, 0])
    assert apart(HALF, moved) == pytest.approx(0.005)
    turned = compose(HALF, np.array([0, 0, 0, 0.0, 0, 0, 1]))
    assert apart(HALF, turned) == pytest.approx(2 * np.linalg.norm(KEYPOINTS[0, :2]))


def test_a_slew_arrives_without_overshoot_and_within_its_bounds() -> None:
    slew, goal = Slew(np.zeros((1, 2))), np.array([[1.0, -0.01]])
    seen = np.array([slew.to(goal).copy()[0] for _ in range(200)])
    steps = np.diff(seen, axis=0, prepend=0.0)
    assert np.abs(steps).max() <= 0.012 + 1e-9
    assert np.abs(np.diff(steps, axis=0)).max() <= 0.0012 + 1e-9
    assert seen[:, 0].max() < 1.01 and seen[-1] == pytest.approx(goal[0], abs=2e-3)


def test_a_hand_opens_and_closes_within_its_limits() -> None:
    hand, _ = make_hand("leap")
    opened = closing_of("leap").draw(hand, np.random.default_rng(0), 50)
    closed = closing_of("leap").target(hand, opened)
    for q in (opened, closed):
        assert (q >= hand.lower).all() and (q <= hand.upper).all()
    assert (closed[:, hand.joints.index("if_mcp")] > 1.5).all()
    assert np.array_equal(closed[:, hand.joints.index("th_axl")], opened[:, 13])
    with pytest.raises(ValueError, match="did you mean 'leap'"):
        closing_of("leep")


def test_grasps_that_are_kept_held_the_stillest_first(grasps: Grasps) -> None:
    assert 1 <= len(grasps) <= grasps.tried == 16
    assert (np.diff(grasps.drift) >= 0).all() and grasps.drift[-1] < DRIFT
    again = find_grasps("leap", HAMMER, np.random.default_rng(0), 16)
    np.testing.assert_array_equal(again.pose, grasps.pose)


def test_grasps_are_read_as_they_were_written(grasps: Grasps, tmp_path: Path) -> None:
    path = tmp_path / "some" / "grasps.json"
    save_grasps(path, grasps, {"tool": "hammer"})
    read = load_grasps(path)
    assert len(read) == len(grasps) and read.tried == grasps.tried
    np.testing.assert_allclose(read.pose, grasps.pose, atol=1e-6)


def test_a_plan_stops_at_the_first_goal_that_is_out_of_reach_or_in_the_table(
    grasps: Grasps,
) -> None:
    compiled = pose_scene("fr3+leap", HAMMER)
    palm = ToolReach("fr3+leap", 1).palm(np.array([STANCES["fr3+leap"].ready]))[0]
    near = compose(palm, grasps.pose[0])
    goals = [near + np.array([0, 0, 0.01 * k, 0, 0, 0, 0]) for k in range(3)]
    for off in ([5.0, 0, 0], [0, 0, -0.45]):
        last = near + np.array([*off, 0, 0, 0, 0])
        plan, *_ = plan_grasps(
            compiled, grasps.take([0]), np.array([*goals, last]), np.random.default_rng(0)
        )
        assert plan.prefix == 3 and plan.path.shape == (3, 7)


@pytest.mark.slow
def test_a_held_tool_goes_through_goals_that_its_grasp_can_reach(grasps: Grasps) -> None:
    compiled = pose_scene("fr3+leap", HAMMER)
    reach = ToolReach("fr3+leap", 1)
    q = np.array([STANCES["fr3+leap"].ready])
    pos, _ = reach.kinematics.tcp(q)
    goals = np.array([[*pos[0], 1.0, 0, 0, 0], [*pos[0] + (0.05, 0, 0.05), 1.0, 0, 0, 0]])
    rng = np.random.default_rng(0)
    plans = plan_grasps(compiled, grasps, goals, rng)
    assert plans[0].prefix == 2
    layout = Spread().draw(compiled, rng, 2)
    motion = in_hand(
        compiled, repeated(grasps, plans[0].grasp, 2), np.repeat(plans[0].path[:1], 2, axis=0),
        goals[0], layout,
    )  # fmt: skip
    run = Following(motion, goals)
    *_, last = run.run()
    assert run.complete.all() and not run.dropped.any() and last < 400
    assert run.tool.shape == (2, 7) and compiled.index.qpos(TOOL).shape == (7,)
