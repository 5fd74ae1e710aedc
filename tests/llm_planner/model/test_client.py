"""Clients against a scripted endpoint on loopback: every way to fail, and to recover."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import re
import socket
import sys
import time
from typing import Any

import numpy as np
import pytest
from tests.llm_planner.fake_server import (
    Answer,
    FakeServer,
    anthropic,
    chat,
    completion,
    error,
    events,
    serving,
)
from tests.llm_planner.model.questions import GOOD, KEY, SCHEMA, SLOW, client_of, request

from habilis.llm_planner.model.budget import estimate_request
from habilis.llm_planner.model.client import Client, ClientError, Reply, ShownPicture
from habilis.llm_planner.model.make import make_client
from habilis.llm_planner.model.schema import plain_types

PNG = b"\x89PNG\r\n\x1a\n of a scene"

# ---- what succeeds


def test_a_schema_goes_along_and_the_value_comes_back() -> None:
    with serving(GOOD) as server:
        reply = client_of(server).complete(request(max_tokens=77, temperature=0.3))
    assert (reply.data, reply.text, reply.model) == ({"n": 3}, '{"n": 3}', "fake-1")
    assert (reply.input_tokens, reply.output_tokens, reply.attempts) == (10, 5, 1)
    assert reply.cost is None and not reply.cached and reply.seconds > 0
    body = server.calls[0].body
    assert [m["role"] for m in body["messages"]] == ["system", "user"]
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("m", 77, 0.3)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA


def test_pictures_go_along_after_the_text() -> None:
    asked = request()
    shown = dataclasses.replace(asked.messages[-1], pictures=(ShownPicture("front", PNG),))
    asked = dataclasses.replace(asked, messages=(*asked.messages[:-1], shown))
    with serving(GOOD) as server:
        client_of(server).complete(asked)
    text, picture = server.calls[0].body["messages"][1]["content"]
    assert text == {"type": "text", "text": asked.messages[-1].content}
    told = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert picture["type"] == "image_url" and picture["image_url"]["url"] == told
    assert estimate_request(asked) > estimate_request(request()) + 400
    with serving(error(400, "this model does not support image input")) as server:
        with pytest.raises(ClientError, match="leave pictures out for a model that takes none"):
            client_of(server).complete(asked)
    with serving(GOOD) as server:  # whose schema is written into that turn
        client_of(server, structured="prompted").complete(asked)
    content = server.calls[0].body["messages"][1]["content"]
    assert "JSON Schema" in content[0]["text"] and content[1] == picture


def test_without_a_schema_the_text_comes_back_as_it_is() -> None:
    with serving(chat("Push\nit.")) as server:
        reply = client_of(server).complete(request(None))
    assert (reply.text, reply.data) == ("Push\nit.", None)
    assert "response_format" not in server.calls[0].body


@pytest.mark.parametrize(
    "script",
    [
        [error(429, "slow down"), GOOD],
        [error(429, "slow down", Retry_After="1"), GOOD],
        [error(500, "boom"), error(503, "busy"), GOOD],
        [Answer(body=GOOD.body, cut=30), GOOD],
        [Answer(body=GOOD.body, cut=0), GOOD],
        [Answer(body=b"<html>"), GOOD],
        [completion([]), GOOD],
        [chat(""), GOOD],
        [Answer(body=GOOD.body, delay=SLOW), GOOD],
    ],
    ids=["429", "retry-after", "500", "cut", "closed", "html", "no-choices", "empty", "slow"],
)
def test_a_failure_that_passes_is_tried_again(script: list[Answer]) -> None:
    with serving(*script) as server:
        timeout = 0.5 if script[0].delay else 30.0
        reply = client_of(server, timeout=timeout).complete(request())
    assert reply.data == {"n": 3}
    assert reply.attempts == len(server.calls) == len(script)
    if script[0].headers:
        assert reply.seconds >= 1  # as long as it was asked to wait


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('{"n": 3', "not JSON"),
        ('{"n": "three"}', "answer.n: integer wanted, got"),
        ('{"m": 3}', "'n' is missing"),
        ("The answer is three.", "not JSON"),
        ('{"n": NaN}', "NaN is not a JSON number"),
    ],
)
def test_an_answer_that_does_not_fit_goes_back_with_what_is_wrong(bad: str, said: str) -> None:
    with serving(chat(bad), chat('So:\n```json\n{"n": 4}\n```')) as server:
        reply = client_of(server).complete(request())
    assert reply.data == {"n": 4}
    assert (reply.input_tokens, reply.attempts, len(server.calls)) == (20, 2, 2)
    *_, before, again = server.calls[1].body["messages"]
    assert before == {"role": "assistant", "content": bad}
    assert said in again["content"]


def test_an_answer_beyond_all_use_does_not_go_back_whole() -> None:
    with serving(chat("[" * 90_000), GOOD) as server:
        assert client_of(server).complete(request()).data == {"n": 3}
    *_, before, _ = server.calls[1].body["messages"]
    assert "[70000 letters left out]" in before["content"] and len(before["content"]) < 21_000


def test_an_endpoint_without_schemas_is_prompted_from_then_on() -> None:
    with serving(error(400, "response_format is not supported"), GOOD) as server:
        client = client_of(server)
        assert client.complete(request()).data == {"n": 3}
        assert client.complete(request()).data == {"n": 3}
    first, second, third = (c.body for c in server.calls)
    assert "response_format" in first
    assert "response_format" not in second and "response_format" not in third
    assert '"additionalProperties": false' in second["messages"][1]["content"]


def test_a_schema_that_a_provider_cannot_express_is_prompted() -> None:
    either = {"type": "object", "properties": {"n": {"type": ["integer", "null"]}}}
    loose = {"type": "object", "properties": {"n": {}}}  # any value: not in Anthropic's dialect
    with serving(anthropic('{"n": 3}')) as server:
        spec = f"anthropic:claude-sonnet-4-6@{server.url.removesuffix('/v1')}"
        client = make_client(spec)
        for schema in (either, loose):
            assert client.complete(request(schema)).data == {"n": 3}
        with pytest.raises(ValueError, match="cannot be handed this schema"):
            make_client(spec, structured="native").complete(request(loose))
    first, second = (c.body for c in server.calls)
    shape = first["output_config"]["format"]["schema"]["properties"]["n"]
    assert shape == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert "output_config" not in second and "JSON Schema" in str(second["messages"])


def test_lists_of_types_are_spelled_out() -> None:
    schema = {
        "type": ["object"],
        "properties": {"type": {"type": ["string", "null"], "minLength": 2, "title": "T"}},
        "required": ["type"],
    }
    alternatives = [{"minLength": 2, "type": "string"}, {"minLength": 2, "type": "null"}]
    assert plain_types(schema) == {
        "type": "object",
        "properties": {"type": {"title": "T", "anyOf": alternatives}},
        "required": ["type"],
    }


def test_streams_are_put_together() -> None:
    with serving(events('{"n"'), events('{"n"', finish=None), events('{"n"', ": 3}")) as server:
        cut = Answer(body=events('{"n"').body, headers=events().headers, cut=60)
        server.push_front(cut)
        client = client_of(server, stream=True, retries=3, repairs=1)
        reply = client.complete(request())
    assert reply.data == {"n": 3}
    assert [c.body["stream"] for c in server.calls] == [True] * 4


def test_anthropic_is_spoken_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABILIS_LLM_API_KEY", KEY)
    overloaded = b'{"type": "error", "error": {"type": "overloaded_error", "message": "full"}}'
    with serving(Answer(529, overloaded), anthropic('{"n": 3}')) as server:
        url = server.url.removesuffix("/v1")
        reply = make_client(f"anthropic:claude-x@{url}", backoff=0.001).complete(request())
    assert (reply.data, reply.model, reply.input_tokens) == ({"n": 3}, "claude-fake", 7)
    assert [c.path for c in server.calls] == ["/v1/messages"] * 2
    assert server.calls[0].body["system"] == "Be brief."


def test_a_client_works_inside_a_running_event_loop() -> None:
    async def inside(client: Client) -> Reply:
        return client.complete(request())

    with serving(GOOD) as server:
        assert asyncio.run(inside(client_of(server))).data == {"n": 3}


# ---- what fails


def wrapped(found: object) -> Answer:
    """An error under a status of success."""
    return Answer(body=json.dumps({"error": found}).encode())


FAILURES = [
    ("auth", [error(401, "Incorrect API key")], 1, "key is missing or refused (HTTP 401"),
    ("auth", [error(403, "not yours")], 1, "not yours"),
    ("missing", [error(404, "no model m", "model_not_found")], 1, "no such model"),
    ("rate", [error(429, "slow down")], 3, "too many requests (HTTP 429: slow down)"),
    ("rate", [error(429, "later", Retry_After="7200")], 1, "asks to wait 7200 s"),
    ("rate", [error(429, "pay", "insufficient_quota")], 1, "no quota or credit left"),
    ("server", [error(500, "boom")], 3, "HTTP 500: boom"),
    ("server", [error(503, "busy"), error(502, "gone"), error(500, "boom")], 3, "boom"),
    ("server", [error(400, "too long", "context_length_exceeded")], 1, "too long"),
    ("server", [error(422, "bad"), error(422, "worse")], 4, "rejects the request (HTTP 422: worse"),
    ("server", [error(501, "no such thing")], 2, "the endpoint cannot do this (HTTP 501"),
    ("missing", [Answer(404, b"Not Found")], 2, "no such model or address (HTTP 404: Not Found"),
    ("refusal", [chat(None, refusal="I cannot help.")], 1, "I cannot help."),
    ("refusal", [chat("", "content_filter")], 1, "declines stage 'coder'"),
    ("timeout", [Answer(body=GOOD.body, delay=SLOW)], 3, "no answer within 0.5 s"),
    ("interrupted", [Answer(body=GOOD.body, cut=30)], 3, "broke off"),
    ("malformed", [chat('{"n": 3')], 3, "'coder' does not fit: not JSON"),
    ("malformed", [chat('{"n": 1.5}')], 3, "answer.n: integer wanted, got '1.5'"),
    ("length", [chat('{"n": 3', "length")], 1, "longer than max_tokens=2000"),
    ("length", [chat("", "length")], 1, "give it more (--answer-tokens)"),
    ("protocol", [completion([])], 3, "not a reply of this protocol"),
    ("protocol", [Answer(body=b"{]")], 3, "the reply is cut off, or no JSON ({])"),
    ("protocol", [Answer(body=GOOD.body[:30])], 3, "the reply is cut off, or no JSON"),
    ("protocol", [Answer(body=b"[1]")], 3, "not a reply of this protocol ([1])"),
    ("protocol", [Answer(body=b"")], 3, "an empty reply came"),
    ("protocol", [Answer(body=b"<!doctype html><p>Welcome")], 2, "a web page came instead"),
    ("protocol", [chat(None)], 3, "the answer is empty"),
    ("server", [wrapped({"message": "all busy"})], 3, "answers with an error (all busy)"),
    ("server", [wrapped("loading")], 3, "answers with an error (loading)"),
    ("rate", [wrapped({"message": "slow down", "code": 429})], 3, "too many requests (slow down)"),
    ("auth", [wrapped({"message": "bad key", "code": 401})], 1, "set HABILIS_LLM_API_KEY"),
]


@pytest.mark.parametrize(("kind", "script", "calls", "said"), FAILURES)
def test_each_failure_ends_in_one_clear_message(
    kind: str, script: list[Answer], calls: int, said: str
) -> None:
    with serving(*script) as server:
        with pytest.raises(ClientError) as caught:
            timeout = 0.5 if script[0].delay else 30.0
            client_of(server, timeout=timeout).complete(request())
    message = str(caught.value)
    assert (caught.value.kind, len(server.calls)) == (kind, calls), message
    assert said in message and message.startswith(f"openai:m@{server.url}: ")
    assert "\n" not in message and len(message) < 400
    assert caught.value.spent is not None and caught.value.spent.attempts == calls
    if "does not fit" in said:
        assert caught.value.spent.text.startswith('{"n": ')  # what was answered, for the report


def test_streams_cut_off_every_time() -> None:
    with serving(events('{"n"', finish=None)) as server:
        with pytest.raises(ClientError, match="broke off.*after 3 attempts") as caught:
            client_of(server, stream=True).complete(request())
    assert (caught.value.kind, len(server.calls)) == ("interrupted", 3)


def test_nothing_listens_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = make_client(f"openai:m@http://127.0.0.1:{port}/v1", backoff=0.001)
    with pytest.raises(ClientError, match="nothing answers there.*after 2 attempts") as caught:
        client.complete(request())
    assert caught.value.kind == "unreachable"


def test_the_deadline_holds_over_all_attempts() -> None:
    with serving(Answer(body=GOOD.body, delay=SLOW)) as server:
        start = time.monotonic()
        with pytest.raises(ClientError) as caught:
            client_of(server, timeout=0.5, deadline=0.8, retries=9).complete(request())
    assert caught.value.kind == "timeout"
    assert time.monotonic() - start < SLOW
    assert len(server.calls) <= 2


def test_the_waits_grow_and_come_from_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("habilis.llm_planner.model.retry.time.sleep", waits.append)
    drawn = np.random.default_rng(5).uniform(0.5, 1.0, size=3)
    with serving(error(500, "boom")) as server:
        client = client_of(server, backoff=0.4, retries=3, rng=np.random.default_rng(5))
        with pytest.raises(ClientError):
            client.complete(request())
    ours = [w for w in waits if w]  # the server's thread sleeps for nothing
    np.testing.assert_allclose(ours, [0.4 * drawn[0], 0.8 * drawn[1], 1.6 * drawn[2]])


# ---- keys and specifications


def test_the_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-service")
    with serving(error(401, f"bad key {KEY}")) as server:
        client = client_of(server, key_env="MY_KEY")
        with pytest.raises(ClientError) as caught:
            client.complete(request())
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"
    assert "bad key [key]" in str(caught.value)
    assert KEY not in str(caught.value) + repr(caught.value.spent) + client.name + repr(client)


def test_a_providers_key_is_not_sent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with serving(GOOD, anthropic('{"n": 3}')) as server:
        client_of(server).complete(request())
        make_client(f"anthropic:x@{server.url.removesuffix('/v1')}").complete(request())
    assert KEY not in str([dict(c.headers) for c in server.calls])


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("opnai:gpt", "unknown model 'opnai:gpt'; did you mean 'openai'? known: openai:MODEL, "),
        ("gpt-4o", "unknown model 'gpt-4o'; known: "),
        ("", "unknown model ''"),
        ("openai:", "write openai:MODEL"),
        ("openai:@http://h/v1", "is not complete"),
        ("openai:m@localhost:8000", "write openai:MODEL@http://host:port/v1"),
        ("openai:m@http://u:pass@h/v1", "keys belong in the environment"),
        ("file:", "write file:FOLDER"),
        ("replay:", "write replay:FILE"),
        ("record:a.jsonl", "write record:FILE:openai:MODEL"),
        ("record:a.jsonl:replay:b.jsonl", "no provenance of its own"),
        ("record:a.jsonl:file:folder", "say who answers"),
        ("openai:m@http://h:99999/v1", "Port out of range"),
        ("openai:m@http://h:x/v1", "is no address"),
        ("openai:m@http://:80/v1", "it has no host"),
        ("openai:m@http://[::1/v1", "is no address"),
    ],
)
def test_a_wrong_specification_is_named(spec: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        make_client(spec)
    assert said in str(caught.value) and "pass" not in str(caught.value).replace("passed", "")


def test_options_are_checked() -> None:
    with pytest.raises(TypeError, match="unknown client option 'timout'; did you mean 'timeout'"):
        make_client("openai:m", timout=3)
    with pytest.raises(ValueError, match="deadline must be > 0, got -1"):
        make_client("openai:m", deadline=-1)
    for prices in ((-1.0, 1.0), (1.0, float("nan")), (float("inf"), 0.0)):
        with pytest.raises(ValueError, match="prices must be >= 0"):
            make_client("openai:m", prices=prices)
    with pytest.raises(ValueError, match="unknown structured mode 'nativ'; did you mean 'native'"):
        make_client("openai:m", structured="nativ")


@pytest.mark.parametrize(
    ("spec", "name"), [("openai:gpt", "OPENAI_API_KEY"), ("anthropic:claude", "ANTHROPIC_API_KEY")]
)
def test_a_missing_key_is_named_before_anything_is_sent(spec: str, name: str) -> None:
    with pytest.raises(ClientError, match=f"no API key for '{spec}': set {name}") as caught:
        make_client(spec)
    assert caught.value.kind == "auth"


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_ai.models.openai", None)
    with pytest.raises(ImportError, match=r'pip install "habilis\[llm\]"'):
        make_client("openai:m@http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"items": {"requird": []}}, "schema.items: unknown keyword 'requird'; did you mean 'req"),
        ({"properties": {"a": {"type": "float"}}}, "schema.properties.a: unknown type 'float'"),
        ({"anyOf": [{"$ref": "#/$defs/x"}]}, "schema $ref '#/$defs/x' leads nowhere"),
        ({"items": 3}, "schema.items: an object or a bool is wanted, got 3"),
    ],
)
def test_a_schema_that_cannot_be_checked_is_refused_before_anything_is_sent(
    server: FakeServer, schema: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        client_of(server).complete(request(schema))
    assert not server.calls
