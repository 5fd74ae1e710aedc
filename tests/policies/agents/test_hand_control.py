"""PI control of held tools, by opening and by force."""

from __future__ import annotations

import numpy as np

from habilis.assets.grasps import load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.tools import make_tool
from habilis.assets.tools.probe import Probe
from habilis.envs.hand.holding import Holding
from habilis.envs.hand.synergy import Synergies
from habilis.policies.agents.hand_control import OpeningPI, SynergyControl

N, DT = 6, 0.032


def held(tool: str, probe: Probe | None = None) -> tuple[Holding, Synergies]:
    """N hands in the best keyframes, without gravity's turning on: as they were stored."""
    compiled, grasps = compile_hand("leap", make_tool(tool), probe), load_grasps("leap", tool)
    world = Holding(compiled, N)
    world.reset(np.arange(N), grasps.grasps[:N])
    return world, Synergies(grasps.grasps[:N])


def test_openings_come_to_their_goals_by_either_way_of_calling() -> None:
    world, synergies = held("pliers")
    other, _ = held("pliers")
    stroke = world.held.tool.joint.stroke
    pi = OpeningPI(synergies, stroke, world.dt)
    control = SynergyControl(other, load_grasps("leap", "pliers").grasps[:N])
    for share in (0.3, 0.7):
        goal = np.full(N, share * stroke)
        for _ in range(90):
            u = pi.act(world.opening, goal)
            world.step(world.held.hand.command(synergies.joints(u)))
            other.step(control.act(other, goal))
        assert np.all(np.abs(world.opening - goal) < 0.05 * stroke)
        np.testing.assert_array_equal(other.opening, world.opening)


def test_commands_stay_within_the_limits_and_come_back_at_once() -> None:
    """What cannot be reached must not wind the integral up."""
    grasps = load_grasps("leap", "tweezers").grasps[:N]
    synergies, tool = Synergies(grasps), make_tool("tweezers")
    low, high = synergies.limits.T
    pi, far = OpeningPI(synergies, tool.joint.stroke, DT), np.full(N, 10.0)
    for _ in range(300):
        u = pi.act(np.zeros(N), far)
    np.testing.assert_allclose(u, high, rtol=0.01)
    back = 0
    while np.any(u > high - 0.2 * (high - low)) and back < 100:
        u, back = pi.act(far, np.zeros(N)), back + 1
    assert back < 15
    for _ in range(300):
        u = pi.act(far, np.zeros(N))
    np.testing.assert_allclose(u, low, rtol=0.01, atol=1e-6)


def test_a_hand_that_begins_again_forgets_and_the_others_do_not() -> None:
    grasps = load_grasps("leap", "tweezers").grasps[:N]
    synergies = Synergies(grasps)
    pi = OpeningPI(synergies, make_tool("tweezers").joint.stroke, DT)
    goal = np.full(N, 0.2)
    for _ in range(20):
        before = pi.act(np.full(N, 0.15), goal)
    pi.reset([2])
    np.testing.assert_array_equal(pi.u[2], synergies.hold[2])
    np.testing.assert_array_equal(np.delete(pi.u, 2), np.delete(before, 2))
    fresh = OpeningPI(synergies, make_tool("tweezers").joint.stroke, DT)
    now = np.full(N, 0.15)
    assert pi.act(now, goal)[2] == fresh.act(now, goal)[2]
