"""The stages between an instruction and a program: each a function from typed inputs to a typed
output, by way of one model.

Analyzer: the features on which the task turns. Planner: what is used on what, skill by skill.
Calculator: the numbers, as expressions that the machine works out. Coder: a program over the
skills. Composer, in their place: the plan as data.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from habilis.assets.robots.registry import robot_spec
from habilis.assets.scene.things import Scene
from habilis.llm_planner.language import prompts
from habilis.llm_planner.language.calculator import CalculatorError, evaluate, in_unit
from habilis.llm_planner.language.describe import robot_words
from habilis.llm_planner.language.faults import Kind, StageError
from habilis.llm_planner.language.outputs import (
    Analysis,
    Program,
    Sketch,
    SketchStep,
    Targets,
    analysis_text,
    read,
    schema_of,
    sketch_text,
    targets_text,
)
from habilis.llm_planner.language.plan_schema import (
    composed_function,
    plan_schema,
    read_plan,
    skill_docs,
)
from habilis.llm_planner.language.quantities import quantities, quantity_words
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.model.answer import read_answer, refusal_of, said_in, unfenced
from habilis.llm_planner.model.asking import given_back
from habilis.llm_planner.model.client import (
    Client,
    ClientError,
    Message,
    Reply,
    Request,
    ShownPicture,
)
from habilis.llm_planner.model.schema import shorten
from habilis.llm_planner.run.plan import Plan
from habilis.llm_planner.run.skill_api import documentation
from habilis.policies.skills.senses import Senses

LARGEST = 3.0  # m; a length beyond this is in another unit
RETRIES = 1  # times an answer that cannot be read is asked for again
NOTHING = ("", "none", "nothing", "null", "gripper", "fingers", "hand")  # for no object
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Brief:
    """What every stage is told.

    Attributes:
      senses: where things are now, and the scene.
      scene: the description.
      composed: skills of the library that a plan may use.
      lessons: experience, as text.
      feedback: what became of an earlier answer, as text.
      variant: what makes this sample differ from others, as text.
      temperature: of the model.
      max_tokens: of each answer.
      pictures: of the scene with numbered marks, see ``marked_views``; for a model that sees.
    """

    senses: Senses
    scene: str
    composed: tuple[Composed, ...] = ()
    lessons: str = ""
    feedback: str = ""
    variant: str = ""
    temperature: float = 0.0
    max_tokens: int = 4000
    pictures: tuple[ShownPicture, ...] = ()


@dataclasses.dataclass(frozen=True)
class Composition:
    """What the composer answers: a checked plan, or a refusal.

    Attributes:
      thoughts: short reasoning.
      refusal: why there is no plan, '' if there is one.
      plan: the plan with every number worked out; None if refused.
      answer: as it was written, for a repair.
    """

    thoughts: str
    refusal: str
    plan: Plan | None
    answer: str


def analyze(client: Client, brief: Brief) -> Analysis:
    """Stage 1: key features, each with the constraint it touches; values worked out."""
    scene = brief.senses.scene
    values = _common(
        brief, skills=skill_docs(brief.composed, scene), quantities=quantity_words(scene)
    )
    names = quantities(brief.senses)

    def parse(data: Mapping[str, Any]) -> Analysis:
        found = read(Analysis, data)
        worked = []
        for feature in found.features:
            try:
                shown = evaluate(feature.value, names).working
            except CalculatorError:
                shown = feature.value  # words instead of an expression
            worked.append(dataclasses.replace(feature, value=shown))
        tool = "" if found.tool.lower() in NOTHING else found.tool
        _known(brief, tool)
        return dataclasses.replace(found, features=tuple(worked), tool=tool)

    return ask(client, brief, "analyzer", values, schema_of(Analysis), parse)


def plan(client: Client, brief: Brief, analysis: Analysis | None = None) -> Sketch:
    """Stage 2: objects, constraints and the steps in words."""
    values = _common(
        brief,
        skills=skill_docs(brief.composed, brief.senses.scene),
        analysis=analysis_text(analysis) if analysis else "",
    )

    def parse(data: Mapping[str, Any]) -> Sketch:
        found = read(Sketch, data)
        if not found.refusal and not found.steps:
            raise StageError("neither steps nor a refusal", "form")
        for step in found.steps:
            _known(brief, step.object, step.tool)
        return found

    return ask(client, brief, "planner", values, schema_of(Sketch), parse)


def calculate(client: Client, brief: Brief, sketch: Sketch) -> Targets:
    """Stage 3: the numbers of each step, worked out by the machine."""
    known = quantity_words(brief.senses.scene)
    values = _common(brief, sketch=sketch_text(sketch), quantities=known)
    return ask(
        client, brief, "calculator", values, schema_of(Targets),
        lambda data: work_out(read(Targets, data), brief.senses, sketch.steps),
    )  # fmt: skip


def work_out(targets: Targets, senses: Senses, steps: Sequence[SketchStep]) -> Targets:
    """Evaluate every target; StageError of kind ``numerical`` names the step and what is wrong."""
    names, out = quantities(senses), []
    for target in targets.targets:
        where = f"step {target.step}: {target.name!r}"
        if not 1 <= target.step <= len(steps):
            raise StageError(f"{where}: the plan has steps 1 to {len(steps)}", "form")
        try:
            worked = evaluate(target.expression, names)
            value = in_unit(worked, target.unit, target.size)
            _plausible(value, target.unit)
        except CalculatorError as error:
            raise StageError(f"{where}: {error}", "numerical") from error
        out.append(dataclasses.replace(target, value=value, working=worked.working))
    return Targets(tuple(out))


def _plausible(value: float | tuple[float, ...], unit: str) -> None:
    """A bare number in another unit is farther than anything here."""
    largest = max(abs(v) for v in (value if isinstance(value, tuple) else (value,)))
    if unit == "m" and largest > LARGEST:
        raise CalculatorError(
            f"{largest:g} m is farther than anything here; a number without a unit is in metres,"
            f" write {largest:g}*mm or {largest:g}*cm if that is meant"
        )


def code(
    client: Client,
    brief: Brief,
    analysis: Analysis | None = None,
    sketch: Sketch | None = None,
    targets: Targets | None = None,
) -> Program:
    """Stage 4: Python over the skill API."""
    values = _common(
        brief,
        api=documentation(
            robot_spec(brief.senses.scene.robot).effector.widest,
            [composed_function(c) for c in brief.composed],
            brief.senses.scene,
        ),
        analysis=analysis_text(analysis) if analysis else "",
        sketch=sketch_text(sketch) if sketch else "",
        targets=targets_text(targets) if targets else "",
    )

    def parse(data: Mapping[str, Any]) -> Program:
        found = read(Program, data)
        text = unfenced(found.program)
        refusal = found.refusal or said_in(text)
        if not text.strip() and not refusal:
            raise StageError("neither a program nor a refusal", "form")
        return dataclasses.replace(found, program=text, refusal=refusal)

    return ask(client, brief, "coder", values, schema_of(Program), parse)


def compose(client: Client, brief: Brief) -> Composition:
    """The one stage of plan mode: the typed plan as data."""
    scene = brief.senses.scene
    values = _common(
        brief, skills=skill_docs(brief.composed, scene), quantities=quantity_words(scene)
    )

    def parse(data: Mapping[str, Any]) -> Composition:
        refusal, answer = (
            refusal_of(str(data.get("refusal") or "")),
            json.dumps(dict(data), indent=1),
        )
        thoughts = str(data.get("thoughts") or "")
        if refusal:
            return Composition(thoughts, refusal, None, answer)
        made = read_plan(data, brief.senses, brief.composed, client.name)
        return Composition(thoughts, "", made, answer)

    schema = plan_schema(brief.composed, brief.senses.scene)
    return ask(client, brief, "plan", values, schema, parse)


def system_turn(scene: Scene) -> str:
    """What every stage is told first: the robot of the scene, and the rules for its kind."""
    legs = scene.hand == "legs"
    rules = prompts.load_prompt("rules_legs" if legs else "rules_arm").fill()
    ground = "floor" if legs else "table top"
    system = prompts.load_prompt("system")
    return system.fill(robot=robot_words(scene), ground=ground, rules=rules)


def ask(
    client: Client,
    brief: Brief,
    stage: str,
    values: Mapping[str, str],
    schema: dict[str, Any],
    parse: Callable[[Mapping[str, Any]], T],
) -> T:
    """Ask a stage and read its answer; one that cannot be read is asked for once more.

    Args:
      client: the model.
      brief: temperature and length.
      stage: name of the stage and of its prompt.
      values: to fill the prompt with.
      schema: of the answer.
      parse: makes the output of it; its StageErrors are passed on with the stage's name.

    Raises:
      StageError: the answer cannot be read or used; ``kind`` says what is wrong with it.
      ClientError: the model cannot be reached or gives no answer.
    """
    told = prompts.load_prompt(stage).fill(**values)
    if brief.pictures:
        told += "\n\n" + _what_is_seen(brief.senses.scene)
    messages = [
        Message("system", system_turn(brief.senses.scene)),
        Message("user", told, brief.pictures),
    ]
    for left in range(RETRIES, -1, -1):
        request = Request(
            stage, tuple(messages), schema, brief.max_tokens, brief.temperature
        )  # fmt: skip
        reply = _answer(client, request)
        try:
            return parse(_data(reply.data, reply.text, schema))
        except StageError as error:
            error.stage, error.answer = error.stage or stage, reply.text or json.dumps(reply.data)
            if error.kind != "form" or not left:
                raise
            again = prompts.load_prompt("retry").fill(error=str(error))
            messages += [Message("assistant", given_back(error.answer)), Message("user", again)]
    raise AssertionError("unreachable")


def _what_is_seen(scene: Scene) -> str:
    """How to read the pictures: their axes, and whose the numbers in them are."""
    things = ", ".join(f"{k} {e.name}" for k, e in enumerate(scene.entities, 1))
    return prompts.load_prompt("pictures").fill(things=things)


def _answer(client: Client, request: Request) -> Reply:
    """The model's answer; one that its client gave up reading is a fault of form."""
    try:
        return client.complete(request)
    except ClientError as error:
        if error.kind != "malformed":
            raise
        found = StageError(str(error), "form")
        found.answer = error.spent.text if error.spent is not None else ""
        found.stage = request.stage
        raise found from error


def _data(data: object, text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer as an object: given as such, or found in the text."""
    if not isinstance(data, Mapping):
        data, faults = read_answer(text, schema)[1:]
        if data is None:
            raise StageError(faults[0])
    if not isinstance(data, Mapping):
        raise StageError(f"a JSON object is wanted, got {shorten(text)}")
    return data


def _common(brief: Brief, **more: str) -> dict[str, str]:
    shared = {"lessons": brief.lessons, "variant": brief.variant, "feedback": brief.feedback}
    return {"scene": brief.scene, **shared, **more}


def _known(brief: Brief, *names: str) -> None:
    kind: Kind = "logical"
    for name in names:
        if name.lower() not in NOTHING:
            try:
                brief.senses.scene.entity(name)
            except KeyError as error:
                raise StageError(str(error.args[0]), kind) from error
