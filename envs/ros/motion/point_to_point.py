"""Whole trajectories through the ``FollowJointTrajectory`` action of a controller."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import Tail
from habilis.envs.ros.messages.motion import (
    FOLLOW,
    follow_goal,
    joint_trajectory,
)
from habilis.envs.ros.motion.moves import speeds
from habilis.envs.ros.motion.streams import GRID, braking_trajectory
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Goal, GoalEnd, GoalStatus, Transport

EVERY = 0.1  # s between the points of a goal
PATIENCE = 0.25  # s for a cancelled goal to end before it is braked by another trajectory
ACCEPTED = 2.0  # s for a server to answer
MARGIN = 2.0  # s that a goal may take beyond twice its time: robots scale their speed


class Follower:
    """One goal at a time, never forgotten: one that was lost with the connection is cancelled.

    Args:
      profile: with an action.
      transport: connected when a goal is sent.
    """

    def __init__(self, profile: Profile, transport: Transport) -> None:
        self._joints, self._commands, self._transport = profile.joints, profile.commands, transport
        self._acceleration = np.array([j.acceleration for j in profile.limits])
        self._goal: Goal | None = None
        self._brake_at = np.inf

    @property
    def running(self) -> bool:
        """Whether a goal may be moving the robot now."""
        goal = self._goal
        return goal is not None and (not goal.status.over or goal.status is GoalStatus.LOST)

    @property
    def stopping(self) -> bool:
        """Whether the running goal is being cancelled."""
        return self.running and np.isfinite(self._brake_at)

    def start(
        self, start: Array, path: Array, dt: float, now: float, ended: Callable[[GoalEnd], None]
    ) -> Goal:
        """Send a path as a goal of the action.

        Args:
          start: (n,) joints where the path begins, rad.
          path: (k, n) joints, rad, a point every ``dt`` s.
          dt: time between points, s.
          now: time on the client's clock, s.
          ended: called with the end of the goal.
        """
        every = max(1, round(EVERY / dt))
        rows = sorted({*range(every - 1, len(path), every), len(path) - 1})
        qd = speeds(path, start, dt)
        trajectory = joint_trajectory(
            self._joints, [(i + 1) * dt for i in rows], path[rows], qd[rows]
        )
        self._path, self._qd, self._dt, self._began = path, qd, dt, now
        self._brake_at = np.inf
        self.deadline = now + 2 * len(path) * dt + MARGIN
        goal = follow_goal(trajectory)
        self._goal = self._transport.send_goal(self._commands.action, FOLLOW, goal, done=ended)
        return self._goal

    def overdue(self, now: float) -> str:
        """Return why the running goal should be given up, or '' if it should not."""
        goal, action = self._goal, self._commands.action
        if goal is None:
            return ""
        if goal.status is GoalStatus.UNKNOWN and now > self._began + ACCEPTED:
            return f"{action} does not answer within {ACCEPTED:g} s: is its controller active?"
        if not goal.status.over and now > self.deadline:
            return f"{action} has not ended {now - self._began:.1f} s after it began"
        return ""

    def stop(self, now: float) -> None:
        """Cancel the running goal.

        The controller then holds the robot; if it does not, ``keep`` makes the robot brake.
        """
        if self.running and self._goal is not None:
            self._brake_at = min(self._brake_at, now + PATIENCE)
            self._goal.cancel()
            self.cancel_all()

    def cancel_all(self) -> None:
        """Cancel every goal of the controller, those of other clients too."""
        if self._commands.action:
            self._transport.cancel_all(self._commands.action)

    def keep(self, now: float) -> None:
        """Brake a goal that does not end though it was cancelled."""
        if not self.running or now < self._brake_at:
            return
        self._brake_at = np.inf
        i = min(int((now - self._began) / self._dt), len(self._path) - 1)
        tail = Tail(self._path[i][None], self._qd[i][None], self._acceleration, GRID)
        self._transport.publish(
            self._commands.topic, braking_trajectory(self._joints, tail, 2 * self._dt)
        )

    def back(self) -> None:
        """Call this when a lost connection is back: the goal may be running, unobserved."""
        if self._goal is not None and self._goal.status is GoalStatus.LOST:
            self.cancel_all()

    def forget(self) -> None:
        """Give the goal up for dead: its server no longer answers, and the robot stands still."""
        self._goal, self._brake_at = None, np.inf
