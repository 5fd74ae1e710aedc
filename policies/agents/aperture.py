"""Scripted agents of the aperture environments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.envs.aperture.control import RATE, SynergyActions
from habilis.envs.aperture.pursuit import Pursuit
from habilis.envs.core import Core
from habilis.envs.observer import Observer
from habilis.policies.agents.hand_control import FORCE, OPENING, PI
from habilis.policies.bundles.bundle import Bundle

EXPERT = "aperture"  # shipped bundle


class Pi:
    """PI on the synergy, the scripted baseline; residuals stay 0.

    It acts on the true opening or tip force where the observation group measures it, else on what
    is seen, or can be told of it from the joints or the fingers.

    Args:
      core: of the environment that it acts in.
      knows: whether it acts on the truth whatever is measured: a teacher, not a baseline.
    """

    def __init__(self, core: Core, *, knows: bool = False) -> None:
        self._core, self._state = core, core.state
        self._control: SynergyActions = core.control
        self._goals: Pursuit = core.monitor
        goals = core.task.goals
        assert goals is not None
        self._measures = knows or core.task.shown not in goals.hidden
        self._pi = PI(_Commands(self._control), core.dt, FORCE if self._goals.force else OPENING)

    def reset(self, ids: Sequence[int]) -> None:
        """Begin again where the commands of ``ids`` stand."""
        self._pi.reset(ids, self._control.u[np.asarray(ids, int)])

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        """Actions (N, 1 + j)."""
        action = np.zeros((self._core.n, *self._control.action_space.shape), np.float32)
        wanted = self._pi.step(self._error())
        action[:, 0] = np.clip((wanted - self._control.u) / RATE, -1, 1)
        return action

    def _error(self) -> Array:
        """(N,) that a greater command makes smaller, share of the range."""
        goals, state = self._goals, self._state
        if self._measures:
            return goals.off
        if goals.force:
            return goals.in_range(goals.goal - state.felt_force)
        told: Array = state.felt_opening if state.estimate is None else state.seen
        return goals.goal - told


class _Commands:
    """First command and limits of the episodes as they are now, shares of the range."""

    def __init__(self, control: SynergyActions) -> None:
        self._control = control

    @property
    def hold(self) -> Array:
        return self._control.first

    @property
    def limits(self) -> Array:
        return self._control.limits


class Expert:
    """The shipped policy that measures opening and pose, in whatever the environment shows.

    Args:
      core: of the environment that it acts in.

    Raises:
      ValueError: goals are forces.
    """

    def __init__(self, core: Core) -> None:
        if core.monitor.force:
            raise ValueError("agent 'expert' knows goals of opening, got forces")
        bundle = Bundle.load(EXPERT)
        group = bundle.manifest["options"].get("obs", "privileged")
        self._observer = Observer(core.task, group, core.state)
        self._state, self._agent = core.state, bundle.agent()

    def reset(self, ids: Sequence[int]) -> None:
        """Nothing to forget."""

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        """Actions (N, 1 + j)."""
        return self._agent.act(self._observer.read(self._state))


def pi(env: Any, seed: int) -> Pi:
    """The baseline; nothing of it is drawn."""
    return Pi(env.core)


def teacher(env: Any, seed: int) -> Pi:
    """The baseline with the truth, to learn from where it is not measured."""
    return Pi(env.core, knows=True)


def expert(env: Any, seed: int) -> Expert:
    """A policy with the truth, to learn from where it is not measured."""
    return Expert(env.core)
