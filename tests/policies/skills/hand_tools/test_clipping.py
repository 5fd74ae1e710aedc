"""A clothespin put over two flaps, and left there."""

from __future__ import annotations

import numpy as np
import pytest

from habilis.assets.scene.format.file import SceneFileError, dump_scene, load_scene, parse_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.judging.monitor import Monitor, acts
from habilis.envs.world.world import World
from habilis.policies.skills import ClipWithTool, Grasp, Lift, TakeTool
from habilis.policies.skills.executor import run
from habilis.policies.skills.hand_tools.clipping import Edges, clipped
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import skills_for

FLAPS = ("bag/front", "bag/back")
CLIP = [TakeTool("clothespin"), ClipWithTool(*FLAPS)]
TAKE = [Grasp("prop"), Lift("prop", 0.15)]
SINK, CREEP = 0.001, 0.0005  # m; of creep in a second


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_scene(load_scene(scene_path("clip_the_bag")))


def fresh(compiled: Compiled) -> SimRobot:
    robot = SimRobot(World(compiled))
    robot.reset(published(compiled.scene, 1))
    return robot


def sensed(robot: SimRobot) -> Senses:
    senses = Senses(robot.world.scene, robot.world.bodies)
    senses.update(robot.observe())
    return senses


def clips(robot: SimRobot) -> bool:
    words = [Predicate("clips", "clothespin", flap) for flap in FLAPS]
    return all(bool(evaluate(word, robot.world)[0]) for word in words)


@pytest.mark.slow
def test_the_clip_stays_on_both_flaps_and_keeps_the_beads_in(compiled: Compiled) -> None:
    robot = fresh(compiled)
    monitor = Monitor(robot.world)
    assert acts(compiled.scene) and not clipped(sensed(robot), "clothespin", FLAPS)
    assert run(robot, CLIP[:1], monitor).steps[0].result.ok and not clips(robot)
    came = run(robot, CLIP[1:], monitor)
    assert came.steps[0].result.ok, came.steps[0].result.reason
    assert clips(robot) and clipped(sensed(robot), "clothespin", FLAPS)
    assert not monitor.success[0]
    came = run(robot, TAKE, monitor)
    assert came.ok and monitor.success[0], monitor.unmet()
    pin = robot.world.index("clothespin")
    before = robot.world.pos[0, pin].copy()
    robot.hold(1.0)
    assert clips(robot) and np.linalg.norm(robot.world.pos[0, pin] - before) < CREEP
    edges = Edges.of(sensed(robot), FLAPS)
    assert came.ok and edges.thickness > 0.004 - 2 * SINK


def test_without_the_clip_the_bag_falls_open(compiled: Compiled) -> None:
    robot = fresh(compiled)
    monitor = Monitor(robot.world)
    assert run(robot, TAKE, monitor).steps[-1].result.ok
    robot.hold(1.0)
    assert robot.world.opening("bag/front")[0] > 0.5 and not monitor.success[0]
    kept = Predicate("share_in", "beads", "bag", 0.9)
    assert not evaluate(kept, robot.world)[0]


def test_what_cannot_clip_says_so(compiled: Compiled) -> None:
    assert "clip_with_tool" in skills_for(compiled.scene)
    vials = load_scene(scene_path("beads_in_vials"))
    assert "clip_with_tool" not in skills_for(vials)
    assert ClipWithTool.unfit(vials) == "clip_with_tool needs a tool that shuts by itself"
    came = run(fresh(compiled), [ClipWithTool(*FLAPS)])
    assert came.steps[0].result.reason.startswith("clip_with_tool needs a tool in the hand")
    text = dump_scene(compiled.scene)
    with pytest.raises(SceneFileError, match="'prop' is no tool that its spring shuts"):
        parse_scene(text.replace("clips(clothespin, bag/front)", "clips(prop, bag/front)"), "a")
    assert parse_scene(text, "a") == compiled.scene
