"""The scripted form of picking from the stand: it takes the tool, and lifts with it."""

from typing import Any

import numpy as np
import pytest
from tests.envs.made import many

from habilis.assets.arrays import Mask
from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.agents.base import agents_of
from habilis.policies.agents.stand_oracle import StandOracle


def run(env: ToolVectorEnv, *, open_hand: bool = False, steps: int = 110) -> dict[str, Mask]:
    """What the first episode of each came to."""
    n = env.num_envs
    obs: Any = env.reset(seed=40)[0]
    agent = StandOracle(env.core, np.random.default_rng(0))
    agent.reset(range(n))
    first = {name: np.zeros(n, bool) for name in ("success", "taken")}
    over = np.zeros(n, bool)
    for _ in range(steps):
        action = agent.act(obs)
        if open_hand:
            action[:, 4] = -1
        obs, _, terminated, truncated, info = env.step(action)
        now = (terminated | truncated) & ~over
        for name, row in first.items() if now.any() else ():
            row[now] = info["final_info"][name][now]
        over |= now
        if over.all():
            break
        agent.reset(np.flatnonzero(terminated | truncated))
    return first


@pytest.mark.parametrize("tool", [pytest.param("tongs", marks=pytest.mark.slow), "tweezers"])
def test_it_takes_the_tool_off_and_lifts_with_it(tool: str) -> None:
    env = many(f"{tool.capitalize()}StandPick", 6, objects="all")
    done = run(env)
    assert done["taken"].sum() >= 5 and done["success"].sum() >= 5
    assert not (done["success"] & ~done["taken"]).any()


def test_with_an_open_hand_nothing_is_taken() -> None:
    env = many("TongsStandPick", 4)
    done = run(env, open_hand=True, steps=50)
    assert not done["taken"].any() and not env.core.monitor.taking.taken.any()


def test_the_environment_names_it() -> None:
    assert set(agents_of(many("TongsStandPick", 1))) == {"oracle"}
