"""What the stages answer: frozen dataclasses, the JSON schemas made from them, and the reading."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from habilis.llm_planner.language.faults import StageError
from habilis.llm_planner.model.answer import refusal_of

Verdict = Literal["satisfied", "violated", "open"]
Role = Literal["target", "tool", "support", "obstacle", "none"]
D = TypeVar("D")


def _says(text: str, **more: Any) -> Any:
    """A field with the sentence that describes it to a model."""
    return dataclasses.field(metadata={"says": text}, **more)


def _ours(default: Any) -> Any:
    """A field that we fill in; no model sees it."""
    return dataclasses.field(default=default, metadata={"ours": True})


@dataclasses.dataclass(frozen=True)
class Feature:
    """One thing on which the task turns."""

    name: str = _says("what it is, in a few words")
    value: str = _says("expression over the scene that gives it")
    constraint: str = _says("the constraint it touches")
    verdict: Verdict = _says("whether that constraint holds as things stand")


@dataclasses.dataclass(frozen=True)
class Analysis:
    """Output of the analyzer; ``tool`` is '' if hands alone suffice."""

    thoughts: str = _says("the analysis, short")
    features: tuple[Feature, ...] = _says("the features, most decisive first")
    tool: str = _says("object to use as a tool, empty if the gripper alone suffices")
    tool_part: str = _says("the part of it that does the work, empty if none")
    why: str = _says("why this one and not another, or why none is needed")
    refusal: str = _says("why nothing can work, empty otherwise", default="")


@dataclasses.dataclass(frozen=True)
class PlannedThing:
    """One object as the planner sees it."""

    name: str = _says("object")
    affords: str = _says("what can be done with it, from its properties")
    role: Role = _says("its part in this plan")


@dataclasses.dataclass(frozen=True)
class SketchStep:
    """One step in words."""

    skill: str = _says("name of the skill")
    object: str = _says("object it acts on, empty if none")
    tool: str = _says("what is in the gripper and used on it, empty if none")
    purpose: str = _says("what it is for")
    numbers: str = _says("which numbers it needs and what they must achieve, empty if none")


@dataclasses.dataclass(frozen=True)
class Sketch:
    """Output of the planner."""

    objects: tuple[PlannedThing, ...] = _says("the objects that matter")
    constraints: tuple[str, ...] = _says("what the plan has to respect")
    steps: tuple[SketchStep, ...] = _says("in order, one skill each")
    refusal: str = _says("why no plan can work, empty otherwise", default="")


@dataclasses.dataclass(frozen=True)
class Target:
    """One number or vector of a step; ``value`` and ``working`` are the machine's."""

    step: int = _says("number of the step, from 1")
    name: str = _says("what it stands for, e.g. the name of the skill's parameter")
    unit: Literal["m", "s", "m/s", "1"] = _says("unit of the result")
    size: int = _says("how many numbers: 1, 2 or 3")
    expression: str = _says("the expression")
    why: str = _says("the reason for its terms")
    value: float | tuple[float, ...] | None = _ours(None)
    working: str = _ours("")


@dataclasses.dataclass(frozen=True)
class Targets:
    """Output of the calculator."""

    targets: tuple[Target, ...] = _says("the numbers, in the order of the steps")


@dataclasses.dataclass(frozen=True)
class Program:
    """Output of the coder."""

    program: str = _says("the Python program, empty if refused")
    refusal: str = _says("why the task cannot be done, empty otherwise", default="")


@dataclasses.dataclass(frozen=True)
class Argument:
    """One argument of a step, or one value of an example."""

    name: str = _says("of the parameter")
    value: str = _says("a name, a number, an expression or true or false, as text")


@dataclasses.dataclass(frozen=True)
class MadeStep:
    """One step of a new skill."""

    skill: str = _says("name of an existing skill")
    args: tuple[Argument, ...] = _says("its arguments, with holes")


@dataclasses.dataclass(frozen=True)
class Made:
    """Output of the maker: a skill composed of skills."""

    thoughts: str = _says("what the plans have in common and what belongs to their scene, short")
    name: str = _says("of the new skill, a Python identifier")
    doc: str = _says("what it does, what must hold before, what its parameters mean")
    parameters: tuple[str, ...] = _says("names of its parameters")
    steps: tuple[MadeStep, ...] = _says("in order")
    example: tuple[Argument, ...] = _says("a value for each parameter")


# ---- schemas and reading


