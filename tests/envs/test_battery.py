"""What holds for every registered environment, and cheats that must earn nothing."""

import importlib
import pickle
import subprocess
import sys
import warnings
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from tests.envs.same import assert_same
from tests.envs.sampled import every_task

import habilis.envs
from habilis.envs.media.gl import RenderingUnavailable
from habilis.envs.registration import register
from habilis.envs.tasks import arm_tasks, find_twin, load_task, tasks, tool_tasks
from habilis.envs.tasks.base.family import FAMILIES
from habilis.envs.tool_env import ToolEnv
from habilis.envs.vector_env import ToolVectorEnv

Array = npt.NDArray[Any]
IDS = list(arm_tasks())
TOOL_TASKS = list(tool_tasks())
ONE_EACH = [next(t.id for t in f.tasks()) for f in FAMILIES.values() if f.arm]
"""One task of each family of an arm, for what does not depend on the twin."""
STEPS = 12

each_family = pytest.mark.parametrize("id", ONE_EACH)
Pair = tuple[ToolEnv, ToolEnv]


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def actions(env: ToolEnv | ToolVectorEnv, steps: int, seed: int = 0) -> Array:
    """Random but persistent actions, so that the arm gets somewhere: (steps, *action shape)."""
    rng = np.random.default_rng(seed)
    shape = (steps // 5 + 1, *(env.action_space.shape or ()))
    slow = np.repeat(rng.uniform(-1, 1, shape), 5, axis=0)[:steps]
    return slow.astype(np.float32)


def rollout(env: ToolEnv, seed: int | None, steps: int = STEPS) -> list[Any]:
    """Everything an episode shows."""
    seen: list[Any] = [env.reset(seed=seed)]
    seen += [env.step(a) for a in actions(env, steps)]
    return seen


# ---- every registered id


@pytest.fixture(scope="module", params=every_task())
def pair(request: pytest.FixtureRequest) -> Pair:
    """Two environments of an id, which all tests of that id share: making them takes longest."""
    return ToolEnv(request.param), ToolEnv(request.param)


def test_gymnasium_finds_nothing_to_complain_of(pair: Pair) -> None:
    check_env(pair[0], skip_render_check=True)


def test_the_same_seed_gives_the_same_rollout_whatever_was_before(pair: Pair) -> None:
    used, other = pair
    rollout(used, 8, 3)
    assert_same(rollout(used, 3), rollout(other, 3))
    assert_same(rollout(used, None, 3), rollout(other, None, 3))


def test_a_saved_episode_continues_bit_for_bit(pair: Pair) -> None:
    env, other = pair
    rollout(env, 0)
    other.reset(seed=1)
    saved = env.save()
    assert_same(other.restore(saved), env.restore(saved))
    for action in actions(env, STEPS, seed=1):
        assert_same(env.step(action), other.step(action))
    assert_same(env.save().rows, other.save().rows)


def test_a_pickled_env_goes_on_as_the_original(pair: Pair) -> None:
    env, _ = pair
    rollout(env, 0, 5)
    copy = pickle.loads(pickle.dumps(env))
    for action in actions(env, 5, seed=1):
        assert_same(env.step(action), copy.step(action))
    assert_same(env.reset(), copy.reset())


def test_an_episode_of_a_vector_is_that_of_a_single_env(pair: Pair) -> None:
    vector = ToolVectorEnv(pair[0].core.task.id, 2)
    obs, _ = vector.reset(seed=11)
    first = [env.reset(seed=11 + i)[0] for i, env in enumerate(pair)]
    _same_rows(obs, first)
    for action in actions(vector, STEPS):
        got = vector.step(action)[:4]
        want = [env.step(a)[:4] for env, a in zip(pair, action, strict=True)]
        over = int((got[2] | got[3]).any())  # then the vector shows the episode after
        for value, of_each in zip(got[over:], list(zip(*want, strict=True))[over:], strict=True):
            _same_rows(value, of_each)
        if over:
            break


def _same_rows(batch: Any, each: Any) -> None:
    """A batch is what the single environments show, one a row."""
    if isinstance(batch, dict):
        for name in batch:
            _same_rows(batch[name], [one[name] for one in each])
    else:
        assert_same(list(batch), list(each))


# ---- arms


@each_family
def test_joint_control_is_deterministic_saved_and_restored_too(id: str) -> None:
    env, other = ToolEnv(id, control="joint"), ToolEnv(id, control="joint")
    assert_same(rollout(env, 3), rollout(other, 3))
    other.reset(seed=1)
    assert_same(other.restore(env.save()), env.restore(env.save()))
    for action in actions(env, STEPS, seed=1):
        assert_same(env.step(action), other.step(action))


@each_family
def test_another_seed_gives_another_layout_and_no_variation_always_the_same(id: str) -> None:
    env, still = ToolEnv(id), ToolEnv(id, variation=0.0)
    assert not np.array_equal(env.reset(seed=0)[0], env.reset(seed=1)[0])
    assert_same(still.reset(seed=0)[0], still.reset(seed=1)[0])


@each_family
def test_threads_and_neighbours_change_nothing(id: str) -> None:
    one, two = ToolVectorEnv(id, 5, nthread=1), ToolVectorEnv(id, 5, nthread=2)
    assert_same(one.reset(seed=0), two.reset(seed=0))
    for action in actions(one, 15):
        assert_same(one.step(action), two.step(action))


@each_family
@pytest.mark.parametrize("control", ["ee", "joint"])
def test_ten_seconds_of_random_actions_stay_in_the_spaces(id: str, control: str) -> None:
    env = ToolVectorEnv(id, 4, control=control)
    env.reset(seed=0)
    env.action_space.seed(0)
    for _ in range(100):
        obs, reward, *_ = env.step(env.action_space.sample())
        assert env.observation_space.contains(obs)
        assert np.isfinite(reward).all() and not env.core.world.diverged.any()


@each_family
@pytest.mark.parametrize("value", [np.nan, 1e13])
def test_divergence_ends_the_episode_and_nothing_else(id: str, value: float) -> None:
    env, calm = ToolVectorEnv(id, 3), ToolVectorEnv(id, 3)
    for each in (env, calm):
        each.reset(seed=0)
    env.core.world._qvel[1, 9] = value
    action = actions(env, 2)
    obs, reward, terminated, truncated, info = env.step(action[0])
    want = calm.step(action[0])
    assert terminated.tolist() == [False, True, False] and not truncated.any()
    assert reward[1] == 0 and info["final_info"]["failure"][1] == "the simulation diverged"
    assert env.single_observation_space.contains(info["final_obs"][1])
    assert env.observation_space.contains(obs)
    assert_same(obs[[0, 2]], want[0][[0, 2]])
    assert not env.step(action[1])[2].any()


def test_the_single_env_defines_divergence_too() -> None:
    env = ToolEnv()
    env.reset(seed=0)
    env.core.world._qpos[0, 12] = np.nan
    obs, reward, terminated, truncated, info = env.step(np.zeros(4, np.float32))
    assert env.observation_space.contains(obs) and (reward, terminated) == (0, True)
    assert info["failure"] == "the simulation diverged" and not truncated


# ---- registration


def test_registering_again_is_silent_and_changes_nothing() -> None:
    before = dict(gymnasium.registry)
    register()
    importlib.reload(habilis.envs)
    gymnasium.register_envs(habilis.envs)
    assert dict(gymnasium.registry) == before and set(tasks()) <= before.keys()


def test_a_fresh_process_finds_the_ids_by_module_name_without_loading_physics() -> None:
    program = (
        "import sys, habilis.envs, gymnasium;"
        f"assert all(id in gymnasium.registry for id in {list(tasks())!r});"
        "assert 'mujoco' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=60)


LATER = "import habilis, importlib.util; importlib.util.find_spec('gymnasium'); import gymnasium"
"""Gymnasium is looked for, then loaded."""


@pytest.mark.parametrize(
    "program",
    [
        f"{LATER}; gymnasium.spec('habilis/ReachMilk-v0')",
        "import habilis; from gymnasium import spec; spec('habilis/ReachMilk-v0')",
        "import gymnasium, habilis; gymnasium.spec('habilis/ReachMilk-v0')",
        "import gymnasium; gymnasium.make('habilis:habilis/ReachMilk-v0')",
        "import sys, habilis; assert not {'gymnasium', 'numpy'} & {*sys.modules}",
    ],
)
def test_importing_habilis_loads_nothing_and_its_ids_are_there_whenever_gymnasium_is(
    program: str,
) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=180)


def test_the_vector_entry_point_is_the_default_of_make_vec() -> None:
    env = gymnasium.make_vec("habilis/ReachMilk-v0", num_envs=2, scene="2024")
    assert isinstance(env, ToolVectorEnv) and env.core.scene.name == "reach_milk_2024"
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    explicit = gymnasium.make_vec(IDS[0], 2, vectorization_mode="vector_entry_point")
    assert isinstance(explicit, ToolVectorEnv)


# ---- the vector contract


def test_an_episode_that_ends_is_reset_in_the_same_step() -> None:
    env = ToolVectorEnv(num_envs=3)
    env.reset(seed=0)
    env.core.steps[1] = env.core.step_limit - 1
    single = ToolEnv()
    single.reset(seed=1)
    single.step(np.zeros(4, np.float32))
    obs, _, terminated, truncated, info = env.step(np.zeros((3, 4), np.float32))
    assert truncated.tolist() == [False, True, False] and not terminated.any()
    assert info["_final_obs"].tolist() == info["_final_info"].tolist() == truncated.tolist()
    assert_same(info["final_obs"][1], single.core.observe()[0])  # type: ignore[index]
    assert info["final_obs"][0] is None
    assert_same(obs[1], single.reset()[0])
    assert info["final_info"]["success"].tolist() == [False] * 3
    assert info["final_info"]["returns"]["bring"][1] > 0
    assert env.core.steps.tolist() == [1, 0, 1]
    assert env.step(np.zeros((3, 4), np.float32))[4] == {}


def test_returned_arrays_are_copies() -> None:
    env = ToolVectorEnv(num_envs=2)
    first, _ = env.reset(seed=0)
    kept = first.copy()
    results = [env.step(a) for a in actions(env, 3)]
    np.testing.assert_array_equal(first, kept)
    for i in range(4):
        assert not np.shares_memory(results[0][i], results[1][i])


def test_only_masked_episodes_are_reset() -> None:
    env = ToolVectorEnv(num_envs=3)
    env.reset(seed=0)
    for action in actions(env, 3):
        obs = env.step(action)[0]
    mask = np.array([False, True, False])
    again, _ = env.reset(seed=[None, 1, None], options={"reset_mask": mask})
    assert_same(again[[0, 2]], obs[[0, 2]])
    assert_same(again[1], ToolEnv().reset(seed=1)[0])


def test_several_groups_give_a_dict() -> None:
    env = ToolVectorEnv(num_envs=2, obs=("state",))
    obs, _ = env.reset(seed=0)
    assert set(obs) == {"state"} and env.observation_space.contains(obs)


@pytest.mark.parametrize("shown", ["rgb", "depth", "segmentation", "cloud"])
def test_pictures_and_clouds_are_groups_too(shown: str) -> None:
    try:
        env = ToolVectorEnv(num_envs=2, obs=("state", shown), variation=1.0)
    except RenderingUnavailable as reason:
        pytest.skip(f"no OpenGL here: {reason}")
    obs, _ = env.reset(seed=0)
    assert env.observation_space.contains(obs) and np.ptp(obs[shown]) > 0
    again = env.step(np.ones((2, 4), np.float32))[0]
    assert env.observation_space.contains(again)
    assert not np.array_equal(again[shown], obs[shown])
    env.close()
    env.close()


def test_rendering_gives_a_picture() -> None:
    env = ToolEnv(render_mode="rgb_array", size=(64, 48))
    env.reset(seed=0)
    try:
        got = env.render()
    except RenderingUnavailable as reason:
        pytest.skip(f"no OpenGL here: {reason}")
    assert got is not None and got.shape == (48, 64, 3) and got.dtype == np.uint8


# ---- cheats: 0 of 100


def success_count(env: ToolVectorEnv, plan: Array) -> int:
    """Episodes that succeed at least once while (steps, N, A) is executed."""
    count = np.zeros(env.num_envs, bool)
    for action in plan:
        info = env.step(action.astype(np.float32))[4]
        if "final_info" in info:
            count |= info["final_info"]["success"]
    return int(count.sum())


def towards(env: ToolVectorEnv, point: str, height: float = 0.0) -> Array:
    """(N, 4) action of one step towards a named point, jaw open."""
    gap = env.core.state.gap(point) + (0, 0, height)
    out = np.ones((env.num_envs, 4))
    out[:, :3] = np.clip(gap / 0.025, -1, 1)
    return out


@pytest.mark.slow
@pytest.mark.parametrize("id", [id for id in TOOL_TASKS if find_twin(id)[1] == "not needed"])
def test_random_actions_hardly_ever_succeed_where_no_tool_is_needed(id: str) -> None:
    """Where one is needed, or broken, they never do: see the tests of cheats."""
    n = 5 if load_task(id).control == "tool" else 20
    env = ToolVectorEnv(id, n)
    env.reset(seed=0)
    pressed = str(load_task(id).scene().goal).startswith("joint(")
    by_chance = n // 5 if pressed else 0  # a bump can press it
    assert success_count(env, actions(env, 60)) <= by_chance


@pytest.mark.parametrize("id", ["habilis/PressButton-v0", "habilis/PressButtonBroken-v0"])
@pytest.mark.parametrize("height", [-0.03, 0.0, 0.02])
def test_neither_hand_nor_wrist_reaches_the_button(id: str, height: float) -> None:
    """Pushes with the shut jaw, low, level and high, as far as the workspace lets it."""
    env = ToolVectorEnv(id, 30)
    env.reset(seed=0)
    for forwards in [0.0] * 10 + [1.0] * 15:
        action = np.full((30, 4), -1.0)
        gap = env.core.state.gap("button/origin")
        action[:, 0] = forwards if forwards else -0.4
        action[:, 1:3] = np.clip((gap[:, 1:] + (0, height)) / 0.025, -1, 1)
        assert success_count(env, action[None]) == 0
    assert env.core.state.tcp[:, 0].min() > 0.465, "it went as far as it may"
    assert env.core.world.opening("button").max() < 1e-3


def test_cubes_that_are_joined_from_outside_move_nothing_by_themselves() -> None:
    """A chain written in front of the button is a chain, but has pressed nothing."""
    env = ToolVectorEnv("habilis/PressButton-v0", 10)
    env.reset(seed=0)
    world = env.core.world
    for k, x in enumerate((0.42, 0.4502, 0.4804)):
        where = int(world.model.joint(f"cube{k + 1}").qposadr[0])
        world._qpos[:, where : where + 7] = (x, -0.1, 0.015, 1, 0, 0, 0)
    for _ in range(10):
        env.step(np.zeros((10, 4), np.float32))
    assert world.joined.sum(axis=1).tolist() == [2] * 10
    assert not env.core.success.any() and world.opening("button").max() < 1e-3


@pytest.mark.parametrize("family", ["PressButton", "GraspCan"])
def test_the_published_numbers_are_kept_reachable(family: str) -> None:
    env = ToolEnv(f"habilis/{family}-v0", numbers="published")
    assert env.core.scene.name.endswith("_published")
    env.reset(seed=0)
    for _ in range(10):
        env.step(np.zeros(4, np.float32))
    assert env.core.monitor.failure[0] == "" and not env.core.success[0]


def test_a_success_does_count() -> None:
    """The same lift, without writing: in the twin the carton stands within reach."""
    env = ToolVectorEnv("habilis/ReachMilkNotNeeded-v0", 10)
    env.reset(seed=0)
    count = 0
    for height in (0.08, 0.0):
        for _ in range(12):
            count += success_count(env, towards(env, "milk/grip", height)[None])
    lift = np.zeros((env.num_envs, 4))
    lift[:, 3] = -1
    count += success_count(env, np.array([lift] * 4 + [lift + (0, 0, 1, 0)] * 11))
    assert count >= 9
