"""The creative suite as a benchmark: what is asked, of whom, and what counts as right.

Every family of tasks about a tool has three twins. Where the tool is needed, success is wanted;
where it is not, success without touching it (the twin's own rules see to that); where it is
broken, a refusal or success by another way. The discrimination score is the mean of the three
rates: who always reaches for the tool gets at most 1/3.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from habilis.assets.names import did_you_mean
from habilis.envs.tasks import find_twin, tool_tasks
from habilis.envs.tasks.base.family import Twin
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.llm_planner.language import prompts
from habilis.llm_planner.language.wording import Wording
from habilis.llm_planner.library.store import Composed
from habilis.llm_planner.model.make import FORMS
from habilis.llm_planner.pipeline.episode import Settings
from habilis.llm_planner.pipeline.loop import prompts_used
from habilis.llm_planner.search.belief import Belief
from habilis.llm_planner.search.planner import SearchBudget
from habilis.policies.layouts.layouts import Recipe
from habilis.policies.layouts.lookalike import mistakable

Error = Literal[
    "none", "tool-use", "logical", "numerical", "form", "refused wrongly", "budget", "crash"
]
ERRORS: tuple[Error, ...] = get_args(Error)
Ending = Literal["success", "refused", "gave up", "failed", "crash"]
ENDINGS: tuple[Ending, ...] = get_args(Ending)
OFFLINE: Mapping[str, str] = {
    "search": "the offline planner",
    "oracle": "the scripted solution, which knows the twin: the ceiling",
    "oracle-needed": "the solution with the tool in every twin: the control, at most 1/3",
}
"""Planners that need no model."""

LOOKALIKES = 2
"""Level of the tasks of level 1 with a look-alike of their tool beside it."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One layout of one task."""

    task: str
    generation: str
    seed: int

    @property
    def twin(self) -> Twin:
        """Which of the three."""
        return find_twin(self.task)[1]

    @property
    def name(self) -> str:
        """Of the task without its twin, e.g. ``ReachMilk``."""
        return find_twin(self.task)[0].name

    @property
    def about(self) -> dict[str, Any]:
        """Family, mechanism, level and twin, as plain data."""
        family, twin = find_twin(self.task)
        told = {"family": family.name, "mechanism": family.mechanism, "level": family.level}
        return told | {"twin": twin}

    def __str__(self) -> str:
        return f"{self.task.removeprefix('habilis/')} {self.generation} seed {self.seed}"


