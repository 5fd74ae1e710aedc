"""Grasp keyframes: how a hand holds a tool, found by a search and stored as data.

One file for each hand, tool and size, ``<hand>/<tool>_<size>.json``. A keyframe is the whole state
that the physics continues from, so it fits one model only: the file carries the model's digest.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets import foreign
from habilis.assets.arrays import Array
from habilis.assets.hand_scene import digest_of
from habilis.assets.names import check_known
from habilis.assets.robots.hands.registry import HANDS
from habilis.assets.tools.registry import SIZES, TOOLS

FOLDER = Path(__file__).parent
DIGITS = 7  # after the point, of everything stored: m, rad, m/s, rad/s
_ARRAYS = (
    "tool_pose", "values", "table", "pre", "qpos", "qvel", "ctrl", "warmstart",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class GraspScore:
    """What a grasp was measured to do; the worst over the directions of gravity that were tried.

    Attributes:
      drift: of the tool in the hand during the hold, mm; of its origin or its tip.
      turn: of the tool in the hand during the hold, degrees.
      creep: speed of the drift over the second half of the hold, mm/s.
      range: part of the joint's range that the synergy sweeps.
      low: least joint value reached, part of the range; high: the greatest.
      hysteresis: greatest difference between opening and closing at one command, part of the range.
      reverse: greatest way that the joint goes against the command, part of the range.
      sweep_drift: farthest that the tool is from where it was held, during the sweep, mm.
      sweep_turn: the same, degrees.
    """

    drift: float
    turn: float
    creep: float
    range: float
    low: float
    high: float
    hysteresis: float
    reverse: float
    sweep_drift: float
    sweep_turn: float

    @property
    def quality(self) -> float:
        """Higher is better: range and repeatability, less what the tool moves in the hand."""
        return self.range - self.hysteresis - self.reverse - self.sweep_turn / 90 - self.creep / 2


@dataclasses.dataclass(frozen=True, eq=False)
class GraspKeyframe:
    """A hand holding a tool. Poses are in the frame of the hand's model (see ``HandSpec``).

    Attributes:
      fingers: those that touch, thumb first.
      tool_pose: (7,) of the tool frame while the fingers close, m and wxyz.
      values: (K,) tool joint values of the table's rows, rising, rad or m.
      table: (K, j) hand joints that press on the tool at each: the synergy.
      pre: (j,) hand joints with the fingers off the open tool.
      hold: joint value commanded at the keyframe.
      limits: least and greatest joint value to command; beyond, the tool is lost or stays put.
      qpos, qvel, ctrl, warmstart: the keyframe: released, at rest, without gravity; numbers of the
        model, ctrl (a,).
      score: what it was measured to do.
    """

    fingers: tuple[str, ...]
    tool_pose: Array
    values: Array
    table: Array
    pre: Array
    hold: float
    limits: tuple[float, float]
    qpos: Array
    qvel: Array
    ctrl: Array
    warmstart: Array
    score: GraspScore | None = None

    def joints(self, u: npt.ArrayLike) -> Array:
        """Hand joints (..., j) to command for tool joint values ``u`` (...).

        Linear between the rows of the table and beyond its ends; not clipped to ``limits``.
        """
        value = np.asarray(u, float)
        row = np.clip(np.searchsorted(self.values, value) - 1, 0, len(self.values) - 2)
        low, high = self.values[row], self.values[row + 1]
        part = ((value - low) / (high - low))[..., None]
        return self.table[row] + part * (self.table[row + 1] - self.table[row])


@dataclasses.dataclass(frozen=True)
class GraspSet:
    """The grasps of one tool in one hand, best first.

    Attributes:
      hand: key of ``HANDS``; tool: key of ``TOOLS``; size: of ``SIZES``.
      digest: of the model that they were found on.
      made: how they were found: seed, candidates, versions.
      grasps: the keyframes.
    """

    hand: str
    tool: str
    size: str
    digest: str
    made: Mapping[str, Any]
    grasps: tuple[GraspKeyframe, ...]

    def __len__(self) -> int:
        return len(self.grasps)

    def check(self, model: mujoco.MjModel) -> None:
        """ValueError unless a hand and tool in empty space are what the keyframes are states of."""
        digest = digest_of(model)
        if digest != self.digest:
            raise ValueError(
                f"grasps of {self.tool}_{self.size} in {self.hand} are of model {self.digest}, but"
                f" this model is {digest}: hand, tool or physics have changed since; find"
                f" them again with: habilis grasps find {self.tool} --size {self.size}"
                f" --hand {self.hand}"
            )


def grasp_path(hand: str, tool: str, size: str, folder: Path = FOLDER) -> Path:
    """File of the grasps of a tool in a hand; ValueError for names that do not exist."""
    for kind, name, known in (("hand", hand, HANDS), ("tool", tool, TOOLS), ("size", size, SIZES)):
        check_known(kind, name, known)
    return folder / hand.replace(":", "-") / f"{tool}_{size}.json"


def stored(hand: str, folder: Path = FOLDER) -> list[tuple[str, str]]:
    """(tool, size) of what is stored for a hand, in the order of tools and sizes."""
    return [(t, s) for t in TOOLS for s in SIZES if grasp_path(hand, t, s, folder).exists()]


def load_grasps(hand: str, tool: str, size: str = "medium", folder: Path = FOLDER) -> GraspSet:
    """The stored grasps of a tool in a hand, best first.

    Raises:
      ValueError: a name that does not exist.
      FileNotFoundError: nothing is stored; the message says what is.
    """
    path = grasp_path(hand, tool, size, folder)
    if not path.exists():
        there = ", ".join(f"{t}_{s}" for t, s in stored(hand, folder)) or "none"
        raise FileNotFoundError(
            f"no grasps of {tool}_{size} in hand {hand!r}; stored: {there}; find them with:"
            f" habilis grasps find {tool} --size {size} --hand {hand}"
        )
    data = foreign.parse(foreign.read_text(path), str(path))
    with foreign.understood(path, "no set of grasps"):
        return GraspSet(
            data["hand"], data["tool"], data["size"], data["model"], data["made"],
            tuple(map(_read, data["grasps"])),
        )  # fmt: skip


def save_grasps(grasps: GraspSet, folder: Path = FOLDER) -> Path:
    """Write a set to its file, and say where that is."""
    path = grasp_path(grasps.hand, grasps.tool, grasps.size, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {
        "hand": grasps.hand, "tool": grasps.tool, "size": grasps.size, "model": grasps.digest,
        "made": dict(grasps.made),
    }  # fmt: skip
    rows = ",\n".join(json.dumps(_write(grasp)) for grasp in grasps.grasps)
    text = json.dumps(head, indent=1)[:-2] + ',\n "grasps": [\n' + rows + "\n ]\n}\n"
    path.write_text(text, encoding="utf-8")
    return path


def rounded(grasp: GraspKeyframe) -> GraspKeyframe:
    """The grasp as it will be read back, so that what is measured is what is stored."""
    return _read(json.loads(json.dumps(_write(grasp))))


def _write(grasp: GraspKeyframe) -> dict[str, Any]:
    row: dict[str, Any] = {
        "score": None if grasp.score is None else _round(dataclasses.asdict(grasp.score), 3),
        "fingers": list(grasp.fingers),
        "hold": round(grasp.hold, DIGITS),
        "limits": [round(u, DIGITS) for u in grasp.limits],
    }
    return row | {name: np.round(getattr(grasp, name), DIGITS).tolist() for name in _ARRAYS}


def _read(row: Mapping[str, Any]) -> GraspKeyframe:
    low, high = row["limits"]
    return GraspKeyframe(
        fingers=tuple(row["fingers"]),
        hold=row["hold"],
        limits=(low, high),
        score=None if row["score"] is None else GraspScore(**row["score"]),
        **{name: np.array(row[name], float) for name in _ARRAYS},
    )


def _round(row: Mapping[str, float], digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in row.items()}
