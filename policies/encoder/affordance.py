"""The shipped encoder: from point clouds to numbers, numpy in and out.

At each step of N simulations::

    affordance = Affordance.load()
    seen = affordance.opening(camera.points(256, rng), "tweezers")
    seen.gap, seen.share, seen.latent  # (N,) m, (N,), (N, 8)
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from habilis.assets import foreign
from habilis.assets.arrays import Array, Mask
from habilis.assets.names import check_known, did_you_mean
from habilis.policies.bundles.bundle import FORMAT, Bundle
from habilis.policies.encoder.object_data import ANGLES
from habilis.policies.encoder.problem import PROBLEMS
from habilis.policies.encoder.tool_data import KINDS

SHIPPED = Path(__file__).parent / "affordance.zip"
KIND = "affordance encoder"


class OpeningEstimate(NamedTuple):
    """What N clouds say of tools, in the frame of the points; 0 where ``seen`` is not.

    Attributes:
      gap: (N,) between the tips, m.
      share: (N,) joint value as a share of the stroke; 0 at rest.
      tips: (N, 2, 3) of the base and of the moving half, m.
      latent: (N, 8) of which the others are read.
      seen: (N,) whether there were any points.
    """

    gap: Array
    share: Array
    tips: Array
    latent: Array
    seen: Mask


class PerceivedObject(NamedTuple):
    """What N clouds say of objects, in the frame of the table, m; 0 where ``seen`` is not.

    Attributes:
      centre: (N, 3) of the box around the object.
      height: (N,) over the table.
      width: (N,) least extent across: the opening that fits, when the tool is turned for it.
      across: (N, 8) extents along horizontal directions at k / 8 of half a turn from x; see
        ``opening_for``.
      latent: (N, 12) of which the others are read.
      seen: (N,) whether there were any points.
    """

    centre: Array
    height: Array
    width: Array
    across: Array
    latent: Array
    seen: Mask

    def opening_for(self, angle: npt.ArrayLike) -> Array:
        """Return the extent (N,), m, along the direction in which the tool closes.

        Args:
          angle: (N,) or () of that direction from the table's x, rad.
        """
        n, k = self.across.shape
        at = (np.broadcast_to(np.asarray(angle, float), (n,)) % np.pi) / (ANGLES[1] - ANGLES[0])
        low = at.astype(int) % k
        part, rows = at - at.astype(int), np.arange(n)
        return (1 - part) * self.across[rows, low] + part * self.across[rows, (low + 1) % k]


class Affordance:
    """Trained networks.

    Args:
      networks: by part, ``tool`` or ``object`` or both.
      manifest: how they were made and how good they are.
    """

    def __init__(self, networks: Mapping[str, nn.Module], manifest: Mapping[str, Any]) -> None:
        self.networks, self.manifest = networks, manifest

    @classmethod
    def load(cls, path: str | Path = SHIPPED) -> Self:
        """The shipped encoder, or one from a file; nothing in the file is executed.

        Raises:
          FileNotFoundError: there is no such file.
          ValueError: it is something else, or was changed after it was written.
        """
        bundle = Bundle.load(path)
        if bundle.manifest.get("kind") != KIND:
            held = bundle.manifest.get("kind", "a policy")
            raise ValueError(f"{path} holds {held}, want {KIND}")
        networks, parts = {}, bundle.manifest.get("parts")
        if not isinstance(parts, list) or not isinstance(bundle.manifest.get("plan"), dict):
            raise ValueError(f"{path}: no list of parts, or no plan, in the manifest of {KIND}")
        for part in map(str, parts):
            if part not in PROBLEMS:
                raise ValueError(f"{path}: {did_you_mean('part', part, PROBLEMS)}")
            net = PROBLEMS[part].network()
            weights = bundle.tensors(f"{part}.pth")
            with foreign.understood(path, "no network of this encoder"):
                net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
            networks[part] = net.eval()
        return cls(networks, bundle.manifest)

    def save(self, path: Path) -> None:
        """Write weights and manifest into one file, with a hash of both."""
        files = {}
        for part, net in self.networks.items():
            data = io.BytesIO()
            torch.save(net.state_dict(), data)
            files[f"{part}.pth"] = data.getvalue()
        head = {"format": FORMAT, "kind": KIND, "parts": list(self.networks)}
        rest = {k: v for k, v in self.manifest.items() if k != "sha256"}
        Bundle({**rest, **head}, files).save(path)

    def opening(self, points: npt.ArrayLike, kind: str | Sequence[str]) -> OpeningEstimate:
        """How far tools are open.

        Args:
          points: (N, P, 3) of the tool, P 256 to 1024, in the frame of the palm's body, m; the
            rows of a cloud that was not seen are 0.
          kind: of all tools, or of each.

        Raises:
          ValueError: another shape, or an unknown kind.
        """
        names = [kind] * len(np.asarray(points)) if isinstance(kind, str) else list(kind)
        for name in names:
            check_known("tool", name, KINDS)
        found = self._estimate("tool", points, np.array([KINDS.index(n) for n in names], int))
        return OpeningEstimate(**found)

    def object(self, points: npt.ArrayLike) -> PerceivedObject:
        """Where objects are, and what opening fits them.

        Args:
          points: (N, P, 3) of the object, P 256 to 1024, in a frame whose z is the height over
            the table, m; the rows of a cloud that was not seen are 0.

        Raises:
          ValueError: another shape.
        """
        cloud = np.asarray(points)
        return PerceivedObject(**self._estimate("object", cloud, np.zeros(len(cloud), int)))

    def _estimate(
        self, part: str, points: npt.ArrayLike, kind: npt.NDArray[np.int_]
    ) -> dict[str, Any]:
        if part not in self.networks:
            raise ValueError(f"this encoder has no {part}, only {sorted(self.networks)}")
        cloud = np.asarray(points, np.float32)
        if cloud.ndim != 3 or cloud.shape[2] != 3 or 0 in cloud.shape or len(kind) != len(cloud):
            raise ValueError(f"want points (N, P, 3) of {len(kind)} clouds, got {cloud.shape}")
        problem, net = PROBLEMS[part], self.networks[part]
        given, shift = problem.encode(cloud)
        with torch.inference_mode():
            latent, out = problem.estimate(net, given, torch.as_tensor(kind))
        seen = cloud.any(axis=(1, 2))
        found = problem.decode(out.numpy().astype(float), shift.astype(float))
        found["latent"] = latent.numpy().astype(float)
        for values in found.values():
            values[~seen] = 0.0
        return {**found, "seen": seen}
