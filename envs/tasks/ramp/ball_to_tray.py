"""Ball-To-Tray: let a ball roll onto a tray that is out of reach, down a channel put up first.

The ball lies on a ledge; the tray begins 4 cm beyond the box that the tool centre point may not
leave, behind a low wall that nothing rolls over. The channel stands on legs and slopes. Put between
the two, it takes the ball across.

Twins: the tray is within reach; the lower end of the channel is closed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import shift
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.orders import Orders, tool_of
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

NEARER = -0.24  # m that the tray is nearer where no tool is needed
GAP = 0.004  # m between the ledge and the channel
WAY = 0.075  # m that the ball is pushed
OVER = 0.003  # m, of the fingers above the ledge's rails
FALL = 0.04  # m above the table from which fingers let the ball fall
WALL = 0.006  # m, of a wall across the channel


@task_family
class BallToTray(ToolTask):
    """A sloping channel, a ball on a ledge, and a tray."""

    scenes = {"first": "ball_to_tray"}
    sizes = {"channel": (), "ledge": (), "ball": (), "tray": ()}  # the channel joins ledge and tray
    unaided = ("bring",)
    control, far = "ee6", False
    orders = Orders({"gap": (0.0, GAP, 0.02), "way": (0.05, WAY, 0.11)})

    def not_needed(self, scene: Scene) -> Scene:
        """Put a ball onto a tray that is within reach; the channel is forbidden."""
        return shift(scene, ("tray",), (NEARER, 0.0))

    def broken(self, scene: Scene) -> Scene:
        """Let a ball roll down a channel whose lower end is closed."""
        channel = scene.entity("channel")
        left, floor = channel.part("left"), channel.part("floor")
        x, z = channel.bounds()[1][0] - WALL, channel.part("far_leg").bounds()[1][2]
        at = (round(float(x), 5), 0.0, round(float(z), 5))
        size = (WALL, floor.size[1], left.size[2])
        wall = Part("wall", "box", size, at, rgba=left.rgba)
        return scene.replace_entities([dataclasses.replace(channel, parts=(*channel.parts, wall))])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Take the channel, bring the ball to the tray."""
        done = stages.complete(Term(rewards.goal_share))
        into = {"names": ("ball",), "box": "tray", "scale": 0.2}
        return {
            **stages.get_tool("channel", done, (0.04, 0.06)),
            "bring": Term(rewards.into, into, 0.15),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Let a ball roll onto a tray that is out of reach, down a channel that is put up first."""
        return _cross(scene, "channel")

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """Put up whatever was made for it between ledge and tray, and push the ball."""
        return _cross(scene, tool_of(scene), **motion)

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Pick up the ball, and let it fall onto the tray."""
        over = (*scene.entity("tray").pos[:2], FALL)
        carry = call("move_to_position", position=over)
        return [call("grasp", "ball"), call("lift", "ball"), carry, call("open_gripper")]


def _cross(scene: Scene, tool: str, gap: float = GAP, way: float = WAY) -> list[SkillCall]:
    """Put a tool up behind the ledge, ``gap`` from it, and push the ball so far onto it, m."""
    ledge, channel = scene.entity("ledge"), scene.entity(tool)
    end = ledge.pos[0] + float(ledge.bounds()[1][0])
    middle = end + gap + float(channel.size()[0]) / 2
    put = call("place", tool, position=(middle, ledge.pos[1]), yaw=0.0)
    height = float(ledge.pos[2] + ledge.bounds()[1][2]) + OVER
    roll = call("sweep", "ball", direction="+x", distance=way, height=height)
    return [call("grasp", tool), put, roll]
