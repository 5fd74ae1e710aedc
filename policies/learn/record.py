"""What a run leaves to be read: a progress line, ``progress.csv``, TensorBoard."""

from __future__ import annotations

import csv
import io
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from stable_baselines3.common.logger import KVWriter, Logger

from habilis.assets import foreign

COLUMNS = {
    "steps": "", "seconds": "time/seconds", "fps": "time/fps",
    "episode_return": "rollout/ep_rew_mean", "episode_length": "rollout/ep_len_mean",
    "episode_success": "rollout/success_rate", "eval_success": "eval/success_rate",
    "eval_low": "eval/success_low", "eval_high": "eval/success_high",
    "eval_return": "eval/return", "loss": "train/loss", "std": "train/std",
    "ent_coef": "train/ent_coef",
}  # fmt: skip
"""Of ``progress.csv``, each with the key it is logged under; TensorBoard has all keys."""

BAR = 20


class Table(KVWriter):
    """``progress.csv``, appended to.

    Args:
      path: of the file.
      steps: rows after so many are dropped first: a resumed run writes them again.
    """

    def __init__(self, path: Path, steps: int) -> None:
        kept = [row for row in read(path) if row["steps"] <= steps] if path.is_file() else []
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.DictWriter(self._file, list(COLUMNS))
        self._writer.writeheader()
        self._writer.writerows(kept)
        self._file.flush()

    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0
    ) -> None:
        """Append the row of an environment step; columns without a value stay empty."""
        row = {name: key_values.get(key, "") for name, key in COLUMNS.items()}
        self._writer.writerow(row | {"steps": step})
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a ``progress.csv``; a cell is a number, or '' where nothing was logged.

    Raises:
      ValueError: the file is no such table.
      OSError: it is not there.
    """
    lines = io.StringIO(foreign.read_text(path, foreign.RECORD), newline="")
    with foreign.understood(path, "no progress of a training"):
        return [
            {k: "" if v == "" else int(v) if k == "steps" else float(v) for k, v in row.items()}
            for row in csv.DictReader(lines)
        ]


def make_logger(folder: Path, steps: int, say: Callable[[str], None]) -> Logger:
    """Make the logger of a run's folder; rows after so many steps are dropped before it goes on."""
    writers: list[KVWriter] = [Table(folder / "progress.csv", steps)]
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        say("no TensorBoard curves: pip install tensorboard")
    else:
        writers.append(_Curves(SummaryWriter(str(folder / "tensorboard"), purge_step=steps + 1)))
    return Logger(str(folder), writers)


class _Curves(KVWriter):
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0
    ) -> None:
        for key, value in key_values.items():
            if isinstance(value, (int, float)):
                self._writer.add_scalar(key, value, step)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


class Progress:
    """One line that is drawn again and again on a terminal; elsewhere a line a remark.

    Args:
      total: steps of the whole run.
      stream: where to.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total, self._stream = total, stream or sys.stderr
        self._live, self._drawn = self._stream.isatty(), 0.0
        self.note = ""

    def draw(self, steps: int, fps: float) -> None:
        """Show how far the run is and its steps per second, at most five times a second."""
        if not self._live or time.monotonic() - self._drawn < 0.2:
            return
        self._drawn = time.monotonic()
        share = min(1.0, steps / self._total)
        bar = "=" * round(BAR * share) + "." * (BAR - round(BAR * share))
        left = (self._total - steps) / fps if fps > 0 else math.inf
        eta = f"{left // 60:.0f} min {left % 60:02.0f} s left" if left < math.inf else ""
        text = f"[{bar}] {share:4.0%} {steps:,}/{self._total:,} steps, {fps:,.0f}/s, {eta}"
        self._stream.write(f"\r\x1b[K{text}  {self.note}")
        self._stream.flush()

    def say(self, text: str) -> None:
        """Print a line that stays, above the line that is drawn again and again."""
        self._stream.write(f"\r\x1b[K{text}\n" if self._live else f"{text}\n")
        self._stream.flush()
