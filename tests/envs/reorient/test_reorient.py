"""Turning objects in a hand: goals and their symmetries, the stop, starts, options, noise."""

from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
import pytest
from tests.envs.made import many, one
from tests.envs.same import assert_same

from habilis.assets.reorient.shapes import SHAPES, SPLITS, make_shape
from habilis.assets.scene.solids.parts import rotation
from habilis.envs.reorient.goals import STOP, Symmetries, rotation_vectors
from habilis.envs.reorient.groups import GROUPS
from habilis.envs.reorient.rewards import TERMS
from habilis.envs.reorient.settle import DEEP, make
from habilis.envs.reorient.starts import stored
from habilis.envs.world.poses import matrices, multiply

Array = npt.NDArray[Any]
NAMES = list(SHAPES)


def actions(steps: int, n: int, seed: int = 0) -> Array:
    """Small, so that objects stay in the hand."""
    return np.random.default_rng(seed).uniform(-0.3, 0.3, (steps, n, 16)).astype(np.float32)


def turn(*rad: float) -> Array:
    """(4,) quaternion of a rotation vector."""
    angle = float(np.linalg.norm(rad))
    return np.array([np.cos(angle / 2), *(np.sin(angle / 2) * np.array(rad) / angle)])


# ---- symmetries


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_turned_by_its_symmetries_covers_the_same_space(name: str) -> None:
    """Supports of all parts along many directions, which the declared turns must not change."""
    shape = make_shape(name)
    turns = list(shape.symmetry.turns)
    if shape.symmetry.round:
        turns += [multiply(t, turn(0, 0, 1.1)) for t in turns]
    directions = np.random.default_rng(0).normal(size=(40, 3))
    want = [support(name, d) for d in directions]
    for quat in turns:
        rot = matrices(quat)
        np.testing.assert_allclose([support(name, d @ rot) for d in directions], want, atol=1e-4)


def support(name: str, direction: Array) -> float:
    """How far the shape reaches along a direction, m."""
    along = direction / np.linalg.norm(direction)
    frame = np.linalg.qr(np.column_stack((along, np.eye(3))))[0]
    frame[:, 0] = along
    ends = []
    for part in make_shape(name).parts:
        ends.append(along @ np.array(part.pos) + part.extent(frame.T @ rotation(part.euler))[1][0])
    return float(max(ends))


@pytest.mark.parametrize(("name", "count"), [("cube", 24), ("hexagon", 12), ("ell", 1), ("mug", 2)])
def test_symmetries_are_as_many_as_the_shape_has(name: str, count: int) -> None:
    turns = make_shape(name).symmetry.turns
    assert len(turns) == count
    np.testing.assert_allclose(np.linalg.norm(turns, axis=1), 1)


def test_what_is_lacking_to_a_goal_brings_the_object_there() -> None:
    shapes = [SHAPES[name] for name in ("cube", "drum", "snowman", "ell", "star")]
    rng, n = np.random.default_rng(1), 200
    which, quats = rng.integers(len(shapes), size=n), rng.normal(size=(2, n, 4))
    now, goal = quats / np.linalg.norm(quats, axis=-1, keepdims=True)
    known = Symmetries(shapes)
    left = known.lacking(which, now, goal)
    angle = np.linalg.norm(left, axis=1)
    plain = np.linalg.norm(rotation_vectors(multiply(goal, now * (1, -1, -1, -1))), axis=1)
    assert (angle <= plain + 1e-9).all()
    np.testing.assert_allclose(angle[which == 3], plain[which == 3])
    assert angle[which == 0].max() < 1.0968  # of a cube no orientation is farther than 62.8 degrees
    assert angle[which == 1].max() <= np.pi / 2 + 1e-9
    there = np.array([multiply(turn(*row), q) for row, q in zip(left, now, strict=True)])
    assert np.linalg.norm(known.lacking(which, there, goal), axis=1).max() < 1e-6


