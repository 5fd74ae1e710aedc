"""Endpoints that take less than is sent: what they reject is left out or put into words."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.llm_planner.fake_server import (
    Answer,
    Call,
    chat,
    error,
    serving,
)
from tests.llm_planner.model.questions import GOOD, client_of, request

from habilis.llm_planner.model.budget import BudgetedClient, SpendingLimits, estimate
from habilis.llm_planner.model.client import ClientError


def taking(*refused: str, status: int = 400, said: str = "") -> Callable[[Call], Answer]:
    """An endpoint that rejects questions with any of these fields, by name or by ``said``."""

    def answer(call: Call) -> Answer:
        found = next((name for name in refused if name in call.body), "")
        return error(status, said or f"unsupported parameter: {found}") if found else GOOD

    return answer


NAMED = ("temperature", "max_tokens", "max_completion_tokens")


@pytest.mark.parametrize("said", ["", "invalid request"], ids=["named", "unnamed"])
@pytest.mark.parametrize("refused", [*((name,) for name in NAMED), NAMED, ("response_format",)])
@pytest.mark.parametrize("status", [400, 422])
def test_what_an_endpoint_rejects_is_left_out_from_then_on(
    refused: tuple[str, ...], said: str, status: int
) -> None:
    with serving(taking(*refused, status=status, said=said)) as server:
        client = client_of(server)
        assert client.complete(request()).data == {"n": 3}
        first = len(server.calls)
        assert client.complete(request()).data == {"n": 3}
    assert first <= 5 and len(server.calls) == first + 1


def test_a_limit_goes_under_its_other_name_where_one_is_rejected() -> None:
    with serving(taking("max_tokens", said="Use 'max_completion_tokens' instead")) as server:
        assert client_of(server).complete(request(max_tokens=77)).data == {"n": 3}
    last = server.calls[-1].body
    assert last["max_completion_tokens"] == 77 and last["temperature"] == 0.0


@pytest.mark.parametrize("status", [404, 405, 500, 501, 502, 503])
def test_a_schema_that_an_endpoint_cannot_bear_is_put_into_words(status: int) -> None:
    with serving(taking("response_format", status=status, said="Not Found")) as server:
        client = client_of(server, retries=0)
        assert client.complete(request()).data == {"n": 3}
        assert "JSON Schema" in str(server.calls[-1].body["messages"])
        client.complete(request())
    assert len(server.calls) == 3


def test_an_endpoint_that_answers_nothing_to_a_schema_is_prompted() -> None:
    def answer(call: Call) -> Answer:
        return chat("") if "response_format" in call.body else GOOD

    with serving(answer) as server:
        assert client_of(server).complete(request()).data == {"n": 3}
    assert len(server.calls) == 3


def test_a_schema_that_is_taken_but_not_minded_is_put_into_words_for_the_repair() -> None:
    with serving(chat("three"), GOOD) as server:
        assert client_of(server).complete(request()).data == {"n": 3}
    assert "response_format" not in server.calls[1].body
    assert "JSON Schema" in str(server.calls[1].body["messages"])


def test_tokens_that_an_endpoint_does_not_count_are_estimated() -> None:
    bare = json.loads(GOOD.body)
    del bare["usage"]
    with serving(Answer(body=json.dumps(bare).encode())) as server:
        client = client_of(server, prices=(1.0, 1.0))
        reply = client.complete(request())
        budget = BudgetedClient(client, SpendingLimits(tokens=20))
        budget.complete(request())
        with pytest.raises(ClientError, match="of 20 tokens .estimated: the endpoint does not"):
            budget.complete(request())
    assert reply.estimated and reply.input_tokens > 20 and 3 <= reply.output_tokens <= 10
    assert reply.cost and budget.total.estimated == 1


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("", 0, 0), ("The quick brown fox jumps over the lazy dog.", 9, 13), ("1234567", 3, 3),
     ('{"a": [1, 2]}', 8, 12), ("\u6c34\u676f", 2, 2)],
)  # fmt: skip
def test_the_estimate_of_tokens_is_near(text: str, low: int, high: int) -> None:
    assert low <= estimate(text) <= high
