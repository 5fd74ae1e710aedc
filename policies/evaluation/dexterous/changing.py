"""Changes of grasp for a sequence of which no grasp does all goals, chosen by reach and physics."""

from __future__ import annotations

import dataclasses
import time
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.dextool.scans import Inertial
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.things import Thing
from habilis.envs.dextool.closings import closing_of
from habilis.envs.dextool.grasping import Grasps, draw_grasps, joined
from habilis.envs.dextool.pickup import RAISED, Approach, draw_lag, draw_pinches, take
from habilis.envs.dextool.reach import Clear, ReachPlan, key_goals, plan_grasps, stance
from habilis.envs.dextool.regrasp.change import Change
from habilis.envs.dextool.regrasp.spots import draw_spots, resting

SPOTS, DRAWN, CLOSED, LOOKED, TRIED, CHAINS, ENDS = 24, 300, 24, 6, 64, 8, 2
"""Places for a tool on each of its sides; hands of each kind that are drawn for it as it lies so;
how many of those that would go farthest are kept; how many, all sides together, are tried in
physics, each somewhere; and of how many grasps that go farthest it is looked where they can put the
tool down."""
_KNOT = 0.15  # rad between looks at the empty hand's way


@dataclasses.dataclass(frozen=True, eq=False)
class Chain:
    """Grasps, one after the other, and the way of the arm.

    Attributes:
      grasp: (1,) the first.
      path: (P, 7) joints of the arm at the first P goals, rad.
      changes: of grasp.
      last: (1,) the grasp at the end.
      leave: (j,) joints of the hand when it lets go of that, rad.
    """

    grasp: Grasps
    path: Array
    changes: tuple[Change, ...]
    last: Grasps
    leave: Array


def chains_of(plans: Sequence[ReachPlan], grasps: Grasps, hand: str, compiled: Compiled) -> list[Chain]:
    """Of plans, chains of one grasp each."""
    spec = compiled.robot.effector.hand
    assert spec is not None
    out = []
    for plan in plans:
        one = grasps.take([plan.grasp])
        out.append(Chain(one, plan.path, (), one, closing_of(hand).reopened(spec, one.q)[0]))
    return out


@dataclasses.dataclass(frozen=True, eq=False)
class Pick:
    """A hand that takes the tool from a place on the table.

    Attributes:
      opened: (1,) the hand before it closes.
      take: (2, 7) joints of the arm over the place and at it, rad.
      place: row of the place.
      lag: rad that the hand's commands may be ahead of joints that press.
      grasp: (1,) what it holds the tool with then.
      path: (P, 7) joints at the first P goals, from there, rad.
    """

    opened: Grasps
    take: Array
    place: int
    lag: float
    grasp: Grasps
    path: Array


