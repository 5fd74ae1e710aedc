"""The robot as model-written code sees it: functions, their stubs, their documentation.

Names and argument order are RoboTool's where it has the function. Everything is generated from
the skills' fields and docstrings, so a new skill is in the API as soon as it is registered.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean
from habilis.assets.scene.things import Scene
from habilis.llm_planner.run import vectors
from habilis.llm_planner.run.arguments import ArgumentError, check_arguments, plain
from habilis.llm_planner.run.sandbox import MODULES
from habilis.policies.skills import SKILLS
from habilis.policies.skills.senses import (
    Senses,
)
from habilis.policies.skills.skill import skills_for, told_fields

_OF_A_GRIPPER = re.compile("gripper|graspable")
Vector = tuple[float, float, float]
Kind = Literal["skill", "query", "vector"]
NOWHERE: Any = inspect.Parameter.empty
LANGUAGE = f"""\
Everything above is defined already; import only {", ".join(MODULES)}.
The interpreter knows a part of Python: functions, comprehensions, dataclasses, try, match and
f-strings, but no class inheritance, yield, del, files, clock or network. The program is
type-checked before it runs; write positions as (x, y, z) or [x, y, z], in metres."""
_STUBS = '''
import math as math
from typing import Any, Callable, Iterable, Iterator
def map(function: Callable[..., Any], *of: Iterable[Any]) -> Iterator[Any]: ...
def filter(function: Callable[[Any], Any] | None, of: Iterable[Any]) -> Iterator[Any]: ...
def getattr(of: Any, name: str, default: Any = None) -> Any: ...
def hasattr(of: Any, name: str) -> bool: ...
Vector = tuple[float, float, float]
VectorLike = tuple[float, float, float] | list[float] | list[int]
class SkillError(RuntimeError):
    """A skill failed; the text says why, with the numbers."""
'''


class Queries:
    """What a program may ask; answered at once, nothing moves.

    Args:
      senses: holding the newest observation.
      numbers: of the skill that failed last.
    """

    def __init__(self, senses: Senses, numbers: Callable[[], Mapping[str, float]]) -> None:
        self._senses, self._numbers = senses, numbers

    def get_center(self, object: str) -> Vector:
        """Centre (x, y, z) of the box around an object, m."""
        return _vector(self._senses.get_center(object))

    def get_graspable_point(self, object: str) -> Vector:
        """Point (x, y, z) where the gripper should take an object, m."""
        return _vector(self._senses.get_graspable_point(object))

    def get_size(self, object: str) -> Vector:
        """Size of the box around an object along x, y and z, m."""
        return _vector(self._senses.get_size(object))

    def get_workspace_range(self) -> tuple[float, float, float, float, float, float]:
        """Least x, y, z and then greatest x, y, z of where hand or trunk may be, m."""
        return self._senses.get_workspace_range()

    def get_objects(self) -> list[str]:
        """Names of all objects."""
        return [e.name for e in self._senses.scene.entities]

    def get_parts(self, object: str) -> list[str]:
        """Names of the parts an object consists of."""
        return [p.name for p in self._senses.entity(object).parts]

    def get_part_center(self, object: str, part: str) -> Vector:
        """Centre (x, y, z) of the box around one part of an object, m."""
        found = self._senses.entity(object).part(part)
        return _vector(self._senses.part_box(object, found).centre)

    def get_part_size(self, object: str, part: str) -> Vector:
        """Size of the box around one part of an object along x, y and z, m."""
        found = self._senses.entity(object).part(part)
        return _vector(self._senses.part_box(object, found).size)

    def get_gripper_position(self) -> Vector:
        """Where the point between the fingertips is now, (x, y, z), m."""
        return _vector(self._senses.tcp)

    def get_gripper_opening(self) -> float:
        """Distance between the fingertips, m; $widest when open."""
        return float(self._senses.aperture)

    def get_failure_numbers(self) -> dict[str, float]:
        """The numbers of the skill that failed last, by name; empty if none has failed."""
        return dict(self._numbers())


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One parameter of a function.

    Attributes:
      name: of it.
      type: as in source text.
      default: ``NOWHERE`` if it must be given.
      doc: with its unit; '' if there is none.
    """

    name: str
    type: str
    default: Any
    doc: str

    def __str__(self) -> str:
        tail = "" if self.default is NOWHERE else f" = {self.default!r}"
        return f"{self.name}: {self.type}{tail}"


