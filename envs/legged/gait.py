"""How robots on legs walk, in numbers, and how that changes when they are thrown off their way."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array, Mask

PERIOD, DUTY = 0.45, 0.6  # s of the clock; share of it for which a foot stands
LEAD = 0.015  # m; a target further ahead shakes the trunk, but pushes harder
DRIFT = 0.03  # s: by how much of the velocity's error a foot lands beyond
CONE = 0.5  # tangential over normal force of a foot, at the most
_PUSH = 80.0  # N s/m
_OF_SIDE = 0.3  # of the height of what feet push, at which they swing
_THROWN = (0.15, 0.45)  # m/s off from which on a robot recovers, at which it does so fully
_QUICK, _FAR, _SHORT, _SOFT, _STEEP = 0.55, 0.08, 0.7, 0.8, 0.6


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
        """
        steps = np.zeros(n, bool) if rough is None else rough
        press = np.zeros(n) if force is None else force
        swing, free = np.where(steps, 0.08, 0.06), np.full(n, recovers) & (press == 0)
        if shoved is not None:
            swing = np.where(np.isfinite(shoved), np.clip(_OF_SIDE * shoved, 0.03, 0.06), swing)
            free &= ~np.isfinite(shoved)
        return cls(
            height=np.full(n, height),
            swing=swing,
            lead=np.clip(press / 1000, LEAD, 0.08),
            slope=np.where(steps, 0.4, 0.6),
            push=np.where(press > 40, 2 * _PUSH, _PUSH),
            rate=np.ones(n),
            drift=np.full(n, DRIFT),
            cone=np.full(n, CONE),
            shift=np.zeros((n, 2)),
            spread=np.zeros(n),
            lean=np.zeros((n, 2)),
            hurry=np.zeros((n, 3)),
            recovers=free,
        )

    def recovering(self, off: Array) -> tuple[Gait, Mask]:
        """The gait of robots whose velocity is off by (N, 2), m/s, and (N,) who recovers.

        They step faster and farther towards where they are thrown, and push back less, which would
        tilt them: the next foothold is what stops a fall, see Raibert, Legged Robots That Balance,
        1986.
        """
        low, high = _THROWN
        share = np.clip((np.sqrt(np.vecdot(off, off)) - low) / (high - low), 0, 1) * self.recovers

        def towards(now: Array, then: float | Array) -> Array:
            return now + share * (then - now)

        changed = dataclasses.replace(
            self,
            rate=self.rate * towards(np.ones_like(share), 1 + _QUICK),
            drift=towards(self.drift, _FAR),
            lead=towards(self.lead, _SHORT * self.lead),
            push=towards(self.push, _SOFT * self.push),
            cone=towards(self.cone, _STEEP),
        )
        return changed, share > 0
