"""Kinematics of the fingers of N hands at once: where tips are, and how to bring them somewhere.

Everything is in the frame of the hand's own model (see ``HandSpec``): fingers along +x, palm
towards +z. A hand on an arm is the same hand in a moving frame.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.names import look_up
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.hands.registry import make_hand
from habilis.envs.sim.cpu import CpuSim

NORMAL_WEIGHT = 0.006  # m/rad, of a misaligned pad against distance; twice it halves the fits
REST_WEIGHT = 2e-4  # m/rad: how little the start posture weighs
_DAMPING = (1e-8, 1e-5, 1e2)  # least, first, greatest; m^2
_MOST = 0.4  # rad, of one joint in one step
_KINEMATICS_ONLY = int(
    mujoco.mjtDisableBit.mjDSBL_CONTACT
    | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    | mujoco.mjtDisableBit.mjDSBL_SENSOR
    | mujoco.mjtDisableBit.mjDSBL_ACTUATION
)


@dataclasses.dataclass(frozen=True)
class FingerContact:
    """Where one finger shall touch, for each of N hands.

    Attributes:
      point: (N, 3) on the surface of the touched body, m.
      inward: (N, 3) unit normal there, into the body.
    """

    point: Array
    inward: Array


@dataclasses.dataclass(frozen=True)
class FingerFit:
    """What inverse kinematics came to.

    Attributes:
      q: (N, j) joint angles inside the limits, rad; joints of fingers without a contact as given.
      gap: per finger (N,) distance of the pad's centre from where it should be, m.
      cosine: per finger (N,) between the pad's normal and the inward normal; 1 is flat on.
    """

    q: Array
    gap: Mapping[str, Array]
    cosine: Mapping[str, Array]

    def accepted(self, gap: float = 0.003, cosine: float = 0.6) -> npt.NDArray[np.bool_]:
        """(N,) whether every finger is near enough (m) and turned to its surface."""
        near = [row <= gap for row in self.gap.values()]
        turned = [row >= cosine for row in self.cosine.values()]
        return np.logical_and.reduce([*near, *turned])


class HandKinematics:
    """Tips of N hands, and damped least squares for their fingers.

    MuJoCo computes poses and joint axes on a model of the hand without contacts; the state of
    a simulated world is neither read nor written. Joints on one tendon are moved in equal parts.

    Args:
      name: a key of ``habilis.assets.robots.hands.registry.HANDS``.
      n: how many.
    """

    def __init__(self, name: str, n: int) -> None:
        self.hand, spec = make_hand(name)
        self.n = n
        spec.option.disableflags = _KINEMATICS_ONLY
        model = spec.compile()
        self._sim = CpuSim(model, n, nthread=1)
        self._qpos = self._sim.bind("qpos")
        self._pos, self._mat = self._sim.bind("xpos"), self._sim.bind("xmat")
        self._anchor, self._axis = self._sim.bind("xanchor"), self._sim.bind("xaxis")
        self._fingers = {finger: _Finger(self.hand, model, finger) for finger in self.hand.fingers}
        self._lower, self._upper = np.array(self.hand.lower), np.array(self.hand.upper)

    def tips(self, q: Array) -> dict[str, tuple[Array, Array]]:
        """Of each finger: centre (N, 3) in m and outward normal (N, 3) of its pad, at q (N, j)."""
        self._forward(q)
        return {finger: self._pad(chain) for finger, chain in self._fingers.items()}

    def jacobian(self, q: Array, finger: str) -> tuple[Array, Array]:
        """(N, 3, k) of the pad's centre, m/rad, and of its normal, 1/rad, at q (N, j).

        The k columns are the finger's servos; with one servo a joint, ``HandSpec.fingers``.

        Raises:
          ValueError: the hand has no such finger.
        """
        self._forward(q)
        return self._jacobian(self._chain(finger))

    def solve(
        self,
        q: Array,
        contacts: Mapping[str, FingerContact],
        depth: float = 0.0,
        iterations: int = 25,
    ) -> FingerFit:
        """Bring pads flat onto surfaces, each finger by its own joints, from q (N, j).

        Minimises the squared distance of the pad's centre from its place, plus the squared angle
        between the normals (weight ``NORMAL_WEIGHT``), plus a trace of the way from q.

        Args:
          q: start, rad; one far from the solution can end in another minimum.
          contacts: by finger.
          depth: how far the pad is pushed into the surface, m; negative keeps off it.
          iterations: of Levenberg and Marquardt's method; from near, 10 are enough.

        Raises:
          ValueError: the hand has no such finger.
        """
        places = {
            finger: contact.point - (self._chain(finger).radius - depth) * contact.inward
            for finger, contact in contacts.items()
        }
        q = np.clip(q, self._lower, self._upper)
        for finger, place in places.items():
            inward = contacts[finger].inward
            q = self._solve_finger(q, self._fingers[finger], place, inward, iterations)
        pads = self.tips(q)
        gap, cosine = {}, {}
        for finger, place in places.items():
            centre, normal = pads[finger]
            gap[finger] = np.linalg.norm(centre - place, axis=1)
            cosine[finger] = np.sum(normal * contacts[finger].inward, axis=1)
        return FingerFit(q, gap, cosine)

    def _chain(self, finger: str) -> _Finger:
        return look_up(f"finger of {self.hand.name!r}", finger, self._fingers)

    def _forward(self, q: Array) -> None:
        self._qpos[:] = q
        self._sim.forward(upto="position")

    def _pad(self, chain: _Finger) -> tuple[Array, Array]:
        rot = self._mat[:, chain.body].reshape(-1, 3, 3)
        return self._pos[:, chain.body] + rot @ chain.centre, rot @ chain.normal

    def _jacobian(self, chain: _Finger) -> tuple[Array, Array]:
        centre, normal = self._pad(chain)
        axis = self._axis[:, chain.joints]
        linear = np.cross(axis, centre[:, None] - self._anchor[:, chain.joints])
        turn = np.cross(axis, normal[:, None])
        return (chain.share @ linear).transpose(0, 2, 1), (chain.share @ turn).transpose(0, 2, 1)

    def _solve_finger(
        self, q: Array, chain: _Finger, place: Array, inward: Array, iterations: int
    ) -> Array:
        rest = q[:, chain.joints] @ chain.gather
        damping = np.full(self.n, _DAMPING[1])
        residual, jac = self._residual(q, chain, place, inward, rest)
        for _ in range(iterations):
            move = _step(jac, residual, damping, q[:, chain.joints] @ chain.gather, chain)
            trial = q.copy()
            trial[:, chain.joints] = np.clip(
                q[:, chain.joints] + move @ chain.share,
                self._lower[chain.joints],
                self._upper[chain.joints],
            )
            next_residual, next_jac = self._residual(trial, chain, place, inward, rest)
            better = np.sum(next_residual**2, axis=1) < np.sum(residual**2, axis=1)
            q = np.where(better[:, None], trial, q)
            residual = np.where(better[:, None], next_residual, residual)
            jac = np.where(better[:, None, None], next_jac, jac)
            damping = np.clip(np.where(better, damping / 4, damping * 6), _DAMPING[0], _DAMPING[2])
        return q

    def _residual(
        self, q: Array, chain: _Finger, place: Array, inward: Array, rest: Array
    ) -> tuple[Array, Array]:
        """Residual (N, 6 + k) in m and its Jacobian (N, 6 + k, k) in m/rad."""
        self._forward(q)
        centre, normal = self._pad(chain)
        linear, turn = self._jacobian(chain)
        away = REST_WEIGHT * (q[:, chain.joints] @ chain.gather - rest)
        parts = (centre - place, NORMAL_WEIGHT * (normal - inward), away)
        eye = np.broadcast_to(REST_WEIGHT * np.eye(len(chain.share)), (self.n, *chain.eye.shape))
        return np.concatenate(parts, axis=1), np.concatenate(
            (linear, NORMAL_WEIGHT * turn, eye), axis=1
        )


class _Finger:
    """Indices and constants of one finger, in servo coordinates: k of them move its j joints."""

    def __init__(self, hand: HandSpec, model: mujoco.MjModel, finger: str) -> None:
        tip = hand.tips[finger]
        self.body = int(model.body(tip.body).id)
        self.centre, self.normal = np.array(tip.centre), np.array(tip.normal)
        self.radius = tip.radius
        self.joints = np.array([hand.joints.index(j) for j in hand.fingers[finger]])
        drives = hand.coupling[:, self.joints]
        drives = drives[drives.any(axis=1)]
        self.share = drives / drives.sum(axis=1, keepdims=True)
        """(k, j) joint motion per servo motion, a tendon's joints in equal parts."""
        self.gather = drives.T
        self.eye = np.eye(len(drives))
        limits = np.array([hand.lower, hand.upper])[:, self.joints]
        self.lower, self.upper = limits @ self.gather


def _step(jac: Array, residual: Array, damping: Array, u: Array, chain: _Finger) -> Array:
    """Damped step (N, k); servos that stand at a limit and would leave it are held still."""
    slope = (jac.transpose(0, 2, 1) @ residual[:, :, None])[:, :, 0]
    stuck = ((u <= chain.lower + 1e-9) & (slope > 0)) | ((u >= chain.upper - 1e-9) & (slope < 0))
    free = np.where(stuck, 0.0, 1.0)
    jac = jac * free[:, None, :]
    normal = jac.transpose(0, 2, 1) @ jac + damping[:, None, None] * chain.eye
    step = -np.linalg.solve(normal, (slope * free)[:, :, None])[:, :, 0]
    return np.clip(step, -_MOST, _MOST)
