"""Families in which what served has to serve again, or has to be chosen by numbers."""

import itertools

import numpy as np
import pytest

from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.tasks import find_twin
from habilis.envs.tasks.base.family import SkillCall, call
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.tasks.support.cube_under_cover import push_open
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World
from habilis.policies.agents.oracles import skills
from habilis.policies.skills.executor import run


def family(name: str) -> ToolTask:
    return find_twin(f"habilis/{name}-v0")[0]


def carried_out(task: ToolTask, steps: list[SkillCall]) -> tuple[SimRobot, bool]:
    """The robot after the steps in the published scene, and whether the goal was reached."""
    scene = task.scene()
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    return robot, run(robot, skills(steps), Monitor(robot.world)).ok


@pytest.mark.parametrize(("stone", "open_"), [("stone1", True), ("stone3", False)])
def test_a_heavy_stone_keeps_the_cover_open_and_a_light_one_does_not(
    stone: str, open_: bool
) -> None:
    task = family("StoneTwice")
    left = [call("grasp", stone), push_open(task.scene(), tool=stone), call("open_gripper")]
    robot, _ = carried_out(task, left)
    robot.hold(1.0)
    assert bool(robot.world.opening("cover")[0] > 0.05) is open_


def test_one_pair_of_pieces_is_as_high_as_the_slabs_and_none_once_one_is_lower() -> None:
    task = family("StackInGap")
    fits = {twin: 0 for twin in ("needed", "broken")}
    for twin in ("needed", "broken"):
        scene = task.scene(twin)
        floor, far, near = (
            scene.entity(name).pos[2] + scene.entity(name).part(part).bounds()[1][2]
            for name, part in (("plate", "plate"), ("far", "top"), ("near", "top"))
        )
        heights = [e.size()[2] for e in scene.entities if e.magnetic]
        for count in (1, 2, 3, 4):
            for chosen in itertools.combinations(heights, count):
                fits[twin] += far - 0.003 < floor + np.sum(chosen) < near + 0.003
    assert fits == {"needed": 1, "broken": 0}
