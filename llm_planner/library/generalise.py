"""From plans that worked to a plan with holes, by rule: what can be checked against them, no more.

Objects and parts become parameters. A length that equals a quantity of the scene plus a round
margin, in every one of the plans, becomes that expression; any other number stays as it is. Left
and right become parameters, since it is the obstacles of a scene that decide between them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from habilis.llm_planner.language.calculator import CalculatorError, Quantity, evaluate, in_unit
from habilis.llm_planner.language.plan_schema import parameters
from habilis.llm_planner.language.quantities import quantities
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.run.plan import Plan, Step
from habilis.policies.skills import SKILLS
from habilis.policies.skills.senses import AXES, Senses

EQUAL = 2e-4  # m, plans are rounded to a tenth of a millimetre
_WORDS = ("object", "direction", "tool")  # arguments that the description names
MARGINS = (0.0, 0.05, 0.1, 0.01, 0.02, 0.03, 0.025, 0.005, 0.002)
"""Round lengths that a quantity may be missed by, m, the likeliest first; both ways."""
_CALLED = (
    ("tool", "", "tool"), ("object", "pull", "carrier"), ("object", "join", "piece"),
    ("object", "", "object"), ("on", "", "support"),
)  # fmt: skip
"""What an entity is called by the argument, and the skill, that it is given to; first one first."""


class MakerError(ValueError):
    """No skill can be made of these plans; says why."""


@dataclasses.dataclass(frozen=True)
class Demo:
    """A plan that worked, and where.

    Attributes:
      plan: it.
      senses: where things were before its first step.
      where: name of the layout.
    """

    plan: Plan
    senses: Senses
    where: str


def generalise(demos: Sequence[Demo], name: str = "") -> list[Composed]:
    """Skills that do in each demonstration what its plan does, the most general first.

    Args:
      demos: plans of the same skills on things in the same roles.
      name: of the skill; made of its steps if left out.

    Raises:
      MakerError: no plans, or their steps differ in more than names, numbers and sides.
    """
    if not demos:
        raise MakerError("no plan to make a skill of")
    for demo in demos[1:]:
        _same_shape(demos[0], demo)
    found = [_Maker(demos).make(name, rules) for rules in (True, False)]
    return found if found[0].steps != found[1].steps else found[:1]


def _same_shape(one: Demo, other: Demo) -> None:
    a, b = one.plan.steps, other.plan.steps
    for i in range(max(len(a), len(b))):
        shapes = [
            (s[i].skill, sorted(s[i].args), s[i].args.get("direction")) if i < len(s) else "nothing"
            for s in (a, b)
        ]
        if shapes[0] != shapes[1]:
            raise MakerError(
                f"the plans differ in step {i + 1}: {_text(a, i)} in {one.where}, {_text(b, i)} in"
                f" {other.where}; give plans of the same steps"
            )


def _text(steps: Sequence[Step], i: int) -> str:
    return str(steps[i]) if i < len(steps) else "nothing"


class _Maker:
    """Holes found so far: parameter name to its value in each demonstration."""

    def __init__(self, demos: Sequence[Demo]) -> None:
        self._demos = demos
        self._names = [quantities(d.senses) for d in demos]
        self._holes: dict[str, tuple[Any, ...]] = {}
        self._owners: dict[str, str] = {}  # of parts

    def make(self, name: str, rules: bool) -> Composed:
        first = self._demos[0].plan.steps
        for key, skill, called in _CALLED:
            for i, step in enumerate(first):
                if step.args.get(key) is not None and skill in ("", step.skill):
                    self._hole(called, self._given(i, key))
        self._holes = dict(sorted(self._holes.items(), key=lambda h: not h[0].startswith("tool")))
        steps = tuple(
            {"skill": s.skill, "args": {k: self._arg(i, k, rules) for k in _said(s)}}
            for i, s in enumerate(first)
        )
        used = str(steps)
        holes = {k: v[0] for k, v in self._holes.items() if f"${k}" in used}
        plan = self._demos[0].plan
        return Composed(
            name or _name(plan.steps), self._doc(steps, plan), tuple(holes), steps,
            f"{plan.origin} in {plan.scene}", tuple(d.where for d in self._demos), holes,
        )  # fmt: skip

    # ---- holes

    def _given(self, i: int, key: str) -> tuple[Any, ...]:
        return tuple(d.plan.steps[i].args[key] for d in self._demos)

    def _hole(self, wanted: str, values: tuple[Any, ...], owner: str = "") -> str:
        """The hole of that value in every demonstration, made under that name if it is new."""
        for name, known in self._holes.items():
            if known == values and self._owners.get(name, "") == owner:
                return name
        name, number = wanted, 1
        while name in self._holes:
            number += 1
            name = f"{wanted}_{number}"
        self._holes[name] = values
        if owner:
            self._owners[name] = owner
        return name

    def _arg(self, i: int, key: str, rules: bool) -> Any:
        values, step = self._given(i, key), self._demos[0].plan.steps[i]
        if key in ("object", "tool", "on"):
            return f"${self._hole('object', values)}"
        if key in ("part", "object_part"):
            owner = self._hole("object", self._given(i, "tool" if key == "part" else "object"))
            return f"${self._hole(key, values, owner)}"
        if key == "side" and all(v in (1, -1) for v in values):
            return f"${self._hole('side', values, f'step {i}')}"
        if key == "offset" and all(isinstance(v, float) and v for v in values):
            return self._offset(i, step, values, rules)
        if key == "distance" and rules and step.args.get("direction") in AXES:
            return self._first(self._ways(i, step), values) or values[0]
        return list(values[0]) if isinstance(values[0], tuple) else values[0]

    # ---- numbers

    def _offset(self, i: int, step: Step, values: tuple[float, ...], rules: bool) -> str:
        """A length to the left or to the right, which of them being a parameter."""
        lean = self._hole("lean", tuple(1 if v > 0 else -1 for v in values), f"step {i}")
        sizes = tuple(abs(v) for v in values)
        found = self._first(self._widths(i, step), sizes) if rules else None
        return f"${lean} * ({found or sizes[0]})"

    def _first(self, texts: Iterator[str], values: Sequence[float]) -> str | None:
        """The first expression that has the right value in every demonstration."""
        holes = dict(self._holes)
        for text in texts:
            if all(
                (got := _worked(self._filled(text, k), names)) is not None
                and abs(got - values[k]) < EQUAL
                for k, names in enumerate(self._names)
            ):
                wanted = [k for k in self._holes if k in holes or f"${k}" in text]
                self._holes = {k: self._holes[k] for k in wanted}
                return text
        self._holes = holes
        return None

    def _filled(self, text: str, k: int) -> str:
        for name in sorted(self._holes, key=len, reverse=True):
            text = text.replace(f"${name}", str(self._holes[name][k]))
        return text

    def _ways(self, i: int, step: Step) -> Iterator[str]:
        """How far it is along the direction from the thing moved to something else."""
        sign, axis = step.args["direction"]
        moved = f"${self._hole('object', self._given(i, 'object'))}"
        others = [f"${n}" for n, v in self._holes.items() if v in self._entities()]
        ends = [f"workspace.max_{axis}", f"workspace.min_{axis}"]
        for other in (o for o in others if o != moved):
            for thing in (other, *self._parts(other)):
                ends += [f"{thing}.low_{axis}", f"{thing}.high_{axis}", f"{thing}.{axis}"]
        starts = [f"{moved}.grip.{axis}", f"{moved}.{axis}", f"{moved}.low_{axis}",
                  f"{moved}.high_{axis}"]  # fmt: skip
        for margin in MARGINS:
            for start in starts:
                for end in ends:
                    way = f"{end} - {start}" if sign == "+" else f"{start} - {end}"
                    yield from _by(way, margin)

    def _widths(self, i: int, step: Step) -> Iterator[str]:
        """Half of the thing moved and half of what lies beside it."""
        across = "y" if step.args["direction"][1] == "x" else "x"
        moved = f"${self._hole('object', self._given(i, 'object'))}"
        if step.args.get("tool") is None:
            return
        tool = f"${self._hole('object', self._given(i, 'tool'))}"
        for part in self._parts(tool):
            for margin in MARGINS:
                yield from _by(f"{part}.size_{across}/2 + {moved}.size_{across}/2", margin)

    def _entities(self) -> list[tuple[Any, ...]]:
        keys = ("object", "tool", "on")
        first = self._demos[0].plan.steps
        return [self._given(i, k) for i, s in enumerate(first) for k in keys if s.args.get(k)]

    def _parts(self, owner: str) -> list[str]:
        """The parts that a thing has in every demonstration, as holes."""
        things = self._holes[owner[1:]]
        rows = [
            {p.name for p in d.senses.entity(t).parts}
            for d, t in zip(self._demos, things, strict=True)
        ]
        count, common = len(things), set.intersection(*rows)
        ordered = [p.name for p in self._demos[0].senses.entity(things[0]).parts]
        same = [p for p in ordered if p in common]
        return [f"{owner}.${self._hole('beside', (p,) * count, owner[1:])}" for p in same]

    # ---- words

    def _doc(self, steps: Sequence[dict[str, Any]], plan: Plan) -> str:
        said = "; ".join(
            " ".join([s["skill"], *filter(None, (_word(s["args"], k) for k in _WORDS))])
            for s in steps
        )
        signs = [n for n, v in self._holes.items() if set(v) <= {1, -1}]
        sides = f" {', '.join(signs)}: 1 or -1, left or right." if signs else ""
        return f"{said.capitalize()}. Made for: {plan.instruction.rstrip('.')}.{sides}"


def _said(step: Step) -> list[str]:
    """The arguments that are not what they would be if left out."""
    usual = {p.name: p.default for p in parameters(SKILLS[step.skill]) if not p.required}
    return [k for k, v in step.args.items() if k not in usual or v != usual[k]]


def _word(args: dict[str, Any], key: str) -> str:
    if args.get(key) is None:
        return ""
    word = str(args[key]).removeprefix("$")
    return f"with {word}" if key == "tool" else word


def _worked(text: str, names: dict[str, Quantity]) -> float | None:
    try:
        found = in_unit(evaluate(text, names), "m")
    except CalculatorError:
        return None
    return found if isinstance(found, float) else None


def _by(text: str, margin: float) -> Iterator[str]:
    """The expression with a margin more, and less."""
    if not margin:
        yield text
        return
    yield f"{text} + {margin:g}"
    yield f"{text} - {margin:g}"


def _name(steps: Sequence[Step]) -> str:
    """Of the skills that do more than take and put down."""
    verbs = dict.fromkeys(s.skill for s in steps if s.skill not in ("grasp", "place"))
    return "_and_".join(verbs) if len(verbs) > 1 else f"do_{next(iter(verbs), 'grasp')}"
