"""Any id of Gymnasium is trained on: those whose batch resets later run one after the other."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from habilis.policies.agents.base import Random, Zero
from habilis.policies.spaces import describe, differences, rebuild
from habilis.policies.vector import make_drawable, make_vector


@pytest.mark.parametrize("make", [make_vector, make_drawable])
def test_ids_with_a_batch_that_resets_in_the_next_step(make: Any) -> None:
    env = make("CartPole-v1", 2)
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    env.reset(seed=0)
    for _ in range(100):
        *_, terminated, _, info = env.step(np.ones(2, int))
        if terminated.any():
            assert info["final_obs"][int(np.argmax(terminated))].shape == (4,)
            break
    else:
        raise AssertionError("no pole fell")


class Bare(VectorEnv[Any, Any, Any]):
    """Nothing but the actions of N episodes."""

    def __init__(self, single: gymnasium.Space[Any], num_envs: int = 3) -> None:
        self.num_envs, self.single_action_space = num_envs, single
        self.action_space = batch_space(single, num_envs)


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(2),
        spaces.Discrete(3, start=-1),
        spaces.MultiDiscrete([2, 5]),
        spaces.MultiBinary(4),
        spaces.Box(-2, 2, (1,)),
        spaces.Box(0.5, 1, (2, 2), np.float64),
        spaces.Box(-np.inf, np.inf, (2,)),
    ],
    ids=str,
)
def test_agents_without_training_do_what_is_allowed(space: gymnasium.Space[Any]) -> None:
    env = Bare(space)
    for agent in (Zero(env), Random(env, np.random.default_rng(0))):
        seen = [agent.act(None) for _ in range(50)]
        assert all(env.action_space.contains(action) for action in seen)
    assert len({action.tobytes() for action in seen}) > 1, "always the same"


def test_agents_without_training_say_what_they_cannot_do() -> None:
    with pytest.raises(ValueError, match="acts in Tuple"):
        Zero(Bare(spaces.Tuple([spaces.Discrete(2)])))


def test_numbered_actions_of_several_kinds_are_kept_in_a_bundle() -> None:
    space = spaces.MultiDiscrete([2, 5], start=[1, 0])
    assert rebuild(describe(space)) == space
    other = describe(spaces.MultiDiscrete([2, 6], start=[1, 0]))
    assert "nvec was [2, 5], is [2, 6]" in differences("action", describe(space), other)[0]


def test_an_unknown_id_is_compared_with_those_of_gymnasium_too() -> None:
    with pytest.raises(ValueError, match="did you mean 'CartPole-v1'"):
        make_vector("CartPole", 1)
