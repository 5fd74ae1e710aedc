"""From commands to actuator targets: limits, inverse kinematics, interpolation, for N arms."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Mask
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.things import Workspace
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.control.limiter import Clamps, Limiter
from habilis.envs.control.rotations import turn_between

TICK = 0.02
"""Control period, s: commands are interpolated and rules and watchdogs run at this rate."""

WAY_POINTS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])[:, None, None]
"""Of the way to a stop, at which it is looked whether the arm would leave the box."""


@dataclasses.dataclass(frozen=True)
class Sent:
    """What was really sent to N robots.

    Attributes:
      ctrl: (N, T, n + a) actuator targets of T ticks: joints in rad, then the end effector's.
      tcp: (N, 3) position target at the end, m.
      rot: (N, 3, 3) orientation target at the end.
      aperture: (N,) jaw opening target at the end, m.
      clamps: what the limiter changed.
    """

    ctrl: Array
    tcp: Array
    rot: Array
    aperture: Array
    clamps: Clamps


class ArmController:
    """Holds the commanded pose of N arms and turns new commands into actuator targets.

    Args:
      name: robot.
      base: of the robot, m, world.
      workspace: box of the tool centre point.
      n: how many.
      tick: control period, s.
      posture: (j,) joints to stay near, rad; the robot's home by default.

    Attributes:
      in_line: joints that are held back hold the others back, so that the hand stays on its way
        when commands do not come in time; those of a simulation always do.
      jaw_speed: at which end effectors open or close at the most, m/s; inf for real ones, which
        know their own.
    """

    def __init__(
        self,
        name: str,
        base: tuple[float, float, float],
        workspace: Workspace,
        n: int,
        tick: float = TICK,
        posture: Sequence[float] | None = None,
    ) -> None:
        self.kinematics = ArmKinematics(name, base, n, posture)
        self.tick, self.in_line = tick, False
        self._ahead = ArmKinematics(name, base, n * len(WAY_POINTS))
        self.robot: RobotSpec = self.kinematics.robot
        self.limiter = Limiter(self.robot, workspace, n)
        effector = self.robot.effector
        self.aperture: Array = np.full(n, effector.widest)
        self.jaw_speed = effector.speed

    def arm(self, ids: npt.NDArray[np.int_], q: Array, aperture: Array) -> None:
        """Start again from measured joints (k, j) rad and jaw openings (k,) m."""
        full = self.limiter.q.copy()
        full[ids] = q
        pos, rot = self.kinematics.tcp(full)
        self.limiter.arm(ids, q, pos[ids], rot[ids])
        self.aperture[ids] = aperture

    def rows(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""
        limiter = {f"limiter/{name}": row for name, row in self.limiter.rows().items()}
        return {**limiter, "aperture": self.aperture}

    def to_pose(
        self, pos: Array, rot: Array, aperture: Array, ticks: int, speed: Array | None = None
    ) -> Sent:
        """Bring tool centre points to (N, 3) m and (N, 3, 3) or (3, 3), in ``ticks`` periods.

        Args:
          pos, rot: poses of the tool centre points, world.
          aperture: (N,) openings of the end effectors, m.
          ticks: how many control periods it may take.
          speed: (N,) with which they open or close at the most, m/s; never above ``jaw_speed``.

        Raises:
          ValueError: not finite, or no rotation. StoppedError: the stop is latched.
        """
        dt = ticks * self.tick
        if speed is not None:
            aperture = np.clip(aperture, self.aperture - speed * dt, self.aperture + speed * dt)
        near, beyond, fast = self.limiter.limit_position(pos, dt)
        facing, turning = self.limiter.limit_rotation(rot, dt)
        q = self.kinematics.step(self.limiter.q, near, facing)
        stuck = self.kinematics.stuck
        sent = self._send(q, near, facing, aperture, ticks, (beyond, fast, turning), stuck)
        return self._short(sent, pos, rot, stuck) if np.count_nonzero(stuck) else sent

    def _short(self, sent: Sent, pos: Array, rot: Array, stuck: Mask) -> Sent:
        """What was sent, with how far it falls short of what was wanted."""
        away = np.linalg.norm(self.limiter.inside(pos) - sent.tcp, axis=1)
        off = np.linalg.norm(turn_between(sent.rot, np.broadcast_to(rot, sent.rot.shape)), axis=1)
        clamps = dataclasses.replace(
            sent.clamps, short=np.where(stuck, away, 0.0), askew=np.where(stuck, off, 0.0)
        )
        return dataclasses.replace(sent, clamps=clamps)

    def held(self) -> CommandBatch:
        """Commands that keep the arms where they were sent last."""
        return CommandBatch(self.limiter.pos, self.aperture, self.limiter.rot)

    def to_joints(self, q: Array, aperture: Array, ticks: int) -> Sent:
        """Go to joints (N, j) rad; a tool centre point outside the box is brought back into it."""
        dt = ticks * self.tick
        if not np.isfinite(q).all():
            raise ValueError(f"command must be finite, got {q.tolist()}")
        q = np.minimum(np.maximum(q, self.robot.arm.lower), self.robot.arm.upper)
        want, rot = self.kinematics.tcp(q)
        near, beyond, fast = self.limiter.limit_position(want, dt)
        if beyond.any() or fast.any():
            q = np.where(
                (beyond > 0)[:, None] | fast[:, None],
                self.kinematics.step(self.limiter.q, near, rot),
                q,
            )
        none = np.zeros(len(q), bool)
        return self._send(q, near, rot, aperture, ticks, (beyond, fast, none), none)

    def _send(
        self,
        q: Array,
        pos: Array,
        rot: Array,
        aperture: Array,
        ticks: int,
        cut: tuple[Array, Mask, Mask],
        stuck: Mask,
    ) -> Sent:
        """Send joints, within their limits, and openings; ``cut`` are the first of ``Clamps``."""
        low, high = self.robot.effector.aperture
        if np.count_nonzero(np.isfinite(aperture)) < aperture.size:
            raise ValueError(f"aperture must be finite, got {aperture.tolist()}")
        start, want, dt = self.limiter.q, q, ticks * self.tick
        jaw, far = self.aperture, self.jaw_speed * dt
        opening = np.minimum(np.maximum(aperture, low), high)
        opening = np.minimum(np.maximum(opening, jaw - far), jaw + far)
        q, held = self.limiter.joints.limit(q, dt)
        if self.in_line and np.count_nonzero(held):
            q = self.limiter.joints.in_line(want, q, dt)
        q, pos, rot, held = self._stay_inside(q, pos, rot, held | stuck, dt)
        self.limiter.accept(q, pos, rot, dt)
        if np.count_nonzero(held):
            self.limiter.calm()
        grip = self.robot.effector.opening.command(jaw + _shares(ticks) * (opening - jaw))
        grip = grip.swapaxes(0, 1)
        ctrl = np.empty((len(q), ticks, q.shape[1] + grip.shape[2]))
        way = np.multiply(_shares(ticks), (q - start)[:, None], out=ctrl[:, :, : q.shape[1]])
        way += start[:, None]
        ctrl[:, :, q.shape[1] :] = grip
        self.aperture, nothing = opening, np.zeros(len(q))
        return Sent(ctrl, pos, rot, opening, Clamps(*cut, held, nothing, nothing))

    def _stay_inside(
        self, q: Array, pos: Array, rot: Array, held: Mask, dt: float
    ) -> tuple[Array, Array, Array, Mask]:
        """Brake arms that could not come to rest inside the box after being sent to q.

        As every command before left room to stop, braking keeps to that way. The pose target of
        an arm whose joints were held back is where those joints put it, so that it does not run
        ahead.
        """
        limiter, kinematics = self.limiter, self.kinematics
        risky = held | limiter.near_wall(pos)
        if not np.count_nonzero(risky):
            return q, pos, rot, held
        here, facing = kinematics.tcp(q)
        lost = risky & limiter.too_fast(here, dt)
        left = limiter.joints.rest(q, dt) - q
        # Kinematics of the way is most of the work: of the few arms that can come so far at all.
        room = limiter.has_room(here, np.abs(left) @ kinematics.levers)
        (rows,) = (risky & ~room).nonzero()
        if len(rows):
            points, _ = self._ahead.tcp((q[rows] + WAY_POINTS * left[rows]).reshape(-1, q.shape[1]))
            outside = limiter.beyond_wall(points).reshape(len(WAY_POINTS), -1)
            lost[rows] |= np.logical_or.reduce(outside)
        if np.count_nonzero(lost):
            q = limiter.joints.brake(q, lost, dt)
            here, facing = kinematics.tcp(q)
        back = held | lost
        if np.count_nonzero(back):
            pos, rot = pos.copy(), rot.copy()
            pos[back], rot[back] = limiter.inside(here[back]), facing[back]
        return q, pos, rot, back


@functools.cache
def _shares(ticks: int) -> Array:
    """(ticks, 1) which share of the way is gone after each tick."""
    return (np.arange(1, ticks + 1) / ticks)[:, None]
