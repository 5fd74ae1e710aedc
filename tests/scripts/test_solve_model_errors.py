"""A model that fails: one clear message, a non-zero exit, the run folder kept, no key in it."""

from __future__ import annotations

import html
import json
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.llm_planner.fake_server import Answer, FakeServer, chat, error, serving
from tests.scripts.conftest import Start

from habilis.scripts import cli

KEY = "sk-canary-5f2b8c91d0"
TEA = ("solve", "Pick up the tea tin", "--no-film")
PLAN = {
    "thoughts": "", "refusal": None,
    "steps": [{"skill": "grasp", "args": {"object": "tea_tin"}}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def only_the_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback is reached directly, and the only key in reach is the canary."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HABILIS_LLM_API_KEY", KEY)


class Ended:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str, folder: Path) -> None:
        self.code, self.out, self.err = code, out, err
        (self.folder,) = folder.iterdir()
        self.run = json.loads((self.folder / "run.json").read_text("utf-8"))
        self.page = (self.folder / "report.html").read_text("utf-8")

    def said(self, text: str) -> None:
        """Failed for that reason, in one line, which the record and the report have too."""
        (last,) = re.findall("(?m)^(?:FAILED|REFUSED|GAVE UP): (.*)$", self.out + self.err)
        assert text in last, self.out
        assert last in (self.run["error"] or self.run["planner"]["reason"])
        assert html.escape(text) in self.page.replace("\u2212", "-")
        assert "Traceback" not in self.out + self.err
        assert self.code == 1
        assert not self.run["execution"] and "Traceback" not in self.page
        everything = b"".join(p.read_bytes() for p in self.folder.rglob("*") if p.is_file())
        for part in (KEY, KEY[:12], KEY[-10:]):
            assert part not in self.out + self.err and part.encode() not in everything


Solve = Callable[..., Ended]


@pytest.fixture
def solve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Solve:
    def run(spec: str, *options: str) -> Ended:
        out = tmp_path / "out"
        code = cli.main([*TEA, "--out", str(out), "--retries", "0", "--model", spec, *options])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err, out)

    return run


def spec(server: FakeServer) -> str:
    return f"openai:m@{server.url}"


def answer(data: object) -> Answer:
    return chat(data if isinstance(data, str) else json.dumps(data))


# ---- endpoints and keys


@pytest.mark.parametrize(
    ("reply", "options", "said"),
    [
        (error(401, f"incorrect API key {KEY}"), (), "the key is missing or refused (HTTP 401"),
        (error(401, "x" * 180 + KEY * 3), (), "the key is missing or refused"),
        (error(403, "not for you"), (), "(auth)"),
        (error(404, "no model 'm'", "model_not_found"), (), "no such model or address (HTTP 404"),
        (Answer(404, b"<html>not here</html>"), (), "no such model or address (HTTP 404"),
        (error(429, "slow down"), ("--retries", "1"), "too many requests (HTTP 429: slow down)"),
        (error(429, "none left", "insufficient_quota"), (), "no quota or credit left"),
        (error(500, "it burns"), (), "the endpoint failed (HTTP 500: it burns)"),
        (error(400, "bad request"), (), "the endpoint rejects the request"),
        (Answer(delay=3.0), ("--timeout", "0.3"), "no answer within 0.3 s"),
        (chat(None, refusal=f"I will not, {KEY}"), (), "the model declines stage 'plan'"),
    ],
    ids=[
        "bad key", "key cut in two", "forbidden", "unknown model", "wrong path", "rate", "quota",
        "server", "rejected", "silence", "declined",
    ],
)  # fmt: skip
def test_an_endpoint_that_fails(
    reply: Answer, options: tuple[str, ...], said: str, solve: Solve
) -> None:
    with serving(reply) as server:
        ended = solve(spec(server), *options)
    ended.said(said)
    (exchange,) = ended.run["model"]["exchanges"]
    assert exchange["error"] and exchange["prompt"] and ended.run["error"] in ended.out
    assert "no answer" in ended.page and "The robot did not move." in ended.page


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("openai:m@http://127.0.0.1:9/v1", "nothing answers there"),
        ("openai:m@http://no-such-host.invalid/v1", "nothing answers there"),
        ("openai:gpt-x", "no API key for 'openai:gpt-x': set OPENAI_API_KEY in the environment"),
        ("anthropic:c", "set ANTHROPIC_API_KEY in the environment"),
        ("replay:none.jsonl", "no recording at 'none.jsonl'"),
        ("file:/dev/null/folder", "questions cannot be written here: Not a directory"),
    ],
    ids=["refused", "no such host", "no key", "no other key", "no recording", "not writable"],
)
def test_a_model_that_cannot_be_reached(model: str, said: str, solve: Solve) -> None:
    solve(model).said(said)


def test_a_bad_model_string_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    for model, said in (("opnai:m", "did you mean 'openai'"), ("openai:", "is not complete")):
        assert cli.main([*TEA, "--out", str(out), "--model", model]) == cli.USAGE
        assert said in capsys.readouterr().err and not out.exists()


def test_a_request_that_is_not_in_the_recording(solve: Solve) -> None:
    recording = Path(__file__).parents[1] / "data/recordings/reach_milk_19.jsonl"
    solve(f"replay:{recording}").said("the request of stage 'plan' is not in")


