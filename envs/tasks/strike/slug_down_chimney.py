"""Slug-Down-Chimney: drive a peg at the bottom of a chimney by dropping a steel slug on it.

The peg is held by 5 N of dry friction, 15 cm below the rim of a chimney that no hand gets into.
The slug weighs 1.2 N: at rest it does not move the peg, fallen from the rim it drives it down. It
lies too deep then to be taken back, so that there is one blow.

Twins: the peg is so long that it stands out of the chimney, where fingers press it down; the slug
is hollow and has a sixth of the mass, which is felt and not seen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import hollow
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

LONGER = 0.2  # m that the peg is longer where no tool is needed
CORNER = (0.38, 0.19)  # m, where it then stands, so that few arms bump into it by chance
BELOW = 0.01  # m, from the end of a long peg to where fingers take it
DEEP = 0.016  # m, that the peg is to be driven
FARTHER = 0.004  # m beyond the end of the way
OVER = 0.03  # m above the rim that the slug is carried
ABOVE = 0.004  # m above the rim, of the slug where it is let go
SLOW = 0.05  # m/s


@task_family
class SlugDownChimney(ToolTask):
    """A slug, and a peg at the bottom of a chimney."""

    scenes = {"first": "slug_down_chimney"}
    sizes = {"slug": (), "chimney": (), "peg": ()}  # each fits into the other
    unaided = ("drive",)
    control, far = "ee6", False
    orders = Orders({"above": (0.002, ABOVE, 0.03)})

    def not_needed(self, scene: Scene) -> Scene:
        """Press down a peg that stands out of its chimney; the slug is forbidden."""
        peg, chimney = scene.entity("peg"), scene.entity("chimney")
        (part,), (x, y, z) = peg.parts, peg.parts[0].size
        longer = dataclasses.replace(part, size=(x, y, z + LONGER), pos=(0.0, 0.0, LONGER / 2))
        grip = (0.0, 0.0, round(z / 2 + LONGER - BELOW, 5))
        return scene.replace_entities(
            [
                dataclasses.replace(
                    peg, parts=(longer,), frames={"grip": grip}, pos=(*CORNER, peg.pos[2])
                ),
                dataclasses.replace(chimney, pos=(*CORNER, chimney.pos[2])),
            ]
        )

    def broken(self, scene: Scene) -> Scene:
        """Drive a peg at the bottom of a chimney with a slug that is hollow."""
        return hollow(scene, "slug")

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the slug, bring it over the chimney, drive the peg."""
        last = {"drive": Term(stages.travel, {"body": "peg", "value": DEEP}, 0.1)}
        return stages.use_tool("slug", "origin", "peg/origin", last)

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Drive a peg at the bottom of a chimney that no hand gets into, by dropping a slug."""
        return _drop(scene, "slug")

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Drop whatever was made for it down the chimney."""
        return _drop(scene, tool_of(scene), motion["above"])

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the end that stands out, and press."""
        peg = scene.entity("peg")
        x, y, z = peg.pos
        end = (x, y, float(z + peg.grip()[2] - DEEP - FARTHER))
        return [call("grasp", "peg"), call("move_to_position", position=end, speed=SLOW)]


def _drop(scene: Scene, tool: str, above: float = ABOVE) -> list[SkillCall]:
    """Take a tool, and let go of it with its lower end ``above`` the chimney's rim, m."""
    slug, chimney = scene.entity(tool), scene.entity("chimney")
    rim = float(chimney.pos[2] + chimney.bounds()[1][2])
    over = (*scene.entity("peg").pos[:2], rim + above + float(slug.size()[2]) / 2)
    high = rim + OVER + float(slug.size()[2])
    return [
        call("grasp", tool),
        call("lift", tool, height=high, hold_time=0.0),
        call("move_to_position", position=(*over[:2], high)),
        call("move_to_position", position=over, speed=SLOW),
        call("open_gripper"),
    ]
