"""Replies and errors as common servers write them, which is not always as the protocol says."""

from __future__ import annotations

import dataclasses
import gzip
import json
from typing import Any

import pytest
from tests.llm_planner.fake_server import Answer, Call, chat, error, events, serving
from tests.llm_planner.model.questions import GOOD, client_of, request
from tests.llm_planner.model.test_rejected import taking

from habilis.llm_planner.model.client import ClientError
from habilis.llm_planner.model.make import make_client
from habilis.llm_planner.model.provider import ProviderClient, _listen, _model


def reply(**changes: Any) -> Answer:
    """A good reply with other fields, or without those that are ``"left out"``."""
    body = json.loads(GOOD.body) | changes
    return Answer(body=json.dumps({k: v for k, v in body.items() if v != "left out"}).encode())


def spoken(**changes: Any) -> Answer:
    """A good reply with other fields in its message."""
    message = {"role": "assistant", "content": '{"n": 3}', **changes}
    return reply(choices=[{"index": 0, "message": message, "finish_reason": "stop"}])


def body(data: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(data).encode())


DRAFTED = '[1]? {"n": 1}. No: {"n": 3}'
TEXT = {"content": '{"n": 3}'}


@pytest.mark.parametrize(
    "answer",
    [
        *(reply(**{name: "left out"}) for name in ("id", "object", "created", "model", "usage")),
        *(reply(**{name: None}) for name in ("id", "object", "created", "model", "usage")),
        reply(id=7, created=1.5),
        reply(created="2026-01-01"),
        reply(choices=[{"message": TEXT}]),
        reply(choices=[{"message": TEXT, "finish_reason": ""}]),
        reply(choices=[{"message": TEXT, "finish_reason": "eos", "logprobs": []}]),
        spoken(annotations=[{"type": "file"}]),
        spoken(content={"n": 3}),
        spoken(
            content=[{"type": "thinking", "thinking": []}, {"type": "text", "text": '{"n": 3}'}]
        ),
        spoken(reasoning_content='a draft: {"n": 1}'),
        spoken(tool_calls=[], function_call=None),
        spoken(
            content=None,
            tool_calls=[{"function": {"name": "answer", "arguments": '{"n": 3}'}}],
        ),
        reply(usage={"prompt_tokens": 9, "prompt_tokens_details": [], "total_tokens": "?"}),
        reply(usage={"completion_tokens_details": {"reasoning_tokens": "many", "x": None}}),
    ],
)
def test_what_stands_beside_the_answer_may_be_missing_or_odd(answer: Answer) -> None:
    with serving(answer) as server:
        found = client_of(server).complete(request())
    assert (found.data, len(server.calls)) == ({"n": 3}, 1) and found.model in ("fake-1", "m")


@pytest.mark.parametrize(
    ("usage", "read", "written", "estimated"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 5}, 10, 5, False),
        ({"prompt_tokens": "10", "completion_tokens": "5"}, 10, 5, False),
        ({"completion_tokens": 5}, 65, 5, True),
        ({"prompt_tokens": 10, "completion_tokens": 0}, 10, 7, True),
        ({"prompt_tokens": None, "completion_tokens": None}, 65, 7, True),
        ({"prompt_tokens": -1, "completion_tokens": -1}, 65, 7, True),
        ({}, 65, 7, True),
        ({"prompt_tokens": 10**30, "completion_tokens": 5.0}, 65, 5, True),
    ],
)
def test_tokens_that_are_not_counted_are_estimated_each(
    usage: dict[str, Any], read: int, written: int, estimated: bool
) -> None:
    with serving(reply(usage=usage)) as server:
        found = client_of(server).complete(request())
    assert (found.input_tokens, found.output_tokens) == (read, written)
    assert found.estimated is estimated


# ---- how it is said that something is not taken

LOC = {"loc": ["body", "temperature"], "msg": "extra fields not permitted"}


@pytest.mark.parametrize(
    "answer",
    [
        body({"detail": [LOC]}, 422),
        body({"detail": "temperature is not supported"}, 422),
        body({"object": "error", "message": "temperature must be 1", "code": 400}, 400),
        body({"error": "temperature not allowed"}, 400),
        body({"Message": "temperature not allowed"}, 400),
        body({"errors": [{"message": "temperature not allowed"}]}, 400),
        body([{"error": {"message": "no temperature", "status": "INVALID_ARGUMENT"}}], 400),
        body({"error": {"message": "invalid value", "param": "temperature", "code": None}}, 400),
        body({"error": {"message": "no temperature", "code": "400"}}),
        Answer(400, b"temperature not allowed", {"Content-Type": "text/plain"}),
    ],
)
def test_what_is_named_is_left_out_and_no_more(answer: Answer) -> None:
    def ask(call: Call) -> Answer:
        return answer if "temperature" in call.body else GOOD

    with serving(ask) as server:
        assert client_of(server).complete(request()).data == {"n": 3}
    last = server.calls[-1].body
    assert len(server.calls) == 2 and "response_format" in last and "max_tokens" in last


