"""What the commands of the encoder print, and what they need."""

from __future__ import annotations

from typing import Any

HEADS = {
    ("tool", "size"): "tools of the size held out: tip gap, mm; share, %",
    ("tool", "grasps"): "grasps held out, of the sizes trained on: tip gap, mm; share, %",
    ("object", "shapes"): "shapes held out: lateral, mm",
    ("object", "known"): "shapes trained on: lateral, mm",
}


def as_text(rows: list[dict[str, Any]]) -> str:
    """Median/p90 by kind and condition over the number of points."""
    lines = []
    for (part, name), head in HEADS.items():
        mine = [row for row in rows if (row["part"], row["set"]) == (part, name)]
        if not mine:
            continue
        counts = sorted({row["points"] for row in mine})
        lines += ["", f"{head}: median/90th percentile at {', '.join(map(str, counts))} points"]
        for key in dict.fromkeys((row["condition"], row["what"]) for row in mine):
            cells = [row for row in mine if (row["condition"], row["what"]) == key]
            lines.append(_line(*key, cells))
    return "\n".join(lines[1:])


def _line(condition: str, what: str, cells: list[dict[str, Any]]) -> str:
    main = "gap" if "gap" in cells[0] else "lateral"
    text = f"  {condition:<9} {what:<14} n={cells[0]['n']:<5}"
    text += "".join(f" {c[main]['median']:5.2f}/{c[main]['p90']:<5.2f}" for c in cells)
    low, high = cells[0][main]["median_interval"]
    text += f"  median {low:.2f}-{high:.2f} at {cells[0]['points']}"
    others = [k for k in ("share", "tips", "height", "width", "across") if k in cells[0]]
    more = [f"{k} {cells[0][k]['median']:.1f}/{cells[0][k]['p90']:.1f}" for k in others]
    return f"{text}; {', '.join(more)}"


def need_torch() -> None:
    """ImportError that says what brings torch, where it is missing."""
    try:
        import habilis.policies.encoder.affordance  # noqa: F401
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; the encoder needs: pip install "habilis[rl]"') from error