@dataclasses.dataclass(frozen=True)
class Setup:
    """Who plans, with what, on which layouts: what episodes of one table have in common.

    Attributes:
      planner: key of ``OFFLINE``, or a model, see ``client.make_client``.
      budget: of ``search``.
      settings: of a model; its style is replaced by that of the wording.
      recipe: of the layouts; None for the published ones.
      wording: of the scenes; None for names and units as they are.
      composed: skills of a library that ``search`` tries first.
      belief: with what physics candidates are tried; each layout has errors of its own. None for
        the physics of the world.
    """

    planner: str
    budget: SearchBudget = dataclasses.field(default_factory=SearchBudget)
    settings: Settings = dataclasses.field(default_factory=Settings)
    recipe: Recipe | None = dataclasses.field(default_factory=Recipe)
    wording: Wording | None = dataclasses.field(default_factory=Wording)
    composed: tuple[Composed, ...] = ()
    belief: Belief | None = None

    def __post_init__(self) -> None:
        if ":" not in self.planner and self.planner not in OFFLINE:
            raise ValueError(did_you_mean("planner", self.planner, [*OFFLINE, *FORMS]))

    @property
    def offline(self) -> bool:
        """Whether no model is asked."""
        return self.planner in OFFLINE

    def as_dict(self) -> dict[str, Any]:
        """Plain data, with the settings that matter to this planner."""
        whole = {
            "planner": self.planner,
            "settings": self._settings(),
            "recipe": self.recipe and self.recipe.as_dict(),
            "wording": self.wording and dataclasses.asdict(self.wording),
        }
        plain: dict[str, Any] = json.loads(json.dumps(whole))
        return plain

    def believed(self, seed: int) -> Belief | None:
        """The belief about the layout of a seed."""
        return self.belief and dataclasses.replace(self.belief, seed=seed)

    def _settings(self) -> dict[str, Any]:
        wrong = {} if self.belief is None else {"belief": dataclasses.asdict(self.belief)}
        if self.planner == "search":
            known = {"composed": [c.name for c in self.composed]} if self.composed else {}
            return dataclasses.asdict(self.budget) | known | wrong
        if self.offline:
            return {}
        settings = dataclasses.asdict(self.settings)
        del settings["style"], settings["belief"]
        see = settings.pop("see")
        used = prompts_used(self.settings.mode, see)
        return settings | ({"see": see} if see else {}) | wrong | {"prompts": prompts.digest(used)}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How one episode went.

    Attributes:
      case: which.
      success: the task's own success in the executed world.
      refused: the planner said that nothing can work, and nothing was carried out.
      error: type of what is not right; ``none`` if it is right, ``crash`` if it broke down.
      tools: objects used as tools, by their names in the task.
      touched: the robot touched the tool that the task is about.
      rollouts: candidates tried in a copy of the world.
      repairs: faults that went back to a model.
      calls: questions to the model.
      input_tokens: read by it.
      output_tokens: written by it.
      cost: US dollars; None if the price is not known.
      planner_seconds: wall time until there was a plan or a refusal, the model's included.
      model_seconds: of these, waited for the model.
      execution_seconds: wall time of the execution.
      reason: why it is no success.
    """

    case: Case
    success: bool
    refused: bool
    error: Error
    tools: tuple[str, ...] = ()
    touched: bool = False
    rollouts: int = 0
    repairs: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = 0.0
    planner_seconds: float = 0.0
    model_seconds: float = 0.0
    execution_seconds: float = 0.0
    reason: str = ""

    @property
    def right(self) -> bool:
        """Whether it did what its twin asks for."""
        return is_right(self.case, self.success, self.refused)

    @property
    def ending(self) -> Ending:
        """What became of it: ``gave up`` moved nothing and named no reason why nothing can work;
        ``failed`` carried something out that was no success.
        """
        if self.error == "crash":
            return "crash"
        if self.success or self.refused:
            return "success" if self.success else "refused"
        return "failed" if self.execution_seconds > 0 else "gave up"

    def as_dict(self) -> dict[str, Any]:
        """Flat plain data: the case first, then what it is, then the fields."""
        fields = dataclasses.asdict(self)
        del fields["case"]
        head = dataclasses.asdict(self.case) | self.case.about
        head |= {"right": self.right, "ending": self.ending}
        return head | fields | {"tools": list(self.tools)}


def outcome_from(data: Mapping[str, Any]) -> Outcome:
    """The inverse of ``Outcome.as_dict``; further keys are ignored. KeyError: one is missing."""
    case = Case(data["task"], data["generation"], data["seed"])
    names = [f.name for f in dataclasses.fields(Outcome) if f.name != "case"]
    return Outcome(case, **{n: data[n] for n in names} | {"tools": tuple(data["tools"])})


def _has_level(family: ToolTask, level: int) -> bool:
    if level != LOOKALIKES:
        return family.level == level
    added = family.level == 1 and all(mistakable(family, g) for g in family.scenes)
    return added or family.level == LOOKALIKES


def is_right(case: Case, success: bool, refused: bool) -> bool:
    """Success; in the broken twin a refusal as well."""
    return success or (refused and case.twin == "broken")


def cases(
    tasks: Iterable[str],
    generations: Iterable[str],
    layouts: int,
    seed: int,
    level: int | None = None,
) -> list[Case]:
    """Every task and generation on ``layouts`` seeds, seed by seed, so that what is done when a
    run is cut short is balanced.

    Args:
      tasks: ids; every task with twins if empty.
      generations: a task is asked in those that it has; in its newest one if empty.
      layouts: how many of each.
      seed: the first.
      level: of the tasks, see ``ToolTask``; those that have another are left out. At
        ``LOOKALIKES`` also those of level 1 whose tool another could be mistaken for. All if None.

    Raises:
      ValueError: an unknown task, a generation that none of them has, or none at the level; names
        the known ones.
    """
    named, wanted = tuple(tasks) or tuple(tool_tasks()), tuple(dict.fromkeys(generations))
    named = tuple(t for t in named if level is None or _has_level(find_twin(t)[0], level))
    if not named:
        raise ValueError(f"none of these tasks is of level {level}; habilis list tasks shows them")
    known = {task: tuple(find_twin(task)[0].scenes) for task in dict.fromkeys(named)}
    for generation in wanted:
        if not any(generation in has for has in known.values()):
            every = dict.fromkeys(g for has in known.values() for g in has)
            raise ValueError(did_you_mean("generation", generation, every))
    asked = [
        (task, generation)
        for task, has in known.items()
        for generation in ([g for g in wanted if g in has] if wanted else has[-1:])
    ]
    return [Case(t, g, k) for k in range(seed, seed + layouts) for t, g in asked]
