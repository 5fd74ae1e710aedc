"""N episodes of moving the joint of a tool in the hand to one goal after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.grasps import Grasp
from habilis.assets.tools.probe import FORCES
from habilis.envs.aperture.cells import Cell, directions, make_cell
from habilis.envs.aperture.estimates import make_estimate
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.aperture.in_hand import InHand
from habilis.envs.aperture.options import Options
from habilis.envs.episodes import Obs, Pixels, checked
from habilis.envs.hand.picture import Pictures
from habilis.envs.hand.variation import GRAVITY
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.world import Ids

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

GOAL_S = 4.0  # s for each goal; an episode has the sum
MARGIN, EDGE = 0.03, 0.05  # of the range, that goals stay away from what a grasp reaches; and 0, 1
APART = 0.2  # of the range, between a goal and the next
RAMP = 10  # steps over which gravity comes on

PUSH_S, PUSH_EVERY_S, PUSHES = 0.2, 1.2, 10  # s, s and the most in an episode

STEP_COST, DROP_COST, ERROR_COST, FALL_OFF = 0.02, 8.0, 0.1, 0.3


class ApertureEpisodes(InHand):
    """The environment logic; see ``habilis.envs.episodes.Episodes``, and ``InHand`` for actions.

    Args:
      options: what is done.
      n: episodes.
      nthread: threads of the physics, 0 for all cores.

    Attributes:
      seen: (N,) opening as a share of the range, as it was last seen; nan where nothing looks.
      goals: (N, G) in the unit of ``value``; reached: (N,) how many are.
    """

    reward_names = ("goal",)

    def __init__(self, options: Options, n: int, nthread: int = 0) -> None:
        self.options = options
        cells = [
            make_cell(
                options.hand,
                tool,
                size,
                options.split,
                share,
                options.goal == "force",
                options.starts,
            )  # fmt: skip
            for tool, size, share in options.cells()
        ]
        super().__init__(Fleet(cells, n, 1 if n == 1 else nthread), options.goal, options.obs)
        looks = options.obs == "cloud"
        self.estimate = make_estimate(options.estimate, self.fleet) if looks else None
        self.step_limit = round(options.goals * GOAL_S / self.dt)
        self.seen = np.full(n, np.nan)
        self.goals = np.full((n, options.goals), 0.5)
        self.reached, self.steps = np.zeros((2, n), int)
        self.down = np.zeros((n, 3))
        self.shoves = np.zeros((n, PUSHES, 4))  # time s, force N
        self.success, self.terminated, self.truncated = np.zeros((3, n), bool)
        self.failure = np.full(n, "", dtype=object)
        self.reward, self.returns = np.zeros(n), np.zeros((n, 1))
        self._pictures: dict[int, Pictures] = {}
        self._look()

    # ---- what the terms read

    @property
    def goal(self) -> Array:
        """(N,) the present one, in the unit of ``value``."""
        now = np.minimum(self.reached, self.goals.shape[1] - 1)
        return self.goals[np.arange(self.n), now]

    @property
    def rewards(self) -> Array:
        """(N, 1) the reward is one term."""
        return self.reward[:, None]

    # ---- episodes

    def observe(self) -> Obs:
        """Fresh observation of all."""
        if self.estimate is not None:
            self.seen = self.estimate.read(self.steps)
        return super().observe()

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Start new episodes ``ids`` (k,), sorted, each drawn from a generator of its own."""
        draws = [self._draw(rng) for rng in rngs]
        self.fleet.place(ids, [d[0] for d in draws], [d[1] for d in draws])
        self.goals[ids] = [d[2] for d in draws]
        self.down[ids] = [d[3] for d in draws]
        self.shoves[ids] = [d[4] for d in draws]
        fleet = self.fleet
        self.take_up(ids, [fleet.cells[fleet.cell[i]].grasps[fleet.grasp[i]] for i in ids])
        if self.estimate is not None:
            self.estimate.reset(ids, rngs)
        self.reached[ids], self.steps[ids] = 0, 0
        for flags in (self.success, self.terminated, self.truncated):
            flags[ids] = False
        self.failure[ids], self.reward[ids], self.returns[ids] = "", 0.0, 0.0

    def step(self, action: npt.ArrayLike) -> None:
        """One environment step of all episodes."""
        act = checked(action, (self.n, *self.action_space.shape))
        self._forces()
        self.fleet.step(self.command(act))
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
        self.reached += self.count(near)
        self.success = (self.reached >= self.goals.shape[1]) & ~lost
        self.terminated = self.success | lost
        self.truncated = (self.steps >= self.step_limit) & ~self.terminated

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
            "goals", "reached", "steps", "down", "shoves", "success", "terminated", "truncated",
            "failure", "reward", "returns",
        )  # fmt: skip
        seen = {} if self.estimate is None else self.estimate.rows()
        rows = {f"aperture/{name}": getattr(self, name) for name in names}
        rows |= {f"in_hand/{name}": row for name, row in self.hand_rows().items()}
        return rows | {f"estimate/{name}": row for name, row in seen.items()}

    # ---- parts

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
        return c, start, goals, down, self._pushes(rng)

    def _within(self, cell: Cell, grasp: Grasp) -> tuple[float, float]:
        """Least and greatest goal."""
        if self._force:
            force = FORCES[cell.tool]
            return force.low / force.high, 1.0
        assert grasp.score is not None
        low, high = grasp.score.low + MARGIN, grasp.score.high - MARGIN
        return max(EDGE, low), min(1 - EDGE, high)

    def _pushes(self, rng: np.random.Generator) -> Array:
        """(PUSHES, 4) time s and force N, about one each ``PUSH_EVERY_S``."""
        time = (np.arange(PUSHES) + rng.random(PUSHES)) * PUSH_EVERY_S + RAMP * self.dt
        size = rng.uniform(*self.options.pushes, PUSHES)
        return np.column_stack((time, size[:, None] * directions(rng, PUSHES)))

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
