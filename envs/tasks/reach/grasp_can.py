"""Grasp-Can: a stick pushes a can onto a strip of paper, the strip is pulled, the can is grasped.

The can lies 25 cm beyond the box that the tool centre point may not leave, beside a strip of
paper whose near end is within reach and which slides towards the robot only. Nothing hooks: the
stick pushes the can sideways onto the strip, and the strip, pulled by its tab, brings the can.

Twins: the can lies within reach; the far half of the stick comes off when it is loaded by more
than 0.3 N for 40 ms, a tenth of what a push onto the strip takes.

With the option ``numbers="published"`` the strip is 6 cm thick, and nothing can be pushed onto it.
"""

from __future__ import annotations

from collections.abc import Mapping

from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.changes import anchored, at, beyond, near_edge, pull_in, put, weaken
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import OFFSET, Orders, draw_in
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

LOW_ON_CAN = 0.005  # m, of the stick's middle below the can's
ON_STRIP = 0.065  # m, of the can's middle from the strip's edge, to where it is pushed
PULL_SPARE = 0.012  # m, between the strip's tab and the end of the workspace
ASIDE = (0.35, -0.2)  # m, where the stick's grip is put down
STICK_ROOM = 0.02  # m the stick's grip stays inside the workspace when it pushes
# Behind the can by half of it, half a stick and air, m.
AIM: dict[str, object] = {"point": "stick/far", "other": "can/origin", "offset": (0.0, -0.04)}
ONTO = {"thing": "can", "strip": "paper_strip", "part": "sheet", "margin": 0.03}  # well on it


@task_family
class GraspCan(ToolTask):
    """A stick, a can that rolls, and a strip that slides."""

    scenes = {"2023": "grasp_can_2023", "2024": "grasp_can_2024"}
    options = {"numbers": {"forcing": "", "published": "published/"}}
    sizes = {"stick": ("x", "yz"), "can": ("x", "yz"), "paper_strip": ("x", "y")}
    target = "can"
    level = 3
    orders = Orders(OFFSET)

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up a can that lies within reach; the stick is forbidden."""
        return put(scene, "can", 0.24, 0.0)

    def broken(self, scene: Scene) -> Scene:
        """Fetch a can with a stick that breaks under the load."""
        return weaken(scene, "stick", "far", load=0.3, hold=0.02)

    def observed(self, scene: Scene) -> dict[str, Term]:
        """Far half of the stick to behind the can; can off the strip, and off the workspace."""
        behind, off = Term(stages.apart, AIM), Term(stages.off, ONTO)
        return {"behind": behind, "off_strip": off, "outside": stages.outside("can")}

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the stick, aim, push the can onto the strip, bring it, take and lift it."""
        push = stages.until(stages.within("can/grip"), Term(stages.onto, ONTO, 0.04))
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
        strip, can = anchored(given, scene, "paper_strip", "sheet"), scene.entity("can")
        wider = can.size() - given.entity("can").size()
        nearer = [at(can, y=can.pos[1] - wider[1] / 2)] if beyond(given, can.pos[0]) else []
        return [strip, *nearer]

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a can onto a strip with a stick, pull the strip, pick up the can."""
        stick, strip, can = (scene.entity(n) for n in ("stick", "paper_strip", "can"))
        grip = stick.grip()[0]
        nearer = can.pos[0] - (stick.part("far").pos[0] - grip)
        room = scene.workspace.upper[0] - STICK_ROOM
        push = {"distance": strip.pos[1] + near_edge(strip, "sheet") + ON_STRIP - can.pos[1],
                "height": float(can.pos[2] - stick.size()[2] / 2) - LOW_ON_CAN,
                "offset": max(0.0, float(nearer - room))}  # fmt: skip
        return [
            call("grasp", "stick"),
            call("sweep", "can", direction="+y", tool="stick", part="far", **push),
            call("place", "stick", position=(float(ASIDE[0] + stick.centre()[0] - grip), ASIDE[1])),
            *pull_in(scene, "paper_strip", PULL_SPARE),
            *self.by_hand(scene),
        ]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Draw the can in with whatever was made for it, without a strip, and pick it up."""
        return draw_in(scene, "can", motion["offset"])
