"""Reorient: turn an object in the hand to any orientation, and stop there.

A hand alone, palm up or down, with or without a table; only its fingers move.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.envs.tasks.base.family import task_family
from habilis.envs.tasks.base.hand_task import HandTask


@task_family
class Reorient(HandTask):
    """Objects of many shapes, drawn anew for each episode."""

    maker = "habilis.envs.reorient.task:reorient"
    about = "Turn an object in the hand to an orientation."

    def tools(self) -> Mapping[str, Mapping[str, Any]]:
        """See ``HandTask``: one id, whose options say the rest."""
        return {"": {}}
