"""The parts of an arm's episodes in a scene: actions, layouts, and the scene's goal."""

from __future__ import annotations

from habilis.assets.arrays import Array, Ids
from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.arm.control import ArmControl
from habilis.envs.arm.tool_control import ToolControl
from habilis.envs.control.arm import TICK, ArmController
from habilis.envs.parts import (
    Generators,
    Parts,
    Rows,
)
from habilis.envs.robot.robot import start_joints
from habilis.envs.sim.make import SimKind
from habilis.envs.task import TICKS, Mode, TaskSpec
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.seeing.cameras import ScenePictures
from habilis.envs.world.state import State
from habilis.envs.world.varying.layout import Layout, Variation, sample
from habilis.envs.world.world import World


class Layouts:
    """Episodes begin with the arm above the table and everything a little elsewhere.

    Args:
      world: physics.
      joints: (7,) of the arm, rad.
      variation: how far layouts stray from the scene.
    """

    def __init__(self, world: World, joints: Array, variation: Variation) -> None:
        self._world, self._joints, self._variation = world, joints, variation

    def place(self, ids: Ids, rngs: Generators) -> None:
        """See ``Start``."""
        draws = [sample(self._world.scene, self._variation, rng, 1) for rng in rngs]
        self._world.reset(ids, Layout.stack(draws), self._joints)

    def rows(self) -> Rows:
        """Nothing."""
        return {}


def make_control(world: World, controller: ArmController, mode: Mode) -> ArmControl:
    """What acts in a mode; see ``TaskSpec.control``."""
    if mode == "tool":
        return ToolControl(world, controller, TICKS * TICK)
    return ArmControl(world, controller, mode, TICKS * TICK)


def arm_parts(
    task: TaskSpec, n: int, nthread: int, sim: SimKind, world: World | None = None
) -> Parts:
    """N episodes of an arm in the task's scene, which is the goal's too.

    Args:
      task: what is done.
      n: episodes.
      nthread: threads of the physics, 0 for all cores.
      sim: back end of the physics.
      world: of n simulations, made already; in its own scene.
    """
    scene = task.scene() if world is None else world.scene
    lone = ArmController(scene.robot, scene.base, scene.workspace, 1)
    start = start_joints(lone, scene)
    world = world or World(compile_scene(scene), n, nthread, sim=sim)
    controller = ArmController(scene.robot, scene.base, scene.workspace, n)
    control, monitor = make_control(world, controller, task.control), Monitor(world)
    return Parts(
        world, control, Layouts(world, start, task.variation), monitor,
        State(world, control, monitor), scene.time_limit, ScenePictures(world),
    )  # fmt: skip
