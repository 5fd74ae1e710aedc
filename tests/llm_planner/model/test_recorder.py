"""Recordings and their strict replay; people and programs who answer by files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.llm_planner.fake_server import chat, error, serving

from habilis.llm_planner.model.budget import BudgetedClient, SpendingLimits
from habilis.llm_planner.model.client import (
    Client,
    ClientError,
    Message,
    Reply,
    Request,
    ShownPicture,
)
from habilis.llm_planner.model.make import make_client
from habilis.llm_planner.model.recorder import RecordingClient, ReplayClient, digest, load

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
PROMPT = "You see a stick.\nThe milk stands at x = 0.42 m.\nReach it."


def request(prompt: str = PROMPT, stage: str = "coder", **more: Any) -> Request:
    return Request(stage, (Message("system", "Be brief."), Message("user", prompt)), **more)


class Script:
    """A client that answers with the texts or raises the errors it is given."""

    name = "script"

    def __init__(self, *answers: str | ClientError) -> None:
        self._answers = list(answers)

    def complete(self, request: Request) -> Reply:
        answer = self._answers.pop(0)
        if isinstance(answer, ClientError):
            raise answer
        return Reply(answer, None, "script-1", 11, 3, 0.002, 1.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "run.jsonl"


def record(path: Path, *pairs: tuple[Request, str], about: str = "a test") -> None:
    recorder = RecordingClient(Script(*(text for _, text in pairs)), path, about)
    for asked, _ in pairs:
        recorder.complete(asked)


def miss(client: Client, asked: Request) -> str:
    with pytest.raises(ClientError) as caught:
        client.complete(asked)
    assert caught.value.kind == "missing"
    return str(caught.value)


# ---- recordings


def test_a_recording_over_http_is_replayed_without_it(path: Path) -> None:
    with serving(chat('{"n": 3}'), chat("Push.")) as server:
        recorder = make_client(f"record:{path}:openai:m@{server.url}", backoff=0.001)
        asked = [request(schema=SCHEMA), request(stage="planner")]
        first = [recorder.complete(a) for a in asked]
    replay = make_client(f"replay:{path}")
    again = [replay.complete(a) for a in reversed(asked)][::-1]  # the order is free
    assert again == [dataclasses.replace(r, cached=True) for r in first]
    assert again[0].data == {"n": 3}
    provenance = load(path)[0].provenance
    assert provenance["answered_by"] == f"openai:m@{server.url} (fake-1)"
    assert {"python", "habilis", "pydantic-ai-slim"} <= set(provenance["versions"])
    assert provenance["when"].endswith("+00:00")


def test_the_same_question_gets_its_answers_in_turn(path: Path) -> None:
    record(path, (request(), "a"), (request(stage="planner"), "x"), (request(), "b"))
    replay = ReplayClient(path)
    assert [replay.complete(request()).text for _ in range(2)] == ["a", "b"]
    assert "stands 2 time(s)" in miss(replay, request())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (request(PROMPT.replace("0.42", "0.43")),
         "nearest is line 1: stage 'coder', first differing line 8: recorded "
         "'The milk stands at x = 0.42 m.', now 'The milk stands at x = 0.43 m.'"),
        (request(PROMPT + "\nNow."), "first differing line 10: recorded nothing, now 'Now.'"),
        (request(stage="planner"), "line 2: stage 'planner', first differing line 8"),
        (request(stage="verifier"), "first differing line 1: recorded 'stage: coder', now"),
        (request(temperature=0.7), "line 3: recorded 'temperature: 0', now 'temperature: 0.7'"),
        (request(max_tokens=9), "line 2: recorded 'max_tokens: 2000', now 'max_tokens: 9'"),
        (request(schema=SCHEMA), "recorded nothing, now '[schema]'"),
        (request(PROMPT + " "), "recorded 'Reach it.', now 'Reach it. '"),
        (request(PROMPT.replace("see", "see " + 40 * "x")),
         "first differing line 7: recorded 'You see a stick.', now 'You see xxx"),
    ],
)  # fmt: skip
def test_a_changed_request_is_a_miss_and_says_where(path: Path, asked: Request, said: str) -> None:
    record(path, (request(), "a"), (request(PROMPT.replace("milk", "can"), "planner"), "b"))
    message = miss(ReplayClient(path), asked)
    assert f"the request of stage {asked.stage!r} is not in" in message
    assert said in message


def seeing(png: bytes, name: str = "front") -> Request:
    base = request(schema=SCHEMA)
    shown = dataclasses.replace(base.messages[1], pictures=(ShownPicture(name, png),))
    return dataclasses.replace(base, messages=(base.messages[0], shown))


def test_a_recording_names_pictures_and_is_replayed_whoever_drew_them(path: Path) -> None:
    record(path, (seeing(b"drawn here"), '{"n": 1}'))
    line = json.loads(path.read_text())
    assert line["request"]["messages"][1]["pictures"] == ["front"]
    assert line["pictures"] == {"front": hashlib.sha256(b"drawn here").hexdigest()}
    assert load(path)[0].request.messages[1].pictures == (ShownPicture("front"),)
    assert "nothing, now '[picture top]'" not in miss(ReplayClient(path), request(schema=SCHEMA))
    assert "recorded '[picture front]', now '[picture top]'" in miss(
        ReplayClient(path), seeing(b"drawn here", "top")
    )
    assert ReplayClient(path).complete(seeing(b"drawn by another driver")).text == '{"n": 1}'


def test_a_person_is_shown_pictures_as_files(tmp_path: Path) -> None:
    client, _ = files(tmp_path)
    with answering(tmp_path, ("0001_coder.reply.json", '{"n": 3}')):
        client.complete(seeing(b"a picture"))
    assert (tmp_path / "0001_coder.front.png").read_bytes() == b"a picture"
    page = (tmp_path / "0001_coder.request.md").read_text()
    assert "Its pictures are `0001_coder.front.png`." in page and "[picture front]" in page
    asked = json.loads((tmp_path / "0001_coder.request.json").read_text())
    assert asked["pictures"] == {"front": "0001_coder.front.png"}


def test_the_hash_covers_everything_that_is_asked() -> None:
    base = request(schema=SCHEMA)
    changed = [
        dataclasses.replace(base, stage="x"), dataclasses.replace(base, messages=base.messages[1:]),
        dataclasses.replace(base, schema={**SCHEMA, "title": "T"}),
        dataclasses.replace(base, max_tokens=1), dataclasses.replace(base, temperature=1.0),
    ]  # fmt: skip
    assert len({digest(r) for r in [base, *changed]}) == 6
    reordered = dict(reversed(SCHEMA.items()))
    assert digest(request(schema=reordered, temperature=0)) == digest(base)


def test_the_models_own_failures_are_recorded_and_those_of_the_wire_are_not(path: Path) -> None:
    spent = Reply("no", None, "script-1", 4, 2, 0.1, 0.5)
    answers = ClientError("gone", "server"), ClientError("I will not", "refusal", spent), "a"
    recorder = RecordingClient(Script(*answers), path, "a test")
    for kind in ("server", "refusal"):
        with pytest.raises(ClientError) as caught:
            recorder.complete(request())
        assert caught.value.kind == kind
    recorder.complete(request())
    replay = ReplayClient(path)
    with pytest.raises(ClientError, match="I will not") as caught:
        replay.complete(request())
    assert caught.value.kind == "refusal"
    assert caught.value.spent == dataclasses.replace(spent, cached=True)
    assert replay.complete(request()).text == "a"


def test_a_recording_is_free_but_accounted_for(path: Path) -> None:
    record(path, (request(), "a"))
    budget = BudgetedClient(ReplayClient(path), SpendingLimits(calls=0 + 1, cost=0.001))
    budget.complete(request())
    assert (budget.total.cached, budget.total.tokens, budget.total.cost) == (1, 14, 0.002)
    assert budget.paid.calls == 0
    assert miss(budget, request())


def test_a_recording_goes_on_where_it_stopped(path: Path) -> None:
    record(path, (request(), "a"))
    record(path, (request(stage="planner"), "b"), about="another")
    assert [e.provenance["answered_by"] for e in load(path)] == ["a test", "another"]


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def edited(line: str) -> str:
        data = json.loads(line)
        change(data)
        return json.dumps(data)

    return edited


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda line: line[:50], "cut off or not JSON"),
        (edit(lambda d: d.pop("provenance")), "provenance must say answered_by, when and versions"),
        (edit(lambda d: d["provenance"].update(answered_by="")), "provenance must say"),
        (edit(lambda d: d["reply"].update(text="better")), "changed after it was recorded"),
        (edit(lambda d: d["request"].update(stage="planner")), "changed after it was recorded"),
        (edit(lambda d: d.pop("seal")), "changed after it was recorded"),
        (edit(lambda d: d.update(format=9)), "format 1 is known"),
        (lambda line: "[]", "format 1 is known"),
    ],
)
def test_a_recording_that_is_not_one_is_refused(
    path: Path, change: Callable[[str], str], said: str
) -> None:
    record(path, (request(), "a"), (request(), "b"))
    first, second = path.read_text().splitlines()
    path.write_text(f"{first}\n{change(second)}\n")
    for attempt in (lambda: ReplayClient(path), lambda: RecordingClient(Script(), path, "a test")):
        with pytest.raises(ValueError, match=f"run.jsonl:2: not a recorded exchange: .*{said}"):
            attempt()


def test_no_recording_and_no_provenance(path: Path) -> None:
    with pytest.raises(ClientError, match="no recording at") as caught:
        make_client(f"replay:{path}")
    assert caught.value.kind == "missing"
    with pytest.raises(ValueError, match="about must say who or what answers"):
        RecordingClient(Script(), path, " ")


def test_an_empty_recording_misses_everything(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert miss(ReplayClient(path), request()).endswith("(0 exchanges)")


def test_no_key_is_recorded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABILIS_LLM_API_KEY", "sk-secret-1234567890")
    with serving(chat("Push."), error(401, "no sk-secret-1234567890")) as server:
        client = make_client(f"record:{path}:openai:m@{server.url}")
        client.complete(request())
        with pytest.raises(ClientError, match=r"no \[key\]"):
            client.complete(request())
    assert server.calls[0].headers["authorization"].endswith("sk-secret-1234567890")
    assert "sk-secret" not in path.read_text()


# ---- files


@contextmanager
def answering(folder: Path, *replies: tuple[str, str]) -> Iterator[None]:
    """Someone who writes (name, text) into the folder, each as soon as it is the turn of its
    question: once the request is there, and no reply of that name is."""

    def work() -> None:
        for name, text in replies:
            stem = name.partition(".")[0]
            path, limit = folder / name, time.monotonic() + 10
            while time.monotonic() < limit and (
                not (folder / f"{stem}.request.json").exists() or path.exists()
            ):
                time.sleep(0.01)
            path.write_text(text)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def files(folder: Path, **options: Any) -> tuple[Client, list[str]]:
    said: list[str] = []
    quick = {"poll": 0.01, "settle": 0.05, "timeout": 5.0, "notify": said.append}
    return make_client(f"file:{folder}", **(quick | options)), said


def test_a_person_answers_by_file(tmp_path: Path) -> None:
    client, said = files(tmp_path, about="a person")
    with answering(tmp_path, ("0001_coder.reply.json", '{"n": 3}')):
        reply = client.complete(request(schema=SCHEMA))
    assert (reply.data, reply.model, reply.cost) == ({"n": 3}, "a person", None)
    assert said == [
        f"waiting for {tmp_path}/0001_coder.reply.json or 0001_coder.reply.txt "
        "(question in 0001_coder.request.md, 5 s at most)"
    ]
    page = (tmp_path / "0001_coder.request.md").read_text()
    assert page.startswith("Write one JSON value that fits the schema at the end, and nothing else")
    assert "`0001_coder.reply.json`" in page and PROMPT in page and '"integer"' in page
    asked = json.loads((tmp_path / "0001_coder.request.json").read_text())
    assert asked["messages"][1] == {"role": "user", "content": PROMPT}
    assert asked["schema"] == SCHEMA and asked["hash"] == digest(request(schema=SCHEMA))


@pytest.mark.parametrize(
    ("name", "text", "schema", "got"),
    [
        ("reply.txt", "Push it.", None, ("Push it.", None)),
        ("reply.json", '"Push it."', None, ("Push it.", None)),
        ("reply.json", '{"text": "Push it."}', None, ("Push it.", None)),
        ("reply.txt", '```\n{"n": 1}\n```', SCHEMA, ('```\n{"n": 1}\n```', {"n": 1})),
    ],
)
def test_both_endings_are_read(
    tmp_path: Path, name: str, text: str, schema: dict[str, Any] | None, got: object
) -> None:
    client, _ = files(tmp_path)
    with answering(tmp_path, (f"0001_coder.{name}", text)):
        reply = client.complete(request(schema=schema))
    assert (reply.text, reply.data) == got


def test_a_reply_that_does_not_fit_is_asked_for_again(tmp_path: Path) -> None:
    client, _ = files(tmp_path)
    name = "0001_coder.reply.json"
    with answering(tmp_path, (name, '{"n": "x"}'), (name, "{"), (name, '{"n": 3}')):
        reply = client.complete(request(schema=SCHEMA))
    assert (reply.data, reply.attempts) == ({"n": 3}, 3)
    assert json.loads((tmp_path / "0001_coder.refused1.json").read_text()) == {"n": "x"}
    text = (tmp_path / "0001_coder.error.txt").read_text()
    assert "Reply 2 does not fit:" in text and "not JSON" in text
    assert f"Write {name} again; 1 more will be read." in text


def test_replies_that_never_fit(tmp_path: Path) -> None:
    client, _ = files(tmp_path, repairs=1)
    name = "0001_coder.reply.json"
    with answering(tmp_path, (name, "[]"), (name, "{}")):
        with pytest.raises(ClientError, match="2 replies did not fit.*'n' is missing") as caught:
            client.complete(request(schema=SCHEMA))
    assert caught.value.kind == "malformed"
    assert "That was the last." in (tmp_path / "0001_coder.error.txt").read_text()


def test_nobody_answers(tmp_path: Path) -> None:
    client, _ = files(tmp_path, timeout=0.1)
    with pytest.raises(ClientError, match="no reply in 0.1 s: .*reply.txt did not app") as caught:
        client.complete(request())
    assert caught.value.kind == "timeout"
    assert "No longer" in (tmp_path / "0001_coder.error.txt").read_text()


def test_a_reply_is_read_when_it_is_complete(tmp_path: Path) -> None:
    client, _ = files(tmp_path, settle=0.3)

    def slowly() -> None:
        while not (tmp_path / "0001_coder.request.json").exists():
            time.sleep(0.01)
        with (tmp_path / "0001_coder.reply.txt").open("w") as file:
            for word in ("", "Push ", "the ", "milk."):
                file.write(word)
                file.flush()
                time.sleep(0.1)

    thread = threading.Thread(target=slowly)
    thread.start()
    assert client.complete(request()).text == "Push the milk."
    thread.join()


def test_numbers_go_on_and_names_are_plain(tmp_path: Path) -> None:
    (tmp_path / "0041_planner.request.json").touch()
    client, _ = files(tmp_path)
    with answering(tmp_path, ("0042_plan-a-b.reply.txt", "x")):
        assert client.complete(request(stage="plan/a b")).text == "x"


def test_files_are_recorded_with_who_answered(tmp_path: Path) -> None:
    folder, path = tmp_path / "asked", tmp_path / "run.jsonl"
    client = make_client(
        f"record:{path}:file:{folder}", about="Ada, by hand", poll=0.01, settle=0.02, timeout=5.0
    )
    with answering(folder, ("0001_coder.reply.txt", "Push.")):
        client.complete(request())
    assert load(path)[0].provenance["answered_by"] == "Ada, by hand"
    assert ReplayClient(path).complete(request()).text == "Push."
