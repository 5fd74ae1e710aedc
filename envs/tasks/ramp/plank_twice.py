"""Plank-Twice: push a block over two gaps between three slabs, with the only plank there is.

The block is wider than the gripper opens, so that it can be pushed only. A plank that lies in the
lowered ends of two slabs fills the gap between them, and there are two gaps and one plank. It has
to be laid, crossed, taken up behind the block and laid again before it; the block must stop between
both gaps, clear of the ends that the plank lies on.

Twins: both gaps are filled; the plank is shorter than the gaps are wide.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import shorten
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.tasks.ramp.block_over_gap import OVER, lay
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

GAPS = ((("near", "ledge"), ("mid", "near_ledge")), (("mid", "far_ledge"), ("last", "ledge")))
"""The lowered ends on either side of each gap."""
SHORT = 0.45  # of its length
CLEAR = 0.01  # m, from the lowered end of a slab to the block that was pushed past it


@task_family
class PlankTwice(ToolTask):
    """A plank, a block wider than the hand, and three slabs with two gaps between them."""

    scenes = {"first": "plank_twice"}
    sizes = {"plank": (), "near": (), "mid": (), "last": (), "block": ()}  # the plank fits in
    unaided = ("bring",)
    control, far, level = "ee6", False, 5

    def not_needed(self, scene: Scene) -> Scene:
        """Push a block over three slabs that adjoin; the plank is forbidden."""
        near, plank = scene.entity("near"), scene.entity("plank").parts[0]
        top, (long, _, high) = near.part("top"), plank.size
        fillings = [
            Part(name, "box", (long, top.size[1], high), at, rgba=top.rgba)
            for name, ends in zip(("filling", "other_filling"), GAPS, strict=True)
            for at in [_from(near.pos, _middle(scene, *ends))]
        ]
        return scene.replace_entities([dataclasses.replace(near, parts=(*near.parts, *fillings))])

    def broken(self, scene: Scene) -> Scene:
        """Push a block over two gaps with a plank that is too short."""
        return shorten(scene, "plank", SHORT)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the plank, bring the block to the second slab and on to the last."""
        done = stages.complete(Term(rewards.goal_share))
        into = {
            name: Term(rewards.into, {"names": ("block",), "box": name, "scale": 0.2}, 0.075)
            for name in ("mid", "last")
        }
        return {
            **stages.get_tool("plank", done, (0.04, 0.06)),
            "cross": stages.until(done, into["mid"]),
            "bring": into["last"],
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a block over two gaps between three slabs, on the only plank there is."""
        pushes = zip(GAPS, self.by_hand(scene), strict=True)
        return [c for ends, push in pushes for c in (*lay(_middle(scene, *ends), "plank"), push)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push the block with the fingers, twice."""
        block = scene.entity("block")
        half, low = block.size()[0] / 2, float(block.pos[2] + block.bounds()[0][2]) + OVER
        x, steps = block.pos[0], []
        for slab in (scene.entity("mid"), scene.entity("last")):
            to = slab.pos[0] + slab.part("top").bounds()[0][0] + CLEAR + half
            push = {"direction": "+x", "distance": float(to - x), "height": low}
            steps.append(call("sweep", "block", **push))
            x = to
        return steps


def _from(origin: Vec3, place: Vec3) -> Vec3:
    x, y, z = (round(a - b, 5) for a, b in zip(place, origin, strict=True))
    return x, y, z


def _middle(scene: Scene, *ends: tuple[str, str]) -> Vec3:
    """Where the middle of the plank lies on the lowered ends beside a gap, m."""
    near, far = (
        scene.entity(thing).part(part).bounds() + np.array(scene.entity(thing).pos)
        for thing, part in ends
    )
    x, y, _ = (np.minimum(near[0], far[0]) + np.maximum(near[1], far[1])) / 2
    return float(x), float(y), float(near[1][2] + scene.entity("plank").size()[2] / 2)
