"""Observation groups and rewards of ``habilis/ToolPose-v0``: named terms of ``PoseState``.

``actor`` is the observation that SimToolReal publishes, as far as a robot can see it; ``critic``
has the truth and what only a simulation knows, for a critic that is told more than the policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.dextool.episodes import lifted
from habilis.envs.dextool.following import PATIENCE
from habilis.envs.dextool.poses import keypoints
from habilis.envs.terms.term import Term

_LIFT_GAIN = 0.5  # m of height that are rewarded
_SCALE = 0.01  # of all rewards, as published


def joints(e: Any) -> Array:
    """(N, n + j) of arm and hand, their range as -1 to 1."""
    return 2 * (e.seen_q - e.low) / (e.high - e.low) - 1


def speeds(e: Any) -> Array:
    """(N, n + j) [rad/s]."""
    return e.seen_qd


def targets(e: Any) -> Array:
    """(N, n + a) last commands of the servos [rad]."""
    return e.control.targets


def palm(e: Any) -> Array:
    """(N, 7) of the palm [m, wxyz]."""
    return _upwards(e.palm)


def tool_turn(e: Any) -> Array:
    """(N, 4) orientation of the tool as it is seen, wxyz with w >= 0."""
    return _upwards(e.seen)[:, 3:]


def tips(e: Any) -> Array:
    """(N, 3 F) from the palm to the pads [0.1 m]."""
    return 10 * (e.tips - e.palm[:, None, :3]).reshape(e.n, -1)


def points(e: Any) -> Array:
    """(N, 12) from the palm to the tool's keypoints as they are seen [0.1 m]."""
    return 10 * (keypoints(e.seen) - e.palm[:, None, :3]).reshape(e.n, -1)


def lacking(e: Any) -> Array:
    """(N, 12) from the tool's keypoints as they are seen to where they should be [0.1 m]."""
    return 10 * (keypoints(e.goal) - keypoints(e.seen)).reshape(e.n, -1)


def extent(e: Any) -> Array:
    """(N, 3) size of the box around the tool [0.1 m]."""
    return np.tile(10 * e.world.scene.entity("tool").size(), (e.n, 1))


def true_tool(e: Any) -> Array:
    """(N, 19) pose of the tool, and from its keypoints to where they should be [m, wxyz, 0.1 m]."""
    way = 10 * (keypoints(e.goal) - keypoints(e.tool)).reshape(e.n, -1)
    return np.concatenate((_upwards(e.tool), way), axis=1)


def true_joints(e: Any) -> Array:
    """(N, 2 (n + j)) joints and their speeds, without delay or noise [rad, rad/s]."""
    return np.concatenate((e.q, e.qd), axis=1)


def moving(e: Any) -> Array:
    """(N, 12) speeds of palm and tool [m/s, rad/s]."""
    return np.concatenate((e.palm_speed, e.tool_speed), axis=1)


def progress(e: Any) -> Array:
    """(N, 4 + F) nearest that keypoints and tips have been [0.1 m], whether the tool is up, goals
    reached, and the share of a goal's time that is gone."""
    judge = e.monitor
    near = np.column_stack((10 * judge.nearest, lifted(e.tool), judge.reached))
    late = (judge.waited / PATIENCE)[:, None]
    return np.concatenate((near, late, 10 * e.tip_nearest), axis=1)


def _upwards(pose: Array) -> Array:
    """Poses (N, 7) with w >= 0."""
    out = pose.copy()
    out[:, 3:] *= np.where(out[:, 3:4] < 0, -1.0, 1.0)
    return out


def _terms(*functions: object) -> dict[str, Term]:
    return {fn.__name__: Term(fn) for fn in functions}  # type: ignore[attr-defined, arg-type]


_SEEN = (joints, speeds, targets, palm, tool_turn, tips, points, lacking, extent)
GROUPS: Mapping[str, Mapping[str, Term]] = {
    "actor": _terms(*_SEEN),
    "critic": _terms(*_SEEN, true_tool, true_joints, moving, progress),
}
"""Groups to terms; ``obs=("actor", "critic")`` shows both."""


def approach(e: Any) -> Array:
    """(N,) by how much tips came nearer to a tool that is not up, m."""
    return np.where(lifted(e.tool), 0.0, e.tip_progress)


def height(e: Any) -> Array:
    """(N,) of a tool that is not up yet, m, of a metre."""
    return np.where(lifted(e.tool), 0.0, np.clip(e.tool[:, 2], 0.0, _LIFT_GAIN))


def nearer(e: Any) -> Array:
    """(N,) by how much the farthest keypoint is nearer than since the last goal, m."""
    return np.where(lifted(e.tool), np.maximum(e.monitor.nearest - e.monitor.far, 0.0), 0.0)


def arrived(e: Any) -> Array:
    """(N,) whether a goal was reached."""
    return e.monitor.arrived.astype(float)


def arm_speed(e: Any) -> Array:
    """(N,) sum of the speeds of the arm's joints, rad/s."""
    count = len(e.world.robot.joints)
    return np.abs(e.qd[:, :count]).sum(axis=1)


def hand_speed(e: Any) -> Array:
    """(N,) sum of the speeds of the hand's joints, rad/s."""
    count = len(e.world.robot.joints)
    return np.abs(e.qd[:, count:]).sum(axis=1)


REWARDS: Mapping[str, Term] = {
    "approach": Term(approach, weight=50 * _SCALE),
    "height": Term(height, weight=20 * _SCALE),
    "nearer": Term(nearer, weight=200 * _SCALE),
    "arrived": Term(arrived, weight=1000 * _SCALE),
    "arm_speed": Term(arm_speed, weight=-0.03 * _SCALE),
    "hand_speed": Term(hand_speed, weight=-0.003 * _SCALE),
}
"""As published but for the bonus of 300 when the tool comes up."""
