"""Beads-Under-Shelf: rake beads out from under a shelf that is too low for the hand, into a tray.

The beads lie within reach, but under a board 8.5 cm above the table. The hand stays before the
board; it brings the rake's head in over the beads, sets it down behind them and draws them out.

Twins: the beads lie before the shelf, where fingers push them; of the rake's head two teeth are
left at its ends, and beads pass between them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import shift
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.tasks.sweep.sweep_beads import beads_of, drawn_in
from habilis.envs.terms.term import Term

NEARER = -0.04  # m, of beads where no tool is needed
FARTHER = 0.12  # m, of the shelf then: the palm comes down between it and the last bead
TOOTH = 0.012  # m, in y, of a tooth
INSIDE = 0.03  # m, from the tray's open edge to the farthest side of the last bead
PASSING = 0.008  # m, of the rake's edge above the beads on its way in
BEHIND = 0.008  # m, between the farthest bead and the head that is set down
LOW = 0.003  # m, of the edge above the table
BEFORE = 0.03  # m, between the shelf and the head before it goes in
SLOW = 0.08  # m/s
STRAIGHT = (0.0, 0.0, 0.0)


@task_family
class BeadsUnderShelf(ToolTask):
    """A rake, beads under a shelf, and a tray."""

    scenes = {"first": "beads_under_shelf"}
    sizes = {"rake": (), "shelf": (), "bead": ("xyz",), "tray": ()}  # the rake fits under the shelf
    unaided = ("bring",)
    control, far = "ee6", False
    orders = Orders({"passing": (0.003, PASSING, 0.03), "behind": (0.0, BEHIND, 0.03)})

    def not_needed(self, scene: Scene) -> Scene:
        """Push beads that lie before a shelf into a tray; the rake is forbidden."""
        return shift(shift(scene, beads_of(scene), (NEARER, 0.0)), ("shelf",), (FARTHER, 0.0))

    def broken(self, scene: Scene) -> Scene:
        """Rake beads out from under a shelf with a rake of which two teeth are left."""
        rake = scene.entity("rake")
        head, handle = rake.part("head"), rake.part("handle")
        (deep, wide, high), (x, _, z) = head.size, head.pos
        side = round((wide - TOOTH) / 2, 5)
        bar = Part("bar", "box", (deep, wide, TOOTH), (x, 0.0, 0.0), rgba=head.rgba, mass_share=0.3)
        teeth = [
            Part(name, "box", (deep, TOOTH, high), (x, y, z), rgba=head.rgba, mass_share=0.3)
            for name, y in (("tooth1", -side), ("tooth2", side))
        ]
        return scene.replace_entities([dataclasses.replace(rake, parts=(handle, bar, *teeth))])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the rake, bring its edge behind the farthest bead, bring all beads to the tray."""
        return drawn_in(beads_of(scene), "rake", "edge")

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Rake beads out from under a shelf that is too low for the hand, into a tray."""
        return _rake(scene, "rake")

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Bring what was made for it in over the beads, set it down behind them, draw it out."""
        return _rake(scene, tool_of(scene), **motion)

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push one bead after the other, the nearest first."""
        steps = []
        for name in beads_of(scene):
            bead = scene.entity(name)
            way = float(bead.pos[0] + bead.bounds()[1][0] - _edge(scene) + INSIDE)
            steps.append(call("sweep", name, direction="-x", distance=way))
        return steps


def _rake(
    scene: Scene, tool: str, passing: float = PASSING, behind: float = BEHIND
) -> list[SkillCall]:
    """Take a tool, bring its edge in over the beads, set it down behind them, draw it out."""
    rake, shelf = scene.entity(tool), scene.entity("shelf")
    beads = [scene.entity(name) for name in beads_of(scene)]
    deep = float(rake.bounds()[1][0]) - rake.frames["edge"][0]
    front = float(shelf.pos[0] + shelf.bounds()[0][0]) - BEFORE - deep
    far = float(max(b.pos[0] + b.bounds()[1][0] for b in beads)) + behind + deep
    high = float(beads[0].size()[2]) + passing
    y = float(np.mean([b.pos[1] for b in beads]))
    end = _edge(scene) - INSIDE + deep
    way = [(front, 0.15), (front, high), (far, high), (far, LOW), (end, LOW)]
    moves = [
        call("move_frame", tool, frame="edge", position=(x, y, z), euler=STRAIGHT, speed=SLOW)
        for x, z in way
    ]
    return [call("grasp", tool), call("lift", tool, height=0.15, hold_time=0.0), *moves]


def _edge(scene: Scene) -> float:
    """Where the tray is open, x, m."""
    tray = scene.entity("tray")
    return float(tray.pos[0] + tray.bounds()[1][0])
