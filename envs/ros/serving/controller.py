"""A JointTrajectoryController for simulated joints: topic, action, tolerances, hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.motion import (
    GOAL_TOLERANCE_VIOLATED,
    INVALID_GOAL,
    PATH_TOLERANCE_VIOLATED,
    SUCCESSFUL,
    FollowGoal,
    JointTrajectory,
    follow_feedback,
    follow_result,
)
from habilis.envs.ros.serving.outbox import Outbox
from habilis.envs.ros.serving.spline import Knot, Spline
from habilis.envs.ros.transports.base import GoalStatus, Running


@dataclasses.dataclass(frozen=True)
class Tolerances:
    """What a goal is held to where it does not say itself; as parameters of the controller.

    Attributes:
      path: rad off the trajectory at which a goal is aborted; 0: never.
      goal: rad off the last point that still count as reached; 0: any.
      still: rad/s below which a joint has stopped at the goal.
      goal_time: s a goal may take longer than its trajectory; 0: no end.
    """

    path: float = 0.5
    goal: float = 0.02
    still: float = 0.05
    goal_time: float = 2.0


@dataclasses.dataclass
class _Goal:
    """A goal of the action that is being followed."""

    running: Running
    path: Array
    goal: Array
    later: float


class TrajectoryController:
    """Follows the latest trajectory, of topic or action; without one it holds a pose.

    Its time is that of the simulation, so that a simulation that falls behind does not jump; times
    of trajectories are given in it, too.

    Args:
      joints: n names.
      q: (n,) where they are, rad.
      out: for feedback and results.
      tolerances: of goals that do not say.
    """

    def __init__(
        self,
        joints: Sequence[str],
        q: Array,
        out: Outbox,
        tolerances: Tolerances,
    ) -> None:
        self.joints, self.tolerances = tuple(joints), tolerances
        self._out = out
        self._spline: Spline | None = None
        self._goal: _Goal | None = None
        self._q, self._qd = q.copy(), np.zeros_like(q)

    @property
    def busy(self) -> bool:
        """Whether a goal of the action is being followed."""
        return self._goal is not None

    @property
    def reference(self) -> tuple[Array, Array]:
        """Joints (n,), rad, and speeds (n,), rad/s, that were asked for last."""
        return self._q, self._qd

    def take(self, trajectory: JointTrajectory, now: float) -> None:
        """Follow, from ``now`` s, a trajectory that came on the topic and was checked."""
        self.give_up("preempted by a trajectory of the topic")
        self._begin(trajectory, now)

    def take_goal(self, running: Running, goal: FollowGoal, now: float) -> None:
        """Follow, from ``now`` s, a goal of the action, which was checked."""
        self.give_up("preempted by another goal")
        self._begin(goal.trajectory, now)
        own = self.tolerances
        self._goal = _Goal(
            running,
            self._row(goal.path, own.path),
            self._row(goal.goal, own.goal),
            goal.goal_time or own.goal_time,
        )

    def hold(self, q: Array) -> None:
        """Forget what was followed, and stay at joints (n,), rad."""
        self._spline, self._q, self._qd = None, q.copy(), np.zeros_like(q)

    def give_up(self, reason: str, code: int = INVALID_GOAL) -> None:
        """Abort the goal of the action, if there is one; what moves goes on."""
        self._end(GoalStatus.ABORTED, code, reason)

    def targets(self, times: Sequence[float]) -> tuple[Array, Array]:
        """Return joints (k, n), rad, and speeds (k, n), rad/s, to command at times (k,), s."""
        if self._spline is None:
            q = np.tile(self._q, (len(times), 1))
            return q, np.zeros_like(q)
        rows = [self._spline.sample(t) for t in times]
        self._q, self._qd = rows[-1]
        return np.stack([q for q, _ in rows]), np.stack([v for _, v in rows])

    def watch(self, now: float, q: Array, qd: Array, stamp: float | None = None) -> None:
        """Look at measured joints (n,) at ``now`` s: cancelled, off the path, reached, too late.

        Args:
          now: s.
          q: rad.
          qd: rad/s.
          stamp: of feedback, s; None if none is due.
        """
        if self._goal is None or self._spline is None:
            return
        goal, spline = self._goal, self._spline
        if goal.running.cancelled:
            self.hold(q)
            self._end(GoalStatus.CANCELED, SUCCESSFUL, "cancelled: holding position")
            return
        if stamp is not None:
            elapsed = max(now - spline.begin, 0.0)
            said = follow_feedback(self.joints, self._q, q, elapsed, stamp)
            self._out.feedback(goal.running, said)
        if now < spline.end:
            self._watch_path(goal, q)
        else:
            self._watch_goal(goal, spline, now, q, qd)

    def _watch_path(self, goal: _Goal, q: Array) -> None:
        off = np.abs(self._q - q)
        if (i := _worst(off, goal.path)) is not None:
            self.hold(q)
            words = f"{self.joints[i]} is {off[i]:.3f} rad off the path, {goal.path[i]:.3f} allowed"
            self._end(GoalStatus.ABORTED, PATH_TOLERANCE_VIOLATED, words)

    def _watch_goal(self, goal: _Goal, spline: Spline, now: float, q: Array, qd: Array) -> None:
        off = np.abs(spline.last - q)
        i = _worst(off, goal.goal)
        if i is None and np.abs(qd).max() <= self.tolerances.still:
            self._end(GoalStatus.SUCCEEDED, SUCCESSFUL, "goal reached")
        elif 0 < goal.later < now - spline.end:
            j = int(off.argmax()) if i is None else i
            self.hold(q)
            words = (
                f"{self.joints[j]} is {off[j]:.3f} rad off its goal and moves at"
                f" {abs(qd[j]):.3f} rad/s, {goal.later:g} s after the end of the trajectory"
            )
            self._end(GoalStatus.ABORTED, GOAL_TOLERANCE_VIOLATED, words)

    def _begin(self, trajectory: JointTrajectory, now: float) -> None:
        """Start from what was last asked for, as with ``interpolate_from_desired_state``."""
        if self._spline is not None:
            self._q, self._qd = self._spline.sample(now)
        columns = [trajectory.joints.index(name) for name in self.joints]
        self._spline = Spline(Knot(now, self._q.copy(), self._qd.copy()), trajectory, columns)

    def _row(self, given: Mapping[str, float], own: float) -> Array:
        """(n,) tolerances: 0 in the goal is ours; none at all is inf."""
        values = [given.get(name, 0.0) or own for name in self.joints]
        return np.array([v if v > 0 else np.inf for v in values])

    def _end(self, status: GoalStatus, code: int, words: str) -> None:
        if self._goal is not None:
            self._out.end(self._goal.running, status, follow_result(code, words))
            self._goal = None


def _worst(off: Array, allowed: Array) -> int | None:
    """Index of the joint that is furthest beyond what is allowed; None if none is."""
    share = off / allowed
    i = int(share.argmax())
    return i if share[i] > 1 else None
