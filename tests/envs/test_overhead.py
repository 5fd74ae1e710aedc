"""A step of an environment makes few calls beside physics, and no more for more episodes."""

import sys
from typing import Any

import numpy as np
import pytest

from habilis.envs.core import Core
from habilis.envs.tasks import load_task

STEPS = 20


def calls(core: Core) -> float:
    """Functions, of Python and of C, that a step and its observation call on average."""
    rng = np.random.default_rng(0)
    core.reset(np.arange(core.n), [np.random.default_rng(i) for i in range(core.n)])
    actions = rng.uniform(-0.5, 0.5, (STEPS + 2, core.n, *core.action_space.shape))
    count = 0

    def note(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    for action in actions[:2]:  # what is computed once
        core.step(action)
        core.observe()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for action in actions[2:]:
            core.step(action)
            core.observe()
    finally:
        sys.setprofile(before)
    return count / STEPS


# A tenth to a quarter above what is counted; it was 564, 1874 and 1192 before anybody counted.
@pytest.mark.parametrize(
    ("task", "most"),
    [
        ("habilis/ReachMilk-v0", 540),
        ("habilis/PressButton-v0", 1100),
        ("habilis/TweezersAperture-v0", 950),
    ],
)
def test_a_step_makes_few_calls(task: str, most: int) -> None:
    one = calls(Core(load_task(task), 1))
    assert one < most, f"{one:.0f} calls a step"


def test_more_episodes_take_no_more_calls() -> None:
    task = load_task("habilis/ReachMilk-v0")
    one, eight = (calls(Core(task, n)) for n in (1, 8))
    assert eight < 1.1 * one, f"{eight:.0f} calls a step of 8 episodes, {one:.0f} of one"
