"""Key-On-A-String: cut the string that ties a key with snips off a stand, and take the key.

For an arm with a hand. The key lies on a ledge, tied to a post by a string that fingers do not
tear. The hand takes the snips off their stand, closes their blades across the string, and with
their tips puts the key into a dish.

Twins: nothing ties the key, which fingers take; the blades have edges so dull that no hand presses
them through the string.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.changes import refit
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards
from habilis.envs.terms.term import Term

DULL = 5e-4  # m, radius of the edges of snips: 25 times what it should be
FALL = 0.08  # m above the table from which fingers let the key fall


@task_family
class KeyOnAString(ToolTask):
    """Snips, a key that is tied to a post, and a dish."""

    scenes = {"first": "key_on_a_string"}
    sizes = {"string": ("xyz",), "key": "string"}
    unaided = ("bring",)
    control, far = "tool", False

    def not_needed(self, scene: Scene) -> Scene:
        """Take a key that lies loose with the fingers; the snips are forbidden."""
        return scene.replace_entities([dataclasses.replace(scene.entity("string"), tie=None)])

    def broken(self, scene: Scene) -> Scene:
        """Take a key off its string with snips that are dull."""
        return refit(scene, "snips", edge=DULL)

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """The key lies on its ledge, where the string ends."""
        post, key, old = scene.entity("string"), scene.entity("key"), given.entity("key")
        more = key.size()[0] / old.size()[0]
        away = [more * (a - b) for a, b in zip(old.pos, given.entity("string").pos, strict=True)]
        x, y, z = (round(float(a + b), 6) for a, b in zip(post.pos, away, strict=True))
        return [dataclasses.replace(key, pos=(x, y, z))]

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the snips off their stand, bring the key to the dish."""
        taken = Term(rewards.carried, {"tool": "snips"}, 0.1)
        return {
            "take": taken,
            "bring": Term(rewards.into, {"names": ("key",), "box": "dish"}, 0.15),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Cut the string that ties a key with snips that hang on a stand, and take the key."""
        cut = (call("take_tool", tool="snips"), call("cut_with_tool", "string"))
        return [*cut, call("pick_with_tool", "key"), call("place_with_tool", "key", on="dish")]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Take the key with the fingers, and let it fall into the dish."""
        over = (*scene.entity("dish").pos[:2], FALL)
        return [call("grasp", "key"), call("move_to_position", position=over), call("open_gripper")]
