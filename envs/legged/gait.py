"""How robots on legs walk, in numbers, and how that changes when they are thrown off their way."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from habilis.assets.arrays import Array, Mask

_MASS, _HEIGHT = 12.743448, 0.28  # kg, m of the robot that the numbers here are of
PERIOD, DUTY = 0.45, 0.6  # s of the clock; share of it for which a foot stands
LEAD = 0.015  # m; a target further ahead shakes the trunk, but pushes harder
DRIFT = 0.03  # s: by how much of the velocity's error a foot lands beyond
CONE = 0.5  # tangential over normal force of a foot, at the most
_PUSH = 80.0  # N s/m
_OF_SIDE = 0.3  # of the height of what feet push, at which they swing
_THROWN = (0.15, 0.45)  # m/s off from which on a robot recovers, at which it does so fully
_QUICK, _FAR, _SHORT, _SOFT, _STEEP = 0.55, 0.08, 0.7, 0.8, 0.6


@dataclasses.dataclass(frozen=True)
class Size:
    """How large a robot is beside the one that the numbers of a gait are of.

    Under the same gravity, what is ``length`` times as long walks alike with times and speeds that
    are the square root of that times as great, see Alexander, The Gaits of Bipedal and Quadrupedal
    Animals, 1984.

    Attributes:
      mass: as a factor; length: of all lengths, as a factor.
    """

    mass: float = 1.0
    length: float = 1.0

    @classmethod
    def of(cls, mass: float, height: float) -> Size:
        """Of a robot of a mass, kg, whose trunk is at a height, m, as it stands.

        To a hundredth, so that another model of the same robot walks exactly as it does.
        """
        return cls(round(mass / _MASS, 2), round(height / _HEIGHT, 2))

    @property
    def time(self) -> float:
        """Factor of all times, and of all speeds."""
        return math.sqrt(self.length)

    @property
    def spring(self) -> float:
        """Factor of forces for a distance."""
        return self.mass / self.length

    @property
    def damper(self) -> float:
        """Factor of forces for a speed."""
        return self.mass / self.time


@dataclasses.dataclass(frozen=True)
class Gait:
    """How N robots walk.

    Attributes:
      height: (N,) of the trunk above the ground, m; swing: of a foot above its footholds, m.
      lead: (N,) how far the trunk's target may be ahead of it, m: more pushes harder.
      slope: (N,) share of the ground's slope that the trunk takes on.
      push: (N,) force for an error of the velocity, N s/m.
      rate: (N,) of the clock, as a factor.
      drift: (N,) by how much of the velocity's error feet land beyond, s.
      cone: (N,) tangential over normal force of a foot, at the most.
      shift: (N, 2) by which feet land elsewhere, forward and to the left, m; spread: (N,) by which
        they land farther out, m.
      lean: (N, 2) roll and pitch that are added to the trunk's, rad.
      hurry: (N, 3) velocity that is added to what is asked for, m/s and rad/s.
      recovers: (N,) whether a robot that is thrown off its way makes recovery steps.
    """

    height: Array
    swing: Array
    lead: Array
    slope: Array
    push: Array
    rate: Array
    drift: Array
    cone: Array
    shift: Array
    spread: Array
    lean: Array
    hurry: Array
    recovers: Mask

    @classmethod
    def of(
        cls,
        n: int,
        height: float,
        rough: Mask | None = None,
        force: Array | None = None,
        shoved: Array | None = None,
        recovers: bool = True,
        size: Size = Size(),
    ) -> Gait:
        """On even ground, or on steps, and pushing with a force.

        Args:
          n: how many robots.
          height: of the trunk above even ground, m.
          rough: (N,) whether there are steps to go over.
          force: (N,) with which to push, N; 0 to push nothing.
          shoved: (N,) height of what feet push, m; inf where they push nothing. They stay low
            enough to meet its side and not its upper edge.
          recovers: whether robots that push nothing make recovery steps.
          size: of the robots.
        """
        steps = np.zeros(n, bool) if rough is None else rough
        press = np.zeros(n) if force is None else force
        swing, free = np.where(steps, 0.08, 0.06), np.full(n, recovers) & (press == 0)
        if shoved is not None:
            swing = np.where(np.isfinite(shoved), np.clip(_OF_SIDE * shoved, 0.03, 0.06), swing)
            free &= ~np.isfinite(shoved)
        return cls(
            height=np.full(n, height),
            swing=swing * size.length,
            lead=np.clip(press / (1000 * size.spring), LEAD * size.length, 0.08 * size.length),
            slope=np.where(steps, 0.4, 0.6),
            push=np.where(press > 40, 2 * _PUSH, _PUSH) * size.damper,
            rate=np.ones(n),
            drift=np.full(n, DRIFT * size.time),
            cone=np.full(n, CONE),
            shift=np.zeros((n, 2)),
            spread=np.zeros(n),
            lean=np.zeros((n, 2)),
            hurry=np.zeros((n, 3)),
            recovers=free,
        )

    def recovering(self, off: Array, size: Size) -> tuple[Gait, Mask]:
        """The gait of robots of a size whose velocity is off by (N, 2), m/s, and (N,) who recovers.

        They step faster and farther towards where they are thrown, and push back less, which would
        tilt them: the next foothold is what stops a fall, see Raibert, Legged Robots That Balance,
        1986.
        """
        low, high = (size.time * speed for speed in _THROWN)
        share = np.clip((np.sqrt(np.vecdot(off, off)) - low) / (high - low), 0, 1) * self.recovers

        def towards(now: Array, then: float | Array) -> Array:
            return now + share * (then - now)

        changed = dataclasses.replace(
            self,
            rate=self.rate * towards(np.ones_like(share), 1 + _QUICK),
            drift=towards(self.drift, _FAR * size.time),
            lead=towards(self.lead, _SHORT * self.lead),
            push=towards(self.push, _SOFT * self.push),
            cone=towards(self.cone, _STEEP),
        )
        return changed, share > 0
