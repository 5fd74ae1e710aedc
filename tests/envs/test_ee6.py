"""Actions that turn the hand."""

import gymnasium
import numpy as np
import pytest

from habilis.envs.control.limiter import TURNING
from habilis.envs.control.rotations import DOWN, turn_between

ARM_TASKS = ("habilis/ReachMilk-v0", "habilis/GraspCan-v0", "habilis/PressButton-v0")


@pytest.mark.parametrize("id", ARM_TASKS)
def test_every_arm_task_acts_in_six_degrees_of_freedom_and_the_jaw(id: str) -> None:
    env = gymnasium.make(id, control="ee6").unwrapped
    env.reset(seed=0)
    assert env.action_space.shape == (7,)
    core = env.core  # type: ignore[attr-defined]
    for _ in range(8):
        env.step(np.array([0, 0, 0, 0, 0, 1, 1], np.float32))
    turned = turn_between(DOWN[None], core.control.controller.limiter.rot)[0]
    np.testing.assert_allclose(turned[:2], 0, atol=1e-6)
    assert 0.4 < turned[2] <= 0.8 + 1e-9
    measured = turn_between(DOWN[None], core.control.controller.kinematics.tcp(core.world.q)[1])[0]
    assert np.linalg.norm(measured - turned) < TURNING.speed * 0.15


def test_three_plus_one_numbers_stay_as_published_and_keep_the_hand_straight() -> None:
    env = gymnasium.make("habilis/ReachMilk-v0").unwrapped
    assert env.action_space.shape == (4,)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(30):
        env.step(rng.uniform(-1, 1, 4).astype(np.float32))
    core = env.core  # type: ignore[attr-defined]
    _, rot = core.control.controller.kinematics.tcp(core.world.q)
    assert rot[0, 2, 2] < -0.99


def test_a_saved_episode_goes_on_turning_bit_for_bit() -> None:
    env = gymnasium.make("habilis/ReachMilk-v0", control="ee6").unwrapped
    env.reset(seed=1)
    action = np.array([0.2, 0.1, -0.3, 0.5, -0.2, 1.0, 0.0], np.float32)
    for _ in range(4):
        env.step(action)
    saved = env.save()  # type: ignore[attr-defined]
    first = [env.step(action)[0] for _ in range(4)]
    env.restore(saved)  # type: ignore[attr-defined]
    for one in first:
        np.testing.assert_array_equal(one, env.step(action)[0])
