"""What a search rolled out, and what it came to."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence

from habilis.llm_planner.run.plan import Step

DONE = "done"  # outcome of what ran through without reaching the goal
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclasses.dataclass(frozen=True)
class Tried:
    """One candidate as it was rolled out."""

    why: str
    cost: float
    steps: tuple[Step, ...]
    outcome: str


def commonest(outcomes: Sequence[str]) -> str:
    """The first of those that are the most common but for their numbers."""
    kinds = [_NUMBER.sub("", outcome) for outcome in outcomes]
    return outcomes[kinds.index(Counter(kinds).most_common(1)[0][0])]
