"""Attempts, waits and accounts of one answer from an endpoint."""

from __future__ import annotations

import dataclasses
import time

import numpy as np

from habilis.llm_planner.model.client import ClientError, Kind, Reply
from habilis.llm_planner.model.terms import Leeway

CAP = 30.0  # s, longest wait between two attempts that the endpoint did not ask for
FEW = 1  # retries where it is most often the address that is wrong


@dataclasses.dataclass(eq=False)
class Failure(Exception):
    """An attempt that failed.

    Attributes:
      kind: as in ClientError.
      message: what is wrong.
      again: whether another attempt may do better.
      after: seconds the endpoint asks to wait, if it does.
      few: whether one other attempt is enough to know.
      leeway: what may be left out of the question, where that may be the reason.
      heavy: whether the schema may be too much for the endpoint; if so it is asked once more as it
        was, and then without.
    """

    kind: Kind
    message: str
    again: bool = False
    after: float | None = None
    few: bool = False
    leeway: Leeway = "none"
    heavy: bool = False


@dataclasses.dataclass
class Account:
    """What one answer has taken so far.

    Attributes:
      model: what answers.
      deadline: for all of it (s).
      retries: that it may take.
      backoff: first wait (s).
      rng: for the jitter.
    """

    model: str
    deadline: float
    retries: int
    backoff: float
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self._start = time.monotonic()
        self._attempts = self._retried = self._read = self._written = 0
        self._estimated = False
        self._cost: float | None = 0.0

    @property
    def left(self) -> float:
        """The time until the deadline, s."""
        return self.deadline - (time.monotonic() - self._start)

    def attempt(self) -> None:
        """Count a request that is about to be sent.

        Raises:
          ClientError: of kind ``timeout`` if no time is left for it.
        """
        if self.left <= 0:
            raise self.error(f"no answer within {self.deadline:g} s", "timeout")
        self._attempts += 1

    def patient(self, failure: Failure) -> bool:
        """Whether another attempt is due after a failure."""
        few = failure.few or failure.kind == "unreachable"
        return failure.again and self._retried < (min(FEW, self.retries) if few else self.retries)

    def add(self, read: int, written: int, cost: float | None, estimated: bool = False) -> None:
        """Count the tokens and dollars of an answer; ``cost`` is None where no price is known."""
        self._estimated = self._estimated or estimated
        self._read += read
        self._written += written
        self._cost = None if cost is None or self._cost is None else self._cost + cost

    def wait(self, failure: Failure) -> None:
        """Wait before another attempt.

        Raises:
          ClientError: there shall be no further attempt, or no time is left for one.
        """
        if not self.patient(failure):
            raise self.error(failure.message, failure.kind) from failure
        # Full waits in step would bring all clients of a bench back at the same moment.
        pause = min(self.backoff * 2**self._retried, CAP) * self.rng.uniform(0.5, 1.0)
        pause = max(pause, failure.after or 0.0)
        if pause >= self.left:
            hint = f" (asks to wait {failure.after:g} s)" if failure.after else ""
            late = f"; the deadline of {self.deadline:g} s leaves no time for another attempt"
            raise self.error(failure.message + hint + late, failure.kind) from failure
        self._retried += 1
        time.sleep(pause)

    def error(self, message: str, kind: Kind, text: str = "") -> ClientError:
        """Make the error that ends the attempts, with what they took.

        Args:
          message: what is wrong.
          kind: as in ``ClientError``.
          text: an answer that is of no use, if there was one.
        """
        tries = f" after {self._attempts} attempts" if self._attempts > 1 else ""
        return ClientError(f"{self.model}: {message}{tries}", kind, self.reply(text, None))

    def reply(self, text: str, data: object, model: str | None = None) -> Reply:
        """Make the reply, with all that the attempts took."""
        return Reply(
            text,
            data,
            model or self.model,
            self._read,
            self._written,
            self._cost,
            time.monotonic() - self._start,
            attempts=self._attempts,
            estimated=self._estimated,
        )
