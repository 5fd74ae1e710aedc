"""The parts of an arm's episodes in a scene: actions, layouts, and the scene's goal."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.names import did_you_mean
from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.control.arm import TICK, ArmController, Sent
from habilis.envs.control.rotations import DOWN, turned
from habilis.envs.parts import (
    Generators,
    Parts,
    Rows,
)
from habilis.envs.robot.robot import start_joints
from habilis.envs.sim.make import SimKind
from habilis.envs.task import SCALES, TICKS, Mode, TaskSpec
from habilis.envs.world.cameras import ScenePictures
from habilis.envs.world.layout import Layout, Variation, sample
from habilis.envs.world.monitor import Monitor
from habilis.envs.world.state import State
from habilis.envs.world.world import World


class ArmControl:
    """Actions of arms with grippers.

    Args:
      world: physics.
      controller: limits and inverse kinematics of its arms.
      mode: what an action means, see ``TaskSpec.control``.
      dt: length of an environment step, s.

    Attributes:
      action: (N, A) last action, in [-1, 1]; 0 after a reset.
    """

    def __init__(self, world: World, controller: ArmController, mode: Mode, dt: float) -> None:
        if mode not in SCALES:
            raise ValueError(did_you_mean("control mode", mode, SCALES))
        self.world, self.controller, self.dt, self._mode = world, controller, dt, mode
        self._scale = np.array(SCALES[mode])
        width = (self._scale.size if self._scale.ndim else world.q.shape[1]) + 1
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (width,), np.float32)
        self.action: Array = np.zeros((world.n, width))

    def reset(self, ids: Ids) -> None:
        """Go on from where the arms of ``ids`` (k,) stand."""
        self.controller.arm(ids, self.world.q[ids], self.world.aperture[ids])
        self.action[ids] = 0.0

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``: limiter, inverse kinematics, interpolation, physics."""
        self.action = action
        self._advance(self._command(action))
        yield self.dt

    def _advance(self, sent: Sent) -> None:
        self.world.advance(sent.ctrl)

    def _command(self, action: Array) -> Sent:
        low, high = self.world.robot.effector.aperture
        jaw = low + (action[:, -1] + 1) * ((high - low) / 2)
        limiter, by = self.controller.limiter, self._scale * action[:, :-1]
        if self._mode == "joint":
            return self.controller.to_joints(limiter.q + by, jaw, TICKS)
        rot = DOWN if self._mode == "ee" else turned(limiter.rot, by[:, 3:])
        return self.controller.to_pose(limiter.pos + by[:, :3], rot, jaw, TICKS)

    def rows(self) -> Rows:
        """See ``Control``."""
        limiter = self.controller.limiter
        return {
            **{f"limiter/{name}": row for name, row in limiter.rows().items()},
            "aperture": self.controller.aperture, "action": self.action,
        }  # fmt: skip


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


def arm_parts(task: TaskSpec, n: int, nthread: int, sim: SimKind) -> Parts:
    """N episodes of an arm in the task's scene, which is the goal's too."""
    scene = task.scene()
    lone = ArmController(scene.robot, scene.base, scene.workspace, 1)
    start = start_joints(lone, scene)
    world = World(compile_scene(scene), n, nthread, sim=sim)
    controller = ArmController(scene.robot, scene.base, scene.workspace, n)
    control, monitor = ArmControl(world, controller, task.control, TICKS * TICK), Monitor(world)
    return Parts(
        world, control, Layouts(world, start, task.variation), monitor,
        State(world, control, monitor), scene.time_limit, ScenePictures(world),
    )  # fmt: skip
