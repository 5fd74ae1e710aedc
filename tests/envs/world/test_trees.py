"""Things with links in a world: where they are, and that they stay there."""

import dataclasses
from pathlib import Path

import gymnasium
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
from habilis.assets.scene.things import Scene
from habilis.assets.tools import TOOLS
from habilis.envs.aperture.options import ringed
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import CommandBatch
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.ros.robot.placing import place
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World

SCENE = Path(__file__).parents[2] / "data" / "trees.yaml"
JOINTED = (
    "box/lid",
    "box/button",
    "cabinet/drawer",
    "board/nail",
    "chain/a",
    "chain/b",
)
LONE = """
name: lone
instruction: Take it.
workspace: {{x: [0, 0.45], y: [-0.25, 0.25], z: [0.01, 0.3]}}
objects:
  it: {{pos: [0.2, 0.05], tool: {kind}, yaw_deg: {yaw}}}
goal: joint(it/moving, 0.02) and held(it)
"""


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene(SCENE)


@pytest.fixture(scope="module")
def world(scene: Scene) -> World:
    return World(compile_scene(scene), 3, 1)


def test_bodies_are_where_forward_kinematics_says(world: World, scene: Scene) -> None:
    rng = np.random.default_rng(0)
    SimRobot(world).reset(sample(scene, Variation.scaled(0.5), rng, world.n))
    qpos = world.sim.bind("qpos")
    model = world.model
    for joint in range(model.njnt):
        name = model.joint(joint).name
        if name.partition("/")[0] not in [e.name for e in scene.entities] or "/" not in name:
            continue
        columns = world.compiled.index.qpos(name)
        if len(columns) == 4:
            turn = rng.normal(size=(world.n, 4)) + (4, 0, 0, 0)
            qpos[:, columns] = turn / np.linalg.norm(turn, axis=1, keepdims=True)
        else:
            low, high = model.jnt_range[joint]
            qpos[:, columns[0]] = rng.uniform(low, high, world.n)
    xpos, xquat = world.sim.bind("xpos"), world.sim.bind("xquat")
    world.sim.forward()
    world._poses.refresh()
    np.testing.assert_allclose(world.pos, xpos[:, world._poses.ids], atol=1e-9)
    along = np.abs(np.vecdot(world.quat, xquat[:, world._poses.ids]))
    np.testing.assert_allclose(along, 1.0, atol=1e-9)


def test_left_alone_nothing_on_a_joint_creeps(scene: Scene) -> None:
    """A closed lid, a drawer, a nail under its own weight, a chain, a clip but for its play."""
    world = World(compile_scene(scene), 1, 1)
    robot = SimRobot(world)
    robot.reset(published(scene, 1))
    robot.hold(1.0)
    still = {name: world.opening(name)[0] for name in JOINTED}
    robot.hold(2.0)
    for name, before in still.items():
        assert world.opening(name)[0] == pytest.approx(before, abs=5e-4), name
    assert np.abs(world.pos - world.start_pos).max() < 0.006
    assert abs(world.opening("board/nail")[0]) < 1e-4
    assert -5e-4 < world.opening("pen/clip")[0] < 0.05


def test_dry_friction_holds_a_nail_under_a_weight_that_is_too_light() -> None:
    scene = load_scene(SCENE)
    brick = dataclasses.replace(
        scene.entity("pen"), name="brick", links=(), mass=0.5, pos=(0.35, -0.2, 0.089), yaw=0.3
    )
    scene = dataclasses.replace(scene, entities=(*scene.entities, brick))
    world = World(compile_scene(scene), 1, 1)
    robot = SimRobot(world)
    robot.reset(published(scene, 1))
    robot.hold(0.1)
    assert world.opening("board/nail")[0] < 1e-3, "5 N on a nail that 10 N hold"


def test_a_layout_moves_a_thing_with_its_links_and_a_restored_world_goes_on_the_same(
    scene: Scene,
) -> None:
    world = World(compile_scene(scene), 2, 1)
    robot = SimRobot(world)
    rng = np.random.default_rng(3)
    robot.reset(sample(scene, Variation.scaled(1.0), rng, 2))
    box, lid = world.index("box"), world.index("box/lid")
    assert np.abs(world.pos[0, box] - world.pos[1, box]).max() > 1e-3
    arm = np.linalg.norm(world.pos[:, lid] - world.pos[:, box], axis=1)
    np.testing.assert_allclose(arm, np.hypot(0.05, 0.032), atol=1e-12)
    robot.hold(0.1)
    snapshot = world.save()
    robot.hold(0.2)
    there = world.pos.copy()
    world.restore(snapshot)
    robot.arm()
    robot.hold(0.2)
    np.testing.assert_allclose(world.pos[:, box:], there[:, box:], atol=1e-6)


def test_the_goal_may_speak_of_links(scene: Scene, world: World) -> None:
    SimRobot(world).reset(published(scene, world.n))
    qpos = world.sim.bind("qpos")
    assert not evaluate(scene.goal, world).any()
    qpos[1, world.compiled.index.qpos("box/lid")] = 0.6
    qpos[2, world.compiled.index.qpos("cabinet/drawer")] = 0.08
    world._poses.refresh()
    assert evaluate(scene.goal, world).tolist() == [False, True, False]
    for goal in ("joint(cabinet/drawer, 0.05)", "moved(cabinet/drawer, 0.05)"):
        assert evaluate(parse_goal(goal), world).tolist() == [False, False, True]