@dataclasses.dataclass(frozen=True)
class ApiFunction:
    """One function a program may call.

    Attributes:
      name: of it.
      kind: ``skill`` moves the robot, ``query`` reads, ``vector`` only calculates.
      parameters: in order.
      returns: type as in source text.
      doc: what it does.
    """

    name: str
    kind: Kind
    parameters: tuple[Parameter, ...]
    returns: str
    doc: str

    @property
    def signature(self) -> str:
        """``name(parameter: type = default, ...) -> type``."""
        return f"{self.name}({', '.join(map(str, self.parameters))}) -> {self.returns}"

    @property
    def stub(self) -> str:
        """Its declaration for the type checker."""
        inside = "\n".join(self.text.splitlines()[1:]).strip()
        return f'def {self.signature}:\n    """{inside}"""\n'

    @property
    def text(self) -> str:
        """Signature, description and parameters, for a prompt."""
        lines = [self.signature, *(f"    {line}" for line in self.doc.splitlines())]
        lines += [f"      {p.name}: {p.doc}" for p in self.parameters if p.doc]
        return "\n".join(lines)

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments by name, as plain data of bounded size.

        Raises:
          ArgumentError: too many, unknown, doubled or missing; not plain data.
        """
        names = [p.name for p in self.parameters]
        if len(args) > len(names):
            takes = f"takes {', '.join(names) or 'no arguments'}"
            raise ArgumentError(f"{self.name} {takes}; {len(args)} arguments were given")
        bound = dict(zip(names, args, strict=False))
        for key, value in kwargs.items():
            if key not in names:
                raise ArgumentError(f"{self.name}: {did_you_mean('parameter', key[:80], names)}")
            if key in bound:
                raise ArgumentError(f"{self.name}: {key!r} is given twice")
            bound[key] = value
        for p in self.parameters:
            if p.name not in bound and p.default is NOWHERE:
                raise ArgumentError(f"{self.name} needs {p.name!r} ({p.type})")
        return {k: plain(f"{self.name}: {k!r}", v) for k, v in bound.items()}


def api(skills: Iterable[str] | None = None) -> Mapping[str, ApiFunction]:
    """Every function by name: queries, skills, vectors.

    Args:
      skills: names; those of ``skills_for()`` if left out.
    """
    return _api(tuple(skills_for() if skills is None else skills))


def told(scene: Scene | None = None) -> Mapping[str, ApiFunction]:
    """The API in a scene as its planners are told of it: the numbers are those of its robot.

    Args:
      scene: see ``skills_for``.
    """
    known = dict(api(skills := skills_for(scene)))
    for name, skill in skills.items():
        if scene is not None and (instead := skill.numbers_of(scene.robot)):
            words = re.compile("|".join(rf"\b{re.escape(said)}\b" for said in instead))
            doc = words.sub(lambda found: instead[found[0]], known[name].doc)
            known[name] = dataclasses.replace(known[name], doc=doc)
    return types.MappingProxyType(known)


@functools.cache
def _api(skills: tuple[str, ...]) -> Mapping[str, ApiFunction]:
    found = [_from_callable("query", f) for _, f in _public(Queries)]
    found += [_from_skill(name) for name in skills]
    found += [_from_callable("vector", f) for _, f in _public(vectors)]
    return types.MappingProxyType({f.name: f for f in found})


def host_names() -> tuple[str, ...]:
    """Functions the host answers: all but the vector functions."""
    return tuple(n for n, f in api(SKILLS).items() if f.kind != "vector")


def stubs() -> str:
    """Declarations of the whole API, and of what the checker's builtins lack."""
    return _STUBS + "\n".join(f.stub for f in api(SKILLS).values())


def prelude() -> str:
    """Code that runs in the sandbox before a program: the vector functions and ``SkillError``."""
    return f"{inspect.getsource(vectors)}\nSkillError = RuntimeError\n"


