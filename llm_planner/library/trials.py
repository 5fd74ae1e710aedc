"""Scenes in which a composed skill is tried, and the trying: in a copy of the world, judged by the
task's own monitor."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path, shipped
from habilis.envs.robot.robot import SimRobot
from habilis.envs.robot.simulated import simulated
from habilis.envs.tasks import find_twin, tool_tasks
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.llm_planner.library.binding import uses
from habilis.llm_planner.library.store import Composed, LibraryError
from habilis.llm_planner.run.plan import Plan
from habilis.policies.skills.executor import run
from habilis.policies.skills.senses import Senses

WAYS = 4  # uses of a skill that may be tried in one scene


@dataclasses.dataclass(frozen=True)
class Spot:
    """One layout of a scene.

    Attributes:
      scene: it.
      seed: of the layout.
      variation: of the layout; 0 is the scene as given, whatever the seed.
    """

    scene: Scene
    seed: int = 0
    variation: float = 0.0

    def __str__(self) -> str:
        if not self.variation:
            return f"{self.scene.name} as given"
        far = "" if self.variation == 1 else f" variation {self.variation:g}"
        return f"{self.scene.name} seed {self.seed}{far}"


@dataclasses.dataclass(frozen=True)
class TrialOutcome:
    """How a trial ended.

    Attributes:
      where: name of the spot.
      ok: success by the task's monitor.
      use: the use that did it, or the last that was tried.
      ways: uses tried.
      reason: why it is no success, or ''.
    """

    where: str
    ok: bool
    use: str
    ways: int
    reason: str


def standing(spot: Spot, robot: SimRobot | None = None) -> SimRobot:
    """A robot at the start of that layout."""
    robot = robot or simulated(World(compile_scene(spot.scene)))
    rng = np.random.default_rng(spot.seed)
    robot.reset(sample(spot.scene, Variation.scaled(spot.variation), rng, 1))
    return robot


def sensed(robot: SimRobot) -> Senses:
    """What it observes now."""
    senses = Senses(robot.scene, robot.bodies)
    senses.update(robot.observe())
    return senses


class Trials:
    """Tries skills in layouts; a ``library.Trial``.

    A skill is used there in up to ``WAYS`` ways, each from the start, until one is a success: the
    uses that ``binding.uses`` deems likeliest, as a planner that verifies before it acts would.

    Args:
      spots: the layouts.
      say: told a line for each trial.

    Attributes:
      outcomes: of all trials so far.
    """

    def __init__(self, spots: Sequence[Spot], say: Callable[[str], None] = lambda _: None) -> None:
        self._spots = {str(s): s for s in spots}
        self._robots: dict[str, SimRobot] = {}
        self._say = say
        self.outcomes: list[TrialOutcome] = []

    @property
    def names(self) -> list[str]:
        """Of the layouts."""
        return list(self._spots)

    def __call__(self, skill: Composed, where: str) -> bool:
        """Try a skill in the layout of that name."""
        outcome = self._try(skill, self._spots[where])
        self.outcomes.append(outcome)
        said = outcome.use if outcome.ok else f"{outcome.use or skill.name}: {outcome.reason}"
        self._say(f"  {'works' if outcome.ok else 'FAILS'}  {where:<32} {said}")
        return outcome.ok

    def _try(self, skill: Composed, spot: Spot) -> TrialOutcome:
        robot = self._robots[spot.scene.name] = standing(spot, self._robots.get(spot.scene.name))
        last, count, reason = "", 0, "it fits nothing here"
        for use in list(itertools.islice(uses(skill, sensed(robot)), WAYS)):
            if count:
                standing(spot, robot)
            plan = Plan(spot.scene.name, spot.scene.instruction, use.steps)
            done = run(robot, plan, Monitor(robot.world))
            last, count, reason = str(use), count + 1, done.reason
            if done.ok:
                return TrialOutcome(str(spot), True, last, count, "")
        return TrialOutcome(str(spot), False, last, count, reason)


# ---- which scenes


@functools.cache
def family(name: str) -> tuple[Scene, ...]:
    """The scene of that name and those of the same task's other generations, it first.

    Raises:
      LibraryError: no task and no shipped scene is called that.
    """
    for task in tool_tasks():
        scenes = generations(task)
        if name in (s.name for s in scenes):
            return tuple(sorted(scenes, key=lambda s: s.name != name))
    if name in shipped():
        return (load_scene(scene_path(name)),)
    raise LibraryError(f"scene {name!r} is neither a task's nor shipped: give --scene FILE")


def generations(task: str) -> list[Scene]:
    """The published scenes of a task with twins, the oldest first.

    Raises:
      ValueError: it is none; names those there are.
    """
    family, twin = find_twin(task)
    return [family.scene(twin, generation) for generation in family.scenes]


def fresh(scenes: Sequence[Scene], count: int, seed: int, seen: frozenset[str]) -> list[Spot]:
    """Layouts of these scenes in turn, from a seed on, without those seen already."""

    def all_() -> Iterator[Spot]:
        for k in itertools.count(seed):
            for scene in scenes:
                yield Spot(scene, k, 1.0)

    return list(itertools.islice((s for s in all_() if str(s) not in seen), count))
