"""The batched world: exact, threaded, restorable, and honest about what it did not simulate."""

import dataclasses

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path, shipped
from habilis.envs.control.command import CommandBatch
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.robot.simulated import simulated
from habilis.envs.robot.standing import stirred
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World

N = 4


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene(scene_path("reach_milk_2023"))


@pytest.fixture(scope="module")
def compiled(scene: Scene) -> Compiled:
    return compile_scene(scene)


def robot(compiled: Compiled, n: int = N, nthread: int = 0) -> SimRobot:
    """A reset robot in varied layouts."""
    out = SimRobot(World(compiled, n, nthread))
    rng = np.random.default_rng(5)
    out.reset(sample(compiled.scene, Variation.scaled(1.0), rng, n))
    return out


def walk(robot: SimRobot, ticks: int = 20, seed: int = 0) -> Array:
    """Push the hands around; returns all states passed through."""
    rng = np.random.default_rng(seed)
    seen = []
    for _ in range(ticks):
        way = rng.uniform(-0.01, 0.01, (robot.n, 3)) - (0, 0.002, 0.008)
        robot.command(CommandBatch(robot.controller.limiter.pos + way, np.full(robot.n, 0.04)))
        seen.append(robot.world.sim.states())
    return np.array(seen)


def test_the_number_of_threads_changes_nothing(compiled: Compiled) -> None:
    one, two = walk(robot(compiled, nthread=1)), walk(robot(compiled, nthread=2))
    np.testing.assert_array_equal(one, two)


def test_a_simulation_does_the_same_alone_as_among_others(compiled: Compiled) -> None:
    many = robot(compiled)
    lone = SimRobot(World(compiled, 1))
    rng = np.random.default_rng(5)
    layout = sample(compiled.scene, Variation.scaled(1.0), rng, N)
    lone.reset(
        dataclasses.replace(
            layout,
            **{
                f.name: rows[:1]
                for f in dataclasses.fields(layout)
                if (rows := getattr(layout, f.name)) is not None
            },
        )
    )
    for way in np.random.default_rng(1).uniform(-0.01, 0.005, (15, 3)):
        many.command(CommandBatch(many.controller.limiter.pos + way, np.full(N, 0.02)))
        lone.command(CommandBatch(lone.controller.limiter.pos + way, np.full(1, 0.02)))
    np.testing.assert_array_equal(many.world.sim.states()[0], lone.world.sim.states()[0])


def test_a_restored_world_continues_bit_for_bit(compiled: Compiled) -> None:
    a, b = robot(compiled), robot(compiled)
    walk(a)
    b.world.restore(a.world.save())
    ctrl = np.random.default_rng(2).uniform(0, 0.5, (N, 5, 8))
    a.world.advance(ctrl)
    b.world.advance(ctrl)
    np.testing.assert_array_equal(a.world.sim.states(), b.world.sim.states())
    np.testing.assert_array_equal(a.world.pos, b.world.pos)
    for name, value in a.world.ledger.save().items():
        np.testing.assert_array_equal(value, b.world.ledger.save()[name])


def test_one_state_can_be_continued_in_many_ways(compiled: Compiled) -> None:
    a = robot(compiled)
    a.world.restore(a.world.save([2, 2, 2, 2]))
    assert np.ptp(a.world.sim.states(), axis=0).max() == 0


def test_a_snapshot_that_does_not_fit_says_so(compiled: Compiled) -> None:
    a = robot(compiled)
    with pytest.raises(ValueError, match="snapshot of 2 simulations for 4"):
        a.world.restore(a.world.save([0, 1]))
    other = World(compile_scene(load_scene(scene_path("reach_milk_2024"))), N)
    with pytest.raises(ValueError, match="another scene"):
        other.restore(a.world.save())


def test_only_the_simulations_asked_for_are_reset(compiled: Compiled) -> None:
    a = robot(compiled)
    walk(a)
    before = a.world.sim.states()
    a.reset(published(compiled.scene, 2), np.array([1, 3]))
    np.testing.assert_array_equal(a.world.sim.states()[[0, 2]], before[[0, 2]])
    np.testing.assert_array_equal(a.world.time, [before[0, 0], 0, before[2, 0], 0])


