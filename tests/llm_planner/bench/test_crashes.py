"""One episode that breaks down, however it does, is an outcome; the others go on."""

import os

import pytest

from habilis.llm_planner.bench import run as runner
from habilis.llm_planner.bench import solve
from habilis.llm_planner.bench.creative import Case, Outcome, Setup
from habilis.llm_planner.model.client import ClientError
from habilis.policies.spread.executors import LocalProcesses

CASES = [Case("habilis/ReachMilk-v0", "2024", seed) for seed in (0, 1, 2)]
SETUP = Setup("search")


def _dying(case: Case, setup: Setup, client: object = None) -> Outcome:
    """In a process of its own: that of the second case dies."""
    if case.seed == 1:
        os._exit(11)
    return Outcome(case, True, False, "none")


@pytest.mark.parametrize(
    "error", [KeyError("x"), RecursionError("deep"), MemoryError(), ValueError("\x1b")]
)
def test_an_episode_that_raises_is_a_crash(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Outcome:
        raise error

    monkeypatch.setattr(solve, "_solve", fails)
    found = list(runner.run_cases(CASES[:2], SETUP))
    assert [o.error for o in found] == ["crash"] * 2 and not any(o.right for o in found)
    assert all(type(error).__name__ in o.reason and o.reason.isprintable() for o in found)


def test_a_model_that_gives_out_ends_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Outcome:
        raise ClientError("no credit", "rate")

    monkeypatch.setattr(solve, "_solve", fails)
    with pytest.raises(ClientError):
        list(runner.run_cases(CASES[:1], SETUP))


def test_a_process_that_dies_costs_one_episode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "solve_case", _dying)
    found = {o.case.seed: o for o in runner.run_cases(CASES, SETUP, executor=LocalProcesses(2))}
    assert {seed: o.error for seed, o in found.items()} == {0: "none", 1: "crash", 2: "none"}
    assert "its process died" in found[1].reason
