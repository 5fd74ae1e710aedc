"""Heights of the ground, against what a ray from above meets."""

import mujoco
import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene, scene_path
from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.legged.terrain import Terrain
from habilis.envs.world.poses import quaternions
from habilis.envs.world.world import World


@pytest.mark.parametrize("name", ["climb_sofa_2024", "cube_lifting_2023"])
def test_heights_are_those_that_a_ray_meets(name: str) -> None:
    scene = load_scene(scene_path(name))
    compiled = compile_scene(scene)
    world = World(compiled, 3)
    world.clear(np.arange(3))
    rng = np.random.default_rng(0)
    free = [e.name for e in scene.entities if e.movable]
    for thing in free:  # turned about the vertical, and shifted
        at = compiled.index.qpos([thing]).ravel()
        yaw = rng.uniform(-1, 1, 3)
        world.sim.bind("qpos")[:, at[:2]] += rng.uniform(-0.2, 0.2, (3, 2))
        rest = world.pose(thing)[1]
        spin = np.array(
            [
                [[c, -s, 0], [s, c, 0], [0, 0, 1]]
                for c, s in zip(np.cos(yaw), np.sin(yaw), strict=True)
            ]
        )
        world.sim.bind("qpos")[:, at[3:]] = quaternions(spin @ rest)
    world.settle(np.arange(3))
    base = world.columns.base
    world.sim.bind("qpos")[:, base][:, :3] = (50, 50, 50)  # out of the way
    world.sim.forward(upto="position")
    points = np.array(scene.entities[0].pos[:2]) + rng.uniform(-1.5, 1.5, (3, 200, 2))
    heights = Terrain(scene, compiled.bodies).heights(points, world.pos, world.quat)
    above = np.concatenate((points, np.full((3, 200, 1), 5.0)), axis=2)
    down = np.broadcast_to(np.array([0.0, 0.0, -1.0]), above.shape).copy()
    far, _ = world.sim.ray(above, down, range(mujoco.mjNGROUP))
    same = np.abs(5.0 - far - heights) < 1e-6
    assert same.mean() > 0.97, "but for what is thin, and round edges"
    assert (heights > 0.05).mean() > 0.05
