"""habilis bench creative as a user meets it: folders, resuming, interruptions, models that fail."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.llm_planner.fake_server import chat, error, serving
from tests.scripts.conftest import Start

from habilis.llm_planner.bench import run as creative_run
from habilis.llm_planner.bench.creative import Case, Outcome
from habilis.llm_planner.bench.solve import solve_case
from habilis.scripts import cli
from habilis.scripts.bench import creative

TWINS = ["habilis/ReachMilk-v0", "habilis/ReachMilkNotNeeded-v0", "habilis/ReachMilkBroken-v0"]
FREE, BROKEN = TWINS[1:]
TAKE = {
    "thoughts": "",
    "refusal": None,
    "steps": [
        {"skill": "grasp", "args": {"object": "milk"}},
        {"skill": "lift", "args": {"object": "milk"}},
    ],
}
REFUSE = {"thoughts": "", "refusal": "the head comes off", "steps": []}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The command on a folder: exit code, what it said, what it complained of."""

    def call(*args: str) -> tuple[int, str, str]:
        code = cli.main(["bench", "creative", "--out", str(tmp_path / "out"), *args])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """The cases that are really run."""
    cases: list[Case] = []

    def counted(case: Case, *rest: Any, **options: Any) -> Outcome:
        cases.append(case)
        return solve_case(case, *rest, **options)

    monkeypatch.setattr(creative_run, "solve_case", counted)
    return cases


def lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "out" / "episodes.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.slow
def test_one_layout_of_every_twin(bench: Run, tmp_path: Path) -> None:
    plain = ["--sizes", "0", "--distractors", "0", "0", "--workers", "1"]
    code, out, err = bench("--planner", "search", "--layouts", "1", "--tasks", *TWINS, *plain)
    assert code == 0, err
    assert "3/3" in err and out.startswith("| task |") and f"stored in {tmp_path / 'out'}" in out
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["kind"] == "creative" and result["complete"] and result["wanted"] == 3
    assert result["command"].startswith("habilis bench creative --out ")
    assert result["versions"]["mujoco"] and result["cores"] >= 1
    assert [r["right"] for r in result["rows"]] == [1, 1, 1]
    assert result["discrimination"][-1]["score"] == 1
    used, left, declined = result["episodes"]
    assert used["success"] and used["touched"] and used["tools"] == ["hammer"]
    assert left["success"] and not left["touched"] and left["tools"] == []
    assert declined["refused"] and not declined["success"] and "no plan" in declined["reason"]
    for episode in lines(tmp_path):
        assert episode["right"] and episode["error"] == "none" and episode["rollouts"] > 0
        assert episode["planner_seconds"] > 0 and episode["calls"] == episode["cost"] == 0
    for name in creative.TABLES:
        assert (tmp_path / "out" / name).stat().st_size > 100


def test_what_is_finished_is_not_run_again(bench: Run, ran: list[Case], tmp_path: Path) -> None:
    same = ["--planner", "oracle", "--published", "--workers", "1", "--tasks", FREE, BROKEN]
    code, out, err = bench(*same, "--layouts", "1")
    assert code == 0 and len(ran) == 2, err
    path = tmp_path / "out" / "episodes.jsonl"
    path.write_bytes(path.read_bytes()[:-7])
    code, out, err = bench(*same, "--layouts", "2", "--json")
    assert code == 0 and "cut off" in err and "1 of 4 episodes were finished before" in err
    assert len(ran) == 5 and len(lines(tmp_path)) == 4
    assert ran[2:] == [Case(BROKEN, "2024", 0), Case(FREE, "2024", 1), Case(BROKEN, "2024", 1)]
    assert json.loads(out)["complete"] and len(json.loads(out)["episodes"]) == 4
    code, _, err = bench(*same, "--layouts", "2")
    assert code == 0 and len(ran) == 5
    code, _, err = bench("--planner", "oracle", "--tasks", FREE)
    assert code == 2 and "another configuration: recipe is null there" in err


