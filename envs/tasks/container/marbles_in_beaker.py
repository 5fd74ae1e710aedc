"""Marbles-In-Beaker: pour marbles out of a beaker that fingers do not get into, onto a tray.

The beaker is 7 cm deep and 3.4 cm wide inside. Tilted over its wall beside the middle of the tray,
it lets the marbles roll out.

Twins: the marbles lie on the table before the beaker, where fingers pick them up; a bar across the
mouth of the beaker lets no marble pass.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import at
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

MARBLES = ("marble1", "marble2")
BESIDE = 0.09  # m, in -x from the beaker, to marbles that are not in it
APART = 0.05  # m, in x, between marbles
ACROSS = 0.016  # m, wide, of a bar across the mouth
POURED_AT = 0.05  # m, in y, from the middle of the tray to the beaker
ABOVE = 0.17  # m, of the beaker's floor where it is tilted
TILT, YAW = 2.2, np.pi / 2  # rad; so turned the palm is not where marbles fall
FALL = 0.04  # m above the table from which fingers let a marble fall


@task_family
class MarblesInBeaker(ToolTask):
    """A beaker with marbles in it, and a tray."""

    scenes = {"first": "marbles_in_beaker"}
    sizes = {"beaker": (), "marble": (), "tray": ("xy",)}
    unaided = ("bring",)
    control, far = "ee6", False

    def not_needed(self, scene: Scene) -> Scene:
        """Put marbles onto a tray that lie on the table; the beaker is forbidden."""
        x, y, _ = scene.entity("beaker").pos
        marbles = [at(scene.entity(n), x - BESIDE - i * APART, y) for i, n in enumerate(MARBLES)]
        low = float(marbles[0].size()[2]) / 2
        return scene.replace_entities(
            [dataclasses.replace(e, pos=(*e.pos[:2], low)) for e in marbles]
        )

    def broken(self, scene: Scene) -> Scene:
        """Pour marbles out of a beaker with a bar across its mouth."""
        beaker = scene.entity("beaker")
        left = beaker.part("left")
        width, thick, _ = left.size
        span = 2 * (left.pos[1] - thick / 2)
        top = left.pos[2] + left.size[2] / 2 - thick / 2
        bar = Part("bar", "box", (ACROSS, span, thick), (0.0, 0.0, top), rgba=left.rgba)
        return scene.replace_entities([dataclasses.replace(beaker, parts=(*beaker.parts, bar))])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the beaker, bring the marbles to the tray."""
        done = stages.complete(Term(rewards.goal_share))
        return {
            **stages.get_tool("beaker", done, (0.04, 0.06)),
            "bring": Term(rewards.into, {"names": MARBLES, "box": "tray"}, 0.15),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Pour marbles out of a beaker that fingers do not get into, onto a tray."""
        beaker, tray = scene.entity("beaker"), scene.entity("tray")
        x, y, _ = tray.pos
        over = (x, y + POURED_AT, ABOVE + beaker.grip()[2])
        return [
            call("grasp", "beaker", yaw=YAW),
            call("lift", "beaker", height=ABOVE, hold_time=0.0),
            call("move_to_position", position=over),
            call("pour", "beaker", direction="-y", frame="right", angle=TILT),
            call("place", "beaker", position=beaker.pos[:2]),
        ]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Pick up one marble after the other, and let it fall onto the tray."""
        x, y, _ = scene.entity("tray").pos
        steps = []
        for name, aside in zip(MARBLES, (APART, -APART), strict=True):
            over = call("move_to_position", position=(x + aside, y, FALL))
            lift = call("lift", name, hold_time=0.0)
            steps += [call("grasp", name), lift, over, call("open_gripper")]
        return steps
