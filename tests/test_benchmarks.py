"""Stored numbers: made by a command, intervals that follow from counts, enough layouts."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from habilis.envs.tasks import find_twin, tool_tasks
from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench.creative import outcome_from
from habilis.llm_planner.bench.table import discrimination, table
from habilis.policies.evaluation.cheats import cheats_of
from habilis.policies.evaluation.statistics import rate, wilson
from habilis.scripts.docs.results.registry import TABLES
from habilis.scripts.shared.commands import commands

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
PAGE = ROOT / "docs" / "results.md"
FILES = sorted(FOLDER.glob("*.json"))
COUNTS = {"creative": ("right", "episodes"), "oracle": ("success", "episodes")}
RATES = [f for f in FILES if json.loads(f.read_text(encoding="utf-8")).get("kind") in COUNTS]
COMMANDS = {kind: f"habilis bench {kind}" for kind in commands("habilis.scripts.bench")} | {
    "encoder": "habilis encoder eval",
    "ros faults": "habilis ros bench faults",
    "ros links": "habilis ros bench links",
    "ros plans": "habilis ros bench plans",
    "ros streams": "habilis ros bench streams",
    "ros tags": "habilis ros bench tags",
}
LEAST, CHEATED = 100, 20
SUITE = "suite_"  # few layouts of many families, which are what its intervals are over

stored = pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
rated = pytest.mark.parametrize("path", RATES, ids=lambda p: p.name)


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_every_stored_result_has_its_table_on_the_page() -> None:
    shown = {source for table in TABLES.values() for source in table.files(ROOT)}
    assert FILES and {f"benchmarks/{path.name}" for path in FILES} <= shown
    text = PAGE.read_text(encoding="utf-8")
    assert [path.name for path in FILES if f"stored in `benchmarks/{path.name}`" not in text] == []


@stored
def test_a_stored_number_says_how_it_was_made(path: Path) -> None:
    found = load(path)
    assert found["kind"] in COMMANDS and found["rows"]
    assert found["command"].startswith(COMMANDS[found["kind"]])
    made = datetime.datetime.fromisoformat(found["time"])
    assert made.utcoffset() == datetime.timedelta(0) and made.year >= 2025
    for package in ("habilis", "mujoco", "numpy", "gymnasium"):
        assert found["versions"][package], package
    assert found["python"] and found["platform"] and found["cores"] >= 1
    text = path.read_text(encoding="utf-8")
    for private in ("/home/", "/root/", "/work/", "/tmp/"):
        assert private not in text, f"{path.name} names a path of one machine"


@rated
def test_rates_and_intervals_follow_from_the_counts(path: Path) -> None:
    found = load(path)
    good, of = COUNTS[found["kind"]]
    for row in found["rows"]:
        assert 0 <= row[good] <= row[of]
        assert row["rate"] == pytest.approx(row[good] / row[of])
        assert row["interval"] == pytest.approx(wilson(row[good], row[of]), abs=1e-9)


@rated
def test_there_are_enough_layouts(path: Path) -> None:
    found = load(path)
    if path.name.startswith(SUITE):
        twins = {find_twin(task) for task in found["tasks"]}
        assert {(family, t) for family, _ in twins for t in SUFFIXES} == twins
        assert len({row["episodes"] for row in found["rows"]}) == 1
        return
    for row in found["rows"]:
        assert row[COUNTS[found["kind"]][1]] >= LEAST, row["task"]


@rated
def test_the_rows_follow_from_the_episodes(path: Path) -> None:
    found = load(path)
    if found["kind"] == "creative":
        outcomes = [outcome_from(e) for e in found["episodes"]]
        assert len({o.case for o in outcomes}) == len(outcomes) and found["complete"]
        again = {"rows": table(outcomes), "discrimination": discrimination(outcomes)}
        assert json.loads(json.dumps(again)) == {k: found[k] for k in again}
        return
    for row in found["rows"]:
        assert len(row["failed_seeds"]) == row["episodes"] - row["success"]
        assert len(set(row["failed_seeds"])) == len(row["failed_seeds"])


@rated
def test_the_page_of_results_prints_these_rates(path: Path) -> None:
    """Every row of a success table: the counts, or the rate with its interval."""
    text = PAGE.read_text(encoding="utf-8")
    found = load(path)
    good, of = COUNTS[found["kind"]]
    for row in found["rows"]:
        counts = (f"{row[good]}/{row[of]}", f"{row[good]} of {row[of]}", rate(row[good], row[of]))
        assert any(c in text for c in counts), (row["task"], counts)


def test_no_cheat_counts_in_any_task_about_a_tool() -> None:
    rows = [row for path in FOLDER.glob("cheats*.json") for row in load(path)["rows"]]
    wanted = {(t, s, c) for t in tool_tasks() for s in find_twin(t)[0].scenes for c in cheats_of(t)}
    assert {(row["task"], row["scene"], row["cheat"]) for row in rows} == wanted
    for row in rows:
        assert row["success"] == 0 and row["episodes"] >= CHEATED, row
        if row["cheat"] == "goal written":
            assert row["reached"] > 0.9 * row["episodes"], row
