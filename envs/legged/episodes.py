"""The parts of a walking robot's episodes in a scene: velocities, layouts, and the scene's goal."""

from __future__ import annotations

import numpy as np

from habilis.assets.names import did_you_mean
from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.arm.episodes import Layouts
from habilis.envs.legged.control import WalkControl
from habilis.envs.parts import Parts
from habilis.envs.sim.make import SimKind
from habilis.envs.task import TaskSpec
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.seeing.cameras import ScenePictures
from habilis.envs.world.state import State
from habilis.envs.world.world import World


def legged_parts(task: TaskSpec, n: int, nthread: int, sim: SimKind) -> Parts:
    """N episodes of a robot on legs in the task's scene, which is the goal's too.

    Args:
      task: what is done.
      n: episodes.
      nthread: threads of the physics, 0 for all cores.
      sim: back end of the physics.

    Raises:
      ValueError: the task's actions are those of an arm.
    """
    if task.control != "walk":
        raise ValueError(did_you_mean("control mode of a robot on legs", task.control, ("walk",)))
    scene = task.scene()
    world = World(compile_scene(scene), n, nthread, sim=sim)
    control, monitor = WalkControl(world), Monitor(world)
    return Parts(
        world, control, Layouts(world, np.asarray(world.robot.home, float), task.variation),
        monitor, State(world, control, monitor), scene.time_limit, ScenePictures(world),
    )  # fmt: skip
