"""Limits on what clients spend, and the accounts that are kept of it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.llm_planner.fake_server import FakeServer, chat, error, serving
from tests.llm_planner.model.questions import GOOD, SCHEMA, client_of, request

from habilis.llm_planner.model.budget import BudgetedClient, SpendingLimits, Usage
from habilis.llm_planner.model.client import ClientError, Request


def budgeted(server: FakeServer, limits: SpendingLimits, **options: Any) -> BudgetedClient:
    return BudgetedClient(client_of(server, **options), limits)


@pytest.mark.parametrize(
    ("limits", "allowed", "said"),
    [
        (SpendingLimits(calls=2), 2, "2 of 2 calls"),
        (SpendingLimits(calls=0), 0, "0 of 0 calls"),
        (SpendingLimits(tokens=40), 3, "45 of 40 tokens"),
        (SpendingLimits(cost=0.03), 2, r"\$0.0300 of \$0.0300"),
    ],
)
def test_nothing_is_sent_beyond_a_limit(
    server: FakeServer, limits: SpendingLimits, allowed: int, said: str
) -> None:
    budget = budgeted(server, limits, prices=(1000.0, 1000.0))  # 1.5 cents a call
    for _ in range(allowed):
        budget.complete(request())
    with pytest.raises(ClientError, match=f"budget used up before stage 'coder': {said}") as caught:
        budget.complete(request())
    assert (caught.value.kind, len(server.calls)) == ("budget", allowed)


def test_a_money_limit_wants_a_price(server: FakeServer) -> None:
    budget = budgeted(server, SpendingLimits(cost=1.0))
    budget.complete(request())
    with pytest.raises(ClientError, match="price of .* is not known"):
        budget.complete(request())
    assert len(server.calls) == 1


def test_accounts_are_kept_by_stage() -> None:
    script = [GOOD, chat("no"), GOOD, error(401, "no"), chat("no")]
    with serving(*script) as server:
        budget = budgeted(server, SpendingLimits(), retries=0, repairs=1, prices=(1.0, 2.0))
        budget.complete(Request("planner", request().messages, SCHEMA))
        budget.complete(request())
        for kind in ("auth", "malformed"):
            with pytest.raises(ClientError) as caught:
                budget.complete(request())
            assert caught.value.kind == kind
    assert list(budget.usage) == ["planner", "coder"]
    coder = budget.usage["coder"]
    assert (coder.calls, coder.failed, coder.attempts) == (3, 2, 5)
    assert (coder.input_tokens, coder.output_tokens, coder.tokens) == (40, 20, 60)
    assert coder.cost == pytest.approx(80e-6) and coder.unpriced == 0
    assert (budget.total.calls, budget.total.tokens) == (4, 75)
    assert (budget.paid.calls, budget.paid.tokens) == (4, 75)
    assert Usage() + coder == coder


def test_a_limit_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="limit of cost must be >= 0, got nan"):
        SpendingLimits(cost=float("nan"))


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="limit of tokens must be >= 0, got -1"):
        SpendingLimits(tokens=-1)
