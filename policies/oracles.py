"""Scripted solutions with privileged knowledge of the task: the ceiling every task is tested by."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from habilis.assets.names import pick
from habilis.assets.scene import Scene
from habilis.policies.skill import Skill
from habilis.policies.skills import Grasp, Join, Lift, Place, Pull, Sweep

HEAD_OFFSET = 0.038  # m: the carton lies against the handle, its middle inside the head's end
DRAG = 0.15  # m
PRESS = 0.022  # m, 2 mm more than the button goes
CHAIN_HEIGHT = 0.05  # m, of the cubes above the table when they press
FINGER_HEIGHT = 0.052  # m, the same of the fingers
ONTO_STRIP = 0.095  # m
STRIP_PULL = 0.288  # m, 2 mm less than the strip's tab can be moved within the workspace
ASIDE = (0.55, -0.2)  # m, where the stick is put down

Oracle = Callable[[Scene], list[Skill]]


def reach_milk(scene: Scene) -> list[Skill]:
    """Hook the carton with the hammer, on the side away from the toy, and take it."""
    toy = next(e for e in scene.entities if "toy" in e.name)
    milk = scene.entity("milk")
    side = 1 if toy.pos[1] > milk.pos[1] else -1
    return [
        Grasp("hammer"),
        Sweep("milk", "-x", DRAG, "hammer", "head", offset=side * HEAD_OFFSET, side=side),
        Place("hammer", (0.26, -side * 0.18)),
        Grasp("milk"),
        Lift("milk"),
    ]


def take_milk(scene: Scene) -> list[Skill]:
    """Take the carton, which stands within reach."""
    return [Grasp("milk"), Lift("milk")]


def press_button(scene: Scene) -> list[Skill]:
    """Make one stick of all cubes, nearest first, and press with it."""
    first, *others = sorted((e for e in scene.entities if e.movable), key=lambda e: e.pos[0])
    return [
        Grasp(first.name),
        *(Join(e.name, first.name, "+x") for e in others),
        Sweep("button", "+x", PRESS, first.name, height=CHAIN_HEIGHT, leave=False),
    ]


def press_with_fingers(scene: Scene) -> list[Skill]:
    """Press the button, which is within reach."""
    return [Sweep("button", "+x", PRESS, height=FINGER_HEIGHT, leave=False)]


def grasp_can(scene: Scene) -> list[Skill]:
    """Push the can onto the strip with the stick, pull the strip, take the can."""
    return [
        Grasp("stick"),
        Sweep("can", "+y", ONTO_STRIP, "stick", "far", height=0.01),
        Place("stick", ASIDE),
        Grasp("paper_strip", raise_by=0.0),
        Pull("paper_strip", "-x", STRIP_PULL),
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
        raise ValueError(pick("task with an oracle", task, ORACLES))
    return ORACLES[task](scene)
