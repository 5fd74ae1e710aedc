"""Block-Over-Gap: push a block that no hand takes over a gap between two slabs, on a plank.

The block is wider than the gripper opens, so that it can be pushed only. Between the slab that it
lies on and the one it is to get to is a gap of 8 cm. A plank, laid into the lowered ends of both,
fills it; then the fingers push the block across.

Twins: the gap is filled; the plank is shorter than the gap is wide.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import shorten
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

SHORT = 0.55  # of its length
WAY = 0.27  # m that the block is pushed
OVER = 0.004  # m, of the fingers above the slab
ABOVE, DROP = 0.05, 0.001  # m above its place, where the plank is lowered and let go
SLOW = 0.05  # m/s


@task_family
class BlockOverGap(ToolTask):
    """A plank, a block wider than the hand, and two slabs with a gap between them."""

    scenes = {"first": "block_over_gap"}
    sizes = {"plank": (), "near": (), "far": (), "block": ()}  # the plank fits in
    unaided = ("bring",)
    control, far = "ee6", False
    orders = Orders({"drop": (0.0, DROP, 0.01)})

    def not_needed(self, scene: Scene) -> Scene:
        """Push a block from one slab to another that it adjoins; the plank is forbidden."""
        near, plank = scene.entity("near"), scene.entity("plank")
        (x, _, z), top = _middle(scene, "plank"), near.part("top")
        long, _, high = plank.parts[0].size
        size = (long, top.size[1], high)
        at = (round(x - near.pos[0], 5), 0.0, round(z - near.pos[2], 5))
        filled = Part("filling", "box", size, at, rgba=top.rgba)
        return scene.replace_entities([dataclasses.replace(near, parts=(*near.parts, filled))])

    def broken(self, scene: Scene) -> Scene:
        """Push a block over a gap between two slabs with a plank that is too short."""
        return shorten(scene, "plank", SHORT)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the plank, bring the block to the far slab."""
        return carried("plank")

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a block that is wider than the hand over a gap between two slabs, on a plank."""
        return [*_bridge(scene, "plank"), *self.by_hand(scene)]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Lay whatever was made for it over the gap, and push the block across."""
        return [*_bridge(scene, tool_of(scene), motion["drop"]), *self.by_hand(scene)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push the block with the fingers."""
        return pushed_over(scene, WAY)


def carried(tool: str) -> dict[str, Term]:
    """Take what is to bear the block, bring the block to the far slab."""
    done = stages.complete(Term(rewards.goal_share))
    into = {"names": ("block",), "box": "far", "scale": 0.2}
    return {
        **stages.get_tool(tool, done, (0.04, 0.06)),
        "bring": Term(rewards.into, into, 0.15),
    }


def pushed_over(scene: Scene, way: float) -> list[SkillCall]:
    """Push the block a way, m, from one slab to the other with the fingers."""
    block = scene.entity("block")
    height = float(block.pos[2] + block.bounds()[0][2]) + OVER
    return [call("sweep", "block", direction="+x", distance=way, height=height)]


def _bridge(scene: Scene, tool: str, drop: float = DROP) -> list[SkillCall]:
    """Lay a tool into the lowered ends of both slabs, let go of it from ``drop`` above them, m."""
    x, y, z = _middle(scene, tool)
    level = {"frame": "middle", "euler": (0.0, 0.0, 0.0)}
    steps = [
        call("move_frame", tool, position=(x, y, z + h), **level, **how)
        for h, how in ((2 * ABOVE, {}), (ABOVE, {}), (drop, {"speed": SLOW}))
    ]
    take = [call("grasp", tool), call("lift", tool, height=0.12, hold_time=0.0)]
    up = call("move_to_position", position=(x, y, z + 2 * ABOVE))
    return [*take, *steps, call("open_gripper"), up]


def _middle(scene: Scene, tool: str) -> tuple[float, float, float]:
    """Where the middle of what bridges the gap lies in it, m."""
    near, far = scene.entity("near"), scene.entity("far")
    ledge, other = near.part("ledge").bounds(), far.part("ledge").bounds()
    x = (near.pos[0] + ledge[1][0] + far.pos[0] + other[0][0]) / 2
    high = near.pos[2] + ledge[1][2] + scene.entity(tool).size()[2] / 2
    return float(x), near.pos[1], float(high)
