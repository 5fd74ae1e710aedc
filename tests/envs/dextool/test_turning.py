"""Turning a tool in the hand: found by sampling, repeated with other masses, and done on an arm."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.envs.dextool.stands import held

from habilis.assets.arrays import Array
from habilis.assets.dextool.scene import STANCES, pose_scene
from habilis.assets.scene.model.compile import Compiled
from habilis.envs.dextool.following import Following, Motion, TurnAt, in_hand
from habilis.envs.dextool.holding.grasping import Grasps, find_grasps
from habilis.envs.dextool.holding.turning import FoundTurn, Turner
from habilis.envs.dextool.poses import compose
from habilis.envs.dextool.reach import ReachPlan, ToolReach
from habilis.policies.evaluation.dexterous.turned import Chain, TurnSearch

TOOL = held("bar", (0.2, 0.03, 0.03), 0.1)
READY = np.array(STANCES["fr3+leap"].ready)
DOWN = np.array([0.0, 0.0, -1.0])


@pytest.fixture(scope="module")
def grasp() -> Grasps:
    """The stillest of some."""
    return find_grasps("leap", TOOL, np.random.default_rng(0), 16).take([0])


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return pose_scene("fr3+leap", TOOL)


def about(turn: float) -> Array:
    return np.array([0, 0, 0, np.cos(turn / 2), np.sin(turn / 2), 0, 0])


def holding(compiled: Compiled, grasp: Grasps, n: int) -> tuple[Motion, Array]:
    """N arms that hold the tool still, and (7,) where."""
    pose = compose(ToolReach("fr3+leap", 1).palm(READY[None])[0], grasp.pose[0])
    return in_hand(compiled, grasp.take([0] * n), np.tile(READY, (n, 1)), pose, lift=0.0), pose


def test_fingers_turn_a_tool_and_repeats_tell_how_surely(grasp: Grasps) -> None:
    want = compose(grasp.pose[0], about(0.3))
    turn = Turner("leap", TOOL).find(grasp, want, DOWN, np.random.default_rng(0), 6)
    assert turn is not None and 0 <= turn.sure <= 1
    left = 2 * np.arccos(min(1.0, abs(float(turn.grasp.pose[0, 3:] @ want[3:]))))
    assert left < 0.25 and turn.ctrl.shape[1] == grasp.ctrl.shape[1]


def test_what_fingers_cannot_do_is_not_found(grasp: Grasps) -> None:
    far = grasp.pose[0] + np.array([0.3, 0, 0, 0, 0, 0, 0])
    assert Turner("leap", TOOL).find(grasp, far, DOWN, np.random.default_rng(0), 1) is None


def test_a_turn_is_done_when_its_goal_is_reached_and_no_goal_counts_meanwhile(
    compiled: Compiled, grasp: Grasps
) -> None:
    motion, pose = holding(compiled, grasp, 2)
    arm = READY + np.array([0.05, 0, 0, 0, 0, 0, 0])
    ctrl = np.linspace(0, 1, 5)[:, None] * 0.02 + grasp.ctrl
    run = Following(motion, np.array([pose, pose]), 200, turns=[(), (TurnAt(1, arm, ctrl),)])
    told: list[Array] = []
    for _ in run.run():
        told.append(motion.ctrl.copy())
    assert run.complete.all() and not run.dropped.any()
    assert run.steps[1] > run.steps[0] + len(ctrl)
    assert np.allclose(told[-1], [grasp.ctrl[0], ctrl[-1]])


def test_a_tool_that_is_lost_in_a_turn_is_dropped(compiled: Compiled, grasp: Grasps) -> None:
    motion, pose = holding(compiled, grasp, 1)
    opened = np.zeros((60, grasp.ctrl.shape[1]))
    run = Following(motion, np.array([pose, pose]), 200, turns=[(TurnAt(1, READY, opened),)])
    for _ in run.run():
        pass
    assert run.dropped.all() and run.reached.tolist() == [1]


@pytest.mark.parametrize(("sure", "prefix"), [(1.0, [2]), (0.5, [])])
def test_a_turn_that_is_sure_leads_on_to_goals_that_the_grasp_does_not_reach(
    compiled: Compiled, grasp: Grasps, monkeypatch: pytest.MonkeyPatch, sure: float,
    prefix: list[int],
) -> None:  # fmt: skip
    _, pose = holding(compiled, grasp, 1)
    goals = np.array([pose, compose(pose, about(np.radians(30)))])
    chain = Chain(ReachPlan(0, 1, READY[None]), (), grasp)
    turning = TurnSearch(compiled, TOOL, None, goals, np.random.default_rng(0))

    def find(self: Turner, one: Grasps, want: Array, *rest: object) -> FoundTurn:
        return FoundTurn(one.ctrl, dataclasses.replace(one, pose=want[None]), sure)

    monkeypatch.setattr(Turner, "find", find)
    monkeypatch.setattr("habilis.policies.evaluation.dexterous.turned.SEARCHED", 1)
    found = turning.further([chain])
    assert [one.plan.prefix for one in found] == prefix
    for one in found:
        assert one.turns[0].at == 1 and one.plan.path.shape == (2, 7)
        assert one.until(1).plan.prefix == 1
        turned = 2 * np.arccos(abs(float(one.last.pose[0, 3:] @ grasp.pose[0, 3:])))
        assert np.degrees(turned) == pytest.approx(30)
