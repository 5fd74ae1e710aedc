"""Clouds of tools in a hand that moves them: random openings, gravity, cameras and grasps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.grasps import GraspKeyframe, load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.tools import make_tool
from habilis.assets.tools.registry import SUITE
from habilis.envs.hand.holding import GRAVITY, Holding
from habilis.envs.hand.synergy import Synergies
from habilis.envs.hand.tool_cloud import CONE, LOOK, TOOL_GROUPS, ToolCamera
from habilis.envs.world.poses import matrices
from habilis.envs.world.seeing.window import cone
from habilis.policies.encoder.clouds import Clouds, compact, join

KINDS = SUITE
HAND = "leap"
TRAIN_SIZES, HELD_OUT_SIZE = ("small", "large"), "medium"
WINDOW = (32, 64)  # rays
SPREAD = {
    "mass": (0.5, 2.0), "springs": (0.7, 1.3), "drag": (0.8, 1.2), "friction": (0.8, 1.2),
    "gains": (0.8, 1.2),
}  # fmt: skip
"""Factors of the model's own values, see ``Layout``."""
STRIDE = 5  # steps between two looks at one hand
REDRAW = 0.15  # chance in a step that a hand is told another opening
PACE = 0.06  # part of the range that a command moves in a step
LEAST = 64  # points that must be seen


def look_in_palm() -> Array:
    """Return the place (3,) that cameras look at, in the frame of the palm, m."""
    camera = ToolCamera(Holding(compile_hand(HAND, make_tool(KINDS[0])), 1, 1))
    return camera.to_palm(np.array(LOOK))


def split(grasps: Sequence[GraspKeyframe], held_out: bool) -> list[GraspKeyframe]:
    """Return the grasps that are held out of training, every fourth, or the others."""
    return [g for i, g in enumerate(grasps) if (i % 4 == 3) == held_out]


def tool_clouds(
    kind: str,
    size: str,
    count: int,
    rng: np.random.Generator,
    *,
    held_out: bool | None = False,
    sims: int = 96,
    points: int = 640,
    window: tuple[int, int] = WINDOW,
    cone_angle: float = CONE,
    nthread: int = 1,
) -> Clouds:
    """Exact clouds of one tool in motion, in the frame of the palm.

    Truth: ``kind`` index in ``KINDS``, ``gap`` m between the tips, ``share`` of the stroke,
    ``tips`` (n, 2, 3) of base and moving half, m; ``visible``, the share of the tool's points that
    fingers leave to be seen.

    Args:
      kind, size: of the tool.
      count: how many.
      rng: source of randomness.
      held_out: the grasps held out of training, the others, or None for all.
      sims: hands side by side.
      points: of the tool, at most, in a cloud.
      window: rays across and along the tool.
      cone_angle: of the cameras about the nominal one, rad.
      nthread: threads of the physics.
    """
    compiled = compile_hand(HAND, make_tool(kind, size))
    found = load_grasps(HAND, kind, size)
    found.check(compiled.model)
    grasps = found.grasps if held_out is None else split(found.grasps, held_out)
    hands = _Hands(Holding(compiled, min(sims, count), nthread), grasps, rng)
    camera = ToolCamera(hands.world, window)
    alone = ToolCamera(hands.world, window, groups=TOOL_GROUPS)
    sets, have = [], 0
    while have < count:
        hands.move(STRIDE)
        frames = camera.frames(rng, cone_angle)
        cloud, eye = camera.look(frames, rng)
        bare, _ = alone.look(frames)
        truth = _truth(hands.world, kind)
        hits = (cloud.entity >= 0).sum(axis=1)
        truth["visible"] = hits / np.maximum(1, (bare.entity >= 0).sum(axis=1))
        whole = Clouds(*compact(cloud, eye, points, points // 8, rng), truth)
        sets.append(whole.take((hits >= LEAST) & ~hands.lost))
        have += len(sets[-1])
    return join(sets).take(np.arange(count))


def _truth(world: Holding, kind: str) -> dict[str, npt.NDArray[np.generic]]:
    tool, opening, pose = world.held.tool, world.opening, world.tool_in_palm
    tips = np.stack(tool.tips(opening), axis=1)
    placed = tips @ matrices(pose[:, 3:]).transpose(0, 2, 1) + pose[:, None, :3]
    return {
        "kind": np.full(world.n, KINDS.index(kind)),
        "gap": tool.gap(opening),
        "share": opening / tool.joint.stroke,
        "tips": placed,
    }


class _Hands:
    """Hands that wander through their tools' ranges; what is lost is picked up anew."""

    def __init__(
        self, world: Holding, grasps: Sequence[GraspKeyframe], rng: np.random.Generator
    ) -> None:
        self.world, self._grasps, self._rng = world, grasps, rng
        n = world.n
        rows = [grasps[i % len(grasps)] for i in range(n)]
        self._synergies = Synergies(rows)
        self._u, self._goal = self._synergies.hold.copy(), np.zeros(n)
        self._begin(np.arange(n), rows)
        self.move(STRIDE)

    @property
    def lost(self) -> npt.NDArray[np.bool_]:
        """(n,) dropped or diverged."""
        out: npt.NDArray[np.bool_] = self.world.dropped | self.world.diverged
        return out

    def move(self, steps: int) -> None:
        """Go on for some steps."""
        if len(gone := np.flatnonzero(self.lost)):
            drawn = self._rng.integers(len(self._grasps), size=len(gone))
            self._begin(gone, [self._grasps[i] for i in drawn])
        for _ in range(steps):
            low, high = self._synergies.limits.T
            new = self._rng.random(self.world.n) < REDRAW
            self._goal = np.where(new, self._rng.uniform(low, high), self._goal)
            pace = PACE * (high - low)
            self._u += np.clip(self._goal - self._u, -pace, pace)
            self.world.step(self.world.held.hand.command(self._synergies.joints(self._u)))

    def _begin(self, ids: Ids, grasps: list[GraspKeyframe]) -> None:
        k, rng = len(ids), self._rng
        down = cone(rng, k, np.array([0.0, 0.0, 1.0]), np.pi) * GRAVITY
        spread = {name: rng.uniform(*limits, k) for name, limits in SPREAD.items()}
        self.world.vary(ids, down, **spread)
        self.world.reset(ids, grasps)
        self._synergies.put(ids, grasps)
        self._u[ids] = self._synergies.hold[ids]
        self._goal[ids] = rng.uniform(*self._synergies.limits[ids].T)
