"""Agents of the reorientation environment that learn nothing: sampled plans, and when to stop."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.core import Core
from habilis.policies.agents.acts import Actions
from habilis.policies.agents.base import Agent

_FAR = 0.05  # m from the middle of the hand


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How plans are sampled and judged.

    Attributes:
      samples: of each episode, each time.
      knots: different actions of a plan; steps: of the environment that each lasts.
      spread: standard deviation of what is added to the numbers of the last plan's actions.
      best: share of the samples that the next plan is the mean of.
      fallen, astray, effort: costs beside the angle that is left, rad a step: of an object that
        fell; of one 5 cm from the middle of the hand; of actions of 1.
    """

    samples: int = 16
    knots: int = 2
    steps: int = 3
    spread: float = 0.5
    best: float = 0.2
    fallen: float = 5.0
    astray: float = 0.3
    effort: float = 0.02


class Sampled:
    """Sampled predictive control: tries plans in copies of the simulation, does what was best.

    It knows the true state, the physics, and noise to come. Each time it adds noise to the last
    plan, simulates all of that from where each episode is, and takes the mean of the best
    (cross-entropy method, one round); of it the first action is carried out before it plans anew.

    Args:
      core: of the environment that it acts in.
      rng: of the samples.
      how: see ``Sampling``.
      nthread: threads of the simulations, 0 for all cores.
    """

    def __init__(
        self, core: Core, rng: np.random.Generator, how: Sampling | None = None, nthread: int = 0
    ) -> None:
        self._core, self._rng, self._how = core, rng, how or Sampling()
        self._tries = Core(core.task, core.n * self._how.samples, nthread=nthread)
        width = core.action_space.shape[0]
        self._plan: Array = np.zeros((core.n, self._how.knots, width))
        self._left = np.zeros(core.n, int)  # steps until an episode is planned anew

    def reset(self, ids: Sequence[int]) -> None:
        """Forget the plans of ``ids``."""
        self._plan[list(ids)], self._left[list(ids)] = 0.0, 0

    def act(self, observation: Any) -> Actions:
        """The present action of each plan, (N, A)."""
        if (self._left <= 0).any():
            self._plan_anew()
            self._left[:] = self._how.steps
        self._left -= 1
        return self._plan[:, 0].astype(np.float32)

    def _plan_anew(self) -> None:
        how, (n, knots, width) = self._how, self._plan.shape
        last = np.concatenate((self._plan[:, 1:], np.zeros((n, 1, width))), axis=1)
        noise = how.spread * self._rng.standard_normal((n, how.samples, knots, width))
        noise[:, 0] = 0.0  # the last plan as it was; and none at all
        plans = np.clip(last[:, None] + noise, -1, 1)
        plans[:, 1] = 0.0
        cost = self._try(plans.reshape(-1, knots, width)).reshape(n, how.samples)
        chosen = np.argsort(cost, axis=1)[:, : max(1, round(how.best * how.samples))]
        self._plan = plans[np.arange(n)[:, None], chosen].mean(axis=1)

    def _try(self, plans: Array) -> Array:
        """(N S,) costs of plans (N S, K, A)."""
        how, tries = self._how, self._tries
        tries.restore(self._core.save().take(np.repeat(np.arange(self._core.n), how.samples)))
        goals, cost = tries.monitor, np.zeros(tries.n)
        for knot in range(plans.shape[1]):
            for _ in range(how.steps):
                tries.step(plans[:, knot])
                lost = goals.fallen | tries.world.diverged
                cost += (
                    goals.angle + how.fallen * lost + how.astray * (tries.world.away / 0.05) ** 2
                )
        return cost + how.effort * np.square(plans).mean(axis=2).sum(axis=1)


class Stopping:
    """An agent that holds still where the orientation is reached; any other that there is.

    Args:
      agent: acts until then.
      core: of the environment that it acts in.
      within: rad, where it stops; it goes on beyond ``again``.
      again: rad.
    """

    def __init__(self, agent: Agent, core: Core, within: float = 0.35, again: float = 0.4) -> None:
        self._agent, self._goals = agent, core.monitor
        self._within, self._again = within, again
        self._there = np.zeros(core.n, bool)

    def reset(self, ids: Sequence[int]) -> None:
        """See ``Agent``."""
        self._agent.reset(ids)
        self._there[list(ids)] = False

    def act(self, observation: Any) -> Actions:
        """See ``Agent``."""
        action = self._agent.act(observation)
        angle = self._goals.angle
        self._there = np.where(self._there, angle <= self._again, angle <= self._within)
        action[self._there] = 0.0
        return action


def sampled(env: Any, seed: int) -> Agent:
    """Agent ``sampled`` of the environment."""
    core: Core = env.unwrapped.core
    return Stopping(Sampled(core, np.random.default_rng(seed)), core)
