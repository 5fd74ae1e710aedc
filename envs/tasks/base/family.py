"""Families of tasks: all that is particular to a task, said once, for everything that asks.

A family is a class in a file of its own in a folder of ``habilis.envs.tasks``. Being there is
membership: the registry of Gymnasium, layouts, oracle, benchmarks, text view, lists and tests take
it from there. Families of other packages are named by these, see ``habilis.assets.extensions``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from habilis.assets.names import look_up
from habilis.assets.scene.things import Scene

if TYPE_CHECKING:
    from habilis.envs.task import TaskSpec

Twin = Literal["needed", "not needed", "broken"]

SUFFIXES: Mapping[Twin, str] = {"needed": "", "not needed": "NotNeeded", "broken": "Broken"}
"""Of the names of tasks: what becomes of the tool in each twin of a task."""


@dataclasses.dataclass(frozen=True)
class SkillCall:
    """A step of a scripted solution, as data.

    Attributes:
      skill: name of the skill.
      args: its parameters, SI units.
    """

    skill: str
    args: Mapping[str, Any]


def call(skill: str, *object: str, **args: Any) -> SkillCall:
    """``call("grasp", "milk")`` is short for ``call("grasp", object="milk")``."""
    return SkillCall(skill, dict(zip(("object",), object, strict=False)) | args)


@dataclasses.dataclass(frozen=True)
class Task:
    """One registered environment.

    Attributes:
      id: for ``gymnasium.make``.
      family: that it belongs to.
      about: a line for lists.
      options: that the id stands for.
    """

    id: str
    family: TaskFamily
    about: str
    options: Mapping[str, Any]

    @property
    def twin(self) -> Twin | None:
        """Which twin it is; None if it has no twins."""
        return self.options.get("twin")

    def spec(self, **options: Any) -> TaskSpec:
        """The task; TypeError names an unknown option, ValueError an unknown value."""
        if "twin" in options:
            raise TypeError(f"'twin' is no option of {self.id}: each twin has an id of its own")
        return self.family.spec(self.id, **{**self.options, **options})

    def oracle(self, scene: Scene) -> list[SkillCall]:
        """The scripted solution of one of its scenes."""
        return self.family.oracle(scene, self.twin)


class TaskFamily:
    """A task and its variants; the docstring of its module is the page for users.

    The folder that the module lies in is the mechanism by which its tool works.

    Class attributes:
      scenes: generations of its scene: value of the option ``scene`` to the name of a shipped
        scene file, or the path of another, the oldest first. The first is what environments show,
        the last what benchmarks and layouts are drawn from. Empty where ``scene`` is something
        else.
      arm: whether an arm handles the things of a scene, so that text view, robots over ROS and
        cameras can serve it.
    """

    scenes: ClassVar[Mapping[str, str | Path]] = {}
    arm: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """Of the family, the first part of its ids."""
        return type(self).__name__

    @property
    def mechanism(self) -> str:
        """By which the tool works, as ``"lever"``; empty for a family that has none.

        That of a family of another package is what its class says: ``mechanism = "lever"``.
        """
        *above, folder, _ = ("", *type(self).__module__.split("."))
        return folder if above[-2:] == ["envs", "tasks"] else ""

    def tasks(self) -> Sequence[Task]:
        """Every id of the family."""
        raise NotImplementedError(f"{self.name} has no tasks")

    def spec(self, id: str, **options: Any) -> TaskSpec:
        """The task of one of its ids."""
        raise NotImplementedError(f"{self.name} makes no tasks")

    def oracle(self, scene: Scene, twin: Twin | None) -> list[SkillCall]:
        """A scripted solution with privileged knowledge; empty if there is none."""
        return []


FAMILIES: dict[str, TaskFamily] = {}
"""Every family that has been declared, by name."""

WHEN_DECLARED: list[Callable[[], None]] = []
"""What is called whenever a family has been declared, as in a notebook, after all were found."""

F = TypeVar("F", bound=type[TaskFamily])


def task_family(family: F) -> F:
    """Class decorator: make a family known to whatever asks for one.

    Raises:
      ValueError: another family has that name.
    """
    name = family.__name__
    if name in FAMILIES and type(FAMILIES[name]).__module__ != family.__module__:
        raise ValueError(f"task family {name!r} is declared already")
    FAMILIES[name] = family()
    for then in WHEN_DECLARED:
        then()
    return family


def chosen(family: str, option: str, value: object, known: Mapping[str, Any]) -> Any:
    """The choice of that name; ValueError names the others."""
    return look_up(f"{option} of {family}", str(value), known)
