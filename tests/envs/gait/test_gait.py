"""Walking as told: orders, terrains, what varies, pushes, noise, and the trot that does it."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.envs.made import many, one
from tests.envs.same import assert_same

from habilis.assets.gait.scene import OBSTACLES, TERRAINS
from habilis.envs.gait.groups import GROUPS
from habilis.envs.gait.obstacles import DECK, LOW
from habilis.envs.gait.options import HIGHEST, RANGES, WIDEST
from habilis.envs.gait.orders import FORWARD, PUSH_EVERY
from habilis.envs.gait.rewards import TERMS
from habilis.envs.gait.strides import MOST, NUMBERS
from habilis.envs.legged.walking import FASTEST
from habilis.envs.vector_env import ToolVectorEnv

Array = npt.NDArray[Any]
EVERYTHING: dict[str, Any] = {
    "terrain": TERRAINS, "vary": tuple(RANGES), "pushes": (0.1, 0.6), "noise": 1.0, "delay": 2,
    "misjudged": 0.04,
}  # fmt: skip


def still(n: int) -> Array:
    return np.zeros((n, 12), np.float32)


def run(env: ToolVectorEnv, seconds: float, seed: int = 0) -> None:
    """Let the basis of the actions act alone."""
    env.reset(seed=seed)
    for _ in range(round(seconds / 0.02)):
        env.step(still(env.num_envs))


# ---- the trot as a basis


@pytest.mark.parametrize("terrain", TERRAINS)
def test_the_trot_walks_as_told_without_falling(terrain: str) -> None:
    env = many("Go1Walk", 6, terrain=terrain, basis="trot")
    run(env, 4.0)
    told = env.core.told()
    assert (env.core.steps == 200).all(), "nobody fell"
    assert told["speed_error"].mean() < 0.1 and told["turn_error"].mean() < 0.3
    if terrain != "flat":
        assert (env.core.world.trunk[0][:, 0] > 0.5).all(), "it went over obstacles"


def test_from_the_stance_no_action_stands() -> None:
    env = many("Go1Walk", 2)
    run(env, 1.0)
    pos, rot = env.core.world.trunk
    assert pos[:, 2] == pytest.approx(np.full(2, 0.28), abs=0.02) and (rot[:, 2, 2] > 0.99).all()


def test_actions_can_say_what_the_trot_does() -> None:
    """The expert for whoever learns joint targets from the stance."""
    env = many("Go1Walk", 4)
    env.reset(seed=3)
    for _ in range(100):
        env.step(env.core.control.trot().astype(np.float32))
    assert (env.core.steps == 100).all() and env.core.told()["speed_error"].mean() < 0.12


def test_the_clock_is_the_trots_whoever_moves_the_legs() -> None:
    stance, trot = many("Go1Walk", 8), many("Go1Walk", 8, basis="trot")
    for env in (stance, trot):
        env.reset(seed=1)
    for _ in range(30):
        stance.step(stance.core.control.trot().astype(np.float32))
        trot.step(still(8))
    np.testing.assert_allclose(stance.core.control.clock, trot.core.control.clock, atol=1e-12)
    moving = trot.core.state.moving
    assert (trot.core.control.clock[moving] > 0).any() and (
        trot.core.state.swing()[moving] > 0
    ).any()
    assert (stance.core.control.clock[~moving] == 0).all()


# ---- recovery steps


def fallen(env: ToolVectorEnv, seconds: float) -> int:
    """How many of the first episodes end in a fall."""
    env.reset(seed=0)
    fell = np.zeros(env.num_envs, bool)
    for _ in range(round(seconds / 0.02)):
        fell |= env.step(still(env.num_envs))[2]
    return int(fell.sum())


def test_who_is_pushed_aside_steps_and_mostly_stays_up() -> None:
    pushed: dict[str, Any] = {"basis": "trot", "pushes": (1.1, 1.1), "aside": True}
    with_steps, without = (
        fallen(many("Go1Walk", 16, recovers=on, **pushed), 6.0) for on in (True, False)
    )
    assert without >= 6 and with_steps <= 2


def test_who_stands_steps_when_pushed_and_stands_again() -> None:
    env = many("Go1Walk", 4, basis="trot", speed=0.0, pushes=(0.6, 0.6), aside=True)
    env.reset(seed=0)
    stepped = np.zeros(4, bool)
    first = int(env.core.control._pushes._first.max())
    for _ in range(first + 45):
        env.step(still(4))
        stepped |= env.core.control.walking.trot.swinging.any(axis=1)
    assert stepped.all() and not env.core.control.walking.trot.swinging.any()
    assert (env.core.steps == first + 45).all(), "nobody fell"


def test_nobody_recovers_from_what_it_was_told() -> None:
    env, plain = (many("Go1Walk", 6, basis="trot", recovers=on) for on in (True, False))
    for each in (env, plain):
        run(each, 2.0)
    clock, same = (each.core.control.clock for each in (env, plain))
    assert np.abs((clock - same + 0.5) % 1 - 0.5).max() < 0.15


# ---- actions that change how the trot walks


def test_no_change_is_the_trot_exactly() -> None:
    changed, trot = many("Go1Walk", 3, basis="gait"), many("Go1Walk", 3, basis="trot")
    for env, wide in ((changed, NUMBERS), (trot, 12)):
        env.reset(seed=2)
        for _ in range(60):
            env.step(np.zeros((3, wide), np.float32))
    np.testing.assert_array_equal(changed.core.world.q, trot.core.world.q)


def after(field: str, part: int, value: float, seconds: float = 1.5) -> ToolVectorEnv:
    """Robots that walk with one number of their gait changed."""
    env = many("Go1Walk", 3, basis="gait")
    env.reset(seed=4)
    begin = 0
    for name, most in MOST.items():
        if name == field:
            break
        begin += len(most)
    action = np.zeros((3, NUMBERS), np.float32)
    action[:, begin + part] = value
    for _ in range(round(seconds / 0.02)):
        env.step(action)
    return env


def test_changes_of_the_gait_are_of_what_they_say() -> None:
    def height(env: ToolVectorEnv) -> Array:
        high: Array = env.core.world.trunk[0][:, 2]
        return high

    def breadth(env: ToolVectorEnv) -> Array:
        walking = env.core.control.walking
        wide: Array = np.ptp(walking.legs.feet(walking.trunk().q)[0][..., 1], axis=1)
        return wide

    assert (height(after("height", 0, 1.0)) - height(after("height", 0, -1.0)) > 0.03).all()
    left, right = (after("lean", 0, sign).core.world.trunk[1][:, 2, 1] for sign in (1.0, -1.0))
    assert (left - right > 0.1).all(), "a positive roll raises the left side"
    wide, narrow = (breadth(after("spread", 0, sign)) for sign in (1.0, -1.0))
    assert (wide > narrow + 0.02).all()
    fast, slow = (after("rate", 0, s, 0.2).core.control.clock for s in (1.0, -1.0))
    moving = slow > 0
    assert moving.any() and (fast[moving] > slow[moving] + 0.2).all()
    ahead, behind = (after("hurry", 0, s).core.monitor.errors()[0][:, 0] for s in (1.0, -1.0))
    assert (ahead[moving] - behind[moving] > 0.2).all()


# ---- orders


def test_velocities_are_within_what_the_trot_is_made_for_and_change_once() -> None:
    env = many("Go1Walk", 40)
    env.reset(seed=0)
    parts = env.core.state.orders.rows()["parts"]
    assert (np.abs(parts) <= FASTEST).all() and (parts[:, 0] != parts[:, 1]).any(
        axis=1
    ).mean() > 0.9
    assert 0 < (parts == 0).all(axis=2).sum() < 20, "some are to stand"
    env.core.state.orders.tell(np.full(40, 249))
    np.testing.assert_array_equal(env.core.state.told, parts[:, 0])
    env.core.state.orders.tell(np.full(40, 250))
    np.testing.assert_array_equal(env.core.state.told, parts[:, 1])


def test_over_obstacles_it_is_led_back_to_the_line() -> None:
    env = many("Go1Walk", 1, terrain="steps")
    env.reset(seed=0)
    core = env.core
    core.world.trunk[0][0, 1] = 0.3
    core.state.orders.tell(core.steps)
    forward, left, turn = core.state.told[0]
    assert FORWARD[0] <= forward <= FORWARD[1] and left < 0
    yaw = np.arctan2(core.world.trunk[1][0, 1, 0], core.world.trunk[1][0, 0, 0])
    assert np.sign(turn) == -np.sign(yaw)


# ---- terrains


def tops(env: ToolVectorEnv, kind: str) -> Array:
    """(N, boxes) heights of the upper sides of the boxes of a terrain, m."""
    world, (count, size) = env.core.world, OBSTACLES[kind]
    return np.stack([world.pose(f"{kind}{i}")[0][:, 2] + size[2] / 2 for i in range(count)], axis=1)


def test_each_episode_has_its_own_ground_and_the_rest_is_sunk() -> None:
    env = many("Go1Walk", 24, terrain=TERRAINS)
    env.reset(seed=0)
    terrain = env.core.monitor.terrain
    assert set(terrain) == set(TERRAINS)
    for kind in OBSTACLES:
        on = terrain == kind
        assert (tops(env, kind)[~on] < 0).all()
    steps = tops(env, "steps")[terrain == "steps"]
    assert (steps >= LOW).all() and (steps <= HIGHEST).all() and np.ptp(steps) > 0.05
    assert tops(env, "gaps")[terrain == "gaps"] == pytest.approx(DECK)


def test_gaps_are_as_wide_as_said_and_the_robot_starts_between_them() -> None:
    env = many("Go1Walk", 8, terrain="gaps", widest=0.06)
    env.reset(seed=0)
    world, long = env.core.world, OBSTACLES["gaps"][1][0]
    at = np.stack([world.pose(f"gaps{i}")[0][:, 0] for i in range(3)], axis=1)
    wide = np.diff(at, axis=1) - long
    assert (wide >= LOW - 1e-9).all() and (wide <= 0.06).all() and WIDEST == 0.10
    assert env.core.state.lifted == pytest.approx(0.0, abs=0.03), "all feet stand on a deck"


def test_a_terrain_that_is_named_twice_is_drawn_twice_as_often() -> None:
    env = many("Go1Walk", 60, terrain=("flat", "flat", "steps"))
    env.reset(seed=0)
    assert 30 <= (env.core.monitor.terrain == "flat").sum() <= 50


def test_misjudged_ground_is_seen_as_wrong_as_it_is_trodden_on() -> None:
    env, right = (many("Go1Walk", 8, terrain="gaps", misjudged=m) for m in (0.04, 0.0))
    for each in (env, right):
        each.reset(seed=0)
    walking = env.core.control.walking
    points = env.core.world.trunk[0][:, None, :2]
    off = (walking.heights(points) - walking.heights(points, truly=True))[:, 0]
    assert 0.005 < np.abs(off).mean() <= np.abs(off).max() <= 0.04
    seen = env.core.state.seen["heights"] - right.core.state.seen["heights"]
    assert np.abs(seen).max() == pytest.approx(0.03, abs=0.01)
    np.testing.assert_array_equal(env.core.state.lifted, right.core.state.lifted)


# ---- what varies


def test_mass_friction_and_gains_vary_only_where_asked() -> None:
    env, plain = many("Go1Walk", 8, vary=("mass", "gains")), many("Go1Walk", 8)
    for each in (env, plain):
        each.reset(seed=0)
    model, sim, loads = env.core.world.model, env.core.world.sim, env.core.state.loads
    trunk = model.body("trunk").id
    added = sim.expand("body_mass")[:, trunk] - model.body_mass[trunk]
    np.testing.assert_allclose(added, loads[:, 0])
    assert np.ptp(added) > 1 and (loads[:, 1] == 1).all() and np.ptp(loads[:, 2]) > 0.1
    np.testing.assert_allclose(
        sim.expand("actuator_gainprm")[..., 0], loads[:, 2:] * model.actuator_gainprm[:, 0]
    )
    assert (plain.core.state.loads == (0, 1, 1)).all()


def test_friction_is_that_of_the_feet() -> None:
    env = many("Go1Walk", 4, vary=("friction",))
    env.reset(seed=0)
    model, sim = env.core.world.model, env.core.world.sim
    feet = [model.geom(name).id for name in env.core.world.robot.legs.feet]
    got = sim.expand("geom_friction")[:, feet, 0]
    np.testing.assert_allclose(got, env.core.state.loads[:, 1:2] * model.geom_friction[feet, 0])


def test_a_push_from_the_side_has_the_size_that_was_asked_for() -> None:
    env = many("Go1Walk", 3, pushes=(0.5, 0.5), aside=True)
    env.reset(seed=0)
    core, pushes = env.core, env.core.control._pushes
    before = core.world.trunk_velocity[:, :3].copy()
    pushes.apply(pushes._first.astype(int))
    change = core.world.trunk_velocity[:, :3] - before
    assert np.linalg.norm(change, axis=1) == pytest.approx(0.5)
    heading = core.world.trunk[1][:, :2, 0]
    assert np.vecdot(change[:, :2], heading) == pytest.approx(np.zeros(3), abs=0.01)
    pushes.apply(pushes._first.astype(int) + 1)
    np.testing.assert_array_equal(core.world.trunk_velocity[:, :3] - before, change)
    assert (pushes._first <= PUSH_EVERY / 0.02).all()


def test_strong_pushes_throw_over_who_only_stands() -> None:
    env = many("Go1Walk", 6, pushes=(3.0, 3.0), aside=True)
    env.reset(seed=0)
    failures: list[str] = []
    for _ in range(200):
        info = env.step(still(6))[4]
        failures += [x for x in info["final_info"]["failure"] if x] if info else []
    assert failures and set(failures) == {"the robot fell"}


def test_with_everything_on_episodes_are_the_same_alone_and_side_by_side() -> None:
    vector = many("Go1Walk", 3, **EVERYTHING)
    singles = [one("Go1Walk", **EVERYTHING) for _ in range(3)]
    obs, _ = vector.reset(seed=5)
    assert_same(list(obs), [env.reset(seed=5 + i)[0] for i, env in enumerate(singles)])
    rng = np.random.default_rng(0)
    for action in rng.uniform(-0.2, 0.2, (60, 3, 12)).astype(np.float32):
        obs = vector.step(action)[0]
        assert_same(list(obs), [env.step(a)[0] for env, a in zip(singles, action, strict=True)])
    saved, other = vector.save(), many("Go1Walk", 3, **EVERYTHING)
    other.reset(seed=99)
    assert_same(other.restore(saved), vector.restore(saved))
    assert_same(other.step(still(3))[:4], vector.step(still(3))[:4])


def test_a_delay_holds_actions_back() -> None:
    late, prompt = one("Go1Walk", delay=1), one("Go1Walk")
    for env in (late, prompt):
        env.reset(seed=0)
        env.step(np.full(12, 0.5, np.float32))
    home = late.core.control.home
    np.testing.assert_allclose(late.core.world.sim.bind("ctrl")[0], home)
    assert np.abs(prompt.core.world.sim.bind("ctrl")[0] - home).min() > 0.1


def test_noise_is_of_what_is_seen_only() -> None:
    noisy, clear = many("Go1Walk", 2, noise=1.0), many("Go1Walk", 2)
    for env in (noisy, clear):
        env.reset(seed=0)
    np.testing.assert_array_equal(noisy.core.world.q, clear.core.world.q)
    off = noisy.core.state.seen["q"] - noisy.core.world.q
    assert 0.001 < np.abs(off).mean() < 0.03


# ---- episodes


def test_success_is_told_when_the_time_is_up_and_ends_nothing_before() -> None:
    env = many("Go1Walk", 2, basis="trot", max_episode_steps=60)
    env.reset(seed=0)
    for _ in range(59):
        *_, terminated, truncated, info = env.step(still(2))
        assert not (terminated | truncated).any() and not info and not env.core.success.any()
    *_, terminated, truncated, info = env.step(still(2))
    assert truncated.all() and not terminated.any()
    assert info["final_info"]["success"].all()
    assert (info["final_info"]["terrain"] == "flat").all()


def test_a_fall_ends_the_episode_and_is_no_success() -> None:
    env = many("Go1Walk", 2, basis="trot")
    env.reset(seed=0)
    core = env.core
    core.world.sim.bind("qpos")[0, core.world.columns.base][3:] = (0.6, 0.8, 0, 0)
    *_, terminated, truncated, info = env.step(still(2))
    assert terminated.tolist() == [True, False] and not truncated.any()
    assert info["final_info"]["failure"][0] == "the robot fell"
    assert info["final_info"]["returns"]["fell"][0] == -1.0 and not info["final_info"]["success"][0]


@pytest.mark.parametrize("group", list(GROUPS))
def test_every_group_is_shown(group: str) -> None:
    env = many("Go1Walk", 2, obs=group)
    obs, _ = env.reset(seed=0)
    assert env.observation_space.contains(obs)


def test_reward_terms_can_be_switched() -> None:
    env = many("Go1Walk", 1, weights={name: 0.0 for name in TERMS if name != "tilt"})
    env.reset(seed=0)
    assert -0.01 < env.step(still(1))[1][0] < 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"robot": "go2"}, "go1"),
        ({"terrain": "stairs"}, "steps"),
        ({"terrain": ()}, "no terrain"),
        ({"basis": "trott"}, "trot"),
        ({"vary": ("masses",)}, "mass"),
        ({"pushes": (0.5, 0.1)}, "pushes"),
        ({"highest": 0.5}, "highest"),
        ({"delay": -1}, "delay"),
        ({"misjudged": -0.1}, "misjudged"),
        ({"weights": {"speed": 1.0}}, "reward term"),
    ],
)
def test_wrong_options_are_named(options: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        one("Go1Walk", **options)


def test_unknown_options_are_named() -> None:
    with pytest.raises(TypeError, match="unknown option .* known: "):
        one("Go1Walk", legs=6)
