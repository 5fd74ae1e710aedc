"""Plans as data: typed steps that can be read, diffed, stored and replayed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from habilis.assets import foreign
from habilis.assets.names import did_you_mean, visible
from habilis.assets.scene.things import Scene
from habilis.llm_planner.run.arguments import check_part
from habilis.policies.skills import make_skill
from habilis.policies.skills.attempt import Ask, Ending, Steps, in_turn
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import Skill, call_text

VERSION = 1
MOST = foreign.MEGABYTE  # bytes of a plan file
LONGEST = 500  # steps of a plan


class PlanError(ValueError):
    """A plan that cannot be read or does not fit the scene; says where and what is allowed."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message, 1000))  # it may quote what stands in a file


@dataclasses.dataclass(frozen=True)
class Step:
    """One skill with its parameters (SI units).

    Attributes:
      skill: name of it.
      args: its parameters.
      by: composed skill that this step comes from, '' if it stands for itself.
    """

    skill: str
    args: Mapping[str, Any]
    by: str = ""

    def build(self) -> Skill:
        """The skill, ready to run."""
        return make_skill(self.skill, self.args)

    def __str__(self) -> str:
        return call_text(self.skill, self.args)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to do, skill by skill; a program that the executor runs.

    Attributes:
      scene: name of the scene it was made for.
      instruction: what it is meant to achieve.
      steps: in order.
      origin: who made it, e.g. ``search`` or a file.
    """

    scene: str
    instruction: str
    steps: tuple[Step, ...]
    origin: str = "file"

    @property
    def composed(self) -> tuple[str, ...]:
        """Names of the composed skills that steps come from."""
        return tuple(dict.fromkeys(s.by for s in self.steps if s.by))

    def build(self) -> list[Skill]:
        """Fresh skills, ready to run once."""
        return [step.build() for step in self.steps]

    def __call__(self, senses: Senses) -> Steps:
        """Its steps; see ``Program``. What does not fit the scene ends it before anything moves."""
        try:
            self.check(senses.scene)
        except PlanError as error:
            return Ending("static", str(error))
        asks = [Ask(step.build(), text=str(step)) for step in self.steps]
        return (yield from in_turn(asks)(senses))

    def check(self, scene: Scene) -> None:
        """Check types and names against a scene without moving anything.

        Raises:
          PlanError: names the step, what was wrong, and what exists.
        """
        for i, step in enumerate(self.steps):
            try:
                if wrong := step.build().unfit(scene):
                    raise ValueError(wrong)
                for key in ("object", "tool", "on"):
                    if step.args.get(key) is not None:
                        scene.entity(step.args[key])
                for part, owner in (("part", "tool"), ("object_part", "object")):
                    if step.args.get(part) is None:
                        continue
                    if step.args.get(owner) is None:
                        raise ValueError(f"{part!r} needs a {owner!r} that it is a part of")
                    scene.entity(step.args[owner])
                    check_part(scene, step.args[owner], step.args[part], part == "part")
            except (ValueError, KeyError) as error:
                raise PlanError(f"step {i + 1} ({step.skill}): {error.args[0]}") from error

    def dumps(self) -> str:
        """JSON text, one step a line."""
        steps = [
            json.dumps({"skill": s.skill, "args": dict(s.args)} | ({"by": s.by} if s.by else {}))
            for s in self.steps
        ]
        head = {"version": VERSION, "scene": self.scene, "instruction": self.instruction}
        lines = [f'  "{k}": {json.dumps(v)},' for k, v in (head | {"origin": self.origin}).items()]
        body = ",\n".join(f"    {s}" for s in steps)
        return "{\n" + "\n".join(lines) + f'\n  "steps": [\n{body}\n  ]\n}}\n'


def load_plan(path: str | Path) -> Plan:
    """Read a plan file; PlanError says what is wrong with it."""
    try:
        text = foreign.read_text(path, MOST)
    except (OSError, foreign.ForeignFileError) as error:
        raise PlanError(f"{path}: cannot be read as a plan: {error}") from error
    return parse_plan(text, str(path))


def parse_plan(text: str, source: str = "plan") -> Plan:
    """Read the text of a plan; PlanError names the source, the place and what is allowed."""
    try:
        data = foreign.parse(text, source)
    except foreign.ForeignFileError as error:
        raise PlanError(str(error)) from error
    if not isinstance(data, dict):
        raise PlanError(f"{source}: a plan is an object, got {type(data).__name__}")
    allowed = ("version", "scene", "instruction", "origin", "steps")
    _known(data, allowed, source)
    if data.get("version", VERSION) != VERSION:
        raise PlanError(f"{source}: version {data['version']} is not supported; known: {VERSION}")
    steps = data.get("steps")
    if not isinstance(steps, list) or not steps:
        raise PlanError(f"{source}: 'steps' must be a list of at least one step, got {steps!r}")
    if len(steps) > LONGEST:
        raise PlanError(f"{source}: a plan has at most {LONGEST} steps, got {len(steps)}")
    parsed = tuple(_step(s, f"{source}: steps[{i}]") for i, s in enumerate(steps))
    return Plan(
        _text(data, "scene", "", source), _text(data, "instruction", "", source), parsed,
        _text(data, "origin", source, source),
    )  # fmt: skip


def _text(data: Mapping[str, Any], key: str, default: str, where: str) -> str:
    value = data.get(key, default)
    if not isinstance(value, str):
        raise PlanError(f"{where}: {key!r} must be text, got {value!r}")
    return value


def _step(data: object, where: str) -> Step:
    if not isinstance(data, dict):
        raise PlanError(f"{where}: a step is an object with 'skill' and 'args', got {data!r}")
    _known(data, ("skill", "args", "by"), where)
    args = data.get("args", {})
    if not isinstance(data.get("skill"), str) or not isinstance(args, dict):
        raise PlanError(f"{where}: needs a 'skill' name and an 'args' object, got {data!r}")
    step = Step(data["skill"], args, _text(data, "by", "", where))
    try:
        step.build()
    except ValueError as error:
        raise PlanError(f"{where}: {error}") from error
    return step


def _known(data: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    for key in data:
        if key not in allowed:
            raise PlanError(f"{where}: {did_you_mean('key', key, allowed)}")
