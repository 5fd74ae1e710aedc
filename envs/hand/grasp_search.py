"""Search for grasp keyframes: draw, close, sweep, hold, and keep what stays in the hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe, GraspScore, GraspSet, rounded
from habilis.assets.hand_scene import compile_hand, digest_of
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.model.held import HALVES
from habilis.assets.tools import make_tool
from habilis.envs.hand import grasp_scoring as scoring
from habilis.envs.hand.closing import close
from habilis.envs.hand.grasp_sampling import sample_grasps
from habilis.envs.hand.grasp_scoring import DIRECTIONS, SWEEP_DIRECTIONS
from habilis.envs.hand.holding import Holding

CHUNK = 32  # candidates measured at once
TRIES = 20  # draws of as many poses for one chunk
MOVED_M = 0.030  # by which letting go may move the tool
SCREEN_S, SCREEN_CREEP = 1.0, 3e-3  # s, m/s: a short hold that leaves out the hopeless


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a grasp must do to be kept; the fields of ``GraspScore``, and their units."""

    creep: float = 0.5
    drift: float = 10.0
    range: float = 0.80
    hysteresis: float = 0.25
    reverse: float = 0.10
    sweep_drift: float = 20.0
    sweep_turn: float = 30.0

    def passed(self, score: GraspScore) -> bool:
        """Whether a score is within them."""
        worst = all(
            getattr(score, name) <= getattr(self, name)
            for name in ("creep", "drift", "hysteresis", "reverse", "sweep_drift", "sweep_turn")
        )
        return worst and score.range >= self.range


@dataclasses.dataclass(frozen=True)
class Found:
    """How a search stands after a chunk: counts of candidates that came so far."""

    reached: int
    held: int
    swept: int
    kept: int


def find_grasps(
    hand: str,
    tool: str,
    size: str,
    seed: int = 0,
    candidates: int = 96,
    keep: int = 24,
    limits: Limits | None = None,
    nthread: int = 0,
    progress: Callable[[Found], None] | None = None,
) -> GraspSet:
    """The best grasps of a tool; the same for the same seed and numbers.

    Args:
      hand: key of ``HANDS``.
      tool: key of ``TOOLS``; size: of its sizes.
      seed: of everything random.
      candidates: grasps that the fingers can reach, to be tried in physics.
      keep: the most that are kept.
      limits: what a grasp must do.
      nthread: threads, 0 for all cores; the result does not depend on it.
      progress: called after each chunk.
    """
    compiled = compile_hand(hand, make_tool(tool, size))
    rng, limits = np.random.default_rng(seed), limits or Limits()
    search = _Search(compiled, nthread, limits)
    best: list[GraspKeyframe] = []
    total = Found(0, 0, 0, 0)
    while total.reached < candidates:
        chunk = _draw(compiled, rng, min(CHUNK, candidates - total.reached))
        if not chunk:
            break
        kept, found = search.try_all(chunk)
        best += kept
        total = Found(*(a + b for a, b in zip(_counts(total), _counts(found), strict=True)))
        if progress:
            progress(total)
    best.sort(key=_quality, reverse=True)
    made: dict[str, Any] = {
        "seed": seed, "candidates": total.reached, "passed": total.kept,
        "mujoco": mujoco.__version__, "limits": dataclasses.asdict(limits),
    }  # fmt: skip
    return GraspSet(hand, tool, size, digest_of(compiled.model), made, tuple(best[:keep]))


def score_grasps(
    compiled: Compiled, grasps: Sequence[GraspKeyframe], nthread: int = 0
) -> list[GraspScore | None]:
    """Measure keyframes again, from nothing but what is stored; None for a tool that was lost."""
    return _Search(compiled, nthread, Limits()).scores(grasps)


def _counts(found: Found) -> tuple[int, ...]:
    return dataclasses.astuple(found)


def _quality(grasp: GraspKeyframe) -> float:
    assert grasp.score is not None
    return grasp.score.quality


def _draw(compiled: Compiled, rng: np.random.Generator, count: int) -> list[GraspKeyframe]:
    out: list[GraspKeyframe] = []
    for _ in range(TRIES):
        out += sample_grasps(compiled, rng, count)
        if len(out) >= count:
            break
    return out[:count]


