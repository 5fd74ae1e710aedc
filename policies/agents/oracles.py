"""Scripted solutions with privileged knowledge of the task: the ceiling every task is tested by."""

from __future__ import annotations

from collections.abc import Sequence

from habilis.assets.scene.things import Scene
from habilis.envs.tasks import find_twin
from habilis.envs.tasks.base.family import SkillCall
from habilis.policies.skills import make_skill
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
