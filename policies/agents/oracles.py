"""Scripted solutions with privileged knowledge of the task: the ceiling every task is tested by."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from habilis.assets.names import did_you_mean
from habilis.assets.scene.things import Scene
from habilis.policies.skills import Grasp, Join, Lift, Place, Pull, Sweep
from habilis.policies.skills.skill import Skill

BESIDE = 0.005  # m, air between the handle and the carton that lies in the corner of the head
DRAG = 0.15  # m, at the least
INSIDE = 0.03  # m the carton is brought inside the workspace, at the least
OVERTRAVEL = 0.002  # m the button is pressed further than it goes
LOW_ON_BUTTON = 0.012  # m, of the fingers' lowest point above the button's lower edge
LOW_ON_CAN = 0.005  # m, of the stick's middle below the can's
ON_STRIP = 0.065  # m, of the can's middle from the strip's edge
PULL_SPARE = 0.012  # m, between the strip's tab and the end of the workspace
ASIDE = (0.35, -0.2)  # m, where the stick's grip is put down
STICK_ROOM = 0.02  # m the stick's grip stays inside the workspace when it pushes

Oracle = Callable[[Scene], list[Skill]]


def reach_milk(scene: Scene) -> list[Skill]:
    """Hook the carton with the hammer, on the side away from the toy, and take it."""
    toy = next(e for e in scene.entities if e.name.endswith("toy"))
    milk, hammer = scene.entity("milk"), scene.entity("hammer")
    side = 1 if toy.pos[1] > milk.pos[1] else -1
    # The carton lies against the handle, its middle inside the head's end.
    corner = float(hammer.part("handle").size[1] + milk.size()[1]) / 2 + BESIDE
    drag = max(DRAG, milk.pos[0] - scene.workspace.upper[0] + INSIDE)
    return [
        Grasp("hammer"),
        Sweep("milk", "-x", drag, "hammer", "head", offset=side * corner, side=side),
        Place("hammer", (0.26, -side * 0.18)),
        Grasp("milk"),
        Lift("milk"),
    ]


def take_milk(scene: Scene) -> list[Skill]:
    """Take the carton, which stands within reach."""
    return [Grasp("milk"), Lift("milk")]


def press_button(scene: Scene) -> list[Skill]:
    """Make one stick of all cubes, nearest first, and press with it at half the button's height."""
    cubes = sorted((e for e in scene.entities if e.tool), key=lambda e: e.pos[0])
    first, *others = cubes
    height = float(scene.entity("button").pos[2] - first.size()[2] / 2)
    return [
        Grasp(first.name),
        *(Join(e.name, first.name, "+x") for e in others),
        Sweep("button", "+x", _press(scene), first.name, height=height, leave=False),
    ]


def press_with_fingers(scene: Scene) -> list[Skill]:
    """Press the button, which is within reach."""
    button = scene.entity("button")
    height = float(button.pos[2] + button.bounds()[0][2]) + LOW_ON_BUTTON
    return [Sweep("button", "+x", _press(scene), height=height, leave=False)]


def _press(scene: Scene) -> float:
    joint = scene.entity("button").joint
    assert joint is not None
    return joint.range[1] + OVERTRAVEL


def grasp_can(scene: Scene) -> list[Skill]:
    """Push the can onto the strip with the stick, pull the strip, take the can."""
    stick, strip, can = (scene.entity(n) for n in ("stick", "paper_strip", "can"))
    edge = strip.pos[1] + strip.part("sheet").bounds()[0][1]
    push = float(edge) + ON_STRIP - can.pos[1]
    height = float(can.pos[2] - stick.size()[2] / 2) - LOW_ON_CAN
    grip = stick.grip()[0]
    reach = stick.part("far").pos[0] - grip
    nearer = can.pos[0] - reach - (scene.workspace.upper[0] - STICK_ROOM)
    tab = strip.pos[0] + strip.grip()[0]
    return [
        Grasp("stick"),
        Sweep("can", "+y", push, "stick", "far", offset=max(0.0, float(nearer)), height=height),
        Place("stick", (float(ASIDE[0] + stick.centre()[0] - grip), ASIDE[1])),
        Grasp("paper_strip", raise_by=0.0),
        Pull("paper_strip", "-x", float(tab - scene.workspace.lower[0]) - PULL_SPARE),
        Grasp("can"),
        Lift("can"),
    ]


def take_can(scene: Scene) -> list[Skill]:
    """Take the can, which lies within reach."""
    return [Grasp("can"), Lift("can")]


ORACLES: Mapping[str, Oracle] = {
    "habilis/ReachMilk-v0": reach_milk,
    "habilis/ReachMilkNotNeeded-v0": take_milk,
    "habilis/ReachMilkBroken-v0": reach_milk,
    "habilis/PressButton-v0": press_button,
    "habilis/PressButtonNotNeeded-v0": press_with_fingers,
    "habilis/PressButtonBroken-v0": press_button,
    "habilis/GraspCan-v0": grasp_can,
    "habilis/GraspCanNotNeeded-v0": take_can,
    "habilis/GraspCanBroken-v0": grasp_can,
}
"""By task id. In the broken twin the same solution must fail: it proves that the twin is broken."""


def oracle(task: str, scene: Scene) -> list[Skill]:
    """Fresh skills that solve a task; ValueError names the tasks that have one."""
    if task not in ORACLES:
        raise ValueError(did_you_mean("task with an oracle", task, ORACLES))
    return ORACLES[task](scene)
