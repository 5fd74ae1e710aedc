"""Kinematics of legs of three hinges, batched over robots and legs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.spec import RobotSpec
from habilis.envs.world.poses import matrices

if TYPE_CHECKING:
    from habilis.envs.world.world import World

_LONGEST_STEP = 0.5  # rad, of a joint within an iteration
_DAMPING = 1e-5  # m^2


class LegKinematics:
    """Feet of N robots with L legs, in the frame of the trunk.

    Args:
      model: with the robot in it.
      robot: its constants.

    Attributes:
      lower, upper (L, 3): limits of the joints, rad.
      home (L, 3): rest posture, rad; stance (L, 3): where the feet are in it, m.
    """

    def __init__(self, model: mujoco.MjModel, robot: RobotSpec) -> None:
        assert robot.legs is not None
        joints = [[model.joint(j) for j in limb.joints] for limb in robot.limbs]
        bodies = np.array([[int(model.jnt_bodyid[j.id]) for j in leg] for leg in joints])
        self._axes = np.array([[j.axis for j in leg] for leg in joints])
        self._offsets = model.body_pos[bodies].copy()
        self._turns = matrices(model.body_quat[bodies])
        self._foot = np.array([model.site(name).pos for name in robot.legs.feet])
        cross = np.cross(self._axes[..., None, :], np.eye(3)).swapaxes(-1, -2)
        self._cross, self._square = cross, cross @ cross
        self.lower = np.array([limb.lower for limb in robot.limbs])
        self.upper = np.array([limb.upper for limb in robot.limbs])
        self.home = np.array([limb.home for limb in robot.limbs])
        self.stance: Array = self.feet(self.home[None])[0][0]

    def feet(self, q: Array) -> tuple[Array, Array]:
        """Where feet are (N, L, 3), m, and their Jacobians (N, L, 3, 3), at joints (N, L, 3)."""
        sin, cos = np.sin(q)[..., None, None], 1 - np.cos(q)[..., None, None]
        turns = self._turns @ (np.eye(3) + sin * self._cross + cos * self._square)
        at = np.broadcast_to(self._offsets[:, 0], (*q.shape[:2], 3))
        rot, anchors, axes = turns[:, :, 0], [at], [self._turns[:, 0] @ self._axes[:, 0, :, None]]
        for k in (1, 2):
            at = at + (rot @ self._offsets[:, k, :, None])[..., 0]
            axes.append(rot @ (self._turns[:, k] @ self._axes[:, k, :, None]))
            rot = rot @ turns[:, :, k]
            anchors.append(at)
        foot = at + (rot @ self._foot[:, :, None])[..., 0]
        columns = [
            np.cross(np.broadcast_to(axis[..., 0], foot.shape), foot - anchor)
            for axis, anchor in zip(axes, anchors, strict=True)
        ]
        return foot, np.stack(columns, axis=-1)

    def solve(self, q: Array, goal: Array, iterations: int = 3) -> Array:
        """Joints (N, L, 3) that put feet at (N, L, 3), or as near as they get, from joints q."""
        for _ in range(iterations):
            foot, jac = self.feet(q)
            back = jac.swapaxes(-1, -2)
            square = back @ jac + _DAMPING * np.eye(3)
            step = np.linalg.solve(square, back @ (goal - foot)[..., None])[..., 0]
            q = np.clip(q + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP), self.lower, self.upper)
        return q


def feet_of(world: World) -> Array:
    """(N, L, 3) where the feet of the robots of a world are, m."""
    legs, (pos, rot) = _legs(world.model, world.robot), world.trunk
    feet, _ = legs.feet(world.q.reshape(world.n, -1, 3))
    out: Array = pos[:, None] + feet @ rot.swapaxes(1, 2)
    return out


@functools.lru_cache(maxsize=32)
def _legs(model: mujoco.MjModel, robot: RobotSpec) -> LegKinematics:
    return LegKinematics(model, robot)
