"""A model-based trot: a clock, footholds, and forces of the standing feet that carry the trunk.

Each control period, for N robots at once: the trunk's target runs ahead of it at the commanded
velocity, feet that swing go where they will be needed, and those that stand push so that the trunk
follows its target.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.control.arm import TICK
from habilis.envs.legged.gait import DUTY, PERIOD, Gait, Size
from habilis.envs.legged.legs import LegKinematics

Heights = Callable[[Array], Array]
"""Height (N, k) of the ground, m, at points (N, k, 2) of the plane."""

GRAVITY = 9.81
_SEARCH = np.array([0.0, 0.02, -0.02, 0.04, -0.04, 0.06, -0.06, 0.08, -0.08, 0.10, -0.10])  # m
_ROOM, _EVEN = 0.045, 0.02  # m around a foothold that must be as high as it is, within
_REACH = 0.2  # m of height from the ground of a robot to where a foot may stand
_KEPT = 0.85  # of a swing, after which its foothold stays
_TURN_LAG, _TILT_SPEED, _RISE_SPEED = 0.15, 0.8, 0.3  # rad, rad/s, m/s
_WEIGHTS = np.array([1.0, 1.0, 2.0, 8.0, 8.0, 4.0])  # of force and moment, x y z each
_STIFF, _DAMPED = np.array([25.0, 40.0, 15.0]), np.array([1.5, 2.5, 1.5])  # Nm/rad, Nm s/rad
_GAINS = 2.0  # m/s^2 of the velocity that it should have by now, towards what it is told
_LIFT, _SINK = 250.0, 40.0  # N/m, N s/m


@dataclasses.dataclass(frozen=True)
class Trunk:
    """Where N robots are: pos (N, 3) m, rot (N, 3, 3), velocity (N, 3) m/s of the world, turning
    (N, 3) rad/s in its own frame, joints q (N, L, 3) rad."""

    pos: Array
    rot: Array
    velocity: Array
    turning: Array
    q: Array

    @property
    def yaw(self) -> Array:
        """(N,) heading, rad."""
        out: Array = np.arctan2(self.rot[:, 1, 0], self.rot[:, 0, 0])
        return out


class Trot:
    """The gait of N robots at work.

    Args:
      legs: their kinematics.
      n: how many.
      mass: of a robot, kg; centre: (3,) of it in the trunk's frame as it stands, m.
      radius: of the feet, m.
      stiffness: (L, 3) of the servos, Nm/rad.
      height: of the trunk above even ground as it stands, m.

    Attributes:
      size: of the robots; period: of their clock, s.
      offsets: (L,) of the legs' clocks, of a period: those of a diagonal go together.
    """

    def __init__(
        self, legs: LegKinematics, n: int, mass: float, centre: Array, radius: float,
        stiffness: Array, height: float,
    ) -> None:  # fmt: skip
        self.size = Size.of(mass, height)
        self.period = PERIOD * self.size.time
        self.legs, self.n, self._mass, self._centre = legs, n, mass, centre
        self._radius, self._stiffness = radius, stiffness
        across = legs.stance[:, 0] * legs.stance[:, 1] > 0
        self.offsets = np.where(across, 0.5, 0.0)
        feet = (n, len(across), 3)
        self.phase, self.tilt, self.ground = np.zeros((3, n))
        self.at, self.pace, self.heading = np.zeros((n, 2)), np.zeros((n, 2)), np.zeros(n)
        self.lifted, self.planted, self.foothold = np.zeros((3, *feet))
        self.swinging: Mask = np.zeros(feet[:2], bool)

    def rows(self) -> dict[str, npt.NDArray[np.generic]]:
        """Live arrays (N, ...) that make up its state, by name."""
        names = "phase tilt ground at pace heading lifted planted foothold swinging"
        return {name: getattr(self, name) for name in names.split()}

    def reset(self, ids: Ids, trunk: Trunk) -> None:
        """Robots ``ids`` (k,) stand where they are, on all feet."""
        feet = trunk.pos[:, None] + self.legs.feet(trunk.q)[0] @ trunk.rot.swapaxes(1, 2)
        for row in (self.lifted, self.planted, self.foothold):
            row[ids] = feet[ids]
        self.phase[ids], self.tilt[ids], self.swinging[ids] = 0.0, 0.0, False
        self.pace[ids] = 0.0
        self.ground[ids] = feet[ids, :, 2].mean(axis=1) - self._radius
        self.at[ids], self.heading[ids] = trunk.pos[ids, :2], trunk.yaw[ids]

    def step(self, trunk: Trunk, command: Array, heights: Heights, gait: Gait) -> Array:
        """Targets (N, 12) of the servos for the next control period, rad.

        Args:
          trunk: where the robots are.
          command: (N, 3) velocity forward and to the left, m/s, and turning, rad/s.
          heights: of the ground.
          gait: how to walk.
        """
        body, jac = self.legs.feet(trunk.q)
        feet = trunk.pos[:, None] + body @ trunk.rot.swapaxes(1, 2)
        goes = np.logical_or.reduce(command != 0, axis=1)
        self.pace += np.clip(command[:, :2] - self.pace, -_GAINS * TICK, _GAINS * TICK)
        gait, thrown = gait.recovering(
            trunk.velocity[:, :2] - _plane(trunk.yaw, self.pace), self.size
        )
        command = command + gait.hurry
        ahead = _plane(trunk.yaw, command[:, :2])
        self._aim(trunk, ahead, command[:, 2], gait)
        swinging, s = self._clock(goes | thrown, feet, gait)
        self._find(trunk, ahead, command[:, 2], s, heights, gait)
        goal = self._swung(s, gait)
        rot, pos = self._target(gait)
        force = self._forces(trunk, feet, rot, pos, ahead, swinging, gait)
        torque = -(jac.swapaxes(2, 3) @ (force @ trunk.rot)[..., None])[..., 0]
        standing = (feet - pos[:, None]) @ rot
        moving = (goal - trunk.pos[:, None]) @ trunk.rot
        q = self.legs.solve(trunk.q, np.where(swinging[..., None], moving, standing))
        out: Array = (q + torque / self._stiffness).reshape(self.n, -1)
        return out

    def _aim(self, trunk: Trunk, ahead: Array, turning: Array, gait: Gait) -> None:
        """Move the trunk's target on, not too far from the trunk."""
        off = self.at + ahead * TICK - trunk.pos[:, :2]
        far = np.sqrt(np.vecdot(off, off))
        self.at[:] = (
            trunk.pos[:, :2] + off * np.minimum(1, gait.lead / np.maximum(far, 1e-9))[:, None]
        )
        lag = wrapped(self.heading + turning * TICK - trunk.yaw)
        self.heading[:] = trunk.yaw + np.clip(lag, -_TURN_LAG, _TURN_LAG)

    def _clock(self, goes: Mask, feet: Array, gait: Gait) -> tuple[Mask, Array]:
        """Who swings (N, L), and how far along the swing (N, L) is, 0-1; (N,) who goes at all."""
        rests: Mask = ~(goes | np.logical_or.reduce(self.swinging, axis=1))
        self.phase[:] = np.where(rests, 0.0, (self.phase + gait.rate * TICK / self.period) % 1)
        clock = (self.phase[:, None] + self.offsets) % 1
        swinging = (clock >= DUTY) & ~rests[:, None]
        begins = swinging & ~self.swinging
        self.lifted[begins] = feet[begins]
        self.planted[~swinging] = feet[~swinging]
        self.swinging[:] = swinging
        return swinging, (clock - DUTY) / (1 - DUTY)

    def _find(
        self, trunk: Trunk, ahead: Array, turning: Array, s: Array, heights: Heights, gait: Gait
    ) -> None:
        """Where feet that swing are to land."""
        period = self.period / gait.rate[:, None]
        soon = np.maximum(0, 1 - s) * (1 - DUTY) * period + DUTY * period / 2
        yaw = trunk.yaw[:, None] + turning[:, None] * soon
        hips = self.legs.stance[:, :2] + gait.shift[:, None]
        hips[..., 1] += np.sign(self.legs.stance[:, 1]) * gait.spread[:, None]
        under = np.stack(
            (np.cos(yaw) * hips[..., 0] - np.sin(yaw) * hips[..., 1],
             np.sin(yaw) * hips[..., 0] + np.cos(yaw) * hips[..., 1]), axis=-1,
        )  # fmt: skip
        drift = gait.drift[:, None] * (trunk.velocity[:, :2] - ahead)
        spot = trunk.pos[:, None, :2] + ahead[:, None] * soon[..., None] + under + drift[:, None]
        spot, height = self._snapped(spot, trunk.yaw, heights)
        new = np.concatenate((spot, height[..., None] + self._radius), axis=-1)
        self.foothold[:] = np.where((s < _KEPT)[..., None], new, self.foothold)

    def _snapped(self, spot: Array, yaw: Array, heights: Heights) -> tuple[Array, Array]:
        """Footholds (N, L, 2) off edges, along the heading, and their heights (N, L); none is on
        what is too high or too low for a leg, beside which a robot may walk."""
        n, legs, tries = self.n, spot.shape[1], len(_SEARCH)
        along = np.stack((np.cos(yaw), np.sin(yaw)), axis=-1)
        near = spot[:, :, None] + _SEARCH[:, None] * along[:, None, None]
        around = _ROOM * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
        points = near[..., None, :] + around
        z = heights(points.reshape(n, -1, 2)).reshape(n, legs, tries, len(around))
        ground, reach = self.ground[:, None, None], _REACH * self.size.length
        even = (np.abs(z - z[..., :1]) < _EVEN).all(axis=-1) & (np.abs(z[..., 0] - ground) < reach)
        best = np.where(even.any(axis=-1), even.argmax(axis=-1), 0)
        rows = np.arange(n)[:, None], np.arange(legs)[None], best
        return near[rows], np.clip(z[..., 0][rows], ground[..., 0] - reach, ground[..., 0] + reach)

    def _swung(self, s: Array, gait: Gait) -> Array:
        """(N, L, 3) where feet that swing are to be now."""
        rise = self.foothold[..., 2] - self.lifted[..., 2]
        begin = np.where(rise > 0.03, 0.3, 0.12)
        share = _smooth((s - begin) / (0.8 - begin))
        out = self.lifted + share[..., None] * (self.foothold - self.lifted)
        top = np.maximum(self.lifted[..., 2], self.foothold[..., 2]) + gait.swing[:, None]
        up = self.lifted[..., 2] + _smooth(s / 0.4) * (top - self.lifted[..., 2])
        down = top + _smooth((s - 0.4) / 0.6) * (self.foothold[..., 2] - 0.01 - top)
        out[..., 2] = np.where(s < 0.4, up, down)
        return out

    def _target(self, gait: Gait) -> tuple[Array, Array]:
        """Rotation (N, 3, 3) and position (N, 3) of the trunk that are wanted now."""
        z, long = self.planted[..., 2], np.ptp(self.legs.stance[:, 0])
        front = self.legs.stance[:, 0] > 0
        slope = np.arctan2(z[:, front].mean(axis=1) - z[:, ~front].mean(axis=1), long)
        step = TICK * _TILT_SPEED
        self.tilt += np.clip(-gait.slope * slope - self.tilt, -step, step)
        step = TICK * _RISE_SPEED * self.size.time
        self.ground += np.clip(z.mean(axis=1) - self._radius - self.ground, -step, step)
        roll, pitch = gait.lean[:, 0], self.tilt + gait.lean[:, 1]
        c, s, up, fore = np.cos(self.heading), np.sin(self.heading), np.sin(pitch), np.cos(pitch)
        over, flat = np.sin(roll), np.cos(roll)
        rot = np.array([
            [c * fore, c * up * over - s * flat, c * up * flat + s * over],
            [s * fore, s * up * over + c * flat, s * up * flat - c * over],
            [-up, fore * over, fore * flat],
        ]).transpose(2, 0, 1)  # fmt: skip
        return rot, np.concatenate((self.at, (self.ground + gait.height)[:, None]), axis=1)

    def _forces(
        self, trunk: Trunk, feet: Array, rot: Array, pos: Array, ahead: Array, swinging: Mask,
        gait: Gait,
    ) -> Array:  # fmt: skip
        """(N, L, 3) with which the ground is to push on the feet, world, N."""
        yaw = turns(trunk.yaw)
        wrench = np.zeros((self.n, 6))
        v = trunk.velocity
        wrench[:, :2] = gait.push[:, None] * (ahead - v[:, :2])
        size = self.size
        lift = size.spring * _LIFT * (pos[:, 2] - trunk.pos[:, 2]) - size.damper * _SINK * v[:, 2]
        wrench[:, 2] = lift + self._mass * GRAVITY
        off = rotvec(rot @ trunk.rot.swapaxes(1, 2))
        spin = (trunk.rot @ trunk.turning[..., None])[..., 0]
        turn = size.mass * size.length  # factor of moments for an angle
        stiff, damped = _STIFF * turn, _DAMPED * turn * size.time
        moment = (off[:, None] @ yaw)[:, 0] * stiff - (spin[:, None] @ yaw)[:, 0] * damped
        wrench[:, 3:] = (yaw @ moment[..., None])[..., 0]
        arms = feet - (trunk.pos + trunk.rot @ self._centre)[:, None]
        each = np.zeros((self.n, feet.shape[1], 6, 3))
        each[..., :3, :] = np.eye(3)
        x, y, z = arms[..., 0], arms[..., 1], arms[..., 2]
        each[..., 3, 1], each[..., 3, 2], each[..., 4, 0] = -z, y, z
        each[..., 4, 2], each[..., 5, 0], each[..., 5, 1] = -x, -y, x
        each[swinging] = 0.0
        matrix = _WEIGHTS[:, None] * each.transpose(0, 2, 1, 3).reshape(self.n, 6, -1)
        square = matrix @ matrix.swapaxes(1, 2) + 1e-3 * np.eye(6)
        force = matrix.swapaxes(1, 2) @ np.linalg.solve(square, (_WEIGHTS * wrench)[..., None])
        force = force.reshape(self.n, -1, 3)
        up = np.maximum(force[..., 2], 0)
        flat = np.sqrt(np.vecdot(force[..., :2], force[..., :2]))
        force[..., :2] *= np.minimum(1, gait.cone[:, None] * up / np.maximum(flat, 1e-9))[..., None]
        force[..., 2] = up
        return force


