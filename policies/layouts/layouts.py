"""Layouts of the creative tasks: everything drawn anew from a seed, and proven before it is served.

A draw changes sizes (``policies.resize``), poses, masses and friction (``envs.layout``), adds
distractors (``policies.clutter``) and shuffles the order of all things. It is served if

- the target's point to grasp or press lies ``BEYOND`` outside the workspace, or ``WITHIN`` inside
  it where no tool is needed;
- or, of a family whose tool serves within the workspace: it lies ``WITHIN`` inside (of a robot on
  legs nothing of the kind is asked), and where the tool is needed the solution without it does not
  reach the goal in physics;
- left alone for a second, nothing moves by more than ``STILL``;
- the oracle, carried out in physics on the very scene, succeeds by the scene's own success: with
  the tool where it is required, without touching it where it is forbidden;
- in the broken twin: the oracle solves the scene with the tool intact, and fails in the one served;
- with a look-alike of the tool: the oracle solves it with the tool at either place of the two, and
  fails with the look-alike at either.

What fails is drawn again. Each draw has a generator of its own, from seed, task, generation and
number of the draw.
"""

from __future__ import annotations

import dataclasses
import functools
import zlib
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.distractors import catalogue
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.robot.simulated import simulated
from habilis.envs.robot.standing import stirred
from habilis.envs.tasks import find_twin
from habilis.envs.tasks.base.family import Twin
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.world.judging.monitor import Monitor, targets
from habilis.envs.world.varying.layout import Variation
from habilis.envs.world.world import World
from habilis.policies.agents.oracles import oracle, skills
from habilis.policies.layouts.clutter import Passages, scatter
from habilis.policies.layouts.lookalike import add_lookalike
from habilis.policies.layouts.resize import bake, resize
from habilis.policies.skills.executor import Watch, run

