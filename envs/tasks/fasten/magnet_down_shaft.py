"""Magnet-Down-Shaft: fetch a block out of a narrow shaft with a bar that has a magnet at its end.

The block lies 11 cm below the rim of a shaft that no hand gets into. The bar, let down over it,
snaps to the magnet in the block's upper side, and both come up together.

Twins: the block stands beside the shaft, where fingers take it; the bar is too short to come near
the block, as the hand that holds it stays above the rim.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import FINE
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

SHORT = 0.5  # of its length
ASIDE = (-0.12, 0.0)  # m, from the shaft, of a block that is not in it
OVER = 0.02  # m above the rim, of the bar's end on its way
NEAR = 0.004  # m above the block, to which the bar's end is let down
FREE = 0.012  # m, from the rim to the fingers
PADS = 0.009  # m, of the fingers below the tool centre point
UP = 0.15  # m, that the block is raised
SLOW = 0.05  # m/s


@task_family
class MagnetDownShaft(ToolTask):
    """A bar with a magnet, and a block at the bottom of a shaft."""

    scenes = {"first": "magnet_down_shaft"}
    target = "block"
    sizes = {"bar": (), "shaft": (), "block": ()}  # each fits into the shaft
    unaided = ("lift",)
    control, far = "ee6", False

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up a block without a magnet that stands on the table; the bar is forbidden."""
        block, (x, y, _) = scene.entity("block"), scene.entity("shaft").pos
        at = (round(x + ASIDE[0], FINE), round(y + ASIDE[1], FINE), block.pos[2])
        return scene.replace_entities([dataclasses.replace(block, pos=at, magnetic=())])

    def broken(self, scene: Scene) -> Scene:
        """Fetch a block out of a shaft with a bar that is too short."""
        bar = scene.entity("bar")
        foot, shaft = bar.part("foot"), bar.part("shaft")
        long = shaft.size[2]
        less = round(SHORT * long / 2, FINE)
        parts = (
            dataclasses.replace(shaft, size=(*shaft.size[:2], round(long - 2 * less, FINE))),
            dataclasses.replace(foot, pos=(*foot.pos[:2], round(foot.pos[2] + less, FINE))),
        )
        frames = {
            name: (x, y, round(z - less if z > 0 else z + less, FINE))
            for name, (x, y, z) in bar.frames.items()
        }
        at = (*bar.pos[:2], round(bar.pos[2] - less, FINE))
        return scene.replace_entities(
            [dataclasses.replace(bar, parts=parts, frames=frames, pos=at)]
        )

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the bar, bring it over the block, raise the block."""
        last = {"lift": Term(rewards.raised, {"body": "block", "height": 0.13}, 0.1)}
        return stages.use_tool("bar", "origin", "block/origin", last)

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Fetch a block out of a narrow shaft with a bar that has a magnet at its end."""
        bar, shaft, block = (scene.entity(n) for n in ("bar", "shaft", "block"))
        long = bar.grip()[2] - bar.frames["end"][2]
        rim, (x, y, z) = float(shaft.pos[2] + shaft.bounds()[1][2]), block.pos
        low = max(z + block.size()[2] / 2 + NEAR + long, rim + FREE + PADS)
        high = rim + OVER + long
        return [
            call("grasp", "bar"),
            call("lift", "bar", height=float(high - long), hold_time=0.0),
            call("move_to_position", position=(x, y, float(high))),
            call("move_to_position", position=(x, y, float(low)), speed=SLOW),
            call("lift", "bar", height=UP),
        ]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the block with the fingers."""
        return [call("grasp", "block"), call("lift", "block", height=UP)]
