"""The design track: scenes without their own tools and with one that was made to order.

A world cannot change its model while it runs. So ``make_tool`` is the first step of a plan or none:
what it orders is part of the layout of the episode, and the world is compiled with it.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping

from habilis.assets.names import look_up
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.robot.simulated import simulated
from habilis.envs.tasks.base.family import FAMILIES
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World
from habilis.llm_planner.design.budget import faults
from habilis.llm_planner.design.order import TOOL, ToolOrder, read_order
from habilis.llm_planner.language.renaming import rename
from habilis.llm_planner.run.plan import Plan, PlanError, Step
from habilis.llm_planner.search.scratch import Show
from habilis.policies.layouts.layouts import Recipe, serve
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import run
from habilis.policies.skills.geometry.effector import widest

MAKE = "make_tool"
"""The step that has a tool made."""
RECIPE = Recipe(distractors=(0, 0))
"""Of the layouts of the track: places, sizes, masses and friction are drawn."""


def families() -> dict[str, ToolTask]:
    """The families whose tools may be ordered, by name."""
    import habilis.envs.tasks  # noqa: F401  # declares them

    found = {n: f for n, f in sorted(FAMILIES.items()) if isinstance(f, ToolTask)}
    return {name: family for name, family in found.items() if family.orders is not None}


def find_family(name: str) -> ToolTask:
    """The family of that name; ValueError names those whose tools may be ordered."""
    known = families()
    return look_up("family whose tool may be ordered", name, known)


@functools.lru_cache(maxsize=256)
def layout(family: str, seed: int) -> Scene:
    """A layout of a family, proven with its own tool; see ``policies.layouts``."""
    task = next(t.id for t in find_family(family).tasks() if t.twin == "needed")
    return serve(task, seed=seed, recipe=RECIPE).scene


def ordered_scene(family: ToolTask, scene: Scene, order: ToolOrder) -> Scene:
    """A scene of a family without its tools, and with one that was ordered where its own lay.

    Args:
      family: that allows for orders.
      scene: of the twin that needs the tool.
      order: of the tool, which success requires from then on.
    """
    assert family.orders is not None and scene.tool is not None
    own = scene.entity(scene.tool.name)
    lay = scene.entity(family.orders.at or own.name)
    x, y, _ = lay.pos + lay.turn() @ lay.grip()
    made = order.thing(float(x), float(y), lay.yaw + (math.pi if family.orders.turned else 0.0))
    renamed = rename(scene, {own.name: TOOL})
    rest = tuple(e for e in renamed.entities if not e.tool and e.name != TOOL)
    return dataclasses.replace(
        renamed, name=f"{scene.name}_ordered", entities=(*rest, made),
        instruction=scene.instruction,
    )  # fmt: skip


def design_plan(
    family: ToolTask, scene: Scene, order: ToolOrder, motion: Mapping[str, float]
) -> Plan:
    """The plan that has the tool made and uses it as its family says.

    Args:
      family: that allows for orders.
      scene: of the twin that needs the tool, with its own tool.
      order: of the tool.
      motion: numbers of its use, see ``Orders``.
    """
    calls = family.with_ordered(ordered_scene(family, scene, order), motion)
    steps = (Step(MAKE, order.as_dict()), *(Step(c.skill, c.args) for c in calls))
    return Plan(scene.name, scene.instruction, steps, "design")


def made_to_order(family: ToolTask, scene: Scene, plan: Plan) -> tuple[Scene, Plan]:
    """Carry out the step ``make_tool`` of a plan: the scene with the tool, and the steps left.

    Raises:
      PlanError: its first step is no ``make_tool``, or the order is over its budget; says by how
        much.
    """
    if not plan.steps or plan.steps[0].skill != MAKE:
        raise PlanError(f"a plan of the design track begins with {MAKE}, got {plan.steps[:1]}")
    if any(step.skill == MAKE for step in plan.steps[1:]):
        raise PlanError(f"{MAKE} is the first step of a plan and no other: one tool is made")
    order = read_order(dict(plan.steps[0].args), MAKE)
    wrong = faults(order, widest(scene.robot))
    if wrong:
        raise PlanError(f"step 1 ({MAKE}): {'; '.join(f.text for f in wrong)}")
    made = ordered_scene(family, scene, order)
    return made, dataclasses.replace(plan, scene=made.name, steps=plan.steps[1:])


def carry_out(family: ToolTask, scene: Scene, plan: Plan, show: Show | None = None) -> Attempt:
    """Run a plan of the design track, judged.

    Args:
      family: that allows for orders.
      scene: of the twin that needs the tool, with its own tool.
      plan: whose first step is ``make_tool``.
      show: given the robot, e.g. to film it.

    Raises:
      PlanError: see ``made_to_order``.
    """
    made, rest = made_to_order(family, scene, plan)
    robot = robot_of(compile_scene(made))
    watch = show(robot) if show is not None else None
    return run(robot, rest, Monitor(robot.world), watch=watch)


def robot_of(compiled: Compiled) -> SimRobot:
    """One simulated robot in a scene as it is given."""
    robot = simulated(World(compiled, nthread=1))
    robot.reset(published(compiled.scene, 1))
    return robot
