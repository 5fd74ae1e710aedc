"""What a studio shows: one world with its robot, acted in by skills and by policies alike."""

from __future__ import annotations

import functools
from collections.abc import Callable

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.arm.episodes import arm_parts
from habilis.envs.control.arm import TICK
from habilis.envs.core import Core
from habilis.envs.robot.robot import SimRobot
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.task import Mode, TaskSpec
from habilis.envs.tasks.base.generic import make_task
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World

SCENE = "habilis/Scene-v0"
"""Id of the task that any scene is."""


class PacedWorld(World):
    """A world in which somebody is asked before each control period, however it is advanced.

    Attributes:
      before: called then; what it raises keeps the period from beginning.
    """

    before: Callable[[], None] = staticmethod(lambda: None)

    def advance(self, ctrl: Array) -> None:
        """See ``World``; period by period."""
        for t in range(ctrl.shape[1]):
            self.before()
            super().advance(ctrl[:, t : t + 1])


class Setting:
    """One world and its robot; skills act through ``robot``, policies through ``core``.

    Both go through one limiter, so that they can take turns while the robot moves.

    Args:
      task: what is shown; of an arm.
      before: called before each control period, see ``PacedWorld``.

    Attributes:
      scene, world, core, robot, monitor: of the task.
      model: the engine's, with what the present layout varies; a new one after each reset.

    Raises:
      ValueError: the task is not one of an arm in a scene.
    """

    def __init__(self, task: TaskSpec, before: Callable[[], None] = lambda: None) -> None:
        if task.build is not None:
            raise ValueError(
                f"{task.id} has no scene with an arm, and cannot be shown live: make a film of it,"
                f" e.g. habilis play {task.id} --film play.mp4"
            )
        self.task, self.scene = task, task.scene()
        self.world = PacedWorld(compile_scene(self.scene), 1, 1)
        self.core = Core(task, 1, parts=arm_parts(task, 1, 1, "cpu", self.world))
        self.monitor: Monitor = self.core.monitor
        self.robot = SimRobot(self.world, lambda: self.monitor.update(TICK))
        self.robot.controller = self.core.control.controller
        self.model: mujoco.MjModel = self.world.model
        self._data = mujoco.MjData(self.model)
        self.reset(0)
        self.world.before = before

    @property
    def time(self) -> float:
        """Simulated time since the reset, s."""
        return float(self.world.time[0])

    def reset(self, seed: int) -> None:
        """Begin an episode on the layout of a seed, as ``habilis solve`` and ``play`` draw it."""
        self.core.reset(np.arange(1), [np.random.default_rng(seed)])
        self.world.sim.forward()
        self.model = self.world.sim.get_model(0)

    def save(self) -> Snapshot:
        """All of the present: world, robot, limiter and judge."""
        return self.core.save()

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot, from which all continues bit for bit."""
        self.core.restore(snapshot)

    def look(self) -> mujoco.MjData:
        """The present as the engine has it, contacts included; overwritten by the next look."""
        self.world.sim.get_data(0, self._data)
        mujoco.mj_forward(self.model, self._data)
        return self._data


def scene_task(scene: Scene, variation: float = 0.0, control: Mode = "ee") -> TaskSpec:
    """The task of any scene, which is the one that policies for scene files know."""
    return make_task(functools.partial(_given, scene), SCENE, variation, control)


def _given(scene: Scene) -> Scene:
    return scene
