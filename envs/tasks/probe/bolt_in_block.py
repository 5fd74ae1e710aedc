"""Bolt-In-Block: push a bolt down a shaft that fingers do not get into, with a pin.

The bolt is stuck by friction in a shaft of 1.8 cm by 1.8 cm, its top 1.3 cm below the rim. A pin
stands in a stand. The hand takes it by its head, brings its tip over the bolt, and presses down
with more than the 6 N that hold the bolt.

Twins: the bolt is long and stands out of the block, where fingers take it; the pin's shank is
shorter than the bolt must be pushed.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

SHORT = 0.02  # m, of a shank
LONGER = 0.07  # m that the bolt is longer where no tool is needed
DEEP = 0.018  # m, that the bolt is to be pushed
FARTHER = 0.008  # m beyond the end of the way
OVER, NEAR = 0.03, 0.004  # m above the bolt, or the block, where a way down begins or slows down
SLOW = 0.05  # m/s


@task_family
class BoltInBlock(ToolTask):
    """A pin in a stand, and a bolt in a block."""

    scenes = {"first": "bolt_in_block"}
    sizes = {"pin": (), "stand": (), "bolt": (), "block": ()}  # each fits into the other
    unaided = ("push",)
    control, far = "ee6", False

    def not_needed(self, scene: Scene) -> Scene:
        """Push down a bolt that stands out of the block, with the fingers; the pin is forbidden."""
        bolt = scene.entity("bolt")
        (part,), (x, y, z) = bolt.parts, bolt.parts[0].size
        longer = dataclasses.replace(part, size=(x, y, z + LONGER), pos=(0.0, 0.0, LONGER / 2))
        grip = (0.0, 0.0, round(z / 2 + LONGER - 0.01, 5))
        return scene.replace_entities(
            [dataclasses.replace(bolt, parts=(longer,), frames={"grip": grip})]
        )

    def broken(self, scene: Scene) -> Scene:
        """Push down a bolt in a narrow shaft with a pin that is too short."""
        pin = scene.entity("pin")
        shank, (x, y, z) = pin.part("shank"), pin.frames["tip"]
        less = shank.size[2] - SHORT
        short = dataclasses.replace(
            shank, size=(*shank.size[:2], SHORT), pos=(*shank.pos[:2], shank.pos[2] + less / 2)
        )
        parts = tuple(short if part is shank else part for part in pin.parts)
        tip = {"tip": (x, y, z + less)}
        return scene.replace_entities(
            [dataclasses.replace(pin, parts=parts, frames=dict(pin.frames) | tip)]
        )

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the pin, bring its tip over the bolt, push."""
        last = {"push": Term(stages.travel, {"body": "bolt", "value": DEEP}, 0.1)}
        return stages.use_tool("pin", "tip", "bolt/origin", last)

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a bolt down a shaft that fingers do not get into, with a pin."""
        bolt, block, pin = (scene.entity(name) for name in ("bolt", "block", "pin"))
        x, y, z = bolt.pos
        top, rim = z + bolt.bounds()[1][2], block.pos[2] + block.bounds()[1][2]
        end = top - DEEP - FARTHER
        heights = [(rim + OVER, {}), (top + NEAR, {}), (end, {"speed": SLOW})]
        moves = [
            call("move_frame", "pin", frame="tip", position=(x, y, float(h)), **how)
            for h, how in heights
        ]
        out = float(pin.size()[2])
        return [call("grasp", "pin"), call("lift", "pin", height=out, hold_time=0.0), *moves]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the end that stands out, and push."""
        bolt = scene.entity("bolt")
        x, y, z = bolt.pos
        end = (x, y, z + bolt.grip()[2] - DEEP - FARTHER)
        return [call("grasp", "bolt"), call("move_to_position", position=end, speed=SLOW)]