def test_a_reset_leaves_no_trace(compiled: Compiled) -> None:
    used, fresh = SimRobot(World(compiled, N)), SimRobot(World(compiled, N))
    used.reset(published(compiled.scene, N))
    walk(used)
    for each in (used, fresh):
        each.reset(published(compiled.scene, N))
    np.testing.assert_array_equal(walk(used, seed=3), walk(fresh, seed=3))


def test_without_variation_everything_is_where_the_scene_says(compiled: Compiled) -> None:
    a = SimRobot(World(compiled, 2))
    a.reset(published(compiled.scene, 2))
    want = [e.pos for e in compiled.scene.entities]
    np.testing.assert_allclose(a.world.pos, np.tile(want, (2, 1, 1)), atol=1e-12)


@pytest.mark.parametrize("field", ["_qpos", "_qvel"])
@pytest.mark.parametrize("value", [np.nan, 1e13])
def test_a_divergence_is_marked_and_undone(
    compiled: Compiled, field: str, value: float, mujoco_warnings: list[str]
) -> None:
    a = robot(compiled)
    walk(a, 3)
    getattr(a.world, field)[2, 9] = value
    walk(a, 1)
    assert a.world.diverged.tolist() == [False, False, True, False]
    assert np.isfinite(a.world.pos[[0, 1, 3]]).all()
    assert mujoco_warnings


def test_it_is_noticed_again_right_after_a_reset(compiled: Compiled) -> None:
    a = robot(compiled)
    for _ in range(2):
        a.world._qvel[2, 9] = np.nan
        walk(a, 1)
        assert a.world.diverged.tolist() == [False, False, True, False]
        a.reset(published(a.scene, 1), np.array([2]))
    walk(a, 1)
    assert not a.world.diverged.any()


def test_what_is_moved_by_hand_is_booked(compiled: Compiled) -> None:
    a = robot(compiled)
    walk(a, 3)
    milk = a.world.index("milk")
    assert a.world.written.max() < 1e-9
    column = a.world._poses.pos_columns[np.flatnonzero(a.world._poses.free == milk)[0], 0]
    a.world._qpos[1, column] -= 0.1
    walk(a, 1)
    assert a.world.written[1, milk] == pytest.approx(0.1)
    assert np.delete(a.world.written.ravel(), a.world.written.size // N + milk).max() < 1e-9


def test_the_ledger_sees_the_table_from_the_first_step_and_no_robot(compiled: Compiled) -> None:
    a = robot(compiled)
    a.hold(0.1)
    ledger = a.world.ledger
    assert ledger.now[:, ledger.column("milk", "table")].all()
    assert not ledger.duration[:, ledger.column(ROBOT, "milk")].any()
    weight = (
        9.81 * a.world._varied.fields["body_mass"][:, a.world._poses.ids[a.world.index("milk")]]
    )
    force = ledger.force[:, ledger.column("milk", "table")]
    np.testing.assert_allclose(force, weight, rtol=0.05)


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scene_stands_still(name: str) -> None:
    scene = load_scene(scene_path(name))
    a = simulated(World(compile_scene(scene)))
    a.reset(published(scene, 1))
    monitor = Monitor(a.world)
    a.hold(1.0)
    monitor.update(1.0)
    assert stirred(a.world, 0.002) is None
    assert monitor.failure[0] == "" and not monitor.success[0]


def test_unknown_names_are_named(compiled: Compiled) -> None:
    a = robot(compiled, 1)
    with pytest.raises(KeyError, match="did you mean 'hammer'"):
        a.world.index("hamer")
    with pytest.raises(KeyError, match="unknown contact pair 'milk-moon'"):
        a.world.ledger.column("milk", "moon")
    with pytest.raises(KeyError, match="jointed object 'milk'"):
        a.world.opening("milk")
