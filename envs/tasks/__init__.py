"""The registered tasks: one file each, made by a function that returns a ``TaskSpec``."""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from habilis.assets.names import did_you_mean

if TYPE_CHECKING:
    from habilis.envs.task import TaskSpec

_PICKERS = ("tweezers", "tongs", "scissors", "pliers", "clothespin")
_HANGING = ("tweezers", "tongs")
_HELD = ("tweezers", "tongs", "scissors", "pliers", "clothespin", "syringe")
_APERTURE = "habilis.envs.aperture.task:aperture"
_PICK, _STAND = "habilis.envs.pick.task:pick", "habilis.envs.pick.stand_task:stand_pick"

ARM_TASKS: Mapping[str, str] = {
    "habilis/ReachMilk-v0": "habilis.envs.tasks.reach_milk:reach_milk",
    "habilis/ReachMilkNotNeeded-v0": "habilis.envs.tasks.reach_milk:not_needed",
    "habilis/ReachMilkBroken-v0": "habilis.envs.tasks.reach_milk:broken",
    "habilis/PressButton-v0": "habilis.envs.tasks.press_button:press_button",
    "habilis/PressButtonNotNeeded-v0": "habilis.envs.tasks.press_button:not_needed",
    "habilis/PressButtonBroken-v0": "habilis.envs.tasks.press_button:broken",
    "habilis/GraspCan-v0": "habilis.envs.tasks.grasp_can:grasp_can",
    "habilis/GraspCanNotNeeded-v0": "habilis.envs.tasks.grasp_can:not_needed",
    "habilis/GraspCanBroken-v0": "habilis.envs.tasks.grasp_can:broken",
    "habilis/Scene-v0": "habilis.envs.tasks.generic:scene_task",
}
"""Gymnasium id to the function, written ``module:function``, that makes the task of an arm."""

HAND_TASKS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    **{f"habilis/{tool.capitalize()}Aperture-v0": (_APERTURE, {"tools": tool}) for tool in _HELD},
    "habilis/ToolsAperture-v0": (_APERTURE, {"tools": _HELD}),
    **{f"habilis/{tool.capitalize()}Pick-v0": (_PICK, {"tool": tool}) for tool in _PICKERS},
    **{f"habilis/{tool.capitalize()}StandPick-v0": (_STAND, {"tool": tool}) for tool in _HANGING},
}
"""The same of hands, with the options that it is called with unless others are given."""

TASKS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    **{id: (maker, {}) for id, maker in ARM_TASKS.items()},
    **HAND_TASKS,
}
"""All registered tasks."""


def load_task(id: str, **options: Any) -> TaskSpec:
    """The task of a registered id.

    Args:
      id: a key of ``TASKS``.
      **options: of the task's function, e.g. ``scene``, ``variation``, ``control``.

    Raises:
      ValueError: an unknown id, or an unknown value of an option; names the known ones.
      TypeError: an unknown option.
    """
    if id not in TASKS:
        raise ValueError(did_you_mean("task", id, TASKS))
    maker, given = TASKS[id]
    spec: TaskSpec = pkgutil.resolve_name(maker)(**{**given, **options})
    return dataclasses.replace(spec, id=id)