@pytest.mark.parametrize(
    "answer",
    [
        error(400, "System role not supported"),
        error(400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        error(500, "at row 1, column 72: raise_exception('System role not supported')"),
        error(400, "Developer instruction is not enabled for models/gemma"),
        error(400, "Only user, assistant and tool roles are supported, got system."),
        body({"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "not permitted"}]}, 422),
    ],
)
def test_a_server_without_a_system_role_is_told_as_the_user(answer: Answer) -> None:
    def ask(call: Call) -> Answer:
        return answer if any(m["role"] == "system" for m in call.body["messages"]) else GOOD

    with serving(ask) as server:
        client = client_of(server)
        for _ in range(2):
            assert client.complete(request()).data == {"n": 3}
    assert len(server.calls) == 3
    assert server.calls[-1].body["messages"] == [{"role": "user", "content": "Be brief.\n\nn?"}]


def test_a_limit_that_is_too_much_is_not_sent() -> None:
    said = "maximum context length is 2048 tokens, you requested 4100 (100 in the messages, "
    with serving(
        taking("max_tokens", "max_completion_tokens", said=said + "4000 in the completion)")
    ) as server:
        assert client_of(server).complete(request()).data == {"n": 3}
    assert "response_format" in server.calls[-1].body


# ---- schemas that are not borne


@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        (error(403, "structured outputs are not in this plan"), 2),
        (chat("\n \n" * 50, "length"), 2),
        (body({"error": {"message": "json_schema unsupported", "code": "400"}}), 2),
        (error(404, "no endpoint of this model takes the requested parameters"), 2),
        (body({"error": "internal"}), 3),
        (body(None), 3),
        (Answer(body=GOOD.body, cut=0), 3),
    ],
    ids=["forbidden", "blanks", "error in a 200", "router", "words", "null", "broken off"],
)
def test_a_schema_that_is_not_borne_is_put_into_words(answer: Answer, calls: int) -> None:
    def ask(call: Call) -> Answer:
        return answer if "response_format" in call.body else GOOD

    with serving(ask) as server:
        assert client_of(server).complete(request()).data == {"n": 3}
    assert len(server.calls) == calls


# ---- how it is sent


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("told", [True, False])
def test_an_endpoint_that_sends_in_one_way_only_is_asked_that_way(stream: bool, told: bool) -> None:
    piecemeal = events('{"n"', ": 3}")

    def ask(call: Call) -> Answer:
        if told and bool(call.body.get("stream")) == stream:
            return error(400, "enable 'stream'" if not stream else "no stream_options here")
        return GOOD if stream else piecemeal

    with serving(ask) as server:
        client = client_of(server, stream=stream)
        assert client.complete(request()).data == client.complete(request()).data == {"n": 3}
    assert len(server.calls) == 3


DONE = b"data: [DONE]\n\n"
QUOTED = "\\ndata: [DONE]\\n"  # as a model may write it: no line of the stream
ENDS: list[tuple[str, bytes, bool, str | None]] = [
    ("no reason, [DONE]", events("to be ", "sure", finish=None).body + DONE, False, None),
    ("no reason, [DONE]", events('{"n"', ": 3}", finish=None).body + DONE, True, None),
    ("no blank in [DONE]", events("x", finish=None).body + b"data:[DONE]\n\n", False, None),
    ("a reason, no [DONE]", events("to be").body.replace(DONE, b""), False, None),
    ("neither, the value whole", events('{"n"', ": 3}", finish=None).body, True, None),
    ("neither, in words", events("to be ", "sure", finish=None).body, False, "broke off"),
    ("neither, the value cut", events('{"n"', finish=None).body, True, "broke off"),
    ("[DONE] in the text only", events("a", QUOTED, finish=None).body, False, "broke off"),
    ("no reason, and at the limit", events("to be", finish=None).body + DONE, False, "is cut off"),
]  # fmt: skip


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(("name", "sent", "shaped", "said"), ENDS, ids=[e[0] for e in ENDS])
def test_a_stream_is_whole_where_its_end_or_its_value_says_so(
    name: str,
    sent: bytes,
    shaped: bool,
    said: str | None,
    own: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = request() if shaped else dataclasses.replace(request(), schema=None)
    if "limit" in name:
        usage = {"prompt_tokens": 9, "completion_tokens": asked.max_tokens, "total_tokens": 10**4}
        sent = sent.replace(b'"model"', b'"usage": %s, "model"' % json.dumps(usage).encode())
    with serving(Answer(body=sent, headers={"Content-Type": "text/event-stream"})) as server:
        client = client_of(server, stream=True)
        assert isinstance(client, ProviderClient)
        if not own:  # the provider's own address takes another class of the library
            model: Any = _model("openai", "m", None, "sk-test")
            model.client.base_url = server.url
            _listen(model)
            client._model = model
        if said:
            with pytest.raises(ClientError, match=said):
                client.complete(asked)
        else:
            assert client.complete(asked).text in ("to be sure", '{"n": 3}', "x", "to be")


@pytest.mark.parametrize("whole", [True, False])
def test_a_stream_of_the_other_protocol_ends_with_its_reason(whole: bool) -> None:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": [],
               "usage": {"input_tokens": 7, "output_tokens": 1}}  # fmt: skip
    came: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "sure"},
        },
    ]
    if whole:
        came += [{"type": "content_block_stop", "index": 0}, {"type": "message_stop"}]
    sent = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in came).encode()
    with serving(Answer(body=sent, headers={"Content-Type": "text/event-stream"})) as server:
        url = server.url.removesuffix("/v1")
        client = make_client(f"anthropic:c@{url}", stream=True, backoff=0.001)
        asked = dataclasses.replace(request(), schema=None)
        if whole:
            assert client.complete(asked).text == "sure"
        else:
            with pytest.raises(ClientError, match="broke off"):
                client.complete(asked)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("stream", [True, False])
