"""Networks on point clouds: no order of points, any number of them.

Source: Qi et al., PointNet: deep learning on point sets for 3D classification and segmentation,
CVPR 2017: one network for every point, then the greatest (here also the mean) over the points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LATENTS = {"tool": 8, "object": 12}
HIDDEN = 64
ZOOM, NEAR = 3.0, 0.375  # of the second look at a tool, and the part of the points in it


class Seen(NamedTuple):
    """What a network makes of B clouds: latent (B, L) and outputs (B, O)."""

    latent: Tensor
    out: Tensor


def reach(points: Tensor, directions: Tensor, ranks: Sequence[float]) -> Tensor:
    """Return how far points (B, P, 3) reach along directions (3, D): R quantiles each, (B, R D)."""
    along = (points @ directions).sort(dim=1).values
    last = points.shape[1] - 1
    return torch.cat([along[:, round(rank * last)] for rank in ranks], dim=1)


def _around(count: int) -> Tensor:
    """(3, count) directions, even over half a sphere (Fibonacci lattice)."""
    at = torch.arange(count) + 0.5
    polar, turn = torch.arccos(1 - at / count), torch.pi * (1 + 5**0.5) * at
    return torch.stack([turn.cos() * polar.sin(), turn.sin() * polar.sin(), polar.cos()])


class PointNet(nn.Module):
    """One look at a cloud.

    Args:
      outputs: how many numbers are estimated, O.
      widths: of the three layers that every point goes through.
      latent: numbers that the outputs are read from, L.
      kinds: of things that are told apart; each shifts what the points' first layer gives.
    """

    def __init__(
        self, outputs: int, widths: tuple[int, int, int], latent: int, kinds: int = 1
    ) -> None:
        super().__init__()
        a, b, c = widths
        self.kinds = kinds
        self.lift, self.kind = nn.Linear(3, a), nn.Embedding(kinds, a)
        self.points = nn.Sequential(nn.ReLU(), nn.Linear(a, b), nn.ReLU(), nn.Linear(b, c))
        self.whole = nn.Sequential(
            nn.Linear(2 * c + kinds, 2 * HIDDEN), nn.ReLU(), nn.Linear(2 * HIDDEN, latent)
        )
        self.read = nn.Sequential(nn.Linear(latent, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outputs))

    def forward(self, points: Tensor, kind: Tensor) -> Seen:
        """Look at points (B, P, 3) of kinds (B,)."""
        latent = self.whole(self.summary(points, kind))
        return Seen(latent, self.read(latent))

    def summary(self, points: Tensor, kind: Tensor) -> Tensor:
        """Return what the latent is made of, (B, F)."""
        each = self.points(self.lift(points) + self.kind(kind)[:, None])
        told = F.one_hot(kind, self.kinds).to(each.dtype)
        return torch.cat([each.amax(dim=1), each.mean(dim=1), told], dim=1)


class FullLook(PointNet):
    """One look at a cloud that is also given how far points reach, see ``reach``.

    Args: as of ``PointNet``.
    """

    directions: Tensor  # (3, 16)
    ranks = (0.0, 0.02, 0.06, 0.15, 0.3, 0.5, 0.7, 0.85, 0.94, 0.98, 1.0)

    def __init__(
        self, outputs: int, widths: tuple[int, int, int], latent: int, kinds: int = 1
    ) -> None:
        super().__init__(outputs, widths, latent, kinds)
        self.register_buffer("directions", _around(16), persistent=False)
        given = 2 * widths[2] + kinds + 16 * len(self.ranks)
        self.whole = nn.Sequential(
            nn.Linear(given, 4 * HIDDEN), nn.ReLU(), nn.Linear(4 * HIDDEN, 2 * HIDDEN), nn.ReLU(),
            nn.Linear(2 * HIDDEN, latent),
        )  # fmt: skip

    def summary(self, points: Tensor, kind: Tensor) -> Tensor:
        """Return what the latent is made of, (B, F)."""
        far = reach(points, self.directions, self.ranks)
        return torch.cat([super().summary(points, kind), far], dim=1)


class TwoLooks(nn.Module):
    """A look at the whole tool to find its tips, and one at what is about them, nearer.

    The second looks at the points nearest to the middle of the tips. Outputs: gap, share of the
    stroke, tip of the base x, y, z, tip of the moving half x, y, z.
    """

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.first = FullLook(8, (32, 64, 128), LATENTS["tool"], kinds)
        self.second = FullLook(8, (48, 96, 160), LATENTS["tool"], kinds)

    def forward(self, points: Tensor, kind: Tensor) -> tuple[Seen, Seen]:
        """Look twice at points (B, P, 3) of kinds (B,); returns the second look and the first."""
        first = self.first(points, kind)
        guess = first.out.detach()
        middle = guess[:, 2:].view(-1, 2, 3).mean(dim=1)
        away = points - middle[:, None]
        count = max(1, round(NEAR * points.shape[1]))
        nearest = away.square().sum(dim=2).topk(count, dim=1, largest=False).indices
        near = away.gather(1, nearest[..., None].expand(-1, -1, 3))
        latent, out = self.second(ZOOM * near, kind)
        tips = out[:, 2:] / ZOOM + middle.repeat(1, 2)
        # The second corrects what the first says of gap and opening, for which handles count too.
        return Seen(latent, torch.cat([guess[:, :2] + out[:, :2], tips], dim=1)), first


class OneLook(nn.Module):
    """A look at an object: centre x, y, height, width, extents in eight directions.

    Beside a PointNet's, it is given how far points reach in these directions and upwards, as
    quantiles: what is seen of the extents, from which it has to tell the rest.
    """

    directions: Tensor  # (3, 9) across and up
    ranks = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)

    def __init__(self) -> None:
        super().__init__()
        self.cloud = PointNet(12, (32, 64, 96), 2 * HIDDEN)
        angle = torch.arange(8) * torch.pi / 8
        flat = torch.stack([angle.cos(), angle.sin(), 0 * angle])
        up = torch.tensor([[0.0], [0.0], [1.0]])
        self.register_buffer("directions", torch.cat([flat, up], dim=1), persistent=False)
        given = 2 * HIDDEN + 9 * len(self.ranks)
        self.whole = nn.Sequential(
            nn.Linear(given, 4 * HIDDEN), nn.ReLU(), nn.Linear(4 * HIDDEN, 2 * HIDDEN), nn.ReLU(),
            nn.Linear(2 * HIDDEN, LATENTS["object"]),
        )  # fmt: skip
        self.read = nn.Linear(LATENTS["object"], 12)

    def forward(self, points: Tensor, kind: Tensor) -> Seen:
        """Look at points (B, P, 3), all of the one kind that there is."""
        far = reach(points, self.directions, self.ranks)
        latent = self.whole(torch.cat([self.cloud(points, kind).latent, far], dim=1))
        return Seen(latent, self.read(latent))
