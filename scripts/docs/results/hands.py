"""Tables of hands with articulated tools: openings, picking, functions, what clouds tell."""

from __future__ import annotations

from typing import Any

from habilis.policies.evaluation.statistics import rate
from habilis.scripts.docs.results.cells import Row, share, table, within

SEEN = {
    "privileged": "measured",
    "touch": "hidden: joints and touch",
    "cloud": "seen by the encoder",
}
"""How an observation group tells an agent of the tool's opening."""

SIZES = ("small", "medium", "large")


def aperture(*stored: dict[str, Any]) -> str:
    """Policies beside PI on the same episodes, by condition and by how the opening is known."""
    head = ["condition", "opening", "agent", "success", "dropped", "seconds", "solved by one only"]
    return table(head, [_aperture_row(row) for one in stored for row in one["rows"]])


def _aperture_row(row: Row) -> list[str]:
    policy, n = row["seed"] is not None, row["episodes"]
    name = row["agent"].partition("/")[0]
    agent = f"`{name}`, seed {row['seed']}" if policy else name.upper()
    only = f"{row['only_this']} / {row['only_pi']}, p = {row['p']:.1g}" if policy else ""
    success, dropped = share(row["success"], n), share(row["dropped"], n)
    took = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
    return [row["condition"], SEEN[row["obs"]], agent, success, dropped, took, only]


def reorient(*stored: dict[str, Any]) -> str:
    """Objects turned in a hand: kept, then turned and let stand still, by condition and agent."""
    rows = []
    for row in (row for one in stored for row in one["rows"]):
        n, kept = row["episodes"], round(row["kept"] * row["episodes"])
        good = round(row["success"] * n)
        took = "" if row["seconds"] is None else f"{row['seconds']:.1f}"
        rows.append([
            row["condition"], row["shapes"].replace("_", " "), row["agent"], rate(kept, n),
            rate(good, n), rate(good, kept) if kept else "", f"{row['least']:.2f}", took,
        ])  # fmt: skip
    head = [
        "condition", "shapes", "agent", "kept", "within 0.4 rad, still", "of those kept",
        "least angle, rad", "seconds",
    ]  # fmt: skip
    return table(head, rows)


def reorient_shapes(*stored: dict[str, Any]) -> str:
    """Of sampled plans, by shape and condition: kept, turned and still, of the episodes with it."""
    of = [r for one in stored for r in one["rows"] if r["agent"] == "sampled"]
    names = sorted({name for row in of for name in row["by_shape"]})
    rows = [[name, *(_of_shape(row["by_shape"].get(name)) for row in of)] for name in names]
    return table(["shape", *(row["condition"] for row in of)], rows)


def _of_shape(found: list[int] | None) -> str:
    return "" if found is None else f"{found[1]} kept, {found[2]} turned, of {found[0]}"


def pick(*stored: dict[str, Any]) -> str:
    """Picking from depth alone: all objects, those that were held out, objects crushed."""
    rows = [
        [
            row["tool"], rate(row["success"], row["episodes"]),
            within(row["held_out"], *row["held_out_interval"]),
            within(row["crushed"], *row["crushed_interval"]),
        ]
        for one in stored
        for row in one["rows"]
    ]  # fmt: skip
    return table(["tool", "success", "on held-out objects", "pressed too hard"], rows)


def curves(stored: dict[str, Any]) -> str:
    """Where learning curves end: mean over seeds with its interval."""
    rows = [
        [
            curve["label"], str(len(curve["runs"])), f"{curve['steps'][-1]:,}",
            within(curve["mean"][-1], curve["low"][-1], curve["high"][-1]),
        ]
        for curve in stored["curves"]
    ]  # fmt: skip
    return table(["run", "seeds", "steps", "success"], rows)


def function(stored: dict[str, Any]) -> str:
    """Success of each tool at what it is made for, by size."""
    found = {(r["tool"], r["function"], r["size"]): r for r in stored["rows"]}
    kinds = dict.fromkeys((tool, what) for tool, what, _ in found)
    rows = []
    for tool, what in kinds:
        of = [found[tool, what, size] for size in SIZES]
        rows.append([tool, what, *(rate(r["success"], r["runs"]) for r in of)])
    return table(["tool", "what it does", *SIZES], rows)


def encoder(stored: dict[str, Any]) -> str:
    """Errors in mm on noisy clouds of 256 points, of tools and objects it was not trained on."""
    wanted = [
        ("tool", "size", "noisy", "gap", "gap between a tool's tips, sizes not trained on"),
        ("tool", "grasps", "noisy", "gap", "the same, in grasps"),
        ("object", "shapes", "noisy", "lateral", "place of an object, shapes not trained on"),
        ("object", "shapes", "occluded", "lateral", "the same, with a hand above it"),
    ]  # fmt: skip
    rows = []
    for part, group, condition, value, what in wanted:
        row = next(
            r
            for r in stored["rows"]
            if (r["part"], r["set"], r["condition"], r["what"], r["points"])
            == (part, group, condition, "all", 256)
        )
        error = row[value]
        median = within(error["median"], *error["median_interval"])
        rows.append(
            [what, str(row["n"]), median, within(error["p90"], *error["p90_interval"], digits=1)]
        )
    return table(["what", "n", "median error, mm", "90th percentile, mm"], rows)
