"""What an action does: it moves the targets of the legs' servos away from a posture or a gait."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.control.arm import TICK
from habilis.envs.gait.options import Basis
from habilis.envs.gait.orders import PaceOrders, Pushes
from habilis.envs.legged.trot import Gait
from habilis.envs.legged.walking import Walking
from habilis.envs.parts import Rows
from habilis.envs.world.world import World

REACH = {"stance": np.array([0.35, 0.8, 0.9]), "trot": np.array([0.4, 0.4, 0.4])}
"""How far an action of 1 moves the target of hip, thigh and calf, rad."""


class JointTargets:
    """Actions (N, j) are offsets of the joints' targets from a posture, or from the trot's targets.

    Args:
      world: physics.
      orders: velocities that are asked for.
      pushes: that disturb it.
      basis: what actions are added to.
      delay: steps by which they come late.

    Attributes:
      walking: the model-based gait, which also knows the ground.
      trots: whether actions are added to it.
      action: (N, j) of the last step; before: (N, j) of the one before.
      clock: (N,) that the feet are to keep, 0 to 1; 0 of who is to stand. It is the trot's.
    """

    dt = TICK

    def __init__(
        self, world: World, orders: PaceOrders, pushes: Pushes, basis: Basis, delay: int
    ) -> None:
        self._world, self._orders, self._pushes = world, orders, pushes
        self.walking, self.trots = Walking(world), basis == "trot"
        joints = world.q.shape[1]
        self._reach = np.tile(REACH[basis], joints // len(REACH[basis]))
        self.home = np.asarray(world.robot.home, float)
        limbs = world.robot.limbs
        self._low = np.concatenate([limb.lower for limb in limbs])
        self._high = np.concatenate([limb.upper for limb in limbs])
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (joints,), np.float32)
        self.action, self.before = np.zeros((2, world.n, joints))
        self.clock = np.zeros(world.n)
        self._late = np.zeros((world.n, delay, joints))
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
        self.clock[:] = np.where(moves, (self.clock + TICK / Gait.period) % 1, 0.0)
        self._pushes.apply(self._steps)
        self._steps += 1
        targets = self.home
        if self.trots:
            targets = self.walking.targets(self._orders.told)
            self.clock[:] = self.walking.trot.phase
        targets = targets + self._reach * now
        if not self.trots:  # the trot's targets are beyond a joint where they make its servo push
            targets = np.clip(targets, self._low, self._high)
        self._world.advance(targets[:, None])
        yield TICK

    def trot(self) -> Array:
        """(N, j) actions by which the model-based gait walks on, whatever they are added to: 0, or
        where the posture is, what leads to its targets, as far as actions do."""
        if self.trots:
            return np.zeros_like(self.action)
        targets = self.walking.targets(self._orders.told)
        return np.clip((targets - self.home) / self._reach, -1.0, 1.0)

    def rows(self) -> Rows:
        """See ``Control``."""
        own = {
            "action": self.action, "before": self.before, "clock": self.clock,
            "late": self._late, "steps": self._steps,
        }  # fmt: skip
        return {**own, **self._pushes.rows(), **self.walking.rows()}