BEYOND = 0.04  # m: half a palm and 5 mm, so that the hand does not come near either
WITHIN = 0.02  # m
STILL = 0.002  # m in a second
DRAWS = 50
MOST_SIZES = 0.3


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How far layouts stray from the published scene.

    Attributes:
      variation: of poses, friction and mass, see ``Variation.scaled``: 1 is 2 cm, 3 degrees,
        20 %, 20 %.
      sizes: largest relative change of each size, 0 to 0.3.
      distractors: fewest and most, how many things are added that have nothing to do with it.
      lookalike: whether a second tool lies there that is as unfit as that of the broken twin.
    """

    variation: float = 1.0
    sizes: float = 0.1
    distractors: tuple[int, int] = (0, 6)
    lookalike: bool = False

    def __post_init__(self) -> None:
        Variation.scaled(self.variation)
        if not 0 <= self.sizes <= MOST_SIZES:
            raise ValueError(f"sizes may change by 0 to {MOST_SIZES}, got {self.sizes}")
        fewest, most = self.distractors
        if not 0 <= fewest <= most <= len(catalogue()):
            raise ValueError(
                f"distractors are 0 to {len(catalogue())}, fewest first, got {fewest} to {most}"
            )

    def as_dict(self) -> dict[str, Any]:
        """Plain data; without a look-alike as in results from before there were any."""
        told = dataclasses.asdict(self)
        return told if self.lookalike else {k: v for k, v in told.items() if k != "lookalike"}


@dataclasses.dataclass(frozen=True)
class Challenge:
    """One layout, solvable.

    Attributes:
      task: Gymnasium id.
      generation: of the published scene.
      seed: that it was drawn from.
      recipe: by which.
      scene: complete, to be run at variation 0.
      distractors: names of what was added.
      draws: how many were drawn until one was proven.
    """

    task: str
    generation: str
    seed: int
    recipe: Recipe
    scene: Scene
    distractors: tuple[str, ...]
    draws: int


class Unproven(RuntimeError):
    """A draw that is not served; the message says why."""


def serve(
    task: str, generation: str = "", seed: int = 0, recipe: Recipe | None = None
) -> Challenge:
    """Draw layouts of a task from a seed until one is proven solvable.

    Args:
      task: Gymnasium id of a task with twins.
      generation: of the published scene; the newest one if left out.
      seed: fixes everything; tasks and generations do not share draws.
      recipe: how hard; the standard one if left out.

    Raises:
      ValueError: an unknown task or generation, or a negative seed.
      RuntimeError: none of ``DRAWS`` draws was proven; says why the last was not.
    """
    if seed < 0:
        raise ValueError(f"seed must be at least 0, got {seed}")
    how, reason = recipe or Recipe(), ""
    generation = generation or [*find_twin(task)[0].scenes][-1]
    for draw in range(DRAWS):
        rng = generator(task, generation, seed, draw)
        try:
            scene, added = draw_scene(task, generation, how, rng)
        except RuntimeError as refused:
            reason = str(refused)
            continue
        named = dataclasses.replace(
            scene, name=f"{scene.name}_layout_{seed}",
            notes=(f"Layout: {task}, scene {generation}, seed {seed}, {how}.",),
        )  # fmt: skip
        return Challenge(task, generation, seed, how, named, added, draw + 1)
    raise RuntimeError(
        f"{task}, scene {generation}, seed {seed}: none of {DRAWS} layouts drawn by {how} was"
        f" proven solvable; the last: {reason}"
    )


def generator(task: str, generation: str, seed: int, draw: int) -> np.random.Generator:
    """The generator of one draw."""
    return np.random.default_rng([seed, zlib.crc32(f"{task} {generation}".encode()), draw])


def draw_scene(
    task: str, generation: str, recipe: Recipe, rng: np.random.Generator
) -> tuple[Scene, tuple[str, ...]]:
    """One draw, proven, and the names of its distractors.

    Raises:
      RuntimeError: it was not proven; says why.
    """
    family, twin = find_twin(task)
    served: Twin = "not needed" if twin == "not needed" else "needed"  # until the tool is broken
    resized = resize(family, family.scene(served, generation), recipe.sizes, rng)
    scene = bake(resized, Variation.scaled(recipe.variation), rng)
    scene = dataclasses.replace(
        scene, entities=tuple(dataclasses.replace(e, note="") for e in scene.entities)
    )
    if scene.hand != "legs":
        check_reach(scene, served == "needed" and family.far)
    if served == "needed" and not family.far:
        _check_needed(scene, family)
    passages = Passages(scene)
    solve(task, scene, passages.watch)
    if recipe.lookalike and family.level != 2:  # which has look-alikes of its own
        works = functools.partial(solve, task, watch=passages.watch)
        fails = functools.partial(_check_broken, task)
        scene = add_lookalike(scene, family, passages, works, fails, rng)
    count = int(rng.integers(recipe.distractors[0], recipe.distractors[1], endpoint=True))
    things = scatter(scene, passages, count, rng)
    everything = (*scene.entities, *things)
    order = rng.permutation(len(everything))
    scene = dataclasses.replace(scene, entities=tuple(everything[k] for k in order))
    if things:
        solve(task, scene)
    if twin == "broken":
        scene = family.twin_of(scene, twin)
        _check_broken(task, scene)
    return scene, tuple(e.name for e in things)


def check_reach(scene: Scene, beyond: bool) -> None:
    """Unproven unless the target lies beyond reach, or within, by the margin stated above."""
    point, (low, high) = target_point(scene), (scene.workspace.lower, scene.workspace.upper)
    inside = np.minimum(point - np.array(low), np.array(high) - point)
    if beyond and inside.min() > -BEYOND:
        raise Unproven(f"{targets(scene)[0]} lies {-inside.min():.3f} m out of reach only")
    if not beyond and inside[:2].min() < WITHIN:
        raise Unproven(f"{targets(scene)[0]} lies {inside[:2].min():.3f} m within reach only")


def target_point(scene: Scene) -> Array:
    """Where the first target is grasped or, on a slide, pressed (3,), world, m."""
    entity = scene.entity(targets(scene)[0])
    local = entity.grip()
    if entity.joint is not None:
        axis = np.array(entity.joint.axis)
        local = entity.centre() - axis * (np.abs(axis) @ entity.size()) / 2
    point: Array = np.array(entity.pos) + entity.turn() @ local
    return point


def solve(task: str, scene: Scene, watch: Watch | None = None) -> None:
    """Unproven unless the scene is at rest and the task's oracle solves it."""
    robot = _robot(scene)
    robot.hold(1.0)
    if found := stirred(robot.world, STILL):
        name, moved = found
        raise Unproven(f"{name} moves by {moved * 1e3:.1f} mm when left alone")
    robot.reset(published(scene, 1))  # what is proven is the run of whoever is served the layout
    attempt = run(robot, oracle(task, scene), Monitor(robot.world), watch=watch)
    if not attempt.ok:
        raise Unproven(f"the oracle fails: {attempt.reason}")


def _check_needed(scene: Scene, family: ToolTask) -> None:
    robot = _robot(scene)
    by_hand = skills(family.by_hand(scene))
    if run(robot, by_hand, Monitor(robot.world)).goal:
        raise Unproven("the goal is reached without the tool")


def _check_broken(task: str, scene: Scene) -> None:
    robot = _robot(scene)
    if run(robot, oracle(task, scene), Monitor(robot.world)).ok:
        raise Unproven("the oracle succeeds with the broken tool")


def _robot(scene: Scene) -> SimRobot:
    robot = simulated(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    return robot
