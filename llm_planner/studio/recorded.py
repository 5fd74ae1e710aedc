"""What was recorded, to be acted again: runs of the planner, and episodes of datasets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habilis.assets import foreign
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.things import Scene
from habilis.llm_planner.run.plan import load_plan
from habilis.llm_planner.studio.actors import FollowPlan
from habilis.llm_planner.studio.session import Actor
from habilis.llm_planner.studio.stage import SCENE
from habilis.llm_planner.studio.teleop import Show
from habilis.policies.data.minari_files import read


@dataclasses.dataclass(frozen=True)
class Recorded:
    """What to show, and who acts.

    Attributes:
      scene: itself, or its name, or the id of a task.
      seed, variation: of the layout.
      actor: acts as it was recorded.
      options: of the task.
    """

    scene: str | Scene
    seed: int
    variation: float
    actor: Actor
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def read_recorded(path: Path) -> Recorded:
    """Read the folder of a run of ``habilis solve``, or the first episode of a dataset.

    Raises:
      ValueError: it is neither, or a run that found no plan.
      OSError: it is not there.
    """
    return _run(path) if (path / "run.json").is_file() else _episode(path)


def _run(folder: Path) -> Recorded:
    source = folder / "run.json"
    data = foreign.parse(foreign.read_text(source, foreign.RECORD), str(source))
    with foreign.understood(source, "no record of a run"):
        scene, seed, variation = (
            str(data["scene"]["name"]),
            int(data["seed"]),
            float(data["variation"]),
        )
    return Recorded(scene, seed, variation, FollowPlan(load_plan(folder / "plan.json")))


def _episode(folder: Path) -> Recorded:
    found = read(folder)
    about, episode = found.about, next(iter(found.episodes), None)
    if episode is None or not about.task:
        raise ValueError(f"{folder} holds no episode of a task")
    options = dict(about.options)
    with foreign.understood(folder, "no options of a task"):
        variation, scene = float(options.pop("variation", 1.0)), options.pop("scene", None)
    return Recorded(
        load_scene(scene) if scene and about.task == SCENE else about.task, episode.result.seed,
        variation, Show(about.task, episode), options,
    )  # fmt: skip
