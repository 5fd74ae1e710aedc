"""Reads stands, and hangs hand tools on them: ``stand_for: tweezers``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from habilis.assets.names import did_you_mean
from habilis.assets.pick.stand import pivot_height, stand_thing, standing
from habilis.assets.scene.format.yaml_lines import Item
from habilis.assets.scene.solids.parts import angles_of
from habilis.assets.scene.things import Thing

STAND_KEYS = ("stand_for",)
PUT_IN = 0.0005  # m above the fin, from which a tool is let down


def read_stand(name: str, got: Mapping[str, Item], known: Mapping[str, Thing]) -> Thing:
    """A fixed stand for the hand tool of that name.

    Args:
      name: of the stand.
      got: its keys.
      known: the other things.
    """
    item = got["stand_for"]
    tool = known[item.choice("object", known)].hand_tool
    if tool is None:
        tools = [n for n, thing in known.items() if thing.hand_tool is not None]
        raise item.error(did_you_mean("hand tool", item.text(), tools))
    try:
        return dataclasses.replace(stand_thing(tool), name=name)
    except ValueError as e:
        raise item.error(str(e)) from e


def hung(tool: Thing, stand: Thing) -> Thing:
    """The hand tool as it hangs or stands on its stand, tips down, closing along the stand's y."""
    made = tool.hand_tool
    assert made is not None
    x, y, z = stand.pos
    tilt = angles_of(standing(made))
    height = float(np.round(z + pivot_height(made) + PUT_IN, 6))
    return dataclasses.replace(tool, pos=(x, y, height), yaw=stand.yaw, tilt=tilt)
