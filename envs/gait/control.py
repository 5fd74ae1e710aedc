"""What an action does: it moves the legs' servos away from a posture or a gait, or changes it."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import gymnasium
import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.control.arm import TICK
from habilis.envs.gait.options import GaitOptions
from habilis.envs.gait.orders import PaceOrders, Pushes
from habilis.envs.gait.strides import NUMBERS, changed
from habilis.envs.legged.walking import Walking
from habilis.envs.parts import Rows
from habilis.envs.world.world import World

REACH = {"stance": np.array([0.35, 0.8, 0.9]), "trot": np.array([0.4, 0.4, 0.4])}
"""How far an action of 1 moves the target of hip, thigh and calf, rad."""


class GaitControl:
    """Actions (N, A): offsets of the joints' targets from a posture, or from the trot's, or changes
    of how the trot walks.

    Args:
      world: physics.
      orders: velocities that are asked for.
      pushes: that disturb it.
      options: of the environment.

    Attributes:
      walking: the model-based gait, which also knows the ground.
      trots: whether actions are added to it, or change it.
      action: (N, A) of the last step; before: (N, A) of the one before.
      clock: (N,) that the feet are to keep, 0 to 1; 0 of who is to stand. It is the trot's.
    """

    dt = TICK

    def __init__(
        self, world: World, orders: PaceOrders, pushes: Pushes, options: GaitOptions
    ) -> None:
        self._world, self._orders, self._pushes = world, orders, pushes
        self.walking, self.trots = Walking(world), options.basis != "stance"
        self.walking.recovers = options.recovers
        self._period = self.walking.trot.period
        joints, self._strides = world.q.shape[1], options.basis == "gait"
        reach = REACH.get(options.basis, np.zeros(3))
        self._reach = np.tile(reach, joints // len(reach))
        wide = NUMBERS if self._strides else joints
        self.home = np.asarray(world.robot.home, float)
        limbs = world.robot.limbs
        self._low = np.concatenate([limb.lower for limb in limbs])
        self._high = np.concatenate([limb.upper for limb in limbs])
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (wide,), np.float32)
        self.action, self.before = np.zeros((2, world.n, wide))
        self.clock = np.zeros(world.n)
        self._late = np.zeros((world.n, options.delay, wide))
        self._steps: Ids = np.zeros(world.n, int)

    def reset(self, ids: Ids) -> None:
        """See ``Control``."""
        for row in (self.action, self.before, self.clock, self._late, self._steps):
            row[ids] = 0
        self.walking.reset(ids)

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``."""
        self.before[:], self.action[:] = self.action, action
        now = action
        if self._late.shape[1]:
            now = self._late[:, 0].copy()
            self._late[:] = np.concatenate((self._late[:, 1:], action[:, None]), axis=1)
        moves = np.logical_or.reduce(self._orders.told != 0, axis=1)
        self.clock[:] = np.where(moves, (self.clock + TICK / self._period) % 1, 0.0)
        self._pushes.apply(self._steps)
        self._steps += 1
        targets = self._targets(now)
        if self.trots:
            self.clock[:] = self.walking.trot.phase
        self._world.advance(targets[:, None])
        yield TICK

    def _targets(self, action: Array) -> Array:
        """(N, j) of the servos, rad."""
        if self._strides:
            return self.walking.targets(
                self._orders.told, change=functools.partial(changed, action=action)
            )
        if self.trots:  # its targets are beyond a joint where they make its servo push
            return self.walking.targets(self._orders.told) + self._reach * action
        return np.clip(self.home + self._reach * action, self._low, self._high)

    def trot(self) -> Array:
        """(N, A) actions by which the model-based gait walks on, whatever they are added to: 0, or
        where the posture is, what leads to its targets, as far as actions do."""
        if self.trots:
            return np.zeros_like(self.action)
        targets = self.walking.targets(self._orders.told)
        return np.clip((targets - self.home) / self._reach, -1.0, 1.0)

    def rows(self) -> Rows:
        """See ``Control``."""
        own = {
            "action": self.action, "before": self.before, "clock": self.clock,
            "late": self._late, "steps": self._steps, "misjudged": self.walking.misjudged,
        }  # fmt: skip
        return {**own, **self._pushes.rows(), **self.walking.rows()}
