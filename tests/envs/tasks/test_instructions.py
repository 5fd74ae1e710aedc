"""What a task asks for in words is true in each of its twins, which are asked alike."""

import re

import numpy as np
import pytest

from habilis.assets.scene.goal import predicates
from habilis.assets.scene.things import Scene
from habilis.envs.tasks import tool_tasks
from habilis.envs.tasks.base.family import Task
from habilis.envs.tasks.base.tool_task import ToolTask

ROOMS = re.compile(r"\b(?:out of|from under|off)(?: the \w+ (?:end|side) of)? (?:the|its) (\w+)")
"""Where the words say that something is, to be brought out of."""
PER_METRE = {"cm": 100.0, "mm": 1000.0}
FAMILIES = {task.family.name: task.family for task in tool_tasks().values()}


def scene_of(task: Task, generation: str) -> Scene:
    assert isinstance(task.family, ToolTask) and task.twin is not None
    return task.family.scene(task.twin, generation)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_instruction_is_that_of_every_twin(family: str) -> None:
    one = FAMILIES[family]
    for generation in one.scenes:
        said = {scene_of(t, generation).instruction for t in one.tasks() if t.twin}
        assert len(said) == 1


@pytest.mark.parametrize("id", tool_tasks())
def test_what_is_to_come_out_of_a_thing_is_in_it(id: str) -> None:
    task = tool_tasks()[id]
    for generation in task.family.scenes:
        scene = scene_of(task, generation)
        known = {entity.name: entity for entity in scene.entities}
        for name in ROOMS.findall(scene.instruction):
            if name not in known:
                continue
            low, high = known[name].bounds()
            at = known[next(predicates(scene.goal)).subject.partition("/")[0]]
            off = np.array(at.pos) - np.array(known[name].pos)
            assert (low[:2] < off[:2]).all() and (off[:2] < high[:2]).all(), scene.instruction


@pytest.mark.parametrize("id", tool_tasks())
def test_a_thing_is_asked_to_be_clipped_only_where_the_goal_wants_it(id: str) -> None:
    task = tool_tasks()[id]
    for generation in task.family.scenes:
        scene = scene_of(task, generation)
        if "clip" in scene.instruction.lower().split():
            assert any(p.word == "clips" for p in predicates(scene.goal))
        for number, unit in re.findall(r"(\d+) (cm|mm)\b", scene.instruction):
            wanted = [abs(p.value) * PER_METRE[unit] for p in predicates(scene.goal) if p.value]
            assert any(abs(float(number) - w) < 1e-6 for w in wanted), scene.instruction
