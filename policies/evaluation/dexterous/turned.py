"""Sequences of which no grasp does all goals: the tool is turned in the hand in between.

About its own axis, for that is how fingers roll a handle; and as it lies on the table and as it is
used, a tool wants different sides of the hand.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.dextool.scans import Inertial
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.things import Thing
from habilis.envs.dextool.following import LIFT, TurnAt
from habilis.envs.dextool.holding.grasping import Grasps, joined
from habilis.envs.dextool.holding.turning import Turner
from habilis.envs.dextool.poses import compose
from habilis.envs.dextool.reach import ReachPlan, ToolReach, plan_grasps
from habilis.envs.world.poses import matrices

SEARCHED, OFTEN, FOUND, PLANS, SURE = 20, 4, 3, 6, 0.7
"""How many turns are searched for, and with one grasp; how many are enough; after how many plans a
search is given up; and the least share of repeats that has to come out alike."""
_ANGLES = np.radians([s * d for d in range(30, 121, 15) for s in (1, -1)])


@dataclasses.dataclass(frozen=True, eq=False)
class Chain:
    """A grasp, and turns of the tool in the hand.

    Attributes:
      plan: of the grasp, and beyond the turns.
      turns: in their order.
      last: (1,) how the tool is held at the end.
    """

    plan: ReachPlan
    turns: tuple[TurnAt, ...]
    last: Grasps

    def until(self, end: int) -> Chain:
        """The same for its first goals only, beyond its turns."""
        end = min(end, self.plan.prefix)
        cut = dataclasses.replace(self.plan, prefix=end, path=self.plan.path[:end])
        return dataclasses.replace(self, plan=cut)


class TurnSearch:
    """Turns of one tool in the hand, on the way through one sequence.

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
        self._compiled, self._goals, self._rng = compiled, goals, rng
        self._turner = Turner(compiled.robot.name.partition("+")[2], tool, inertial)
        self._reach = ToolReach(compiled.robot.name, 1)

    def further(self, chains: Sequence[Chain]) -> list[Chain]:
        """Chains with one more turn, those first that go farthest; there may be none."""
        rows = [(chain, turn) for chain in chains for turn in _ANGLES]
        if not rows:
            return []
        wanted = [compose(chain.last.pose[0], _about(turn)) for chain, turn in rows]
        plans = self._planned([
            (chain, dataclasses.replace(chain.last, pose=pose[None]))
            for (chain, _), pose in zip(rows, wanted, strict=True)
        ])  # fmt: skip
        order = sorted(range(len(rows)), key=lambda i: (-plans[i].prefix, abs(rows[i][1])))
        found: list[Chain] = []
        tried: Counter[int] = Counter()
        for i in order:
            chain = rows[i][0]
            if plans[i].prefix == chain.plan.prefix:
                continue
            if len(found) == FOUND or tried.total() == SEARCHED:
                break
            if tried[id(chain)] < OFTEN:
                tried[id(chain)] += 1
                found += self._turned(chain, wanted[i])
        return sorted(found, key=lambda one: -one.plan.prefix)

    def _turned(self, chain: Chain, want: Array) -> list[Chain]:
        """A chain with a turn to a pose (7,) in the palm, if one is found that is sure."""
        arm, end = self._raised(chain), chain.plan.prefix
        down = -matrices(self._reach.palm(arm[None])[:, 3:])[0][2]
        turn = self._turner.find(chain.last, want, down, self._rng, PLANS)
        if turn is None or turn.sure < SURE:
            return []
        (plan,) = self._planned([(chain, turn.grasp)])
        if plan.prefix == end:
            return []
        return [Chain(plan, (*chain.turns, TurnAt(end, arm, turn.ctrl)), turn.grasp)]

    def _planned(self, rows: list[tuple[Chain, Grasps]]) -> list[ReachPlan]:
        """The plans of chains that go on with other grasps (1,)."""
        out = [chain.plan for chain, _ in rows]
        for end in {plan.prefix for plan in out}:
            those = [i for i, (chain, _) in enumerate(rows) if chain.plan.prefix == end]
            grasps = joined([rows[i][1] for i in those])
            start = np.array([out[i].path[-1] for i in those])
            if end == len(self._goals):
                continue
            for more in plan_grasps(self._compiled, grasps, self._goals[end:], self._rng, start):
                plan = out[those[more.grasp]]
                path = np.concatenate((plan.path, more.path))
                out[those[more.grasp]] = ReachPlan(plan.grasp, len(path), path)
        return out

    def _raised(self, chain: Chain) -> Array:
        """(7,) joints that hold the tool above the last goal, or there if nothing is clear."""
        path = chain.plan.path
        above = self._goals[len(path) - 1] + np.array([0, 0, LIFT, 0, 0, 0, 0])
        (plan,) = plan_grasps(self._compiled, chain.last, above[None], self._rng, path[-1:])
        return plan.path[0] if plan.prefix else path[-1]


def _about(turn: float) -> Array:
    """(7,) a turn about a tool's own axis, rad."""
    return np.array([0, 0, 0, np.cos(turn / 2), np.sin(turn / 2), 0, 0])
