"""What a search leaves untried is told as given up for its budget, and never as no plan."""

from types import SimpleNamespace
from typing import Any

import pytest

from habilis.envs.sim.snapshot import Snapshot
from habilis.llm_planner.search import planner
from habilis.llm_planner.search.options import Option
from habilis.llm_planner.search.planner import SearchBudget, SearchResult, search

WAYS = [Option((), float(k), f"way {k}") for k in range(6)]


class Hopeless:
    """Copies of a world in which everything moves things, or fails, and nothing reaches a goal."""

    ended = "failed"

    def __init__(self, compiled: object) -> None:
        pass

    def holds(self, *_: object) -> bool:
        return False

    def senses(self, *_: object) -> None:
        return None

    def moved(self, *_: object) -> bool:
        return True

    def miss(self, *_: object) -> None:
        return None

    def rollout(self, states: Any, plans: Any) -> Any:
        came = SimpleNamespace(
            ok=False, goal=False, ended=self.ended, reason="", failed=None, simulated_seconds=1.0
        )
        return [came] * len(states), [Snapshot({}) for _ in states]


class Restless(Hopeless):
    ended = "done"


def found(monkeypatch: pytest.MonkeyPatch, world: type[Hopeless], **budget: Any) -> SearchResult:
    monkeypatch.setattr(planner, "Scratch", world)
    monkeypatch.setattr(planner, "options", lambda *_: WAYS)
    monkeypatch.setattr(planner, "considered", lambda *_: ())
    compiled: Any = SimpleNamespace(
        scene=SimpleNamespace(name="", instruction="", goal=None, tool=None)
    )
    return search(compiled, Snapshot({}), SearchBudget(**budget))


@pytest.mark.parametrize("attempts", [1, 2, 6])
def test_ways_that_share_what_failed_are_put_off_and_not_dropped(
    monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    came = found(monkeypatch, Hopeless, attempts=attempts)
    assert sorted(one.why for one in came.tried) == [way.why for way in WAYS]
    assert not came.spent and came.reason.startswith("no plan: nothing is left to try after 6")


def test_ways_that_would_go_on_beyond_the_depth_are_no_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    came = found(monkeypatch, Restless, depth=1, rollouts=40)
    assert came.spent and came.plan is None
    assert came.reason.startswith("given up for the budget: 6 of the ways might go on, in more")


def test_spent_rollouts_are_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    came = found(monkeypatch, Hopeless, rollouts=4)
    assert came.spent and came.reason.startswith("given up for the budget: 4 rollouts are spent")
