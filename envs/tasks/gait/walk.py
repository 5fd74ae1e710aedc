"""Walk: go as fast as is asked, over flat ground, steps, planks and gaps.

A robot on legs whose joints, or whose gait, are commanded; it may be loaded, slip, and be pushed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.envs.tasks.base.family import task_family
from habilis.envs.tasks.base.hand_task import HandTask


@task_family
class Walk(HandTask):
    """A velocity is asked for; an episode draws its terrain."""

    maker = "habilis.envs.gait.task:walk"
    about = "Walk with the velocity that is asked for."

    def tools(self) -> Mapping[str, Mapping[str, Any]]:
        """See ``HandTask``: one id for each robot."""
        return {"go1": {"robot": "go1"}}
