"""What can be wrong with an answer or an attempt: four kinds, each with the stage that owns it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

Kind = Literal["tool-use", "logical", "numerical", "form"]
"""tool-use: the wrong thing, or the wrong part of it, or none was used. logical: a step is missing,
out of order or names what does not exist. numerical: right steps, wrong numbers. form: the
answer cannot be read, or the program does not compile."""

OWNERS: Mapping[Kind, tuple[str, ...]] = {
    "tool-use": ("analyzer", "planner", "plan", "coder"),
    "logical": ("planner", "plan", "coder"),
    "numerical": ("calculator", "plan", "coder"),
    "form": ("coder", "plan"),
}
"""The stage that answers for each kind: the first of these that the mode has."""


class StageError(ValueError):
    """An answer of a model that cannot be used.

    Args:
      message: what was wrong, what was received, what exists.
      kind: of the fault.
      stage: whose answer it was, if it is known already.
    """

    def __init__(self, message: str, kind: Kind = "form", stage: str = "") -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.stage = stage
        self.answer = ""  # as it was written


@dataclasses.dataclass(frozen=True)
class Fault:
    """Why a proposal was turned down, and who is to mend it.

    Attributes:
      kind: typed from the trace.
      owner: stage that is asked again.
      reason: a sentence with the numbers in it.
      where: ``static`` (nothing moved), ``copy`` (in a copy of the world) or ``execution``.
      step: number of the step from 1, or 0 if it is the whole.
      numbers: the same numbers by name, SI.
    """

    kind: Kind
    owner: str
    reason: str
    where: Literal["static", "copy", "execution"]
    step: int = 0
    numbers: Mapping[str, float] = dataclasses.field(default_factory=dict)


def owner(kind: Kind, stages: tuple[str, ...]) -> str:
    """The stage that owns a kind of fault among those a mode has."""
    return next((s for s in OWNERS[kind] if s in stages), stages[-1])
