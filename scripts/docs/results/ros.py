"""Tables of the bridge to ROS 2."""

from __future__ import annotations

from typing import Any

from habilis.policies.evaluation.statistics import rate
from habilis.scripts.docs.results.cells import table


def plans(stored: dict[str, Any]) -> str:
    """Success of the same plans through the bridge and in one process."""
    rows = [
        [row["what"], rate(row["count"], row["episodes"]), row["failed"]] for row in stored["rows"]
    ]
    return table(["robot", "success", "failures, by seed"], rows)


def links(stored: dict[str, Any]) -> str:
    """Delays of the bridge in milliseconds."""
    rows = [
        [
            row["what"], *(f"{row[f'{of}_ms']:.1f} ms" for of in ("p50", "p99", "max")),
            str(row["n"]), row["note"] if len(row["note"]) < 60 else "",
        ]
        for row in stored["rows"]
        if row["n"]
    ]  # fmt: skip
    return table(["what", "median", "99 %", "greatest", "n", ""], rows)


def tags(stored: dict[str, Any]) -> str:
    """How exactly things are located from their tags."""
    rows = [
        [
            f"{row['distance_m']:g} m", row["what"], f"{row['found']} of {row['poses']}",
            str(row["taken"]),
            *(f"{row[f'position_{of}_mm']:.2f} mm" for of in ("p50", "p99", "max")),
            f"{row['orientation_p50_deg']:.2f} (99 %: {row['orientation_p99_deg']:.1f})",
            str(row["mirrored"]),
        ]
        for row in stored["rows"]
    ]  # fmt: skip
    head = ["distance", "from", "found", "sure", "position error, median", "99 %", "greatest"]
    return table([*head, "orientation error, degrees", "mirrored"], rows)


def streams(stored: dict[str, Any]) -> str:
    """What a controller executes of streams with faults, as shares of the limits."""
    rows = [
        [
            row["what"], str(row["streams"]), f"{row['speed_max']:.2f}",
            *(f"{row[f'acceleration_{of}']:.2f}" for of in ("p50", "p99", "max")),
            str(row["acceleration_beyond_1.05"]), f"{row['rest_max_s']:.2f} s",
        ]
        for row in stored["rows"]
    ]  # fmt: skip
    head = ["faults", "streams", "speed, greatest", "acceleration, median", "99 %", "greatest"]
    return table([*head, "streams above 1.05", "at rest after, at most"], rows)


def faults(stored: dict[str, Any]) -> str:
    """How soon a moving arm is at rest after a fault."""
    rows = [
        [
            row["what"], str(row["n"]), f"{row['speed_mean']:.2f} rad/s",
            f"{row['braking_s']:.2f} s",
            *(f"{row[f'rest_{of}_s']:.2f} s" for of in ("p50", "p99", "max")),
            str(row["not_at_rest"]), _known(row),
        ]
        for row in stored["rows"]
    ]  # fmt: skip
    head = ["fault", "n", "speed, mean", "braking alone, at the limit of acceleration"]
    head += ["at rest after, median", "99 %", "greatest"]
    return table([*head, "not at rest", "client stopped after, median; greatest"], rows)


def _known(row: dict[str, Any]) -> str:
    if row["known_p50_s"] is None:
        return "–"
    return f"{row['known_p50_s']:.2f} s; {row['known_max_s']:.2f} s"
