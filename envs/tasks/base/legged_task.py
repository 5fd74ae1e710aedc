"""Families in which a robot on legs needs a tool, as an arm does in others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.terms.term import Term

if TYPE_CHECKING:
    from habilis.envs.task import Mode


class LeggedTask(ToolTask):
    """Three tasks of a robot on legs about one tool, see ``ToolTask``.

    The tool is needed since the ground is too high, too low or too far apart, which layouts prove
    by physics.
    """

    arm: ClassVar[bool] = False
    control: ClassVar[Mode] = "walk"
    far: ClassVar[bool] = False
    lookalike: ClassVar[bool] = False


def onto(body: str, weight: float) -> Mapping[str, Term]:
    """The reward of a robot for going to a body and standing on it."""
    from habilis.envs.terms import legs

    return {"stand": Term(legs.onto, {"body": body}, weight)}
