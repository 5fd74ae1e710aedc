"""A hand's opening: the thumb against the fingers beside it, from closed to wide.

The postures are found on the model of the hand alone: pads that face each other, at growing
distances, around a point that stays where it is. That point is the tool centre point.
"""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.descent import descend
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.opening import Opening

OPPOSED = ("index", "middle")
"""Fingers that the thumb closes against."""
STEP, WIDEST = 0.01, 0.10  # m between rows of the table, and where it ends at the latest
_FIRST = 0.03  # m, of the posture that fixes where the fingers meet
_NEAR = 0.003  # m, of pads that count as meeting
_ASIDE = 0.008  # m by which the middle between the pads may wander
_RIDGE = 1e-2  # rad^2
_SAMPLES, _YIELD = 60, 0.15  # postures around each row, rad by which they stray
_SQUEEZE = 0.03  # m that the commands of the closed row go beyond touching
_TOGETHER = 0.15  # of the distance between fingers side by side
_FACING, _RELAXED = 0.008, 0.0005  # m per unit of a normal that looks aside, per rad off home


@dataclasses.dataclass(frozen=True)
class Pinch:
    """How a hand opens and closes.

    Attributes:
      opening: of the hand's joints and actuators.
      centre: (3,) tool centre point in the frame of the palm, m.
      axes: (3, 3) its axes: z out of the palm, y from the thumb to the fingers.
      fingers: bodies that touch what is held, the thumb's first.
    """

    opening: Opening
    centre: Array
    axes: Array
    fingers: tuple[str, ...]


def find_pinch(hand: HandSpec, model: mujoco.MjModel) -> Pinch:
    """The pinch of a hand.

    Raises:
      ValueError: the hand has no thumb, or its thumb cannot meet its fingers.
    """
    others = [finger for finger in OPPOSED if finger in hand.fingers]
    if "thumb" not in hand.fingers or not others:
        raise ValueError(
            f"hand {hand.name!r}: a pinch needs a thumb and one of {', '.join(OPPOSED)}; it has"
            f" {', '.join(hand.fingers)}"
        )
    pads = _Pads(hand, model, others)
    start = pads.solve(hand.command(np.array(hand.home)), _FIRST, None)
    meet = pads.meeting(start)
    rows = [pads.solve(start, 0.0, meet)]
    widths = [pads.gap(rows[0])]
    for want in np.arange(STEP, WIDEST + 1e-9, STEP):
        wider = pads.solve(rows[-1], float(want), meet)
        aside = float(np.linalg.norm(pads.meeting(wider)[0] - meet[0]))
        if pads.gap(wider) < widths[-1] + STEP / 2 or aside > _ASIDE:
            break
        rows.append(wider)
        widths.append(pads.gap(wider))
    if len(rows) < 3 or widths[0] > _NEAR:
        raise ValueError(
            f"hand {hand.name!r}: the pads of thumb and {' and '.join(others)} do not meet (nearest"
            f" {widths[0] * 1e3:.0f} mm, widest {widths[-1] * 1e3:.0f} mm)"
        )
    return _pinch(hand, pads, np.array(rows), widths, meet, ("thumb", *others))


def _pinch(
    hand: HandSpec, pads: _Pads, rows: Array, widths: list[float], meet: tuple[Array, Array],
    fingers: tuple[str, ...],
) -> Pinch:  # fmt: skip
    joints = rows @ pads.share
    commands = rows.copy()
    slope = (rows[1] - rows[0]) / (widths[1] - widths[0])
    low, high = np.array(hand.lower) @ hand.coupling.T, np.array(hand.upper) @ hand.coupling.T
    commands[0] = np.clip(rows[0] - _SQUEEZE * slope, low, high)
    centre, y = pads.in_palm(*meet)
    out = np.array(hand.palm_normal)
    z = out - y * (out @ y)
    z /= np.linalg.norm(z)
    return Pinch(
        opening=Opening(
            widths=tuple(round(width, 6) for width in widths),
            joints=_table(joints),
            commands=_table(commands),
            weights=tuple(_weights(pads, rows).tolist()),
        ),
        centre=centre,
        axes=np.column_stack((np.cross(y, z), y, z)),
        fingers=tuple(hand.tips[finger].body for finger in fingers),
    )


