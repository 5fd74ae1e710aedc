"""``habilis/ToolPose-v0``: the tool stays in the hand, goals count, and what makes it harder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.envs.same import assert_same

from habilis.envs.dextool.episodes import FELL
from habilis.envs.dextool.following import HELD
from habilis.envs.dextool.poses import apart
from habilis.envs.tasks import load_task
from habilis.envs.vector_env import ToolVectorEnv

ID = "habilis/ToolPose-v0"


@pytest.fixture(scope="module")
def env() -> ToolVectorEnv:
    return ToolVectorEnv(ID, 3, obs=("actor", "critic"), nthread=1)


def still(env: ToolVectorEnv, steps: int) -> Any:
    action, got = np.zeros(env.action_space.shape or (), np.float32), None
    for _ in range(steps):
        got = env.step(action)
    return got


def test_without_action_the_hand_keeps_the_tool(env: ToolVectorEnv) -> None:
    env.reset(seed=0)
    tool = env.core.state.tool.copy()
    obs, *_ = still(env, 40)
    assert apart(env.core.state.tool, tool).max() < 0.02
    assert env.observation_space.contains(obs)


def test_a_goal_counts_once_the_tool_has_been_there_for_its_time(env: ToolVectorEnv) -> None:
    env.reset(seed=1)
    still(env, 20)
    core = env.core
    core._start.goals[1, 0] = core.state.tool[1]
    still(env, HELD - 1)
    assert core.monitor.reached.tolist() == [0, 0, 0]
    _, reward, *_ = still(env, 1)
    assert core.monitor.reached.tolist() == [0, 1, 0]
    assert reward[1] > 9 and np.abs(reward[[0, 2]]).max() < 1
    assert np.array_equal(core.monitor.goal[1], core._start.goals[1, 1])


def test_the_last_goal_is_success_and_a_tool_off_the_table_is_lost(env: ToolVectorEnv) -> None:
    env.reset(seed=2)
    core = env.core
    core.monitor.reached[0] = core._start.goals.shape[1] - 1
    core._start.goals[0, -1] = core.state.tool[0]
    core.monitor._steady[0] = HELD - 1
    core.world._qpos[2, core.monitor.columns[2]] = -0.3
    *_, terminated, truncated, info = still(env, 1)
    assert terminated.tolist() == [True, False, True] and not truncated.any()
    end = info["final_info"]
    assert end["success"].tolist() == [True, False, False] and end["failure"][2] == FELL
    assert end["goals_reached"][0] == core._start.goals.shape[1]


def test_goals_lie_near_the_one_before(env: ToolVectorEnv) -> None:
    env.reset(seed=3)
    goals = env.core._start.goals
    steps = np.linalg.norm(np.diff(goals[..., :3], axis=1), axis=-1)
    assert steps.max() <= 0.1 + 1e-9
    turn = 2 * np.arccos(np.clip(np.abs(np.sum(goals[:, 1:, 3:] * goals[:, :-1, 3:], -1)), 0, 1))
    assert turn.max() <= np.pi / 2 + 1e-6 and turn.max() > 0.3


def test_noise_delays_and_pushes_repeat_and_are_seen_by_the_actor_only() -> None:
    hard: dict[str, Any] = {
        "noise": True,
        "delay": True,
        "pushes": True,
        "obs": ("actor", "critic"),
    }
    one, two = (ToolVectorEnv(ID, 2, nthread=1, **hard) for _ in range(2))
    assert_same(one.reset(seed=0), two.reset(seed=0))
    rng = np.random.default_rng(0)
    for k in range(12):
        action = rng.uniform(-1, 1, one.action_space.shape or ()).astype(np.float32)
        assert_same(one.step(action), two.step(action))
        if k == 6:
            two.restore(one.save())
    state = one.core.state
    assert np.abs(state.seen[:, :3] - state.tool[:, :3]).max() > 1e-3
    assert not np.array_equal(state.seen_qd, state.qd)


def test_a_curriculum_tightens_only_after_success() -> None:
    env = ToolVectorEnv(ID, 2, nthread=1, curriculum=True)
    env.reset(seed=0)
    judge = env.core.monitor
    np.testing.assert_allclose(judge.tolerance, 0.1125)
    judge.reached[:], judge._since[:] = (3, 0), 4000
    env.reset(seed=1)
    np.testing.assert_allclose(judge.tolerance, [0.9 * 0.1125, 0.1125])


def test_a_tool_may_lie_on_the_table() -> None:
    env = ToolVectorEnv(ID, 2, nthread=1, start="table", hand_action="absolute", tool="eraser")
    env.reset(seed=0)
    before = env.core.state.tool.copy()
    still(env, 20)
    assert apart(env.core.state.tool, before).max() < 0.02
    assert (env.core.state.tool[:, 2] < 0.06).all()


def test_what_is_not_allowed_is_named() -> None:
    for bad, said in (
        ({"tool": "hamer"}, "hammer"), ({"robot": "ur5e"}, "fr3.leap"),
        ({"start": "floor"}, "hand"), ({"goals": 0}, "goals"), ({"tolerance": 0.0}, "tolerance"),
        ({"spread": 1.5}, "spread"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            load_task(ID, **bad)
    with pytest.raises(TypeError, match="unknown option .* known: "):
        load_task(ID, colour="red")
