"""habilis list: list tasks, scenes, skills, robots, goal words, bundles, configs."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any, Literal

import tyro

from habilis.assets.robots.spec import RobotSpec
from habilis.scripts.shared.options import read_options

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
    found = collect()
    if options.what != "all":
        found = {options.what: found[options.what]}
    print(json.dumps(found, indent=1) if options.json else render(found))
    return 0


def collect() -> dict[str, dict[str, str]]:
    """Return a line about everything there is, by kind and name."""
    from habilis.assets.robots.registry import robot_names, robot_spec
    from habilis.assets.scene.format.file import load_scene
    from habilis.assets.scene.goal import VOCABULARY
    from habilis.assets.scenes import scene_path, shipped
    from habilis.envs.tasks import tasks
    from habilis.policies.bundles import bundle
    from habilis.policies.learn import config
    from habilis.policies.skills import SKILLS

    return {
        "tasks": {id: task.about for id, task in tasks().items()},
        "scenes": {n: load_scene(scene_path(n)).instruction for n in shipped()},
        "skills": {signature(s): _first_line(s) for s in SKILLS.values()},
        "robots": {n: _robot(robot_spec(n)) for n in robot_names()},
        "words": {
            n: f"{w.meaning}{f' [{w.unit}]' if w.unit else ''}" for n, w in VOCABULARY.items()
        },
        "bundles": {name: bundle.Bundle.load(name).line() for name in bundle.shipped()},
        "configs": {name: _config(config.load(name)) for name in config.named()},
    }


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


def render(found: dict[str, dict[str, str]]) -> str:
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