class Regrasping:
    """Changes of grasp with one tool on one table.

    Args:
      compiled: scene with the robot, the tool and what stands around.
      tool: what is held.
      inertial: of the tool, where it is not that of its parts.
      goals: (G, 7) poses of the tool.
      rng: of what is tried.
    """

    def __init__(
        self, compiled: Compiled, tool: Thing, inertial: Inertial | None, goals: Array,
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self._compiled, self._tool, self._inertial = compiled, tool, inertial
        self._goals, self._rng = goals, rng
        self._hand = compiled.robot.name.partition("+")[2]
        self._clear = Clear(compiled)
        self._ready = np.array(stance(compiled.robot.name).ready)
        self._rests = resting(compiled, rng)
        spots = [draw_spots(compiled, rest, rng, SPOTS) for rest in self._rests]
        self._side = np.repeat(np.arange(len(spots)), [len(lot) for lot in spots])
        self._places = np.concatenate([*spots, np.zeros((0, 7))])

    def first(self) -> list[Chain]:
        """Chains of one grasp with which the tool can be taken from the table, and so put there."""
        every = list(range(len(self._side)))
        return [
            Chain(pick.grasp, pick.path, (), pick.grasp, pick.opened.q[0])
            for pick in self._picks(every, self._goals)
        ]

    def prolonged(self, chains: Sequence[Chain]) -> list[Chain]:
        """Chains with one more change of grasp, those first that go farthest."""
        best: list[Chain] = []
        for end in sorted({len(chain.path) for chain in chains}, reverse=True)[:ENDS]:
            those = [chain for chain in chains if len(chain.path) == end][:CHAINS]
            puts = self._puts(those)
            print("end", end, "chains", len(those), "puts", np.bincount([self._side[s] for _, s in puts], minlength=len(self._rests)).tolist())
            if not puts:
                continue
            picks = self._picks(sorted({s for _, s in puts}), self._goals[end:])
            best += [new for pick in picks for new in self._joined(those, puts, pick)]
            if max((len(chain.path) for chain in best), default=0) == len(self._goals):
                break
        return sorted(best, key=lambda chain: -len(chain.path))

    def _joined(
        self, chains: list[Chain], puts: dict[tuple[int, int], Array], pick: Pick
    ) -> Iterator[Chain]:
        for (c, s), put in puts.items():
            if s != pick.place:
                continue
            chain, spot = chains[c], self._places[s]
            via = self._way(put[0], pick.take[0], pick.opened.q[0], chain.leave, spot)
            if via is not None:
                change = Change(
                    len(chain.path), spot, put, chain.leave, via, pick.opened, pick.take, pick.lag
                )
                yield Chain(
                    chain.grasp, np.concatenate((chain.path, pick.path)),
                    (*chain.changes, change), pick.grasp, pick.opened.q[0],
                )  # fmt: skip

    def _puts(self, chains: list[Chain]) -> dict[tuple[int, int], Array]:
        """By chain and place, joints (2, 7) over the place and at it, where an arm gets there."""
        pairs = list(itertools.product(range(len(chains)), range(len(self._places))))
        held = joined([chains[c].last for c, _ in pairs])
        start = np.array([chains[c].path[-1] for c, _ in pairs])
        down = self._down(held, self._places[[s for _, s in pairs]], start)
        return {pairs[row]: path for row, path in down}

    def _down(
        self, held: Grasps, place: Array, start: Array | None = None
    ) -> Iterator[tuple[int, Array]]:
        """Which of grasps (M,) get down to places (M, 7), and joints (2, 7) over and at them."""
        ways = np.stack((place + RAISED, place), axis=1)
        for plan in plan_grasps(self._compiled, held, ways, self._rng, start):
            if plan.prefix == 2:
                yield plan.grasp, plan.path

    def _picks(self, places: list[int], goals: Array) -> list[Pick]:
        """Hands that take the tool from one of places and go on to goals, the farthest first."""
        tries = self._tries(places, goals)
        if not tries:
            return []
        opened = joined([hand for _, _, hand, _ in tries])
        path = np.array([path for *_, path in tries])
        approach = Approach(opened, path[:, 1], len(tries))
        lag = draw_lag(self._rng, len(tries))
        taken = take(self._compiled, approach, self._places[[s for _, s, _, _ in tries]], lag)
        up = np.flatnonzero(taken.up)
        print("lifted", len(up), "of", len(tries))
        if not len(up):
            return []
        grasps = taken.grasps().take(up)
        plans = plan_grasps(self._compiled, grasps, goals, self._rng, taken.motion.q[up])
        print("picks go", [p.prefix for p in plans])
        return [
            Pick(
                opened.take([row]), path[row], tries[row][1], float(lag[row]),
                grasps.take([plan.grasp]), plan.path,
            )
            for plan in plans if plan.prefix for row in up[[plan.grasp]].tolist()
        ]  # fmt: skip

    def _tries(self, places: list[int], goals: Array) -> list[tuple[int, int, Grasps, Array]]:
        """Hands that would go on from a place: how far, the place, the hand, joints (2, 7)."""
        kept: list[tuple[int, int, Grasps]] = []
        for side in sorted({int(self._side[s]) for s in places}):
            rest = self._rests[side]
            opened = draw_pinches(
                self._hand, self._tool, rest, self._rng, DRAWN, self._inertial
            )
            t=time.time()
            plans = plan_grasps(self._compiled, opened, goals, self._rng)
            kept += [
                (plan.prefix, side, opened.take([plan.grasp]))
                for plan in plans[:CLOSED] if plan.prefix
            ]  # fmt: skip
            print("side", side, "prefixes", [p.prefix for p in plans[:CLOSED:4]], round(time.time()-t,1))
        pairs = [
            (k, int(s)) for k, (_, side, _) in enumerate(kept)
            for s in self._rng.permutation([s for s in places if self._side[s] == side])[:LOOKED]
        ]  # fmt: skip
        if not pairs:
            return []
        hands, where = joined([kept[k][2] for k, _ in pairs]), self._places[[s for _, s in pairs]]
        each: dict[int, list[tuple[int, int, Grasps, Array]]] = {}
        for row, path in self._down(hands, where):
            k, s = pairs[row]
            each.setdefault(k, []).append((kept[k][0], s, kept[k][2], path))
        often = max(1, TRIED // max(len(each), 1))
        tries = [one for lot in each.values() for one in lot[:often]]
        print("tries", len(tries), sorted([t[0] for t in tries])[::-1])
        return sorted(tries, key=lambda one: -one[0])[:TRIED]

    def _way(self, start: Array, end: Array, hand: Array, leave: Array, tool: Array) -> Array | None:
        """Joints (V, 7) that lead an empty hand from one way over a tool to another."""
        for via in (np.zeros((0, 7)), self._ready[None]):
            knots = np.concatenate((start[None], via, end[None]))
            if all(
                self._clear.at(q, hand, tool)
                for one, two in itertools.pairwise(knots)
                for q in np.linspace(one, two, 2 + int(np.abs(two - one).max() / _KNOT))
            ):
                return via
        return None
