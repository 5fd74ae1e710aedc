"""habilis list: list tasks, scenes, skills, robots, goal words, bundles, configs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import tyro

from habilis.assets.robots.spec import RobotSpec
from habilis.scripts.shared.options import read_options

Lines = dict[str, str]
"""Name to a line of text."""
Kind = Literal["all", "tasks", "scenes", "skills", "robots", "words", "bundles", "configs"]


@dataclasses.dataclass(frozen=True)
class ListOptions:
    """List tasks, scenes, skills with their parameters, robots, goal words, trained policies."""

    what: Annotated[Kind, tyro.conf.Positional] = "all"
    """What to list."""
    json: bool = False
    """Print as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(ListOptions, args, prog="habilis list")
    kinds = COLLECTORS if options.what == "all" else (options.what,)
    found = {kind: COLLECTORS[kind]() for kind in kinds}
    print(json.dumps(found, indent=1) if options.json else render(found))
    return 0


def _tasks() -> Lines:
    from habilis.envs.tasks import tasks

    return {id: task.about for id, task in tasks().items()}


def _scenes() -> Lines:
    from habilis.assets.scene.format.file import load_scene
    from habilis.assets.scenes import scene_path, shipped

    return {name: load_scene(scene_path(name)).instruction for name in shipped()}


def _skills() -> Lines:
    from habilis.policies.skills import SKILLS

    return {signature(skill): _first_line(skill) for skill in SKILLS.values()}


def _robots() -> Lines:
    from habilis.assets.robots.registry import robot_names, robot_spec

    return {name: _robot(robot_spec(name)) for name in robot_names()}


def _words() -> Lines:
    from habilis.assets.scene.goal import VOCABULARY

    units = {name: f" [{word.unit}]" if word.unit else "" for name, word in VOCABULARY.items()}
    return {name: word.meaning + units[name] for name, word in VOCABULARY.items()}


def _bundles() -> Lines:
    from habilis.policies.bundles import bundle

    return {name: bundle.Bundle.load(name).line() for name in bundle.shipped()}


def _configs() -> Lines:
    from habilis.policies.learn import config

    return {name: _config(config.load(name)) for name in config.named()}


COLLECTORS: Mapping[str, Callable[[], Lines]] = {
    "tasks": _tasks, "scenes": _scenes, "skills": _skills, "robots": _robots, "words": _words,
    "bundles": _bundles, "configs": _configs,
}  # fmt: skip
"""What makes the lines of each kind: only what is asked for is built."""


def _robot(robot: RobotSpec) -> str:
    joints = sum(len(limb.joints) for limb in robot.limbs)
    effector = robot.effector
    return f"{joints} arm joints, {effector.kind} that opens {effector.widest * 1e3:.0f} mm"


def signature(skill: type[Any]) -> str:
    """Return a skill's name with its parameters: ``name(parameter: type = default, ...)``."""
    parts = []
    for field in dataclasses.fields(skill):
        default = "" if field.default is dataclasses.MISSING else f" = {field.default}"
        parts.append(f"{field.name}: {field.type}{default}")
    return f"{skill.name}({', '.join(parts)})"


def render(found: Mapping[str, Lines]) -> str:
    """Format what was collected for a person to read."""
    blocks = []
    for kind, entries in found.items():
        lines = [f"  {name}\n      {text}" for name, text in entries.items()]
        blocks.append("\n".join([kind, *lines]))
    return "\n\n".join(blocks)


def _config(made: Any) -> str:
    for_what = made.task or "any task"
    hindsight = " with hindsight replay" if made.goals else ""
    return f"{made.algorithm}{hindsight} for {for_what}, {made.total_steps:,} steps"


def _first_line(thing: Any) -> str:
    return (thing.__doc__ or "").strip().split("\n")[0]
