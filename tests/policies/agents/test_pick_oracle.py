"""The scripted form of picking: it lifts, gently if told to, and not without closing the tool."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.envs.made import many

from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.agents.pick_oracle import PickOracle

Final = dict[str, npt.NDArray[Any]]


def run(env: ToolVectorEnv, noise: float = 0.0, *, shut: bool = True, steps: int = 94) -> Final:
    """The end of the first episode of each; with ``shut`` off the tool is kept open."""
    n = env.num_envs
    obs, _ = env.reset(seed=0)
    agent = PickOracle(env.core, np.random.default_rng(0), noise)
    agent.reset(range(n))
    first: Final = {}
    over = np.zeros(n, bool)
    for _ in range(steps):
        action = agent.act(obs)
        if not shut:
            action[:, 3] = 1
        obs, _, terminated, truncated, info = env.step(action)
        now = (terminated | truncated) & ~over
        for name in ("success", "peak_force", "crushed") if now.any() else ():
            values = info["final_info"][name]
            first.setdefault(name, np.zeros(n, values.dtype))[now] = values[now]
        over |= now
        if now.any():
            agent.reset(np.flatnonzero(terminated | truncated))
        if over.all():
            break
    return first or {"success": np.zeros(n, bool)}


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["tweezers", "tongs", "pliers", "clothespin", "scissors"])
def test_it_lifts_with_every_tool(tool: str) -> None:
    env = many(f"{tool.capitalize()}Pick", 10, objects="all")
    assert run(env)["success"].sum() >= 8


def test_a_gentle_grip_lifts_with_less_force() -> None:
    hard, soft = (run(many("TongsPick", 12, objects="all", gentle=g)) for g in (False, True))
    assert soft["success"].sum() >= 11
    assert np.median(soft["peak_force"]) < 0.6 * np.median(hard["peak_force"])
    assert soft["crushed"].sum() < hard["crushed"].sum()


def test_with_the_tool_kept_open_nothing_is_lifted() -> None:
    env = many("TongsPick", 10, objects="all")
    assert not run(env, shut=False, steps=50)["success"].any()


def test_errors_of_the_object_s_place_cost_success() -> None:
    env = many("TongsPick", 20, objects=("sphere_14", "sphere_10"))
    assert run(env, noise=0.020, steps=40)["success"].sum() < 8