def wrapped(angle: Array) -> Array:
    """Angles (...) within [-pi, pi), rad."""
    out: Array = (angle + np.pi) % (2 * np.pi) - np.pi
    return out


def turns(yaw: Array) -> Array:
    """(N, 3, 3) rotations about z by (N,) rad."""
    out = np.zeros((len(yaw), 3, 3))
    out[:, 0, 0] = out[:, 1, 1] = np.cos(yaw)
    out[:, 1, 0] = np.sin(yaw)
    out[:, 0, 1] = -out[:, 1, 0]
    out[:, 2, 2] = 1.0
    return out


def rotvec(rot: Array) -> Array:
    """(N, 3) rotation vectors of small rotations (N, 3, 3), rad."""
    twist = np.stack(
        (rot[:, 2, 1] - rot[:, 1, 2], rot[:, 0, 2] - rot[:, 2, 0], rot[:, 1, 0] - rot[:, 0, 1]),
        axis=-1,
    ) / 2  # fmt: skip
    sin = np.sqrt(np.vecdot(twist, twist))
    cos = (np.trace(rot, axis1=1, axis2=2) - 1) / 2
    scale = np.where(sin > 1e-6, np.arctan2(sin, cos) / np.maximum(sin, 1e-9), 1.0)
    out: Array = twist * scale[:, None]
    return out


def _plane(yaw: Array, forward: Array) -> Array:
    """(N, 2) of the world from (N, 2) forward and to the left."""
    c, s = np.cos(yaw), np.sin(yaw)
    x, y = forward[:, 0], forward[:, 1]
    return np.stack((c * x - s * y, s * x + c * y), axis=-1)


def _smooth(share: Array) -> Array:
    x = np.clip(share, 0.0, 1.0)
    out: Array = x * x * (3 - 2 * x)
    return out
