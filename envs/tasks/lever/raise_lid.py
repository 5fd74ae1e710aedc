"""Raise-Lid: lever up the lid of a box that is out of reach, with a bar.

The lid lies flat on the box, 11 cm beyond the box that the tool centre point may not leave, and
stands over its front wall by 3 cm. The far end of a bar goes in under that edge, and up.

Twins: the box stands within reach, where fingers take the lid by its knob; the bar has a third
of its length, and does not get to the lid.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.changes import at, shift, shorten
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

NEARER = -0.3  # m that the box stands nearer where no tool is needed
SHORT = 0.35  # of its length
ANGLE = 0.4  # rad, that the lid is to be opened
UNDER, BEFORE = 0.02, 0.04  # m that the end goes under the edge, and where it is lowered
CLEAR = 0.005  # m, between bar and lid
MORE = 0.1  # rad that the lid is raised beyond what is asked


@task_family
class RaiseLid(ToolTask):
    """A bar, and a box with a lid."""

    scenes = {"first": "raise_lid"}
    sizes = {"bar": ("x",), "lid": ("xy",), "box": "lid"}
    unaided = ("open",)
    control = "ee6"
    orders = Orders({"under": (0.01, UNDER, 0.028), "clear": (0.002, CLEAR, 0.015)})

    def not_needed(self, scene: Scene) -> Scene:
        """Open a lid that is within reach by its knob; the bar is forbidden."""
        return shift(scene, ("box", "lid"), (NEARER, 0.0))

    def broken(self, scene: Scene) -> Scene:
        """Open a lid out of reach with a bar that is too short."""
        return shorten(scene, "bar", SHORT)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the bar, bring its end to the lid's edge, raise it."""
        last = {"open": Term(stages.travel, {"body": "lid", "value": ANGLE}, 0.1)}
        return stages.use_tool("bar", "end", "lid/origin", last, (_edge(scene) + UNDER, 0.0))

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """The lid's hinge is above the back wall, and its edge as far away as it was."""
        old, lid, box = given.entity("lid"), scene.entity("lid"), scene.entity("box")
        moved = old.pos[0] + _edge(given) - _edge(scene) - lid.pos[0]
        return [at(e, x=e.pos[0] + moved) for e in (lid, box)]

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Lever up the lid of a box that is out of reach, with a bar."""
        return _lever(scene, "bar", "end", float(scene.entity("bar").size()[2]) / 2)

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Lever up the lid with whatever was made for it."""
        tool = scene.entity(tool_of(scene))
        over = float(tool.part("work").bounds()[1][2]) - tool.frames["tip"][2]
        return _lever(scene, tool.name, "tip", over, **motion)

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the knob, and bring it up on its arc."""
        lid = scene.entity("lid")
        assert lid.joint is not None
        pivot = np.array(lid.pos) + lid.joint.pos
        out = np.array(lid.pos) + lid.grip() - pivot
        steps = [call("grasp", "lid", raise_by=0.0)]
        for angle in np.linspace(0.0, ANGLE + MORE, 4)[1:]:
            c, s = np.cos(angle), np.sin(angle)
            x, z = c * out[0] + s * out[2], c * out[2] - s * out[0]
            at_angle = (float(pivot[0] + x), lid.pos[1], float(pivot[2] + z))
            steps.append(call("move_to_position", position=at_angle, speed=0.08))
        return steps


def _lever(
    scene: Scene, tool: str, frame: str, over: float, under: float = UNDER, clear: float = CLEAR
) -> list[SkillCall]:
    """Bring a frame of a tool in under the lid's edge, and up; ``over`` of it is above that, m."""
    lid = scene.entity("lid")
    low = lid.pos[2] + float(lid.part("plate").bounds()[0][2])
    x, y, z = lid.pos[0] + _edge(scene), lid.pos[1], low - clear - over
    high = z + _arm(lid) * float(np.sin(ANGLE + MORE))
    way = [(x - BEFORE, z), (x + under, z), (x + under, high)]
    end = {"frame": frame, "euler": (0.0, 0.0, 0.0)}
    moves = [call("move_frame", tool, position=(a, y, b), **end) for a, b in way]
    return [call("grasp", tool), call("lift", tool, height=0.15, hold_time=0.0), *moves]


def _edge(scene: Scene) -> float:
    """Where the lid's near edge is, from its origin, m."""
    return float(scene.entity("lid").part("plate").bounds()[0][0])


def _arm(lid: Thing) -> float:
    """From the lid's hinge to its near edge, m."""
    assert lid.joint is not None
    return float(lid.joint.pos[0] - lid.part("plate").bounds()[0][0])
