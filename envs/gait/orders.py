"""How fast robots are told to walk, and the pushes that disturb them: drawn once an episode."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.gait.scene import TIME_LIMIT
from habilis.envs.control.arm import TICK
from habilis.envs.gait.options import GaitOptions
from habilis.envs.legged.trot import wrapped
from habilis.envs.legged.walking import FASTEST
from habilis.envs.parts import Generators, Rows
from habilis.envs.world.world import World

CHANGE = 5.0  # s, after which another velocity is asked for
STAND = 0.1  # share of velocities that are 0
FORWARD = (0.15, 0.35)  # m/s, where there are obstacles
PUSH_EVERY = 2.0  # s
_TURN_BACK, _STEER_BACK = 1.0, 0.5  # 1/s, towards the line that leads over obstacles
_PARTS, _PUSHES = round(TIME_LIMIT / CHANGE), round(TIME_LIMIT / PUSH_EVERY)


class PaceOrders:
    """Velocities that N robots are told.

    On flat ground they are any of which the trot is capable, forward, to the left and turning, and
    they change once. Over obstacles it is forward, and sideways and turning whatever leads back to
    the line y = 0.

    Args:
      world: physics.
      speed: factor of all of them.

    Attributes:
      told: (N, 3) forward and to the left, m/s, and turning, rad/s, as of the last ``tell``.
      line: (N,) whether a robot is to keep to the line.
    """

    def __init__(self, world: World, speed: float) -> None:
        self._world, self._speed = world, speed
        self._parts = np.zeros((world.n, _PARTS, 3))
        self.told: Array = np.zeros((world.n, 3))
        self.line: Mask = np.zeros(world.n, bool)

    def draw(self, sim: int, line: bool, rng: np.random.Generator) -> None:
        """New velocities for an episode."""
        parts = rng.uniform(-1, 1, (_PARTS, 3)) * FASTEST
        parts[rng.random(_PARTS) < STAND] = 0.0
        if line:
            parts = np.zeros((_PARTS, 3))
            parts[:, 0] = rng.uniform(*FORWARD)
        self._parts[sim], self.line[sim] = self._speed * parts, line

    def tell(self, steps: Ids) -> None:
        """Say what is asked for after (N,) steps."""
        part = np.minimum((steps * TICK / CHANGE).astype(int), _PARTS - 1)
        self.told[:] = self._parts[np.arange(len(part)), part]
        pos, rot = self._world.trunk
        yaw = np.arctan2(rot[:, 1, 0], rot[:, 0, 0])
        back = np.stack((-_STEER_BACK * pos[:, 1], -_TURN_BACK * wrapped(yaw)), axis=-1)
        self.told[self.line, 1:] = np.clip(back, -FASTEST[1:] / 2, FASTEST[1:] / 2)[self.line]

    def rows(self) -> Rows:
        """Its state."""
        return {"parts": self._parts, "told": self.told, "line": self.line}


class Pushes:
    """Sudden changes of the trunks' velocities.

    Args:
      world: physics.
      options: of the environment.
    """

    def __init__(self, world: World, options: GaitOptions) -> None:
        self._world, self._sizes, self._aside = world, options.pushes, options.aside
        self._drawn = np.zeros((world.n, _PUSHES, 2))  # m/s, direction from the heading, rad
        self._first = np.zeros(world.n)

    def draw(self, sim: int, rng: np.random.Generator) -> None:
        """New pushes for an episode; the first comes after one to two seconds."""
        way = rng.uniform(-np.pi, np.pi, _PUSHES)
        if self._aside:
            way = np.where(way > 0, np.pi / 2, -np.pi / 2)
        self._drawn[sim] = np.stack((rng.uniform(*self._sizes, _PUSHES), way), axis=-1)
        self._first[sim] = round(rng.uniform(0.5, 1.0) * PUSH_EVERY / TICK)

    def apply(self, steps: Ids) -> None:
        """Push those whose turn it is after (N,) steps."""
        every = round(PUSH_EVERY / TICK)
        since = steps - self._first
        now = np.flatnonzero((since >= 0) & (since % every == 0) & (since // every < _PUSHES))
        if not len(now) or self._sizes[1] == 0:
            return
        rot = self._world.trunk[1][now]
        size, way = self._drawn[now, (since[now] // every).astype(int)].T
        way = way + np.arctan2(rot[:, 1, 0], rot[:, 0, 0])
        velocity = self._world.trunk_velocity
        velocity[now, 0] += size * np.cos(way)
        velocity[now, 1] += size * np.sin(way)

    def rows(self) -> Rows:
        """Its state."""
        return {"pushes": self._drawn, "first_push": self._first}


def draw_all(orders: PaceOrders, pushes: Pushes, ids: Ids, line: Mask, rngs: Generators) -> None:
    """New orders and pushes for episodes ``ids`` (k,)."""
    for sim, on, rng in zip(ids, line, rngs, strict=True):
        orders.draw(int(sim), bool(on), rng)
        pushes.draw(int(sim), rng)