def schema_of(output: type) -> dict[str, Any]:
    """JSON schema of an output; every field is compulsory, none but these is allowed."""
    hints = typing.get_type_hints(output)
    fields = [f for f in dataclasses.fields(output) if "ours" not in f.metadata]
    return {
        "type": "object",
        "properties": {
            f.name: _schema(hints[f.name]) | {"description": f.metadata["says"]} for f in fields
        },
        "required": [f.name for f in fields],
        "additionalProperties": False,
    }


def read(output: type[D], data: object, where: str = "the answer") -> D:
    """Make an output of plain data; StageError (``form``) names the place and what is wanted."""
    if not isinstance(data, Mapping):
        raise StageError(f"{where} must be an object, got {data!r}")
    hints = typing.get_type_hints(output)
    assert dataclasses.is_dataclass(output)
    values = {}
    for field in dataclasses.fields(output):
        if "ours" in field.metadata:
            continue
        if field.name in data:
            place = f"{where}.{field.name}"
            values[field.name] = _value(hints[field.name], data[field.name], place)
        elif field.default is dataclasses.MISSING:
            known = ", ".join(data) or "nothing"
            raise StageError(f"{where} needs {field.name!r}, it has {known}")
    if isinstance(refusal := values.get("refusal"), str):
        values["refusal"] = refusal_of(refusal)
    return typing.cast(D, output(**values))


def _value(hint: Any, value: object, where: str) -> Any:
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise StageError(f"{where} must be a list, got {value!r}")
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, v, f"{where}[{i}]") for i, v in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return read(typing.cast(type, hint), value, where)
    if typing.get_origin(hint) is Literal:
        options = typing.get_args(hint)
        if value not in options:
            raise StageError(f"{where} must be one of {', '.join(options)}, got {value!r}")
        return value
    if value is None and hint is str:
        return ""
    wrong = isinstance(value, bool) or not isinstance(value, hint)
    if wrong:
        raise StageError(f"{where} must be {hint.__name__}, got {value!r}")
    return value


def _schema(hint: Any) -> dict[str, Any]:
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _schema(typing.get_args(hint)[0])}
    if dataclasses.is_dataclass(hint):
        return schema_of(typing.cast(type, hint))
    if typing.get_origin(hint) is Literal:
        return {"type": "string", "enum": list(typing.get_args(hint))}
    return {"type": {str: "string", int: "integer", float: "number"}[hint]}


# ---- as text, for the next stage


def analysis_text(analysis: Analysis) -> str:
    """For the prompts of later stages."""
    rows = [
        f"- {f.name}: {f.value} [{f.constraint}: {f.verdict}]" for f in analysis.features
    ]  # fmt: skip
    part = f" by its part {analysis.tool_part}" if analysis.tool_part else ""
    use = f"Use {analysis.tool}{part}" if analysis.tool else "Use no tool"
    return "\n".join(["What decides the task:", *rows, f"{use}: {analysis.why}", ""])


def sketch_text(sketch: Sketch) -> str:
    """For the prompts of later stages."""
    things = [f"- {t.name} ({t.role}): {t.affords}" for t in sketch.objects]
    limits = [f"- {c}" for c in sketch.constraints]
    steps = [f"{i}. {_step_text(s)}" for i, s in enumerate(sketch.steps, 1)]
    return "\n".join(["Objects:", *things, "Constraints:", *limits, "Steps:", *steps, ""])


def _step_text(step: SketchStep) -> str:
    what = " ".join(w for w in (step.object, f"with {step.tool}" if step.tool else "") if w)
    needs = f" Numbers: {step.numbers}" if step.numbers else ""
    return f"{step.skill} {what}: {step.purpose}{needs}"


def targets_text(targets: Targets) -> str:
    """For the coder: each target with the working shown."""
    rows = [
        f"- step {t.step} {t.name}: {_number(t)} {t.unit}, from {t.working} ({t.why})"
        for t in targets.targets
    ]
    return "\n".join(
        ["Targets, worked out from the scene as it is before the first step:", *rows, ""]
    )


def _number(target: Target) -> str:
    values = target.value if isinstance(target.value, tuple) else (target.value,)
    text = ", ".join(f"{v:.4f}" for v in values if v is not None)
    return f"({text})" if isinstance(target.value, tuple) else text


__all__ = [
    "Analysis", "Argument", "Feature", "Made", "MadeStep", "Program", "Sketch", "SketchStep",
    "Target", "Targets", "PlannedThing",
    "analysis_text", "read", "schema_of", "sketch_text", "targets_text",
]  # fmt: skip
