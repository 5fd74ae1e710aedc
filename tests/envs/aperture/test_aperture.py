"""The aperture environments: the contract, the reward, and who can earn success."""

import os
import pickle
import warnings
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import pytest
from gymnasium.utils.env_checker import check_env
from tests.envs.made import many, one
from tests.envs.same import assert_same

from habilis.envs.aperture.cells import make_cell
from habilis.envs.aperture.feeling.memory import LAGS
from habilis.envs.aperture.groups import GROUPS
from habilis.envs.aperture.pursuit import HOLD_S, TOLERANCE
from habilis.envs.aperture.slip import Slip
from habilis.envs.observer import Row
from habilis.envs.tasks.base.family import FAMILIES
from habilis.envs.vector_env import ToolVectorEnv
from habilis.envs.world.poses import multiply
from habilis.policies.agents.aperture import Pi, expert
from habilis.policies.agents.base import Random, Zero
from habilis.policies.evaluation.evaluate import evaluate

IDS = [task.id for task in FAMILIES["Aperture"].tasks()]
TWO = ("scissors", "syringe")  # a hinge and a slide, with and without springs


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # what other tests left to be collected
        yield


def actions(env: Any, steps: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Small and slow, so that the tool stays in the hand."""
    rng = np.random.default_rng(seed)
    shape = (steps // 5 + 1, *(env.action_space.shape or ()))
    return np.repeat(rng.uniform(-0.3, 0.3, shape), 5, axis=0)[:steps].astype(np.float32)


def of(batched: Any, i: int) -> Any:
    return {k: v[i] for k, v in batched.items()}


@pytest.mark.parametrize("id", IDS)
def test_every_id_is_made_and_steps_inside_its_spaces(id: str) -> None:
    env = gymnasium.make_vec(id, num_envs=4, sizes=("medium",))
    obs, _ = env.reset(seed=0)
    for action in actions(env, 30):
        obs, reward, *_ = env.step(action)
        assert env.observation_space.contains(obs)
        assert np.isfinite(reward).all()


def test_gymnasium_finds_nothing_to_complain_of() -> None:
    env = gymnasium.make("habilis/TweezersAperture-v0", sizes="medium")
    check_env(env.unwrapped, skip_render_check=True)


def test_an_episode_of_a_vector_is_that_of_a_single_env_whatever_its_tool() -> None:
    vector = many("ToolsAperture", 4, tools=TWO, pushes=(0.1, 0.3))
    singles = [one("ToolsAperture", tools=TWO, pushes=(0.1, 0.3)) for _ in range(4)]
    obs, _ = vector.reset(seed=11)
    assert len(set(vector.core.world.cell)) > 1
    for i, env in enumerate(singles):
        assert_same(of(obs, i), env.reset(seed=11 + i)[0])
    for action in actions(vector, 60) / 3:
        obs, reward, ended, *_ = vector.step(action)
        assert not ended.any()
        for i, env in enumerate(singles):
            got = env.step(action[i])
            assert_same(of(obs, i), got[0])
            assert reward[i] == got[1]


def test_a_saved_episode_continues_bit_for_bit_in_another_env_and_pickled() -> None:
    env, other = one("ToolsAperture", tools=TWO), one("ToolsAperture", tools=TWO)
    env.reset(seed=5)
    for action in actions(env, 20):
        env.step(action)
    other.reset(seed=6)  # of another tool
    assert env.core.told()["tool"] != other.core.told()["tool"]
    saved = env.save()
    assert_same(other.restore(saved), env.restore(saved))
    copy = pickle.loads(pickle.dumps(env))
    for action in actions(env, 20, seed=1):
        got = env.step(action)
        assert_same(got, other.step(action))
        assert_same(got, copy.step(action))
    assert_same(env.save().rows, other.save().rows)


def test_a_used_env_and_a_fresh_one_give_the_same_rollout() -> None:
    def rollout(env: ToolVectorEnv) -> list[Any]:
        return [env.reset(seed=3), *(env.step(a) for a in actions(env, 20))]

    used = many("ToolsAperture", 3, tools=TWO, nthread=2)
    rollout(used)
    assert_same(rollout(used), rollout(many("ToolsAperture", 3, tools=TWO, nthread=1)))


@pytest.mark.parametrize("reward", ["dense", "sparse"])
def test_the_reward_is_that_of_the_goals_alone(reward: Any) -> None:
    env = many("ToolsAperture", 8, tools=TWO, reward=reward)
    obs, _ = env.reset(seed=0)
    for action in actions(env, 40, seed=2):
        obs, got, _, _, info = env.step(3 * action)
        seen = {k: np.array(v) for k, v in obs.items()}
        for i in np.flatnonzero(info.get("_final_obs", ())):
            for key in seen:
                seen[key][i] = info["final_obs"][i][key]
        # The observation names the next goal where this one has just been reached.
        went_on = np.zeros(8, bool) if "final_info" not in info else info["_final_info"]
        want = env.compute_reward(seen["achieved_goal"], seen["desired_goal"], {})
        same_goal = (env.core.monitor.held > 0) | (env.core.monitor.reached == 0)
        np.testing.assert_allclose(got[same_goal & ~went_on], want[same_goal & ~went_on], atol=1e-6)
    whole = env.compute_reward(np.zeros((5, 7, 2)), np.ones((5, 7, 2)), None)
    assert whole.shape == (5, 7)


def test_what_the_reward_is_worth() -> None:
    env = one("TweezersAperture", sizes=("medium",))
    achieved = [[0.5, 0], [0.55, 0], [0.9, 0], [0.5, 1]]
    there, near, far, lost = env.compute_reward(achieved, [[0.5, 0]] * 4, {})
    assert there == -0.02 and there > near > far > lost
    assert lost == pytest.approx(-8.02)


def test_success_is_three_goals_each_held_and_nothing_else_earns_it() -> None:
    env = many("TweezersAperture", 12, sizes=("medium",))
    done = evaluate(env, Pi(env.core), 12, 100)
    assert sum(e.success for e in done) >= 10
    for lazy in (Zero(env), Random(env, np.random.default_rng(0))):
        assert not any(e.success for e in evaluate(env, lazy, 12, 100))


def test_a_goal_counts_only_after_it_was_held() -> None:
    env = one("TweezersAperture", sizes=("medium",))
    env.reset(seed=0)
    agent = Pi(env.core)
    agent.reset([0])
    within, steps = 0, round(HOLD_S / env.core.dt)
    for _ in range(125):
        goal = env.core.monitor.goal[0]
        before = int(env.core.monitor.reached[0])
        env.step(agent.act(None)[0])
        within = within + 1 if abs(env.core.monitor.opening[0] - goal) <= TOLERANCE else 0
        assert (env.core.monitor.reached[0] > before) == (within == steps)
        within = 0 if within == steps else within
        if env.core.monitor.reached[0] == 2:
            break
    assert env.core.monitor.reached[0] >= 1


def test_a_dropped_tool_ends_the_episode_and_is_no_success() -> None:
    env = one("TweezersAperture", sizes=("medium",))
    env.reset(seed=0)
    act = np.zeros(env.action_space.shape or (), np.float32)
    act[0] = -1.0
    act[1:] = -1.0  # all fingers bend away
    for _ in range(200):
        _, reward, ended, _, info = env.step(act)
        if ended:
            break
    assert ended and info["failure"] == "dropped" and not info["success"]
    assert reward < -8.0 and info["goals"] == 0


def test_a_vector_returns_what_the_last_step_of_an_episode_cost() -> None:
    env = many("TweezersAperture", 2, sizes=("medium",))
    env.reset(seed=0)
    act = np.full((2, *(env.single_action_space.shape or ())), -1.0, np.float32)
    act[1] = 0.0
    for _ in range(200):
        _, reward, ended, _, info = env.step(act)
        if ended[0]:
            break
    assert ended[0] and info["final_info"]["failure"][0] == "dropped"
    assert reward[0] < -8.0 < reward[1] < 0.0
    assert info["final_info"]["returns"]["goal"][0] < -8.0


def test_the_splits_share_no_size_grasp_or_spring() -> None:
    train = [make_cell("leap", "pliers", size, "train", 0.0) for size in ("small", "large")]
    other = make_cell("leap", "pliers", "medium", "held_out", 0.0)
    assert {c.size for c in train}.isdisjoint({other.size})
    for cell in train:
        assert cell.spring.min() >= 0.5 and cell.spring.max() <= 1.5
    assert not np.any((other.spring >= 0.5) & (other.spring < 1.5))
    assert len(other.grasp) > 0.8 * 48


@pytest.mark.parametrize("goal", ["opening", "force"])
def test_hidden_goals_are_not_shown(goal: Any) -> None:
    made = [
        many("PliersAperture", 2, sizes=("medium",), obs=group, goal=goal)
        for group in ("privileged", "touch", "proprioception")
    ]
    shown, felt, secret = (env.reset(seed=0)[0] for env in made)
    assert "achieved_goal" in shown and "achieved_goal" not in felt | secret
    names = [set(env.core.terms()[str(env.task.shown)]) for env in made]
    assert names[2] < names[1] < names[0] | {"before"} and "before" not in names[0]


def test_what_is_felt_follows_the_opening_but_is_not_it() -> None:
    env = many("TweezersAperture", 8, obs="touch")
    env.reset(seed=0)
    agent = Pi(env.core)
    agent.reset(range(8))
    felt, true = [], []
    for _ in range(100):
        env.step(agent.act(None))
        felt.append(env.core.state.felt_opening.copy())
        true.append(env.core.monitor.opening)
    assert np.corrcoef(np.ravel(felt), np.ravel(true))[0, 1] > 0.8
    assert np.abs(np.ravel(felt) - np.ravel(true)).mean() > 0.02


def test_pi_reaches_tip_forces_and_their_reward_says_so() -> None:
    env = many("ToolsAperture", 8, tools=("tongs", "clothespin"), sizes=("medium",), goal="force")
    assert sum(e.success for e in evaluate(env, Pi(env.core), 8, 50)) >= 6
    core, goal = env.core, np.array([0.5, 1.0])
    np.testing.assert_allclose(core.monitor.tolerance(goal), [0.075, 0.15])
    within = env.compute_reward([[0.57, 0], [1.14, 0]], [[0.5, 0], [1.0, 0]], {})
    assert (within > env.compute_reward([[0.60, 0], [1.20, 0]], [[0.5, 0], [1.0, 0]], {})).all()


def test_pushes_move_the_tool_and_none_come_without_the_option() -> None:
    still, pushed = (
        many("TongsAperture", 4, sizes=("medium",), pushes=p) for p in ((0, 0), (2.0, 3.0))
    )
    for env in (still, pushed):
        env.reset(seed=1)
        for _ in range(60):
            env.step(np.zeros(env.action_space.shape or (), np.float32))
    assert not still.core.world.worlds[0]._push.any()
    apart = np.linalg.norm(
        still.core.world.tool_in_palm[:, :3] - pushed.core.world.tool_in_palm[:, :3], axis=1
    )
    assert (apart > 1e-4).all()


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ({"tools": "twezers"}, "tweezers"),
        ({"tools": "tongs", "obs": "privilged"}, "privileged"),
        ({"tools": "tongs", "split": "test"}, "held_out"),
        ({"tools": "tongs", "springless": 0.5}, "cannot be opened without a spring"),
        ({"tools": "tongs", "pushes": (3, 1)}, "pushes"),
        ({"tools": "tongs", "goal": "torque"}, "opening, force"),
        ({"tools": "tongs", "hand": "menagerie:shadow_hand"}, "habilis grasps find"),
    ],
)
def test_errors_name_what_is_known(bad: dict[str, Any], word: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=word):
        one("ToolsAperture", **bad)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="gravity"):
        one("TongsAperture", gravity=3)


@pytest.mark.skipif(not os.environ.get("MENAGERIE_ROOT"), reason="needs MENAGERIE_ROOT")
def test_pi_works_in_the_menagerie_s_leap_hand_too() -> None:
    env = many("TweezersAperture", 8, hand="menagerie:leap_hand", sizes=("medium",))
    assert sum(e.success for e in evaluate(env, Pi(env.core), 8, 100)) >= 6


def test_what_was_observed_before_is_recalled() -> None:
    env = many("TweezersAperture", 3, obs="touch")
    row = env.core.observer.readers["touch"]
    assert isinstance(row, Row)
    columns = [row.columns[name] for name in GROUPS["opening"]["touch"].recalled]
    rng = np.random.default_rng(0)
    now, _ = env.reset(seed=0)
    past = [np.concatenate([now["observation"][:, c] for c in columns], axis=1)]
    for step in range(1, LAGS[-1] + 3):
        action = rng.uniform(-0.2, 0.2, env.action_space.shape).astype(np.float32)
        now = env.step(action)[0]
        past.append(np.concatenate([now["observation"][:, c] for c in columns], axis=1))
        want = np.concatenate([past[max(0, step - lag)] for lag in LAGS], axis=1)
        told = now["observation"][:, row.columns["before"]]
        np.testing.assert_allclose(told, np.clip(want, -10, 10), atol=1e-6)


def test_slip_is_the_way_from_the_start_and_from_the_last_step() -> None:
    slip, turn = Slip(1), np.array([[np.cos(0.1), 0, 0, np.sin(0.1)]])
    start = np.array([[0.01, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]])
    half = np.concatenate((start[:, :3] + 0.002, turn), axis=1)
    end = np.concatenate((start[:, :3] + 0.005, -multiply(turn, turn)), axis=1)  # -q is q
    slip.begin(np.arange(1), start)
    slip.note(half)
    far, just = slip.read(end)
    np.testing.assert_allclose(far, [[0.005, 0.005, 0.005, 0, 0, 0.4]], atol=1e-12)
    np.testing.assert_allclose(just, [[0.003, 0.003, 0.003, 0, 0, 0.2]], atol=1e-12)
    np.testing.assert_array_equal(slip.read(half)[1], np.zeros((1, 6)))


def test_the_expert_knows_openings_only() -> None:
    env = many("PliersAperture", 1, sizes=("medium",), obs="touch", goal="force")
    with pytest.raises(ValueError, match="'expert' knows goals of opening, got forces"):
        expert(env, 0)
