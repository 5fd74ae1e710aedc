"""N episodes of moving the joint of a tool in the hand to one goal after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.grasps import Grasp
from habilis.assets.names import pick
from habilis.assets.tools.probe import FORCES, OVERDRIVE
from habilis.envs.aperture.cells import SLACK, Cell, directions, first_command, make_cell
from habilis.envs.aperture.estimates import make_estimate
from habilis.envs.aperture.feel import Feel
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.aperture.groups import GROUPS
from habilis.envs.aperture.levers import Levers
from habilis.envs.aperture.options import Options
from habilis.envs.episodes import Obs, Pixels, checked
from habilis.envs.hand.picture import Pictures
from habilis.envs.hand.variation import GRAVITY
from habilis.envs.observer import Row
from habilis.envs.world import Ids, Snapshot

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TOLERANCE = 0.05  # of the joint's range
FORCE_TOLERANCE = 0.15  # of the goal
HOLD_S = 0.5  # s that a goal must be held
GOAL_S = 4.0  # s for each goal; an episode has the sum
RATE = 0.1  # of the range, what the command may change by in one step
RESIDUAL = 0.2  # rad, the most that single joints are moved off the synergy
SMOOTH = 0.35  # of a new residual that gets through in one step
MARGIN, EDGE = 0.03, 0.05  # of the range, that goals stay away from what a grasp reaches; and 0, 1
APART = 0.2  # of the range, between a goal and the next
RAMP = 10  # steps over which gravity comes on
BEYOND = (0.3, 0.4)  # of the range, that commands may pass those of a nominal spring: open, closed
RINGS_OPEN = 1.0  # of the range, the same for rings that the fingers must push open

PUSH_S, PUSH_EVERY_S, PUSHES = 0.2, 1.2, 10  # s, s and the most in an episode

STEP_COST, DROP_COST, ERROR_COST, FALL_OFF = 0.02, 8.0, 0.1, 0.3


class ApertureEpisodes:
    """The environment logic; see ``habilis.envs.episodes.Episodes``.

    An action has 1 + j numbers: change of the synergy's command, ``RATE`` of the range a step, and
    a residual of each joint, ``RESIDUAL`` rad, low-passed.

    Args:
      options: what is done.
      n: episodes.
      nthread: threads of the physics, 0 for all cores.

    Attributes:
      fleet: hands and tools.
      u: (N,) command of the synergy, as a share of the range; limits: (N, 2) of it.
      residual: (N, j) rad.
      first: (N,) its command at the start; felt_opening: (N,) as of ``feel``, a share.
      home: (N, j) joints in the grasp's keyframe; slope: (N, j) of the synergy, rad for the whole
        range.
      goals: (N, G) in the unit of ``value``; reached: (N,) how many are.
      held: (N,) steps for which the present one has been held.
    """

    reward_names = ("goal",)

    def __init__(self, options: Options, n: int, nthread: int = 0) -> None:
        self.options, self.n = options, n
        groups, force = GROUPS[options.goal], options.goal == "force"
        if options.obs not in groups:
            raise ValueError(pick("observation group", options.obs, groups))
        self.group, self._force = groups[options.obs], force
        self._looks = options.obs == "cloud"
        cells = [
            make_cell(options.hand, tool, size, options.split, share, force)
            for tool, size, share in options.cells()
        ]
        self.levers = Levers(cells)
        self.fleet = Fleet(cells, n, 1 if n == 1 else nthread)
        self.estimate = make_estimate(options.estimate, self.fleet) if self._looks else None
        self.dt = self.fleet.dt
        self.step_limit = round(options.goals * GOAL_S / self.dt)
        joints = len(self.fleet.hand.joints)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (1 + joints,), np.float32)
        self.feel = Feel(self.fleet)
        self.u, self.first, self.felt_opening = np.zeros((3, n))
        self.limits = np.zeros((n, 2))
        self.residual, self.home = np.zeros((2, n, joints))
        self.slope = np.zeros((n, joints))
        self.goals = np.full((n, options.goals), 0.5)
        self.reached, self.held, self.steps = np.zeros((3, n), int)
        self.down = np.zeros((n, 3))
        self.shoves = np.zeros((n, PUSHES, 4))  # time s, force N
        self.success, self.terminated, self.truncated = np.zeros((3, n), bool)
        self.failure = np.full(n, "", dtype=object)
        self.reward, self.returns = np.zeros(n), np.zeros((n, 1))
        self.diverged = False
        self._pictures: dict[int, Pictures] = {}
        self._row = Row(options.obs, self.group.terms, self)
        self.observation_space = self._space()

    # ---- what the terms read

    @property
    def opening(self) -> Array:
        """(N,) share of the range."""
        return self.fleet.opening / self.fleet.stroke

    @property
    def value(self) -> Array:
        """(N,) what the goal is about: the opening as a share of the range, or the tip force as a
        share of the greatest goal of this tool."""
        if self._force:
            return self.fleet.tip_force / self.levers.greatest[self.fleet.cell]
        return self.opening

    @property
    def goal(self) -> Array:
        """(N,) the present one, in the unit of ``value``."""
        now = np.minimum(self.reached, self.goals.shape[1] - 1)
        return self.goals[np.arange(self.n), now]

    @property
    def seen(self) -> Array:
        """(N,) opening as a share of the range, as it is seen; nan where nothing looks."""
        if self.estimate is None:
            return np.full(self.n, np.nan)
        return self.estimate.read(self.steps)

    @property
    def felt_force(self) -> Array:
        """(N,) tip force as a share of the greatest goal, told from what the fingers feel at the
        moving half, its lever, and a spring that is taken to be the nominal one."""
        return self.levers.tip_force(
            self.fleet.cell, self.fleet.touch_force, self.felt_opening * self.fleet.stroke
        )

    @property
    def rewards(self) -> Array:
        """(N, 1) the reward is one term."""
        return self.reward[:, None]

    # ---- episodes

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Start new episodes ``ids`` (k,), sorted, each drawn from a generator of its own."""
        draws = [self._draw(rng) for rng in rngs]
        self.fleet.place(ids, [d[0] for d in draws], [d[1] for d in draws])
        self.goals[ids] = [d[2] for d in draws]
        self.down[ids] = [d[3] for d in draws]
        self.shoves[ids] = [d[4] for d in draws]
        self._take_up(ids)
        if self.estimate is not None:
            self.estimate.reset(ids, rngs)
        self.residual[ids] = 0.0
        for counter in (self.reached, self.held, self.steps):
            counter[ids] = 0
        for flags in (self.success, self.terminated, self.truncated):
            flags[ids] = False
        self.failure[ids], self.reward[ids], self.returns[ids] = "", 0.0, 0.0

    def _take_up(self, ids: Ids) -> None:
        """What follows from the grasps that ``ids`` begin with."""
        fleet = self.fleet
        grasps = [fleet.cells[fleet.cell[i]].grasps[fleet.grasp[i]] for i in ids]
        stroke, spring = fleet.stroke[ids], fleet.spring[ids]
        compiled = [fleet.cells[fleet.cell[i]].compiled for i in ids]
        self.home[ids] = [g.qpos[c.q] for g, c in zip(grasps, compiled, strict=True)]
        rest = [g.qpos[c.opening].sum() for g, c in zip(grasps, compiled, strict=True)]
        self.feel.take_up(ids, grasps, self.home[ids], rest / stroke)
        self.felt_opening = self.feel.opening()
        self.first[ids] = first_command(grasps, spring) / stroke
        self.u[ids] = self.first[ids]
        self.limits[ids] = np.array([g.limits for g in grasps]) / stroke[:, None]
        self.limits[ids, 0] -= np.where(spring < SLACK, RINGS_OPEN, BEYOND[0])
        self.limits[ids, 1] += OVERDRIVE if self._force else BEYOND[1]
        half, by = np.full(self.n, 0.5), 0.05
        change = self._synergy(half + by) - self._synergy(half - by)
        self.slope[ids] = change[ids] / (2 * by)

    def step(self, action: npt.ArrayLike) -> None:
        """One environment step of all episodes."""
        act = checked(action, (self.n, *self.action_space.shape))
        self.u = np.clip(self.u + RATE * act[:, 0], *self.limits.T)
        self.residual += SMOOTH * (RESIDUAL * act[:, 1:] - self.residual)
        self._forces()
        joints = self._synergy(self.u) + self.residual
        self.fleet.step(self.fleet.hand.command(joints))
        self.felt_opening = self.feel.opening()
        self.steps += 1
        self._judge()

    def _judge(self) -> None:
        lost = self.fleet.dropped | self.fleet.diverged
        self.diverged = bool(self.fleet.diverged.any())
        self.failure[self.fleet.dropped] = "dropped"
        self.failure[self.fleet.diverged] = "diverged"
        self.reward = self.compute_reward(self._achieved(), self._desired())
        self.returns += self.rewards
        near = (np.abs(self.value - self.goal) <= self.tolerance(self.goal)) & ~lost
        self.held = np.where(near, self.held + 1, 0)
        done = self.held >= round(HOLD_S / self.dt)
        self.reached += done
        self.held[done] = 0
        self.success = (self.reached >= self.goals.shape[1]) & ~lost
        self.terminated = self.success | lost
        self.truncated = (self.steps >= self.step_limit) & ~self.terminated

    def tolerance(self, goal: Array) -> Array:
        """(...) how far off goals (...) counts as there: 5 % of the range, 15 % of a force."""
        return FORCE_TOLERANCE * goal if self._force else np.full(np.shape(goal), TOLERANCE)

    def compute_reward(
        self, achieved_goal: npt.ArrayLike, desired_goal: npt.ArrayLike, info: Any = None
    ) -> Array:
        """The reward (...) for goals (..., 2); nothing of it depends on ``info``.

        Both goals are ``value``, and whether the tool is lost. A step costs 0.02 and losing the
        tool 8; being off the goal by e tolerances costs another 0.1 (1 - exp(-0.3 e)) if dense,
        0.1 if e > 1 if sparse. It never pays to stay: reaching the last goal ends the costs.
        """
        achieved, desired = np.asarray(achieved_goal, float), np.asarray(desired_goal, float)
        want = desired[..., 0]
        off = np.abs(achieved[..., 0] - want) / np.maximum(self.tolerance(want), 1e-6)
        dense = self.options.reward == "dense"
        cost = 1 - np.exp(-FALL_OFF * off) if dense else (off > 1).astype(float)
        out: Array = -STEP_COST - ERROR_COST * cost - DROP_COST * (achieved[..., 1] > 0.5)
        return out

    def observe(self) -> Obs:
        """Fresh observation of all episodes."""
        out = {
            "observation": self._row.read(self),
            "achieved_goal": self._achieved().astype(np.float32),
            "desired_goal": self._desired().astype(np.float32),
        }
        if not self.group.measures:
            del out["achieved_goal"]
        return out

    def terms(self) -> dict[str, dict[str, int]]:
        """Of the observation group: the width of each term, in order."""
        return {self.options.obs: self._row.widths()}

    def told(self) -> dict[str, npt.NDArray[Any]]:
        """Tool, size, whether there is a spring, and goals reached."""
        cells, which = self.fleet.cells, self.fleet.cell
        return {
            "tool": np.array([cell.tool for cell in cells], object)[which],
            "size": np.array([cell.size for cell in cells], object)[which],
            "goals": self.reached,
        }

    def picture(self, camera: str, size: tuple[int, int], sim: int) -> Pixels:
        """(H, W, 3) picture of one episode."""
        cell = int(self.fleet.cell[sim])
        if cell not in self._pictures:
            self._pictures[cell] = Pictures(self.fleet.worlds[cell])
        return self._pictures[cell].take(camera, size, sim)

    def close(self) -> None:
        """Free what cameras hold."""
        while self._pictures:
            self._pictures.popitem()[1].close()

    # ---- state

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of episodes ``ids`` (all by default), but for generators."""
        rows = self.fleet.save() | {name: row.copy() for name, row in self._rows().items()}
        snapshot = Snapshot(rows)
        return snapshot if ids is None else snapshot.take(ids)

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k episodes into ``ids`` (k,), sorted; all by default.

        Raises:
          ValueError: of other tools, or of another number of episodes.
        """
        index = np.arange(self.n) if ids is None else np.asarray(ids, int)
        if len(snapshot) != len(index):
            raise ValueError(f"snapshot of {len(snapshot)} simulations for {len(index)}")
        self.fleet.restore(snapshot.rows, index)
        for name, values in self._rows().items():
            values[index] = snapshot.rows[name]

    def _rows(self) -> dict[str, npt.NDArray[Any]]:
        names = (
            "u", "first", "felt_opening", "limits", "residual", "home", "slope", "goals", "reached",
            "held", "steps", "down", "shoves", "success", "terminated", "truncated", "failure",
            "reward", "returns",
        )  # fmt: skip
        seen = {} if self.estimate is None else self.estimate.rows()
        rows = {f"aperture/{name}": getattr(self, name) for name in names}
        rows |= {f"feel/{name}": row for name, row in self.feel.rows().items()}
        return rows | {f"estimate/{name}": row for name, row in seen.items()}

    # ---- parts

    def _synergy(self, u: Array) -> Array:
        return self.fleet.synergies.joints(u * self.fleet.stroke)

    def _achieved(self) -> Array:
        lost = self.fleet.dropped | self.fleet.diverged
        return np.stack((self.value, lost.astype(float)), axis=1)

    def _desired(self) -> Array:
        return np.stack((self.goal, np.zeros(self.n)), axis=1)

    def _space(self) -> gymnasium.spaces.Dict:
        goal = gymnasium.spaces.Box(-10.0, 10.0, (2,), np.float32)
        spaces: dict[str, gymnasium.Space[Any]] = {
            "observation": self._row.space, "achieved_goal": goal, "desired_goal": goal,
        }  # fmt: skip
        if not self.group.measures:
            del spaces["achieved_goal"]
        return gymnasium.spaces.Dict(spaces)

    def _draw(self, rng: np.random.Generator) -> tuple[int, int, Array, Array, Array]:
        c = int(rng.integers(len(self.fleet.cells)))
        cell = self.fleet.cells[c]
        start = int(rng.integers(len(cell.grasp)))
        low, high = self._within(cell, cell.grasps[cell.grasp[start]])
        goals = np.zeros(self.options.goals)
        last = 0.5
        for i in range(len(goals)):
            last = _other(rng, last, low, high)
            goals[i] = last
        down = GRAVITY * directions(rng, 1)[0]
        return c, start, goals, down, _pushes(rng, self.options.pushes)

    def _within(self, cell: Cell, grasp: Grasp) -> tuple[float, float]:
        """Least and greatest goal."""
        if self._force:
            force = FORCES[cell.tool]
            return force.low / force.high, 1.0
        assert grasp.score is not None
        low, high = grasp.score.low + MARGIN, grasp.score.high - MARGIN
        return max(EDGE, low), min(1 - EDGE, high)

    def _forces(self) -> None:
        rising = np.flatnonzero(self.steps < RAMP)
        if len(rising):
            part = (self.steps[rising, None] + 1) / RAMP
            self.fleet.gravity(rising, part * self.down[rising])
        if self.options.pushes[1] > 0:
            since = self.steps[:, None] * self.dt - self.shoves[..., 0]
            now = (since >= 0) & (since < PUSH_S)
            force = np.sum(now[..., None] * self.shoves[..., 1:], axis=1)
            self.fleet.push(np.arange(self.n), force)


def _other(rng: np.random.Generator, last: float, low: float, high: float) -> float:
    """Evenly from [low, high], but for what is near the last goal."""
    below, above = max(0.0, last - APART - low), max(0.0, high - last - APART)
    at = rng.uniform(0, below + above)
    return low + at if at < below else last + APART + at - below


def _pushes(rng: np.random.Generator, force: tuple[float, float]) -> Array:
    """(PUSHES, 4) time s and force N, about one each ``PUSH_EVERY_S``."""
    time = (np.arange(PUSHES) + rng.random(PUSHES)) * PUSH_EVERY_S + RAMP * 0.032
    size = rng.uniform(*force, PUSHES)
    return np.column_stack((time, size[:, None] * directions(rng, PUSHES)))
