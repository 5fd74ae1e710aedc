"""The environments ``habilis/<Tool>Aperture-v0``: move the joint of a held tool to three goals.

A goal is a joint value as a share of the range, held within 5 % for 0.5 s, one after the other. The
episode ends with the last goal (success), with the tool dropped (more than 40 mm or 63 degrees from
where it was held), or after 4 s a goal. A step is 32 ms. Tool size, mass, spring, dry friction,
sliding friction, gains of the hand, grasp and the direction of gravity differ between episodes.

| page | what |
|---|---|
| ``habilis.envs.aperture.options`` | options |
| ``habilis.envs.aperture.control`` | what an action does |
| ``habilis.envs.aperture.groups`` | observation groups |
| ``goal_reward`` below | the reward |

PI on the synergy is agent ``pi``.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.hand_scene import hand_scene
from habilis.assets.names import made_with
from habilis.assets.scene.things import Scene
from habilis.assets.tools import make_tool
from habilis.assets.tools.registry import forces_of
from habilis.envs.aperture.cells import Cell, make_cell
from habilis.envs.aperture.control import LoadedControl
from habilis.envs.aperture.feeling.estimates import make_estimate
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.aperture.groups import GROUPS
from habilis.envs.aperture.loads import Loads
from habilis.envs.aperture.options import ApertureOptions, Reward
from habilis.envs.aperture.pursuit import HeldGoals, tolerance
from habilis.envs.aperture.state import HandState
from habilis.envs.parts import (
    Generators,
    Parts,
    Rows,
)
from habilis.envs.sim.make import SimKind
from habilis.envs.task import GoalSpec, TaskSpec, View, groups_shown
from habilis.envs.terms.term import Term

GOAL_S = 4.0  # s for each goal; an episode has the sum
MARGIN, EDGE = 0.03, 0.05  # of the range, that goals stay away from what a grasp reaches; and 0, 1
APART = 0.2  # of the range, between a goal and the next
STEP_COST, DROP_COST, ERROR_COST, FALL_OFF = 0.02, 8.0, 0.1, 0.3
AGENTS = {name: f"habilis.policies.agents.aperture:{name}" for name in ("pi", "teacher", "expert")}
VIEW = View("front", (360, 300), 31)


class HeldTools:
    """A ``Start``: hands at rest around a tool of their own, goals within what the grasp reaches.

    Args:
      fleet: hands and tools.
      goals: gets the goals of each episode.
      loads: gets new ones for each episode.
    """

    def __init__(self, fleet: Fleet, goals: HeldGoals, loads: Loads) -> None:
        self._fleet, self._goals, self._loads = fleet, goals, loads

    def place(self, ids: Ids, rngs: Generators) -> None:
        """See ``Start``."""
        cells, starts = np.zeros((2, len(ids)), int)
        for k, (i, rng) in enumerate(zip(ids, rngs, strict=True)):
            cells[k] = rng.integers(len(self._fleet.cells))
            cell = self._fleet.cells[cells[k]]
            starts[k] = rng.integers(len(cell.grasp))
            low, high = self._within(cell, cell.grasps[cell.grasp[starts[k]]])
            last = 0.5
            for g in range(self._goals.goals.shape[1]):
                last = _other(rng, last, low, high)
                self._goals.goals[i, g] = last
            self._loads.draw(int(i), rng)
        self._fleet.place(ids, cells, starts)

    def rows(self) -> Rows:
        """Nothing that the fleet, the goals and the loads do not keep."""
        return {}

    def _within(self, cell: Cell, grasp: GraspKeyframe) -> tuple[float, float]:
        """Least and greatest goal."""
        if self._goals.force:
            force = forces_of(cell.tool)
            return force.low / force.high, 1.0
        assert grasp.score is not None
        low, high = grasp.score.low + MARGIN, grasp.score.high - MARGIN
        return max(EDGE, low), min(1 - EDGE, high)


def aperture(tools: str | tuple[str, ...], **options: Any) -> TaskSpec:
    """The task of moving the joints of held tools.

    Args:
      tools: one or more keys of ``habilis.assets.tools.TOOLS``.
      **options: see ``habilis.envs.aperture.options.ApertureOptions``.

    Raises:
      TypeError: an unknown option. ValueError: an unknown value of one.
    """
    kinds = (tools,) if isinstance(tools, str) else tuple(tools)
    chosen = made_with(ApertureOptions, kinds, **options)
    groups, worst = GROUPS[chosen.goal], -STEP_COST - ERROR_COST - DROP_COST
    return TaskSpec(
        id="habilis/ToolsAperture-v0",
        scene=functools.partial(_scene, chosen),
        rewards={"goal": Term(_reward, {"reward": chosen.reward}, diverged=worst)},
        observations={name: group.terms for name, group in groups.items()},
        build=functools.partial(_build, chosen),
        goals=GoalSpec(
            Term(_achieved), Term(_desired),
            functools.partial(goal_reward, force=chosen.goal == "force", reward=chosen.reward),
            [name for name, group in groups.items() if not group.measures],
        ),
        shown="privileged",
        agents=AGENTS,
        view=VIEW,
    )  # fmt: skip


def goal_reward(achieved: Array, desired: Array, *, force: bool, reward: Reward) -> Array:
    """The reward (...) for goals (..., 2): a value, and whether the tool is lost.

    A step costs 0.02 and losing the tool 8; being off the goal by e tolerances costs another
    0.1 (1 - exp(-0.3 e)) if dense, 0.1 if e > 1 if sparse. It never pays to stay: reaching the last
    goal ends the costs.
    """
    want = desired[..., 0]
    off = np.abs(achieved[..., 0] - want) / np.maximum(tolerance(want, force), 1e-6)
    cost = 1 - np.exp(-FALL_OFF * off) if reward == "dense" else (off > 1).astype(float)
    out: Array = -STEP_COST - ERROR_COST * cost - DROP_COST * (achieved[..., 1] > 0.5)
    return out


def _build(options: ApertureOptions, task: TaskSpec, n: int, nthread: int, sim: SimKind) -> Parts:
    force = options.goal == "force"
    cells = [
        make_cell(options.hand, tool, size, options.split, share, force, options.starts)
        for tool, size, share in options.cells()
    ]
    fleet = Fleet(cells, n, nthread, sim=sim)
    goals, loads = HeldGoals(fleet, force, options.goals), Loads(fleet, options.pushes)
    control = LoadedControl(fleet, force, loads)
    shown = {
        name: group for name, group in GROUPS[options.goal].items() if name in groups_shown(task)
    }
    estimate = make_estimate(options.estimate, fleet) if "cloud" in shown else None
    state = HandState(control, goals, shown, estimate)
    return Parts(
        fleet, control, HeldTools(fleet, goals, loads), goals, state, options.goals * GOAL_S,
        fleet.pictures,
    )  # fmt: skip


def _scene(options: ApertureOptions) -> Scene:
    return hand_scene(options.hand, make_tool(options.tools[0], options.cells()[0][1]))


def _achieved(state: HandState) -> Array:
    goals = state.pursuit
    return np.column_stack((goals.value, goals.lost))


def _desired(state: HandState) -> Array:
    return np.column_stack((state.pursuit.goal, np.zeros(state.n)))


def _reward(state: HandState, reward: Reward) -> Array:
    return goal_reward(_achieved(state), _desired(state), force=state.pursuit.force, reward=reward)


def _other(rng: np.random.Generator, last: float, low: float, high: float) -> float:
    """Evenly from [low, high], but for what is near the last goal."""
    below, above = max(0.0, last - APART - low), max(0.0, high - last - APART)
    at = rng.uniform(0, below + above)
    return low + at if at < below else last + APART + at - below
