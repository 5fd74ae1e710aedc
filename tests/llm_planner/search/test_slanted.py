"""Hooks whose arm is at a slant to the handle: turned so that the arm lies across, they pull."""

import dataclasses

import numpy as np
import pytest
from tests.llm_planner.search.test_search import at_start, find

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.llm_planner.search.goals import _bring
from habilis.llm_planner.search.ways.realigned import SLANT, _turns, slants
from habilis.policies.skills.senses import Senses


def hooked(degrees: float) -> Scene:
    """The shipped hook scene, with this angle between handle and arm."""
    scene = load_scene(scene_path("gallery_l_hook"))
    hook = scene.entity("l_hook")
    handle, arm = hook.parts
    away = np.radians(180 + degrees)
    x, y = np.array([0.28, 0.0]) + 0.05 * np.array([np.cos(away), np.sin(away)])
    turned = (0.0, 0.0, float(away - 1.5 * np.pi))
    arm = dataclasses.replace(arm, pos=(float(x), float(y), 0.0), euler=turned)
    other = dataclasses.replace(hook, parts=(handle, arm))
    return dataclasses.replace(
        scene, entities=tuple(other if e is hook else e for e in scene.entities)
    )


def sensed(scene: Scene) -> Senses:
    robot = at_start(scene)
    senses = Senses(robot.scene, robot.bodies)
    senses.update(robot.observe())
    return senses


@pytest.mark.parametrize("degrees", [60, 75, 100, 120, 135, 150])
def test_a_slanted_arm_is_laid_across_and_a_little_short_of_that(degrees: float) -> None:
    senses = sensed(hooked(degrees))
    (angle,) = slants(senses, "l_hook")
    assert angle == pytest.approx(np.radians((degrees - 90) % 90))
    yaws = [yaw for yaw, _ in _turns(senses, "l_hook")]
    across = np.radians(90 - degrees)
    assert np.isclose(yaws, across, atol=1e-6).any()
    assert degrees < 110 or np.isclose(yaws, across + SLANT, atol=1e-6).any()
    ways = list(_bring(senses, "mug"))
    turned = [o for o in ways if any("yaw" in s.args for s in o.steps)]
    assert ways and (turned or degrees < 90), "one that opens away from the hand has to be turned"


def test_a_straight_tool_is_turned_as_before() -> None:
    senses = sensed(load_scene(scene_path("gallery_l_hook")))
    assert slants(senses, "l_hook") == []
    assert len(_turns(senses, "l_hook")) == 3
    assert not any("turned by" in o.why for o in _bring(senses, "mug"))


@pytest.mark.slow
def test_a_mug_is_fetched_with_a_hook_of_135_degrees() -> None:
    assert find(hooked(135)).plan is not None
