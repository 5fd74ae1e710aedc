"""Ties that blades sever, and the skill that closes blades on them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from habilis.assets.scene.format.file import SceneFileError, dump_scene, load_scene, parse_scene
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.assets.tools.build import tool_thing
from habilis.assets.tools.registry import make_tool
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.llm_planner.search.goals import options
from habilis.policies.skills import CutWithTool, PickWithTool, PlaceWithTool, TakeTool
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import run
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Skill


@pytest.fixture(scope="module")
def given() -> Scene:
    return load_scene(scene_path("key_on_a_string"))


@pytest.fixture(scope="module")
def compiled(given: Scene) -> Compiled:
    return compile_scene(given)


def with_edges(scene: Scene, radius: float) -> Scene:
    """The scene with snips of other edges."""
    old = scene.entity("snips")
    new = tool_thing(make_tool("snips", edge=radius), "snips")
    return scene.replace_entities(
        [dataclasses.replace(new, pos=old.pos, yaw=old.yaw, tilt=old.tilt)]
    )


def tried(scene: Compiled, *steps: Skill) -> tuple[SimRobot, Attempt]:
    robot = SimRobot(World(scene))
    robot.reset(published(scene.scene, 1))
    return robot, run(robot, list(steps), Monitor(robot.world))


def test_blades_sever_a_string_and_the_key_comes_along(compiled: Compiled) -> None:
    into = (PickWithTool("key"), PlaceWithTool("key", on="dish"))
    robot, came = tried(compiled, TakeTool("snips"), CutWithTool("string"), *into)
    assert came.ok, came.reason
    assert robot.world.severing.severed.all()
    assert came.steps[1].result.numbers["apart"] > 0.02


def test_a_tie_holds_at_rest_and_against_tips_that_pull(compiled: Compiled) -> None:
    robot, came = tried(compiled, TakeTool("snips"), PickWithTool("key"))
    assert not robot.world.severing.severed.any() and not came.goal


@pytest.mark.slow
def test_a_dull_edge_presses_in_vain(given: Scene) -> None:
    dull = compile_scene(with_edges(given, 5e-4))
    robot, came = tried(dull, TakeTool("snips"), CutWithTool("string"))
    assert came.steps[0].result.ok and not robot.world.severing.severed.any()
    assert came.failed is not None and "0 mm apart" in came.failed.result.reason


def test_pressure_is_that_of_the_lesser_force_at_the_tie(compiled: Compiled) -> None:
    world = World(compiled)
    world.reset(np.array([0]), published(compiled.scene, 1), np.zeros(world.q.shape[1]))
    (bond,) = compiled.bonds
    for half, force in (("snips/", 2.0), ("snips/moving", 0.5)):
        world.ledger.force[:, world.ledger.column("string/cord", half)] = force
    assert world.severing.pressure(bond, "snips") == 0.0  # they hang elsewhere
    at = world.pose("string/cord")[0][0] + world.pose("string/cord")[1][0] @ bond.tie.at
    tip = np.array(compiled.scene.entity("snips").frames["tip"])
    pos, rot = (row[0].copy() for row in world.pose("snips"))
    for off, mega in (
        ((0.0, 0.0, 0.0), 6.25), ((0.02, 0.0, 0.0), 0.0), ((-0.04, 0.0, 0.0), 0.0),
        ((0.0, 0.0, 0.01), 0.0), ((0.0, -0.01, 0.0), 0.0), ((0.0, 0.05, 0.0), 0.0),
    ):  # fmt: skip
        to = at - rot @ (tip + np.array(off)) - pos  # where it meets the tie in its own frame
        for half in ("snips", "snips/moving"):
            world.pos[0, world.index(half)] += to
        pos = pos + to
        assert world.severing.pressure(bond, "snips") == pytest.approx(1e6 * mega), off


def test_what_is_tied_moves_with_its_tie(compiled: Compiled) -> None:
    robot = SimRobot(World(compiled))
    robot.reset(sample(compiled.scene, Variation.scaled(1.0), np.random.default_rng(0), 1))
    world = robot.world
    assert np.abs(world.start_pos[0, world.index("key"), :2] - (0.319745, 0.069745)).max() > 0.01
    robot.hold(0.5)
    assert np.abs(world.pos - world.start_pos).max() < 1e-3


def test_a_tie_whose_ends_are_seen_apart_has_been_severed(compiled: Compiled) -> None:
    robot = SimRobot(World(compiled))
    robot.reset(published(compiled.scene, 1))
    twin = World(compiled)
    for off, severed in ((0.0, False), (0.03, True)):
        seen = {i: (robot.world.pos[:, i].copy(), robot.world.quat[:, i]) for i in range(5)}
        seen[twin.index("key")][0][:, 2] += off
        twin.mirror(robot.world.time, robot.world.q, robot.world.aperture, seen, start=True)
        assert twin.severing.severed.tolist() == [[severed]]


def test_what_is_not_tied_or_cut_already_is_refused(compiled: Compiled) -> None:
    _, came = tried(compiled, TakeTool("snips"), CutWithTool("dish"))
    assert came.steps[1].result.reason == "nothing ties dish that could be cut; tied: string"
    _, came = tried(compiled, CutWithTool("string"))
    assert "needs a tool in the hand" in came.steps[0].result.reason
    loose = dataclasses.replace(compiled.scene.entity("string"), tie=None)
    alone = compiled.scene.replace_entities([loose])
    assert CutWithTool.unfit(alone) == "cut_with_tool needs something that is tied; nothing is"


def test_the_search_frees_what_is_tied_before_it_moves_it(compiled: Compiled) -> None:
    robot = SimRobot(World(compiled))
    robot.reset(published(compiled.scene, 1))
    senses = Senses(compiled.scene, robot.bodies)
    senses.update(robot.observe())
    found = sorted(options(senses, compiled.scene.goal), key=lambda o: o.cost + o.left)
    assert found[0].why == "cut string with snips, to free key"
    assert [s.skill for s in found[0].steps] == ["take_tool", "cut_with_tool"]


def test_a_tie_is_written_and_read_back(given: Scene) -> None:
    assert parse_scene(dump_scene(given), "again.yaml") == given
    text = dump_scene(given)
    for old, new, said in (
        ("to: key", "to: lock", "unknown object 'lock'"),
        ("link: cord", "link: rope", "unknown link of the object 'rope'"),
        ("in(key, dish)", "severed(dish)", "object 'dish' has no tie; objects with one: string"),
    ):
        assert old in text
        with pytest.raises(SceneFileError, match=said):
            parse_scene(text.replace(old, new), "bad.yaml")


def test_a_tie_grows_with_its_thing(given: Scene) -> None:
    string = scaled(given.entity("string"), [1.1, 1.1, 1.1])
    assert string.tie is not None and string.tie.at == pytest.approx((-0.044, 0.0, 0.0))
