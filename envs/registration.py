"""Makes the environments known to Gymnasium, once, however often it is asked to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.envs.tasks import TASKS

_APERTURE = ("habilis.envs.aperture.env:ApertureEnv", "habilis.envs.aperture.env:ApertureVectorEnv")
_PICK = ("habilis.envs.pick.env:PickEnv", "habilis.envs.pick.env:PickVectorEnv")
_STAND = (
    "habilis.envs.pick.stand_env:StandPickEnv", "habilis.envs.pick.stand_env:StandPickVectorEnv",
)  # fmt: skip
_PICKERS = ("tweezers", "tongs", "scissors", "pliers", "clothespin")
_HANGING = ("tweezers", "tongs")
_HELD = ("tweezers", "tongs", "scissors", "pliers", "clothespin", "syringe")

FAMILIES: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    **{f"habilis/{tool.capitalize()}Aperture-v0": (*_APERTURE, {"tools": tool}) for tool in _HELD},
    "habilis/ToolsAperture-v0": (*_APERTURE, {"tools": _HELD}),
    **{f"habilis/{tool.capitalize()}Pick-v0": (*_PICK, {"tool": tool}) for tool in _PICKERS},
    **{f"habilis/{t.capitalize()}StandPick-v0": (*_STAND, {"tool": t}) for t in _HANGING},
}
"""Ids beside those of ``TASKS``: entry point, vector entry point, options."""


def register() -> None:
    """Register all ids that are not registered yet. Cheap: no scene is read, no MuJoCo loaded."""
    # Imported here, as Gymnasium below 1.0 calls this while it is itself being imported.
    import gymnasium

    tool = ("habilis.envs.tool_env:ToolEnv", "habilis.envs.vector_env:ToolVectorEnv")
    entries = {id: (*tool, {"task": id}) for id in TASKS} | dict(FAMILIES)
    for id, (entry, vector_entry, options) in entries.items():
        if id not in gymnasium.registry:
            gymnasium.register(
                id=id, entry_point=entry, vector_entry_point=vector_entry, kwargs=dict(options)
            )
