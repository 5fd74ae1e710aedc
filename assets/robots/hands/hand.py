"""What a controller must know of a hand: names, limits, fingers, tips, posture."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Self

import numpy as np

from habilis.assets.arrays import Array

Vec3 = tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class Tip:
    """The pad of a finger: near its centre it is a ball of one radius.

    Attributes:
      body: name of the body that carries it.
      centre: of the ball, m, in that body's frame.
      normal: unit vector out of the pad, in that body's frame.
      radius: from the centre to the pad's surface along the normal, m.
    """

    body: str
    centre: Vec3
    normal: Vec3
    radius: float


@dataclasses.dataclass(frozen=True)
class HandSpec:
    """A multi-fingered hand, as constants. Joint arrays follow ``joints``.

    In the frame of its own model (the world, when it is compiled alone) a straight finger points
    along +x, the palm faces +z, and a right hand's thumb is on the side of -y.

    Attributes:
      name: identifier, a key of ``habilis.assets.robots.hands.registry.HANDS``.
      base: name of the root body, which is welded to whatever carries the hand.
      palm: name of the body that carries the fingers; the base, if there is no wrist.
      joints: names of the j joints, in the order of qpos; the wrist's, if any, first.
      actuators: names of the a position servos.
      drives: for each actuator, the joints it moves; its command is the sum of their angles.
      lower: lower joint limits (j,), rad.
      upper: upper joint limits (j,), rad.
      velocity: joint speed limits (j,), rad/s.
      torque: force limit of each actuator (a,), Nm.
      fingers: joints of each finger from the palm outwards, under ``thumb``, ``index``, ...
      tips: pad of each finger, under the same names.
      home: open, relaxed posture (j,), rad.
      palm_normal: unit vector out of the palm, in the frame of ``palm``.
      wrist: where a mount takes hold, m, in the frame of the model.
      source: where the numbers come from, and their licence.
      mount: from a flange to there, m; turn: how it is turned about the flange's z there, rad.
    """

    name: str
    base: str
    palm: str
    joints: tuple[str, ...]
    actuators: tuple[str, ...]
    drives: tuple[tuple[str, ...], ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    velocity: tuple[float, ...]
    torque: tuple[float, ...]
    fingers: Mapping[str, tuple[str, ...]]
    tips: Mapping[str, Tip]
    home: tuple[float, ...]
    palm_normal: Vec3
    wrist: Vec3
    source: str
    mount: float = 0.025
    turn: float = 0.0

    def __post_init__(self) -> None:
        for row in ("lower", "upper", "velocity", "home"):
            self._check_length(row, len(self.joints), "joints")
        for row in ("drives", "torque"):
            self._check_length(row, len(self.actuators), "actuators")
        limits = zip(self.joints, self.lower, self.home, self.upper, strict=True)
        for joint, low, rest, high in limits:
            if not low <= rest <= high:
                raise ValueError(
                    f"hand {self.name!r}: home {rest} of {joint} is outside [{low}, {high}]"
                )
        if set(self.fingers) != set(self.tips):
            raise ValueError(
                f"hand {self.name!r}: fingers {list(self.fingers)} but tips of {list(self.tips)}"
            )
        named = {j for group in (*self.fingers.values(), *self.drives) for j in group}
        if strange := sorted(named - set(self.joints)):
            raise ValueError(f"hand {self.name!r}: {strange} are not among its joints")

    def _check_length(self, row: str, want: int, kind: str) -> None:
        if (got := len(getattr(self, row))) != want:
            raise ValueError(f"hand {self.name!r}: {want} {kind} but {got} entries in {row}")

    @functools.cached_property
    def coupling(self) -> Array:
        """(a, j) matrix from joint angles to commands: 1 where the actuator moves the joint."""
        rows = [[float(j in group) for j in self.joints] for group in self.drives]
        return np.array(rows)

    def command(self, q: Array) -> Array:
        """Commands (..., a) that hold the joint angles q (..., j), rad."""
        return q @ self.coupling.T

    def prefixed(self, prefix: str) -> Self:
        """The same hand where it was attached under a prefix: every name begins with it."""

        def names(row: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(prefix + name for name in row)

        return dataclasses.replace(
            self,
            base=prefix + self.base,
            palm=prefix + self.palm,
            joints=names(self.joints),
            actuators=names(self.actuators),
            drives=tuple(map(names, self.drives)),
            fingers={finger: names(row) for finger, row in self.fingers.items()},
            tips={
                finger: dataclasses.replace(tip, body=prefix + tip.body)
                for finger, tip in self.tips.items()
            },
        )
