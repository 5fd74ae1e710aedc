"""Families in which an arm needs a tool, has one that it does not need, or one that fails it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from habilis.assets.names import did_you_mean
from habilis.assets.scene.things import Scene, Thing, Tool, ToolUse
from habilis.assets.scenes import scene_path
from habilis.envs.tasks.base.family import (
    SUFFIXES,
    SkillCall,
    Task,
    TaskFamily,
    Twin,
    call,
    chosen,
)
from habilis.envs.tasks.base.orders import Orders
from habilis.envs.terms.term import Term

if TYPE_CHECKING:
    from habilis.envs.task import Mode, TaskSpec

USES: Mapping[Twin, ToolUse] = {"needed": "required", "not needed": "forbidden", "broken": "free"}
"""What the twins make of the tool."""


class ToolTask(TaskFamily):
    """Three tasks about one tool: it is needed; it is not needed, and forbidden; it is broken.

    A subclass says, in a file of its own, what differs from any other such task. All of its
    methods are pure, and take any scene of the family, other sizes and further things included.

    Class attributes:
      options: further options of the task that needs the tool: name, to value, to the folder of
        its scene files; the first value is the default.
      target: name of the thing that is taken and lifted by hand; '' where ``by_hand`` says.
      unaided: names of the dense terms that are left where the tool is forbidden.
      sizes: for layouts: which axes of a kind of thing are stretched together, by the thing's
        name without digits, e.g. ``{"can": ("x", "yz")}``; a name in place of axes is that of a
        kind whose factors it takes. All others may be stretched as ``("xy", "z")``.
      control: what an action means unless the option ``control`` says otherwise.
      far: whether the tool is needed since the target lies beyond the workspace. Where it lies
        within, layouts prove by physics that the solution without the tool does not reach the goal.
      level: what the needed twin asks for at least: 1 is one tool; 2 the choice among look-alikes
        that are part of the scene; 3 two tools in order, or one that is fetched by another; 4 a
        tool that is made or changed first; 5 several mechanisms with something that is used up.
        For a benchmark at 2 a look-alike is added to layouts of level 1, too.
      lookalike: whether layouts may have a second, unfit tool beside it.
      orders: that its tool may be ordered, on the design track; None if not.
      version: rises whenever what the ids show changes.
    """

    options: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    target: ClassVar[str] = ""
    unaided: ClassVar[tuple[str, ...]] = ("reach_target", "hold_target", "lift")
    sizes: ClassVar[Mapping[str, tuple[str, ...] | str]] = {}
    control: ClassVar[Mode] = "ee"
    far: ClassVar[bool] = True
    level: ClassVar[int] = 1
    lookalike: ClassVar[bool] = True
    orders: ClassVar[Orders | None] = None
    version: ClassVar[int] = 0

    def not_needed(self, scene: Scene) -> Scene:
        """The scene with the target within reach."""
        raise NotImplementedError(f"{self.name} does not say where its tool is not needed")

    def broken(self, scene: Scene) -> Scene:
        """The scene with a tool that fails."""
        raise NotImplementedError(f"{self.name} does not say how its tool is broken")

    def observed(self, scene: Scene) -> Mapping[str, Term]:
        """Observation terms beside those of every task."""
        return {}

    def lost(self, scene: Scene) -> Mapping[str, Term]:
        """What ends an episode beside what ends those of every task: reason to failure term."""
        return {}

    def dense(self, scene: Scene) -> Mapping[str, Term]:
        """Reward terms that lead to the goal, of weight 0.25 together; generic ones if empty."""
        return {}

    def arranged(self, given: Scene, scene: Scene) -> list[Thing]:
        """For layouts: what must move for the task to be as hard as it was.

        Args:
          given: the published scene.
          scene: the same with other sizes.
        """
        return []

    def with_tool(self, scene: Scene) -> list[SkillCall]:
        """The solution with the tool; with a broken one it must fail."""
        return []

    def by_hand(self, scene: Scene) -> list[SkillCall]:
        """The solution where the tool is not needed; where it is needed it must fail."""
        return [call(skill, self.target) for skill in ("grasp", "lift") if self.target]

    def with_ordered(self, scene: Scene, motion: Mapping[str, float]) -> list[SkillCall]:
        """How a tool that was ordered is used, with the numbers that ``orders`` names.

        Whatever its shape, it has a part ``work`` and the frames ``grip``, ``work``, ``tip``,
        ``edge`` and ``middle``, see ``habilis.llm_planner.design.order``.
        """
        raise NotImplementedError(f"{self.name} takes no ordered tool")

    # ---- what the rest of the package asks

    def tasks(self) -> Sequence[Task]:
        """See ``TaskFamily``."""
        said = {"needed": self.with_tool, "not needed": self.not_needed, "broken": self.broken}
        return [
            Task(
                f"habilis/{self.name}{suffix}-v{self.version}", self,
                (said[twin].__doc__ or "").split("\n")[0], {"twin": twin},
            )
            for twin, suffix in SUFFIXES.items()
        ]  # fmt: skip

    def oracle(self, scene: Scene, twin: Twin | None) -> list[SkillCall]:
        """See ``TaskFamily``."""
        return self.by_hand(scene) if twin == "not needed" else self.with_tool(scene)

    def twin_of(self, scene: Scene, twin: Twin) -> Scene:
        """The scene of the needed twin, changed to that of another."""
        if twin == "needed":
            return scene
        changed = self.not_needed(scene) if twin == "not needed" else self.broken(scene)
        assert scene.tool is not None, f"{scene.name} names no tool"
        name, tool = f"{scene.name}_{twin.replace(' ', '_')}", Tool(scene.tool.name, USES[twin])
        return dataclasses.replace(changed, name=name, tool=tool)

    def scene(self, twin: Twin = "needed", generation: str = "", **given: str) -> Scene:
        """The published scene of a generation, changed for a twin and by options.

        Raises:
          ValueError: an unknown generation or value of an option; names the known ones.
          TypeError: an unknown option.
        """
        file = chosen(self.name, "scene", generation or next(iter(self.scenes)), self.scenes)
        known = self.options if twin == "needed" else {}
        for option, value in given.items():
            if option not in known:
                of = f"option of {self.name}"
                raise TypeError(
                    did_you_mean(of, option, ["scene", "variation", "control", "robot", *known])
                )
            file = chosen(self.name, option, value, known[option]) + file
        from habilis.assets.scene.format.file import load_scene

        path = file if isinstance(file, Path) else scene_path(file)
        return self.twin_of(load_scene(path), twin)

    def spec(self, id: str, **options: Any) -> TaskSpec:
        """See ``TaskFamily``; options are ``scene``, ``variation``, ``control``, ``robot`` and its
        own."""
        return self._spec(id, **options)

    def _spec(
        self,
        id: str,
        twin: Twin,
        scene: str = "",
        variation: float = 1.0,
        control: Any = "",
        robot: str = "",
        **given: str,
    ) -> TaskSpec:
        from habilis.envs.tasks.base.generic import success_term, with_robot, without_tool
        from habilis.envs.tasks.base.walking import scene_task

        made = functools.partial(self.scene, twin, str(scene), **given)
        if robot:
            made = functools.partial(with_robot, made, robot)
        drawn, task = made(), scene_task(made, id, variation, control or self.control)
        state = task.observations["state"]
        assert isinstance(state, Mapping)
        dense = self.dense(drawn)
        if dense and twin == "not needed":
            dense = without_tool(dense, *self.unaided)
        rewards = {**dense, "success": success_term(drawn)} if dense else task.rewards
        seen = {**task.observations, "state": {**state, **self.observed(drawn)}}
        failures = {**task.failures, **self.lost(drawn)}
        return dataclasses.replace(task, rewards=rewards, observations=seen, failures=failures)
