"""Sweep-Beads: sweep beads that lie beyond reach into a tray, with a bench brush.

Five glass beads lie 8 cm beyond the box that the tool centre point may not leave. A tray with
three low walls is let into the table within reach, open towards them. The brush, put down behind
the farthest bead, draws them all in at once.

Twins: beads and tray lie nearer, where fingers can push one bead after the other; the brush's head
comes off when beads press on it by more than 0.02 N for 40 ms, a fifth of what a sweep takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import shift, weaken
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

INSIDE = 0.015  # m, from the tray's open edge to the farthest side of the last bead


@task_family
class SweepBeads(ToolTask):
    """A brush, beads and a tray."""

    scenes = {"first": "sweep_beads"}
    sizes = {"brush": ("x", "y", "z"), "bead": ("xyz",), "tray": ()}
    unaided = ("bring",)
    lookalike = False  # beside the way of a brush as wide as this there is no room for another
    orders = Orders({"offset": (-0.04, 0.0, 0.04)})

    def not_needed(self, scene: Scene) -> Scene:
        """Push beads that lie within reach into a tray; the brush is forbidden."""
        return shift(shift(scene, beads_of(scene), (-0.16, 0.0)), ("tray",), (-0.04, 0.0))

    def broken(self, scene: Scene) -> Scene:
        """Sweep beads beyond reach with a brush whose head comes off."""
        return weaken(scene, "brush", "head", load=0.02, hold=0.02)  # beads only tap

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the brush, bring its head behind the farthest bead, bring all beads to the tray."""
        return drawn_in(beads_of(scene), "brush", "head")

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Sweep beads that lie beyond reach into a tray, with a brush."""
        far, aside = beads_of(scene)[-1], scene.entity("tray").pos[1]
        held: dict[str, Any] = {
            "tool": "brush",
            "part": "head",
            "offset": scene.entity(far).pos[1] - aside,
        }
        return [call("grasp", "brush"), _sweep(scene, far, **held)]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Sweep the beads in with whatever was made for it."""
        far, tool = beads_of(scene)[-1], tool_of(scene)
        aside = scene.entity(far).pos[1] - scene.entity("tray").pos[1] + motion["offset"]
        held: dict[str, Any] = {"tool": tool, "part": "work", "offset": aside}
        return [call("grasp", tool), _sweep(scene, far, **held)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Push one bead after the other, the nearest first."""
        return [_sweep(scene, name) for name in beads_of(scene)]


def beads_of(scene: Scene) -> tuple[str, ...]:
    """Their names, the nearest first."""
    beads = [e for e in scene.entities if e.name.startswith("bead")]
    return tuple(e.name for e in sorted(beads, key=lambda e: e.pos[0]))


def drawn_in(beads: tuple[str, ...], tool: str, edge: str) -> dict[str, Term]:
    """Terms of a tool whose edge goes behind the last bead, and draws them all into the tray."""
    done = stages.complete(Term(rewards.goal_share))
    points = {"point": f"{tool}/{edge}", "other": f"{beads[-1]}/origin"}
    behind: dict[str, Any] = {**points, "offset": (0.035, 0.0)}
    return {
        **stages.get_tool(tool, done, (0.03, 0.04)),
        "aim": stages.until(done, Term(stages.meet, behind, 0.06)),
        "bring": Term(rewards.into, {"names": beads, "box": "tray"}, 0.12),
    }


def _sweep(scene: Scene, bead: str, **held: Any) -> SkillCall:
    thing, tray = scene.entity(bead), scene.entity("tray")
    edge = tray.pos[0] + tray.bounds()[1][0] - INSIDE
    way = float(thing.pos[0] + thing.bounds()[1][0] - edge)
    return call("sweep", bead, direction="-x", distance=way, **held)
