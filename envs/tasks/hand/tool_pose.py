"""ToolPose: bring a rigid tool to poses with a hand on an arm, one pose after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.envs.tasks.base.family import task_family
from habilis.envs.tasks.base.hand_task import HandTask


@task_family
class ToolPose(HandTask):
    """One id; which robot and which tool are options."""

    maker = "habilis.envs.dextool.task:tool_pose"
    about = "Bring a rigid tool to poses with a hand on an arm."

    def tools(self) -> Mapping[str, Mapping[str, Any]]:
        """See ``HandTask``."""
        return {"": {}}
