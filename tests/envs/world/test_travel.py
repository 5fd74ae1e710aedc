"""What a tool moves counts however it moves: up, down, or about a hinge."""

from pathlib import Path

import numpy as np
import pytest
from tests.envs.written import written_world

from habilis.assets.scene.model.pairs import ROBOT
from habilis.envs.world.judging.monitor import Monitor, enough_path
from habilis.envs.world.judging.travel import Travel
from habilis.envs.world.world import World

SCENE = """
name: joints
instruction: Look.
workspace: {x: [0, 0.45], y: [-0.25, 0.25], z: [0.01, 0.3]}
objects:
  nail:
    pos: [0.3, 0, 0.12]
    joint: {kind: slide, axis: [0, 0, 1], range: [-0.03, 0], frictionloss: 5}
    shape: cylinder
    size: [0.01, 0.06]
  crank:
    pos: [0.3, 0.2, 0.2]
    joint: {kind: hinge, axis: [0, 0, 1], range_deg: [-90, 90], frictionloss: 0.3}
    shape: box
    size: [0.02, 0.2, 0.02]
  flap:
    pos: [0.1, 0.2, 0.2]
    joint: {kind: hinge, axis: [0, 0, 1], range_deg: [0, 10], frictionloss: 0.3}
    shape: box
    size: [0.02, 0.2, 0.02]
  cup: {pos: [0.2, -0.1, 0.04], shape: box, size: [0.04, 0.04, 0.08]}
goal: lifted(cup, 0.05)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return written_world(SCENE, tmp_path_factory.mktemp("scene"))


def test_a_path_is_in_space_and_of_the_farthest_point(world: World) -> None:
    travel: Travel = world.travel
    before = travel.here()
    for name, value in (("nail", -0.02), ("crank", 0.5)):
        column = world._poses.openings[name].columns[0]
        world._qpos[0, column] += value
    world._qpos[0, world.compiled.index.qpos("cup")[2]] += 0.03
    world._poses.refresh()
    path = travel.since(before)
    assert path[0, world.index("nail")] == pytest.approx(0.02)
    assert path[0, world.index("cup")] == pytest.approx(0.03)
    # Its origin is where it turns: the ends go half of 0.2 m, and half its width, times 0.5 rad.
    assert path[0, world.index("crank")] == pytest.approx(0.5 * np.hypot(0.1, 0.01))
    assert np.all(path[1] == 0)


def test_what_is_turned_about_its_origin_goes_as_far_as_its_ends(world: World) -> None:
    before, i = world.travel.here(), world.index("cup")
    turn = world._qpos[0, world.compiled.index.qpos("cup")[3:7]].copy()
    world._qpos[0, world.compiled.index.qpos("cup")[3:7]] = (np.cos(0.4), 0, np.sin(0.4), 0)
    world._poses.refresh()
    chord = 2 * np.sin(0.4) * np.linalg.norm((0.02, 0.02, 0.04))  # about y, of its corners at most
    assert world.travel.since(before)[0, i] == pytest.approx(chord)
    world._qpos[0, world.compiled.index.qpos("cup")[3:7]] = turn
    world._poses.refresh()


def test_what_is_asked_is_no_more_than_half_of_what_a_joint_allows(world: World) -> None:
    assert enough_path(world.scene, "nail") == pytest.approx(0.015)
    assert enough_path(world.scene, "crank") == enough_path(world.scene, "cup") == 0.05
    assert enough_path(world.scene, "flap") == pytest.approx(
        0.5 * np.deg2rad(10) * 0.1005, rel=1e-3
    )


def test_a_goal_about_the_required_tool_alone_asks_that_it_was_handled(tmp_path: Path) -> None:
    judge = Monitor(written_world(SCENE + "tool: {name: cup, use: required}\n", tmp_path))
    ledger = judge.world.ledger
    ledger.duration[0, ledger.column(ROBOT, "cup")] = 1.0
    assert judge.caused().tolist() == [True, False]