def test_a_result_means_the_same_tasks_when_there_are_more_of_them(
    bench: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("habilis.llm_planner.bench.creative.tool_tasks", lambda: (BROKEN, FREE))
    code, _, err = bench("--planner", "oracle", "--published", "--layouts", "2", "--workers", "1")
    assert code == 0, err
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["command"].endswith(f"--workers 1 --tasks {BROKEN} {FREE}")
    assert (result["tasks"], result["seeds"]) == ([BROKEN, FREE], [0, 1])
    assert {e["ending"] for e in result["episodes"]} == {"refused", "success"}
    assert result["scores"]["discrimination"] == {
        "value": None, "interval": None, "families": 0, "episodes": 0,
    }  # fmt: skip
    path = tmp_path / "out" / "result.json"
    assert cli.main(["bench", "verify", str(path), "--rows", "0", "--episodes", "1"]) == 0
    result["tasks"] = TWINS
    path.write_text(json.dumps(result), encoding="utf-8")
    assert cli.main(["bench", "verify", str(path), "--rows", "1"]) == 1


def test_without_matplotlib_the_tables_are_written(
    bench: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, out, _ = bench(
        "--planner", "oracle", "--published", "--layouts", "1", "--workers", "1", "--tasks", BROKEN
    )
    assert code == 0 and 'pip install "habilis[plot]"' in out
    assert (tmp_path / "out" / "table.md").exists()
    assert not (tmp_path / "out" / "plot.png").exists()


def test_ctrl_c_leaves_a_table_and_says_how_to_go_on(tmp_path: Path, start: Start) -> None:
    """Of a real run, once an episode is finished."""
    run = start(
        "bench", "creative", "--planner", "search", "--layouts", "50", "--published",
        "--tasks", FREE, "--out", str(tmp_path / "out"), "--workers", "2",
    )  # fmt: skip
    path = tmp_path / "out" / "episodes.jsonl"
    while not path.exists() and run.poll() is None:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130, err
    assert "interrupted; " in err and "the same command goes on from there" in err
    assert "Traceback" not in err and out.startswith("| task |")
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert not result["complete"] and 1 <= len(result["episodes"]) == len(lines(tmp_path)) < 50


# ---- models


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no proxy of the machine is in reach."""
    pytest.importorskip("pydantic_ai")
    monkeypatch.delenv("HABILIS_LLM_API_KEY", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.usefixtures("loopback")
def test_a_model_is_asked_billed_and_resumed_after_it_failed(bench: Run, tmp_path: Path) -> None:
    answers = [json.dumps(a) for a in (TAKE, REFUSE)]
    down = error(401, "no such key")
    with serving(chat(answers[0]), down, chat(answers[1])) as server:
        same = ["--planner", f"openai:m@{server.url}", "--published", "--layouts", "1",
                "--tasks", FREE, BROKEN]  # fmt: skip
        code, out, err = bench(*same)
        assert code == 1 and "the model gave out (auth): " in err
        assert "1 of 2 episodes are kept" in err and "goes on from there" in err
        assert "Traceback" not in err and len(lines(tmp_path)) == 1
        code, out, err = bench(*same, "--json")
        assert code == 0 and "1 of 2 episodes were finished before" in err
        assert len(server.calls) == 3
    result = json.loads(out)
    assert [r["right"] for r in result["rows"]] == [1, 1]
    for row in result["rows"]:
        assert (row["calls_mean"], row["input_tokens_mean"], row["output_tokens_mean"]) == (
            1,
            10,
            5,
        )
        assert row["cost"] is None and row["model_seconds_median"] >= 0
    assert result["setup"]["settings"]["strategy"] == "repair"


@pytest.mark.usefixtures("loopback")
def test_a_spent_budget_ends_the_run(bench: Run, tmp_path: Path) -> None:
    with serving(chat(json.dumps(TAKE))) as server:
        code, out, err = bench(
            "--planner", f"openai:m@{server.url}", "--published", "--layouts", "3",
            "--tasks", FREE, "--max-calls", "2",
        )  # fmt: skip
    assert code == 1 and "gave out (budget): budget used up" in err and "2 of 3" in err
    assert out.startswith("| task |") and len(lines(tmp_path)) == 2


def test_results_are_compared(
    bench: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bench("--planner", "oracle", "--published", "--layouts", "2", "--workers", "1",
          "--tasks", BROKEN)  # fmt: skip
    assert cli.main(["bench", "compare", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("| planner |") and "| oracle | 2 published |" in out
    other = tmp_path / "other.json"
    other.write_text('{"kind": "oracle"}', encoding="utf-8")
    assert cli.main(["bench", "compare", str(other)]) == cli.USAGE
    assert "its kind is 'oracle'" in capsys.readouterr().err
