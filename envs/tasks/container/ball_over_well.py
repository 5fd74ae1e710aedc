"""Ball-Over-Well: catch a ball with a cup where it would be lost, and carry it to a tray.

The ball lies in a tunnel behind a gate that fingers pull up by its knob. It rolls out over a well
of 3 cm by 3 cm that fingers do not get into: what falls into it is lost. The cup goes onto the well
first, catches the ball, and takes it to the tray.

Twins: the tray stands below the tunnel in place of the well; the cup has no floor.
"""

from __future__ import annotations

import dataclasses

from habilis.assets.scene.things import Scene
from habilis.envs.tasks.base.changes import at, bottom
from habilis.envs.tasks.base.family import SkillCall, call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms import rewards, stages
from habilis.envs.terms.term import Term

UNDER = 0.115  # m, in -x from the gate, to the middle of a tray that the ball falls into
UP = 0.034  # m that the gate is pulled up
CLEAR, HIGH = 0.001, 0.06  # m, below the cup's floor where it is let go, and where it is lowered
SLOW = 0.06  # m/s
STRAIGHT = (0.0, 0.0, 0.0)


@task_family
class BallOverWell(ToolTask):
    """A cup, a ball in a tunnel over a well, and a tray."""

    scenes = {"first": "ball_over_well"}
    sizes = {"cup": (), "house": (), "gate": (), "ball": (), "tray": ()}  # each fits another
    unaided = ("open", "bring")
    control, far = "ee6", False

    def not_needed(self, scene: Scene) -> Scene:
        """Let a ball out of a tunnel into a tray that stands below; the cup is forbidden."""
        house, gate = scene.entity("house"), scene.entity("gate")
        parts = tuple(part for part in house.parts if not part.name.startswith("well"))
        tray = at(scene.entity("tray"), gate.pos[0] - UNDER, gate.pos[1])
        return scene.replace_entities(
            [
                dataclasses.replace(tray, strays=(0.0, 0.0)),
                dataclasses.replace(house, parts=parts, strays=(0.0, 0.0)),
            ]
        )

    def broken(self, scene: Scene) -> Scene:
        """Catch a ball over a well with a cup that has no floor."""
        cup = scene.entity("cup")
        parts = tuple(part for part in cup.parts if part.name != "floor")
        open_ = dataclasses.replace(cup, parts=parts)
        low = round(bottom(scene, "cup") - float(open_.bounds()[0][2]), 5)  # it stands on its walls
        return scene.replace_entities([dataclasses.replace(open_, pos=(*cup.pos[:2], low))])

    def dense(self, scene: Scene) -> dict[str, Term]:
        """Bring the cup over the well, open the gate, bring the ball to the tray."""
        opened = Term(stages.travel, {"body": "gate", "value": UP}, 0.04)
        over = {"point": "cup/middle", "other": "gate/origin", "offset": (_well(scene), 0.0)}
        done = stages.complete(opened)
        return {
            **stages.get_tool("cup", done, (0.03, 0.03)),
            "aim": stages.until(done, Term(stages.meet, over, 0.05)),
            "open": opened,
            "bring": Term(rewards.into, {"names": ("ball",), "box": "tray", "scale": 0.2}, 0.1),
        }

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """Catch a ball over a well with a cup, and carry it to a tray."""
        gate, house, tray = (scene.entity(name) for name in ("gate", "house", "tray"))
        well = house.part("well_left")
        top = float(house.pos[2] + well.bounds()[1][2])
        floor = float(tray.pos[2] + tray.part("floor").bounds()[1][2])
        over = (gate.pos[0] + _well(scene), gate.pos[1], top)
        put = [call("grasp", "cup"), call("lift", "cup", height=0.12, hold_time=0.0)]
        put += _set_down(scene, over)
        take = [call("grasp", "cup"), *_set_down(scene, (*tray.pos[:2], floor))]
        return [*put, *self.by_hand(scene), *take]

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """Pull up the gate by its knob, and let go of it."""
        gate = scene.entity("gate")
        x, y, z = gate.pos[0], gate.pos[1], gate.pos[2] + gate.grip()[2]
        up = call("move_to_position", position=(x, y, float(z + UP)), speed=SLOW)
        away = call("move_to_position", position=(x, y, scene.workspace.upper[2]), speed=SLOW)
        return [call("grasp", "gate"), up, call("open_gripper"), away]


def _well(scene: Scene) -> float:
    """From the gate to the middle of the well, in x, m."""
    house = scene.entity("house")
    wells = [part for part in house.parts if part.name == "well_left"]
    return float(wells[0].pos[0]) if wells else -UNDER


def _set_down(scene: Scene, place: tuple[float, float, float]) -> list[SkillCall]:
    """Bring the cup in the hand over a place, lower it, let go and rise."""
    x, y, z = place
    low = z - float(scene.entity("cup").bounds()[0][2]) + CLEAR
    heights = (low + HIGH, low)
    way = [
        call("move_frame", "cup", frame="middle", position=(x, y, h), euler=STRAIGHT, speed=SLOW)
        for h in heights
    ]
    gx, gy, gz = scene.entity("cup").grip()
    above = (float(x + gx), float(y + gy), float(low + gz + HIGH))
    return [*way, call("open_gripper"), call("move_to_position", position=above)]
