"""Picking with a held tool as skills and planners know it."""

from __future__ import annotations

from habilis.assets.pick.objects import OBJECT, PickObject
from habilis.assets.pick.scene import BASE, CENTRE, LIFT, TABLE_TOP
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.assets.tools import ArticulatedTool
from habilis.envs.pick.control import TIP_BOX
from habilis.envs.pick.lift import HOLD_S

TIME_LIMIT = 12.0  # s


def scene_of(tool: ArticulatedTool, thing: PickObject) -> Scene:
    """What skills and planners know of picking a thing with a tool, lengths in m."""
    entity = Thing(OBJECT, thing.parts, (*CENTRE, thing.height / 2), mass=thing.mass)
    return Scene(
        name=f"{tool.kind}_pick",
        instruction=f"Pick the {OBJECT} up with the {tool.kind}.",
        entities=(entity,),
        workspace=Workspace(*TIP_BOX),
        goal=Predicate("lifted", OBJECT, value=LIFT),
        base=BASE,
        table=TABLE_TOP,
        hold=HOLD_S,
        time_limit=TIME_LIMIT,
        held=tool,
    )
