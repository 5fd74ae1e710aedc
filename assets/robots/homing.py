"""The rest posture of an arm with an end effector: the tool centre point looks straight down."""

from __future__ import annotations

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.descent import descend
from habilis.assets.robots.spec import EndEffector, Limb

DOWN: Array = np.diag([1.0, -1.0, -1.0])
"""Rotation of a tool centre point that looks straight down, opening along the world's y."""
_TILT = 1e-3  # of a rotation that still is ``DOWN``
_TRIES = 24
_LOWEST = 0.06  # m, of a moving body above the base
_NEAR_HOME = 0.02  # per rad that the posture is off the arm's own home


def home_posture(model: mujoco.MjModel, limb: Limb, effector: EndEffector) -> tuple[float, ...]:
    """The arm's own home if the tool centre point looks down there, else one in which it does.

    Args:
      model: of the robot alone, its base at the origin.
      limb: the arm, with its own home.
      effector: what it carries; opened.

    Raises:
      ValueError: no such posture was found in which the robot does not touch itself.
    """
    pose = _Pose(model, limb, effector)
    home = np.array(limb.home)
    _, rot = pose.at(home)
    if np.abs(rot - DOWN).max() < _TILT:
        return limb.home
    low, high = np.array(limb.lower) + 0.1, np.array(limb.upper) - 0.1
    goal = pose.flange(home) - [0, 0, 0.1]

    def residual(q: Array) -> Array:
        pos, rot = pose.at(q)
        return np.concatenate((pos - goal, (rot - DOWN).ravel() / 2, _NEAR_HOME * (q - home)))

    def cost(q: Array) -> float:
        return float(np.sum(residual(q) ** 2))

    rng = np.random.default_rng(0)
    starts = [home, *rng.uniform(low, high, (_TRIES, len(home)))]
    joints = range(len(home))
    for rough in sorted((descend(residual, s, joints, low, high) for s in starts), key=cost):
        q = descend(lambda q: residual(q)[:12], rough, joints, low, high)
        if np.abs(pose.at(q)[1] - DOWN).max() < 10 * _TILT and pose.clear(q):
            return tuple(q.round(4).tolist())
    raise ValueError(
        f"limb {limb.name!r} finds no posture at {np.round(goal, 3).tolist()} m in which"
        f" {effector.name!r} looks down and touches nothing: another 'home' says near which posture"
        " it does"
    )


class _Pose:
    """Where the tool centre point is at joints (n,) of the arm."""

    def __init__(self, model: mujoco.MjModel, limb: Limb, effector: EndEffector) -> None:
        self._model, self._data = model, mujoco.MjData(model)
        self._joints = [int(model.joint(joint).qposadr[0]) for joint in limb.joints]
        grip = [int(model.joint(joint).qposadr[0]) for joint in effector.joints]
        self._data.qpos[grip] = effector.opening.posture(effector.widest)
        self._site = int(model.site(effector.tcp).id)
        self._flange = int(model.body(limb.flange).id)
        self._carried = np.zeros(model.nbody, bool)  # what belongs to the end effector
        self._carried[model.body(effector.body).id] = True
        for body in range(1, model.nbody):  # a parent comes before its children
            self._carried[body] |= self._carried[model.body_parentid[body]]

    def clear(self, q: Array) -> bool:
        """Whether the arm touches nothing and all stays above what it stands on."""
        self._data.qpos[self._joints] = q
        mujoco.mj_forward(self._model, self._data)
        moving = self._model.body_weldid != 0
        lowest = float(self._data.xpos[moving, 2].min())
        bodies = self._model.geom_bodyid[self._data.contact.geom]  # (contacts, 2)
        return bool(lowest > _LOWEST and self._carried[bodies].all())

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
