"""FetchPickAndPlace of gymnasium-robotics, where installed, against its own physics replayed."""

from __future__ import annotations

import importlib
from typing import Any

import gymnasium
import mujoco
import numpy as np
import numpy.typing as npt

from habilis.policies.throughput.kinds import Stopwatch, Timed, Work

ID = "FetchPickAndPlace-v4"
NAME = "gymnasium-robotics FetchPickAndPlace"
STEPS = 500
_FULL = int(mujoco.mjtState.mjSTATE_INTEGRATION)


class Fetch(Timed):
    """The environment, with random actions of its own.

    Its physics is not ours: compare its share of raw, not its rate.
    """

    note = "another robot and scene; share of raw is of its own physics"

    def __init__(self) -> None:
        super().__init__(NAME, 1, 1, "fetch")
        gymnasium.register_envs(importlib.import_module("gymnasium_robotics"))
        self.env: Any = gymnasium.make(ID)
        bare: Any = self.env.unwrapped
        self.substeps = int(bare.n_substeps)
        self.env.reset(seed=0)

    def run(self, work: Work) -> Stopwatch:
        """Take ``STEPS`` steps, with resets where episodes end."""
        rng = np.random.default_rng(0)
        actions = rng.uniform(-1, 1, (STEPS, *self.env.action_space.shape)).astype(np.float32)
        self.env.reset(seed=0)
        with Stopwatch(STEPS) as watch:
            for action in actions:
                _, _, terminated, truncated, _ = self.env.step(action)
                if terminated or truncated:
                    self.env.reset()
        return watch

    def close(self) -> None:
        """Close the environment."""
        self.env.close()


class FetchRaw(Timed):
    """``mj_step`` from the states and controls that ``Fetch`` came through."""

    note = Fetch.note

    def __init__(self, fetch: Fetch) -> None:
        super().__init__("raw mj_step of FetchPickAndPlace", 1, 1, "fetch")
        bare = fetch.env.unwrapped
        self._model, self._data = bare.model, mujoco.MjData(bare.model)
        self.substeps = fetch.substeps
        self._states: list[npt.NDArray[np.float64]] = []
        step = bare._mujoco_step

        def note(action: Any) -> None:
            state = np.empty(mujoco.mj_stateSize(self._model, _FULL))
            mujoco.mj_getState(self._model, bare.data, state, _FULL)
            self._states.append(state)
            step(action)

        bare._mujoco_step = note
        fetch.run(Work(np.zeros((1, 1, 1), np.float32), 1))
        bare._mujoco_step = step

    def run(self, work: Work) -> Stopwatch:
        """Step the same physics again, from what ``Fetch`` wrote down."""
        with Stopwatch(len(self._states)) as watch:
            for state in self._states:
                mujoco.mj_setState(self._model, self._data, state, _FULL)
                mujoco.mj_step(self._model, self._data, nstep=self.substeps)
        return watch
