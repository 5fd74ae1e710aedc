"""Composed skills: plans with holes, kept only while they work in scenes they were not made on."""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import json
import keyword
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.assets import foreign
from habilis.assets.names import did_you_mean
from habilis.assets.plain import build
from habilis.llm_planner.run.skill_api import api
from habilis.policies.evaluation.statistics import wilson
from habilis.policies.skills.skill import SKILLS, skills_for

ADMIT = 0.8  # share of fresh scenes in which a skill must work to be admitted
FRESH = 5  # scenes at least
REVOKE = 0.6  # revoked when the true success rate lies below this with 95 % confidence
STATUSES = ("candidate", "admitted", "refused", "revoked")
_HOLE = re.compile(r"\$(\w+)")


class LibraryError(ValueError):
    """A composed skill that cannot be used or kept; says why and what exists."""


@dataclasses.dataclass(frozen=True)
class Composed:
    """A skill made of skills.

    Attributes:
      name: identifier.
      doc: one sentence, with what must hold before.
      parameters: names of the holes.
      steps: ``{"skill", "args"}`` each, with ``$parameter`` in texts; the rest of a text with a
        hole may be an expression, e.g. ``"$object.x - 0.42"``.
      origin: where it was made, e.g. a scene and a model.
      made_on: seeds or names of the scenes it was made on, which do not count as a test.
      example: a value for each parameter with which it worked there; empty if none is known.
    """

    name: str
    doc: str
    parameters: tuple[str, ...]
    steps: tuple[Mapping[str, Any], ...]
    origin: str = ""
    made_on: tuple[str, ...] = ()
    example: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _is_name(self.name) or self.name in api(SKILLS) or hasattr(builtins, self.name):
            raise LibraryError(f"{self.name!r} is no free name for a skill")
        wrong = [p for p in self.parameters if not _is_name(p)]
        if wrong:
            raise LibraryError(f"{self.name}: {wrong[0]!r} is no name for a parameter")
        holes = set(_HOLE.findall(json.dumps([dict(s) for s in self.steps])))
        if holes != set(self.parameters) or not self.steps:
            raise LibraryError(
                f"{self.name}: its steps have the holes {sorted(holes)}, its parameters are"
                f" {list(self.parameters)}"
            )
        if self.example and set(self.example) != set(self.parameters):
            raise LibraryError(
                f"{self.name}: its example gives {sorted(self.example)}, its parameters are"
                f" {list(self.parameters)}"
            )
        for step in self.steps:
            if not isinstance(step.get("args"), Mapping):
                raise LibraryError(f"{self.name}: a step holds no args")
            if str(step.get("skill")) not in (skills := skills_for()):
                unknown = did_you_mean("skill", step.get("skill"), skills)
                raise LibraryError(f"{self.name}: {unknown}")

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.parameters)})"

    def expand(self, args: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Its steps with the holes filled; LibraryError unless exactly its parameters are given."""
        for key in args:
            if key not in self.parameters:
                unknown = did_you_mean("parameter", key, self.parameters)
                raise LibraryError(f"{self.name}: {unknown}")
        missing = [p for p in self.parameters if p not in args]
        if missing:
            raise LibraryError(f"{self.name} needs {', '.join(missing)}")
        return [
            {"skill": s["skill"], "args": {k: _fill(v, args) for k, v in s["args"].items()}}
            for s in self.steps
        ]


@dataclasses.dataclass(frozen=True)
class Standing:
    """A composed skill with its record.

    Attributes:
      skill: it.
      status: ``candidate`` before the test, ``admitted``, ``refused`` by it, ``revoked`` later.
      trials: uses that count.
      successes: of them.
      note: why it has this status.
      tested: names of the fresh scenes it was tried in.
    """

    skill: Composed
    status: str = "candidate"
    trials: int = 0
    successes: int = 0
    note: str = ""
    tested: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counted = isinstance(self.trials, int) and isinstance(self.successes, int)
        if self.status not in STATUSES or not counted or not 0 <= self.successes <= self.trials:
            got = f"{self.status!r}, {self.successes!r} of {self.trials!r}"
            raise LibraryError(f"{self.skill.name}: no standing: {got}")

    @property
    def seen(self) -> frozenset[str]:
        """Scenes that are not fresh to it any more."""
        return frozenset(self.skill.made_on) | frozenset(self.tested)


Trial = Callable[[Composed, str], bool]
"""Runs a skill in the scene of that name or seed: whether it did what it says."""


class Library:
    """Composed skills by name; immutable records, stored as one JSON file.

    Several processes may change one file: each change is made to what is in the file at that
    moment, under a lock beside it, so that no trial is lost.

    Args:
      standings: what is in it.
      path: file that is written anew with every change; none is kept if left out.

    Raises:
      LibraryError: two skills of one name.
    """

    def __init__(self, standings: Iterable[Standing] = (), path: Path | None = None) -> None:
        self._path = path
        self._all = _by_name(standings)

    def __getitem__(self, name: str) -> Standing:
        if name not in self._all:
            raise LibraryError(did_you_mean("composed skill", name, self._all))
        return self._all[name]

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def standings(self) -> list[Standing]:
        """All that is in it, in the order in which it came."""
        return list(self._all.values())

    def usable(self) -> list[Composed]:
        """The admitted skills: those a planner is shown."""
        return [s.skill for s in self._all.values() if s.status == "admitted"]

    def submit(self, skill: Composed, fresh: Sequence[str], trial: Trial) -> Standing:
        """Test a skill in fresh scenes; it is admitted only if it works in ``ADMIT`` of them.

        Args:
          skill: to test.
          fresh: scenes or seeds, at least ``FRESH``, none of which it was made on.
          trial: runs it in one of them.

        Raises:
          LibraryError: too few scenes, or one of those it was made on, or the name is taken.
        """
        seen = set(fresh) & set(skill.made_on)
        if seen or len(set(fresh)) < max(FRESH, len(fresh)):
            raise LibraryError(
                f"{skill.name}: wanted {FRESH} or more different scenes it was not made on, got"
                f" {list(fresh)}, made on {list(skill.made_on)}"
            )
        self.check_free(skill.name)
        good = sum(trial(skill, where) for where in fresh)
        status = "admitted" if good >= ADMIT * len(fresh) else "refused"
        note = f"{good} of {len(fresh)} fresh scenes"
        with self._changing():
            self.check_free(skill.name)
            new = Standing(skill, status, len(fresh), good, note, tuple(fresh))
            self._all[skill.name] = new
        return new

    def check_free(self, name: str) -> None:
        """LibraryError if a skill of that name is in use."""
        if name in self._all and self._all[name].status == "admitted":
            raise LibraryError(f"{name!r} is in the library already; remove it or take another")

    def report(self, name: str, success: bool, where: str = "") -> Standing:
        """Count a use in earnest; revokes the skill when its success has fallen too low.

        Args:
          name: of the skill.
          success: whether the use did what it was for.
          where: name of the scene if it was a test in a fresh one.
        """
        with self._changing():
            self._all[name] = new = _counted(self[name], success, where)
        return new

    def count(self, used: Iterable[str], success: bool) -> None:
        """Report one use of each of these that is in use here; the others are passed over."""
        names = dict.fromkeys(used)
        if not names:
            return
        with self._changing():
            for name in names:
                if name in self._all and self._all[name].status == "admitted":
                    self._all[name] = _counted(self._all[name], success)

    def remove(self, name: str) -> Standing:
        """Forget a skill; LibraryError if there is none of that name."""
        self[name]  # before anything is written
        with self._changing():
            gone = self[name]
            del self._all[name]
        return gone

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold what is in the file alone, and write it at the end; as it was after an error."""
        if self._path is None:
            yield
            return
        from filelock import FileLock

        self._path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._path.with_name(f".{self._path.name}.lock")):
            if self._path.exists():
                self._all = _by_name(_standings(self._path))
            yield
            self.save(self._path)

    def save(self, path: Path) -> None:
        """Write it as JSON; a reader sees the old file or the new one, never half of it."""
        rows = [dataclasses.asdict(s) for s in self._all.values()]
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{path.name}.{os.getpid()}")
        half.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        half.replace(path)


