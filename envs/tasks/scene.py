"""Scene: the generic task of any scene file, a user's own among them.

    gymnasium.make("habilis/Scene-v0", scene="my_scene.yaml")

Observations, rewards and ends are the generic ones of ``habilis.envs.tasks.base.generic``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from habilis.assets.names import made_with
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path, shipped, training
from habilis.envs.tasks.base.family import Task, TaskFamily, task_family

if TYPE_CHECKING:
    from habilis.envs.task import TaskSpec


@task_family
class SceneFile(TaskFamily):
    """One id, whose option ``scene`` is a file or the name of a shipped or training scene."""

    def tasks(self) -> Sequence[Task]:
        """See ``TaskFamily``."""
        return [Task("habilis/Scene-v0", self, "Reach the goal of a scene file.", {})]

    def spec(self, id: str, **options: Any) -> TaskSpec:
        """See ``TaskFamily``."""
        return made_with(_spec, id, **options)


def _spec(
    id: str,
    scene: str | Path = "gallery_l_hook",
    variation: float = 1.0,
    control: Any = None,
    robot: str = "",
) -> TaskSpec:
    from habilis.envs.tasks.base.generic import with_robot
    from habilis.envs.tasks.base.walking import scene_task

    name = str(scene)
    if name in (*shipped(), *training()):
        made = functools.partial(_load, scene_path(name))
    else:
        made = functools.partial(_load_foreign, Path(name))
    if robot:
        made = functools.partial(with_robot, made, robot)
    return scene_task(made, id, variation, control)


def _load(path: Path) -> Scene:
    from habilis.assets.scene.format.file import load_scene

    return load_scene(path)


def _load_foreign(path: Path) -> Scene:
    from habilis.envs.robot.standing import check_standing

    scene = _load(path)
    check_standing(scene, str(path))
    return scene
