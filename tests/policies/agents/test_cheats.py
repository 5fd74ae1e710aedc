"""In every family of tasks about a tool: what reaches the goal, or tries to, and must not count."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.scene.goal import All, Goal, Predicate
from habilis.assets.scene.things import Scene
from habilis.assets.tools.build import MOVING
from habilis.envs.core import Core
from habilis.envs.tasks import find_twin, load_task, tool_tasks
from habilis.envs.terms.predicates import evaluate
from habilis.envs.tool_env import ToolEnv
from habilis.envs.vector_env import ToolVectorEnv
from habilis.envs.world.poses import conjugate, multiply, rotate
from habilis.policies.agents.base import Scripted

NEEDED = [id for id in tool_tasks() if find_twin(id)[1] == "needed"]


def wanted(goal: Goal) -> Iterator[Predicate]:
    """What must hold, of a goal without alternatives."""
    if isinstance(goal, All):
        for part in goal.goals:
            yield from wanted(part)
    elif isinstance(goal, Predicate):
        yield goal


def latched(scene: Scene) -> Scene:
    """The scene with joints that stay where they are put."""
    stays = [
        dataclasses.replace(e, joint=dataclasses.replace(e.joint, stiffness=0.0, frictionloss=1.0))
        for e in scene.entities
        if e.joint is not None and e.joint.stiffness
    ]
    return scene.replace_entities(stays)


@functools.cache
def clipped(task: str, pin: str, bag: str) -> tuple[Array, Array, Array]:
    """Where the solution puts a pin about a bag's flaps: (3,) and wxyz (4,) in the bag's frame, and
    all joint values (nq,)."""
    env = ToolEnv(task, variation=0.0)
    world, agent = env.core.world, Scripted(env.core, task)
    observation, _ = env.reset(seed=0)
    agent.reset([0])
    clips = [p for p in wanted(env.core.scene.goal) if p.word == "clips"]
    while not all(evaluate(p, world)[0] for p in clips):
        observation, *_ = env.step(agent.act(observation)[0])
        assert not env.core.failed[0], env.core.failure
    i, k = world.index(pin), world.index(bag)
    back = conjugate(world.quat[:, k])
    at = rotate(back, world.pos[:, i] - world.pos[:, k])
    return at[0], multiply(back, world.quat[:, i])[0], world._qpos[0].copy()


def clip(core: Core, task: str, pin: str, flap: str) -> None:
    """Put a pin about a flap as the solution does."""
    world, bag = core.world, flap.partition("/")[0]
    at, about, values = clipped(task, pin, bag)
    pos, quat = world.pos[:, world.index(bag)], world.quat[:, world.index(bag)]
    where, *joints = (int(world.model.joint(j).qposadr[0]) for j in (pin, f"{pin}/{MOVING}", flap))
    world._qpos[:, where : where + 3] = pos + rotate(quat, at[None])
    world._qpos[:, where + 3 : where + 7] = multiply(quat, about[None])
    world._qpos[:, joints] = values[joints]


def write_goal(core: Core, task: str) -> None:
    """Put everything where the goal holds, or holds once the jaw is shut."""
    world, scene = core.world, core.scene
    into = np.array([0.0, 0.0, 0.011])
    world._qvel[:] = 0.0
    world.severing._active[:, world.severing._joints] = 0.0
    for p in wanted(scene.goal):
        if p.word == "clips":
            clip(core, task, p.subject, str(p.other))
        if p.word in ("clips", "share_in"):  # what is in the bag is there from the beginning
            continue
        where = int(world.model.joint(p.subject).qposadr[0])
        if p.word == "joint":
            assert p.value is not None
            world._qpos[:, where] = 1.2 * p.value
        elif p.word == "held":
            world._qpos[:, where : where + 3] = core.state.tcp - scene.entity(p.subject).grip()
            world._qpos[:, where + 3 : where + 7] = (1, 0, 0, 0)
        elif p.word == "lifted" and p.subject in airborne(scene.goal):
            world._qpos[:, where + 2] = scene.entity(p.subject).pos[2] + 2.5 * (p.value or 0.0)
        elif p.word == "in":
            assert p.other is not None
            world._qpos[:, where : where + 3] = np.array(scene.entity(p.other).pos) + into
            into += (0.0, 0.025, 0.0) if into[1] < 0.04 else (0.03, -0.05, 0.0)


def airborne(goal: Goal) -> set[str]:
    """What is to be lifted and need not be held, so that it falls from where it is put."""
    subjects = {
        word: {p.subject for p in wanted(goal) if p.word == word} for word in ("lifted", "held")
    }
    return subjects["lifted"] - subjects["held"]


@pytest.mark.slow
@pytest.mark.parametrize("task", NEEDED)
def test_a_goal_written_into_the_physics_does_not_count(task: str) -> None:
    spec = load_task(task)
    given = latched(spec.scene())
    env = ToolVectorEnv(dataclasses.replace(spec, scene=lambda: given), 100)
    env.reset(seed=0)
    write_goal(env.core, task)
    shut = np.zeros(env.action_space.shape or (), np.float32)
    shut[:, -1 - env.core.control.more] = -1
    held = np.zeros(100, bool)
    for _ in range(12):
        if airborne(given.goal):
            write_goal(env.core, task)
        env.step(shut)
        held |= env.core.monitor.held > 0.4
        assert not env.core.success.any()
    assert held.mean() > 0.9, "the cheat must reach the goal, else this tests nothing"


@pytest.mark.slow
@pytest.mark.parametrize("task", NEEDED)
def test_the_solution_without_the_tool_fails_where_it_is_needed(task: str) -> None:
    by_hand = next(t.id for t in find_twin(task)[0].tasks() if t.twin == "not needed")
    env = ToolVectorEnv(task, 20)
    agent = Scripted(env.core, by_hand)
    observation, _ = env.reset(seed=0)
    agent.reset(range(20))
    for _ in range(100):
        observation, *_ = env.step(agent.act(observation))
        assert not env.core.success.any()


@pytest.mark.parametrize("task", [t for t in tool_tasks() if find_twin(t)[1] != "broken"])
def test_the_solution_earns_every_dense_term_and_ends_richer_than_it_began(task: str) -> None:
    """Of the published layout: each term comes near its most at some time, none is worth less."""
    env = ToolEnv(task, variation=0.0)
    core, agent = env.core, Scripted(env.core, task)
    observation, _ = env.reset(seed=0)
    agent.reset([0])
    dense = [i for i, name in enumerate(core.reward_names) if name != "success"]
    seen = []
    while not core.success[0]:
        observation, *_ = env.step(agent.act(observation)[0])
        seen.append(core.scores.values[0, dense].copy())
        assert len(seen) < core.step_limit and not core.failed[0], core.failure
    weights = core.scores.weights[dense]
    assert (np.max(seen, axis=0) > 0.8 * weights).all(), np.max(seen, axis=0) / weights
    assert seen[-1].sum() > seen[0].sum()
