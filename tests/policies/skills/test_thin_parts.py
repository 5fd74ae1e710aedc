"""A thing too wide for the jaw is taken by a thin part of it, with the jaw opened no farther."""

import pytest
from tests.llm_planner.search.test_search import at_start
from tests.llm_planner.search.test_ways import scene_of

from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Thing
from habilis.llm_planner.search.goals import options
from habilis.policies.skills import Grasp, Lift, Place
from habilis.policies.skills.executor import run
from habilis.policies.skills.geometry.effector import widest
from habilis.policies.skills.geometry.grips import choose_grip
from habilis.policies.skills.senses import Senses

BAR = 0.012  # m


def frame(width: float) -> Thing:
    """A square frame of four bars, which lies flat."""
    off, inner = (width - BAR) / 2, width - 2 * BAR
    bars = (
        Part("left", "box", (width, BAR, 0.03), (0.0, off, 0.0)),
        Part("right", "box", (width, BAR, 0.03), (0.0, -off, 0.0)),
        Part("far", "box", (BAR, inner, 0.03), (off, 0.0, 0.0)),
        Part("near", "box", (BAR, inner, 0.03), (-off, 0.0, 0.0)),
    )
    return Thing("frame", bars, (0.3, 0.05, 0.0151), mass=0.12)


@pytest.mark.parametrize("width", [0.075, 0.13])
def test_a_frame_is_taken_and_put_down_by_one_of_its_bars(width: float) -> None:
    robot = at_start(scene_of(frame(width)))
    grip = (0.0, (width - BAR) / 2, 0.0)
    place = Place("frame", position=(0.3, -0.05))
    done = run(robot, [Grasp("frame", grip=grip), Lift("frame", height=0.05), place])
    assert done.ok, done.reason
    assert done.steps[0].result.numbers["aperture"] == pytest.approx(BAR, abs=0.002)


def test_the_jaw_opens_as_far_as_there_is_room_inside() -> None:
    scene = scene_of(frame(0.075))
    robot = at_start(scene)
    senses = Senses(scene, robot.bodies)
    senses.update(robot.observe())
    grip = choose_grip(senses, "frame", (0.0, 0.0315, 0.0))
    assert grip.clear and grip.width == pytest.approx(BAR) and BAR < grip.opening < 0.063
    whole = choose_grip(senses, "frame")
    assert whole.width > widest(scene.robot)
    assert any(step.args.get("grip") for way in options(senses, scene.goal) for step in way.steps)
