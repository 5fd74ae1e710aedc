"""What ``throughput`` times: raw MuJoCo and every way to step the environment, on the same work.

The work is ``LANES`` episodes, each from its own seed and through its own recorded random actions,
their ages spread evenly over an episode so that as many end, and are reset, as in a long run.
"""

from __future__ import annotations

import dataclasses
import importlib
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

import mujoco
import numpy as np
import numpy.typing as npt
from mujoco.batch import Batch

from habilis.assets.arrays import Array, Ids
from habilis.envs.sim.make import SimKind
from habilis.envs.task import TICKS
from habilis.envs.tool_env import ToolEnv
from habilis.envs.vector_env import ToolVectorEnv
from habilis.envs.world.world import (
    SUBSTEPS,
)
from habilis.policies.sb3 import adapter

TASK = "habilis/ReachMilk-v0"
LANES = 64
_FULL = int(mujoco.mjtState.mjSTATE_INTEGRATION)


@dataclasses.dataclass(frozen=True)
class Work:
    """The same for every kind.

    Attributes:
      actions: (S, LANES, A) in [-1, 1]; column i is for the episode of seed i.
      limit: steps of an episode.
    """

    actions: npt.NDArray[np.float32]
    limit: int

    def blocks(self, n: int) -> list[Ids]:
        """Episodes (n,) at a time, each once; beyond ``LANES`` seeds go on, actions repeat."""
        return [np.arange(n) + n * i for i in range(max(1, LANES // n))]

    def column(self, ids: Ids) -> npt.NDArray[np.float32]:
        """(S, n, A) actions of the episodes ``ids``."""
        return np.ascontiguousarray(self.actions[:, ids % LANES])

    def ages(self, ids: Ids) -> Ids:
        """(n,) steps each episode is taken to have gone already."""
        total = max(LANES, len(ids))
        return ids * self.limit // total


def make_work(steps: int, width: int, limit: int, rng: np.random.Generator) -> Work:
    """Random actions for ``steps`` steps."""
    return Work(rng.uniform(-1, 1, (steps, LANES, width)).astype(np.float32), limit)


@dataclasses.dataclass
class Stopwatch:
    """Adds up what is done within ``with`` blocks.

    Attributes:
      steps: environment steps, counted by the user.
      wall, cpu: seconds; cpu is that of this process, all threads.
    """

    steps: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def __enter__(self) -> Stopwatch:
        self.wall -= time.perf_counter()
        self.cpu -= time.process_time()
        return self

    def __exit__(self, *error: object) -> None:
        self.wall += time.perf_counter()
        self.cpu += time.process_time()


@dataclasses.dataclass(frozen=True)
class Stretch:
    """Physics of one episode without a reset in between.

    Attributes:
      model: with this episode's masses and frictions.
      state: (n,) full integration state at its start.
      ctrl: (ticks, nu) actuator targets, each for ``SUBSTEPS`` substeps.
    """

    model: mujoco.MjModel
    state: Array
    ctrl: Array


@dataclasses.dataclass(frozen=True)
class Tape:
    """What the environment sent to physics, to be replayed without it.

    Attributes:
      lanes: of each episode, its stretches.
      ctrl: (S, LANES, TICKS, nu) the same controls by step.
      starts: step at which episodes start: ids (k,), states (k, n), varied model fields (k, ...).
      end: (LANES, nq) joint positions at the end.
    """

    lanes: tuple[tuple[Stretch, ...], ...]
    ctrl: Array
    starts: dict[int, tuple[Ids, Array, dict[str, Array]]]
    end: Array


def record(env: ToolVectorEnv, work: Work) -> Tape:
    """Play the work in ``env`` (of ``LANES`` episodes), writing down what physics is given."""
    world, sent, starts = env.core.world, [], {}
    begin(env, work, np.arange(LANES))
    advance, fresh = world.advance, np.arange(LANES)
    models: list[list[tuple[int, mujoco.MjModel, Array]]] = [[] for _ in range(LANES)]

    def note(ctrl: Array) -> None:
        sent.append(ctrl.copy())
        advance(ctrl)

    world.advance = note
    for step, action in enumerate(work.actions):
        if len(fresh):
            state = world.sim.states(fresh)
            starts[step] = (
                fresh,
                state,
                {k: v[fresh].copy() for k, v in world._varied.fields.items()},
            )
            for i, row in zip(fresh, state, strict=True):
                models[i].append((step, world.sim.get_model(int(i)), row))
        _, _, terminated, truncated, _ = env.step(action)
        fresh = np.flatnonzero(terminated | truncated)
    world.advance = advance
    ctrl = np.array(sent)
    lanes = tuple(_stretches(begun, ctrl[:, i]) for i, begun in enumerate(models))
    return Tape(lanes, ctrl, starts, world._qpos.copy())


def _stretches(
    begun: Sequence[tuple[int, mujoco.MjModel, Array]], ctrl: Array
) -> tuple[Stretch, ...]:
    ends = [step for step, _, _ in begun[1:]] + [len(ctrl)]
    return tuple(
        Stretch(model, state, ctrl[step:end].reshape(-1, ctrl.shape[-1]))
        for (step, model, state), end in zip(begun, ends, strict=True)
    )


def begin(env: ToolVectorEnv, work: Work, ids: Ids) -> None:
    """Start the episodes ``ids`` (n,) of the work in an environment of n."""
    env.reset(seed=ids.tolist())
    env.core.steps[:] = work.ages(ids)


class Kind(Protocol):
    """One way to do the work.

    Attributes:
      name, envs, threads: as printed.
      raw: which raw kind it is held against, ``one`` core or ``all``.
      substeps: physics steps in an environment step.
      note: printed.
    """

    name: str
    envs: int
    threads: int
    raw: str
    substeps: int
    note: str

    def run(self, work: Work) -> Stopwatch:
        """Do the work once; what it took, without the first resets."""

    def close(self) -> None:
        """Let go of processes and threads."""


class Timed:
    """Base of the kinds: numbers of the row, nothing to close."""

    substeps = TICKS * SUBSTEPS

    note = ""

    def __init__(self, name: str, envs: int, threads: int, raw: str = "all") -> None:
        self.name, self.envs, self.threads, self.raw = name, envs, threads, raw

    def close(self) -> None:
        """Nothing is held open."""


class RawSteps(Timed):
    """``mj_step`` on one or more Python threads, each with an ``MjData`` of its own.

    The interpreter lock is released within ``mj_step``; threads take episode after episode and
    never wait for each other.
    """

    def __init__(self, tape: Tape, threads: int) -> None:
        raw = "one" if threads == 1 else "all"
        super().__init__("raw mj_step", LANES if threads > 1 else 1, threads, raw)
        model = tape.lanes[0][0].model
        self._data = [mujoco.MjData(model) for _ in range(threads)]
        self._todo, self._tape = ThreadPoolExecutor(threads), tape

    def run(self, work: Work) -> Stopwatch:
        """Replay the tape."""
        lanes = iter(self._tape.lanes)
        with Stopwatch(len(self._tape.ctrl) * LANES) as watch:
            if self.threads == 1:
                _replay_all(lanes, self._data[0])
            else:
                list(self._todo.map(partial(_replay_all, lanes), self._data))
        return watch

    def end(self) -> Array:
        """(nq,) where the last episode that the first thread replayed has come to."""
        return self._data[0].qpos.copy()

    def close(self) -> None:
        """End the threads."""
        self._todo.shutdown()


def _replay_all(lanes: Any, data: mujoco.MjData) -> None:
    for lane in lanes:  # one iterator for all threads: next() on it is atomic
        for stretch in lane:
            mujoco.mj_setState(stretch.model, data, stretch.state, _FULL)
            for ctrl in stretch.ctrl:
                data.ctrl[:] = ctrl
                mujoco.mj_step(stretch.model, data, nstep=SUBSTEPS)


class RawBatch(Timed):
    """``mujoco.batch.Batch.rollout`` of the recorded controls, recording nothing."""

    def __init__(self, tape: Tape, threads: int) -> None:
        super().__init__("raw Batch.rollout", LANES, threads)
        self._tape = tape
        self.batch = Batch(tape.lanes[0][0].model, LANES, threads)
        self._varied = {k: self.batch.expand(k) for k in tape.starts[0][2]}

    def run(self, work: Work) -> Stopwatch:
        """Replay the tape, from one reset to the next in a call."""
        steps = len(self._tape.ctrl)
        marks = [*self._tape.starts, steps]
        parts = [
            self._tape.ctrl[a:b].transpose(1, 0, 2, 3).reshape(LANES, (b - a) * TICKS, -1)
            for a, b in zip(marks, marks[1:], strict=False)
        ]
        controls = [np.repeat(part, SUBSTEPS, axis=1) for part in parts]
        with Stopwatch(steps * LANES) as watch:
            for mark, control in zip(marks, controls, strict=False):
                self._start(*self._tape.starts[mark])
                self.batch.rollout(control.shape[1], control, record=())
        return watch

    def _start(self, ids: Ids, state: Array, varied: dict[str, Array]) -> None:
        for name, values in varied.items():
            self._varied[name][ids] = values
        self.batch.set_const(ids)
        self.batch.state[ids] = state


class Vector(Timed):
    """``ToolVectorEnv``, its physics on the cores or on a GPU."""

    def __init__(
        self, n: int, threads: int, env: ToolVectorEnv | None = None, sim: SimKind = "cpu"
    ) -> None:
        super().__init__("ToolVectorEnv" if sim == "cpu" else f"ToolVectorEnv, {sim}", n, threads)
        self.env = env or ToolVectorEnv(TASK, n, nthread=threads, sim=sim)

    def run(self, work: Work) -> Stopwatch:
        """Block by block of n episodes."""
        return _run(self, work, partial(begin, self.env, work), self.env.step)

    def close(self) -> None:
        """Close the environment."""
        self.env.close()


def _run(
    kind: Timed, work: Work, start: Callable[[Ids], Any], step: Callable[[Any], Any]
) -> Stopwatch:
    watch = Stopwatch()
    for ids in work.blocks(kind.envs):
        start(ids)
        actions = work.column(ids)
        with watch:
            for action in actions:
                step(action)
        watch.steps += len(actions) * len(ids)
    return watch


class AgedEnv(ToolEnv):
    """A ``ToolEnv`` that can be started in the middle of an episode, so far as its clock goes."""

    def begin(self, seed: int, age: int) -> None:
        """Reset with ``seed`` and set the steps gone to ``age``."""
        self.reset(seed=seed)
        self.core.steps[:] = age


class Single(Timed):
    """``ToolEnv``, its episodes one after the other."""

    def __init__(self) -> None:
        super().__init__("ToolEnv", 1, 1, "one")
        self.env = AgedEnv(TASK)

    def run(self, work: Work) -> Stopwatch:
        """Episode by episode, with a reset where one ends."""

        def start(ids: Ids) -> None:
            self.env.begin(int(ids[0]), int(work.ages(ids)[0]))

        return _run(self, work, start, self._step)

    def _step(self, action: npt.NDArray[np.float32]) -> None:
        _, _, terminated, truncated, _ = self.env.step(action[0])
        if terminated or truncated:
            self.env.reset()

    def close(self) -> None:
        """Close the environment."""
        self.env.close()


class Sb3(Timed):
    """A process or dummy vector of Stable-Baselines3 over ``ToolEnv``."""

    def __init__(self, name: str, n: int) -> None:
        super().__init__(f"SB3 {name}", n, 1 if name == "DummyVecEnv" else n)
        made = getattr(importlib.import_module("stable_baselines3.common.vec_env"), name)
        if name == "SubprocVecEnv" and "forkserver" in multiprocessing.get_all_start_methods():
            # Imports torch once, and not once in each process.
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["stable_baselines3", "habilis.envs.tool_env"])
        self._vec = made([partial(AgedEnv, TASK) for _ in range(n)])

    def run(self, work: Work) -> Stopwatch:
        """Block by block of n episodes."""

        def start(ids: Ids) -> None:
            for i, (seed, age) in enumerate(zip(ids, work.ages(ids), strict=True)):
                self._vec.env_method("begin", int(seed), int(age), indices=[i])

        return _run(self, work, start, self._vec.step)

    def close(self) -> None:
        """End the processes."""
        self._vec.close()


class Sb3Batch(Timed):
    """Our own adapter of ``ToolVectorEnv`` to Stable-Baselines3."""

    def __init__(self, threads: int, env: ToolVectorEnv) -> None:
        super().__init__("SB3 adapter of ToolVectorEnv", env.num_envs, threads)
        self._env, self._vec = env, adapter()(env)

    def run(self, work: Work) -> Stopwatch:
        """Block by block of n episodes."""
        return _run(self, work, partial(begin, self._env, work), self._vec.step)
