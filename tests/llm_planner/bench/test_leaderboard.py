"""Results that are the same when run again have a row on the page; others are named, with why."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from habilis.llm_planner.bench import replay
from habilis.llm_planner.bench.leaderboard import entry, page, track
from habilis.llm_planner.bench.table import discrimination, summary, table
from habilis.scripts import cli

TASKS = [f"habilis/ReachMilk{twin}-v0" for twin in ("", "NotNeeded", "Broken")]
Result = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of both controls in the published layouts of the three twins."""
    made = tmp_path_factory.mktemp("results")
    for planner in ("oracle", "oracle-needed"):
        args = ["--planner", planner, "--published", "--layouts", "1", "--tasks", *TASKS]
        out = ["--workers", "1", "--out", str(made / planner)]
        assert cli.main(["bench", "creative", *args, *out]) == 0
    return made


@pytest.fixture
def result(folder: Path) -> Result:
    found: Result = json.loads((folder / "oracle/result.json").read_text(encoding="utf-8"))
    return copy.deepcopy(found)


def test_the_page_has_a_row_for_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, given = folder / "page", [str(folder / "oracle"), str(folder / "oracle-needed")]
    assert cli.main(["leaderboard", *given, "--out", str(out), "--rows", "0"]) == 0
    assert "2 of 2 results have a row" in capsys.readouterr().out
    text = (out / "index.html").read_text(encoding="utf-8")
    assert "<h2>3 published layouts, level 1</h2><p>ReachMilk</p>" in text
    rows = re.findall(r'<td class="who"><b>(.*?)</b>', text)
    assert rows == ["oracle", "oracle-needed"]  # the better one first
    assert text.count("3 of 3 episodes run again") == 2 and "Without a row" not in text
    assert "<b>1.00</b>" in text and "<b>0.33</b>" in text
    assert "script" not in text and "http" not in text.replace("http-equiv", "")


def test_a_result_that_comes_out_otherwise_has_none(
    folder: Path, result: Result, tmp_path: Path
) -> None:
    for one in result["episodes"]:
        one |= {"success": True, "right": True, "refused": False, "error": "none"}
    done = replay.outcomes(result)
    tables: Result = {"rows": table(done), "total": summary(done)}
    tables["discrimination"] = discrimination(done)
    path = tmp_path / "better.json"
    path.write_text(json.dumps(result | tables), encoding="utf-8")
    given = [str(path), str(folder / "oracle")]
    assert cli.main(["leaderboard", *given, "--out", str(tmp_path), "--rows", "0"]) == 1
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count('class="who"') == 1
    assert "better.json: seed 0: success was True, is False; seed 0: refused was False" in text
    assert cli.main(["bench", "verify", str(path), "--rows", "0"]) == 1
    assert cli.main(["bench", "verify", str(folder / "oracle/result.json"), "--rows", "1"]) == 0


def test_what_was_left_out_or_does_not_follow_is_found(result: Result) -> None:
    done = replay.outcomes(result)
    assert replay.inconsistent(result, done) == []
    changed = copy.deepcopy(result)
    changed["total"]["right"] = 2
    (line,) = replay.inconsistent(changed, done)
    assert line.startswith("total: what is stored does not follow")
    lines = replay.inconsistent(result | {"complete": False}, done)
    assert "the result is not complete: not every task has all layouts" in lines
    twice = [*done, done[0]]
    assert any("there twice" in line for line in replay.inconsistent(result, twice))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"planner": "openai:x", "settings": {}}, "measured with another setup"),
        ({"planner": "search", "settings": {"composed": ["a"]}}, "a library of skills"),
        ({"planner": "search", "settings": {"rollouts": "3"}}, "rollouts must be"),
        ({"planner": "serch"}, "did you mean 'search'"),
        ({"recipe": {"variation": 7.0}}, "variation"),
    ],
)
def test_a_setup_that_is_none_is_refused(result: Result, change: Result, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        replay.setup_of(result | {"setup": result["setup"] | change})


def test_names_cannot_act_on_the_page(result: Result) -> None:
    shown = entry(Path("a"), result, 3)
    text = page([shown], ["x.json: <b>bold</b>"], ["leaderboard", "<i>"])
    assert "&lt;b&gt;bold" in text and "&lt;i&gt;" in text
    with pytest.raises(ValueError, match="not all twins were asked"):
        score = [result["discrimination"][-1] | {"score": None}]
        entry(Path("a"), result | {"discrimination": score}, 3)


def test_no_sign_of_a_result_hides_on_the_page() -> None:
    found = page([], ["left out: \u202eevil\u2028\x1b[2J<b>"], ["leaderboard", "a\u200bb"])
    assert r"left out: \u202eevil\u2028\x1b[2J&lt;b&gt;" in found and r"a\u200bb" in found


def test_tracks_say_what_a_planner_may_try() -> None:
    search = {"planner": "search", "settings": {"rollouts": 10}}
    assert track(search) == "search: at most 10 tries in exact copies"
    wrong = {"planner": "openai:x", "settings": {"belief": {"mass": 0.3}}}
    assert track(wrong).endswith("tried in copies with wrong masses and friction")
