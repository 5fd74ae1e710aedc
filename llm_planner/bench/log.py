"""Finished episodes of the creative suite, a line each, so that nothing is run twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from habilis.assets import foreign
from habilis.llm_planner.bench.creative import Case, Outcome, Setup, outcome_from

FILE = "episodes.jsonl"
Say = Callable[[str], None]


class Log:
    """The episodes of one setup in a folder; made if missing.

    A last line that was cut off when it was written is dropped with a notice.

    Args:
      folder: of ``episodes.jsonl``.
      setup: what its episodes must have been run with.
      say: told the notice.

    Raises:
      ValueError: the folder holds episodes of another setup (names the difference), or a line
        that is no episode.
    """

    def __init__(self, folder: Path, setup: Setup, say: Say = lambda _: None) -> None:
        self.path = folder / FILE
        self._setup = setup.as_dict()
        self._done: dict[Case, Outcome] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            self._read(say)

    def append(self, outcome: Outcome) -> None:
        """Keep a finished episode; it is on the disk when this returns."""
        line = json.dumps(outcome.as_dict() | self._setup)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            self._done[outcome.case] = outcome  # here, for an interruption while it is flushed
            file.flush()
            os.fsync(file.fileno())

    def missing(self, cases: Sequence[Case]) -> list[Case]:
        """Those that have not been run."""
        return [c for c in cases if c not in self._done]

    def finished(self, cases: Sequence[Case]) -> list[Outcome]:
        """Those that have been run, in the order of the cases."""
        return [self._done[c] for c in cases if c in self._done]

    def _read(self, say: Say) -> None:
        raw = foreign.read_bytes(self.path, foreign.RECORD)
        whole = raw.rfind(b"\n") + 1
        lines = raw[:whole].decode("utf-8", "replace").split("\n")[:-1]
        for number, line in enumerate(lines, 1):
            outcome = self._parse(line, number)
            self._done.setdefault(outcome.case, outcome)
        if whole < len(raw):  # only now: the file is a list of episodes
            say(f"{self.path}: the last line was cut off; its episode is run again")
            os.truncate(self.path, whole)

    def _parse(self, line: str, number: int) -> Outcome:
        try:
            data = foreign.parse(line)
            outcome = outcome_from(data)
            there = {name: data[name] for name in self._setup}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ValueError(f"{self.path}:{number}: not an episode: {error!r}") from error
        differences = list(_differences(there, self._setup))
        if differences:
            raise ValueError(
                f"{self.path.parent} holds episodes of another configuration:"
                f" {'; '.join(differences)}. Give another --out, or the same options"
            )
        return outcome


def _differences(there: Any, here: Any, at: str = "") -> Iterator[str]:
    """``settings.repairs is 3 there and 2 here`` for every leaf that differs."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for name in dict.fromkeys([*there, *here]):
            where = f"{at}.{name}" if at else name
            yield from _differences(there.get(name), here.get(name), where)
    elif there != here:
        yield f"{at} is {json.dumps(there)} there and {json.dumps(here)} here"
