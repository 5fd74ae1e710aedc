"""Candidates tried with masses and frictions that are not those of the world."""

import numpy as np

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.llm_planner.bench.creative import Setup
from habilis.llm_planner.search.belief import PHYSICS, Belief


def test_masses_and_frictions_are_wrong_by_no_more_than_is_said_and_nothing_else_is() -> None:
    compiled = compile_scene(load_scene(scene_path("reach_milk_2024")))
    robot, copy = SimRobot(World(compiled, 1)), SimRobot(World(compiled, 1))
    robot.reset(published(compiled.scene, 1))
    state = robot.world.save()
    fields = [f"model/{name}" for name in PHYSICS]
    told = Belief(0.3, 0.2, seed=5).of(state, copy)
    for key, rows in state.rows.items():
        assert (key in fields) or np.array_equal(told.rows[key], rows), key
    mass, slide = fields[0], fields[2]
    things = told.rows[mass] != state.rows[mass]
    share = np.array(told.rows[mass][things], float) / np.array(state.rows[mass][things], float)
    assert things.sum() >= 3 and (abs(share - 1) <= 0.3).all() and np.ptp(share) > 0.05
    share = np.array(told.rows[slide], float) / np.array(state.rows[slide], float)
    assert (abs(share - 1) <= 0.2 + 1e-9).all() and np.ptp(share) > 0.05
    same, other = (Belief(0.3, 0.2, seed=s).of(state, copy) for s in (5, 6))
    np.testing.assert_array_equal(same.rows[mass], told.rows[mass])
    assert (other.rows[mass] != told.rows[mass]).any()


def test_each_layout_has_its_own_errors_and_a_result_says_how_large_they_are() -> None:
    setup = Setup("search", belief=Belief(0.3, 0.3))
    assert [setup.believed(seed) for seed in (1, 2)] == [Belief(0.3, 0.3, 1), Belief(0.3, 0.3, 2)]
    assert setup.as_dict()["settings"]["belief"] == {"mass": 0.3, "friction": 0.3, "seed": 0}
    assert "belief" not in Setup("search").as_dict()["settings"]
    assert "belief" not in Setup("file:somewhere").as_dict()["settings"]
