"""Stack-In-Gap: push a block over a gap on two of four pieces, whose heights must add up.

The block is wider than the gripper opens, so that it can be pushed only. Halfway over a gap of 12
cm it tips into it, unless something bears it there. No piece is as high as the slabs, and of all
pairs one is, within 2 mm: a lower stack lets the block down behind the edge of the far slab, a
higher one stops it. The pieces have magnets above and below, so that a stack is one for good.

Twins: the gap is filled; one of the two pieces is lower.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import FINE
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.tasks.ramp.block_over_gap import carried, pushed_over
from habilis.envs.terms.term import Term

LOW = 0.016  # m, of the piece that is too low
BELOW = 0.002  # m, of the stack's upper side below that of the near slab


@task_family
class StackInGap(ToolTask):
    """Four pieces, a block wider than the hand, and two slabs with a gap between them."""

    scenes = {"first": "stack_in_gap"}
    sizes = {
        "piece": (),
        "near": (),
        "plate": (),
        "far": (),
        "block": (),
    }  # two pieces are as high as the slabs
    unaided = ("bring",)
    far, level, lookalike = False, 4, False  # its pieces are look-alikes

    def not_needed(self, scene: Scene) -> Scene:
        """Push a block from one slab to another that it adjoins; the pieces are forbidden."""
        near, top = scene.entity("near"), scene.entity("near").part("top")
        low, high = _hole(scene)
        size, at = high - low, (low + high) / 2 - near.pos
        deep, wide, tall = (round(float(v), FINE) for v in size)
        x, y, z = (round(float(v), FINE) for v in at)
        filled = Part("filling", "box", (deep, wide, tall), (x, y, z), rgba=top.rgba)
        return scene.replace_entities([dataclasses.replace(near, parts=(*near.parts, filled))])

    def broken(self, scene: Scene) -> Scene:
        """Push a block over a gap with pieces of which no two are as high as the slabs."""
        piece = scene.entity("piece1")
        (part,), (x, y, z) = piece.parts, piece.pos
        low = dataclasses.replace(part, size=(*part.size[:2], LOW))
        at = (x, y, round(z + (LOW - part.size[2]) / 2, FINE))
        return scene.replace_entities([dataclasses.replace(piece, parts=(low,), pos=at)])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take a piece, bring the block to the far slab."""
        return carried("piece1")

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Push a block that is wider than the hand over a gap, on two pieces stacked in it."""
        low, high = _hole(scene)
        (x, y, _), deep = (low + high) / 2, high[2] - low[2] - BELOW
        pairs = itertools.combinations([e for e in scene.entities if e.magnetic], 2)
        best = min(pairs, key=lambda pair: abs(sum(e.size()[2] for e in pair) - deep))
        at, steps = (float(x), float(y)), []
        for piece in sorted(best, key=lambda e: -e.size()[2]):
            steps += [call("grasp", piece.name), call("place", piece.name, position=at)]
        return [*steps, *self.by_hand(scene)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push the block with the fingers."""
        way = scene.entity("far").pos[0] - scene.entity("block").pos[0]
        return pushed_over(scene, float(way))


def _hole(scene: Scene) -> tuple[Array, Array]:
    """Lowest and highest corner (3,), (3,) of the room between both slabs, m."""
    parts = (("near", "top"), ("plate", "plate"), ("far", "top"))
    (a, b), (_, floor), (c, _) = (
        np.array(scene.entity(thing).part(part).bounds()) + scene.entity(thing).pos
        for thing, part in parts
    )
    return np.array([b[0], a[1], floor[2]]), np.array([c[0], b[1], b[2]])