class _Search:
    def __init__(self, compiled: Compiled, nthread: int, limits: Limits) -> None:
        self.compiled, self.nthread, self.limits = compiled, nthread, limits

    def world(self, n: int) -> Holding:
        return Holding(self.compiled, n, self.nthread)

    def try_all(self, chunk: list[GraspKeyframe]) -> tuple[list[GraspKeyframe], Found]:
        """Those of a chunk that pass, scored."""
        held = self.screened(self.closed(chunk))
        centred = self.closed(self.with_limits(held)) if held else []
        scores = self.scores(centred)
        kept = [
            rounded(dataclasses.replace(grasp, score=score))
            for grasp, score in zip(centred, scores, strict=True)
            if score is not None and self.limits.passed(score)
        ]
        swept = sum(score is not None for score in scores)
        return kept, Found(len(chunk), len(held), swept, len(kept))

    def closed(self, grasps: Sequence[GraspKeyframe]) -> list[GraspKeyframe]:
        """With keyframes: those in which the tool, let go of, stays between the fingers."""
        world = self.world(len(grasps))
        close(world, grasps)
        start = np.array([grasp.tool_pose for grasp in grasps])
        moved = np.linalg.norm(world.tool_pose[:, :3] - start[:, :3], axis=1)
        pressed = world.touching.any(axis=1).sum(axis=1) == len(HALVES)
        good = (moved < MOVED_M) & pressed & ~world.diverged
        return [rounded(world.keyframe(i, grasps[i])) for i in range(world.n) if good[i]]

    def screened(self, grasps: list[GraspKeyframe]) -> list[GraspKeyframe]:
        """Those that hold for a moment in two directions."""
        if not grasps:
            return []
        some = DIRECTIONS[list(SWEEP_DIRECTIONS)]
        out = scoring.hold(self.world(2 * len(grasps)), grasps, some, SCREEN_S)
        return [grasps[i] for i in np.flatnonzero(out.kept & (out.creep < SCREEN_CREEP))]

    def with_limits(self, grasps: list[GraspKeyframe]) -> list[GraspKeyframe]:
        """With the commands between which the synergy is of use, held half-way between them."""
        some = DIRECTIONS[list(SWEEP_DIRECTIONS)]
        world, stroke = self.world(2 * len(grasps)), self.compiled.in_hand.tool.joint.stroke
        ends = []
        for closing, end in zip((False, True), scoring.REACH, strict=True):
            way = np.full((len(grasps), 1), end)
            out = scoring.sweep(world, grasps, some, way, scoring.REACH_S)
            ends.append(scoring.useful_commands(out, closing=closing) * stroke)
        return [
            dataclasses.replace(grasp, limits=(float(low), float(high)), hold=float(low + high) / 2)
            for grasp, low, high in zip(grasps, *ends, strict=True)
        ]

    def scores(self, grasps: Sequence[GraspKeyframe]) -> list[GraspScore | None]:
        """Of each: a cycle through its limits, then five seconds in each direction."""
        out: list[GraspScore | None] = [None] * len(grasps)
        if not grasps:
            return out
        cycle, lost = self.cycle(grasps)
        going = [i for i in range(len(grasps)) if not lost[i]]
        if not going:
            return out
        rows = [grasps[i] for i in going]
        held = scoring.hold(
            self.world(len(DIRECTIONS) * len(rows)), rows, DIRECTIONS, scoring.HOLD_S
        )
        for k, i in enumerate(going):
            if held.kept[k]:
                swept = {name: float(row[i]) for name, row in cycle.items()}
                out[i] = GraspScore(
                    drift=1e3 * float(held.drift[k]), turn=float(np.degrees(held.turn[k])),
                    creep=1e3 * float(held.creep[k]), **swept,
                )  # fmt: skip
        return out

    def cycle(self, grasps: Sequence[GraspKeyframe]) -> tuple[dict[str, Array], list[bool]]:
        """What a sweep to the open end, the closed one and back did, and which tools were lost."""
        some = DIRECTIONS[list(SWEEP_DIRECTIONS)]
        stroke = self.compiled.in_hand.tool.joint.stroke
        limits = np.array([grasp.limits for grasp in grasps]) / stroke
        ways = limits[:, [0, 1, 0]]
        world = self.world(len(some) * len(grasps))
        out = scoring.sweep(world, grasps, some, ways, scoring.CYCLE_S)
        return scoring.cycle_score(out), [bool(row.any()) for row in out.lost]
