"""The headline of a report: whether something was refused, or nothing more was tried."""

from typing import Any

import pytest

from habilis.llm_planner.report.page import verdict


@pytest.mark.parametrize("check", [None, {"ok": False, "reason": "it tipped", "seconds": 0.1}])
def test_a_spent_budget_reads_as_no_refusal(check: dict[str, Any] | None) -> None:
    """Of a search, or of a model whose last proposal failed in the copy."""
    planner = {"name": "search", "reason": "no plan: 40 rollouts are spent", "spent": True}
    found = verdict({"plan": None, "planner": planner, "verification": check})
    assert (found.kind, found.word) == ("bad", "Gave up")
    assert found.why == "The robot did not move. No plan: 40 rollouts are spent."
    done = verdict({"plan": None, "planner": planner | {"spent": False}, "verification": None})
    assert done.word == "Refused"
