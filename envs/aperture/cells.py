"""What an episode can take place in: a hand, a tool, and starts in which it is held."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe, load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.names import check_known
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.tools import make_tool
from habilis.assets.tools.probe import Probe
from habilis.envs.hand.closing import close, glide, load
from habilis.envs.hand.holding import GRAVITY, Holding
from habilis.envs.sim.snapshot import Snapshot

Split = Literal["train", "held_out"]
SPLITS: tuple[Split, ...] = ("train", "held_out")
SIZES = {"train": ("small", "large"), "held_out": ("medium",)}
"""Tool sizes of each split; grasps are of one size, so held-out sizes are held-out grasps too."""
STARTS = 48
"""Starts of a cell, by default; each has a grasp and properties of its own."""
SETTLE_S = 0.5  # s, in which a keyframe gets used to other springs and gains
PROVE_S = 0.5  # s for which a start must hold the tool under gravity
SLACK = 0.2  # of the model's own spring, below which only pressing to the end holds the tool

RANGES: dict[str, tuple[float, float]] = {
    "mass": (0.6, 1.6),
    "drag": (0.5, 2.0),
    "friction": (0.7, 1.2),
    "gains": (0.85, 1.15),
}
"""Factors of the model's own values, drawn evenly."""
SPRINGS: dict[Split, tuple[tuple[float, float], ...]] = {
    "train": ((0.5, 1.5),),
    "held_out": ((0.35, 0.5), (1.5, 1.8)),
}
"""Factors of the spring's stiffness; held-out ones are softer and stiffer than all trained on."""


@dataclasses.dataclass(frozen=True, eq=False)
class Cell:
    """A hand with one tool, and K starts.

    Attributes:
      tool, size: keys of ``TOOLS`` and ``SIZES``.
      compiled: the model.
      grasps: those there are.
      grasp: (K,) which one a start has.
      spring: (K,) factor of its spring.
      starts: K simulations at rest, without gravity.
    """

    tool: str
    size: str
    compiled: Compiled
    grasps: tuple[GraspKeyframe, ...]
    grasp: npt.NDArray[np.int_]
    spring: Array
    starts: Snapshot


@functools.lru_cache(maxsize=64)
def make_cell(
    hand: str,
    tool: str,
    size: str,
    split: Split,
    springless: float,
    probed: bool = False,
    starts: int = STARTS,
) -> Cell:
    """The cell, always the same; starts in which the tool is lost within a second are left out.

    Args:
      hand: key of ``HANDS``; tool: of ``TOOLS``; size: of ``SIZES``.
      split: which springs there are, and which draws of everything else.
      springless: share of the starts whose tool has no spring.
      probed: whether there is a pad between its tips.
      starts: how many to draw.

    Raises:
      ValueError: an unknown split, or a tool that is lost in all starts.
      FileNotFoundError: there are no grasps of this tool in this hand.
    """
    check_known("split", split, SPLITS)
    found = load_grasps(hand, tool, size)
    compiled = compile_hand(hand, make_tool(tool, size), Probe() if probed else None)
    found.check(compiled.model)
    rng = np.random.default_rng([SPLITS.index(split), len(found), *map(ord, tool + size)])
    which = np.arange(starts) % len(found)
    spring = _springs(rng, split, starts)
    spring[rng.random(starts) < springless] = 0.0
    world = Holding(compiled, starts)
    drawn = {name: rng.uniform(*limits, starts) for name, limits in RANGES.items()}
    world.vary(np.arange(starts), np.zeros((starts, 3)), springs=spring, **drawn)
    _hold(world, [found.grasps[i] for i in which], spring)
    begun = world.save()
    kept = np.flatnonzero(_holds(world, rng))
    if not len(kept):
        raise ValueError(f"no start in which hand {hand!r} keeps {tool}_{size}")
    rows = begun.take(kept)
    return Cell(tool, size, compiled, found.grasps, which[kept], spring[kept], rows)


def _hold(world: Holding, grasps: Sequence[GraspKeyframe], spring: Array) -> None:
    """Every hand at rest around its tool: from its keyframe, or closed anew without a spring."""
    ids = np.arange(world.n)
    if (loose := spring < SLACK).any():
        close(world, grasps, first_command(grasps, spring))
    pressed = world.save()
    world.reset(ids, grasps)
    glide(world, world.ctrl.copy(), world.ctrl.copy(), SETTLE_S)
    world.mark(ids)
    world.restore(pressed.take(ids[loose]), ids[loose])


def first_command(grasps: Sequence[GraspKeyframe], spring: Array) -> Array:
    """(K,) joint values that hold tools whose springs have factors (K,)."""
    end = np.array([grasp.limits[1] for grasp in grasps])
    return np.where(spring < SLACK, end, [grasp.hold for grasp in grasps])


def _springs(rng: np.random.Generator, split: Split, count: int) -> Array:
    ranges = np.array(SPRINGS[split])
    low, high = ranges[rng.integers(len(ranges), size=count)].T
    return rng.uniform(low, high)


def _holds(world: Holding, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    lost = world.dropped | world.diverged
    load(world, GRAVITY * directions(rng, world.n))
    targets = world.ctrl.copy()
    for _ in range(round(PROVE_S / world.dt)):
        world.step(targets)
        lost |= world.diverged
    out: npt.NDArray[np.bool_] = ~(lost | world.dropped)
    return out


def directions(rng: np.random.Generator, count: int) -> Array:
    """(count, 3) unit vectors, evenly over the sphere."""
    v = rng.normal(size=(count, 3))
    out: Array = v / np.linalg.norm(v, axis=1, keepdims=True)
    return out
