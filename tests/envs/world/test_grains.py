"""Grains: many small spheres that are one thing, counted by the solids they lie in."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from habilis.assets.scene.format.file import (
    SceneFileError,
    dump_scene,
    load_scene,
    parse_goal,
    parse_scene,
)
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.container import Container
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World

SCENE = Path(__file__).parents[2] / "data" / "beads.yaml"


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene(SCENE)


@pytest.fixture(scope="module")
def robot(scene: Scene) -> SimRobot:
    return SimRobot(World(compile_scene(scene), 2, 1))


def holds(goal: str, world: World) -> list[bool]:
    return [bool(v) for v in evaluate(parse_goal(goal), world)]


def test_grains_start_apart_come_to_rest_and_stay_in_what_they_lie_in(
    scene: Scene, robot: SimRobot
) -> None:
    world = robot.world
    robot.reset(published(scene, 2))
    for name, size in (("beads", 0.008), ("peas", 0.01)):
        at = world.grains(name)[0]
        apart = np.linalg.norm(at[:, None] - at, axis=-1) + np.eye(len(at))
        assert apart.min() > size
        assert at[:, 2].min() > size / 2 - 1e-9
    robot.hold(0.6)
    before = world.grains("beads"), world.grains("peas")
    robot.hold(0.6)
    assert np.abs(world.grains("beads") - before[0]).max() < 1e-3
    assert np.abs(world.grains("peas") - before[1]).max() < 1e-3
    assert holds("share_in(peas, tray) >= 1", world) == [True, True]
    assert holds("count_in(beads, tray) >= 1", world) == [False, False]
    assert world.grains("beads").shape == (2, 60, 3)
    np.testing.assert_allclose(world.pos[:, world.index("beads")], world.grains("beads").mean(1))


def test_grains_have_no_sensors_and_move_with_their_container_in_a_layout(
    scene: Scene, robot: SimRobot
) -> None:
    world = robot.world
    assert not any("beads" in p or "peas" in p for p in world.compiled.pairs)
    assert world.compiled.touches == (("brush", "beads"), ("brush", "peas"))
    robot.reset(sample(scene, Variation.scaled(1.0), np.random.default_rng(1), 2))
    tray = world.pos[:, world.index("tray")] - (0.3, -0.1, 0.01)
    lay = published(scene, 2)
    shifted = world.grains("peas").copy()
    robot.reset(lay)
    np.testing.assert_allclose(
        shifted - world.grains("peas"), np.broadcast_to(tray[:, None], shifted.shape), atol=1e-9
    )


def test_a_saved_world_has_its_grains(scene: Scene, robot: SimRobot) -> None:
    robot.reset(published(scene, 2))
    robot.hold(0.2)
    saved, there = robot.world.save(), robot.world.grains("beads").copy()
    robot.reset(published(scene, 2))
    robot.world.restore(saved)
    np.testing.assert_array_equal(robot.world.grains("beads"), there)


def test_what_lies_on_the_handle_or_beside_it_is_not_in_the_tray(scene: Scene) -> None:
    tray = Container(scene.entity("tray").parts)
    inside = [[0.0, 0.0, 0.0], [0.07, 0.05, 0.005]]
    outside = [[0, 0, 0.012], [-0.15, 0.03, -0.005], [0.09, 0, 0], [0, 0, -0.02]]
    assert tray.contains(np.array(inside)).all()
    assert not tray.contains(np.array(outside)).any()
    assert tray.clearance(np.array([[0.0, 0.0, 0.0]]))[0] == pytest.approx(0.007)


def test_a_required_tool_must_have_moved_the_grains(scene: Scene, robot: SimRobot) -> None:
    """The brush is pushed through the beads as a hand would; then they are counted."""
    world, monitor = robot.world, Monitor(robot.world)
    robot.reset(published(scene, 2))
    brush = world.compiled.index.qpos("brush")
    speed = world.compiled.index.dofs("brush")
    qpos, qvel = world.sim.bind("qpos"), world.sim.bind("qvel")
    qpos[0, brush] = [0.3, 0.19, 0.021, np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4)]
    for _ in range(50):
        qvel[0, speed] = [0, -0.4, 0, 0, 0, 0]
        robot.hold(0.02)
    moved = world.ledger.moved_by("brush", "beads")
    assert moved[0] > 0.05 and moved[1] == 0.0
    assert not monitor.caused().any(), "no hand has touched the brush"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("region: [0.08, 0.08, 0.03]", "region: [0.03, 0.03, 0.03]", "there is room for"),
        ("within: tray", "within: try", "did you mean 'tray'"),
        ("count: 60", "count: 60.5", "expected a whole number"),
        ("share_in(peas, tray) >= 0.5", "share_in(peas, tray) >= 2", "at most 1"),
        ("share_in(peas, tray) >= 0.5", "held(peas)", "'held' cannot be told of grains"),
        ("count_in(beads, tray) >= 40", "count_in(brush, tray) >= 1", "counts grains"),
        ("count_in(beads, tray) >= 40", "count_in(beads, tray, 40)", "takes no more"),
        (", region: [0.08, 0.08, 0.03]", "", "give 'region'"),
    ],
)
def test_what_is_wrong_with_grains_is_said(old: str, new: str, message: str) -> None:
    text = SCENE.read_text()
    assert old in text
    with pytest.raises((SceneFileError, ValueError, KeyError), match=message):
        compile_scene(parse_scene(text.replace(old, new), "beads.yaml"))


def test_a_scene_with_grains_is_written_and_read_back(scene: Scene) -> None:
    assert parse_scene(dump_scene(scene), "") == scene
    more = dataclasses.replace(scene.entity("peas").grains, count=50)  # type: ignore[type-var]
    assert dataclasses.replace(scene.entity("peas"), grains=more).mass == pytest.approx(0.03)
