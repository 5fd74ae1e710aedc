"""Scene files: reads and writes ``Scene`` as YAML; ``docs/scene_format.md`` describes the format.

Lengths in metres, masses in kilograms, forces in newtons; angles in degrees where the key ends
in ``_deg``, else in radians. The shipped scenes lie in ``habilis/assets/scenes``.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from habilis.assets.robots.loaded.named import FILE, walks
from habilis.assets.robots.registry import full_name
from habilis.assets.scene.format.check import check_compiles
from habilis.assets.scene.format.read_thing import read_things
from habilis.assets.scene.format.write_thing import thing_data
from habilis.assets.scene.format.yaml_lines import (
    Inline,
    Item,
    SceneFileError,
    changed,
    plain,
    write,
)
from habilis.assets.scene.format.yaml_read import compose, compose_known, read
from habilis.assets.scene.goal import BY_HAND, ON_LEGS, Goal, predicates
from habilis.assets.scene.goal_text import GoalParser, GoalTextError, parse_goal
from habilis.assets.scene.things import Scene, Thing, Tool, ToolUse, Workspace
from habilis.assets.scenes import COLORS, is_shipped, scene_path, shipped

__all__ = [
    "COLORS",
    "GoalTextError",
    "SceneFileError",
    "dump_scene",
    "load_scene",
    "parse_goal",
    "parse_scene",
    "scene_path",
    "shipped",
]


LONGEST = 3600.0
"""Of the times in a scene, s."""


def load_scene(path: str | Path) -> Scene:
    """Reads a scene file, and compiles it once unless it comes with the package.

    Args:
      path: file in UTF-8; for a scene that comes with the package, ``scene_path(name)``.

    Raises:
      SceneFileError: it cannot be read, is not a scene, or cannot be simulated; names line, key and
        what is allowed.
    """
    if is_shipped(path):
        return _shipped(str(path))
    whole = compose(read(path, f"shipped scenes: {', '.join(shipped())}"), str(path))
    scene = _scene(whole)
    check_compiles(scene, whole)
    return scene


@functools.cache
def _shipped(path: str) -> Scene:
    """A scene that comes with the package, read once: its file does not change."""
    return _scene(compose_known(read(path), path))


def parse_scene(text: str, source: str) -> Scene:
    """Reads a scene from YAML text.

    Args:
      text: the YAML.
      source: name of the file, for errors.

    Raises:
      SceneFileError: names line, key and what is allowed.
    """
    return _scene(compose(text, source))


def _scene(whole: Item) -> Scene:
    needed = {
        "name": "identifier",
        "instruction": "what the user asks for, in words",
        "workspace": "x, y, z: [low, high] of the tool centre point in m",
        "objects": "mapping of name to object",
        "goal": "e.g. held(milk) and lifted(milk, 0.05)",
    }
    optional = ("robot", "table", "tool", "hold", "time_limit", "notes")
    top = whole.record(needed, optional, "a mapping")
    entities = read_things(top["objects"])
    extra: dict[str, Any] = {}
    if "robot" in top:
        extra.update(_robot(top["robot"]))
    if "table" in top:
        extra["table"] = top["table"].corners("xy", "of the table top in m")
    if "tool" in top:
        extra["tool"] = _tool(top["tool"], entities)
    extra.update(_times(top))
    if "notes" in top:
        extra["notes"] = tuple(i.text() for i in top["notes"].items("a list of sentences"))
    return Scene(
        name=top["name"].name(dashes=True),
        instruction=top["instruction"].text(),
        entities=entities,
        workspace=Workspace(*top["workspace"].corners("xyz", "in m")),
        goal=_goal(top["goal"], entities, extra.get("robot", Scene.robot)),
        **extra,
    )


def _robot(item: Item) -> dict[str, Any]:
    if isinstance(item.node, yaml.ScalarNode):
        return {"robot": _robot_name(item)}
    if isinstance(item.node, yaml.SequenceNode):
        raise item.error(f"a scene has one robot, got a list of {len(item.node.value)}")
    got = item.record({}, ("name", "base"), "a mapping")
    out: dict[str, Any] = {}
    if "name" in got:
        out["robot"] = _robot_name(got["name"])
    if "base" in got:
        out["base"] = got["base"].vec()
    return out


def _robot_name(item: Item) -> str:
    name = _beside(item.text(), item.source)
    try:
        full_name(name)
    except ValueError as e:
        raise item.error(str(e)) from e
    return name


def _beside(name: str, source: str) -> str:
    """The name with each ``file:PATH`` that stands beside the scene file made absolute."""
    parts = []
    for part in name.split("+"):
        path = Path(source).parent / part.removeprefix(FILE)
        parts.append(
            f"{FILE}{path.resolve()}" if part.startswith(FILE) and path.is_file() else part
        )
    return "+".join(parts)


def _times(top: Mapping[str, Item]) -> dict[str, float]:
    """How long the goal must hold, and there is for it."""
    out: dict[str, float] = {}
    if "time_limit" in top:
        out["time_limit"] = top["time_limit"].number(above=0.0, at_most=LONGEST)
    if "hold" in top:
        limit = out.get("time_limit", Scene.time_limit)
        out["hold"] = top["hold"].number(at_least=0.0, at_most=LONGEST)
        if out["hold"] >= limit:
            raise top["hold"].error(
                f"the goal cannot hold for {out['hold']:g} s within a time_limit of {limit:g} s"
            )
    return out


def _tool(item: Item, entities: Iterable[Thing]) -> Tool:
    got = item.record({"name": "an object", "use": " or ".join(get_args(ToolUse))}, (), "a mapping")
    name = got["name"].choice("object", [e.name for e in entities])
    return Tool(name, cast(ToolUse, got["use"].choice("tool use", get_args(ToolUse))))


def _goal(item: Item, entities: Iterable[Thing], robot: str) -> Goal:
    by_name = {e.name: e for e in entities}
    try:
        goal = GoalParser(item.text(), by_name).parse()
    except GoalTextError as e:
        raise item.error(str(e)) from e
    of, has = (BY_HAND, "no fingers") if walks(robot) else (ON_LEGS, "no legs")
    for word in {p.word for p in predicates(goal)} & set(of):
        raise item.error(f"{word!r} never holds: the robot {robot!r} has {has}")
    return goal


def dump_scene(scene: Scene) -> str:
    """Writes a scene as YAML that ``parse_scene`` reads back equal; defaults are left out.

    Args:
      scene: whose names are identifiers and whose numbers the format allows.

    Raises:
      SceneFileError: it would not read back equal.
    """
    (x0, y0), (x1, y1) = scene.table
    box = zip("xyz", scene.workspace.lower, scene.workspace.upper, strict=True)
    robot = Inline(name=scene.robot, base=plain(scene.base))
    data: dict[str, Any] = {
        "name": scene.name,
        "instruction": scene.instruction,
        "robot": robot,
        "table": Inline(x=plain([x0, x1]), y=plain([y0, y1])),
        "workspace": Inline({axis: plain([lo, hi]) for axis, lo, hi in box}),
        "objects": {e.name: thing_data(e) for e in scene.entities},
        "goal": str(scene.goal),
    }
    if scene.tool is not None:
        data["tool"] = Inline(dataclasses.asdict(scene.tool))
    data |= changed(scene, ("hold", "time_limit", "notes"))
    text = write(data)
    if parse_scene(text, f"scene {scene.name!r} written") != scene:
        raise SceneFileError(f"scene {scene.name!r} does not read back equal: {scene.goal}")
    return text
