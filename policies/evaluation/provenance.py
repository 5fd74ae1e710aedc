"""What makes a number repeatable: command, versions, machine, time."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import shlex
from collections.abc import Sequence
from typing import Any

PACKAGES = ("habilis", "mujoco", "gymnasium", "numpy", "stable-baselines3", "torch")


def provenance(command: Sequence[str]) -> dict[str, Any]:
    """Return what makes a number repeatable: command, UTC time, versions, platform and cores."""
    return {
        "command": shlex.join(["habilis", *command]),
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": cores(),
    }


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str | None]:
    """Return the installed version of each package, or None where it is not installed."""
    return {name: _version(name) for name in packages}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
