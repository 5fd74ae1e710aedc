"""Kinematics of the arm alone, for all simulations at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.robots.spec import RobotSpec
from habilis.envs.control.careful import LEVER, TIGHT, careful_step
from habilis.envs.control.chain import robot_chain, site_levers
from habilis.envs.control.rotations import DOWN, rotation_vector, skew_part, turned
from habilis.envs.sim.cpu import CpuSim

_TWICE = np.array([1, 2, 0, 2, 0, 1])  # the factors of a cross product
_HALVES = slice(0, 3), slice(3, 6)  # rows of the Jacobian: linear, angular
_DAMPING = 1e-3
STILL = 1e-5  # m, rad that an arm may miss in a step and not be stuck
_POSTURE_GAIN = 0.05
_WALK, _TURN = 0.02, 0.15  # m and rad that ``solve`` goes at a time
_SEEDS = (0.3, 0.45, 0.62, 0.77, 0.89, 0.13, 0.55, 0.71)  # of postures that ``reach`` starts from
_BLOCK = 10  # iterations of ``follow`` between looks at what is left
NEAR, ALIGNED = 0.002, np.radians(1.0)  # m and rad within which a pose counts as reached


@dataclasses.dataclass(frozen=True)
class Attained:
    """Whether N arms can bring their tool centre points to N poses.

    Attributes:
      q: (N, j) joints that bring it there, or as near as they can, rad.
      short: (N,) m by which they do not.
      askew: (N,) rad by which they do not turn it as it should be.
    """

    q: Array
    short: Array
    askew: Array

    @property
    def ok(self) -> npt.NDArray[np.bool_]:
        """(N,) whether position and orientation are reached."""
        return (self.short <= NEAR) & (self.askew <= ALIGNED)

    def trouble(self, i: int = 0) -> str:
        """What is wrong with pose ``i``, in words; '' if it is reached."""
        if self.ok[i]:
            return ""
        if self.short[i] > LEVER * self.askew[i]:
            return f"cannot reach, {self.short[i]:.2g} m short"
        return f"cannot turn there, {np.degrees(self.askew[i]):.0f} degrees short"


class ArmKinematics:
    """Forward and differential inverse kinematics of N arms of j joints, in the world frame.

    MuJoCo computes poses and joint axes on a model of the arm without contacts; the state
    of the simulated world is neither read nor written.

    Args:
      name: robot, see ``habilis.assets.robots.make_robot``.
      base: position of its base in the world, m.
      n: how many.
      posture: (j,) joints to stay near, rad; the robot's home by default.

    Attributes:
      levers: (j,) m that the tool centre point moves at the most for a unit of each joint.
      stuck: (N,) whether the arm could make less than half of the last ``step``.
      posture: (j,) or (N, j) joints to stay near, rad; may be set anew.
    """

    def __init__(
        self,
        name: str,
        base: tuple[float, float, float],
        n: int,
        posture: Sequence[float] | None = None,
    ) -> None:
        robot, model = robot_chain(name, base)
        arm = robot.arm
        self.robot: RobotSpec = robot
        self._sim = CpuSim(model, n, nthread=1)
        site = model.site(robot.effector.tcp).id
        self._pos = self._sim.bind("site_xpos")[:, site]
        self._mat = self._sim.bind("site_xmat")[:, site].reshape(n, 3, 3)
        self._dofs = len(arm.joints)
        self._joints = self._sim.bind("qpos")[:, : self._dofs]
        joints = [int(model.joint(j).id) for j in arm.joints]
        if joints != list(range(self._dofs)):
            raise ValueError(f"robot {robot.name!r}: its joints must come first in the model")
        self._joints[:] = np.nan  # nowhere yet
        self.levers = site_levers(model, site)[: self._dofs]
        self._anchor = self._sim.bind("xanchor")[:, : self._dofs]
        self._axis = self._sim.bind("xaxis")[:, : self._dofs]
        self.posture = np.array(arm.home if posture is None else posture)
        self._lower, self._upper = np.array(arm.lower), np.array(arm.upper)
        self._eye = _DAMPING**2 * np.eye(6)
        self._jac, self._err = np.zeros((n, 6, self._dofs)), np.zeros((n, 6, 7))
        self._err[:, :, 1:] = np.eye(6)
        self._gap, self._askew = self._err[:, :3, 0], self._err[:, 3:, 0]
        self._moves, self._turns = (self._jac[:, rows].transpose(0, 2, 1) for rows in _HALVES)
        self.stuck = self._free = np.zeros(n, bool)

    def tcp(self, q: Array) -> tuple[Array, Array]:
        """Position (k, 3) in m and rotation (k, 3, 3) of the tool centre point at q (k, j).

        Of no more than N arms: it takes only the time of those.
        """
        count = len(q)
        self._forward(q)
        return self._pos[:count].copy(), self._mat[:count].copy()

    def step(self, q: Array, pos: Array, rot: Array = DOWN) -> Array:
        """One damped Newton step from q (N, j) towards the pose.

        The null space is used to stay near ``posture``. Arms that are near a singularity or the
        end of a joint's range go as far as they can, position first; ``stuck`` says which cannot.

        Args:
          q: joint angles, rad.
          pos: (N, 3) wanted position of the tool centre point, m.
          rot: (3, 3) or (N, 3, 3) wanted rotation, less than half a turn from the present one.

        Returns:
          Joint angles (N, j), rad, inside the joint limits.
        """
        self._forward(q)
        return self._step(q, pos, rot)

    def _step(self, q: Array, pos: Array, rot: Array) -> Array:
        """``step`` from where the last ``_forward`` has put the arms."""
        jac, right = self._jacobian(), self._err
        err = right[:, :, :1]
        np.subtract(pos, self._pos, out=self._gap)
        self._askew[:] = skew_part(rot @ self._mat.transpose(0, 2, 1))
        posture = _POSTURE_GAIN * (self.posture - q)
        err -= jac @ posture[:, :, None]
        back = jac.transpose(0, 2, 1)
        solved = np.linalg.solve(jac @ back + self._eye, right)
        out = q + posture + (back @ solved[:, :, :1])[:, :, 0]
        self.stuck = self._free
        # The trace of the inverse: the sum of 1 / s^2 over the singular values of the Jacobian.
        tight = np.add.reduce(solved.reshape(-1, 42)[:, 1::8], axis=1) > TIGHT
        beyond = (out < self._lower) | (out > self._upper)
        if np.count_nonzero(tight) or np.count_nonzero(beyond):
            rows = tight | beyond.any(axis=1)
            out[rows] = self._careful(rows, q, posture)
        return out

    def _careful(self, rows: npt.NDArray[np.bool_], q: Array, posture: Array) -> Array:
        """Joints (k, j) of the arms ``rows`` that are in a tight spot."""
        jac, start, by = self._jac[rows], q[rows], posture[rows]
        err = self._err[rows, :, 0] + (jac @ by[:, :, None])[:, :, 0]  # of the pose alone
        move, missing = careful_step(jac, err, by, self._lower - start, self._upper - start)
        self.stuck = self._free.copy()
        for part in _HALVES:
            left, asked = (np.linalg.norm(e[:, part], axis=1) for e in (missing, err))
            self.stuck[rows] |= (left > asked / 2) & (left > STILL)
        return np.clip(start + move, self._lower, self._upper)

    def _forward(self, q: Array) -> None:
        """Put the first arms to q (k, j), unless all of them stand there already."""
        there = self._joints[: len(q)]
        if np.count_nonzero(there != q):
            some = None if len(q) == len(self._joints) else np.arange(len(q))
            np.copyto(there, q)
            self._sim.forward(some, upto="position")

    def _jacobian(self) -> Array:
        """(N, 6, j) of the tool centre point, linear rows first, at the joints set last."""
        a = self._axis.take(_TWICE, axis=2)
        b = (self._pos[:, None] - self._anchor).take(_TWICE, axis=2)
        np.subtract(a[:, :, :3] * b[:, :, 3:], a[:, :, 3:] * b[:, :, :3], out=self._moves)
        self._turns[:] = self._axis
        return self._jac

    def solve(self, q: Array, pos: Array, rot: Array = DOWN, iterations: int = 100) -> Array:
        """Iterate ``step`` from q (N, j), walking a little of the way and the turn at a time."""
        for _ in range(iterations):
            self._forward(q)
            gap = pos - self._pos
            far = np.maximum(np.linalg.norm(gap, axis=1, keepdims=True) / _WALK, 1.0)
            q = self._step(q, self._pos + gap / far, self._nearer(rot))
        return q

    def _nearer(self, rot: Array) -> Array:
        """Rotations (N, 3, 3) or (3, 3) on the way to ``rot``, no further than ``_TURN``."""
        cosine = (np.sum(rot * self._mat, axis=(1, 2)) - 1) / 2
        if (cosine > np.cos(_TURN)).all():
            return rot
        way = rotation_vector(rot @ self._mat.transpose(0, 2, 1))
        part = np.minimum(1.0, _TURN / np.maximum(np.linalg.norm(way, axis=1), 1e-12))
        return turned(self._mat, way * part[:, None])

    def reach(self, q: Array, pos: Array, rot: Array = DOWN, iterations: int = 100) -> Attained:
        """Whether the arms get to poses (N, 3) m, (3, 3) or (N, 3, 3).

        Tried from q (N, j), and where that ends short, from postures spread over the ranges.
        """
        best = self.follow(q, pos, rot, iterations)
        for seed in _SEEDS:
            if best.ok.all():
                break
            spread = self._lower + (seed * np.arange(1, self._dofs + 1)) % 1.0 * (
                self._upper - self._lower
            )
            now = self.follow(np.tile(spread, (len(q), 1)), pos, rot, iterations)
            nearer = now.short + LEVER * now.askew < best.short + LEVER * best.askew
            best = Attained(
                np.where(nearer[:, None], now.q, best.q),
                np.where(nearer, now.short, best.short),
                np.where(nearer, now.askew, best.askew),
            )
        return best

    def follow(self, q: Array, pos: Array, rot: Array = DOWN, iterations: int = 100) -> Attained:
        """Whether arms at q (N, j) get straight to poses (N, 3) m, (3, 3) or (N, 3, 3).

        Once all are well within what counts as reached, it is over: the iterations that are left
        would only bring them nearer to their posture.
        """
        for left in range(iterations, 0, -_BLOCK):
            q = self.solve(q, pos, rot, min(left, _BLOCK))
            here, facing = self.tcp(q)
            way = rotation_vector(rot @ facing.transpose(0, 2, 1))
            short, askew = (np.linalg.norm(v, axis=1) for v in (pos - here, way))
            if (short <= NEAR / 10).all() and (askew <= ALIGNED / 10).all():
                break
        return Attained(q, short, askew)
