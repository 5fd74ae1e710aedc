"""N tools in N hands as a policy of their openings, or tip forces, sees and commands them."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.assets.grasps import Grasp
from habilis.assets.names import did_you_mean
from habilis.assets.tools.probe import FORCES, OVERDRIVE
from habilis.envs.aperture.cells import SLACK, first_command
from habilis.envs.aperture.feel import Feel
from habilis.envs.aperture.fleet import Fleet
from habilis.envs.aperture.groups import GROUPS
from habilis.envs.aperture.levers import Levers
from habilis.envs.aperture.memory import Memory
from habilis.envs.aperture.options import Goal
from habilis.envs.aperture.slip import Slip
from habilis.envs.episodes import Obs
from habilis.envs.observer import Row
from habilis.envs.world.world import Ids

Array = npt.NDArray[np.float64]

TOLERANCE = 0.05  # of the joint's range
FORCE_TOLERANCE = 0.15  # of the goal
HOLD_S = 0.5  # s that a goal must be held
RATE = 0.1  # of the range, what the command may change by in one step
RESIDUAL = 0.2  # rad, the most that single joints are moved off the synergy
SMOOTH = 0.35  # of a new residual that gets through in one step
BEYOND = (0.3, 0.4)  # of the range, that commands may pass those of a nominal spring: open, closed
WOUND_UP = 0.2  # range s, the most that the integral of the error grows to
RINGS_OPEN = 1.0  # of the range, the same for rings that the fingers must push open


class InHand(abc.ABC):
    """What the observation terms read, and what an action does.

    An action has 1 + j numbers: change of the synergy's command, ``RATE`` of the range a step, and
    a residual of each joint, ``RESIDUAL`` rad, low-passed.

    Args:
      fleet: hands and tools.
      kind: what goals are: openings or forces.
      obs: observation group, see ``habilis.envs.aperture.groups``.

    Attributes:
      u: (N,) command of the synergy, as a share of the range; limits: (N, 2) of it.
      residual: (N, j) rad.
      first: (N,) its command at the start; felt_opening: (N,) share of the range as told from the
        joints, see ``Feel``, as of the last observation.
      home: (N, j) joints in the grasp's keyframe; slope: (N, j) of the synergy, rad for the whole
        range.
      slip: how the tool has moved in the palm; memory: of what was observed.
      held: (N,) steps for which the goal has been held.
      integral: (N,) of ``off`` since the start, range s, within ``WOUND_UP``.
    """

    diverged = False

    def __init__(self, fleet: Fleet, kind: Goal, obs: str) -> None:
        groups = GROUPS[kind]
        if obs not in groups:
            raise ValueError(did_you_mean("observation group", obs, groups))
        self.group, self._force, self._shown = groups[obs], kind == "force", obs
        self.fleet, self.n, self.dt = fleet, fleet.n, fleet.dt
        self.levers = Levers(fleet.cells)
        n, joints = fleet.n, len(fleet.hand.joints)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (1 + joints,), np.float32)
        self.feel, self.slip = Feel(fleet), Slip(n)
        self.u, self.first, self.felt_opening = np.zeros((3, n))
        self.limits = np.zeros((n, 2))
        self.residual, self.home = np.zeros((2, n, joints))
        self.slope = np.zeros((n, joints))
        self.held, self.integral = np.zeros(n, int), np.zeros(n)
        if self._force:
            slopes = [FORCES[cell.tool].slope for cell in fleet.cells]
            self._per_share = self.levers.greatest / slopes

    # ---- what the terms read

    @property
    @abc.abstractmethod
    def goal(self) -> Array:
        """(N,) the present one, in the unit of ``value``."""

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
    def off(self) -> Array:
        """(N,) what is lacking to the goal, as a share of the range: of a force, what closes it on
        the pad of a probe."""
        lacking = self.goal - self.value
        return self.in_range(lacking) if self._force else lacking

    def in_range(self, force: Array) -> Array:
        """(N,) shares of the range that bring about forces (N,), shares of the greatest goal."""
        return force * self._per_share[self.fleet.cell]

    @property
    def felt_force(self) -> Array:
        """(N,) tip force as a share of the greatest goal, told from what the fingers feel at the
        moving half, its lever, and a spring that is taken to be the nominal one."""
        return self.levers.tip_force(
            self.fleet.cell, self.fleet.touch_force, self.felt_opening * self.fleet.stroke
        )

    def tolerance(self, goal: Array) -> Array:
        """(...) how far off goals (...) counts as there: 5 % of the range, 15 % of a force."""
        return FORCE_TOLERANCE * goal if self._force else np.full(np.shape(goal), TOLERANCE)

    # ---- what an action does

    def take_up(self, ids: Ids, grasps: Sequence[Grasp]) -> None:
        """Hands ``ids`` (k,) begin with grasps (k of them), their springs as of the fleet."""
        fleet = self.fleet
        stroke, spring = fleet.stroke[ids], fleet.spring[ids]
        compiled = [fleet.cells[fleet.cell[i]].compiled for i in ids]
        self.home[ids] = [g.qpos[c.q] for g, c in zip(grasps, compiled, strict=True)]
        rest = [g.qpos[c.opening].sum() for g, c in zip(grasps, compiled, strict=True)]
        self.feel.take_up(ids, grasps, self.home[ids], rest / stroke)
        self.slip.begin(ids, fleet.tool_in_palm[ids])
        self.memory.begin(ids)
        self.first[ids] = first_command(grasps, spring) / stroke
        self.u[ids] = self.first[ids]
        self.limits[ids] = np.array([g.limits for g in grasps]) / stroke[:, None]
        self.limits[ids, 0] -= np.where(spring < SLACK, RINGS_OPEN, BEYOND[0])
        self.limits[ids, 1] += OVERDRIVE if self._force else BEYOND[1]
        half, by = np.full(self.n, 0.5), 0.05
        change = self._synergy(half + by) - self._synergy(half - by)
        self.slope[ids] = change[ids] / (2 * by)
        self.residual[ids], self.held[ids], self.integral[ids] = 0.0, 0, 0.0

    def command(self, act: Array) -> Array:
        """(N, a) of the servos, rad, after actions (N, 1 + j); once a step."""
        self.slip.note(self.fleet.tool_in_palm)
        self.memory.note()
        more = self.integral + self.dt * self.off
        self.integral = np.clip(more, -WOUND_UP, WOUND_UP)
        self.u = np.clip(self.u + RATE * act[:, 0], *self.limits.T)
        self.residual += SMOOTH * (RESIDUAL * act[:, 1:] - self.residual)
        return self.fleet.hand.command(self._synergy(self.u) + self.residual)

    def count(self, near: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """(N,) which have now been ``near`` (N,) their goals for long enough; they start anew."""
        self.held = np.where(near, self.held + 1, 0)
        done: npt.NDArray[np.bool_] = self.held >= round(HOLD_S / self.dt)
        self.held[done] = 0
        return done

    def _synergy(self, u: Array) -> Array:
        return self.fleet.synergies.joints(u * self.fleet.stroke)

    def hand_rows(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""
        names = (
            "u",
            "first",
            "felt_opening",
            "limits",
            "residual",
            "home",
            "slope",
            "held",
            "integral",
        )
        rows: dict[str, npt.NDArray[Any]] = {name: getattr(self, name) for name in names}
        rows |= {f"feel_{name}": row for name, row in self.feel.rows().items()}
        rows |= {f"slip_{name}": row for name, row in self.slip.rows().items()}
        return rows | {f"memory_{name}": row for name, row in self.memory.rows().items()}

    # ---- observations

    def observe(self) -> Obs:
        """Fresh observation of all."""
        self.felt_opening = self.feel.opening()
        out = self.shown(self._row)
        if not self.group.measures:
            del out["achieved_goal"]
        return out

    def shown(self, row: Row) -> dict[str, npt.NDArray[np.float32]]:
        """The observation of all with other terms, as of the last ``observe``."""
        return {
            "observation": row.read(self),
            "achieved_goal": self._achieved().astype(np.float32),
            "desired_goal": self._desired().astype(np.float32),
        }

    def terms(self) -> dict[str, dict[str, int]]:
        """Of the observation group: the width of each term, in order."""
        return {self._shown: self._row.widths()}

    def _look(self) -> None:
        """Lay out the observation, once all that the terms read is there."""
        self.memory = Memory(self, self.group.recalled, self.n)
        self._row = Row(self._shown, self.group.terms, self)
        goal = gymnasium.spaces.Box(-10.0, 10.0, (2,), np.float32)
        spaces: dict[str, gymnasium.Space[object]] = {
            "observation": self._row.space, "achieved_goal": goal, "desired_goal": goal,
        }  # fmt: skip
        if not self.group.measures:
            del spaces["achieved_goal"]
        self.observation_space = gymnasium.spaces.Dict(spaces)

    def _achieved(self) -> Array:
        lost = self.fleet.dropped | self.fleet.diverged
        return np.stack((self.value, lost.astype(float)), axis=1)

    def _desired(self) -> Array:
        return np.stack((self.goal, np.zeros(self.n)), axis=1)
