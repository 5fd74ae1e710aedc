"""Results that are the same when run again have a row on the page; others are named, with why."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from habilis.llm_planner.bench import replay
from habilis.llm_planner.bench.cells import rate
from habilis.llm_planner.bench.creative import Setup
from habilis.llm_planner.bench.families import VerifiedRows, families
from habilis.llm_planner.bench.leaderboard import entry, page, track
from habilis.llm_planner.bench.table import discrimination, summary, table
from habilis.llm_planner.language.wording import Wording
from habilis.llm_planner.search.belief import Belief
from habilis.policies.evaluation.statistics import wilson
from habilis.policies.layouts.layouts import Recipe
from habilis.scripts import cli

TASKS = [f"habilis/ReachMilk{twin}-v0" for twin in ("", "NotNeeded", "Broken")]
Result = dict[str, Any]
Row = dict[str, Any]


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
    assert "2 of 2 results have rows" in capsys.readouterr().out
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


def test_every_setup_that_is_stored_can_be_read_again(result: Result) -> None:
    for unit in ("any", "cm"):
        setup = Setup("search", recipe=Recipe(), wording=Wording(unit=unit), belief=Belief(0.3))
        assert replay.setup_of(result | {"setup": setup.as_dict()}) == setup
    wrong = setup.as_dict() | {"wording": {"unit": "inch"}}
    with pytest.raises(ValueError, match=r"unit must be one of \('m', 'cm', 'mm', 'any'\)"):
        replay.setup_of(result | {"setup": wrong})


def _oracle(task: str, success: int, time: str, robot: str = "fr3", scene: str = "2023") -> Row:
    return {
        "kind": "oracle", "time": time, "command": "habilis bench oracle",
        "rows": [{"task": task, "scene": scene, "robot": robot, "success": success,
                  "episodes": 10}],
    }  # fmt: skip


def test_families_have_rows_of_what_solves_them_and_what_must_not_count() -> None:
    cheats = {"kind": "cheats", "time": "1", "rows": [
        {"task": TASKS[0], "scene": s, "cheat": "by hand", "success": 0, "episodes": 20,
         "reached": 3} for s in ("2023", "2024")]}  # fmt: skip
    text = families([
        VerifiedRows(_oracle(TASKS[0], 4, "2"), 2), VerifiedRows(_oracle(TASKS[0], 9, "3"), 2),
        VerifiedRows(_oracle(TASKS[0], 10, "1", scene="2024"), 2), VerifiedRows(cheats, 40),
        VerifiedRows(_oracle("habilis/PressButton-v0", 10, "1"), 2),
        VerifiedRows(_oracle(TASKS[1], 7, "1", robot="<b>"), 2, robots=True),
    ])  # fmt: skip
    assert re.findall(r'<td class="who"><b>(.*?)</b>', text) == [
        "all 2 families", "ReachMilk", "PressButton", "&lt;b&gt;",
    ]  # fmt: skip
    reach = text.split("<b>ReachMilk</b>")[1].split("</tr>")[0]
    assert "level 1" in reach and "0.95" in reach and "n = 20" in reach  # the later row, pooled
    assert "0 of 40 counted" in reach and "the goal held in 6" in reach
    assert reach.count("not measured") == 2 and "0.70" in text.split("Other robots")[1]
    assert "6 results, 50 of their episodes run again" in text
    assert families([]) == ""
    assert rate(1.0, (0.9, 1.0)).startswith("1.00<") and rate(0.999, (0.9, 1)).startswith("0.999<")


def test_stored_results_of_families_are_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, args = tmp_path / "oracle.json", ["--tasks", TASKS[1], "--episodes", "1"]
    assert cli.main(["bench", "oracle", *args, "--out", str(path)]) == 0
    assert cli.main(["leaderboard", str(path), "--out", str(tmp_path), "--rows", "1"]) == 0
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<b>ReachMilk</b>" in text and "1 of 2 episodes run again" in text
    stored = json.loads(path.read_text(encoding="utf-8"))
    for row in stored["rows"]:
        row |= {"success": 0, "rate": 0.0, "failed_seeds": [0], "interval": list(wilson(0, 1))}
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert cli.main(["leaderboard", str(path), "--out", str(tmp_path), "--rows", "1"]) == 1
    assert "seed 0 failed as stored, and succeeded now" in capsys.readouterr().err


def test_names_cannot_act_on_the_page(result: Result) -> None:
    shown = entry(Path("a"), result, 3)
    text = page([shown], [], ["x.json: <b>bold</b>"], ["leaderboard", "<i>"])
    assert "&lt;b&gt;bold" in text and "&lt;i&gt;" in text
    with pytest.raises(ValueError, match="not all twins were asked"):
        score = [result["discrimination"][-1] | {"score": None}]
        entry(Path("a"), result | {"discrimination": score}, 3)


def test_no_sign_of_a_result_hides_on_the_page() -> None:
    found = page([], [], ["left out: \u202eevil\u2028\x1b[2J<b>"], ["leaderboard", "a\u200bb"])
    assert r"left out: \u202eevil\u2028\x1b[2J&lt;b&gt;" in found and r"a\u200bb" in found


def test_tracks_say_what_a_planner_may_try() -> None:
    search = {"planner": "search", "settings": {"rollouts": 10}}
    assert track(search) == "search: at most 10 tries in exact copies"
    wrong = {"planner": "openai:x", "settings": {"belief": {"mass": 0.3}}}
    assert track(wrong).endswith("tried in copies with wrong masses and friction")
