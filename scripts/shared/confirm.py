"""Questions on the terminal before the robot moves."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from habilis.assets.names import told, visible


class Operator:
    """Asks whoever sits at standard input; only a written yes is one.

    Args:
      stream: where the questions go.

    Attributes:
      around: entered while an answer is awaited, e.g. so that a key is not taken for a stop.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.around: Callable[[], AbstractContextManager[None]] = nullcontext

    def skill(self, what: str) -> bool:
        """Ask whether a skill may run."""
        return self._ask(f"run {visible(what)}?")

    def whole(self, what: str) -> bool:
        """Print the lines of a plan or program, and ask whether it may run."""
        print(told(what), file=self._stream)
        return self._ask("execute it?")

    def goal(self, doubt: str) -> bool:
        """Whether the goal of a scene is to be pursued though the words say something else."""
        print(told(doubt), file=self._stream)
        return self._ask("pursue that goal all the same?")

    def _ask(self, question: str) -> bool:
        with self.around():
            return ask(question, self._stream)


def ask(question: str, stream: TextIO | None = None) -> bool:
    """Ask a question; only a written yes at standard input is one.

    A closed input is nobody's consent.
    """
    print(f"{question} [y/N] ", end="", file=stream, flush=True)
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if not answer:
        print("no: standard input ended without an answer", file=stream, flush=True)
    elif not sys.stdin.isatty():
        print(visible(answer.strip()), file=stream, flush=True)
    return answer.strip().lower() in ("y", "yes")
