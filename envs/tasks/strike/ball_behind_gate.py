"""Ball-Behind-Gate: fetch a slug with a rake, and drop it down a chimney to open a ball's way out.

The ball lies in a covered tunnel on a slope, against a gate that dry friction holds. An arm of the
gate ends at the bottom of a chimney that no hand gets into. The slug that would drive it down lies
9 cm beyond the box that the tool centre point may not leave. What has fallen into the chimney is
out of reach for good: there is one blow.

Twins: the gate stands out of the chimney, where fingers press it down; the slug is hollow and has a
sixth of the mass, which is felt and not seen.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import hollow
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.tasks.strike.slug_down_chimney import (
    ABOVE,
    BELOW,
    DEEP,
    FARTHER,
    LONGER,
    OVER,
    SLOW,
)
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

UP = 0.05  # m that the hand rises while the ball rolls out
INSIDE = 0.12  # m from the end of the workspace to where the slug is brought
ASIDE = 0.095  # m, in -y from the slug, where the rake is put down
BEFORE = 0.03  # m, in -x from the slug, of the middle of the rake there


@task_family
class BallBehindGate(ToolTask):
    """A slug out of reach, a rake, and a ball behind a gate that a blow opens."""

    scenes = {"first": "ball_behind_gate"}
    sizes = {"rake": (), "slug": (), "house": (), "gate": (), "ball": (), "tray": ()}  # they fit
    unaided = ("drive", "bring")
    control, far, level = "ee6", False, 5

    def not_needed(self, scene: Scene) -> Scene:
        """Press down a gate that stands out of its chimney; the slug is forbidden."""
        gate = scene.entity("gate")
        anvil = gate.part("anvil")
        (wide, deep, high), (x, y, z) = anvil.size, anvil.pos
        longer = dataclasses.replace(
            anvil, size=(wide, deep, high + LONGER), pos=(x, y, z + LONGER / 2)
        )
        parts = tuple(longer if part is anvil else part for part in gate.parts)
        grip = (x, y, round(z + high / 2 + LONGER - BELOW, 5))
        return scene.replace_entities(
            [dataclasses.replace(gate, parts=parts, frames={"grip": grip})]
        )

    def broken(self, scene: Scene) -> Scene:
        """Fetch a slug that is hollow, and drop it on a gate that it does not open."""
        return hollow(scene, "slug")

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the rake, fetch the slug, take it, drive the gate, let the ball roll out."""
        done, near = stages.complete(Term(rewards.goal_share)), stages.within("slug/grip")
        rake = stages.get_tool("rake", near, (0.02, 0.02))
        slug = stages.get_tool("slug", done, (0.02, 0.03))
        return {
            **{f"{name}_first": term for name, term in rake.items()},
            "fetch": Term(stages.bring, {"point": "slug/grip"}, 0.04),
            **{name: stages.after(near, term) for name, term in slug.items()},
            "drive": Term(stages.travel, {"body": "gate", "value": DEEP}, 0.06),
            "bring": Term(rewards.into, {"names": ("ball",), "box": "tray"}, 0.06),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Fetch a slug with a rake, and drop it down a chimney to open a ball's way out."""
        return [*_fetch(scene), *_drop(scene)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the gate where it stands out, and press."""
        gate = scene.entity("gate")
        x, y, z = (a + float(b) for a, b in zip(gate.pos, gate.grip(), strict=True))
        end = (x, y, z - DEEP - FARTHER)
        press = call("move_to_position", position=end, speed=SLOW)
        return [call("grasp", "gate"), press, *_let_go((x, y, end[2] + UP))]


def _fetch(scene: Scene) -> list[SkillCall]:
    """Draw the slug near with the rake, and put the rake aside."""
    x, y, _ = scene.entity("slug").pos
    end = scene.workspace.upper[0] - INSIDE
    drag = {"tool": "rake", "part": "head", "direction": "-x", "distance": x - end}
    rest = (end - BEFORE, y - ASIDE)
    return [
        call("grasp", "rake"),
        call("sweep", "slug", **drag),
        call("place", "rake", position=rest),
    ]


def _drop(scene: Scene) -> list[SkillCall]:
    """Take the slug, and let go of it above the chimney."""
    slug, house, gate = (scene.entity(name) for name in ("slug", "house", "gate"))
    rim, tall = float(house.pos[2] + house.bounds()[1][2]), float(slug.size()[2])
    anvil = gate.part("anvil").pos
    x, y = gate.pos[0] + anvil[0], gate.pos[1] + anvil[1]
    high = rim + OVER + tall
    return [
        call("grasp", "slug"),
        call("lift", "slug", height=high, hold_time=0.0),
        call("move_to_position", position=(x, y, high)),
        call("move_to_position", position=(x, y, rim + ABOVE + tall / 2), speed=SLOW),
        *_let_go((x, y, rim + ABOVE + tall / 2 + UP)),
    ]


def _let_go(up: tuple[float, float, float]) -> list[SkillCall]:
    """Open the hand and rise slowly, which gives the ball the time to roll out."""
    return [call("open_gripper"), call("move_to_position", position=up, speed=SLOW)]
