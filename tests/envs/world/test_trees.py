"""Things with links in a world: where they are, and that they stay there."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from habilis.assets.scene.compile import compile_scene
from habilis.assets.scene.file import load_scene
from habilis.assets.scene.things import Scene
from habilis.envs.robot import SimRobot
from habilis.envs.world.layout import Variation, sample
from habilis.envs.world.world import World

Array = npt.NDArray[np.float64]

SCENE = Path(__file__).parents[2] / "data" / "trees.yaml"


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
