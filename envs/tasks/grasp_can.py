"""Grasp-Can: a stick pushes a can onto a strip of paper, the strip is pulled, the can is grasped.

The can lies 25 cm beyond the box that the tool centre point may not leave, beside a strip of
paper whose near end is within reach and which slides towards the robot only. Nothing hooks: the
stick pushes the can sideways onto the strip, and the strip, pulled by its tab, brings the can.

Twins: the can lies within reach; the far half of the stick comes off when it is loaded by more
than 0.3 N for 40 ms, a tenth of what a push onto the strip takes.

Layouts stray by 1 cm at variation 1, the strip in x only. With the option ``numbers="published"``
the strip is 6 cm thick, and nothing can be pushed onto it.

Source: Xu et al., Creative Robot Tool Use with Large Language Models, arXiv 2310.13065, tasks
Can-Grasping (v1, 2023) and Grasp-Can (2024); what was not published or had to be mended is noted in
``assets/scenes/grasp_can_*.yaml``.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.changes import at, beyond, put, weaken
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

if TYPE_CHECKING:
    from habilis.envs.world.state import State

BEHIND = 0.025 + 0.01 + 0.005  # m, half a can, half a stick and air
WELL_ON = 0.03  # m of the can's middle inside the strip's edge
THICK = 0.06  # m, of the strip as published
LOW_ON_CAN = 0.005  # m, of the stick's middle below the can's
ON_STRIP = 0.065  # m, of the can's middle from the strip's edge, to where it is pushed
PULL_SPARE = 0.012  # m, between the strip's tab and the end of the workspace
ASIDE = (0.35, -0.2)  # m, where the stick's grip is put down
STICK_ROOM = 0.02  # m the stick's grip stays inside the workspace when it pushes
AIM: dict[str, Any] = {"point": "stick/far", "other": "can/origin", "offset": (0.0, -BEHIND)}


def published(scene: Scene) -> Scene:
    """The strip 6 cm thick, standing on the table, gripped by its tab on top."""
    strip = scene.entity("paper_strip")
    sheet, tab, (x, y, z) = strip.part("sheet"), strip.part("tab"), strip.frames["grip"]
    size, middle = (*sheet.size[:2], THICK), (0.0, 0.0, THICK / 2 + 0.0005)
    thick = dataclasses.replace(sheet, size=size, pos=middle)
    raised = dataclasses.replace(tab, pos=(*tab.pos[:2], tab.pos[2] + THICK))
    grip = {"grip": (x, y, z + THICK)}
    changed = dataclasses.replace(strip, parts=(thick, raised), frames=grip)
    renamed = dataclasses.replace(scene, name=f"{scene.name}_published")
    return renamed.replace_entities([changed])


def off_strip(state: State) -> Array:
    """(N, 1) how far the can must still go in y to lie well on the strip, m."""
    width = state.scene.entity("paper_strip").part("sheet").size[1]
    edge = state.point("paper_strip/origin")[:, 1] - width / 2
    return np.maximum(edge + WELL_ON - state.point("can/origin")[:, 1], 0.0)[:, None]


def near_strip(state: State) -> Array:
    """(N,) nearness of the can to where it lies well on the strip; 1 there."""
    return state.once("near_strip", lambda: rewards.near(off_strip(state), stages.SCALE))


@task_family
class GraspCan(ToolTask):
    """A stick, a can that rolls, and a strip that slides."""

    scenes = {"2023": "grasp_can_2023", "2024": "grasp_can_2024"}
    options = {"numbers": {"forcing": None, "published": published}}
    sizes = {"stick": ("x", "yz"), "can": ("x", "yz"), "paper_strip": ("x", "y")}
    unaided = ("reach_target", "hold_target", "lift")

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up a can that lies within reach; the stick is forbidden."""
        return put(scene, "can", 0.24, 0.0)

    def broken(self, scene: Scene) -> Scene:
        """Fetch a can with a stick that breaks under the load."""
        return weaken(scene, "stick", "far", load=0.3)

    def observed(self, scene: Scene) -> dict[str, Term]:
        """Far half of the stick to behind the can; can off the strip, and off the workspace."""
        outside = Term(rewards.outside, {"point": "can/grip"})
        return {"behind": Term(stages.apart, AIM), "off_strip": Term(off_strip), "outside": outside}

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the stick, aim, push the can onto the strip, bring it, take and lift it."""
        push = stages.until(stages.within("can/grip"), Term(near_strip, weight=0.04))
        pushed = stages.complete(push)
        return {
            **stages.get_tool("stick", pushed, (0.02, 0.03)),
            "aim": stages.until(pushed, Term(stages.meet, AIM, 0.04)),
            "push": push,
            "bring": Term(stages.bring, {"point": "can/grip"}, 0.05),
            **stages.get_target("can", (0.02, 0.02, 0.03)),
        }

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """The strip's tab and near edge stay in place, the can 5 mm from the strip."""
        old, strip, can = (
            given.entity("paper_strip"),
            scene.entity("paper_strip"),
            scene.entity("can"),
        )
        tab, edge = old.pos[0] + float(old.grip()[0]), old.pos[1] + _edge(old)
        moved = [at(strip, x=tab - float(strip.grip()[0]), y=edge - _edge(strip))]
        if beyond(given, can.pos[0]):
            wider = (can.size() - given.entity("can").size())[1] / 2
            moved.append(at(can, y=can.pos[1] - wider))
        return moved

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a can onto a strip with a stick, pull the strip, pick up the can."""
        stick, strip, can = (scene.entity(n) for n in ("stick", "paper_strip", "can"))
        grip, tab = stick.grip()[0], strip.pos[0] + strip.grip()[0]
        reach = stick.part("far").pos[0] - grip
        nearer = can.pos[0] - reach - (scene.workspace.upper[0] - STICK_ROOM)
        push = {"distance": strip.pos[1] + _edge(strip) + ON_STRIP - can.pos[1],
                "height": float(can.pos[2] - stick.size()[2] / 2) - LOW_ON_CAN,
                "offset": max(0.0, float(nearer))}  # fmt: skip
        pull = float(tab - scene.workspace.lower[0]) - PULL_SPARE
        return [
            call("grasp", "stick"),
            call("sweep", "can", direction="+y", tool="stick", part="far", **push),
            call("place", "stick", position=(float(ASIDE[0] + stick.centre()[0] - grip), ASIDE[1])),
            call("grasp", "paper_strip", raise_by=0.0),
            call("pull", "paper_strip", direction="-x", distance=pull),
            *self.by_hand(scene),
        ]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the can."""
        return [call("grasp", "can"), call("lift", "can")]


def _edge(strip: Thing) -> float:
    return float(strip.part("sheet").bounds()[0][1])
