"""Tables of the scripted solutions of tasks."""

from __future__ import annotations

from typing import Any

from habilis.policies.evaluation.statistics import rate
from habilis.scripts.docs.results.cells import code, table

COUNTED = ("episodes", "reached", "success")


def oracle(*stored: dict[str, Any]) -> str:
    """Success of the scripted solution of each task in each generation of its scene."""
    rows = [
        [code(row["task"]), row["scene"], rate(row["success"], row["episodes"])]
        for one in stored
        for row in one["rows"]
    ]
    return table(["task", "scene", "success"], rows)


def robots(stored: dict[str, Any]) -> str:
    """The same with other robots; the share of the workspace that each reaches."""
    rows = [
        [
            code(row["task"]), row["scene"], code(row["robot"].rpartition("/")[2]),
            f"{row['reach']:.0%}", rate(row["success"], row["episodes"]),
        ]
        for row in stored["rows"]
    ]  # fmt: skip
    return table(["task", "scene", "robot", "workspace in reach", "success"], rows)


def cheats(*stored: dict[str, Any]) -> str:
    """Attempts at the goal of each task by unfair means: where it held, and where it counted."""
    rows = [
        [code(row["task"]), row["scene"], row["cheat"], *(str(row[k]) for k in COUNTED)]
        for one in stored
        for row in one["rows"]
    ]
    return table(["task", "scene", "attempt", *COUNTED], rows)


def walking(stored: dict[str, Any]) -> str:
    """What a robot on legs does: how often, how often it falls, and how far off it ends."""
    head = ["trial", "done", "fell", "off, median (95 %)", "median time"]
    rows = [
        [
            row["trial"], rate(row["success"], row["runs"]), str(row["fell"]),
            f"{row['off_median'] * 1e3:.0f} ({row['off_95'] * 1e3:.0f}) mm",
            f"{row['seconds']:.1f} s",
        ]
        for row in stored["rows"]
    ]  # fmt: skip
    return table(head, rows)


def gait(stored: dict[str, Any]) -> str:
    """How well the trot and a policy walk as they are told, on the same episodes."""
    head = ["condition", "who", "fell", "followed", "velocity off", "turning off"]
    rows = [
        [
            row["condition"], row["agent"], rate(row["fell"], row["runs"]),
            rate(row["success"], row["runs"]), f"{row['speed_error']:.3f} m/s",
            f"{row['turn_error']:.2f} rad/s",
        ]
        for row in stored["rows"]
    ]  # fmt: skip
    return table(head, rows)
