"""What the terms of the walking environment read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.gait.control import GaitControl
from habilis.envs.gait.judge import Follows, heading_velocity
from habilis.envs.gait.orders import PaceOrders
from habilis.envs.legged.gait import DUTY
from habilis.envs.legged.trot import turns
from habilis.envs.parts import Generators, Rows
from habilis.envs.world.world import World

AROUND = np.array([[x, y] for x in np.linspace(-0.35, 0.55, 10) for y in (-0.13, 0.13)])
"""(20, 2) where the ground is looked at, m, from the trunk, along its heading."""
NOISE: Mapping[str, tuple[int, float]] = {
    "q": (12, 0.01), "qd": (12, 0.5), "gravity": (3, 0.03), "gyro": (3, 0.1),
    "velocity": (3, 0.05), "heights": (len(AROUND), 0.01),
}  # fmt: skip
"""How many numbers there are of a quantity, and standard deviation of their noise: rad, rad/s, of a
unit vector, rad/s, m/s, m."""


class GaitState:
    """Robots as they are, and as they are seen; a ``Readable``.

    Args:
      world: physics.
      control: of the legs.
      orders: velocities that are asked for.
      judge: of the walk.
      limit: steps of an episode.
      noise: factor of the noise of what is seen; with 0 nothing is drawn.

    Attributes:
      off: (N, 2) m/s, turned_off: (N,) rad/s: errors of the velocity.
      rise: (N,) m/s, of the trunk.
      lifted: (N, L) m, of the feet above the ground below them.
      seen: with noise, by name (N, k): joints ``q`` rad and ``qd`` rad/s; ``gravity``, the upward
        unit vector, and ``gyro``, rad/s, in the trunk's frame; ``velocity`` m/s, as if it were
        level; ``heights`` m, of the trunk above the ground around it.
      loads: (N, 3) what is added to the trunk, kg; factors of friction and of gains.
    """

    def __init__(
        self, world: World, control: GaitControl, orders: PaceOrders, judge: Follows, limit: int,
        noise: float,
    ) -> None:  # fmt: skip
        self.world, self.control, self.orders, self.judge = world, control, orders, judge
        self.n, self._scale = world.n, noise
        self.steps: Ids = np.zeros(world.n, int)
        self.loads = np.array([[0.0, 1.0, 1.0]] * world.n)
        self._feet = np.array(world.robot.legs.radius if world.robot.legs else 0.0)
        width = sum(count for count, _ in NOISE.values()) if noise else 0
        self._drawn = np.zeros((world.n, limit + 1, width), np.float32)
        self.refresh()

    @property
    def diverged(self) -> Mask:
        """(N,) which simulations diverged in the last step."""
        return self.world.diverged

    @property
    def told(self) -> Array:
        """(N, 3) velocity that is asked for."""
        return self.orders.told

    @property
    def moving(self) -> Mask:
        """(N,) who is to move at all."""
        return np.logical_or.reduce(self.told != 0, axis=1)

    def swing(self) -> Array:
        """(N, L) how far along its swing each foot is to be, 0 to 1; below 0 while it stands."""
        clock = (self.control.clock[:, None] + self.control.walking.trot.offsets) % 1
        along = (clock - DUTY) / (1 - DUTY)
        return np.where(self.moving[:, None], along, -1.0)

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """See ``Readable``."""
        if self._scale:
            for i, rng in zip(ids, rngs, strict=True):
                self._drawn[i] = rng.standard_normal(self._drawn.shape[1:], np.float32)

    def begin(self) -> None:
        """See ``Readable``."""

    def refresh(self) -> None:
        """See ``Readable``."""
        world, walking = self.world, self.control.walking
        self.orders.tell(self.steps)
        self.off, self.turned_off = self.judge.errors()
        pos, rot = world.trunk
        yaw = turns(np.arctan2(rot[:, 1, 0], rot[:, 0, 0]))
        feet = walking.legs.feet(world.q.reshape(self.n, -1, 3))[0] @ rot.swapaxes(1, 2)
        feet += pos[:, None]
        around = pos[:, None, :2] + AROUND @ yaw[:, :2, :2].swapaxes(1, 2)
        ground = walking.heights(around)
        below = walking.heights(feet[..., :2], truly=True)
        self.lifted = feet[..., 2] - below - self._feet
        velocity = heading_velocity(world)[0]
        self.rise = velocity[:, 2]
        self.seen = self._blurred({
            "q": world.q, "qd": world.qd, "gravity": rot[:, 2], "velocity": velocity,
            "gyro": world.trunk_velocity[:, 3:], "heights": pos[:, 2:] - ground,
        })  # fmt: skip

    def rows(self) -> Rows:
        """See ``Readable``."""
        return {"drawn": self._drawn, "loads": self.loads, **self.orders.rows()}

    def _blurred(self, true: dict[str, Array]) -> dict[str, Array]:
        if not self._scale:
            return {name: np.array(values) for name, values in true.items()}
        at = np.minimum(self.steps, self._drawn.shape[1] - 1)
        drawn, out, end = self._drawn[np.arange(self.n), at].astype(float), {}, 0
        for name, (count, size) in NOISE.items():
            out[name] = true[name] + self._scale * size * drawn[:, end : end + count]
            end += count
        return out
