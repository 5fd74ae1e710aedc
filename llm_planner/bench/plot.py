"""The plot of a result of the creative suite: a dot with its interval per task and twin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench.creative import OFFLINE
from habilis.llm_planner.bench.table import label, score

PUBLISHED = 0.87
"""Mean success of RoboTool over its simulated tasks, all of which need a tool: Xu et al.,
arXiv 2310.13065. Another simulator and other prompts: a reference, not a comparison."""
COLORS = ("#0072b2", "#e69f00", "#009e73")  # Okabe and Ito, told apart by the colour-blind
MARKERS = ("o", "s", "D")
WANTED = ("success", "success without it", "refusal or another way")


def save_plot(result: Mapping[str, Any], path: Path) -> None:
    """Draw a stored result as PNG.

    Raises:
      ImportError: matplotlib is missing; says how to get it.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('no plot: matplotlib is missing; pip install "habilis[plot]"') from error
    rows = result["discrimination"]
    rows = rows[:1] if len(rows) == 2 else rows  # of one task, all tasks are the same again
    figure = Figure(figsize=(8.0, 1.9 + 0.75 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    handles = _dots(axes, rows)
    if result["setup"]["planner"] not in OFFLINE:
        said = f"RoboTool as published, tool needed: mean {PUBLISHED}"
        look: dict[str, Any] = {"color": COLORS[0], "linestyle": ":", "linewidth": 1.5}
        handles.append(axes.axvline(PUBLISHED, zorder=1, label=said, **look))
    _finish(axes, rows)
    whole = result["discrimination"][-1]
    title = f"discrimination {score(whole)}, " if whole["score"] is not None else ""
    title = f"{label(result['setup'])}\n{title}{whole['episodes']} episodes"
    axes.set_title(title, fontsize=11, loc="left")
    figure.legend(handles=handles, loc="outside lower left", ncols=2, frameon=False, fontsize=9)
    figure.savefig(path, dpi=150)


def _dots(axes: Any, rows: list[Mapping[str, Any]]) -> list[Any]:
    """A row of the table a line, a twin a colour; returns what the legend shows."""
    handles = []
    looks = zip(SUFFIXES, COLORS, MARKERS, WANTED, strict=True)
    for k, (twin, color, marker, wanted) in enumerate(looks):
        shown = [(i + 0.22 * (k - 1), r[twin]) for i, r in enumerate(rows) if r[twin]["episodes"]]
        if not shown:
            continue
        rates = [t["rate"] for _, t in shown]
        low = [t["rate"] - t["interval"][0] for _, t in shown]
        high = [t["interval"][1] - t["rate"] for _, t in shown]
        handles.append(
            axes.errorbar(
                rates, [y for y, _ in shown], xerr=[low, high], fmt=marker, color=color,
                markersize=7, elinewidth=1.8, capsize=3, label=f"{twin}: {wanted}",
                clip_on=False, zorder=3,
            )
        )  # fmt: skip
    return handles


def _finish(axes: Any, rows: list[Mapping[str, Any]]) -> None:
    """Scales, and bands that keep what belongs together apart from the rest."""
    names = ["all tasks" if r["task"] == "all" else r["task"] for r in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of episodes that are right, with 95 % interval; bold: mean of the twins")
    for i in range(0, len(rows), 2):
        axes.axhspan(i - 0.5, i + 0.5, color="0.955", zorder=0)
    for i, row in enumerate(rows):
        if row["score"] is not None:
            axes.text(1.03, i, f"{row['score']:.2f}", va="center", fontweight="bold")
    axes.grid(axis="x", color="0.85", linewidth=0.8, zorder=0.5)
    axes.tick_params(axis="y", length=0, pad=10)
    axes.spines[["top", "right", "left"]].set_visible(False)
