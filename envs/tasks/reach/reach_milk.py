"""Reach-Milk: pick up a carton that stands beyond reach, with a hammer for a hook.

The arm's tool centre point may not leave a box whose far side is 9 cm short of the carton. A
hammer lies within reach: gripped by its handle and put behind the carton, its head pulls the
carton in; then the hammer is put down and the carton gripped and lifted.

Twins: the carton stands within reach; the hammer's head comes off when it is loaded by more than
0.5 N for 40 ms, a third of the carton's friction.
"""

from __future__ import annotations

from collections.abc import Mapping

from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.changes import at, behind, beyond, put, weaken
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import OFFSET, Orders, draw_in
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

BEHIND = 0.022 + 0.022 + 0.005  # m, half a carton, half a head and air
HOOK: dict[str, object] = {"point": "hammer/head", "other": "milk/grip"}
BESIDE = 0.005  # m, air between the handle and the carton that lies in the corner of the head
DRAG, INSIDE = 0.15, 0.03  # m, and into the workspace, both at the least


@task_family
class ReachMilk(ToolTask):
    """Hammer, carton and a toy or two."""

    scenes = {"2023": "reach_milk_2023", "2024": "reach_milk_2024"}
    sizes = {"hammer": ("x", "y", "z"), "milk": ("x", "y", "z")}
    target = "milk"
    orders = Orders(OFFSET)

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up a carton that stands within reach: the hammer is not needed, and forbidden."""
        return put(scene, "milk", 0.36, 0.12)

    def broken(self, scene: Scene) -> Scene:
        """Pick up a carton beyond reach, with a hammer whose head comes off under the load."""
        return weaken(scene, "hammer", "head", load=0.5)

    def observed(self, scene: Scene) -> dict[str, Term]:
        """From the head to the place behind the carton; carton beyond the workspace."""
        aim = HOOK | {"offset": behind(scene, "milk", BEHIND)}
        return {"head": Term(stages.apart, aim), "outside": stages.outside("milk")}

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the hammer, hook the carton, bring it, take and lift it."""
        brought = stages.within("milk/grip")
        aim = HOOK | {"offset": behind(scene, "milk", BEHIND)}
        return {
            **stages.get_tool("hammer", brought, (0.02, 0.03)),
            "hook": stages.until(brought, Term(stages.meet, aim, 0.05)),
            "bring": Term(stages.bring, {"point": "milk/grip"}, 0.05),
            **stages.get_target("milk", (0.03, 0.03, 0.04)),
        }

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """The carton's far side moves along with the reach of the hammer's hook."""
        old, milk, before, now = (s.entity(n) for n in ("milk", "hammer") for s in (given, scene))
        if not beyond(given, old.pos[0]):
            return []
        shorter, longer = (h.part("head").bounds()[0][0] - h.grip()[0] for h in (before, now))
        return [at(milk, milk.pos[0] + longer - shorter - (milk.size() - old.size())[0] / 2)]

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Pick up a carton that stands beyond reach, with a hammer for a hook."""
        toy = next(e for e in scene.entities if e.name.endswith("toy"))
        milk, handle = scene.entity("milk"), scene.entity("hammer").part("handle")
        side = 1 if toy.pos[1] > milk.pos[1] else -1  # away from the toy
        # The carton lies against the handle, its middle inside the head's end.
        corner = side * (float(handle.size[1] + milk.size()[1]) / 2 + BESIDE)
        hook = {"tool": "hammer", "part": "head", "offset": corner, "side": side}
        drag = max(DRAG, milk.pos[0] - scene.workspace.upper[0] + INSIDE)
        return [
            call("grasp", "hammer"),
            call("sweep", "milk", direction="-x", distance=drag, **hook),
            call("place", "hammer", position=(0.26, -side * 0.18)),
            *self.by_hand(scene),
        ]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Draw the milk in with whatever was made for it, and pick it up."""
        return draw_in(scene, "milk", motion["offset"])
