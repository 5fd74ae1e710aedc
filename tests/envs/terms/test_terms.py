"""Terms: what they return, and that coming nearer to what a reward asks for is never worth less."""

import dataclasses
import functools
import itertools
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from tests.envs.sampled import every_task
from tests.envs.written import arm_scenes

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import All, Any, Goal, Not, Predicate
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.envs.core import Core
from habilis.envs.task import TaskSpec
from habilis.envs.tasks import load_task
from habilis.envs.tasks.base.generic import make_task
from habilis.envs.tasks.reach.reach_milk import ReachMilk
from habilis.envs.terms import rewards
from habilis.envs.terms.term import Term
from habilis.envs.tool_env import ToolEnv
from habilis.envs.vector_env import ToolVectorEnv
from habilis.envs.world.poses import matrices
from habilis.envs.world.state import State

Approach = Callable[[State, Array], None]
STEPS = 9
WORTH = np.linspace(1.0, 0.0, STEPS)  # how far it still is, as a share of the whole way


def core(task: TaskSpec, n: int = STEPS) -> Core:
    out = Core(dataclasses.replace(task), n)
    out.reset(np.arange(n), [np.random.default_rng(0) for _ in range(n)])
    return out


def total(at: Core) -> Array:
    """(N,) reward of what the state says now."""
    at.state.relative = at.state.frames.pos - at.state.tcp[:, None]
    at.state._memo.clear()
    at.scores.update(at.state)
    return at.scores.total


def move(state: State, entity: str, to: Array) -> None:
    """Pretend that an entity is at ``to`` (N, 3)."""
    i = state.world.index(entity)
    shift = to - state.world.pos[:, i]
    state.world.pos[:, i] += shift
    for name in state.frames.names:
        if name.startswith(f"{entity}/"):
            state.frames.pos[:, state.frames.column(name)] += shift


class Everything:
    """In place of ``Between``: whatever the fingers touch is between them."""

    def takes(self, q: Array, *of: object) -> Array:
        """(k,) of truth."""
        return np.ones(len(q), bool)


def touch(state: State, body: str, now: bool) -> None:
    """Pretend that it is between the fingers and both touch it, or not."""
    state.world.__dict__["_between"] = Everything()
    for finger in state.world.robot.effector.fingers:
        state.world.ledger.now[:, state.world.ledger.column(finger, body)] = now


def bring(state: State, left: Array) -> None:
    """The carton is pulled from where it stands to 10 cm inside the workspace."""
    milk = state.world.pos[:, state.world.index("milk")].copy()
    way = np.array([state.scene.workspace.upper[0] - 0.1, 0.0, milk[0, 2]]) - milk[0]
    move(state, "milk", milk + way * (1 - left)[:, None])


def to_hammer(state: State, left: Array) -> None:
    """The hand goes to the hammer's grip."""
    goal = state.point("hammer/grip").copy()
    state.tcp = goal + left[:, None] * (0.1, 0.2, 0.2)


def to_hook(state: State, left: Array) -> None:
    """The hammer goes to where its head is behind the carton."""
    touch(state, "hammer", True)
    hammer = state.world.pos[:, state.world.index("hammer")]
    milk = state.point("milk/grip")
    away = (milk - state.scene.base) * (1, 1, 0)
    behind = 0.049 * away / np.linalg.norm(away, axis=1, keepdims=True)
    gap = milk + behind - state.point("hammer/head")
    gap[:, 2] = 0
    move(state, "hammer", hammer + gap + left[:, None] * (0.0, -0.15, 0.0))


def to_milk(state: State, left: Array) -> None:
    """The hand goes to the carton, which has been brought."""
    bring(state, np.zeros(len(left)))
    state.tcp = state.point("milk/grip") + left[:, None] * (-0.1, 0.1, 0.15)


def lift(state: State, left: Array) -> None:
    """The held carton rises by 5 cm."""
    to_milk(state, np.zeros(len(left)))
    touch(state, "milk", True)
    up = (1 - left)[:, None] * (0.0, 0.0, 0.05)
    move(state, "milk", state.world.pos[:, state.world.index("milk")] + up)
    state.tcp = state.tcp + up


APPROACHES: Mapping[str, Approach] = {
    "reach_tool": to_hammer, "hook": to_hook, "bring": bring, "reach_target": to_milk, "lift": lift,
}  # fmt: skip


@pytest.fixture(params=["2023", "2024"])
def reach(request: pytest.FixtureRequest) -> Core:
    return core(load_task("habilis/ReachMilk-v0", scene=request.param, variation=0.0))


