"""What is done of a long command, a line each, so that the same command goes on from there."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from habilis.policies.spread.executors import Died, Executor, LocalProcesses

T = TypeVar("T")


class Journal:
    """Results of pieces of work, by name, in a file; a line that was cut off is dropped.

    Args:
      path: of the file, made when the first result comes; None to keep nothing.
      setup: plain data that results depend on.

    Raises:
      ValueError: the file holds results of another setup, or something else.
    """

    def __init__(self, path: Path | None, setup: Mapping[str, Any]) -> None:
        self._path, self._setup = path, json.dumps(setup, sort_keys=True)
        self.done: dict[str, Any] = {}
        if path is not None and path.exists():
            self._read(path)

    def append(self, name: str, result: Any) -> None:
        """Keep a result, plain data; it is on the disk when this returns."""
        self.done[name] = result
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = [] if self._path.exists() else [self._setup]
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n".join([*lines, json.dumps([name, result])]) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def forget(self) -> None:
        """Remove the file: the command has delivered."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _read(self, path: Path) -> None:
        raw = path.read_bytes()
        os.truncate(path, whole := raw.rfind(b"\n") + 1)
        lines = raw[:whole].decode("utf-8", "replace").split("\n")[:-1]
        if not lines:
            path.unlink()
            return
        if lines[0] != self._setup:
            raise ValueError(
                f"{path} was left by another command or version: {lines[0]}, this is {self._setup};"
                " remove it, or give the same options"
            )
        try:
            self.done = {str(name): result for name, result in map(json.loads, lines[1:])}
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path} is no list of results: {error}") from error


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
