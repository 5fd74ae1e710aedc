"""Taking a tool off its stand: the stand bears it, the contract, and what must not count."""

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
import pytest
from gymnasium.utils.env_checker import check_env
from tests.envs.made import many, one

import habilis.envs  # noqa: F401
from habilis.assets.pick.scene import PLACE
from habilis.assets.pick.stand import slot
from habilis.assets.tools import make_tool
from habilis.envs.pick.lift import DROPPED
from habilis.envs.pick.stand.stand_task import YAW
from habilis.envs.pick.stand.standing import SHIFT, at_stand, stand_places
from habilis.envs.pick.stand.taking import FELL
from habilis.envs.world.poses import matrices

Array = npt.NDArray[Any]


def actions(steps: int, n: int) -> Array:
    slow = np.random.default_rng(0).uniform(-1, 1, (steps // 4 + 1, n, 5))
    return np.repeat(slow, 4, axis=0)[:steps].astype(np.float32)


def still(n: int) -> Array:
    """The hand open, where it is."""
    out = np.zeros((n, 5), np.float32)
    out[:, 4] = -1
    return out


# ---- the stand


@pytest.mark.parametrize("tool", ["tongs", "tweezers"])
def test_the_tool_hangs_still_wherever_the_stand_is(tool: str) -> None:
    env = many(f"{tool.capitalize()}StandPick", 12)
    env.reset(seed=0)
    core = env.core
    start = core.world.tool_in_world.copy()
    moved = stand_places(core.world) - (*PLACE, 0.0)
    assert np.abs(moved).max(axis=0) == pytest.approx([SHIFT, SHIFT, YAW], rel=0.3)
    for _ in range(12):
        env.step(still(12))
    world = core.world
    assert np.abs(world.tool_in_world[:, :3] - start[:, :3]).max() < 0.002
    down = matrices(world.tool_in_world[:, 3:])[:, 2, 0]
    assert (down < -0.97).all()  # its base leans by half of the opening
    assert at_stand(world)[:, 0].all() and not at_stand(world)[:, 1:].any()
    assert not core.monitor.taking.taken.any() and not core.monitor.taking.fallen.any()
    assert not world._eq_active.any()  # nothing but its weight holds it


@pytest.mark.parametrize("size", ["small", "medium", "large"])
@pytest.mark.parametrize("tool", ["tongs", "tweezers"])
def test_the_fin_stays_between_the_squeezed_handles_and_below_the_fingers(
    tool: str, size: str
) -> None:
    made = make_tool(tool, size)
    stand = slot(made)
    assert 2 * stand.fin[1] < made.params["gap"]
    index = stand.pivot - max(patch.point[0] for patch in made.patches)
    assert stand.height < index - 0.02
    assert made.max_gap / 2 < stand.half[1] < made.max_gap / 2 + 0.02


@pytest.mark.parametrize("tool", ["pliers", "clothespin", "scissors", "syringe"])
def test_tools_without_arms_to_hang_by_are_refused(tool: str) -> None:
    with pytest.raises(ValueError, match="does not hang"):
        slot(make_tool(tool))


# ---- the contract


def test_gymnasium_finds_nothing_to_complain_of() -> None:
    check_env(gymnasium.make("habilis/TongsStandPick-v0").unwrapped, skip_render_check=True)
    check_env(gymnasium.make("habilis/TweezersStandPick-v0").unwrapped, skip_render_check=True)


def test_an_episode_of_a_vector_is_that_of_a_single_env() -> None:
    groups = ("privileged", "cloud", "proprioception")
    vector = many("TongsStandPick", 2, obs=groups)
    singles = [one("TongsStandPick", obs=groups) for _ in range(2)]
    obs: Any = vector.reset(seed=5)[0]
    for i, env in enumerate(singles):
        first: Any = env.reset(seed=5 + i)[0]
        for name in groups:
            np.testing.assert_array_equal(obs[name][i], first[name])
    for action in actions(12, 2):
        got: Any = vector.step(action)[0]
        for i, env in enumerate(singles):
            want: Any = env.step(action[i])[0]
            for name in groups:
                np.testing.assert_array_equal(got[name][i], want[name])


def test_a_saved_episode_continues_bit_for_bit() -> None:
    env, other = one("TongsStandPick"), one("TongsStandPick")
    env.reset(seed=0)
    other.reset(seed=1)
    plan = actions(16, 1)[:, 0]
    for action in plan[:8]:
        env.step(action)
    other.restore(env.save())
    for action in plan[8:]:
        np.testing.assert_array_equal(env.step(action)[0], other.step(action)[0])


def test_there_is_no_flat_variant() -> None:
    with pytest.raises(ValueError, match="flat"):
        one("TongsStandPick", flat=True)


# ---- what must not count


def test_a_tool_that_is_knocked_off_ends_the_episode() -> None:
    env = many("TongsStandPick", 3)
    env.reset(seed=0)
    world = env.core.world
    world._qpos[:, world.held.free[1]] += 0.06
    reasons: list[Any] = []
    for _ in range(20):
        info = env.step(still(3))[4]
        if info:
            reasons += list(info["final_info"]["failure"][info["_final_info"]])
            assert not info["final_info"]["taken"].any()
    assert len(reasons) >= 3 and set(reasons) == {FELL}


def test_a_tool_put_up_by_itself_is_not_taken_and_what_it_lifts_does_not_count() -> None:
    env = many("TongsStandPick", 3)
    env.reset(seed=0)
    core, world = env.core, env.core.world
    high = world.tool_in_world[:, 2] + 0.1
    for _ in range(8):
        world._qpos[:, world.held.free[2]] = high
        core.monitor.raised[:], core.monitor.held[:] = 0.05, 0.9
        env.step(still(3))
        assert not core.monitor.taking.taken.any() and not core.monitor.raised.any()
    assert not core.success.any()


def test_random_actions_never_take_the_tool() -> None:
    env = many("TongsStandPick", 6)
    env.reset(seed=0)
    for action in actions(30, 6):
        info = env.step(action)[4]
        assert not env.core.success.any()
        if info:
            assert DROPPED not in info["final_info"]["failure"]
