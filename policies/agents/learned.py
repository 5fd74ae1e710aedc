"""A trained policy with its normalisation, as an agent."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets import foreign
from habilis.assets.arrays import Array

FLAT = "observation row"
"""Name under which the statistics of an observation that is no dict are kept."""


@dataclasses.dataclass(frozen=True)
class Normaliser:
    """What ``VecNormalize`` does to an observation, as plain arrays.

    Attributes:
      mean, var: statistics of each normalised part of the observation.
      clip: bound of the result, standard deviations.
      epsilon: added to the variance.
    """

    mean: Mapping[str, Array]
    var: Mapping[str, Array]
    clip: float
    epsilon: float

    @classmethod
    def of(cls, env: Any) -> Normaliser:
        """Of a Stable-Baselines3 ``VecNormalize``, as it is now."""
        rms = running(env)
        mean, var = ({k: getattr(r, a).copy() for k, r in rms.items()} for a in ("mean", "var"))
        return cls(mean, var, float(env.clip_obs), float(env.epsilon))

    def __call__(self, observation: Any) -> Any:
        """The normalised observation, float32; parts without statistics are left alone."""
        if isinstance(observation, dict):
            return {k: self._one(k, v) if k in self.mean else v for k, v in observation.items()}
        return self._one(FLAT, observation) if FLAT in self.mean else observation

    def dump(self) -> bytes:
        """As an npz file."""
        file = io.BytesIO()
        arrays = {f"mean/{k}": v for k, v in self.mean.items()}
        arrays |= {f"var/{k}": v for k, v in self.var.items()}
        np.savez(file, limits=np.array([self.clip, self.epsilon]), **arrays)  # type: ignore[arg-type]
        return file.getvalue()

    @classmethod
    def parse(cls, data: bytes) -> Normaliser:
        """From ``dump``.

        Raises:
          ValueError: it is something else, or would unpack to more than 64 MB.
        """
        foreign.check_zip(data, "the normaliser", 64 * foreign.MEGABYTE)
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            parts: dict[str, dict[str, Array]] = {"mean": {}, "var": {}}
            for key in file.files:
                kind, _, name = key.partition("/")
                if kind in parts:
                    parts[kind][name] = file[key]
            clip, epsilon = file["limits"].tolist()
        return cls(parts["mean"], parts["var"], clip, epsilon)

    def _one(self, key: str, value: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        scaled = (value - self.mean[key]) / np.sqrt(self.var[key] + self.epsilon)
        return np.clip(scaled, -self.clip, self.clip).astype(np.float32)


def running(env: Any) -> dict[str, Any]:
    """Running statistics of a ``VecNormalize`` for each normalised part of the observation."""
    rms = env.obs_rms if env.norm_obs else {}
    return rms if isinstance(rms, dict) else {FLAT: rms}


class Learned:
    """Acts with the mode of a policy.

    Args:
      policy: anything with Stable-Baselines3's ``predict``.
      normaliser: of the observations it was trained on; None for none.
    """

    def __init__(self, policy: Any, normaliser: Normaliser | None = None) -> None:
        self._policy, self._normaliser = policy, normaliser

    def reset(self, ids: Sequence[int]) -> None:
        """Nothing to forget."""

    def act(self, observation: Any) -> npt.NDArray[Any]:
        """(N, A), or (N,) where actions are numbered."""
        seen = observation if self._normaliser is None else self._normaliser(observation)
        action, _ = self._policy.predict(seen, deterministic=True)
        return np.asarray(action)
