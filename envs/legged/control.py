"""Actions of robots on legs: how fast they walk, and whether they push what is before them."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.control.arm import TICK
from habilis.envs.legged.walking import FASTEST, ON_STEPS, Walking
from habilis.envs.parts import Rows
from habilis.envs.task import TICKS
from habilis.envs.terms.predicates import box
from habilis.envs.world.world import World

PRESS = 80.0  # N that an action of 1 pushes with
IDLE = 0.01  # share of the fastest below which a robot stands still
_FAR = np.linspace(0.2, 0.5, 7)  # m ahead of the trunk's middle where a thing is that is pushed
_WIDE = np.array([-0.12, 0.0, 0.12])  # m aside
_LEVEL = 0.05  # m between the ground of a robot and that of what it pushes


class WalkControl:
    """Velocities that a gait walks at.

    An action is forward (1 is 0.5 m/s) and to the left (0.25 m/s), turning to the left (1 rad/s),
    and pushing. Below 0 the last steps onto what is low enough; from 0 on whatever loose thing is
    right ahead is pushed and not stepped onto, by the chest with up to 80 N at 1. Where the ground
    is uneven nobody walks faster than 0.25 m/s.

    Args:
      world: physics.
      dt: length of an environment step, s.

    Attributes:
      action: (N, 4) last action, in [-1, 1]; 0 after a reset.
    """

    def __init__(self, world: World, dt: float = TICKS * TICK) -> None:
        self.world, self.dt, self.walking = world, dt, Walking(world)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (4,), np.float32)
        self.action: Array = np.zeros((world.n, 4))
        self._loose = tuple(e.name for e in world.scene.entities if e.movable and e.grains is None)

    def pose(self) -> tuple[Array, Array]:
        """See ``Acting``: that of the trunk."""
        pos, rot = self.world.trunk
        return pos.copy(), rot

    def reset(self, ids: Ids) -> None:
        """See ``Control``: stand where it was put."""
        self.walking.reset(ids)
        self.action[ids] = 0.0

    def still(self) -> Array:
        """(N, 4) actions that stand still."""
        return np.zeros_like(self.action)

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``; the gait goes on in every control period."""
        self.action = action
        share = np.where(np.abs(action[:, :3]) < IDLE, 0.0, action[:, :3])
        force = PRESS * np.maximum(action[:, 3], 0.0)
        for _ in range(round(self.dt / TICK)):
            pushed = self.ahead(action[:, 3] >= 0)
            velocity = share * FASTEST
            rough = self.walking.rough(pushed)
            velocity[rough, 0] = np.clip(velocity[rough, 0], -ON_STEPS, ON_STEPS)
            self.walking.step(velocity, pushed, force)
            yield TICK

    def ahead(self, rows: Mask) -> tuple[str, ...]:
        """N names of the loose thing that is right before each robot; '' for none.

        Args:
          rows: (N,) where to look for one.
        """
        names = np.full(self.world.n, "", dtype=object)
        if not rows.any():
            return tuple(names)
        pos, rot = self.world.trunk
        spots = np.stack(np.meshgrid(_FAR, _WIDE, indexing="ij"), axis=-1).reshape(-1, 2)
        points = pos[:, None, :2] + spots @ rot[:, :2, :2].swapaxes(1, 2)
        best = np.full(self.world.n, np.inf)
        for name in self._loose:
            low, high = box(self.world, name)
            inside = (points > low[:, None, :2]) & (points < high[:, None, :2])
            far = np.where(inside.all(axis=2), spots[:, 0], np.inf).min(axis=1)
            level = np.abs(low[:, 2] - self.walking.trot.ground) < _LEVEL
            nearer = rows & level & (far < best)
            names[nearer], best[nearer] = name, far[nearer]
        return tuple(names)

    def rows(self) -> Rows:
        """See ``Control``."""
        return {**self.walking.rows(), "action": self.action}