def load_library(path: Path) -> Library:
    """Read a library that is written back with every change; an absent file is an empty one.

    Raises:
      LibraryError: it cannot be read; says what is wrong with it.
    """
    return Library(_standings(path) if path.exists() else (), path)


def _standings(path: Path) -> list[Standing]:
    """What is in a file; raises as ``load_library``."""
    try:
        rows = foreign.parse(foreign.read_text(path), str(path))
        if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            raise LibraryError("a list of skills is wanted")
        named = ((row, f"skill {number}") for number, row in enumerate(rows, 1))
        return list(_by_name(build(Standing, row, where) for row, where in named).values())
    except (OSError, ValueError, RecursionError) as error:
        said = str(error).removeprefix(f"{path}:")
        raise LibraryError(f"{path}: no skill library: {said}") from error


def _by_name(standings: Iterable[Standing]) -> dict[str, Standing]:
    """Standings under their names; LibraryError if two skills share one."""
    out: dict[str, Standing] = {}
    for standing in standings:
        if standing.skill.name in out:
            raise LibraryError(f"two skills are called {standing.skill.name!r}")
        out[standing.skill.name] = standing
    return out


def _counted(old: Standing, success: bool, where: str = "") -> Standing:
    """A standing after one use more; revoked where success has fallen too low."""
    trials, good = old.trials + 1, old.successes + success
    tested = (*old.tested, where) if where else old.tested
    new = dataclasses.replace(old, trials=trials, successes=good, tested=tested)
    if old.status == "admitted" and wilson(good, trials)[1] < REVOKE:
        return dataclasses.replace(new, status="revoked", note=f"revoked: {good} of {trials}")
    return new


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _fill(value: Any, args: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_fill(v, args) for v in value]
    if not isinstance(value, str):
        return value
    whole = _HOLE.fullmatch(value)
    return args[whole[1]] if whole else _HOLE.sub(lambda m: _inside(args[m[1]]), value)


def _inside(value: Any) -> str:
    """A value within an expression: in brackets unless it is a name."""
    text = str(value)
    return text if text.isidentifier() else f"({text})"