def test_a_reply_without_end_is_not_kept(
    packed: bool, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("habilis.llm_planner.model.provider.LARGEST", 10_000)
    data, headers = b": \n\n" * 10_000, {"Content-Type": "text/event-stream" if stream else "a/b"}
    if packed:
        data, headers = gzip.compress(data), headers | {"Content-Encoding": "gzip"}
    with serving(Answer(body=data, headers=headers)) as server:
        with pytest.raises(ClientError, match="larger than any answer can be"):
            client_of(server, stream=stream).complete(request())
    assert len(server.calls) == 1


# ---- what fails, in its own words


def routed(status: int, message: str) -> Answer:
    """An error within a choice, as routers of several providers send it."""
    found = {"code": status, "message": message}
    return reply(choices=[{"error": found, "message": {"role": "assistant", "content": ""}}])


FILTERED = {"error": {"code": "content_filter", "message": "The prompt was filtered"}}
HERE = {"Location": "https://h/v1/chat/completions"}
FAILURES: list[tuple[str, Answer, int, str]] = [
    ("auth", body({"error": {"message": "bad key", "code": "401"}}), 1, "(bad key)"),
    ("server", body({"object": "error", "message": "no GPU", "code": 503}), 3, "no GPU"),
    ("server", body({"success": False, "errors": [{"message": "denied"}]}), 3, "(denied)"),
    ("server", routed(502, "provider is down"), 3, "provider is down"),
    ("refusal", body(FILTERED, 400), 1, "was filtered (HTTP 400: The prompt was filtered"),
    ("server", error(400, "exceeds the available context size"), 1, "context size"),
    ("protocol", Answer(body=b"[" * 100_000), 3, "is cut off, or no JSON"),
    ("server", error(400, "\x1b[2Jno"), 4, "HTTP 400: \\x1b[2Jno"),
    ("server", error(408, "too late"), 3, "did not get to it (HTTP 408"),
    ("missing", Answer(307, b"", HERE), 1, "leads elsewhere (HTTP 307), to https://h/v1/chat"),
    ("protocol", spoken(content=None, reasoning_content="{}"), 3, "all that came is thinking"),
    ("length", reply(choices=[{"message": TEXT, "finish_reason": "max_tokens"}]), 1, "cut off"),
]


@pytest.mark.parametrize(("kind", "answer", "calls", "said"), FAILURES)
def test_a_failure_is_told_as_it_is(kind: str, answer: Answer, calls: int, said: str) -> None:
    with serving(answer) as server, pytest.raises(ClientError) as caught:
        client_of(server).complete(request())
    assert (caught.value.kind, len(server.calls)) == (kind, calls), str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("key", ["n", "3", "none"])
def test_a_word_in_place_of_a_key_is_not_taken_out_of_answers(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABILIS_LLM_API_KEY", key)
    with serving(GOOD) as server:
        assert client_of(server).complete(request()).text == '{"n": 3}'
    assert server.calls[0].headers["authorization"] == f"Bearer {key}"


def test_an_address_that_the_library_refuses_is_named() -> None:
    for kind in ("openai", "anthropic"):
        for host in ("256.1.1.1:9", "h:9/\x01"):
            with pytest.raises(ValueError, match="is no address: Invalid"):
                make_client(f"{kind}:m@http://{host}/v1")
