"""Pin-In-Bars: couple a sled to a bar with a pin that goes through both, and pull the bar.

The sled lies beyond reach, but for a flat tongue that gives the fingers nothing to hold. A bar
slides over the tongue; pulled by its tab it comes alone. A pin, let down through the holes of both,
takes the sled along.

Twins: the tongue has a tab of its own, which fingers pull; the pin is too thick for the holes.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import FINE, pull_in
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

THICK = 0.036  # m, of a pin that does not go into holes of 26 mm
SPARE = 0.12  # m from the near end of the workspace to which a tab is pulled
OVER, ABOVE = 0.06, 0.002  # m above the bar, of the pin on its way and where it is let go
WAY = 0.1  # m that the sled is to come
SLOW = 0.05  # m/s


@task_family
class PinInBars(ToolTask):
    """A pin, a bar within reach, and a sled beyond it."""

    scenes = {"first": "pin_in_bars"}
    sizes = {"pin": (), "bar": (), "sled": ()}  # the pin fits into both
    unaided = ("pull",)
    control, far = "ee6", False

    def not_needed(self, scene: Scene) -> Scene:
        """Pull a sled by a tab of its own; the pin is forbidden."""
        sled, tab = scene.entity("sled"), scene.entity("bar").part("tab")
        left = sled.part("left")
        (x, y, z), (deep, wide, high) = left.pos, tab.size
        out = -y - left.size[1] / 2 - 2 * wide
        beside = (x, round(out + wide, FINE), z)
        arm = Part("arm", "box", (deep, 2 * wide, left.size[2]), beside, rgba=left.rgba)
        at = (x, round(out + wide / 2, FINE), round(z + (left.size[2] + high) / 2, FINE))
        own = dataclasses.replace(tab, pos=at)
        handled = dataclasses.replace(sled, parts=(*sled.parts, arm, own), frames={"grip": at})
        return scene.replace_entities([handled])

    def broken(self, scene: Scene) -> Scene:
        """Pull a sled by a bar, with a pin that is too thick to couple them."""
        pin = scene.entity("pin")
        (part,) = pin.parts
        thick = dataclasses.replace(part, size=(THICK, THICK, part.size[2]))
        return scene.replace_entities([dataclasses.replace(pin, parts=(thick,))])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the pin, bring it over the hole, pull the sled."""
        pull = Term(stages.travel, {"body": "sled", "value": -WAY}, 0.1)
        done = stages.complete(pull)
        aim = {"point": "pin/origin", "other": "bar/origin", "offset": (0.0, 0.0)}
        return {
            **stages.get_tool("pin", done, (0.04, 0.05)),
            "aim": stages.until(done, Term(stages.meet, aim, 0.06)),
            "pull": pull,
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Couple a sled beyond reach to a bar with a pin, and pull the bar."""
        pin, bar = scene.entity("pin"), scene.entity("bar")
        (x, y, z), grip = bar.pos, pin.grip()[2] + pin.size()[2] / 2
        top = float(z + bar.part("end").bounds()[1][2])
        moves = [
            call("move_to_position", position=(x, y, float(height + grip)), **how)
            for height, how in ((top + OVER, {}), (top + ABOVE, {"speed": SLOW}))
        ]
        take = [call("grasp", "pin"), call("lift", "pin", height=0.1, hold_time=0.0)]
        up = call("move_to_position", position=(x, y, float(top + 2 * OVER + grip)))
        return [*take, *moves, call("open_gripper"), up, *pull_in(scene, "bar", SPARE)]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Pull the sled by its tab if it has one, else the bar by its own."""
        handled = "grip" in scene.entity("sled").frames
        return pull_in(scene, "sled" if handled else "bar", SPARE)
