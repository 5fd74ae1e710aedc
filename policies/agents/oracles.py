"""Scripted solutions with privileged knowledge of the task: the ceiling every task is tested by."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from habilis.assets.scene.solids.parts import rotation
from habilis.assets.scene.things import Scene
from habilis.envs.tasks import find_twin
from habilis.envs.tasks.base.family import SkillCall
from habilis.policies.skills import make_skill
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Skill


def oracle(task: str, scene: Scene) -> list[Skill]:
    """Fresh skills that solve a task, as its family says.

    In the broken twin they are those of the needed one, and must fail: it proves that the twin is
    broken.

    Raises:
      ValueError: it is no task with twins; names those.
    """
    family, twin = find_twin(task)
    return skills(family.oracle(scene, twin))


def skills(calls: Sequence[SkillCall]) -> list[Skill]:
    """Fresh skills of a solution that is given as data."""
    return [make_skill(step.skill, step.args) for step in calls]


def as_it_stands(senses: Senses) -> Scene:
    """The scene with everything where it now is and turned as it now is, about the vertical.

    It is that of a layout: places in a solution that is made from it are where things are.

    Args:
      senses: the present, with nothing moved on a joint yet.
    """
    things = []
    for thing in senses.scene.entities:
        if thing.grains is None:
            (x, y, z), rot = senses.pose(thing.name)
            turn = rot @ rotation(thing.tilt).T
            yaw = float(np.arctan2(turn[1, 0], turn[0, 0]))
            thing = dataclasses.replace(thing, pos=(float(x), float(y), float(z)), yaw=yaw)
        things.append(thing)
    return dataclasses.replace(senses.scene, entities=tuple(things))
