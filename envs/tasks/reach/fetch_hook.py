"""Fetch-Hook: fetch a long rake with a short stick, and a carton with the rake.

The carton is 20 cm beyond the box that the tool centre point may not leave, the rake 7 cm. The
stick gets behind the rake's post, under its handle, and no farther; the rake behind the carton.

Twins: the carton is within reach; the rake has half its length, and does not get behind it.
"""

from __future__ import annotations

from collections.abc import Mapping

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import put, shorten
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import OFFSET, Orders, draw_in
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

NEAR = (0.3, 0.05)  # m, where the carton stands if no tool is needed
SHORT = 0.5  # of its length
INSIDE = 0.06  # m from the end of the workspace to where grips are brought
BESIDE = 0.006  # m, air between a handle and what lies in the corner of its head
AWAY, ASIDE = 0.15, 0.1  # m in y, where the rake is put down, and the stick from the carton
UP = 0.15  # m above the table, of the rake's grip where it is straightened


@task_family
class FetchHook(ToolTask):
    """A stick within reach, a rake that is not, and a carton that is still farther away."""

    scenes = {"first": "fetch_hook"}
    sizes = {"stick": ("x",), "rake": ("x",), "carton": ("xy", "z")}  # heads pass beside and below
    target = "carton"
    control, level = "ee6", 3
    orders = Orders(OFFSET, at="stick")

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up a carton that is within reach; the rake is forbidden."""
        return put(scene, "carton", *NEAR)

    def broken(self, scene: Scene) -> Scene:
        """Fetch a carton with a rake that is too short, itself fetched with a stick."""
        return shorten(scene, "rake", SHORT)

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the stick, bring the rake; take the rake, bring the carton, pick it up."""
        fetched, brought = stages.within("rake/grip"), stages.within("carton/grip")
        first = stages.get_tool("stick", fetched, (0.02, 0.02))
        second = stages.get_tool("rake", brought, (0.02, 0.03))
        return {
            **{f"{name}_first": term for name, term in first.items()},
            "fetch": Term(stages.bring, {"point": "rake/grip"}, 0.04),
            **{name: stages.after(fetched, term) for name, term in second.items()},
            "bring": Term(stages.bring, {"point": "carton/grip"}, 0.04),
            **stages.get_target("carton", (0.02, 0.02, 0.04)),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Fetch a rake with a stick, and with the rake a carton that is still farther away."""
        stick, rake, carton = (scene.entity(n) for n in ("stick", "rake", "carton"))
        end, side = scene.workspace.upper[0] - INSIDE, 1 if rake.pos[1] > carton.pos[1] else -1
        post = {"tool": "stick", "object_part": "post", "distance": rake.pos[0] - end}
        whole = {"tool": "rake", "distance": carton.pos[0] - end}
        away = (float(stick.pos[0] + stick.centre()[0]), carton.pos[1] - side * ASIDE)
        rest = (end + float(rake.centre()[0]), side * AWAY)
        up = {"frame": "grip", "position": (end, rake.pos[1], UP), "euler": (0.0, 0.0, 0.0)}
        return [
            call("grasp", "stick"),
            _drag("rake", side, (stick.part("handle").size[1], rake.part("post").size[1]), post),
            call("place", "stick", position=away),
            call("grasp", "rake"),
            call("move_frame", "rake", **up),
            _drag("carton", -side, (rake.part("handle").size[1], carton.size()[1]), whole),
            call("place", "rake", position=rest),
            *self.by_hand(scene),
        ]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Draw the carton in with whatever was made for it, and pick it up."""
        return draw_in(scene, "carton", motion["offset"])


def _drag(name: str, side: int, wide: tuple[float, float], how: dict[str, object]) -> SkillCall:
    """Drag a thing by a head behind it, whose handle lies to one side: widths of both, m."""
    aside = side * (sum(wide) / 2 + BESIDE)
    return call("sweep", name, direction="-x", part="head", offset=aside, side=side, **how)
