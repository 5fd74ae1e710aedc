"""What is done of a long command, a line each, so that the same command goes on from there."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from habilis.assets import foreign
from habilis.policies.spread.executors import Died, Executor, LocalProcesses

T = TypeVar("T")


class Journal:
    """Results of pieces of work, by name, in a file; a line that was cut off is dropped.

    Args:
      path: of the file, made when the first result comes; None to keep nothing.
      setup: plain data that results depend on.

    Attributes:
      path: as given.
      done: results by name.

    Raises:
      ValueError: the file holds results of another setup, or something else.
    """

    def __init__(self, path: Path | None, setup: Mapping[str, Any]) -> None:
        self.path, self._setup = path, json.dumps(setup, sort_keys=True)
        self.done: dict[str, Any] = {}
        if path is not None and (path.exists() or path.is_symlink()):  # a link to nothing, too
            self._read(path)

    def append(self, name: str, result: Any) -> None:
        """Keep a result, plain data; it is on the disk when this returns."""
        self.done[name] = result
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = [] if self.path.exists() else [self._setup]
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n".join([*lines, json.dumps([name, result])]) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def forget(self) -> None:
        """Remove the file: the command has delivered."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _read(self, path: Path) -> None:
        raw = foreign.read_bytes(path, foreign.RECORD)
        whole = raw.rfind(b"\n") + 1
        lines = raw[:whole].decode("utf-8", "replace").split("\n")[:-1]
        if not lines and not self._setup.encode().startswith(raw):
            raise ValueError(f"{path} is no list of results; remove it, or give another --out")
        if not lines:
            path.unlink()
            return
        if lines[0] != self._setup:
            raise ValueError(
                f"{path} was left by another command or version: {lines[0][:2000]}, this is"
                f" {self._setup}; remove it, or give the same options"
            )
        with foreign.understood(path, "no list of results"):
            rows = [foreign.parse(line, str(path)) for line in lines[1:]]
            self.done = {str(name): result for name, result in rows}
        os.truncate(path, whole)


def resumed(
    work: Callable[[T], Any],
    pieces: Mapping[str, T],
    journal: Journal,
    executor: Executor | None = None,
) -> Iterator[tuple[str, Any]]:
    """Results of pieces by name: those of the journal first, then the others as they finish.

    Args:
      work: returns plain data; otherwise as of ``Executor.spread``.
      pieces: by names that the journal knows them by.
      journal: keeps each result before it is handed on.
      executor: who does the work; this process if None.

    Raises:
      RuntimeError: the process of a piece died each time; when all others are in the journal.
    """
    yield from ((name, journal.done[name]) for name in pieces if name in journal.done)
    left = [(name, piece) for name, piece in pieces.items() if name not in journal.done]
    died = []
    done = (executor or LocalProcesses()).spread(functools.partial(_second, work), left)
    for (name, _), result in done:
        if isinstance(result, Died):
            died.append(f"{name}: its process died: {result.why}")
            continue
        journal.append(name, result)
        yield name, result
    if died:
        raise RuntimeError("\n".join(died))


def _second(work: Callable[[T], Any], piece: tuple[str, T]) -> Any:
    return work(piece[1])
