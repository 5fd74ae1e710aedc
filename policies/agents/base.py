"""Agents for the vector environment: something that turns observations into actions."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from habilis.assets.names import did_you_mean
from habilis.envs.core import Core
from habilis.envs.task import TICKS
from habilis.envs.tasks import tool_tasks
from habilis.policies.agents.acts import Actions, acts_in
from habilis.policies.agents.learned import Learned
from habilis.policies.agents.oracles import as_it_stands, oracle
from habilis.policies.bundles.bundle import Bundle, NotABundle, find
from habilis.policies.skills.attempt import Program
from habilis.policies.skills.executor import Runner
from habilis.policies.skills.senses import Senses
from habilis.policies.vector import Vector

AGENTS = ("zero", "random", "oracle", "policy")
"""Of every environment; its class may name further ones, see ``agents_of``."""
SB3 = "sb3:"
OWN_FORMAT = (
    "if it was saved by Stable-Baselines3 and you trust whoever made it, since code in such a file"
    " runs when it is opened, write sb3:{name}"
)


class Agent(Protocol):
    """Chooses actions for N episodes."""

    def reset(self, ids: Sequence[int]) -> None:
        """New episodes have begun in ``ids``."""

    def act(self, observation: Any) -> Actions:
        """Actions (N, A) in [-1, 1]."""


class Zero:
    """Does nothing, or, where actions are numbered, always the first thing; else ValueError."""

    def __init__(self, core: Core | Vector) -> None:
        low, high, kind = _range(core)
        self._nothing = np.clip(0, low, high).astype(kind)

    def reset(self, ids: Sequence[int]) -> None:
        """Nothing to forget."""

    def act(self, observation: Any) -> npt.NDArray[Any]:
        """Zeros, or what is allowed that is nearest to them."""
        return self._nothing.copy()


class Random:
    """Acts uniformly at random; ValueError for actions that are neither numbers nor numbered."""

    def __init__(self, core: Core | Vector, rng: np.random.Generator) -> None:
        self._low, self._high, self._kind = _range(core)
        self._rng = rng

    def reset(self, ids: Sequence[int]) -> None:
        """Nothing to forget."""

    def act(self, observation: Any) -> npt.NDArray[Any]:
        """Uniform over what may be done: numbers within their bounds, or which of the things."""
        if np.issubdtype(self._kind, np.floating):
            return self._rng.uniform(self._low, self._high).astype(self._kind)
        return self._rng.integers(self._low, self._high, endpoint=True, dtype=self._kind)


class Scripted:
    """Runs the oracle of a task for the layout of each episode, or a plan, through its actions.

    It reads the true state of the world, not the observation, and acts within the same action
    limits as any policy. Where a solution does what actions cannot say, e.g. turns a hand that only
    ``ee6`` turns, its episode is given up; if all of them do, that is an error.

    Args:
      core: the environment, in any control but that of joints.
      task: id of the task whose oracle is run, or the program that is.
    """

    def __init__(self, core: Core, task: str | Program) -> None:
        self._core, self._task, self._acts = core, task, acts_in(core)
        self._runners: list[Runner | None] = [None] * core.n
        self._last = self._acts.standing()

    def reset(self, ids: Sequence[int]) -> None:
        """Start the program again, from where the robot stands."""
        now, seen = self._acts.standing(), self._acts.seen()
        self._acts.reset(ids)
        for i in ids:
            senses = Senses(self._core.scene, self._core.world.bodies, i)
            senses.update(seen)
            known = self._task
            program = oracle(known, as_it_stands(senses)) if isinstance(known, str) else known
            self._runners[i], self._last[i] = Runner(program, senses), now[i]

    def act(self, observation: Any) -> Actions:
        """The next 0.1 s of each program; one that is done holds still."""
        seen = self._acts.seen()
        for i, runner in enumerate(self._runners):
            if runner is None:
                raise RuntimeError(f"episode {i} was never reset: call reset first")
            runner.senses.update(seen)
            for _ in range(TICKS):
                self._last[i] = runner.step(self._last[i])
        unsayable = self._acts.unsayable(self._last)
        if unsayable.any() and not unsayable.all():
            now = self._acts.standing()
            for i in np.flatnonzero(unsayable).tolist():
                self._last[i] = now[i]
                runner = self._runners[i]
                assert runner is not None
                runner.cut("stopped", "actions of this task cannot say what the solution does")
        return self._acts.actions(self._last)


def trained(name: str | Path) -> Learned:
    """A policy, acting deterministically.

    Args:
      name: of a shipped bundle; a bundle's file; or ``sb3:`` and a zip file written by
        Stable-Baselines3's ``model.save`` (which knows no normalisation, and whose code runs when
        it is opened: open only your own).

    Raises:
      FileNotFoundError: there is none.
      NotABundle: it is no bundle, and ``sb3:`` was not said.
      ValueError: the file holds no policy.
    """
    text = str(name)
    if text.startswith(SB3):
        return Learned(_sb3(find(text.removeprefix(SB3))))
    try:
        return Bundle.load_policy(name).agent()
    except NotABundle as error:
        raise NotABundle(f"{error}; {OWN_FORMAT.format(name=name)}") from error


def _sb3(path: Path) -> Any:
    try:
        import stable_baselines3 as sb3
    except ImportError as error:
        raise ImportError('a trained policy needs: pip install "habilis[rl]"') from error
    errors = []
    for kind in (sb3.PPO, sb3.SAC, sb3.TD3):
        try:
            return kind.load(path, device="cpu")
        except Exception as error:  # noqa: BLE001  (each class raises its own kind)
            errors.append(f"{kind.__name__}: {error}")
    raise ValueError(
        f"{path} is no policy of PPO, SAC or TD3, and no bundle: {'; '.join(errors)[:300]}"
    )


def make_agent(
    name: str, env: Core | Vector, task: str, seed: int, policy: str | Path | None = None
) -> Agent:
    """An agent by name.

    Args:
      name: one of ``AGENTS``, or of the environment's own, see ``agents_of``.
      env: that it acts in, or its core.
      task: id, for the oracle.
      seed: for what the agent draws.
      policy: for the policy, as of ``trained``.

    Raises:
      ValueError: an unknown name, or something that the agent needs is missing.
    """
    own = agents_of(env)
    if name in own:
        made: Agent = pkgutil.resolve_name(own[name])(env, seed)
        return made
    if name == "zero":
        return Zero(env)
    if name == "random":
        return Random(env, np.random.default_rng(seed))
    if name == "oracle":
        core = getattr(env, "core", env)
        if not isinstance(core, Core) or task not in tool_tasks():
            others = ", ".join(agent for agent in (*AGENTS, *own) if agent != name)
            raise ValueError(f"there is no oracle for {task}; its other agents: {others}")
        return Scripted(core, task)
    if name == "policy":
        if policy is None:
            raise ValueError("agent 'policy' needs --policy FILE, or the name of a bundle")
        return trained(policy)
    raise ValueError(did_you_mean("agent", name, (*AGENTS, *own)))


def agents_of(env: Core | Vector) -> Mapping[str, str]:
    """The scripted agents that an environment brings along.

    Its class lists them as ``agents: Mapping[str, str]``: name to ``"module:function"``, a function
    of the vector environment and a seed that returns an ``Agent``.
    """
    found: Mapping[str, str] = getattr(env, "agents", {})
    return found


def _range(core: Core | Vector) -> tuple[npt.NDArray[Any], npt.NDArray[Any], np.dtype[Any]]:
    """Least and greatest actions (N, ...) of all episodes, and their type; unbounded ones get 1."""
    space, n = (
        (core.action_space, core.n)
        if isinstance(core, Core)
        else (core.single_action_space, core.num_envs)
    )
    low: npt.NDArray[Any]
    high: npt.NDArray[Any]
    if isinstance(space, spaces.Box):
        low, high = (np.where(np.isfinite(b), b, s) for b, s in ((space.low, -1), (space.high, 1)))
    elif isinstance(space, spaces.Discrete):
        low, high = np.array(space.start), np.array(space.start + space.n - 1)
    elif isinstance(space, spaces.MultiDiscrete):
        low, high = space.start, space.start + space.nvec - 1
    elif isinstance(space, spaces.MultiBinary):
        low, high = np.zeros(space.shape, int), np.ones(space.shape, int)
    else:
        raise ValueError(f"no agent but a policy acts in {space}")
    whole = (n, *low.shape)
    return np.broadcast_to(low, whole), np.broadcast_to(high, whole), np.dtype(space.dtype)
