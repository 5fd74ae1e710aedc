"""What makes a stored number repeatable: command, versions, machine, time."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PACKAGES = ("habilis", "mujoco", "gymnasium", "numpy", "stable-baselines3", "torch")


def provenance(command: Sequence[str]) -> dict[str, Any]:
    """Command line, UTC time, package versions, platform and cores."""
    return {
        "command": shlex.join(["habilis", *command]),
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
    }


def at_least(low: int, **options: int) -> None:
    """ValueError names an option, as typed, whose value is too small."""
    for name, value in options.items():
        if value < low:
            raise ValueError(f"--{name} must be at least {low}, got {value}")


def store(path: Path, result: dict[str, Any]) -> None:
    """Write a result as JSON; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
