"""Tasks of arms are done by other robots than their scenes name."""

import gymnasium
import numpy as np
import pytest

from habilis.envs.core import Core
from habilis.envs.tasks import load_task
from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.agents.base import make_agent
from habilis.policies.evaluation.evaluate import evaluate


def test_an_option_puts_another_robot_into_a_task() -> None:
    core = Core(load_task("habilis/GraspCan-v0", robot="ur5e"), 2)
    core.reset(np.arange(2), [np.random.default_rng(i) for i in range(2)])
    assert core.scene.robot == "ur5e+robotiq_2f85" and core.world.q.shape == (2, 6)
    env = gymnasium.make("habilis/Scene-v0", scene="gallery_l_hook", robot="ur5e")
    env.reset(seed=0)
    env.step(np.zeros(4, np.float32))
    env.close()


def test_a_robot_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="did you mean 'ur5e"):
        load_task("habilis/ReachMilk-v0", robot="ur5")


def test_a_robot_with_a_shorter_reach_is_told_by_name_with_the_place_and_the_distance() -> None:
    with pytest.warns(UserWarning, match=r"iiwa14\+robotiq_2f85' reaches \d+% .* m short"):
        load_task("habilis/GraspCan-v0", robot="iiwa14")


def test_the_oracle_solves_a_task_with_another_arm_and_gripper() -> None:
    env = ToolVectorEnv("habilis/ReachMilk-v0", 6, robot="ur5e")
    agent = make_agent("oracle", env.core, "habilis/ReachMilk-v0", 0)
    assert all(episode.success for episode in evaluate(env, agent, 6, 0))
    env.close()
