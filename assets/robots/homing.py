"""The rest posture of an arm with an end effector: the tool centre point looks straight down."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.robots.descent import descend
from habilis.assets.robots.spec import Limb

Array = npt.NDArray[np.float64]

DOWN: Array = np.diag([1.0, -1.0, -1.0])
"""Rotation of a tool centre point that looks straight down, opening along the world's y."""
_TILT = 1e-3  # of a rotation that still is ``DOWN``
_TRIES = 24
_NEAR_HOME = 0.02  # per rad that the posture is off the arm's own home


def home_posture(model: mujoco.MjModel, limb: Limb, tcp: str) -> tuple[float, ...]:
    """The arm's own home if the tool centre point looks down there, else one in which it does.

    Args:
      model: of the robot alone, its base at the origin.
      limb: the arm, with its own home.
      tcp: name of the site of the tool centre point.

    Raises:
      ValueError: no such posture was found.
    """
    pose = _Pose(model, limb, tcp)
    home = np.array(limb.home)
    pos, rot = pose.at(home)
    if np.abs(rot - DOWN).max() < _TILT:
        return limb.home
    low, high = np.array(limb.lower) + 0.1, np.array(limb.upper) - 0.1
    goal = pose.flange(home) - [0, 0, 0.1]

    def residual(q: Array) -> Array:
        pos, rot = pose.at(q)
        return np.concatenate((pos - goal, (rot - DOWN).ravel() / 2, _NEAR_HOME * (q - home)))

    rng = np.random.default_rng(0)
    starts = [home, *rng.uniform(low, high, (_TRIES, len(home)))]
    found = [descend(residual, start, range(len(home)), low, high) for start in starts]
    best = min(found, key=lambda q: float(np.sum(residual(q) ** 2)))
    best = descend(lambda q: residual(q)[:12], best, range(len(home)), low, high)
    pos, rot = pose.at(best)
    if np.abs(rot - DOWN).max() > 10 * _TILT:
        raise ValueError(
            f"limb {limb.name!r} finds no posture at {np.round(goal, 3).tolist()} m in which"
            f" {tcp!r} looks down: the nearest is off by {np.abs(rot - DOWN).max():.2f}"
        )
    return tuple(best.round(4).tolist())


class _Pose:
    """Where the tool centre point is at joints (n,) of the arm."""

    def __init__(self, model: mujoco.MjModel, limb: Limb, tcp: str) -> None:
        self._model, self._data = model, mujoco.MjData(model)
        self._joints = [int(model.joint(joint).qposadr[0]) for joint in limb.joints]
        self._site, self._flange = int(model.site(tcp).id), int(model.body(limb.flange).id)

    def _set(self, q: Array) -> None:
        self._data.qpos[self._joints] = q
        mujoco.mj_kinematics(self._model, self._data)

    def at(self, q: Array) -> tuple[Array, Array]:
        """Position (3,), m, and rotation (3, 3)."""
        self._set(q)
        pos, rot = self._data.site_xpos[self._site], self._data.site_xmat[self._site]
        return pos.copy(), rot.reshape(3, 3).copy()

    def flange(self, q: Array) -> Array:
        """Position (3,) of the flange's body, m."""
        self._set(q)
        out: Array = self._data.xpos[self._flange].copy()
        return out
