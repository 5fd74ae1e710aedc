"""Aperture: bring a tool held in a hand to openings or forces, one after the other.

A hand with 16 joints holds the tool already; only its fingers move.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.assets.tools.registry import SUITE, TOOLS
from habilis.envs.tasks.base.family import task_family
from habilis.envs.tasks.base.hand_task import HandTask


@task_family
class Aperture(HandTask):
    """One kind of tool, or any of them, drawn anew for each episode."""

    maker = "habilis.envs.aperture.task:aperture"
    about = "Bring held {} to openings or forces."

    def tools(self) -> Mapping[str, Mapping[str, Any]]:
        """See ``HandTask``."""
        return {**{kind: {"tools": kind} for kind in TOOLS}, "tools": {"tools": SUITE}}
