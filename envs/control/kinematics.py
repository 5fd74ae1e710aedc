"""Kinematics of the arm alone, for all simulations at once."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.robots.registry import make_robot
from habilis.assets.robots.spec import RobotSpec
from habilis.envs.sim.cpu import CpuSim

Array = npt.NDArray[np.float64]

DOWN = np.diag([1.0, -1.0, -1.0])
"""Rotation of the gripper pointing straight down, fingers opening along world y."""

_NEXT, _LAST = np.array([2, 0, 1]), np.array([1, 2, 0])  # of a cross product
_DAMPING = 1e-3
_KINEMATICS_ONLY = int(
    mujoco.mjtDisableBit.mjDSBL_CONTACT
    | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    | mujoco.mjtDisableBit.mjDSBL_SENSOR
    | mujoco.mjtDisableBit.mjDSBL_ACTUATION
)
_POSTURE_GAIN = 0.05


class ArmKinematics:
    """Forward and differential inverse kinematics of N arms, in the world frame.

    MuJoCo computes poses and joint axes on a model of the arm without contacts; the state
    of the simulated world is neither read nor written.

    Args:
      name: robot, see ``habilis.assets.robots.make_robot``.
      base: position of its base in the world, m.
      n: how many.
      posture: (7,) joints to stay near, rad; the robot's home by default.
    """

    def __init__(
        self,
        name: str,
        base: tuple[float, float, float],
        n: int,
        posture: Sequence[float] | None = None,
    ) -> None:
        robot, spec = make_robot(name)
        arm = robot.arm
        spec.option.disableflags = _KINEMATICS_ONLY
        spec.body(robot.base.body).pos = list(base)
        model = spec.compile()
        self.robot: RobotSpec = robot
        self._sim = CpuSim(model, n, nthread=1)
        self._qpos = self._sim.bind("qpos")
        site = model.site(robot.effector.tcp).id
        self._pos = self._sim.bind("site_xpos")[:, site]
        self._mat = self._sim.bind("site_xmat")[:, site].reshape(n, 3, 3)
        self._dofs = len(arm.joints)
        joints = [int(model.joint(j).id) for j in arm.joints]
        if joints != list(range(self._dofs)):
            raise ValueError(f"robot {robot.name!r}: its joints must come first in the model")
        self._anchor = self._sim.bind("xanchor")[:, : self._dofs]
        self._axis = self._sim.bind("xaxis")[:, : self._dofs]
        self._posture = np.array(arm.home if posture is None else posture)
        self._lower, self._upper = np.array(arm.lower), np.array(arm.upper)
        self._eye = _DAMPING**2 * np.eye(6)
        self._jac, self._err = np.zeros((n, 6, self._dofs)), np.zeros((n, 6, 1))

    def tcp(self, q: Array) -> tuple[Array, Array]:
        """Position (N, 3) in m and rotation (N, 3, 3) of the tool centre point at q (N, 7)."""
        self._forward(q)
        return self._pos.copy(), self._mat.copy()

    def step(self, q: Array, pos: Array, rot: Array = DOWN) -> Array:
        """One damped Newton step from q (N, 7) towards the pose.

        The null space is used to stay near ``posture``.

        Args:
          q: joint angles, rad.
          pos: (N, 3) wanted position of the tool centre point, m.
          rot: (3, 3) or (N, 3, 3) wanted rotation.

        Returns:
          Joint angles (N, 7), rad, inside the joint limits.
        """
        self._forward(q)
        jac, err = self._jacobian(), self._err
        skew = rot @ self._mat.transpose(0, 2, 1)
        err[:, :3, 0] = pos - self._pos
        err[:, 3:, 0] = 0.5 * (skew[:, _NEXT, _LAST] - skew[:, _LAST, _NEXT])
        posture = _POSTURE_GAIN * (self._posture - q)
        err -= jac @ posture[:, :, None]
        back = jac.transpose(0, 2, 1)
        move = back @ np.linalg.solve(jac @ back + self._eye, err)
        out = q + posture + move[:, :, 0]
        return np.minimum(np.maximum(out, self._lower, out=out), self._upper, out=out)

    def _forward(self, q: Array) -> None:
        self._qpos[:, : self._dofs] = q
        self._sim.forward(upto="position")

    def _jacobian(self) -> Array:
        """(N, 6, 7) of the tool centre point, linear rows first, at the joints set last."""
        arm = self._pos[:, None] - self._anchor
        axis, out = self._axis, self._jac
        out[:, :3] = (
            axis[:, :, _LAST] * arm[:, :, _NEXT] - axis[:, :, _NEXT] * arm[:, :, _LAST]
        ).transpose(0, 2, 1)
        out[:, 3:] = axis.transpose(0, 2, 1)
        return out

    def solve(self, q: Array, pos: Array, rot: Array = DOWN, iterations: int = 100) -> Array:
        """Iterate ``step`` from q (N, 7), walking at most 2 cm of the way at a time."""
        for _ in range(iterations):
            p, _ = self.tcp(q)
            gap = pos - p
            far = np.maximum(np.linalg.norm(gap, axis=1, keepdims=True) / 0.02, 1.0)
            q = self.step(q, p + gap / far, rot)
        return q
