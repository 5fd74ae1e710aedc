"""Tools do what they are for, and only if they do it: the oracle, and what must fail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe
from habilis.envs.function import FUNCTIONS, FunctionResult, Maker
from habilis.envs.function.stage import reasons
from habilis.envs.hand.holding import Holding
from habilis.envs.hand.synergy import Synergies

N = 8


class Integral:
    """As little as works: the command follows the error. Goals beyond ``most`` are not obeyed."""

    most = 1.0  # of the stroke

    def __init__(self, world: Holding, grasps: Sequence[GraspKeyframe]) -> None:
        self.synergies = Synergies(grasps)
        self.u, self.stroke = self.synergies.hold.copy(), world.held.tool.joint.stroke

    def act(self, world: Holding, goal: Array) -> Array:
        """Targets (N, a)."""
        low, high = self.synergies.limits.T
        pressed = 0.6 * self.stroke if world.held.tool.joint.closed else 0.0
        error = np.minimum(goal, self.most * self.stroke) - world.opening
        self.u = np.clip(self.u + 0.08 * error, low, high + pressed)
        return world.held.hand.command(self.synergies.joints(self.u))


class NeverCloses(Integral):
    """Keeps jaws that close on squeezing open."""

    most = 0.1


class Idle:
    """Leaves the fingers where they are."""

    def __init__(self, world: Holding, grasps: Sequence[GraspKeyframe]) -> None:
        self.targets = world.ctrl.copy()

    def act(self, world: Holding, goal: Array) -> Array:
        """Targets (N, a)."""
        return self.targets


def run(tool: str, make: Maker = Integral, n: int = N, **options: object) -> FunctionResult:
    return FUNCTIONS[tool]("medium", n, make, np.random.default_rng(1), **options)


@pytest.mark.parametrize("tool", FUNCTIONS)
def test_a_tool_that_is_worked_does_what_it_is_for(tool: str) -> None:
    result = run(tool)
    assert result.success.sum() >= N - 2, result.failures()
    assert result.tool == tool and len(result.reasons) == N
    assert all(row.shape == (N,) for row in result.measures.values())


def test_the_same_seed_gives_the_same_runs() -> None:
    first, second = run("syringe", n=3), run("syringe", n=3)
    for name, row in first.measures.items():
        np.testing.assert_array_equal(row, second.measures[name])


def test_scissors_that_do_not_close_sever_nothing() -> None:
    result = run("scissors", NeverCloses)
    assert result.failures() == {"not severed": N}


def test_a_push_on_the_strip_that_is_not_the_blades_does_not_sever_it() -> None:
    def push(stage: str, world: Holding) -> None:
        if stage == "cut":
            body = world.model.body("strip_base").id
            world.sim.bind("xfrc_applied")[:, body, 1] = 30.0

    assert run("scissors", NeverCloses, watch=push).failures() == {"not severed": N}


def test_one_blade_alone_does_not_sever_it() -> None:
    def slip_out(stage: str, world: Holding) -> None:
        """What the moving blade should press on meets nothing."""
        model = world.model
        ends = np.stack((model.pair_geom1, model.pair_geom2))
        missed = (ends == int(model.geom("strip_moving").id)).any(axis=0)
        world.sim.expand("pair_margin")[:, missed] = -1.0

    assert run("scissors", watch=slip_out).failures() == {"not severed": N}


def test_pliers_that_do_not_grip_lose_the_rod() -> None:
    result = run("pliers", NeverCloses)
    assert not result.success.any() and "rod slipped" in result.failures()


def test_a_clothespin_without_a_spring_falls() -> None:
    def tire(stage: str, world: Holding) -> None:
        if stage == "close":
            own = world.gravity.copy()
            world.vary(np.arange(world.n), own, springs=np.zeros(world.n))

    result = run("clothespin", watch=tire)
    assert not result.success.any(), result.measures


def test_a_syringe_that_is_not_pressed_gives_nothing() -> None:
    result = run("syringe", Idle)
    assert set(result.failures()) == {"too little"}
    assert np.all(result.measures["out_ml"] < 0.05 * result.measures["dose_ml"].min())


def test_the_first_reason_counts() -> None:
    yes, no = np.array([True, True, False]), np.array([False, True, False])
    assert reasons((no, "b"), (yes, "a")) == ("a", "b", "")
