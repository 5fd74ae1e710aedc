"""Composed skills: plans with holes, kept only while they work in scenes they were not made on."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.assets.names import pick
from habilis.policies.skills import SKILLS
from habilis.policies.statistics import wilson

ADMIT = 0.8  # share of fresh scenes in which a skill must work to be admitted
FRESH = 5  # scenes at least
REVOKE = 0.6  # revoked when the true success rate lies below this with 95 % confidence
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
    """

    name: str
    doc: str
    parameters: tuple[str, ...]
    steps: tuple[Mapping[str, Any], ...]
    origin: str = ""
    made_on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name in SKILLS:
            raise LibraryError(f"{self.name!r} is no free name for a skill")
        holes = set(_HOLE.findall(json.dumps([dict(s) for s in self.steps])))
        if holes != set(self.parameters) or not self.steps:
            raise LibraryError(
                f"{self.name}: its steps have the holes {sorted(holes)}, its parameters are"
                f" {list(self.parameters)}"
            )
        for step in self.steps:
            if step.get("skill") not in SKILLS:
                raise LibraryError(f"{self.name}: {pick('skill', step.get('skill'), SKILLS)}")

    def expand(self, args: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Its steps with the holes filled; LibraryError unless exactly its parameters are given."""
        for key in args:
            if key not in self.parameters:
                raise LibraryError(f"{self.name}: {pick('parameter', key, self.parameters)}")
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
    """

    skill: Composed
    status: str = "candidate"
    trials: int = 0
    successes: int = 0
    note: str = ""


Trial = Callable[[Composed, str], bool]
"""Runs a skill in the scene of that name or seed: whether it did what it says."""


class Library:
    """Composed skills by name; immutable records, stored as one JSON file.

    Args:
      standings: what is in it.
    """

    def __init__(self, standings: Iterable[Standing] = ()) -> None:
        self._all = {s.skill.name: s for s in standings}

    def __getitem__(self, name: str) -> Standing:
        if name not in self._all:
            raise LibraryError(pick("composed skill", name, self._all))
        return self._all[name]

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
        if skill.name in self._all and self._all[skill.name].status == "admitted":
            raise LibraryError(f"{skill.name!r} is in the library already")
        good = sum(trial(skill, where) for where in fresh)
        status = "admitted" if good >= ADMIT * len(fresh) else "refused"
        note = f"{good} of {len(fresh)} fresh scenes"
        return self._keep(Standing(skill, status, len(fresh), good, note))

    def report(self, name: str, success: bool) -> Standing:
        """Count a use in earnest; revokes the skill when its success has fallen too low."""
        old = self[name]
        trials, good = old.trials + 1, old.successes + success
        new = dataclasses.replace(old, trials=trials, successes=good)
        if old.status == "admitted" and wilson(good, trials)[1] < REVOKE:
            note = f"revoked: {good} of {trials}"
            new = dataclasses.replace(new, status="revoked", note=note)
        return self._keep(new)

    def _keep(self, standing: Standing) -> Standing:
        self._all[standing.skill.name] = standing
        return standing

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        rows = [dataclasses.asdict(s) for s in self._all.values()]
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def load_library(path: Path) -> Library:
    """Read a library; an absent file is an empty one. LibraryError if it cannot be read."""
    if not path.exists():
        return Library()
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return Library(
            Standing(**{**row, "skill": Composed(**_tuples(row["skill"]))}) for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LibraryError(f"{path}: no skill library: {error}") from error


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}


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