# ---- answers and programs


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ('{"thoughts": "", "ste', "not JSON"),
        ("I am sorry, I cannot help with that.", "not JSON"),
        ('{"steps": 3}', "proposal of 1 works"),
        ({**PLAN, "refusal": "the tin is nailed down", "steps": []}, "the tin is nailed down"),
        ({**PLAN, "steps": [{"skill": "grasp", "args": {"object": "te_tin"}}]}, "'tea_tin'"),
        (f"The key is {KEY}.", "not JSON"),
    ],
    ids=[
        "cut off",
        "chatter",
        "wrong form",
        "refusal",
        "unknown object",
        "echo",
    ],
)
def test_an_answer_of_no_use(reply: Any, said: str, solve: Solve) -> None:
    with serving(answer(reply)) as server:
        ended = solve(spec(server), "--repairs", "0")
    ended.said(said)
    word = "REFUSED: " if "refusal" in reply and reply["refusal"] else "GAVE UP: "
    assert word in ended.out and ended.run["model"]["outcomes"]


@pytest.mark.parametrize(
    ("reply", "said", "most"),
    [
        (chat(""), "the answer is empty", 6),
        (Answer(body=b'{"choices": 7}'), "not a reply of this protocol", 3),
        (Answer(body=b"<html>hello</html>"), "a web page came instead of a reply", 2),
        (Answer(body=b'{"error": {"message": "no GPU"}}'), "answers with an error (no GPU)", 3),
        (Answer(body=answer(PLAN).body[:90]), "the reply is cut off, or no JSON", 3),
        (Answer(body=answer(PLAN).body, cut=40), "the answer broke off", 5),
        (chat("{", "length"), "give it more (--answer-tokens)", 1),
    ],
    ids=["empty", "odd reply", "page", "error", "cut", "broken off", "too long"],
)
def test_broken_transport_is_no_refusal_and_soon_an_end(
    reply: Answer, said: str, most: int, solve: Solve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("habilis.llm_planner.model.retry.time.sleep", lambda _: None)
    with serving(reply) as server:
        ended = solve(spec(server), "--retries", "4")
        assert len(server.calls) <= most
    ended.said(said)
    assert "FAILED: the model gave no answer" in ended.out and "validation" not in ended.out


def test_an_answer_may_have_more_tokens(solve: Solve) -> None:
    with serving(chat("{", "length")) as server:
        solve(spec(server), "--answer-tokens", "16000").said("longer than max_tokens=16000")
        assert server.calls[0].body["max_tokens"] == 16000


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('grasp("tea_tin"\n', "line 2: unexpected EOF"),
        ('grasp("te_tin")\n', "did you mean 'tea_tin'"),
        ('grasp("tea_tin", wrist=1)\n', "wrist"),
        ("while True:\n    pass\n", "calculated for more than 2 s"),
        ("for i in range(999):\n    get_objects()\n", "400"),
        ("x = [0] * 10**9\n", "memory"),
        ("1 / 0\n", "line 1: ZeroDivisionError"),
        ("import socket\n", "socket"),
    ],
    ids=["syntax", "object", "argument", "endless", "calls", "memory", "error", "import"],
)
def test_a_program_of_no_use(code: str, said: str, solve: Solve) -> None:
    with serving(answer({"program": code, "refusal": ""})) as server:
        ended = solve(spec(server), "--repairs", "0", "--mode", "coder")
    ended.said(said)
    assert 'id="program"' in ended.page


# ---- budgets


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--max-calls", "1"), "budget used up before stage 'plan': 1 of 1 calls"),
        (("--max-tokens", "12"), "15 of 12 tokens"),
        (("--max-cost", "0.00001", "--prices", "1", "4"), "$0.0000 of $0.0000"),
        (("--max-cost", "1"), "the price of"),
    ],
    ids=["calls", "tokens", "dollars", "price unknown"],
)
def test_a_budget_that_is_used_up(options: tuple[str, ...], said: str, solve: Solve) -> None:
    with serving(answer(PLAN)) as server:
        ended = solve(spec(server), *options)
        assert len(server.calls) == 1
    ended.said(said)
    assert ended.run["model"]["outcomes"][0]["fault"]["kind"] == "tool-use"


@pytest.mark.parametrize(
    "option", [("--max-calls", "1"), ("--memory", "m.jsonl"), ("--about", "me")]
)
def test_what_concerns_a_model_needs_one(
    option: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*TEA, "--out", str(tmp_path / "out"), *option]) == cli.USAGE
    assert f"{option[0]} concerns a model" in capsys.readouterr().err


# ---- interrupted


def test_an_interrupt_keeps_the_run_folder(tmp_path: Path, start: Start) -> None:
    out, folder = tmp_path / "out", tmp_path / "questions"
    process = start(*TEA, "--out", str(out), "--model", f"file:{folder}")
    deadline = time.monotonic() + 60
    while not list(folder.glob("*.request.json")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    said, complaint = process.communicate(timeout=60)
    ended = Ended(process.returncode, said, complaint, out)
    assert ended.code == 130 and complaint.strip().splitlines()[-1] == "interrupted"
    assert "Traceback" not in complaint and str(ended.folder / "run.json") in said
    assert ended.run["error"] == "interrupted" and len(ended.run["model"]["exchanges"]) == 1


def test_an_answer_may_come_from_files_in_time_only(tmp_path: Path, solve: Solve) -> None:
    ended = solve(f"file:{tmp_path / 'questions'}", "--timeout", "0.3")
    ended.said("no reply in 0.3 s")
