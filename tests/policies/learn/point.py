"""A small task to learn on, ``test/Point-v0``: move a point to a goal; and quick configurations."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from habilis.envs.sim.snapshot import Snapshot
from habilis.policies.learn.config import Config, parse

NEAR, STEP, LIMIT = 0.15, 0.2, 20
Array = npt.NDArray[Any]


class Point(VectorEnv[Any, Any, Any]):
    """Goal-conditioned, sparse reward; ``flat``: a row, and minus the distance as reward."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": ["rgb_array"]}
    agents = {"steer": "tests.policies.learn.point:Steer"}

    def __init__(self, num_envs: int = 1, flat: bool = False, wide: bool = False,
                 render_mode: str | None = None) -> None:  # fmt: skip
        self.render_mode = render_mode
        self.num_envs, self._flat = num_envs, flat
        place = spaces.Box(-1, 1, (3 if wide else 2,), np.float32)
        names = ("observation", "achieved_goal", "desired_goal")
        row = spaces.Box(-2, 2, (2 * (place.shape or (0,))[0],), np.float32)
        self.single_observation_space = row if flat else spaces.Dict(dict.fromkeys(names, place))
        self.single_action_space = place
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(place, num_envs)
        self._rows: dict[str, Array] = {
            "at": np.zeros((num_envs, *(place.shape or ()))),
            "goal": np.zeros((num_envs, *(place.shape or ()))),
            "steps": np.zeros(num_envs, int),
        }
        self._rngs = [np.random.default_rng(i) for i in range(num_envs)]

    @property  # type: ignore[misc]
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        return tuple(self._rngs)

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else seed
        for i, s in enumerate(seeds or ()):
            if s is not None:
                self._rngs[i] = np.random.default_rng(s)
        self._begin(range(self.num_envs))
        return self._observe(), {}

    def step(self, actions: Array) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        at, goal, steps = (self._rows[k] for k in ("at", "goal", "steps"))
        at[:] = np.clip(at + STEP * np.clip(actions, -1, 1), -1, 1)
        steps += 1
        gap = np.linalg.norm(at - goal, axis=1)
        won = gap < NEAR
        lost = (steps >= LIMIT) & ~won
        reward = -gap if self._flat else self.compute_reward(at, goal, {})
        over = won | lost
        info: dict[str, Any] = {}
        if over.any():
            seen = self._observe()
            last = np.full(self.num_envs, None, object)
            for i in np.flatnonzero(over):
                last[i] = seen[i] if self._flat else {k: v[i] for k, v in seen.items()}
            info = {"final_obs": last, "final_info": self._told(won)}
            self._begin(np.flatnonzero(over))
        return self._observe(), reward, won, lost, info

    def _told(self, won: Array) -> dict[str, Array]:
        half = np.where(self._rows["goal"][:, 0] < 0, "left", "right").astype(object)
        return {"success": won, "half": half}

    def compute_reward(self, achieved: Array, desired: Array, info: Any) -> Array:
        return (np.linalg.norm(achieved - desired, axis=-1) < NEAR).astype(np.float32) - 1

    def render(self) -> tuple[Array, ...] | None:
        if self.render_mode is None:
            return None
        pictures = np.full((self.num_envs, 60, 80, 3), 255, np.uint8)
        for name, color in (("goal", (0, 160, 0)), ("at", (200, 0, 0))):
            x, y = ((self._rows[name][:, :2].T + 1) * [[38], [28]]).astype(int)
            for i in range(self.num_envs):
                pictures[i, y[i] : y[i] + 4, x[i] : x[i] + 4] = color
        return tuple(pictures)

    def save(self) -> Snapshot:
        return Snapshot({k: v.copy() for k, v in self._rows.items()})

    def restore(self, snapshot: Snapshot) -> None:
        for key, value in snapshot.rows.items():
            self._rows[key][:] = value

    def _begin(self, ids: Any) -> None:
        for i in ids:
            self._rows["at"][i], self._rows["goal"][i] = self._rngs[i].uniform(
                -0.9, 0.9, (2, self._rows["at"].shape[1])
            )
            self._rows["steps"][i] = 0

    def _observe(self) -> Any:
        at, goal = self._rows["at"].astype(np.float32), self._rows["goal"].astype(np.float32)
        if self._flat:
            return np.hstack([at, goal])
        return {"observation": at, "achieved_goal": at.copy(), "desired_goal": goal}


class Steer:
    """Goes straight to the goal."""

    def __init__(self, env: Point, seed: int) -> None:
        self._env = env

    def reset(self, ids: Any) -> None: ...

    def act(self, observation: Any) -> Array:
        at, goal = self._env._rows["at"], self._env._rows["goal"]
        return np.clip((goal - at) / STEP, -1, 1).astype(np.float32)


if "test/Point-v0" not in gymnasium.registry:
    gymnasium.register("test/Point-v0", vector_entry_point=f"{__name__}:Point")

EVALUATION = {"every": 512, "episodes": 16, "final_episodes": 40}
PPO: dict[str, Any] = {
    "algorithm": "PPO",
    "task": "test/Point-v0",
    "total_steps": 1024,
    "env": {"num_envs": 8, "options": {"flat": True}},
    "network": {"hidden": [32], "activation": "tanh"},
    "hyperparameters": {"n_steps": 16, "batch_size": 64, "n_epochs": 4, "learning_rate": 3e-3},
    "evaluation": EVALUATION,
    "checkpoint": {"every": 256},
    "log_every": 128,
}
SAC: dict[str, Any] = {
    **PPO,
    "algorithm": "SAC",
    "total_steps": 800,
    "env": {"num_envs": 4},
    "normalise": {"reward": False},
    "hyperparameters": {
        "learning_starts": 200, "train_freq": 1, "gradient_steps": 2, "batch_size": 64,
        "buffer_size": 600, "learning_rate": 3e-3, "gamma": 0.9,
    },
    "goals": {"sampled": 4, "strategy": "future"},
}  # fmt: skip


def ppo(**changes: Any) -> Config:
    """PPO on the flat point; keys at the top changed."""
    return parse(PPO | changes)


def sac(**changes: Any) -> Config:
    """SAC with hindsight replay on the goal-conditioned point; its replay buffer wraps around."""
    return parse(SAC | changes)
