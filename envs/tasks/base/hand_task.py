"""Families that a function makes: an id for each kind of tool in a hand, or each robot on legs."""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from habilis.envs.tasks.base.family import Task, TaskFamily

if TYPE_CHECKING:
    from habilis.envs.task import TaskSpec


class HandTask(TaskFamily):
    """The same task with one kind of tool or another, or with one robot or another.

    Class attributes:
      maker: ``module:function`` that makes the task, called with the options.
      about: a line for lists, with ``{}`` for the tool or robot.
    """

    arm = False
    maker: ClassVar[str]
    about: ClassVar[str]

    def tools(self) -> Mapping[str, Mapping[str, Any]]:
        """What the ids begin with, to the options that they stand for."""
        raise NotImplementedError(f"{self.name} does not say which tools or robots it is about")

    def tasks(self) -> Sequence[Task]:
        """See ``TaskFamily``."""
        return [
            Task(f"habilis/{tool.capitalize()}{self.name}-v0", self, self.about.format(tool), given)
            for tool, given in self.tools().items()
        ]

    def spec(self, id: str, **options: Any) -> TaskSpec:
        """See ``TaskFamily``; the options are those of its maker."""
        made: TaskSpec = pkgutil.resolve_name(self.maker)(**options)
        return dataclasses.replace(made, id=id)
