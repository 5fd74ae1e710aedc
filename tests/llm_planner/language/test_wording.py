"""The same scene in other words."""

import numpy as np
import pytest

from habilis.assets.scene.model.compile import Compiled
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.llm_planner.language.describe import describe
from habilis.llm_planner.language.wording import UNITS, Wording, word
from habilis.policies.skills.senses import Senses


def test_names_unit_and_numbers_come_from_the_seed(milk: Compiled) -> None:
    tellings = [word(milk.scene, Wording(), seed) for seed in range(40)]
    assert tellings == [word(milk.scene, Wording(), seed) for seed in range(40)]
    assert {t.style.unit for t in tellings} == set(UNITS)
    assert {t.style.irrelevant for t in tellings} == {0, 1, 2, 3}
    assert len({tuple(t.names.values()) for t in tellings}) > 1


def test_the_goal_and_the_tool_go_by_the_new_names(milk: Compiled) -> None:
    told = word(milk.scene, Wording(), 1)
    assert set(told.names) == {e.name for e in milk.scene.entities}
    assert told.scene.tool is not None and told.scene.tool.name == told.names["hammer"]
    assert f"held({told.names['milk']})" in str(told.scene.goal)
    assert "milk" not in told.scene.instruction and told.names["milk"] in told.scene.instruction
    for entity in milk.scene.entities:
        again = told.scene.entity(told.names[entity.name])
        assert again.pos == entity.pos and again.mass == entity.mass


def test_it_is_described_in_that_unit_with_those_numbers(robot: SimRobot) -> None:
    told = word(robot.scene, Wording(unit="mm", irrelevant=(2, 2)), 0)
    senses = Senses(told.scene, tuple(told.names[b] for b in robot.bodies))
    senses.update(robot.observe())
    said = describe(senses, told.style)
    assert "All lengths below are in mm" in said.text and "hammer" not in said.text
    plain = describe(senses).data["objects"]
    for thing, before in zip(said.data["objects"], plain, strict=True):
        assert len(thing) == len(before) + 2


def test_given_names_change_nothing_but_the_style(milk: Compiled) -> None:
    told = word(milk.scene, Wording("given", "m", (0, 0)), 9)
    assert told.scene is milk.scene
    assert all(new == old for old, new in told.names.items())
    assert told.style.unit == "m" and told.style.irrelevant == 0


def test_a_told_scene_can_be_run(milk: Compiled) -> None:
    from habilis.assets.scene.model.compile import compile_scene

    told = word(milk.scene, Wording(), 2)
    robot = SimRobot(World(compile_scene(told.scene), nthread=1))
    robot.reset(published(told.scene, 1))
    robot.hold(0.1)
    assert np.isfinite(robot.world.pos).all()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"names": "secret"}, "unknown kind of names 'secret'"),
        ({"unit": "km"}, "unknown unit 'km'"),
        ({"irrelevant": (3, 1)}, "fewest first"),
        ({"irrelevant": (0, 99)}, "must be 0 to 7, got 99"),
    ],
)
def test_bad_wording_is_refused(bad: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Wording(**bad)  # type: ignore[arg-type]
