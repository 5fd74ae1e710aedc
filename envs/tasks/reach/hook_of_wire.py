"""Hook-Of-Wire: bend a straight wire against a post, and draw a cube in with the hook.

The cube stands 11 cm beyond the box that the tool centre point may not leave. The wire reaches it,
but is straight. Its end turns on the rest and stays where it was turned, as dry friction holds it:
led past a post it bends to a hook, which goes in behind the cube.

Twins: the cube stands within reach; the wire springs back as soon as nothing presses on it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import put
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import OFFSET, Orders, draw_in
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import stages
from habilis.envs.terms.term import Term

NEAR = (0.3, 0.1)  # m, where the cube stands if no tool is needed
SPRING = 0.04  # N m/rad, of a wire that springs back
BENT = 1.2  # rad
PAST = np.array([[-0.045, -0.03], [-0.045, -0.022], [-0.015, 0.035], [-0.03, 0.05]])
"""From the post to the place of the bend on its way past it, m."""
LOW, HIGH = 0.012, 0.08  # m above the table, of the wire while it serves and on its way
ASIDE, BEHIND, INSIDE = 0.03, 0.03, 0.07  # m, of the wire beside and behind the cube; into reach
AWAY = 0.1  # m from the cube to where the wire is put down, in y
SLOW = 0.06  # m/s


@task_family
class HookOfWire(ToolTask):
    """A wire that bends, a post, and a cube."""

    scenes = {"first": "hook_of_wire"}
    sizes = {"wire": (), "post": (), "cube": ("xyz",)}
    target = "cube"
    control, level = "ee6", 4
    orders = Orders(OFFSET)

    def not_needed(self, scene: Scene) -> Scene:
        """Pick up a cube that is within reach; the wire is forbidden."""
        return put(scene, "cube", *NEAR)

    def broken(self, scene: Scene) -> Scene:
        """Draw in a cube with a wire that springs back when it has been bent."""
        wire = scene.entity("wire")
        (end,) = wire.links
        assert end.joint is not None
        springy = dataclasses.replace(end.joint, stiffness=SPRING, frictionloss=0.0)
        links = (dataclasses.replace(end, joint=springy),)
        return scene.replace_entities([dataclasses.replace(wire, links=links)])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the wire, bend it, bring the cube, pick it up."""
        done = stages.within("cube/grip")
        bend = Term(stages.travel, {"body": "wire/end", "value": BENT}, 0.05)
        return {
            **stages.get_tool("wire", done, (0.03, 0.03)),
            "bend": stages.until(done, bend),
            "bring": Term(stages.bring, {"point": "cube/grip"}, 0.05),
            **stages.get_target("cube", (0.02, 0.02, 0.05)),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Draw in a cube that is out of reach with a hook bent from a wire."""
        post, cube = np.array(scene.entity("post").pos[:2]), scene.entity("cube")
        half = float(cube.size()[0]) / 2
        left, far = cube.pos[1] + half + ASIDE, cube.pos[0] + half + BEHIND
        beside = cube.pos[1] + half + 0.012
        near = far - (cube.pos[0] - scene.workspace.upper[0] + INSIDE)
        ways = [(*p, LOW) for p in post + PAST]
        ways = [(*ways[0][:2], HIGH), *ways, (*ways[-1][:2], HIGH)]
        hook = [(far, left, HIGH), (far, left, LOW), (far, beside, LOW), (near, beside, LOW)]
        away = cube.pos[1] + AWAY
        x = near + BEHIND
        off = [(x, beside, LOW), (x, beside, HIGH), (x, away, HIGH), (x, away, LOW)]
        moves = [_lead(p) for p in (*ways, *hook, *off)]
        leave = [call("open_gripper"), call("move_to_position", position=_over(scene, off[-1]))]
        return [call("grasp", "wire"), *moves, *leave, *self.by_hand(scene)]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Draw the cube in with whatever was made for it, and pick it up."""
        return draw_in(scene, "cube", motion["offset"])


def _over(scene: Scene, bend: tuple[float, ...]) -> tuple[float, float, float]:
    """Above the grip of a wire whose bend is at a place, m."""
    frames = scene.entity("wire").frames
    return float(bend[0] - frames["bend"][0] + frames["grip"][0]), float(bend[1]), 2 * HIGH


def _lead(at: tuple[float, ...]) -> SkillCall:
    """Bring the wire's bend to a place, along x."""
    x, y, z = map(float, at)
    level = {"frame": "bend", "euler": (0.0, 0.0, 0.0)}
    return call("move_frame", "wire", position=(x, y, z), speed=SLOW, **level)
