"""Picking with a tool: the contract of the environments, and cheats that must earn nothing."""

import pickle
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import pytest
from gymnasium.utils.env_checker import check_env
from tests.envs.made import many, one
from tests.envs.same import assert_same

import habilis.envs  # noqa: F401
from habilis.assets.pick.objects import OBJECTS
from habilis.assets.pick.scene import CENTRE, LIFT
from habilis.envs.pick.lift import DIVERGED, DROPPED, OUT
from habilis.envs.pick.options import SETS
from habilis.envs.tasks.base.family import FAMILIES
from habilis.envs.world.varying.shapes import mould

Array = npt.NDArray[Any]
IDS = [task.id for task in FAMILIES["Pick"].tasks()]


def actions(steps: int, n: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    slow = np.repeat(rng.uniform(-1, 1, (steps // 4 + 1, n, 4)), 4, axis=0)[:steps]
    return slow.astype(np.float32)


def row(obs: Any, i: int) -> Any:
    return {name: values[i] for name, values in obs.items()}


# ---- the contract


@pytest.mark.parametrize("id", IDS)
def test_every_id_is_made_resets_and_steps(id: str) -> None:
    env = gymnasium.make_vec(id, num_envs=2, objects="all")
    obs, _ = env.reset(seed=0)
    assert env.observation_space.contains(obs)
    obs, reward, terminated, *_ = env.step(actions(1, 2)[0])
    assert env.observation_space.contains(obs) and not terminated.any() and not reward.any()


def test_gymnasium_finds_nothing_to_complain_of() -> None:
    check_env(gymnasium.make(IDS[-1]).unwrapped, skip_render_check=True)


def test_an_episode_of_a_vector_is_that_of_a_single_env() -> None:
    vector = many("TongsPick", 3, objects="all", obs=("privileged", "cloud"))
    singles = [one("TongsPick", objects="all", obs=("privileged", "cloud")) for _ in range(3)]
    obs: Any = vector.reset(seed=5)[0]
    first: list[Any] = [env.reset(seed=5 + i)[0] for i, env in enumerate(singles)]
    for i in range(3):
        assert_same(row(obs, i), first[i])
    assert not np.array_equal(first[0]["cloud"], first[1]["cloud"])
    for action in actions(10, 3):
        got = vector.step(action)
        for i, env in enumerate(singles):
            want = env.step(action[i])
            assert_same(row(got[0], i), want[0])
            assert got[1][i] == want[1]


def test_the_same_seed_gives_the_same_rollout_in_a_used_and_in_a_fresh_env() -> None:
    used, fresh = many("TweezersPick", 2), many("TweezersPick", 2, nthread=2)
    used.reset(seed=9)
    for action in actions(5, 2, 1):
        used.step(action)
    assert_same(used.reset(seed=3), fresh.reset(seed=3))
    for action in actions(8, 2):
        assert_same(used.step(action), fresh.step(action))


def test_a_saved_episode_continues_bit_for_bit_in_another_env_and_from_a_pickle() -> None:
    env, other = one("TweezersPick", objects="all"), one("TweezersPick", objects="all")
    env.reset(seed=0)
    other.reset(seed=1)
    plan = actions(16, 1)[:, 0]
    for action in plan[:8]:
        env.step(action)
    copy = pickle.loads(pickle.dumps(env))
    assert_same(other.restore(env.save()), np.asarray(env.core.observe())[0])
    for action in plan[8:]:
        want = env.step(action)
        assert_same(want, other.step(action))
        assert_same(want, copy.step(action))
    assert_same(env.save().rows, other.save().rows)


def test_divergence_ends_one_episode_and_leaves_the_others_alone() -> None:
    env, calm = many("TongsPick", 3), many("TongsPick", 3)
    for each in (env, calm):
        each.reset(seed=0)
    env.core.world._qvel[1, 9] = np.nan
    action = actions(1, 3)[0]
    obs, reward, terminated, _, info = env.step(action)
    want = calm.step(action)[0]
    assert terminated.tolist() == [False, True, False] and reward[1] == 0
    assert info["final_info"]["failure"][1] == DIVERGED
    assert env.observation_space.contains(obs)
    assert_same(obs[[0, 2]], want[[0, 2]])


def test_a_dropped_tool_and_a_lost_object_end_the_episode() -> None:
    env = many("TongsPick", 2)
    env.reset(seed=0)
    world = env.core.world
    world._qpos[0, world.held.free[2]] += 0.05
    world._qpos[1, world.thing_columns[0]] += 0.4
    info = env.step(np.zeros((2, 4), np.float32))[4]
    assert info["final_info"]["failure"].tolist() == [DROPPED, OUT]
    assert set(info["final_info"]) >= {"object", "crushed", "peak_force", "returns"}


def test_the_time_limit_truncates() -> None:
    env = one("TweezersPick")
    env.reset(seed=0)
    env.core.steps[:] = env.core.step_limit - 1
    _, _, terminated, truncated, info = env.step(np.zeros(4, np.float32))
    assert truncated and not terminated and info["failure"] == "" and "returns" in info


@pytest.mark.parametrize("name", ["objects", "shaping", "obs", "tool"])
def test_options_that_do_not_exist_are_named(name: str) -> None:
    bad: dict[str, Any] = {
        "objects": {"objects": "trian"}, "shaping": {"shaping": {"reech": 1.0}},
        "obs": {"obs": "claud"}, "tool": {"tool": "tong"},
    }  # fmt: skip
    with pytest.raises(ValueError, match="did you mean"):
        one("TweezersPick", **bad[name])
    with pytest.raises(TypeError, match="unknown option .* known: "):
        one("TweezersPick", colour=1)


def test_sets_of_objects_are_what_is_drawn() -> None:
    env = many("TongsPick", 40, objects="held_out")
    env.reset(seed=0)
    drawn = {str(name) for name in env.core.world.names}
    assert len(drawn) >= 5 and drawn <= set(SETS["held_out"])


def test_without_layer_one_every_servo_of_the_hand_is_told() -> None:
    env = many("TongsPick", 2, flat=True)
    env.reset(seed=0)
    assert env.single_action_space.shape == (3 + 16,)
    for action in np.random.default_rng(0).uniform(-1, 1, (4, 2, 19)).astype(np.float32):
        env.step(action)
    core = env.core
    reached = core.control.start_ctrl + 0.3 * action[:, 3:]
    model, servos = core.world.model, core.world.held.servos
    low, high = model.actuator_ctrlrange[servos].T
    np.testing.assert_allclose(core.world.ctrl, np.clip(reached, low, high), atol=1e-6)


# ---- the start


def test_tips_point_down_over_the_region_and_the_object_lies_still() -> None:
    env = many("TweezersPick", 20, objects="all")
    env.reset(seed=0)
    core, world = env.core, env.core.world
    pose = world.thing.copy()
    np.testing.assert_allclose(world.tip, np.tile((*CENTRE, 0.1), (20, 1)), atol=0.002)
    base, moving = world.tips
    close = (moving - base) / np.linalg.norm(moving - base, axis=1, keepdims=True)
    assert (np.abs(close[:, 1]) > 0.98).all()  # they close along y
    still = np.zeros((20, 4), np.float32)
    still[:, 3] = 2 * core.control.openness(world.opening) - 1
    for _ in range(8):
        env.step(still)
    assert np.abs(world.thing - pose).max() < 5e-4
    assert (world.drift[0] < 0.002).all() and not core.monitor.peak.any()


def test_what_is_written_for_an_object_is_what_mujoco_compiles() -> None:
    env = many("TongsPick", 20, objects=tuple(OBJECTS))
    env.reset(seed=2)
    world = env.core.world
    for i in range(20):
        model = world.sim.get_model(i)
        thing = env.core.world.things[env.core.world.which[i]]
        body, made = model.body("object"), mould(world.world, thing.as_thing())
        assert body.mass[0] == pytest.approx(thing.mass)
        assert world.thing[i, 2] == pytest.approx(thing.height / 2)
        np.testing.assert_array_equal(model.geom("object/part0").size, made.geoms["geom_size"][0])


# ---- cheats


def closed(n: int) -> Array:
    out = np.zeros((n, 4), np.float32)
    out[:, 3] = -1
    return out


def test_an_object_put_between_the_tips_by_hand_does_not_count() -> None:
    env = many("TongsPick", 6, objects=("sphere_20", "box_20_20_20"))
    env.reset(seed=0)
    world, lift = env.core.world, env.core.monitor
    for step in range(24):
        if step < 8:
            world._qpos[:, world.thing_columns[:3]] = world.tip
            world._qvel[:, world._thing_dofs] = 0.0
        env.step(closed(6))
    assert (lift.gripped & (lift.height > LIFT)).sum() >= 4  # they do hold it, and high enough
    assert not lift.success.any() and not lift.held.any()


def test_an_object_that_lies_on_the_hand_does_not_count() -> None:
    env = many("TongsPick", 4, objects=("box_20_20_20",))
    env.reset(seed=0)
    world, lift = env.core.world, env.core.monitor
    data = world.sim.get_data(0)
    for step in range(16):
        if step < 2:
            tip = np.array([data.body("hand/rf_ds").xpos for _ in range(4)])
            world._qpos[:, world.thing_columns[:3]] = tip + (0, 0, 0.025)
            world._qvel[:, world._thing_dofs] = 0.0
        action = closed(4)
        action[:, 2] = 0.5
        env.step(action)
    assert not lift.success.any() and not lift.gripped.any()


def test_random_actions_never_succeed() -> None:
    env = many("TweezersPick", 20, objects="all")
    env.reset(seed=0)
    for action in actions(30, 20):
        info = env.step(action)[4]
        if info:
            assert not info["final_info"]["success"].any()
