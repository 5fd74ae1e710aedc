"""The goal sequences of DexToolBench: where a tool starts, and the poses that it is to go through.

Source: SimToolReal, arXiv 2602.16863; the files ``dextoolbench/trajectories`` of its data.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from habilis.assets import foreign
from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean

TABLE_TOP = 0.53
"""Height of the table top in the frame of the benchmark, m."""
KEYPOINTS: Array = 1.5 * np.array(
    [[x, y, z] for x, y, z in ((1, 1, 1), (1, 1, -1), (-1, -1, 1), (-1, -1, -1))]
) * (np.array([0.141, 0.03025, 0.0271]) / 2)  # fmt: skip
"""(4, 3) points of a tool by whose distance from where they should be a pose is judged, m: corners
of the benchmark's fixed box, by its factor 1.5."""
TOLERANCE = 0.01 * 1.5  # m
"""Of the farthest keypoint, at the end of the benchmark's curriculum and in its evaluation."""
BURIED = {"brush/red_brush"}
"""Tools whose recorded poses lie inside the table: by up to 31 mm at the start and 25 mm on the
way, which is the recording's error, as it is there with the raw mesh too. A rigid tool cannot
take them."""


@dataclasses.dataclass(frozen=True, eq=False)
class GoalSequence:
    """A task of the benchmark.

    Attributes:
      category, tool, task: as in the names of its files.
      start: (7,) pose of the tool at the start, m and wxyz, of the frame of its mesh.
      goals: (G, 7) poses to reach in their order.
    """

    category: str
    tool: str
    task: str
    start: Array
    goals: Array

    @property
    def name(self) -> str:
        """``category/tool/task``."""
        return f"{self.category}/{self.tool}/{self.task}"

    @property
    def buried(self) -> bool:
        """Whether its poses are known to lie inside the table, see ``BURIED``."""
        return f"{self.category}/{self.tool}" in BURIED


def load_sequences(root: Path, only: str = "") -> tuple[GoalSequence, ...]:
    """The goal sequences in a copy of the benchmark's data, by name.

    Args:
      root: of the copy.
      only: beginning of the names wanted, as ``hammer`` or ``hammer/claw_hammer``; all if empty.

    Raises:
      FileNotFoundError: there is none in it.
      ValueError: none of that name, or a file that holds no poses; names it.
    """
    folder = root / "dextoolbench" / "trajectories"
    paths = sorted(folder.glob("*/*/*.json"))
    if not paths:
        raise FileNotFoundError(f"no goal sequences in {folder}")
    names = ["/".join((*path.parts[-3:-1], path.stem)) for path in paths]
    chosen = [path for path, name in zip(paths, names, strict=True) if f"{name}/".startswith(only)]
    if not chosen:
        raise ValueError(did_you_mean("goal sequence", only, names))
    return tuple(_read(path) for path in chosen)


def interleaved(sequences: Sequence[GoalSequence]) -> list[GoalSequence]:
    """The same, a first task of a first tool of each category first: a part of them stands for all.

    Args:
      sequences: sorted by name.
    """
    tools: dict[str, list[str]] = {}
    seen: dict[tuple[str, str], int] = {}
    order = []
    for sequence in sequences:
        key = (sequence.category, sequence.tool)
        known = tools.setdefault(sequence.category, [])
        if sequence.tool not in known:
            known.append(sequence.tool)
        seen[key] = seen.get(key, -1) + 1
        order.append((seen[key], known.index(sequence.tool)))
    return [sequences[i] for i in sorted(range(len(order)), key=order.__getitem__)]


def _read(path: Path) -> GoalSequence:
    data = foreign.parse(foreign.read_text(path), str(path))
    with foreign.understood(path, "no 'start_pose' and 'goals' of seven numbers each"):
        rows = np.array([data["start_pose"], *data["goals"]], float)
    if rows.ndim != 2 or rows.shape[1] != 7 or not np.isfinite(rows).all():
        raise ValueError(f"{path}: poses are x, y, z, qx, qy, qz, qw, got an array {rows.shape}")
    poses = np.concatenate((rows[:, :3] - (0, 0, TABLE_TOP), rows[:, [6, 3, 4, 5]]), axis=1)
    poses[:, 3:] /= np.linalg.norm(poses[:, 3:], axis=1, keepdims=True)
    category, tool = path.parts[-3:-1]
    return GoalSequence(category, tool, path.stem, poses[0], poses[1:])
