"""Actions of arms whose hands take up articulated tools: where, how far closed, by which grasp."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.arm.control import ArmControl
from habilis.envs.control.arm import TICK, ArmController
from habilis.envs.control.command import ToolGrip
from habilis.envs.parts import Rows
from habilis.envs.task import TICKS
from habilis.envs.world.world import World

SHUT = 0.9  # of an action that closes the hand: a policy's numbers seldom are exactly 1


class ToolControl(ArmControl):
    """An ``ee6`` action with two numbers more: how far the hand closes, and by which grasp.

    From ``SHUT`` on a hand is closed all the way. The grasp is one of ``grips`` in equal parts of
    [-1, 1], the first of which is the bare hand. A hand that is closed around a tool moves the gap
    between its tips by the number that opens it.

    Args:
      world: physics; there is a tool in it that the hand can take.
      controller: limits and inverse kinematics of its arms.
      dt: length of an environment step, s.

    Attributes:
      closure: (N,) how far hands were told to close last, see ``ToolGrip``.

    Raises:
      ValueError: the robot can take none of the scene's things as a tool.
    """

    more = 2

    def __init__(self, world: World, controller: ArmController, dt: float) -> None:
        super().__init__(world, controller, "tool", dt)
        if not world.grips.tools:
            scene = world.scene
            raise ValueError(
                f"control 'tool' is for hands that take up tools: robot {scene.robot!r} can take"
                f" none of {scene.name!r}"
            )
        self.grips = world.grips.all
        self.closure: Array = np.full(world.n, -1.0)

    def reset(self, ids: Ids) -> None:
        """See ``Control``."""
        super().reset(ids)
        self.closure[ids] = -1.0

    def act(self, action: Array) -> Iterator[float]:
        """See ``Control``; the fingers follow in every control period."""
        self.action = action
        start, end = self.closure.copy(), np.clip(action[:, -2] / SHUT, -1, 1)
        share = (action[:, -1] + 1) / 2 * (len(self.grips) + 1)
        which = np.minimum(share.astype(int), len(self.grips)) - 1
        sent, gap = self._command(action), self._opening(action)
        arm = self.world.q.shape[1]
        for t in range(TICKS):
            part = (t + 1) / TICKS
            self.closure = (1 - part) * start + part * end
            told = zip(which.tolist(), self.closure.tolist(), strict=True)
            grips = [self._grip(row, closure) for row, closure in told]
            ids, targets = self.world.grips.follow(grips, gap)
            if len(ids):
                sent.ctrl[ids, t, arm:] = targets
            self.world.advance(sent.ctrl[:, t : t + 1])
            yield TICK

    def numbers(self, grip: ToolGrip | None) -> tuple[float, float]:
        """The last two numbers of an action that asks for a grip."""
        row = 0 if grip is None else 1 + self.world.grips.row(grip)
        closure = -1.0 if grip is None else grip.closure
        return (SHUT * closure if closure < 1 else 1.0), 2 * (row + 0.5) / (len(self.grips) + 1) - 1

    def rows(self) -> Rows:
        """See ``Control``."""
        return {**super().rows(), "closure": self.closure}

    def _grip(self, row: int, closure: float) -> ToolGrip | None:
        if row < 0:
            return None
        tool, grasp = self.grips[row]
        return ToolGrip(tool, grasp, closure)
