"""Moving the tips of held tools, and opening them."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.pick.scene import CENTRE
from habilis.envs.hand.synergy import Synergies
from habilis.envs.parts import (
    Rows,
)
from habilis.envs.pick.layer_one import LayerOne
from habilis.envs.pick.picking import Picking
from habilis.envs.pick.starts import LOW

Box = tuple[tuple[float, float, float], tuple[float, float, float]]

STEPS = 4  # of the world in one of the environment: 0.128 s
REACH = 0.025  # m, of the tips along each axis, at an action of 1
FLAT = 0.3  # rad, of each servo of the hand
TIP_BOX: Box = (
    (CENTRE[0] - 0.12, CENTRE[1] - 0.12, LOW),
    (CENTRE[0] + 0.12, CENTRE[1] + 0.12, 0.22),
)
"""Corners of where the middle of the tips may be sent, m; it is 8 mm before the ends."""


class TipControl:
    """An action is where to move the tips, and the tool's goal.

    Three numbers (x, y, z; 1 is ``REACH``) move the tips from where they were sent last; the fourth
    is the opening wanted (-1 closed, 1 open). With ``flat`` in its place the hand's targets (1 is
    ``FLAT`` from where they were at the start).

    Args:
      world: physics.
      synergies: of the grasps.
      fingers: layer one, which moves the fingers.
      flat: no layer one.

    Attributes:
      goal: (N,) tool joint value wanted, rad or m.
      home: (N, 3) tool centre point at the start, m; start_ctrl: (N, a) hand's targets there, rad.
    """

    tip_box: Box = TIP_BOX

    def __init__(
        self, world: Picking, synergies: Synergies, fingers: LayerOne, flat: bool = False
    ) -> None:
        self.world, self.fingers, self.flat, self._synergies = world, fingers, flat, synergies
        self.dt = STEPS * world.dt
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (self._width(),), np.float32)
        self.goal: Array = np.zeros(world.n)
        self.home, self.start_ctrl = np.zeros((world.n, 3)), np.zeros(world.ctrl.shape)

    def _width(self) -> int:
        """Of an action."""
        return 3 + (len(self.world.held.servos) if self.flat else 1)

    def openness(self, value: npt.ArrayLike) -> Array:
        """(N,) 0 where the tips meet, 1 at the greatest opening, of joint values (N,)."""
        joint = self.world.held.tool.joint
        return np.abs(np.asarray(value) - joint.closed) / joint.stroke

    def value(self, openness: npt.ArrayLike) -> Array:
        """(N,) joint values of an openness (N,)."""
        joint = self.world.held.tool.joint
        return np.abs(joint.closed - joint.stroke * np.asarray(openness))

    def reset(self, ids: Ids) -> None:
        """See ``Control``."""
        world = self.world
        self.fingers.reset(ids, self._synergies.grasps(ids))
        self.goal[ids] = world.opening[ids]
        self.home[ids], self.start_ctrl[ids] = world.controller.limiter.pos[ids], world.ctrl[ids]

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``: ``STEPS`` steps of the world."""
        world = self.world
        if not self.flat:
            self.goal = self.value((action[:, 3] + 1) / 2)
        begin, by = world.controller.limiter.pos.copy(), self._within(REACH * action[:, :3])
        for k in range(STEPS):
            part = (k + 1) / STEPS
            world.step(self._hand(action, part), arm=self._arm(begin + part * by))
            yield world.dt

    def move(self, tip: Array, goal: Array) -> float:
        """One step of the world towards tips (N, 3) m and tool joint values (N,), without ``flat``.

        Limits are those of an action.

        Returns:
          Its length, s.
        """
        self.goal = np.asarray(goal, float)
        most = REACH / STEPS
        by = np.clip(self._within(tip - self.tip_sent()), -most, most)
        arm = self._arm(self.world.controller.limiter.pos + by)
        self.world.step(self.fingers.targets(self.goal), arm=arm)
        return self.world.dt

    def tip_sent(self) -> Array:
        """(N, 3) where the middle of the tips will be once the arm is where it was sent, m."""
        world = self.world
        now, _ = world.controller.kinematics.tcp(world.arm_q)
        return world.controller.limiter.pos + world.tip - now

    def rows(self) -> Rows:
        """See ``Control``."""
        fingers = {f"fingers_{name}": row for name, row in self.fingers.rows().items()}
        synergies = {f"synergy_{name}": row for name, row in self._synergies.rows().items()}
        own = {"goal": self.goal, "home": self.home, "start_ctrl": self.start_ctrl}
        return {**own, **fingers, **synergies}

    def _hand(self, action: Array, part: float) -> Array:
        """(N, a) targets of the hand's servos for an action of which a part is over."""
        if self.flat:
            return self.start_ctrl + FLAT * action[:, 3:]
        return self.fingers.targets(self.goal)

    def _within(self, by: Array) -> Array:
        """Moves (N, 3) that keep the tips in ``tip_box``."""
        tip = self.tip_sent()
        low, high = np.array(self.tip_box)
        return np.clip(tip + by, low, high) - tip

    def _arm(self, pos: Array) -> Array:
        """(N, 7) joints at the end of the next world step, on the way to (N, 3) m."""
        controller = self.world.controller
        return controller.to_pose(pos, self.world.turn, controller.aperture, 1).ctrl[:, -1, :-1]
