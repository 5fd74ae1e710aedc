"""Pick: take up a small object with a tool held in a hand.

A hand on an arm holds the tool already; the action moves the tips of the tool and closes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.assets.tools.registry import TOOLS
from habilis.envs.tasks.base.family import task_family
from habilis.envs.tasks.base.hand_task import HandTask


@task_family
class Pick(HandTask):
    """Every kind of tool that can take hold of something."""

    maker = "habilis.envs.pick.task:pick"
    about = "Pick up a small object with held {}."

    def tools(self) -> Mapping[str, Mapping[str, Any]]:
        """See ``HandTask``."""
        return {kind: {"tool": kind} for kind, tool in TOOLS.items() if tool.picks}
