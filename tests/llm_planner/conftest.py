"""A model that answers by script, and the scene most tests play in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.llm_planner.model.client import Reply, Request
from habilis.policies.skills.senses import Senses


class Scripted:
    """Answers each stage from its list, the last one again and again; raises what is an error."""

    name = "scripted"

    def __init__(self, **answers: list[Any]) -> None:
        self._answers = {stage: list(a) for stage, a in answers.items()}
        self.seen: list[Request] = []

    def complete(self, request: Request) -> Reply:
        self.seen.append(request)
        left = self._answers[request.stage]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        text = answer if isinstance(answer, str) else json.dumps(answer)
        data = None if isinstance(answer, str) else answer
        return Reply(text, data, "scripted", 10, 5, 0.0, 0.0)

    @property
    def stages(self) -> list[str]:
        return [r.stage for r in self.seen]


@pytest.fixture
def scripted() -> Callable[..., Scripted]:
    return Scripted


@pytest.fixture(scope="session")
def milk() -> Compiled:
    return compile_scene(load_scene(scene_path("reach_milk_2023")))


@pytest.fixture
def robot(milk: Compiled) -> SimRobot:
    """A robot in the scene as published."""
    robot = SimRobot(World(milk, nthread=1))
    robot.reset(published(milk.scene, 1))
    return robot


@pytest.fixture
def senses(robot: SimRobot) -> Senses:
    """What it senses at the start."""
    found = Senses(robot.scene, robot.bodies)
    found.update(robot.observe())
    return found
