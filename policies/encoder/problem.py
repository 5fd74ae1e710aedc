"""What the networks are given and asked: units, frames, what is added while training.

Points are shifted by their median, so that a network sees no pose beyond how a thing is turned;
of an object the height over the table stays.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from habilis.assets.arrays import Array, Floats
from habilis.envs.world.seeing.window import DepthNoise, facing, miscalibration, moved
from habilis.policies.encoder.clouds import Clouds
from habilis.policies.encoder.model import OneLook, Seen, TwoLooks
from habilis.policies.encoder.object_data import ANGLES
from habilis.policies.encoder.tool_data import KINDS

Truth = Mapping[str, npt.NDArray[Any]]

TURN = np.deg2rad(15.0)  # of a tool in the palm, added while training, at most
SCALE = (0.87, 1.15)  # of half the tools while training
GAP, SHARE, REACH = 0.01, 1 / 3, 0.05  # m, -, m: units of a tool's outputs
SMALL = 0.02  # m, unit of an object's


class Batch(NamedTuple):
    """Points (B, P, 3), kinds (B,) and targets (B, O), in the networks' units."""

    points: Tensor
    kind: Tensor
    target: Tensor


class Problem(abc.ABC):
    """What a network has to estimate from clouds, and how it is trained to."""

    name: str

    @abc.abstractmethod
    def network(self) -> nn.Module:
        """Return an untrained network."""

    @abc.abstractmethod
    def encode(self, points: Floats) -> tuple[Tensor, Array]:
        """Prepare points (B, P, 3), m, for the network; returns them and their shift (B, 3), m."""

    @abc.abstractmethod
    def decode(self, out: Array, shift: Array) -> dict[str, Array]:
        """Return estimates by name, made of outputs (B, O)."""

    @abc.abstractmethod
    def target(self, truth: Truth, shift: Array) -> Array:
        """Return what the outputs (B, O) should be."""

    @abc.abstractmethod
    def vary(self, points: Floats, truth: Truth, rng: np.random.Generator) -> tuple[Floats, Truth]:
        """Return points and truth changed at random, for more variety in training."""

    @abc.abstractmethod
    def estimate(self, net: nn.Module, points: Tensor, kind: Tensor) -> Seen:
        """Return latent and outputs of a network for points (B, P, 3)."""

    @abc.abstractmethod
    def loss(self, net: nn.Module, batch: Batch) -> Tensor:
        """Return what training makes small, ()."""

    def batch(
        self, clouds: Clouds, count: int, noise: DepthNoise, rng: np.random.Generator
    ) -> Batch:
        """Make a training batch of all these clouds, ``count`` points of each."""
        points, truth = self.vary(clouds.draw(count, noise, rng), clouds.truth, rng)
        given, shift = self.encode(points)
        target = torch.tensor(self.target(truth, shift), dtype=torch.float32)
        return Batch(given, self.kinds(truth, len(clouds)), target)

    def kinds(self, truth: Truth, n: int) -> Tensor:
        """Return the kinds (n,) of the clouds, as the network takes them."""
        return torch.as_tensor(truth.get("kind", np.zeros(n, int)))