def test_a_link_that_is_not_there_is_answered_with_those_that_are(scene: Scene) -> None:
    with pytest.raises(SceneFileError, match="unknown object 'box/lit'; did you mean 'box/lid'"):
        parse_scene(SCENE.read_text().replace("joint(box/lid", "joint(box/lit"), "f.yaml")
    with pytest.raises(SceneFileError, match="a frame is on 'lit', which is no link"):
        parse_scene(SCENE.read_text().replace("lid/knob", "lit/knob"), "f.yaml")


def test_contact_sensors_grow_with_the_things_and_not_with_their_pairs() -> None:
    def pairs(count: int) -> int:
        scene = load_scene(SCENE)
        pen = dataclasses.replace(scene.entity("pen"), links=())
        things = [
            dataclasses.replace(pen, name=f"pen{i}", pos=(0.1 + 0.02 * i, 0.5, 0.01))
            for i in range(count)
        ]
        both = dataclasses.replace(scene, entities=(*scene.entities, *things))
        return len(compile_scene(both).pairs)

    few, many = pairs(20), pairs(160)
    assert many < 8 * few
    assert many < 10 * 165


@pytest.mark.parametrize("kind", TOOLS)
def test_a_hand_tool_lies_still_on_the_table(kind: str) -> None:
    scene = parse_scene(LONE.format(kind=kind, yaw=30), "t.yaml")
    assert parse_scene(dump_scene(scene), "") == scene
    world = World(compile_scene(scene), 1, 1)
    robot = SimRobot(world)
    robot.reset(published(scene, 1))
    robot.hold(1.5)
    before = world.pos.copy()
    robot.hold(1.0)
    assert np.abs(world.pos - before).max() < 1e-3
    play = scene.entity("it").links[0].joint
    assert play is not None
    assert abs(world.opening("it/moving")[0]) < play.backlash + 5e-4
    assert set(scene.entity("it").frames) >= {"pivot", "tip", "edge", "grip", "thumb"} - (
        {"thumb"} if kind == "syringe" else set()
    )


@pytest.mark.parametrize("kind", [kind for kind in TOOLS if not ringed(kind)])
def test_a_hand_tool_is_picked_up_by_its_grip_squeezed_and_put_down(kind: str) -> None:
    """Not those with rings: flat on a table they slip out of parallel pads, at every grip tried."""
    scene = parse_scene(LONE.format(kind=kind, yaw=0), "t.yaml")
    robot = SimRobot(World(compile_scene(scene), 1, 1))
    robot.reset(published(scene, 1))
    robot.hold(0.3)
    world, it = robot.world, robot.world.index("it")
    grip = world.pos[0, it] + scene.entity("it").frames["grip"]

    def go(height: float, aperture: float, seconds: float) -> None:
        start, steps = robot.controller.limiter.pos.copy(), round(seconds / TICK)
        for k in range(steps):
            way = np.array([grip[0], grip[1], height]) - start
            robot.command(CommandBatch(start + way * (k + 1) / steps, np.full(1, aperture)))

    for height, aperture, seconds in ((0.15, 0.08, 1), (0.012, 0.08, 1.5), (0.012, 0, 1)):
        go(height, aperture, seconds)
    go(0.15, 0.0, 1.5)
    robot.hold(0.5)
    assert world.pos[0, it, 2] > 0.12, "in the gripper"
    before = world.pos[0, it].copy()
    robot.hold(1.0)
    assert np.abs(world.pos[0, it] - before).max() < 2e-3
    if kind in ("tweezers", "tongs"):
        assert world.opening("it/moving")[0] > 0.29, "closed by what holds it"
    for height, aperture, seconds in ((0.014, 0, 1.5), (0.014, 0.08, 0.6), (0.15, 0.08, 1)):
        go(height, aperture, seconds)
    joint = scene.entity("it").links[0].joint
    assert joint is not None and abs(world.opening("it/moving")[0]) < joint.backlash + 1e-3
    assert world.pos[0, it, 2] < 0.03


@pytest.mark.parametrize(("name", "joints"), [("trees.yaml", 7), ("beads.yaml", 0)])
def test_a_scene_with_trees_or_grains_is_an_environment(name: str, joints: int) -> None:
    env = gymnasium.make("habilis/Scene-v0", scene=str(SCENE.with_name(name)), variation=0.3)
    obs, _ = env.reset(seed=0)
    assert env.observation_space.contains(obs)
    obs, *_ = env.step(env.action_space.sample())
    assert env.observation_space.contains(obs)
    assert len(env.unwrapped.core.world.jointed) == joints  # type: ignore[attr-defined]
    env.close()


def test_a_world_put_where_links_were_seen_has_their_openings(scene: Scene) -> None:
    seen, other = World(compile_scene(scene), 1, 1), World(compile_scene(scene), 1, 1)
    for world in (seen, other):
        SimRobot(world).reset(published(scene, 1))
    qpos, index = seen.sim.bind("qpos"), seen.compiled.index
    qpos[0, index.qpos("box")] = [0.25, 0.1, 0.05, np.cos(0.2), 0, 0, np.sin(0.2)]
    qpos[0, index.qpos("chain/a")] = [np.cos(0.3), 0, np.sin(0.3), 0]
    for name, value in (("box/lid", 1.2), ("cabinet/drawer", 0.03), ("pen/clip", 0.3)):
        qpos[0, index.qpos(name)] = value
    seen._poses.refresh()
    poses = {name: (seen.pos[0, i], seen.quat[0, i]) for i, name in enumerate(seen.bodies)}
    place(other, seen.q[0], float(seen.aperture[0]), poses)
    np.testing.assert_allclose(other.pos, seen.pos, atol=1e-9)
    for name in seen.jointed:
        assert other.opening(name)[0] == pytest.approx(seen.opening(name)[0], abs=1e-9), name