def _weights(pads: _Pads, rows: Array) -> Array:
    """Weights (j,) by which the joints tell the gap best, around postures (k, a) too.

    Fingers that press on something leave the postures that they were sent to.
    """
    rng = np.random.default_rng(0)
    near = np.repeat(rows, _SAMPLES, axis=0)
    near[:, pads.free] += rng.normal(0.0, _YIELD, (len(near), len(pads.free)))
    gaps = np.array([pads.gap(command) for command in near])
    joints = near @ pads.share
    moves = joints - joints.mean(axis=0)
    square = moves.T @ moves + _RIDGE * np.eye(joints.shape[1])
    return np.linalg.solve(square, moves.T @ (gaps - gaps.mean()))


def _table(rows: Array) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows.round(6).tolist())


class _Pads:
    """Pads of the thumb and of the fingers against it, as functions of the commands (a,)."""

    def __init__(self, hand: HandSpec, model: mujoco.MjModel, others: list[str]) -> None:
        self._hand, self._model, self._data = hand, model, mujoco.MjData(model)
        self._tips = [hand.tips[finger] for finger in ("thumb", *others)]
        self._radii = self._tips[0].radius + float(np.mean([t.radius for t in self._tips[1:]]))
        coupling = hand.coupling
        self.share = coupling / coupling.sum(axis=1, keepdims=True)
        """(a, j): joints of commands."""
        moved = {j for finger in ("thumb", *others) for j in hand.fingers[finger]}
        self.free = [i for i, group in enumerate(hand.drives) if moved & set(group)]
        self._home = hand.command(np.array(hand.home))
        low, high = np.array(hand.lower) @ coupling.T, np.array(hand.upper) @ coupling.T
        self._low, self._high = low + 0.02, high - 0.02
        self._set(self._home)
        self.palm_turn = self._data.body(hand.palm).xmat.reshape(3, 3).copy()
        self._palm = self._data.body(hand.palm).xpos.copy()

    def _set(self, command: Array) -> None:
        self._data.qpos[:] = command @ self.share
        mujoco.mj_kinematics(self._model, self._data)

    def _look(self, command: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Thumb's pad, mean of the others', their outward normals, and how the others are apart."""
        self._set(command)
        points, normals = [], []
        for tip in self._tips:
            body = self._data.body(tip.body)
            rot = body.xmat.reshape(3, 3)
            points.append(body.xpos + rot @ tip.centre)
            normals.append(rot @ tip.normal)
        middle = np.mean(points[1:], axis=0)
        apart = np.ravel(np.array(points[1:]) - middle)
        return points[0], middle, normals[0], np.mean(normals[1:], axis=0), apart

    def gap(self, command: Array) -> float:
        """Between the surfaces of the pads, m."""
        thumb, finger, *_ = self._look(command)
        return float(np.linalg.norm(finger - thumb)) - self._radii

    def meeting(self, command: Array) -> tuple[Array, Array]:
        """Point midway between the pads, m, and unit vector from thumb to fingers."""
        thumb, finger, *_ = self._look(command)
        way = finger - thumb
        return (thumb + finger) / 2, way / np.linalg.norm(way)

    def in_palm(self, point: Array, way: Array) -> tuple[Array, Array]:
        """The same, in the frame of the palm."""
        return self.palm_turn.T @ (point - self._palm), self.palm_turn.T @ way

    def solve(self, start: Array, gap: float, meet: tuple[Array, Array] | None) -> Array:
        """Commands (a,) with that gap, m, from a start; around a meeting point if there is one."""

        near = self._home if meet is None else start

        def residual(command: Array) -> Array:
            thumb, finger, thumb_normal, finger_normal, apart = self._look(command)
            way = finger - thumb
            far = float(np.linalg.norm(way))
            along = way / far if meet is None else meet[1]
            aside = (command - near)[self.free]
            return np.concatenate((
                way - (gap + self._radii) * along,
                np.zeros(3) if meet is None else (thumb + finger) / 2 - meet[0],
                _FACING * (thumb_normal - along), _FACING * (finger_normal + along),
                _TOGETHER * apart, _RELAXED * aside,
            ))  # fmt: skip

        return descend(residual, start, self.free, self._low, self._high)
