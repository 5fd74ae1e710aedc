"""What planners are told of skills on legs: the numbers are those of the robot in the scene."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.envs.legged.ways import STEP
from habilis.llm_planner.agents.text_tools import skill_tools
from habilis.llm_planner.language.plan_schema import skill_docs
from habilis.llm_planner.run.skill_api import api, documentation
from habilis.policies.skills.legs.pushing import BETWEEN, CHEST, FEET, HIGH
from habilis.policies.skills.legs.walking import size_of
from habilis.policies.skills.skill import skills_for

LYNX = f"file:{Path(__file__).parents[3]}/assets/robots/loaded/models/lynx.xml"


def texts(scene: Scene) -> list[str]:
    tools = {tool.name: tool.description for tool in skill_tools(scene)}
    return [skill_docs(scene=scene), documentation(0.0, scene=scene), tools["push_to_position"]]


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene(scene_path("climb_sofa_2024"))


def test_of_the_robot_that_they_are_written_for_they_stand_as_written(scene: Scene) -> None:
    own = api(skills_for(scene))
    for text in texts(scene):
        flat = " ".join(text.split())
        assert " ".join(own["push_to_position"].doc.split()) in flat
    said = own["push_to_position"].doc
    for number in (f"{HIGH:g} m", f"{BETWEEN:g} m", f"{FEET:g} N", f"{CHEST:g} N"):
        assert said.count(number) == 1, "a number that the text does not say cannot be replaced"
    for name in ("walk_to_position", "climb_to_position"):
        assert f"steps of {STEP:g} m at the most" in own[name].doc, "it is the same for all"


def test_of_another_robot_on_legs_they_say_its_own_numbers(scene: Scene) -> None:
    size = size_of(LYNX)
    assert size.mass > 1.2 and size.length > 1.1
    for text in texts(dataclasses.replace(scene, robot=LYNX)):
        assert f"with its feet, {FEET * size.mass:.3g} N at the most" in text
        assert f"its chest, {CHEST * size.mass:.3g} N at the most" in text
        assert f"than {HIGH * size.length:.3g} m it pushes" in text
        assert f"only what is {BETWEEN * size.length:.3g} m wide" in text
        assert f"{FEET:g} N" not in text and f"{HIGH:g} m" not in text
