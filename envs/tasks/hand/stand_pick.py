"""Stand-Pick: take a tool off its stand with a hand, then pick up a small object with it.

A hand on an arm first has to take the tool, and then uses it as in the family Pick.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.assets.tools.registry import TOOLS
from habilis.envs.tasks.base.family import task_family
from habilis.envs.tasks.base.hand_task import HandTask


@task_family
class StandPick(HandTask):
    """Every kind of tool that hangs on a stand and takes hold of something."""

    maker = "habilis.envs.pick.stand.stand_task:stand_pick"
    about = "Take {} off a stand and pick up a small object with it."

    def tools(self) -> Mapping[str, Mapping[str, Any]]:
        """See ``HandTask``."""
        return {kind: {"tool": kind} for kind, tool in TOOLS.items() if tool.hangs and tool.picks}
