"""Scripted agents of the aperture environments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.envs.aperture.episodes import ApertureEpisodes
from habilis.envs.aperture.groups import GROUPS
from habilis.envs.aperture.in_hand import RATE
from habilis.envs.observer import Row
from habilis.policies.agents.hand_control import FORCE, OPENING, PI
from habilis.policies.bundles.bundle import Bundle

Array = npt.NDArray[np.float64]

EXPERT = "aperture"  # shipped bundle


class Pi:
    """PI on the synergy, the scripted baseline; residuals stay 0.

    It acts on the true opening or tip force where the observation group measures it, else on what
    is seen, or can be told of it from the joints or the fingers.

    Args:
      core: of the environment that it acts in.
      knows: whether it acts on the truth whatever is measured: a teacher, not a baseline.
    """

    def __init__(self, core: ApertureEpisodes, *, knows: bool = False) -> None:
        self._core, self._measures = core, knows or core.group.measures
        self._force = core.options.goal == "force"
        self._pi = PI(_Commands(core), core.dt, FORCE if self._force else OPENING)

    def reset(self, ids: Sequence[int]) -> None:
        """Begin again where the commands of ``ids`` stand."""
        self._pi.reset(ids, self._core.u[np.asarray(ids, int)])

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        """Actions (N, 1 + j)."""
        core = self._core
        action = np.zeros((core.n, *core.action_space.shape), np.float32)
        wanted = self._pi.step(self._error())
        action[:, 0] = np.clip((wanted - core.u) / RATE, -1, 1)
        return action

    def _error(self) -> Array:
        """(N,) that a greater command makes smaller, share of the range."""
        core = self._core
        if self._measures:
            return core.off
        if self._force:
            return core.in_range(core.goal - core.felt_force)
        return core.goal - (core.felt_opening if core.estimate is None else core.seen)


class _Commands:
    """First command and limits of the episodes as they are now, shares of the range."""

    def __init__(self, core: ApertureEpisodes) -> None:
        self._core = core

    @property
    def hold(self) -> Array:
        return self._core.first

    @property
    def limits(self) -> Array:
        return self._core.limits


class Expert:
    """The shipped policy that measures opening and pose, in whatever the environment shows.

    Args:
      core: of the environment that it acts in.

    Raises:
      ValueError: goals are forces.
    """

    def __init__(self, core: ApertureEpisodes) -> None:
        if core.options.goal != "opening":
            raise ValueError(f"agent 'expert' knows goals of opening, got {core.options.goal!r}")
        bundle = Bundle.load(EXPERT)
        group = bundle.manifest["options"].get("obs", "privileged")
        self._core, self._agent = core, bundle.agent()
        self._row = Row(group, GROUPS["opening"][group].terms, core)

    def reset(self, ids: Sequence[int]) -> None:
        """Nothing to forget."""

    def act(self, observation: Any) -> npt.NDArray[np.float32]:
        """Actions (N, 1 + j)."""
        return self._agent.act(self._core.shown(self._row))


def pi(env: Any, seed: int) -> Pi:
    """The baseline; nothing of it is drawn."""
    return Pi(env.core)


def teacher(env: Any, seed: int) -> Pi:
    """The baseline with the truth, to learn from where it is not measured."""
    return Pi(env.core, knows=True)


def expert(env: Any, seed: int) -> Expert:
    """A policy with the truth, to learn from where it is not measured."""
    return Expert(env.core)
