"""Arm, hand and held tool as a robot: its tool centre point is the middle of the tool's tips."""

from __future__ import annotations

import numpy as np

from habilis.assets.pick.objects import OBJECT
from habilis.envs.control.arm import TICK, Sent
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.limiter import Clamps
from habilis.envs.control.rotations import DOWN
from habilis.envs.core import Core
from habilis.envs.pick.control import REACH, STEPS, TIP_BOX
from habilis.envs.pick.scenes import scene_of
from habilis.envs.robot.robot import Observation, Simulated


class PickRobot(Simulated):
    """The robots of pick episodes, see ``habilis.envs.robot.robot.Robot``; n with the same object.

    ``aperture`` is the gap between the tips. Commands come every ``TICK``; the world, whose steps
    are longer, is stepped as soon as they have passed it. A robot that has dropped its tool stays
    where it is. The limits are those of the environment.

    Args:
      core: the episodes, reset; without ``flat``.

    Raises:
      ValueError: the episodes have different objects, or no layer one.
    """

    bodies: tuple[str, ...] = (OBJECT,)

    def __init__(self, core: Core) -> None:
        if core.control.flat:
            raise ValueError("skills need a layer one that moves the fingers; got flat=True")
        if len(set(core.world.which)) > 1:
            raise ValueError("robots share one scene, so their objects must be the same one")
        self.core, self.n = core, core.n
        self.tool = core.world.held.tool
        self.scene = scene_of(self.tool, core.world.things[core.world.which[0]])
        self._time = self._stepped = 0.0  # s: commanded, and how far the world is
        self._stopped = False

    def observe(self) -> Observation:
        """The present state."""
        world = self.core.world
        base, moving = world.tips
        return Observation(
            np.full(self.n, self._time), world.arm_q.copy(), (base + moving) / 2,
            np.tile(DOWN, (self.n, 1, 1)), np.linalg.norm(moving - base, axis=1),
            world.thing[:, None, :3].copy(), world.thing[:, None, 3:].copy(),
            world.peak[:, :2].max(axis=1),
        )  # fmt: skip

    def command(self, commands: CommandBatch) -> Sent:
        """Tips to positions, their gap to openings, for one control period; what was really sent.

        Raises:
          ValueError: a command is not finite, turns the hand, or is not about the tips.
          RuntimeError: after ``stop``.
        """
        pos, aperture = commands.pos, commands.aperture
        if (commands.rot != DOWN).any() or any(commands.frame):
            raise ValueError("a hand that holds a tool cannot be turned: command its tips")
        if self._stopped:
            raise RuntimeError("the robot was stopped: arm() releases it")
        if not (np.isfinite(pos).all() and np.isfinite(aperture).all()):
            raise ValueError(f"command must be finite, got {pos.tolist()}, {aperture.tolist()}")
        core, world = self.core, self.core.world
        gap = np.clip(aperture, 0.0, self.tool.max_gap)
        inside = np.clip(pos, *TIP_BOX)
        here = core.control.tip_sent()
        self._time += TICK
        while self._stepped < self._time - 1e-9:
            self._stepped += world.dt
            lost = core.failure != ""
            here = core.control.tip_sent()
            goal = np.where(lost, core.control.goal, self.tool.joint_at(gap))
            core.monitor.begin()
            core.monitor.update(core.control.move(np.where(lost[:, None], here, inside), goal))
        fast = np.abs(inside - here).max(axis=1) > REACH / STEPS
        free, nothing = np.zeros(self.n, bool), np.zeros(self.n)
        beyond = np.linalg.norm(pos - inside, axis=1)
        clamps = Clamps(beyond, fast, free, free, nothing, nothing)
        ctrl = np.column_stack((world.controller.limiter.q, world.ctrl))
        return Sent(ctrl[:, None], core.control.tip_sent(), commands.rot, gap, clamps)

    def stop(self) -> None:
        """Take no command until ``arm``; the world stands still."""
        self._stopped = True

    def arm(self) -> None:
        """Release a latched stop."""
        self._stopped = False
