"""A world is put where another one was seen."""

import numpy as np
import pytest
from tests.envs.written import arm_scenes

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.envs.robot.robot import SimRobot
from habilis.envs.ros.robot.placing import place
from habilis.envs.tasks import load_task
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World

BROKEN = "habilis/ReachMilkBroken-v0"


def scene(name: str) -> Scene:
    return load_task(name).scene() if "/" in name else load_scene(scene_path(name))


GRIPPER = [name for name in arm_scenes() if "leap" not in scene(name).robot]  # which has a hand


@pytest.mark.parametrize("name", [*GRIPPER, BROKEN])
def test_robot_and_things_stand_where_they_were_seen(name: str) -> None:
    layout = sample(scene(name), Variation.scaled(1.0), np.random.default_rng(3), 1)
    there = SimRobot(World(compile_scene(scene(name)), 1))
    there.reset(layout)
    there.hold(0.5)
    world = World(there.world.compiled, 1)
    seen = {b: (there.world.pos[0, i], there.world.quat[0, i]) for i, b in enumerate(world.bodies)}
    place(world, there.world.q[0], float(there.world.aperture[0]), seen)
    jointed = [i for i, b in enumerate(world.bodies) if world.model.body(b).dofnum[0] == 1]
    others = [i for i in range(len(world.bodies)) if i not in jointed]
    assert np.array_equal(world.q, there.world.q)
    assert np.allclose(world.aperture, there.world.aperture, atol=1e-12, rtol=0)
    assert np.allclose(world.pos[:, others], there.world.pos[:, others], atol=1e-9, rtol=0)
    assert np.allclose(world.quat[:, others], there.world.quat[:, others], atol=1e-9, rtol=0)
    assert np.allclose(world.pos[:, jointed], there.world.pos[:, jointed], atol=1e-3, rtol=0)
    assert np.array_equal(world.start_pos, world.pos) and not world.written.any()
    still = np.append(world.q[0], world.aperture / 2)[None, None]
    before = world.pos.copy()
    world.advance(np.repeat(still, 10, axis=1))
    assert not world.diverged.any() and np.abs(world.pos - before).max() < 0.002


def test_a_loose_part_that_nobody_sees_goes_with_its_tool() -> None:
    world = World(compile_scene(scene(BROKEN)), 1)
    (part,) = world.compiled.loose
    half = np.deg2rad(40) / 2
    pos, quat = np.array([0.3, 0.1, 0.2]), np.array([np.cos(half), np.sin(half), 0, 0])
    place(world, np.array(world.robot.arm.home), 0.06, {part.owner: (pos, quat)})
    for name in (part.owner, part.body):
        assert np.allclose(world.pos[0, world.index(name)], pos)
        assert np.allclose(world.quat[0, world.index(name)], quat)
    others = [world.index(e.name) for e in world.scene.entities if e.name != part.owner]
    given = [e.pos for e in world.scene.entities if e.name != part.owner]
    assert np.allclose(world.pos[0, others], given)