@pytest.mark.parametrize("name", APPROACHES)
def test_coming_nearer_is_worth_more(reach: Core, name: str) -> None:
    APPROACHES[name](reach.state, WORTH)
    value = total(reach)
    assert (np.diff(value) >= 0).all(), "never less"
    own = reach.scores.values[:, reach.scores.names.index(name)]
    assert (np.diff(own) >= 0).all() and own[-1] > own[0]
    weight = reach.task.rewards[name].weight
    assert own[-1] == pytest.approx(weight), "at the goal the term is at its most"


@pytest.mark.parametrize("name", ["hammer", "milk"])
def test_gripping_is_worth_more_than_not(reach: Core, name: str) -> None:
    bring(reach.state, np.full(STEPS, 0.0 if name == "milk" else 1.0))
    touch(reach.state, name, False)
    without = total(reach)
    touch(reach.state, name, True)
    assert (total(reach) > without).all()


def test_each_stage_is_worth_more_than_the_one_before(reach: Core) -> None:
    """To be at the end of a stage beats the end of the stage before, whatever that left behind."""
    state, values = reach.state, []
    for stage in (to_hammer, to_hook, bring, to_milk, lift):
        stage(state, np.zeros(STEPS))
        values.append(total(reach)[0])
        if stage in (to_hammer, to_hook):
            state.tcp = state.point("hammer/grip").copy()
    assert (np.diff(values) > 0).all(), values


def test_letting_go_of_the_hammer_costs_nothing_once_the_carton_is_there(reach: Core) -> None:
    bring(reach.state, np.zeros(STEPS))
    touch(reach.state, "hammer", True)
    holding = total(reach)
    touch(reach.state, "hammer", False)
    np.testing.assert_array_equal(total(reach), holding)


@pytest.mark.parametrize("id", every_task(1, arm=True))
def test_rewards_are_bounded_and_success_beats_lingering(id: str) -> None:
    env = ToolVectorEnv(id, 8)
    env.reset(seed=0)
    env.action_space.seed(1)
    weights = env.core.scores.weights
    for _ in range(30):
        env.step(env.action_space.sample())
        values = env.core.scores.values
        assert ((values >= 0) & (values <= weights)).all()
    success = env.task.rewards["success"].weight
    dense = weights.sum() - success
    assert success >= dense * env.core.step_limit - 1e-9, "an episode of lingering"
    assert success * (1 - 0.99) >= dense, "and, discounted, sooner is better"


def test_success_pays_once_it_is_there(reach: Core) -> None:
    before = total(reach).copy()
    reach.monitor.success[:] = True
    np.testing.assert_allclose(total(reach) - before, 100.0)


def test_a_scene_of_a_robot_that_walks_makes_an_environment_of_velocities() -> None:
    env = ToolEnv("habilis/Scene-v0", scene="climb_sofa_2024")
    assert env.action_space.shape == (4,)
    env.reset(seed=0)
    obs, *_ = env.step(env.action_space.sample())
    assert env.observation_space.contains(obs)
    with pytest.raises(TypeError, match="robot 'go1' has no arm"):
        _ = env.core.state.controller
    with pytest.raises(ValueError, match="unknown control mode of a robot on legs 'joint'"):
        ToolEnv("habilis/Scene-v0", scene="climb_sofa_2024", control="joint")


@pytest.mark.parametrize("name", arm_scenes())
def test_any_scene_makes_an_environment(name: str) -> None:
    env = ToolEnv("habilis/Scene-v0", scene=name)
    env.reset(seed=0)
    for _ in range(3):
        obs, *_ = env.step(env.action_space.sample())
    assert env.observation_space.contains(obs)


def test_named_points_follow_the_bodies(reach: Core) -> None:
    state, world = reach.state, reach.world
    rng = np.random.default_rng(0)
    quat = rng.normal(size=world.quat.shape)
    world.quat[:] = quat / np.linalg.norm(quat, axis=-1, keepdims=True)
    state.frames.refresh()
    for entity in world.scene.entities:
        i = world.index(entity.name)
        for name, at in [("grip", entity.grip()), *((p.name, p.pos) for p in entity.parts)]:
            want = world.pos[:, i] + matrices(world.quat[:, i]) @ np.asarray(at)
            np.testing.assert_allclose(state.point(f"{entity.name}/{name}"), want, atol=1e-12)


def test_the_head_is_followed_where_it_comes_off() -> None:
    broken = core(load_task("habilis/ReachMilkBroken-v0"), 1)
    before = broken.state.point("hammer/head").copy()
    broken.world.pos[:, broken.world.index("hammer.head")] += 1.0
    broken.state.frames.refresh()
    np.testing.assert_allclose(broken.state.point("hammer/head") - before, 1.0)


