"""Questions on the terminal before the robot moves."""

from __future__ import annotations

import sys
from typing import TextIO


class Operator:
    """Asks whoever sits at standard input; only a written yes is one.

    Args:
      stream: where the questions go.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def skill(self, what: str) -> bool:
        """Whether a skill may run."""
        return self._ask(f"run {what}?")

    def whole(self, what: str) -> bool:
        """Whether a plan or program, given with its lines, may run."""
        print(what, file=self._stream)
        return self._ask("execute it?")

    def _ask(self, question: str) -> bool:
        print(f"{question} [y/N] ", end="", file=self._stream, flush=True)
        answer = sys.stdin.readline() if sys.stdin is not None else ""
        if not answer:  # a closed input is nobody's consent
            print("no: standard input ended without an answer", file=self._stream, flush=True)
        elif not sys.stdin.isatty():
            print(answer.strip(), file=self._stream, flush=True)
        return answer.strip().lower() in ("y", "yes")