class ToolProblem(Problem):
    """How far a tool is open and where its tips are.

    Clouds are in the frame of the palm, at any scale.
    """

    name = "tool"

    def network(self) -> nn.Module:
        """Return an untrained network."""
        return TwoLooks(len(KINDS))

    def encode(self, points: Floats) -> tuple[Tensor, Array]:
        """See ``Problem``."""
        shift: Array = np.median(points, axis=1)
        return torch.tensor((points - shift[:, None]) / REACH, dtype=torch.float32), shift

    def decode(self, out: Array, shift: Array) -> dict[str, Array]:
        """Return ``gap`` (B,) m, ``share`` (B,) of the stroke, and ``tips`` (B, 2, 3) m."""
        tips = REACH * out[:, 2:].reshape(-1, 2, 3) + shift[:, None]
        return {
            "gap": np.maximum(0.0, GAP * out[:, 0]),
            "share": np.clip(SHARE * out[:, 1], 0.0, 1.0),
            "tips": tips,
        }

    def target(self, truth: Truth, shift: Array) -> Array:
        """See ``decode``."""
        tips = (truth["tips"] - shift[:, None]) / REACH
        head = np.stack([truth["gap"] / GAP, truth["share"] / SHARE], axis=1)
        return np.concatenate([head, tips.reshape(len(tips), 6)], axis=1)

    def vary(self, points: Floats, truth: Truth, rng: np.random.Generator) -> tuple[Floats, Truth]:
        """Turn clouds in the palm, and scale half of them: each is then a tool of another size."""
        n = len(points)
        turn = miscalibration(rng, n, 0.0, TURN)
        size = np.where(rng.random(n) < 0.5, rng.uniform(*SCALE, n), 1.0)
        turn[:, :3, :3] *= size[:, None, None]
        tips = moved(truth["tips"].astype(np.float32), turn)
        return moved(points, turn), {**truth, "tips": tips, "gap": size * truth["gap"]}

    def estimate(self, net: nn.Module, points: Tensor, kind: Tensor) -> Seen:
        """Return the second look."""
        seen: Seen = net(points, kind)[0]
        return seen

    def loss(self, net: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of both looks together."""
        second, first = net(batch.points, batch.kind)
        near = F.smooth_l1_loss(second.out, batch.target, beta=0.1)
        return near + 0.3 * F.smooth_l1_loss(first.out, batch.target, beta=0.1)


class ObjectProblem(Problem):
    """Where an object is and what opening it needs.

    Clouds are in the frame of the table.
    """

    name = "object"

    def network(self) -> nn.Module:
        """Return an untrained network."""
        return OneLook()

    def encode(self, points: Floats) -> tuple[Tensor, Array]:
        """See ``Problem``."""
        shift: Array = np.median(points, axis=1)
        shift[:, 2] = 0.0
        return torch.tensor((points - shift[:, None]) / SMALL, dtype=torch.float32), shift

    def decode(self, out: Array, shift: Array) -> dict[str, Array]:
        """Return ``centre`` (B, 3), ``height`` (B,), ``width`` (B,) and ``across`` (B, 8), all in
        m.
        """
        metres = SMALL * out
        height = np.maximum(0.0, metres[:, 2])
        return {
            "centre": np.concatenate([metres[:, :2] + shift[:, :2], height[:, None] / 2], axis=1),
            "height": height,
            "width": np.maximum(0.0, metres[:, 3]),
            "across": np.maximum(0.0, metres[:, 4:]),
        }

    def target(self, truth: Truth, shift: Array) -> Array:
        """See ``decode``."""
        centre = truth["centre"][:, :2] - shift[:, :2]
        rows = (centre, truth["height"][:, None], truth["width"][:, None], truth["across"])
        out: Array = np.concatenate(rows, axis=1) / SMALL
        return out

    def vary(self, points: Floats, truth: Truth, rng: np.random.Generator) -> tuple[Floats, Truth]:
        """Turn clouds by eighths of half a turn; cameras are not just where they are said to be."""
        n, k = len(points), len(ANGLES)
        eighths = rng.integers(2 * k, size=n)
        c, s = np.cos(eighths * np.pi / k), np.sin(eighths * np.pi / k)
        turn = np.broadcast_to(np.eye(4), (n, 4, 4)).copy()
        turn[:, :2, :2] = np.moveaxis(np.array([[c, -s], [s, c]]), -1, 0)
        centre = moved(truth["centre"][:, None].astype(np.float32), turn)[:, 0]
        columns = (np.arange(k) - eighths[:, None]) % k
        across = np.take_along_axis(np.asarray(truth["across"], float), columns, axis=1)
        points = moved(moved(points, turn), miscalibration(rng, n))
        return points, {**truth, "centre": centre, "across": across}

    def estimate(self, net: nn.Module, points: Tensor, kind: Tensor) -> Seen:
        """Return the look."""
        seen: Seen = net(points, kind)
        return seen

    def loss(self, net: nn.Module, batch: Batch) -> Tensor:
        """Return the loss, all outputs weighing the same."""
        return F.smooth_l1_loss(net(batch.points, batch.kind).out, batch.target, beta=0.05)


PROBLEMS: Mapping[str, Problem] = {p.name: p for p in (ToolProblem(), ObjectProblem())}


def in_camera(clouds: Clouds, look: npt.ArrayLike) -> Clouds:
    """Tool clouds in the frames of their cameras, which look at a place (3,) of the palm, m.

    What is left when neither hand nor camera is calibrated.
    """
    turn = facing(clouds.eye, np.asarray(look, float)[None])[:, :3, :3]
    hit = clouds.valid[..., None]
    points = np.where(hit, (clouds.points - clouds.eye[:, None]) @ turn, 0.0).astype(np.float32)
    tips = (clouds.truth["tips"] - clouds.eye[:, None]) @ turn
    eye = np.zeros_like(clouds.eye)
    return Clouds(points, clouds.entity, clouds.valid, eye, {**clouds.truth, "tips": tips})
