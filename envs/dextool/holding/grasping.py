"""Grasps of a rigid tool: drawn at random, closed in physics, and kept if they hold.

The tool is put before the open hand at random and welded to the world while the fingers close;
then it is let go, and gravity pulls in six directions, one after the other.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from habilis.assets import foreign
from habilis.assets.arrays import Array
from habilis.assets.dextool.scans import TOOL, Inertial
from habilis.assets.dextool.scene import WELD, grasp_scene
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.things import Thing
from habilis.envs.dextool.holding.closings import FingerClosing, closing_of
from habilis.envs.dextool.poses import apart, compose, inverse
from habilis.envs.sim.make import make_sim
from habilis.envs.world.poses import quaternions

GRAVITY = 9.81  # m/s^2
DRIFT = 0.02  # m that a keypoint of a held tool may move under gravity from any side
_DEEP = 0.004  # m of overlap of tool and open hand
_STEP = 4  # substeps of 4 ms between commands
_CLOSE, _SETTLE, _HOLD = 0.6, 0.25, 0.45  # s
_LAG = (0.2, 0.6)  # rad that commands are ahead of joints that press
_ALONG = 0.15  # share of the tries with the handle along the fingers
_TILT = 0.35  # rad
_SHIFT, _TURN, _BEND = 0.006, 0.12, 0.08
"""M, rad and rad by which what is drawn near a grasp differs from it: standard deviations."""
_HANDLE = (-0.05, 0.06)  # m along the tool's x where it is taken
_PULLS = np.array([(0, 0, -1), (0, 0, 1), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)], float)


@dataclasses.dataclass(frozen=True, eq=False)
class Grasps:
    """K ways in which a hand holds a tool.

    Attributes:
      pose: (K, 7) of the tool in the frame of the palm's body, m and wxyz.
      q: (K, j) joints of the hand, rad.
      ctrl: (K, a) commands of its servos, which keep the tool, rad.
      drift: (K,) greatest way of a keypoint while gravity pulled from six sides, m.
      tried: how many were closed to find these.
    """

    pose: Array
    q: Array
    ctrl: Array
    drift: Array
    tried: int

    def __len__(self) -> int:
        return len(self.pose)

    def take(self, rows: Any) -> Grasps:
        """Some of them."""
        index = np.asarray(rows, int)
        kept = {k: getattr(self, k)[index] for k in ("pose", "q", "ctrl", "drift")}
        return Grasps(**kept, tried=self.tried)


def joined(lots: Sequence[Grasps]) -> Grasps:
    """All grasps of several lots, in their order."""
    names = ("pose", "q", "ctrl", "drift")
    rows = {name: np.concatenate([getattr(lot, name) for lot in lots]) for name in names}
    return Grasps(**rows, tried=sum(lot.tried for lot in lots))


def draw_grasps(
    hand: str, tool: Thing, rng: np.random.Generator, tries: int, inertial: Inertial | None = None
) -> Grasps:
    """Open hands before a tool that they do not overlap much with: what could become a grasp.

    Args:
      hand: a key of ``CLOSINGS``.
      tool: its x axis is along its handle.
      rng: of what is drawn.
      tries: how many.
      inertial: of the tool, where it is not that of its parts.

    Raises:
      ValueError: the tool fits nowhere between the fingers.
    """
    room, closing = _Room(grasp_scene(hand, tool, inertial)), closing_of(hand)
    return room.draw(
        lambda _: (
            closing.draw(room.hand, rng, 1)[0],
            compose(inverse(room.palm), _lay(closing, rng)),
        ),
        tries,
    )


def vary_grasps(
    hand: str, tool: Thing, grasps: Grasps, rng: np.random.Generator, tries: int,
    inertial: Inertial | None = None,
) -> Grasps:  # fmt: skip
    """Open hands before a tool that lies much as in grasps that hold it.

    Closing fingers turn a tool, so that what is drawn at random does not tell where it ends; in a
    hand that is opened again from a grasp it ends near where it was.

    Args:
      hand: a key of ``CLOSINGS``.
      tool: as the grasps hold it.
      grasps: (K,) of them, varied in turn.
      rng: of what is drawn.
      tries: how many.
      inertial: of the tool.
    """
    room, closing = _Room(grasp_scene(hand, tool, inertial)), closing_of(hand)
    opened = closing.reopened(room.hand, grasps.q)

    def vary(k: int) -> tuple[Array, Array]:
        row = k % len(grasps)
        turn = np.array([1.0, *(rng.normal(0.0, _TURN, 3) / 2)])
        by = np.concatenate((np.zeros(3), turn / np.linalg.norm(turn)))
        pose = compose(grasps.pose[row], by)
        pose[:3] += rng.normal(0.0, _SHIFT, 3)
        bent = opened[row] + rng.normal(0.0, _BEND, opened.shape[1]) * (opened[row] != 0)
        return np.clip(bent, room.hand.lower, room.hand.upper), pose

    return room.draw(vary, tries)


def close_grasps(
    hand: str, tool: Thing, opened: Grasps, rng: np.random.Generator,
    inertial: Inertial | None = None,
) -> Grasps:  # fmt: skip
    """Of what could become grasps, those that hold, the stillest first; there may be none.

    Args:
      hand: a key of ``CLOSINGS``.
      tool: as it was drawn with.
      opened: as drawn.
      rng: of how hard fingers press.
      inertial: of the tool.
    """
    search = _Search(_Room(grasp_scene(hand, tool, inertial)), closing_of(hand), opened)
    search.close(rng)
    drift = search.pull()
    order = np.argsort(drift)
    kept = order[drift[order] < DRIFT]
    found = search.found.take(kept)
    return dataclasses.replace(found, drift=drift[kept], tried=len(opened))


def find_grasps(
    hand: str, tool: Thing, rng: np.random.Generator, tries: int = 96,
    inertial: Inertial | None = None,
) -> Grasps:  # fmt: skip
    """Both of these, one after the other."""
    opened = draw_grasps(hand, tool, rng, tries, inertial)
    return close_grasps(hand, tool, opened, rng, inertial)


class _Room:
    """A hand alone with a tool, and where both are in the arrays of the model."""

    def __init__(self, compiled: Compiled) -> None:
        self.model = compiled.model
        spec = compiled.robot.effector.hand
        assert spec is not None
        self.hand: HandSpec = spec
        self.q, self.tool = compiled.index.qpos(spec.joints), compiled.index.qpos(TOOL)
        self.weld = int(compiled.index.equality(WELD)[0])
        self._data = mujoco.MjData(self.model)
        mujoco.mj_kinematics(self.model, self._data)
        palm = self._data.body(spec.palm)
        self.palm = np.concatenate((palm.xpos, palm.xquat))

    def draw(self, one: Callable[[int], tuple[Array, Array]], n: int) -> Grasps:
        """Of open hands (j,) and poses (7,) of the tool in the palm, n that overlap little."""
        kept: list[tuple[Array, Array]] = []
        for k in range(20 * n):
            q, held = one(k)
            pose = compose(self.palm, held)
            self._data.qpos[self.q], self._data.qpos[self.tool] = q, pose
            mujoco.mj_kinematics(self.model, self._data)
            mujoco.mj_collision(self.model, self._data)
            if not (self._data.contact.dist < -_DEEP).any():
                kept.append((q, held))
            if len(kept) == n:
                break
        if not kept:
            raise ValueError("the tool fits nowhere between the fingers")
        q, held = (
            np.array(rows) for rows in zip(*(kept[i % len(kept)] for i in range(n)), strict=True)
        )
        return Grasps(held, q, self.hand.command(q), np.zeros(n), n)


class _Search:
    """N hands that take the same tool, each from where it is open."""

    def __init__(self, room: _Room, closing: FingerClosing, opened: Grasps) -> None:
        self._room, self._n, self._opened = room, len(opened), opened.q
        self._closed = closing.target(room.hand, opened.q)
        self._sim = make_sim("cpu", room.model, self._n, 1)
        self._qpos, self._ctrl = self._sim.bind("qpos"), opened.ctrl
        pose = compose(room.palm, opened.pose)
        self._qpos[:, room.q], self._qpos[:, room.tool] = opened.q, pose
        self._sim.expand("eq_data")[:, room.weld, 3:10] = pose
        self._sim.bind("eq_active")[:, room.weld] = 1
        self._gravity = self._sim.expand("opt.gravity")
        self._gravity[:] = 0.0

    def close(self, rng: np.random.Generator) -> None:
        """Close the fingers on the welded tool, no harder than a lag allows, and let go."""
        lag, step = rng.uniform(*_LAG, (self._n, 1)), self._room.model.opt.timestep
        steps = round(_CLOSE / (_STEP * step))
        for i in range(steps):
            want = self._opened + (i + 1) / steps * (self._closed - self._opened)
            q = self._qpos[:, self._room.q]
            ctrl = self._room.hand.command(np.clip(want, q - lag, q + lag))
            self._ctrl = np.clip(ctrl, *self._room.model.actuator_ctrlrange.T)
            self._wait(_STEP * step)
        self._sim.bind("eq_active")[:, self._room.weld] = 0
        self._wait(_SETTLE)

    def _wait(self, seconds: float) -> None:
        steps = round(seconds / self._room.model.opt.timestep)
        self._sim.rollout(steps, np.repeat(self._ctrl[:, None], steps, axis=1))

    def pull(self) -> Array:
        """(N,) how far tools move under gravity, m; what they are like after the first pull is
        what is ``found``."""
        room, worst = self._room, np.zeros(self._n)
        start = self._qpos[:, room.tool].copy()
        for k, pull in enumerate(_PULLS):
            self._gravity[:] = GRAVITY * pull
            self._wait(_HOLD)
            far = apart(self._qpos[:, room.tool], start)
            worst = np.maximum(worst, np.where(np.isfinite(far), far, np.inf))
            if k == 0:
                pose = compose(inverse(room.palm), self._qpos[:, room.tool])
                q = self._qpos[:, room.q].copy()
                self.found = Grasps(pose, q, self._ctrl.copy(), worst.copy(), self._n)
        time = self._sim.bind("time")
        worst[time < time.max() - 1e-6] = np.inf  # the engine gave up on it and began anew
        return worst


def _lay(closing: FingerClosing, rng: np.random.Generator) -> Array:
    """(7,) a random pose of a tool before the hand."""
    x = np.array([0.0, 1.0 if rng.random() < 0.5 else -1.0, 0.0])
    if rng.random() < _ALONG:
        x = x[[1, 0, 2]]
    x = x + rng.normal(0.0, _TILT, 3) * (x == 0)
    x /= np.linalg.norm(x)
    y = np.cross(rng.normal(size=3), x)
    y /= np.linalg.norm(y)
    turn = np.column_stack((x, y, np.cross(x, y)))
    at = rng.uniform(closing.low, closing.high) - handle_point(rng) * x
    return np.concatenate((at, quaternions(turn[None])[0]))


def handle_point(rng: np.random.Generator) -> float:
    """Where along its x axis a tool is taken, m."""
    return float(rng.uniform(*_HANDLE))


def save_grasps(path: Path, grasps: Grasps, about: Mapping[str, Any]) -> None:
    """Write grasps, and how they were found, to a JSON file."""
    rows = {k: np.round(getattr(grasps, k), 6).tolist() for k in ("pose", "q", "ctrl", "drift")}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, "tried": grasps.tried, **rows}) + "\n", encoding="utf-8")


@functools.lru_cache(maxsize=64)
def load_grasps(path: Path) -> Grasps:
    """Read what ``save_grasps`` wrote."""
    data = foreign.parse(foreign.read_text(path), str(path))
    with foreign.understood(path, "no grasps"):
        rows = {k: np.array(data[k], float) for k in ("pose", "q", "ctrl", "drift")}
        return Grasps(**rows, tried=int(data["tried"]))