# ---- starts


@pytest.mark.parametrize("kind", ["held", "table"])
def test_every_shape_has_starts(kind: str) -> None:
    assert set(stored()[kind]) == set(SHAPES)
    assert min(len(rows) for rows in stored()[kind].values()) >= 6
    assert len(SPLITS["held_out"]) == 12


@pytest.mark.slow
@pytest.mark.parametrize("table", [False, True])
def test_physics_makes_starts(table: bool) -> None:
    rows = np.array(make([SHAPES["ell"]], table)["ell"])
    assert len(rows) >= 6 and rows.shape[1] == stored()["held"]["ell"].shape[1]


@pytest.mark.parametrize("options", [{}, {"palm": "down"}, {"palm": "down", "table": True}])
def test_objects_stay_where_they_start_and_nothing_sinks_in(options: Any) -> None:
    env = many("Reorient", 12, vary="none", **options)
    env.reset(seed=0)
    world = env.core.world
    first = world.pos.copy()
    for _ in range(12):
        env.step(np.zeros((12, 16), np.float32))
    assert not env.core.monitor.fallen.any()
    assert np.median(np.linalg.norm(world.pos - first, axis=1)) < 0.003
    assert np.linalg.norm(world.qd, axis=1).max() < 0.2, "no jitter"
    assert max(world.depth(i) for i in range(12)) < 1.5 * DEEP


def test_gravity_is_where_the_palm_does_not_face() -> None:
    up, down = (one("Reorient", palm=palm).core.world.model.opt for palm in ("up", "down"))
    assert up.gravity[2] == -9.81 and down.gravity[2] == 9.81


# ---- success


def at_goal(env: Any) -> None:
    """Make where the objects are the goal, but for 0.39 rad."""
    core = env.core
    off = np.broadcast_to(turn(0, 0.39, 0), (core.n, 4))
    core.monitor.goal[:] = multiply(off, core.world.quat)


def test_success_is_the_orientation_and_everything_still() -> None:
    env = many("Reorient", 1, shapes="ell", vary="none")
    env.reset(seed=0)
    at_goal(env)
    env.core.step(np.zeros((1, 16)))
    assert env.core.success.all()
    loud = np.zeros((1, 16))
    loud[0, :2] = 0.75  # of norm 1.06: the fingers may hardly move, but the action is too large
    env.core.step(loud)
    assert env.core.monitor.angle[0] <= 0.4 and not env.core.success.any()


@pytest.mark.parametrize("name", sorted(set(STOP) - {"action"}))
def test_each_threshold_of_the_stop_counts(name: str) -> None:
    env = many("Reorient", 1, shapes="ell", vary="none")
    env.reset(seed=0)
    goals, world = env.core.monitor, env.core.world
    assert goals.still.all()
    fast = {"joints": 0, "linear": world._dofs[0], "angular": world._dofs[3]}[name]
    world._qvel[0, fast] = 1.01 * STOP[name]
    assert not goals.still.any()


def test_without_the_stop_the_orientation_is_enough() -> None:
    env = many("Reorient", 1, shapes="ell", vary="none", stop=False)
    env.reset(seed=0)
    at_goal(env)
    env.core.step(np.full((1, 16), 0.3))
    assert env.core.success.all() == (env.core.monitor.angle[0] <= 0.4)


def test_goals_are_not_reached_at_the_start_and_no_farther_than_asked() -> None:
    env = many("Reorient", 40, shapes=("ell", "cube"), farthest=0.8)
    env.reset(seed=0)
    angle = env.core.monitor.angle
    assert angle.min() >= 0.5 - 1e-9 and angle.max() <= 0.8 + 1e-9


