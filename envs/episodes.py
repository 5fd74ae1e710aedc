"""What the Gymnasium shells want of the environment logic behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import gymnasium
import numpy as np
import numpy.typing as npt

from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.world import Ids

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Pixels = npt.NDArray[np.uint8]
Obs = npt.NDArray[Any] | dict[str, npt.NDArray[Any]]

_TOLERANCE = 1e-6  # beyond [-1, 1]: rounding of an action that was clipped in another precision


class Episodes(Protocol):
    """N episodes side by side; owns no generator and resets nothing by itself.

    Attributes:
      n: how many.
      action_space, observation_space: of one.
      success, terminated, truncated: (N,) as of the last step.
      failure: (N,) reasons, '' if none.
      reward: (N,) of the last step; rewards: (N, T) its weighted terms, named ``reward_names``.
      returns: (N, T) their sums since reset.
    """

    n: int
    action_space: Any  # gymnasium.spaces.Box of floats
    success: Mask
    terminated: Mask
    truncated: Mask
    returns: Array

    @property
    def observation_space(self) -> gymnasium.Space[Any]: ...
    @property
    def failure(self) -> npt.NDArray[Any]: ...
    @property
    def reward(self) -> Array: ...
    @property
    def rewards(self) -> Array: ...
    @property
    def reward_names(self) -> Sequence[str]: ...

    def reset(self, ids: Ids, rngs: Sequence[np.random.Generator]) -> None:
        """Start new episodes ``ids`` (k,), sorted, each drawn from a generator of its own."""

    def step(self, action: npt.ArrayLike) -> None:
        """One environment step of all episodes."""

    def observe(self) -> Obs:
        """Fresh observation of all episodes."""

    def terms(self) -> Mapping[str, Mapping[str, int]]:
        """Observation groups that are rows of terms: the width of each term, in order."""

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """(N,) arrays by name: what else to tell of an episode at its end."""

    def save(self, ids: npt.ArrayLike | None = None) -> Snapshot:
        """Whole state of episodes, but for generators."""

    def restore(self, snapshot: Snapshot, ids: npt.ArrayLike | None = None) -> None:
        """Write a snapshot of k episodes into ``ids`` (k,), sorted; all by default."""

    def picture(self, camera: str, size: tuple[int, int], sim: int) -> Pixels:
        """(H, W, 3) picture of one episode."""

    def close(self) -> None:
        """Let go of what is held open; may be called twice."""


def checked(action: npt.ArrayLike, want: tuple[int, ...]) -> Array:
    """Actions (N, A) as floats of their own.

    Raises:
      ValueError: wrong shape, not finite, or outside [-1, 1]; names the first such number.
    """
    out = np.array(action, dtype=float)
    if out.shape != want:
        raise ValueError(f"action must have shape {want} (episodes, numbers), got {out.shape}")
    if not np.abs(out).max() <= 1 + _TOLERANCE:
        i, k = np.argwhere(~(np.abs(out) <= 1 + _TOLERANCE))[0]
        raise ValueError(
            f"action[{k}] of episode {i} is {out[i, k]:.6g}; actions are finite and in [-1, 1]:"
            " clip them, e.g. with gymnasium.wrappers.ClipAction"
        )
    return out
