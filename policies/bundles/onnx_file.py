"""A policy of a bundle as an ONNX file, to act where there is neither torch nor habilis.

The graph takes observations as the environment gives them and returns actions as the environment
takes them: normalisation and bounds are in it. What the policy was trained on is in the file's
metadata.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import Space, spaces

from habilis.policies.agents.learned import FLAT, Normaliser
from habilis.policies.bundles.bundle import NORMALISER, Bundle
from habilis.policies.spaces import rebuild

INPUT = "observation"
"""Name of the input where the observation is no dict; where it is one, inputs have its keys."""
OUTPUT = "action"
NEEDED = 'an ONNX file needs: pip install "habilis[rl,onnx]"'
TOLD = ("task", "options", "spaces", "score", "versions", "command", "sha256")
"""Entries of the manifest that the file's metadata keeps, as JSON."""
SAME = 1e-4
"""Difference of actions, in their own units, that rounding makes at most."""
Observation = Mapping[str, npt.NDArray[Any]]


class PolicyFunction(torch.nn.Module):
    """A policy with its normalisation and the bounds of its actions, as one function of tensors.

    Args:
      policy: of Stable-Baselines3, on the CPU.
      normaliser: of its observations.
      keys: of the observation; ``(INPUT,)`` where it is no dict.
    """

    def __init__(self, policy: Any, normaliser: Normaliser, keys: tuple[str, ...]) -> None:
        super().__init__()
        self.policy, self._normaliser, self._keys = policy, normaliser, keys

    def forward(self, *parts: torch.Tensor) -> torch.Tensor:
        """Actions (N, A), or (N,) where they are numbered, of observations (N, ...) by key."""
        seen = {k: self._normalised(k, v) for k, v in zip(self._keys, parts, strict=True)}
        whole: Any = seen[INPUT] if self._keys == (INPUT,) and self._row() else seen
        action: torch.Tensor = self.policy._predict(whole, deterministic=True)
        bounds = self.policy.action_space
        if not isinstance(bounds, spaces.Box):
            return action
        low, high = torch.as_tensor(bounds.low), torch.as_tensor(bounds.high)
        if self.policy.squash_output:
            return low + 0.5 * (action + 1) * (high - low)
        return torch.minimum(torch.maximum(action, low), high)

    def _row(self) -> bool:
        return not isinstance(self.policy.observation_space, spaces.Dict)

    def _normalised(self, key: str, value: torch.Tensor) -> torch.Tensor:
        n, name = self._normaliser, FLAT if self._row() else key
        if name not in n.mean:
            return value
        spread = torch.as_tensor(np.sqrt(n.var[name] + n.epsilon))
        scaled = (value.double() - torch.as_tensor(n.mean[name])) / spread
        return scaled.clamp(-n.clip, n.clip).float()


def export(bundle: Bundle) -> bytes:
    """The content of an ONNX file that acts as the bundle does, any number of rows at once.

    Raises:
      ImportError: torch, Stable-Baselines3 or onnx is missing; the message names the extra.
    """
    try:
        import onnx
    except ImportError as error:
        raise ImportError(NEEDED) from error
    space = rebuild(bundle.manifest["spaces"]["observation"])
    policy, example = bundle.policy(), samples(space, 2, seed=0)
    function = PolicyFunction(
        policy, Normaliser.parse(bundle.files[NORMALISER]), tuple(example)
    ).eval()
    axes = {name: {0: "N"} for name in (*example, OUTPUT)}
    file: Any = io.BytesIO()
    with warnings.catch_warnings():
        # Of torch's two exporters this one is deprecated, and needs no package beyond onnx. What it
        # warns of, values that it takes for constants, shows in the comparison if it matters.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            function, tuple(torch.as_tensor(v) for v in example.values()), file, dynamo=False,
            input_names=[*example], output_names=[OUTPUT], dynamic_axes=axes,
        )  # fmt: skip
    model = onnx.load_from_string(file.getvalue())
    for name in TOLD:
        model.metadata_props.add(key=name, value=json.dumps(bundle.manifest.get(name)))
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content


def difference(bundle: Bundle, content: bytes, count: int = 256, seed: int = 0) -> float:
    """Largest difference between an exported policy's actions and the bundle's own.

    Args:
      bundle: that was exported.
      content: of the ONNX file.
      count: how many observations are drawn from the observation space.
      seed: of the draw.

    Raises:
      ImportError: onnxruntime is missing; the message names the extra.
    """
    space = rebuild(bundle.manifest["spaces"]["observation"])
    drawn = samples(space, count, seed)
    whole: Any = drawn if isinstance(space, spaces.Dict) else drawn[INPUT]
    there, here = bundle.agent().act(whole), act(content, drawn)
    return float(np.abs(there.astype(float) - here.astype(float)).max())


def act(content: bytes, observation: Observation) -> npt.NDArray[Any]:
    """Actions (N, A) of an exported policy, by onnxruntime; observations (N, ...) by name."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(NEEDED) from error
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    wanted = [i.name for i in session.get_inputs()]  # a part that is not used is no input
    found: npt.NDArray[Any] = session.run(None, {k: observation[k] for k in wanted})[0]
    return found


def samples(space: Space[Any], count: int, seed: int) -> dict[str, npt.NDArray[Any]]:
    """Observations drawn from a space, ``count`` rows of each part, by name of the input."""
    space.seed(seed)
    drawn = [space.sample() for _ in range(count)]
    if isinstance(space, spaces.Dict):
        return {k: np.stack([one[k] for one in drawn]) for k in space.spaces}
    return {INPUT: np.stack(drawn)}


def save(bundle: Bundle, path: Path) -> float:
    """Write a bundle's policy as an ONNX file, if it acts as the bundle does; see ``difference``.

    Returns:
      The largest difference between their actions.

    Raises:
      ImportError: a package is missing; the message names the extra.
      RuntimeError: its actions differ by more than ``SAME``; nothing is written.
    """
    content = export(bundle)
    found = difference(bundle, content)
    if not found <= SAME:
        raise RuntimeError(f"the exported policy's actions differ by {found:.2g}: it is not kept")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return found
