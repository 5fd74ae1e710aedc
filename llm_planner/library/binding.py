"""What a composed skill could be used on here: values for its parameters, the likeliest first.

Objects are offered by their role in the skill, parts by the object they belong to, sides both
ways. The order is that of geometry: a way of moving things that the search would propose from
here goes before one that it would not, the cheaper first.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from habilis.envs.world.judging.monitor import targets
from habilis.llm_planner.language.calculator import CalculatorError, Quantity, evaluate
from habilis.llm_planner.language.faults import StageError
from habilis.llm_planner.language.plan_schema import read_plan
from habilis.llm_planner.language.quantities import quantities
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.run.plan import Step
from habilis.llm_planner.search.goals import options
from habilis.llm_planner.search.options import GRASP_COST, JOIN_COST, LIFT_COST, PLACE_COST, Option
from habilis.policies.skills.senses import Senses

MOVES = ("sweep", "pull", "join")  # skills whose way of doing it geometry can judge
UNSEEN = 30.0  # s: cost of a move that the search would not propose from here
OTHER = 5.0  # s: cost of a thing that is called otherwise than in the example
MOST = 400  # ways to fill the parameters that are looked at
SECONDS = {"grasp": GRASP_COST, "lift": LIFT_COST, "place": PLACE_COST, "join": JOIN_COST}
SLOW = 3.0  # s: any other skill, and 1 s for each 0.1 m
_ENTITY = ("object", "tool", "on")
_OWNER = {"part": "tool", "object_part": "object"}
_PART = re.compile(r"\$(\w+)\.\$(\w+)")

Args = dict[str, Any]
Key = tuple[object, ...]


@dataclasses.dataclass(frozen=True)
class Use:
    """A composed skill on certain things.

    Attributes:
      skill: it.
      args: value of each parameter.
      steps: what it comes to here.
    """

    skill: Composed
    args: Args
    steps: tuple[Step, ...]

    @property
    def seconds(self) -> float:
        """Estimated time it takes, s."""
        return sum(SECONDS.get(s.skill, SLOW + s.args.get("distance", 0) / 0.1) for s in self.steps)

    def __str__(self) -> str:
        return f"{self.skill.name}({', '.join(f'{k}={v}' for k, v in self.args.items())})"


def uses(
    skill: Composed, senses: Senses, proposed: Iterable[Option] | None = None
) -> Iterator[Use]:
    """Ways to use a skill from here, the likeliest first; those that do not fit are left out.

    Args:
      skill: to use.
      senses: where things are.
      proposed: what the search would try from here, if that is known already.
    """
    if proposed is None:
        proposed = options(senses, senses.scene.goal)
    names, known = quantities(senses), _known(proposed)
    ways = list(itertools.islice(_fillings(skill, senses), MOST))
    costs = [_cost(skill, args, known, names) for args in ways]
    for k in sorted(range(len(ways)), key=lambda k: (costs[k], k)):
        step = {"skill": skill.name, "args": ways[k]}
        try:
            plan = read_plan({"steps": [step]}, senses, (skill,), skill.name)
        except StageError:
            continue
        yield Use(skill, ways[k], plan.steps)


# ---- which values there are


def _fillings(skill: Composed, senses: Senses) -> Iterator[Args]:
    """Every way to fill the parameters, no entity twice."""
    things, owners = _roles(skill)
    last = next((s["args"].get("object") for s in reversed(skill.steps)), None)
    wanted = set(targets(senses.scene))
    free = [e.name for e in senses.scene.entities if e.name not in wanted]
    choices = [
        [*wanted] if f"${p}" == last and wanted else _first(skill.example.get(p), free)
        for p in things
    ]
    for chosen in itertools.product(*choices):
        if len(set(chosen)) < len(chosen):
            continue
        args: Args = dict(zip(things, chosen, strict=True))
        rest = [p for p in skill.parameters if p not in things]
        values = [_values(skill, p, owners.get(p), args, senses) for p in rest]
        for more in itertools.product(*values):
            filled = args | dict(zip(rest, more, strict=True))
            parts = [(args.get(o, o), filled[p]) for p, o in owners.items()]
            if len(set(parts)) == len(parts):
                yield {p: filled[p] for p in skill.parameters}


def _roles(skill: Composed) -> tuple[list[str], dict[str, str]]:
    """Parameters that are objects, and those that are parts with the parameter they belong to."""
    things: dict[str, None] = {}
    owners: dict[str, str] = {}
    for step in skill.steps:
        for key, value in step["args"].items():
            for owner, part in _PART.findall(str(value)):
                owners[part] = owner
            hole = value[1:] if isinstance(value, str) and value[:1] == "$" else ""
            if hole not in skill.parameters:
                continue
            if key in _ENTITY:
                things[hole] = None
            elif key in _OWNER:
                owners[hole] = str(step["args"].get(_OWNER[key], "")).removeprefix("$")
    return list(things), owners


def _values(skill: Composed, name: str, owner: str | None, args: Args, senses: Senses) -> list[Any]:
    example = skill.example.get(name)
    if owner is not None:
        parts = [p.name for p in senses.entity(args.get(owner, owner)).parts]
        return _first(example, parts)
    if example in (1, -1):
        return [example, -example]
    return [] if example is None else [example]


def _first(value: object, of: list[Any]) -> list[Any]:
    return [value, *(v for v in of if v != value)] if value in of else list(of)


# ---- which of them are likely


def _known(proposed: Iterable[Option]) -> Mapping[Key, float]:
    """Cost of each way of moving things that the search would propose from here."""
    found: dict[Key, float] = {}
    for option in proposed:
        for step in option.steps:
            if step.skill in MOVES:
                key = _key(step.skill, step.args, {})
                found[key] = min(option.cost + option.left, found.get(key, UNSEEN))
    return found


def _cost(
    skill: Composed, args: Args, known: Mapping[Key, float], names: Mapping[str, Quantity]
) -> float:
    cost = OTHER * sum(args[p] != v for p, v in skill.example.items() if v not in (1, -1))
    for step in skill.expand(args):
        if step["skill"] in MOVES:
            cost += known.get(_key(step["skill"], step["args"], names), UNSEEN)
    return cost


def _key(skill: str, args: Mapping[str, Any], names: Mapping[str, Quantity]) -> Key:
    words = (args.get(k) for k in ("object", "tool", "part", "direction", "side"))
    return skill, *words, _sign(args.get("offset", 0.0), names)


def _sign(value: Any, names: Mapping[str, Quantity]) -> int:
    """-1, 0 or 1; 0 also for what cannot be worked out here."""
    try:
        number = evaluate(value, names).quantity.plain() if isinstance(value, str) else value
    except CalculatorError:
        return 0
    return 0 if not isinstance(number, (int, float)) or abs(number) < 1e-6 else (-1, 1)[number > 0]