def test_the_row_says_where_each_term_stands(reach: Core) -> None:
    columns = reach.observer.readers["state"].columns  # type: ignore[union-attr]
    obs = reach.observe()
    assert isinstance(obs, np.ndarray)
    np.testing.assert_allclose(obs[:, columns["joints"]], reach.world.q, rtol=1e-6)
    np.testing.assert_allclose(obs[:, columns["tcp"]], reach.state.tcp, rtol=1e-5)
    widths = [s.stop - s.start for s in columns.values()]
    assert sum(widths) == obs.shape[1]
    starts = itertools.accumulate([0, *widths[:-1]])
    assert list(starts) == [s.start for s in columns.values()]


def test_a_partly_reached_goal_counts_in_parts(reach: Core) -> None:
    lifted, held = Predicate("lifted", "milk", value=0.05), Predicate("held", "hammer")
    touch(reach.state, "hammer", True)
    cases: list[tuple[Goal, float]] = [
        (All((lifted, held)), 0.5), (Any((lifted, held)), 1.0), (All((lifted, Not(held))), 0.0),
    ]  # fmt: skip
    for goal, want in cases:
        reach.state.scene = dataclasses.replace(reach.scene, goal=goal)
        np.testing.assert_array_equal(rewards.goal_share(reach.state), want)


def flat(state: State) -> Array:
    return state.tcp[:, 0]


def tall(state: State) -> Array:
    return state.tcp


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"observations": {"state": {"bad": Term(flat)}}},
            r"'state/bad' must return shape \(2, k\)",
        ),
        (
            {"rewards": {"bad": Term(tall)}},
            r"reward term 'bad' must return shape \(2,\), got \(2, 3\)",
        ),
        ({"failures": {"bad": Term(tall)}}, r"failure term 'bad'"),
    ],
)
def test_a_term_of_the_wrong_shape_is_named(changed: dict[str, object], message: str) -> None:
    task = dataclasses.replace(load_task("habilis/ReachMilk-v0"), **changed)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        Core(task, 2)


# ---- scenes of the twins, failures


def test_the_twins_are_what_they_say() -> None:
    near = ReachMilk().scene("not needed", "2024")
    assert near.tool is not None and near.tool.use == "forbidden"
    assert not near.workspace.outside(near.entity("milk").pos).any()
    assert ReachMilk().scene("broken", "2023").entity("hammer").breaks is not None
    assert ReachMilk().scene("needed", "2023") == load_scene(scene_path("reach_milk_2023"))


@pytest.mark.parametrize("name", ["ReachMilk", "PressButton", "GraspCan"])
def test_a_forbidden_tool_earns_nothing(name: str) -> None:
    task = load_task(f"habilis/{name}NotNeeded-v0", variation=0.0)
    dense = {k: term for k, term in task.rewards.items() if k != "success"}
    assert sum(term.weight for term in dense.values()) == pytest.approx(0.25)
    assert not {"reach_tool", "hold_tool", "hook", "aim", "join", "extend"} & set(dense)
    core = Core(task, 1)
    core.reset(np.zeros(1, int), [np.random.default_rng(0)])
    core.step(np.zeros((1, 4)))
    assert core.scores.total[0] < 0.1  # nothing is full from the start


def test_touching_a_forbidden_tool_ends_the_episode() -> None:
    env = ToolEnv("habilis/ReachMilkNotNeeded-v0")
    env.reset(seed=0)
    for _ in range(80):
        gap = env.core.state.gap("hammer/grip")[0]
        action = np.append(np.clip(gap / 0.025, -1, 1), -1).astype(np.float32)
        _, _, terminated, _, info = env.step(action)
        if terminated:
            break
    assert info["failure"] == "hammer was used, though it is forbidden" and not info["success"]


def test_a_tool_off_the_table_ends_the_episode() -> None:
    env = ToolEnv()
    env.reset(seed=0)
    world = env.core.world
    world._qpos[0, int(world.model.joint("hammer").qposadr[0]) + 1] = -2.0
    for _ in range(10):
        _, _, terminated, _, info = env.step(np.zeros(4, np.float32))
        if terminated:
            break
    assert info["failure"] == "hammer fell off the table"


def test_a_tipped_carton_ends_the_episode() -> None:
    env = ToolEnv()
    env.reset(seed=0)
    world = env.core.world
    at = int(world.model.joint("milk").qposadr[0])
    world._qpos[0, at + 3 : at + 7] = (np.cos(0.4), np.sin(0.4), 0, 0)
    _, _, terminated, _, info = env.step(np.zeros(4, np.float32))
    assert terminated and info["failure"] == "milk tipped over 30 degrees"


def own_scene() -> Scene:
    """A scene without a tool."""
    scene = load_scene(scene_path("reach_milk_2023"))
    return dataclasses.replace(scene, tool=None, time_limit=0.5)


def test_the_time_limit_truncates() -> None:
    env = ToolEnv(make_task(functools.partial(own_scene), "own"))
    env.reset(seed=0)
    ends = [env.step(np.zeros(4, np.float32))[2:4] for _ in range(5)]
    assert ends == [(False, False)] * 4 + [(False, True)]
