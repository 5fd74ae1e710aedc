"""Magnetic faces snap together by a rule and are then held by the solver, never by a write."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.scene.goal_text import parse_goal
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.tasks import load_task
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.policies.skills import Grasp, Lift
from habilis.policies.skills.executor import run

EDGE = 0.03
ALL = ("+x", "-x", "+y", "-y", "+z", "-z")


def cube(
    name: str, x: float, y: float = 0.0, yaw: float = 0.0, faces: tuple[str, ...] = ALL
) -> Thing:
    part = Part(name, "box", (EDGE, EDGE, EDGE))
    return Thing(
        name, (part,), (x, y, EDGE / 2), yaw=yaw, mass=0.05, magnetic=faces  # type: ignore[arg-type]
    )  # fmt: skip


def world(*entities: Thing, n: int = 1) -> SimRobot:
    box = Workspace((0.0, -0.25, 0.01), (0.45, 0.25, 0.3))
    goal = parse_goal("moved(a, 0.3)")
    scene = Scene("magnets", "Move it.", entities, box, goal)
    robot = SimRobot(World(compile_scene(scene), n))
    robot.reset(published(scene, n))
    return robot


def gap(robot: SimRobot) -> Array:
    at = robot.world.pos
    out: Array = np.linalg.norm(at[:, 1] - at[:, 0], axis=1) - EDGE
    return out


@pytest.mark.parametrize(
    ("x", "y", "yaw", "snaps"),
    [
        (0.018, 0.0, 0.0, True),
        (0.022, 0.0, 0.0, False),
        (0.015, 0.010, 0.0, True),
        (0.015, 0.014, 0.0, False),
        (0.010, 0.0, 20.0, True),
        (0.012, 0.0, 32.0, False),
        (0.010, 0.0, 95.0, True),
    ],
)
def test_faces_snap_when_near_opposite_and_facing(
    x: float, y: float, yaw: float, snaps: bool
) -> None:
    robot = world(cube("a", 0.3), cube("b", 0.3 + EDGE + x, y, np.deg2rad(yaw)))
    before = gap(robot)[0]
    robot.hold(1.0)
    assert robot.world.joined[0, 0] == snaps
    if snaps:
        assert gap(robot)[0] == pytest.approx(0.0002, abs=2e-4)
    else:
        assert gap(robot)[0] == pytest.approx(before, abs=1e-4)


def test_only_the_faces_that_carry_magnets_snap() -> None:
    right = world(cube("a", 0.3, faces=("+x",)), cube("b", 0.34, faces=("-x",)))
    wrong = world(cube("a", 0.3, faces=("+x",)), cube("b", 0.34, faces=("+x", "+y")))
    turned = world(cube("a", 0.3, faces=("+x",)), cube("b", 0.34, yaw=np.pi, faces=("+x",)))
    for robot in (right, wrong, turned):
        robot.hold(0.5)
    assert [bool(r.world.joined.any()) for r in (right, wrong, turned)] == [True, False, True]


def test_it_is_pulled_and_not_put() -> None:
    """The faces close over several control periods, slower than half a metre a second."""
    robot = world(cube("a", 0.3), cube("b", 0.345))
    way = [gap(robot)[0]]
    for _ in range(40):
        robot.hold(0.02)
        way.append(gap(robot)[0])
    steps = -np.diff(way)
    assert 0.001 < steps.max() < 0.01
    assert way[-1] < 0.0005
    assert robot.world.written.max() < 1e-9


def test_different_sizes_and_centres_meet_face_to_face() -> None:
    shifted = Part("b", "box", (0.05, 0.04, 0.03), pos=(0.01, 0.0, 0.0))
    other = dataclasses.replace(cube("b", 0.3 + 0.015 + 0.025 + 0.01 - 0.01), parts=(shifted,))
    robot = world(cube("a", 0.3), other)
    robot.hold(1.0)
    assert robot.world.joined[0, 0]
    way = robot.world.pos[0, 1] - robot.world.pos[0, 0]
    assert way[0] == pytest.approx(0.015 + 0.025 - 0.01 + 0.0002, abs=3e-4)


def test_each_simulation_snaps_for_itself_and_a_reset_lets_go() -> None:
    robot = world(cube("a", 0.3), cube("b", 0.36), n=3)
    w = robot.world
    column = w._poses.pos_columns[1, 0]
    w._qpos[1, column] -= 0.02
    robot.hold(0.5)
    assert w.joined[:, 0].tolist() == [False, True, False]
    robot.reset(published(w.scene, 3))
    assert not w.joined.any() and np.abs(gap(robot) - 0.03).max() < 1e-9
    robot.hold(0.5)
    assert not w.joined.any() and np.abs(gap(robot) - 0.03).max() < 1e-4


def test_a_snapshot_carries_the_weld_into_another_world() -> None:
    """The relative pose of a weld is no part of MuJoCo's state."""
    robot = world(cube("a", 0.3), cube("b", 0.342, 0.008, 0.2), n=2)
    fresh = SimRobot(World(robot.world.compiled, 2))
    fresh.reset(published(robot.scene, 2))
    robot.hold(0.06)
    assert robot.world.joined.all() and gap(robot).min() > 0.0005, "it is on its way"
    fresh.world.restore(robot.world.save())
    ctrl = np.zeros((2, 20, robot.world.model.nu)) + robot.world.sim.bind("ctrl")[:, None]
    robot.world.advance(ctrl)
    fresh.world.advance(ctrl)
    np.testing.assert_array_equal(robot.world.sim.states(), fresh.world.sim.states())
    assert np.abs(gap(robot)).max() < 0.0005


