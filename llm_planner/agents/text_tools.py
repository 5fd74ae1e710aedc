"""Skills as tools of a language agent: schemas, the reading of calls, the words of results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from habilis.assets.names import did_you_mean
from habilis.assets.scene.things import Scene
from habilis.envs.text import ToolCall, ToolSpec
from habilis.llm_planner.language.describe import Style, describe
from habilis.llm_planner.language.faults import StageError
from habilis.llm_planner.language.goal_words import PER_METRE
from habilis.llm_planner.language.plan_schema import arguments_schema, parameters, read_plan
from habilis.llm_planner.language.prompts import load_prompt
from habilis.llm_planner.language.quantities import quantity_words
from habilis.llm_planner.model.schema import check, plain_types
from habilis.llm_planner.run.arguments import ArgumentError, plain
from habilis.llm_planner.run.plan import Step
from habilis.llm_planner.run.skill_api import told
from habilis.policies.skills import SKILLS
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Result, Skill, skills_for

CAMERAS = ("front", "side", "top")
PICTURE = (640, 480)  # pixels
MOVED = 0.003  # m, from which an object counts as moved
_PLACE = re.compile(r"^step 1(?: \(\w+\))?: ")

Data = dict[str, Any]


class CallError(ValueError):
    """A call that cannot be carried out as it was given; says what would fit."""


def skill_tools(scene: Scene | None = None) -> tuple[ToolSpec, ...]:
    """One tool for each skill that fits a scene, made from its signature and docstring.

    Args:
      scene: see ``skills_for``.
    """
    skills, known = skills_for(scene), told(scene)
    return tuple(
        ToolSpec(name, known[name].doc, _with_defaults(skill)) for name, skill in skills.items()
    )


def _with_defaults(skill: type[Skill]) -> dict[str, Any]:
    schema: dict[str, Any] = plain_types(arguments_schema(skill))
    for parameter in parameters(skill):
        if parameter.default is not None:
            schema["properties"][parameter.name]["default"] = parameter.default
    return schema


def tool(name: str, description: str, properties: Mapping[str, Any] | None = None) -> ToolSpec:
    """A tool that is no skill; all of its arguments must be given."""
    given = dict(properties or {})
    return ToolSpec(
        name, description,
        {
            "type": "object", "properties": given, "required": list(given),
            "additionalProperties": False,
        },
    )  # fmt: skip


def camera_tool(name: str) -> ToolSpec:
    """The tool that takes a picture."""
    text = f"Take a picture of the scene, {PICTURE[0]} x {PICTURE[1]} pixels. Nothing moves."
    return tool(name, text, {"camera": {"type": "string", "enum": list(CAMERAS)}})


def frames() -> str:
    """For prompts: axes, units and the expressions that may stand for numbers."""
    return load_prompt("frames").fill(quantities=quantity_words())


def read_skill(call: ToolCall, tools: Iterable[ToolSpec], senses: Senses) -> Step:
    """The step that a call of a skill asks for.

    Args:
      call: whatever an agent sent.
      tools: that there are.
      senses: where things are now; expressions are worked out from it.

    Raises:
      CallError: as ``read_arguments``; an unknown object, a length in another unit.
    """
    args, name = read_arguments(call, tools), call.name
    try:
        return read_plan({"steps": [{"skill": name, "args": args}]}, senses).steps[0]
    except StageError as error:
        text = _PLACE.sub("", str(error))
        raise CallError(text if name in text else f"{name}: {text}") from error


def read_arguments(call: ToolCall, tools: Iterable[ToolSpec]) -> dict[str, Any]:
    """The arguments of a call; those of a skill are known by name, others also of the right type.

    Raises:
      CallError: an unknown tool or argument, or a wrong type; says what would fit.
    """
    known = {t.name: t for t in tools}
    if call.name not in known:
        raise CallError(did_you_mean("tool", str(call.name)[:80], known))
    if not isinstance(call.arguments, Mapping):
        kind = type(call.arguments).__name__
        raise CallError(f"{call.name}: arguments must be an object of names and values, got {kind}")
    properties = known[call.name].parameters["properties"]
    for key in call.arguments:
        if key not in properties:
            raise CallError(f"{call.name}: {did_you_mean('argument', str(key)[:80], properties)}")
    if call.name in SKILLS:
        return _plain(call)
    args = dict(call.arguments)
    try:
        faults = check(args, known[call.name].parameters)
    except TypeError as error:
        raise CallError(f"{call.name}: arguments must be plain JSON: {error}") from error
    if faults:
        raise CallError(f"{call.name}: {'; '.join(faults)}")
    return args


def _plain(call: ToolCall) -> dict[str, Any]:
    try:
        return {k: plain(f"{call.name}: {k!r}", v) for k, v in call.arguments.items()}
    except ArgumentError as error:
        raise CallError(str(error)) from error


def result_text(
    name: str, result: Result, took: float, before: Data, senses: Senses, style: Style
) -> str:
    """How a skill ended, its numbers, and where everything is now.

    Args:
      name: of the skill.
      result: of it.
      took: s.
      before: data of the description before it.
      senses: as things are after it.
      style: of the description.
    """
    reason = f": {result.reason}" if result.reason else ""
    numbers = ", ".join(f"{k} {v:.4g}" for k, v in result.numbers.items())
    told = f" Numbers: {numbers}." if numbers else ""
    state = _state_text(senses, style, before)
    return f"{name}: {result.outcome}{reason}\nIt took {took:.1f} s.{told}\n{state}"


def _state_text(senses: Senses, style: Style, before: Data) -> str:
    """Where everything is, one line an object, and what has moved."""
    now = describe(senses, style).data
    robot, unit = now["robot"], now["length_unit"]
    rows = [
        f"Now, in {unit}: gripper at {_row(robot['gripper_now'])}, jaw {robot['jaw_now']:g},"
        f" holding {robot['holds'] or 'nothing'}"
    ]
    for thing, old in zip(now["objects"], before["objects"], strict=True):
        lost = senses.came_off(thing["name"])
        broken = f", broken: {', '.join(lost)} came off" if lost else ""
        rows.append(_object_row(thing, old, PER_METRE[unit]) + broken)
    return "\n".join(rows)


def _object_row(thing: Data, old: Data, per_metre: float) -> str:
    yaw = thing["yaw_deg"] + 0.0  # never -0
    row = f"- {thing['name']}: centre {_row(thing['centre'])}, yaw {yaw:g} deg"
    if thing["joined_to"]:
        row += f", joined to {', '.join(thing['joined_to'])}"
    shift = [round(a - b, 4) + 0.0 for a, b in zip(thing["centre"], old["centre"], strict=True)]
    if max(map(abs, shift)) > MOVED * per_metre:
        row += f", moved by {_row(shift)}"
    return row


def _row(values: list[float]) -> str:
    return "(" + ", ".join(f"{v:g}" for v in values) + ")"