def documentation(
    widest: float, more: Sequence[ApiFunction] = (), scene: Scene | None = None
) -> str:
    """The whole API in a scene as text for a prompt.

    Args:
      widest: greatest opening of the end effector, m.
      more: skills composed of its skills.
      scene: see ``skills_for``.
    """
    titles = {
        "query": "Queries (instant, nothing moves)",
        "skill": "Skills (each moves the robot and returns when it has finished; one that fails"
        " raises SkillError with the reason)",
        "vector": "Vectors (there is no numpy; + would join two tuples; Vector is a tuple of three"
        " numbers, VectorLike may be a list too)",
    }
    legs = scene is not None and scene.hand == "legs"

    def fits(function: ApiFunction) -> bool:
        """What asks about a gripper is nothing for a robot without one."""
        return not (legs and function.kind == "query" and _OF_A_GRIPPER.search(function.name))

    parts = []
    for kind, title in titles.items():
        texts = [f.text for f in told(scene).values() if f.kind == kind and fits(f)]
        texts = [text.replace("$widest", f"{widest:g}") for text in texts]
        parts.append(f"# {title}\n" + "\n".join(texts))
    if more:
        title = "Composed skills (each runs several skills one after the other; fails as they do)"
        parts.append(f"# {title}\n" + "\n".join(f.text for f in more))
    parts.append(f"# Language\n{LANGUAGE}")
    return "\n\n".join(parts) + "\n"


def _public(owner: Any) -> list[tuple[str, Any]]:
    found = inspect.getmembers(owner, inspect.isfunction)
    own = [(n, f) for n, f in found if not n.startswith("_")]
    return sorted(own, key=lambda pair: pair[1].__code__.co_firstlineno)


def _from_callable(kind: Kind, function: Any) -> ApiFunction:
    hints = typing.get_type_hints(function)
    parameters = tuple(
        Parameter(p.name, _type_text(hints[p.name], given=True), p.default, "")
        for p in inspect.signature(function).parameters.values()
        if p.name != "self"
    )
    doc = inspect.getdoc(function) or ""
    return ApiFunction(function.__name__, kind, parameters, _type_text(hints["return"]), doc)


def _from_skill(name: str) -> ApiFunction:
    cls = SKILLS[name]
    assert dataclasses.is_dataclass(cls)
    hints = typing.get_type_hints(cls)
    doc, docs = _sections(inspect.getdoc(cls) or "")
    parameters = tuple(
        Parameter(
            f.name,
            _type_text(hints[f.name], given=True),
            NOWHERE if f.default is dataclasses.MISSING else f.default,
            docs.get(f.name, ""),
        )
        for f in told_fields(cls)
    )
    return ApiFunction(name, "skill", parameters, "dict[str, float]", doc)


def _sections(doc: str) -> tuple[str, dict[str, str]]:
    """Description and parameters of a Google-style docstring."""
    head, _, tail = doc.partition("\nArgs:\n")
    found: dict[str, str] = {}
    for entry in re.split(r"\n  (?=\w+: )", "\n" + tail):
        key, colon, text = entry.strip().partition(": ")
        if colon:
            found[key] = " ".join(text.split())
    return head.strip(), found


def _type_text(hint: Any, given: bool = False) -> str:
    """A type as source text; a tuple that is given may also be a list."""
    if hint is type(None):
        return "None"
    origin, members = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if hint == vectors.VectorLike:
            return "VectorLike"
        return " | ".join(_type_text(m, given) for m in members)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, members))}]"
    if origin is not None:
        text = f"{origin.__name__}[{', '.join(_type_text(m) for m in members)}]"
        if hint == Vector:
            return "VectorLike" if given else "Vector"
        return f"{text} | list[float] | list[int]" if given and origin is tuple else text
    return str(hint.__name__)


def _vector(a: Array) -> Vector:
    x, y, z = (float(v) for v in a)
    return x, y, z


__all__ = [
    "ApiFunction", "ArgumentError", "Kind", "NOWHERE", "Parameter", "Queries", "Vector", "api",
    "check_arguments", "documentation", "host_names", "plain", "prelude", "stubs",
    "told",
]  # fmt: skip