def test_a_reset_leaves_no_trace_of_a_snap() -> None:
    used, fresh = (world(cube("a", 0.3), cube("b", 0.342)) for _ in range(2))
    used.hold(0.5)
    used.reset(published(used.scene, 1))
    for each in (used, fresh):
        each.hold(0.3)
    np.testing.assert_array_equal(used.world.sim.states(), fresh.world.sim.states())
    np.testing.assert_array_equal(
        used.world.save().rows["model/eq_data"], fresh.world.save().rows["model/eq_data"]
    )


def test_a_world_without_magnets_has_no_rule() -> None:
    plain = [dataclasses.replace(cube(n, x), magnetic=()) for n, x in (("a", 0.3), ("b", 0.34))]
    robot = world(*plain)
    assert robot.world.magnets is None and robot.world.joined.shape == (1, 0)
    robot.hold(0.5)
    assert gap(robot)[0] == pytest.approx(0.01, abs=1e-5)


@pytest.mark.parametrize("scene", ["2023", "2024"])
def test_the_cubes_of_the_button_do_not_snap_by_themselves(scene: str) -> None:
    task = load_task("habilis/PressButton-v0", scene=scene).scene()
    robot = SimRobot(World(compile_scene(task), 20))
    robot.reset(sample(task, Variation.scaled(1.0), np.random.default_rng(0), 20))
    robot.hold(1.0)
    assert not robot.world.joined.any()


def test_layouts_stray_only_as_far_as_an_object_does() -> None:
    scene = load_task("habilis/PressButton-v0").scene()
    shift = sample(scene, Variation.scaled(1.0), np.random.default_rng(0), 200).shift
    far = np.abs(shift).max(axis=0)
    assert (far[:3] <= [0.01, 0.005]).all() and (far[:3] > [0.009, 0.0045]).all()
    assert (far[3:] == 0).all()


def test_what_a_magnet_carries_is_moved_by_it() -> None:
    """A lifted cube takes the other one along at its face, and the ledger says that it did."""
    robot = world(cube("a", 0.3), cube("b", 0.3, 0.04))
    robot.hold(0.5)
    alone = world(cube("a", 0.3), cube("b", 0.3, 0.1))
    w, before = robot.world, robot.world.ledger.moved_by("a", "b")[0]
    assert w.joined.all() and w.ledger.now[0, w.ledger.column("a", "b")]
    done = run(robot, [Grasp("a", raise_by=0.0), Lift("a", height=0.1)])
    assert done.ok, done.reason
    assert w.ledger.moved_by("a", "b")[0] - before == pytest.approx(0.1, abs=0.01)
    assert run(alone, [Grasp("a", raise_by=0.0), Lift("a", height=0.1)]).ok
    assert alone.world.ledger.moved_by("a", "b")[0] == 0.0
