"""Actions of arms and of what their end effectors open."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.names import check_known
from habilis.envs.control.arm import ArmController, Sent
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.control.rotations import DOWN, turned
from habilis.envs.parts import Rows
from habilis.envs.task import SCALES, TICKS, Mode
from habilis.envs.world.world import World


class ArmControl:
    """Actions of arms and of what their end effectors open.

    Args:
      world: physics.
      controller: limits and inverse kinematics of its arms.
      mode: what an action means, see ``TaskSpec.control``.
      dt: length of an environment step, s.

    Attributes:
      action: (N, A) last action, in [-1, 1]; 0 after a reset.
    """

    more = 0
    """Numbers of an action after that which opens."""

    def __init__(self, world: World, controller: ArmController, mode: Mode, dt: float) -> None:
        check_known("control mode", mode, SCALES)
        self.world, self.controller, self.dt, self._mode = world, controller, dt, mode
        self._scale = np.array(SCALES[mode])
        width = (self._scale.size if self._scale.ndim else world.q.shape[1]) + 1 + self.more
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (width,), np.float32)
        self.action: Array = np.zeros((world.n, width))
        # One of its own: that of the controller stands where the arms were sent.
        self._measured = ArmKinematics(world.scene.robot, world.scene.base, world.n)

    def pose(self) -> tuple[Array, Array]:
        """See ``Acting``: that of the tool centre point."""
        return self._measured.tcp(self.world.q)

    def reset(self, ids: Ids) -> None:
        """Go on from where the arms of ``ids`` (k,) stand."""
        self.controller.arm(ids, self.world.q[ids], self.world.aperture[ids])
        self.action[ids] = 0.0

    def still(self) -> Array:
        """(N, A) actions that keep the arms where they are, and shut what they open."""
        out = np.zeros_like(self.action)
        out[:, -1 - self.more] = -1.0
        return out

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``: limiter, inverse kinematics, interpolation, physics."""
        self.action = action
        self._advance(self._command(action))
        yield self.dt

    def _advance(self, sent: Sent) -> None:
        self.world.advance(sent.ctrl)

    def _opening(self, action: Array) -> Array:
        """(N,) that actions ask for, m."""
        low, high = self.world.robot.effector.aperture
        return low + (action[:, -1 - self.more] + 1) * ((high - low) / 2)

    def _command(self, action: Array) -> Sent:
        limiter, by = self.controller.limiter, self._scale * action[:, : -1 - self.more]
        jaw = self._opening(action)
        if self._mode == "joint":
            return self.controller.to_joints(limiter.q + by, jaw, TICKS)
        rot = DOWN if self._mode == "ee" else turned(limiter.rot, by[:, 3:])
        return self.controller.to_pose(limiter.pos + by[:, :3], rot, jaw, TICKS)

    def rows(self) -> Rows:
        """See ``Control``."""
        return {**self.controller.rows(), "action": self.action}
