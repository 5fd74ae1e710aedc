"""The trot as an agent, and a policy that explores."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.envs.made import many

from habilis.policies.agents.base import make_agent
from habilis.policies.agents.gait import Exploring
from habilis.policies.agents.learned import Normaliser
from habilis.policies.evaluation.evaluate import evaluate


@pytest.mark.parametrize("basis", ["stance", "trot", "gait"])
def test_the_trot_is_an_agent_whatever_actions_are_added_to(basis: str) -> None:
    env = many("Go1Walk", 4, basis=basis, max_episode_steps=150)
    agent = make_agent("trot", env, "habilis/Go1Walk-v0", 0)
    episodes = evaluate(env, agent, 4, 7)
    assert all(e.success and e.steps == 150 for e in episodes)


def test_exploring_adds_the_policys_own_spread() -> None:
    torch = pytest.importorskip("torch")

    class Policy(SimpleNamespace):
        def predict(self, seen: Any, deterministic: bool) -> tuple[Any, None]:
            assert deterministic
            return np.full((len(seen), 2), 0.1), None

    policy = Policy(log_std=torch.log(torch.tensor([0.05, 0.2])))
    agent = Exploring(policy, Normaliser({}, {}, 10.0, 1e-8), np.random.default_rng(0))
    acts = np.concatenate([agent.act(np.zeros((50, 3))) for _ in range(40)])
    assert acts.mean(axis=0) == pytest.approx([0.1, 0.1], abs=0.02)
    assert acts.std(axis=0) == pytest.approx([0.05, 0.2], rel=0.1)
