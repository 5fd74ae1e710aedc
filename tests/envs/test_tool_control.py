"""Actions that let a hand take up a tool and work with its tips."""

import numpy as np
import pytest

from habilis.envs.control.command import ToolGrip
from habilis.envs.core import Core
from habilis.envs.task import TICKS
from habilis.envs.tasks import load_task
from habilis.policies.agents.acts import acts_in
from habilis.policies.skills import make_skill
from habilis.policies.skills.executor import Runner
from habilis.policies.skills.senses import Senses

BEADS = {"scene": "beads_in_vials", "control": "tool"}


def started(n: int) -> Core:
    core = Core(load_task("habilis/Scene-v0", **BEADS), n)
    core.reset(np.arange(n), [np.random.default_rng(i) for i in range(n)])
    return core


def test_skills_take_tweezers_off_their_stand_through_the_actions_of_an_environment() -> None:
    core = started(2)
    assert core.action_space.shape == (9,)
    acts = acts_in(core)
    last, bodies = acts.standing(), core.world.bodies
    runners = [
        Runner([make_skill("take_tool", {"tool": "tweezers"})], Senses(core.scene, bodies, i))
        for i in range(2)
    ]
    for _ in range(90):  # 9 s
        seen = acts.seen()
        for i, runner in enumerate(runners):
            runner.senses.update(seen)
            for _ in range(TICKS):
                last[i] = runner.step(last[i])
        core.step(acts.actions(last))
    assert all(runner.steps[-1].result.ok for runner in runners)
    assert core.world.grips.held.all()


def test_a_saved_episode_goes_on_closing_bit_for_bit() -> None:
    core, other = started(1), started(1)
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (8, 1, 9))
    for action in actions[:4]:
        core.step(action)
    other.restore(core.save())
    for action in actions[4:]:
        core.step(action)
        other.step(action)
        np.testing.assert_array_equal(core.world.sim.states(), other.world.sim.states())


def test_a_hand_is_shut_by_less_than_the_greatest_number() -> None:
    core = started(1)
    _, which = core.control.numbers(ToolGrip("tweezers", 0, 1.0))
    for closed in (-1.0, 0.95):
        core.step(np.array([[0, 0, 0, 0, 0, 0, 1, closed, which]]))
    assert core.world.grips.held.all() and core.world.grips.closure[0] == 1.0


def test_a_robot_without_fingers_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="robot 'fr3' can take none of 'reach_milk_2023'"):
        Core(load_task("habilis/ReachMilk-v0", control="tool"), 1)


def test_a_family_of_tools_in_the_hand_acts_by_control_tool_unless_told_otherwise() -> None:
    task = "habilis/BeadsInVials-v0"
    assert load_task(task).control == "tool" and load_task(task, control="ee6").control == "ee6"
    with pytest.raises(ValueError, match=r"robot 'fr3\+panda_hand' can take none of"):
        Core(load_task(task, robot="fr3+panda_hand"), 1)