def test_an_object_that_falls_ends_the_episode() -> None:
    env = many("Reorient", 2, shapes="cube")
    env.reset(seed=0)
    world = env.core.world
    world._qpos[0, world._object[0]] += 0.3
    *_, ended, _, info = env.step(np.zeros((2, 16), np.float32))
    assert ended.tolist() == [True, False]
    assert info["final_info"]["failure"][0] == "dropped"
    assert info["final_info"]["returns"]["fell"][0] == -100
    assert info["final_info"]["shape"][0] == "cube"


def test_random_actions_hardly_ever_succeed() -> None:
    env = many("Reorient", 8, shapes="held_out", palm="down")
    env.reset(seed=0)
    good = 0
    for action in np.random.default_rng(0).uniform(-1, 1, (30, 8, 16)).astype(np.float32):
        info = env.step(action)[4]
        good += int(info["final_info"]["success"].sum()) if info else 0
    assert good == 0


# ---- options


def test_episodes_are_the_same_alone_and_side_by_side_with_everything_on() -> None:
    on: dict[str, Any] = {"shapes": ("cube", "mug"), "noise": 1.0, "delay": 2, "vary": "published"}
    vector, singles = many("Reorient", 3, **on), [one("Reorient", **on) for _ in range(3)]
    obs, _ = vector.reset(seed=5)
    assert_same(list(obs), [env.reset(seed=5 + i)[0] for i, env in enumerate(singles)])
    for action in actions(6, 3):
        obs = vector.step(action)[0]
        assert_same(list(obs), [env.step(a)[0] for env, a in zip(singles, action, strict=True)])


def test_a_delay_holds_actions_back() -> None:
    late, prompt = one("Reorient", shapes="cube", delay=1), one("Reorient", shapes="cube")
    for env in (late, prompt):
        env.reset(seed=0)
    first = late.core.world.ctrl.copy()
    for env in (late, prompt):
        env.step(np.full(16, 0.5, np.float32))
    assert np.abs(prompt.core.world.ctrl - first).max() > 0.03
    np.testing.assert_allclose(late.core.world.ctrl, first, atol=0.02)


def test_variation_changes_friction_mass_and_gains() -> None:
    env = many("Reorient", 8, shapes="cube", vary="published")
    env.reset(seed=0)
    world, model = env.core.world, env.core.world.model
    own = make_shape("cube").mass
    assert np.ptp(world.sim.expand("body_mass")[:, world._body]) > 0.2 * own
    np.testing.assert_allclose(world.sim.expand("body_mass")[:, world._body], world.mass)
    assert world.friction.min() < 0.8 and np.ptp(world.gains) > 0.1
    nominal = model.actuator_gainprm[:, 0]
    np.testing.assert_allclose(
        world.sim.expand("actuator_gainprm")[..., 0], world.gains[:, None] * nominal
    )


@pytest.mark.parametrize("group", list(GROUPS))
def test_every_group_is_shown(group: str) -> None:
    env = many("Reorient", 2, shapes="held_out", obs=group)
    obs, _ = env.reset(seed=0)
    assert env.observation_space.contains(obs)


def test_reward_terms_can_be_switched() -> None:
    env = many("Reorient", 1, weights={name: 0.0 for name in TERMS if name != "progress"})
    env.reset(seed=0)
    assert env.step(actions(1, 1)[0])[1][0] == 0.0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shapes": "cubes"}, "cube"),
        ({"palm": "left"}, "up"),
        ({"table": True}, "palm='down'"),
        ({"vary": "wild"}, "mild"),
        ({"weights": {"goal": 1.0}}, "reached"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"shapes": ()}, "no shape"),
    ],
)
def test_wrong_options_are_named(options: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        one("Reorient", **options)


def test_unknown_options_are_named() -> None:
    with pytest.raises(TypeError, match="unknown option .* known: "):
        one("Reorient", hand="allegro")


def test_contacts_of_the_model_are_those_of_hand_and_object() -> None:
    world = one("Reorient", shapes="cube").core.world
    assert world.model.opt.cone == mujoco.mjtCone.mjCONE_ELLIPTIC
