"""Tables of hands that pose tools: DexToolBench, and what the tools did."""

from __future__ import annotations

from typing import Any

import numpy as np

from habilis.policies.evaluation.statistics import rate
from habilis.scripts.docs.results.cells import Row, table, within

_DEEDS = {
    "nail": "drive a nail, of 40 mm", "ink": "write, IoU with the stroke",
    "erase": "wipe off, of the stroke", "sweep": "sweep, of the beads",
}  # fmt: skip


def dextoolbench(stored: dict[str, Any]) -> str:
    """Goals reached in order with a tool that starts in the hand, by sequence, and all together."""
    rows = [
        [
            _name(row), str(row["goals"]), str(row["planned"]),
            _turns(row), _listed(row["reached"]),
            f"{row['complete']} of {row['episodes']}", str(row["dropped"]),
        ]
        for row in _sorted(stored)
    ]  # fmt: skip
    return table(
        [
            "sequence",
            "goals",
            "in reach",
            "turned in the hand after",
            "reached",
            "complete",
            "dropped",
        ],
        [*rows, _total(stored["summary"])],
    )


def dextoolbench_pickup(stored: dict[str, Any]) -> str:
    """How often tools are taken up from the table, and why not."""
    rows = [
        [
            _name(row), str(row["fit"]), str(row["lifted"]), f"{row['taken']} of {row['episodes']}",
            f"{sum(row['reached'])} of {row['episodes']}",
            row["why"] or ("" if row["taken"] else "lifted once, but in no episode"),
        ]
        for row in _sorted(stored)
    ]  # fmt: skip
    total = stored["summary"]
    first = sum(sum(row["reached"]) for row in stored["rows"])
    rows.append([
        f"**{_counted(total['sequences'])}**", "", "",
        f"{total['taken_sequences']} mostly; {rate(total['taken'], total['episodes'])}",
        rate(first, total["episodes"]), "",
    ])  # fmt: skip
    head = ["sequence", "hands tried", "of these lift", "taken up", "first goal", "why not"]
    return table(head, rows)


def _counted(sequences: int) -> str:
    return f"{sequences} of 24 sequences"


def dextoolbench_effects(poses: dict[str, Any], use: dict[str, Any]) -> str:
    """What tools did that started in the hand: on goals as recorded, and aimed at the work.

    Args:
      poses: the run on the recorded goals.
      use: the run in which tools do their work.
    """
    rows = []
    done = {row["sequence"]: row for row in use["rows"]}
    then = {row["sequence"]: row for row in poses["rows"] if "effect" in row}
    for name, row in sorted((then | done).items()):
        deed = row["deed"] if name in done else row["effect"]["deed"]
        told = ["not run", "", ""]
        if name in done:
            told = [_did(row["done"]), str(row["reach"]), f"{row['dropped']} of {row['episodes']}"]
        before = _did(then[name]["effect"]["recorded"]) if name in then else "not run"
        rows.append([_name(row), _DEEDS[deed], before, *told])
    for deed, of in poses["summary"]["effects"].items():
        now = use["summary"]["effects"].get(deed, {"sequences": 0})
        rows.append([
            f"**mean**, of {of['sequences']} and {now['sequences']}", _DEEDS[deed],
            within(of["recorded"], *of["recorded_interval"]),
            within(now["done"], *now["done_interval"]) if now["sequences"] else "", "", "",
        ])  # fmt: skip
    head = [
        "sequence", "what is to be done", "done on goals as recorded", "done, aimed at the work",
        "grasps in reach of it", "dropped",
    ]  # fmt: skip
    return table(head, rows)


def _did(scores: Row) -> str:
    told = f"{np.mean(scores['score']):.2f}"
    if "driven_mm" in scores and max(scores["blows"]) > 0:
        way, blows, each = (np.mean(scores[key]) for key in ("driven_mm", "blows", "mm_a_blow"))
        told += f" ({way:.1f} mm by {blows:.1f} blows, {each:.2f} mm each)"
    return told


def _sorted(stored: dict[str, Any]) -> list[Row]:
    return sorted(stored["rows"], key=lambda row: str(row["sequence"]))


def _name(row: Row) -> str:
    return f"`{row['sequence']}`" + (" (recorded inside the table)" if row["buried"] else "")


def _turns(row: Row) -> str:
    """After which goals the tool is turned in the hand; '' where one grasp does all."""
    if row.get("turns") or row["complete"] == row["episodes"]:
        return ", ".join(str(turn) for turn in row.get("turns", ()))
    return "none leads further" if "turns" in row else "not tried"


def _listed(counts: list[int]) -> str:
    """Counts of episodes in short: ``7-9`` where they differ."""
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low}-{high}"


def _total(total: Row) -> list[str]:
    return [
        f"**{_counted(total['sequences'])}**", "", "", "",
        f"progress {within(total['progress'], *total['progress_interval'])}",
        rate(total["complete"], total["episodes"]),
        f"{total['drops_per_hundred_goals']:.1f} per 100 goals",
    ]  # fmt: skip
