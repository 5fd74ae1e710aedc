"""Learning curves over seeds, with intervals, as a picture."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.foreign import understood
from habilis.assets.names import check_known
from habilis.assets.scene.format.yaml_read import read as read_text
from habilis.assets.yaml_values import yaml_values
from habilis.policies.evaluation.statistics import bootstrap, over_seeds
from habilis.policies.learn.record import read

VALUES = {
    "eval_success": "success in evaluation",
    "eval_return": "return in evaluation",
    "episode_success": "success while training",
    "episode_return": "return while training",
}
COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")  # Okabe and Ito
LINES = ("-", "--", "-.", ":")


@dataclasses.dataclass(frozen=True)
class Curve:
    """The same training from one or more seeds.

    Attributes:
      label: what it is.
      steps: (T,) environment steps that every run has a value at.
      runs: (R, T) the values.
      mean, low, high: (T,) over runs, and its 95 % interval; of returns of a single run, the value.
    """

    label: str
    steps: np.ndarray[Any, Any]
    runs: np.ndarray[Any, Any]
    mean: np.ndarray[Any, Any]
    low: np.ndarray[Any, Any]
    high: np.ndarray[Any, Any]

    def plain(self) -> dict[str, Any]:
        """Return the whole curve as plain data, for JSON."""
        parts = {k: getattr(self, k).tolist() for k in ("steps", "runs", "mean", "low", "high")}
        return {"label": self.label, **parts}

    def last(self) -> dict[str, Any]:
        """Return the last point of the curve, with its interval, as plain data."""
        mean, low, high = (float(v[-1]) for v in (self.mean, self.low, self.high))
        return {
            "label": self.label, "seeds": len(self.runs), "steps": int(self.steps[-1]),
            "value": mean, "interval": [low, high],
        }  # fmt: skip


def load(folder: Path, value: str = "eval_success", label: str = "") -> Curve:
    """The curve of a run's folder, or of a folder of runs.

    Args:
      folder: with a ``progress.csv``, or with folders that have one.
      value: key of ``VALUES``.
      label: name of the folder if left out.

    Raises:
      ValueError: there is no run, an unknown value, or runs that share no step.
    """
    check_known("value", value, VALUES)
    found = [folder] if (folder / "progress.csv").is_file() else []
    found = found or sorted(path.parent for path in folder.glob("*/progress.csv"))
    if not found:
        raise ValueError(f"{folder} holds no training run: no progress.csv in it or below it")
    rows = [{r["steps"]: r[value] for r in read(f / "progress.csv") if r[value] != ""}
            for f in found]  # fmt: skip
    steps = np.array(sorted(set.intersection(*(set(r) for r in rows))), int)
    if not len(steps):
        raise ValueError(f"the {len(found)} runs in {folder} have no step with {value} in common")
    runs = np.array([[r[int(step)] for step in steps] for r in rows], float)
    episodes = [_episodes(f) for f in found] if value == "eval_success" else None
    points = np.array([_point(column, episodes) for column in runs.T])
    return Curve(label or folder.name, steps, runs, *points.T)


def save(curves: Sequence[Curve], value: str, path: Path, title: str = "") -> None:
    """Draw curves as PNG: each run thin, the mean thick, its interval as a band.

    Raises:
      ImportError: matplotlib is missing; says how to get it.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('no plot: matplotlib is missing; pip install "habilis[plot]"') from error
    figure = Figure(figsize=(8.0, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    looks = itertools.cycle(itertools.product(LINES, COLORS))
    for curve, (line, color) in zip(curves, looks, strict=False):
        x, n = curve.steps / 1000, len(curve.runs)
        said = f"{curve.label} ({n} seed{'s' if n != 1 else ''})"
        axes.fill_between(x, curve.low, curve.high, color=color, alpha=0.18, linewidth=0)
        if n > 1:
            axes.plot(x, curve.runs.T, color=color, alpha=0.4, linewidth=0.8)
        axes.plot(x, curve.mean, line, color=color, linewidth=2.2, label=said, marker="o",
                  markersize=3 if len(x) > 1 else 6)  # fmt: skip
    if value.endswith("success"):
        axes.set_ylim(-0.02, 1.02)
    axes.set_xlim(left=0)
    axes.set_xlabel("environment steps, thousands")
    axes.set_ylabel(f"{VALUES[value]}, mean with 95 % interval")
    axes.grid(color="0.88", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, fontsize=11, loc="left")
    figure.legend(loc="outside lower left", ncols=2, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def _point(values: np.ndarray[Any, Any], episodes: Sequence[int] | None) -> Sequence[float]:
    """Mean of runs (R,) and the limits of its interval."""
    rng = np.random.default_rng(0)
    if episodes is None:
        return float(values.mean()), *bootstrap(values, rng)
    counts = [(round(rate * n), n) for rate, n in zip(values, episodes, strict=True)]
    return over_seeds(counts, rng)


def _episodes(folder: Path) -> int:
    """In each evaluation of a run."""
    path = folder / "config.yaml"
    with understood(path, "no configuration of a training"):
        return int(yaml_values(read_text(path), "config.yaml")["evaluation"]["episodes"])
