"""Scripted solutions with privileged knowledge of the task: the ceiling every task is tested by."""

from __future__ import annotations

from habilis.assets.scene.things import Scene
from habilis.envs.tasks import find_twin
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
    return [make_skill(step.skill, step.args) for step in family.oracle(scene, twin)]
