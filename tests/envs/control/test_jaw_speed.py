"""Fingers of whoever commands them raw stop at what they meet, in skills as in environments."""

import mujoco
import numpy as np
import pytest

from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.rotations import DOWN
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.task import TICKS
from habilis.envs.world.world import SUBSTEPS, World

HEIGHT = 0.03  # m of the tool centre point that grips
DEEPEST = 0.001  # m


def block(wide: float) -> Thing:
    return Thing("thing", (Part("block", "box", (0.05, wide, 0.06)),), (0.3, 0, 0.03), mass=0.2)


def bowl(wall: float) -> Thing:
    """One wall of it between the fingers."""
    side, size = (0.12 - wall) / 2, 0.12
    walls = [
        Part(f"wall{i}", "box", (wall, size, 0.06) if x else (size, wall, 0.06), (x, y, 0.0))
        for i, (x, y) in enumerate(((side, 0.0), (-side, 0.0), (0.0, side), (0.0, -side)))
    ]
    return Thing("thing", tuple(walls), (0.3, side, 0.03), mass=0.2)


def ball() -> Thing:
    part = Part("ball", "sphere", (0.05,))
    return Thing("thing", (part,), (0.3, 0, 0.025), mass=0.1, rolling=0.001)


def deepest(world: World) -> float:
    """How far fingers and the thing are in one another, m."""
    model, data = world.model, mujoco.MjData(world.model)
    data.qpos[:] = world.sim.bind("qpos")[0]
    mujoco.mj_forward(model, data)
    thing, table, found = model.body("thing").id, model.body("table").id, 0.0
    for contact in data.contact:
        bodies = set(model.geom_bodyid[list(contact.geom)].tolist())
        if thing in bodies and not bodies & {0, table}:
            found = max(found, -float(contact.dist))
    return found


@pytest.mark.parametrize("ticks", [1, TICKS])
@pytest.mark.parametrize(
    ("thing", "robot"),
    [
        (block(0.02), "fr3"), (block(0.05), "fr3"), (bowl(0.004), "fr3"), (bowl(0.016), "fr3"),
        (ball(), "fr3"), (block(0.05), "ur5e+robotiq_2f85"),
    ],
)  # fmt: skip
def test_a_jaw_that_is_told_to_shut_at_once_stops_at_what_it_meets(
    thing: Thing, robot: str, ticks: int
) -> None:
    workspace = Workspace((0.0, -0.25, 0.005), (0.45, 0.25, 0.3))
    scene = Scene("jaw", "Hold it.", (thing,), workspace, Predicate("held", "thing"), robot)
    sim = SimRobot(World(compile_scene(scene)))
    sim.reset(published(scene, 1))
    grip = np.array([[0.3, 0.0, HEIGHT]])
    for way in (grip + (0.0, 0.0, 0.12), grip):
        for _ in range(60):
            sim.command(CommandBatch(way, sim.controller.aperture, DOWN))
    deep = []
    for _ in range(60 // ticks):  # as an environment, and as whoever commands each period, does
        for targets in np.repeat(
            sim.controller.to_pose(grip, DOWN, np.zeros(1), ticks).ctrl[0], SUBSTEPS, axis=0
        ):
            sim.world.advance_part(targets[None, None], last=True)
            deep.append(deepest(sim.world))
    assert sim.world.held("thing")[0]
    assert 0 < max(deep) <= DEEPEST
