"""Ring-In-Corner: pull a ring out of a recess that is out of reach, by its hole, and pick it up.

The ring lies in a recess whose walls leave 1 cm around it, so that nothing gets behind it: only
into it. A shaft stands on a broad foot and a thin leg; the leg, let down into the ring, drags it
out to where fingers take it.

Twins: the ring lies before the recess, within reach; the leg comes off when
the ring presses on it by more than 0.05 N for 40 ms, less than a fifth of what dragging takes.
"""

from __future__ import annotations

from collections.abc import Mapping

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import shift, weaken
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, draw_in
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

NEARER = -0.25  # m that the ring lies nearer where no tool is needed
INSIDE = 0.05  # m from the end of the workspace to where the ring's grip is brought
ASIDE = 0.14  # m from the ring to where the shaft is put down, in y


@task_family
class RingInCorner(ToolTask):
    """A shaft with two legs, and a ring in a recess."""

    scenes = {"first": "ring_in_corner"}
    sizes = {"shaft": ("x",), "ring": (), "recess": ()}  # the leg fits into the ring
    target = "ring"
    orders = Orders({"offset": (-0.012, 0.0, 0.012)})

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up a ring that is within reach; the shaft is forbidden."""
        return shift(scene, ("ring",), (NEARER, 0.0))

    def broken(self, scene: Scene) -> Scene:
        """Pull a ring out of a recess with a shaft whose leg comes off."""
        return weaken(scene, "shaft", "leg", load=0.05)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the shaft, bring its leg into the ring, the ring into reach, pick it up."""
        done = stages.within("ring/grip")
        aim = {"point": "shaft/leg", "other": "ring/origin", "offset": (0.0, 0.0)}
        return {
            **stages.get_tool("shaft", done, (0.03, 0.03)),
            "aim": stages.until(done, Term(stages.meet, aim, 0.04)),
            "bring": Term(stages.bring, {"point": "ring/grip"}, 0.05),
            **stages.get_target("ring", (0.02, 0.03, 0.05)),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Pull a ring out of a recess that is out of reach, by its hole, with a shaft."""
        ring = scene.entity("ring")
        way = float(ring.pos[0] + ring.grip()[0] - scene.workspace.upper[0]) + INSIDE
        held = {"tool": "shaft", "part": "leg", "object_part": "near"}
        drag = call("sweep", "ring", direction="-x", distance=way, **held)
        rest = (ring.pos[0] - way, ring.pos[1] - ASIDE)
        away = call("place", "shaft", position=rest)
        return [call("grasp", "shaft"), drag, away, *self.by_hand(scene)]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Draw the ring out by its near side, and pick it up."""
        return draw_in(scene, "ring", motion["offset"], object_part="near")
