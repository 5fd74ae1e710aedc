"""The creative suite: what counts as right, what was wrong, and what is kept of it."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from habilis.envs.tasks import find_twin, tool_tasks
from habilis.envs.tasks.base.family import SUFFIXES, Twin
from habilis.llm_planner.bench.creative import (
    ERRORS,
    LOOKALIKES,
    Case,
    Outcome,
    Setup,
    cases,
    outcome_from,
)
from habilis.llm_planner.bench.log import Log
from habilis.llm_planner.bench.plot import save_plot
from habilis.llm_planner.bench.run import run_cases
from habilis.llm_planner.bench.solve import arrange, error_type, solve_case
from habilis.llm_planner.bench.table import (
    as_csv,
    compare,
    discrimination,
    markdown,
    summary,
    table,
)
from habilis.llm_planner.language.wording import Wording
from habilis.llm_planner.model.client import ClientError, Request
from habilis.llm_planner.pipeline.episode import Settings
from habilis.policies.evaluation.statistics import rate, wilson
from habilis.policies.layouts.layouts import Recipe
from habilis.policies.spread.executors import LocalProcesses

NEEDED = Case("habilis/ReachMilk-v0", "2024", 3)
FREE = Case("habilis/ReachMilkNotNeeded-v0", "2024", 3)
BROKEN = Case("habilis/ReachMilkBroken-v0", "2024", 3)
NAMES = ("ReachMilk", "PressButton", "GraspCan")
TASKS = tuple(f"habilis/{name}{s}-v0" for name in NAMES for s in SUFFIXES.values())
PUBLISHED: dict[str, Any] = {"recipe": None, "wording": None}
TAKE = {
    "thoughts": "",
    "refusal": None,
    "steps": [
        {"skill": "grasp", "args": {"object": "milk"}},
        {"skill": "lift", "args": {"object": "milk"}},
    ],
}


def made_up(policy: Callable[[Case], tuple[bool, bool]], layouts: int = 4) -> list[Outcome]:
    """Outcomes of a policy that says success and refusal of a case."""
    out = []
    for case in cases(TASKS, ["2024"], layouts, 0):
        success, refused = policy(case)
        error = error_type(case, success, refused, None if refused else True, None)
        out.append(Outcome(case, success, refused, error, calls=2, cost=0.5))
    return out


def stored(outcomes: Sequence[Outcome], planner: str = "search") -> dict[str, Any]:
    """What the command would store of them."""
    result = {
        "setup": Setup(planner).as_dict(), "rows": table(outcomes), "total": summary(outcomes),
        "discrimination": discrimination(outcomes), "episodes": [o.as_dict() for o in outcomes],
    }  # fmt: skip
    plain: dict[str, Any] = json.loads(json.dumps(result))
    return plain


def clever(case: Case) -> tuple[bool, bool]:
    return case.twin != "broken", case.twin == "broken"


# ---- the suite


def test_the_suite_is_every_task_with_its_three_twins() -> None:
    every = cases([], [], 2, 5)
    assert len(every) == 2 * len(tool_tasks()) and {c.task for c in every} == set(tool_tasks())
    assert {c.seed for c in every[: len(tool_tasks())]} == {5}
    assert {c.generation for c in every if c.name == "ReachMilk"} == {"2024"}
    assert {c.twin for c in every} == set(SUFFIXES) == {find_twin(t)[1] for t in TASKS[:3]}
    assert len(set(cases(TASKS, ["2023", "2024"], 2, 5))) == 36
    assert cases([TASKS[0]] * 2, ["2023"], 1, 0) == [Case(TASKS[0], "2023", 0)]
    with pytest.raises(ValueError, match="unknown generation '2025'"):
        cases(TASKS, ["2024", "2025"], 1, 0)


def test_a_level_is_a_part_of_the_suite() -> None:
    level = {find_twin(t)[0].name: find_twin(t)[0].level for t in tool_tasks()}
    for k in (1, 3, 4, 5):
        asked = cases([], [], 1, 0, level=k)
        assert {c.name for c in asked} == {name for name in level if level[name] == k}
        assert len(asked) % 3 == 0
    mistakable = {c.name for c in cases([], [], 1, 0, level=LOOKALIKES)}
    assert "ReachMilk" in mistakable and {level[name] for name in mistakable} == {1, 2}
    assert not {"BeadsInVials", "KeyOnAString"} & mistakable  # tools that hang on stands
    with pytest.raises(ValueError, match="none of these tasks is of level 5"):
        cases([NEEDED.task], [], 1, 0, level=5)


@pytest.mark.parametrize(
    ("twin", "success", "refused", "touched", "error"),
    [
        ("needed", True, False, True, "none"),
        ("needed", False, True, None, "refused wrongly"),
        ("needed", False, False, False, "tool-use"),
        ("needed", False, False, True, "numerical"),
        ("needed", False, False, None, "numerical"),
        ("not needed", True, False, False, "none"),
        ("not needed", False, False, True, "tool-use"),
        ("not needed", False, False, False, "numerical"),
        ("not needed", False, True, None, "refused wrongly"),
        ("broken", False, True, None, "none"),
        ("broken", True, False, True, "none"),
        ("broken", False, False, True, "tool-use"),
        ("broken", False, False, None, "numerical"),
    ],
)
def test_what_was_wrong_depends_on_the_twin(
    twin: Twin, success: bool, refused: bool, touched: bool | None, error: str
) -> None:
    case = {"needed": NEEDED, "not needed": FREE, "broken": BROKEN}[twin]
    assert error_type(case, success, refused, touched, "numerical") == error
    assert Outcome(case, success, refused, "none").right == (error == "none")


@pytest.mark.slow
def test_the_same_layout_is_worded_anew_but_not_for_the_oracles() -> None:
    setup = Setup("search", wording=Wording("shuffled", "cm", (2, 2)))
    one, two = arrange(NEEDED, setup), arrange(NEEDED, setup)
    assert one.scene == two.scene and one.style.unit == "cm"
    original = arrange(NEEDED, dataclasses.replace(setup, planner="oracle")).scene
    assert {one.names[e.name] for e in one.scene.entities} == {e.name for e in original.entities}
    assert {e.name for e in one.scene.entities} != {e.name for e in original.entities}
    bare = arrange(NEEDED, Setup("search", **PUBLISHED)).scene
    assert bare.name == "reach_milk_2024" and bare != original


# ---- planners


def test_always_the_tool_is_right_in_one_twin_of_three() -> None:
    outcomes = [
        solve_case(Case(f"habilis/{t}-v0", "2024", 0), Setup("oracle-needed", **PUBLISHED))
        for t in ("ReachMilk", "ReachMilkNotNeeded", "ReachMilkBroken")
    ]
    assert [o.right for o in outcomes] == [True, False, False]
    assert [o.error for o in outcomes] == ["none", "tool-use", "tool-use"]
    assert all(o.touched and o.tools == ("hammer",) for o in outcomes)
    assert discrimination(outcomes)[-1]["score"] <= 1 / 3


def test_a_model_has_its_faults_typed_and_its_spending_kept(
    scripted: Callable[..., Any],
) -> None:
    setup = Setup("file:x", settings=Settings(repairs=1), **PUBLISHED)
    free = solve_case(FREE, setup, scripted(plan=[TAKE]))
    assert free.right and (free.calls, free.input_tokens, free.output_tokens) == (1, 10, 5)
    assert free.cost == 0 and free.repairs == 0 and free.execution_seconds > 0
    far = solve_case(NEEDED, setup, scripted(plan=[TAKE]))
    assert (far.success, far.refused, far.error) == (False, False, "tool-use")
    assert (far.calls, far.repairs, far.rollouts) == (2, 1, 2) and "out of" in far.reason
    refusal = {"thoughts": "", "refusal": "the head comes off", "steps": []}
    assert solve_case(BROKEN, setup, scripted(plan=[refusal])).right
    assert solve_case(FREE, setup, scripted(plan=[refusal])).error == "refused wrongly"


def test_a_model_that_declines_to_answer_has_failed_and_one_that_is_gone_ends_the_run(
    scripted: Callable[..., Any],
) -> None:
    setup = Setup("file:x", **PUBLISHED)
    declined = solve_case(FREE, setup, scripted(plan=[ClientError("I will not", "refusal")]))
    assert (declined.error, declined.refused, declined.calls) == ("form", False, 1)
    with pytest.raises(ClientError, match="gone"):
        solve_case(FREE, setup, scripted(plan=[ClientError("gone", "unreachable")]))


def test_episodes_of_a_model_may_run_side_by_side(scripted: Callable[..., Any]) -> None:
    every = [dataclasses.replace(FREE, seed=s) for s in range(3)]
    found = list(run_cases(every, Setup("file:x", **PUBLISHED), scripted(plan=[TAKE]), 2))
    assert {o.case for o in found} == set(every) and all(o.right for o in found)
    gone = scripted(plan=[ClientError("gone", "unreachable")])
    with pytest.raises(ClientError, match="gone"):
        list(run_cases(every, Setup("file:x", **PUBLISHED), gone, 2))


def test_offline_planners_run_in_processes() -> None:
    every = [dataclasses.replace(c, seed=s) for c in (FREE, BROKEN) for s in range(2)]
    found = list(run_cases(every, Setup("oracle", **PUBLISHED), executor=LocalProcesses(2)))
    assert {o.case for o in found} == set(every) and all(o.right for o in found)


def test_a_model_reads_the_wording_of_the_setup(scripted: Callable[..., Any]) -> None:
    client = scripted(plan=[TAKE])
    setup = Setup(
        "file:x", settings=Settings(strategy="single"), recipe=None,
        wording=Wording("shuffled", "mm", (0, 0)),
    )  # fmt: skip
    outcome = solve_case(FREE, setup, client)
    seen: Request = client.seen[0]
    text = seen.messages[-1].content
    assert " mm" in text and "hammer" not in text
    assert not outcome.success and outcome.error in ("logical", "form")


# ---- the log


def test_an_episode_is_the_same_after_it_was_stored() -> None:
    outcome = Outcome(BROKEN, False, False, "logical", ("stick", "hammer"), True, cost=None)
    assert outcome_from(json.loads(json.dumps(outcome.as_dict()))) == outcome


def test_finished_episodes_are_not_run_again(tmp_path: Path) -> None:
    log = Log(tmp_path, Setup("search"))
    log.append(Outcome(FREE, True, False, "none"))
    again = Log(tmp_path, Setup("search"))
    assert again.missing([NEEDED, FREE, BROKEN]) == [NEEDED, BROKEN]
    assert [o.case for o in again.finished([NEEDED, FREE])] == [FREE]
    line = json.loads(again.path.read_text(encoding="utf-8"))
    for key in ("task", "generation", "seed", "planner", "settings", "recipe", "wording"):
        assert key in line


@pytest.mark.parametrize("cut", [1, 40])
def test_a_last_line_that_was_cut_off_is_dropped(tmp_path: Path, cut: int) -> None:
    log = Log(tmp_path, Setup("search"))
    for case in (FREE, BROKEN):
        log.append(Outcome(case, True, False, "none"))
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:-cut])
    said: list[str] = []
    again = Log(tmp_path, Setup("search"), said.append)
    assert again.missing([FREE, BROKEN]) == [BROKEN] and "cut off" in said[0]
    again.append(Outcome(BROKEN, True, False, "none"))
    assert log.path.read_bytes() == whole


def test_a_folder_of_another_configuration_is_refused(tmp_path: Path) -> None:
    Log(tmp_path, Setup("search")).append(Outcome(FREE, True, False, "none"))
    far = Setup("search", recipe=Recipe(variation=2.0))
    with pytest.raises(ValueError, match=r"recipe.variation is 1.0 there and 2.0 here"):
        Log(tmp_path, far)
    with pytest.raises(ValueError, match='planner is "search" there and "oracle" here'):
        Log(tmp_path, Setup("oracle"))
    with pytest.raises(ValueError, match="wording is .* there and null here"):
        Log(tmp_path, Setup("search", wording=None))


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    log = Log(tmp_path, Setup("search"))
    log.append(Outcome(FREE, True, False, "none"))
    log.path.write_text("{}\n" + log.path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"episodes\.jsonl:1: not an episode"):
        Log(tmp_path, Setup("search"))


# ---- tables


def test_the_arithmetic_of_the_table() -> None:
    one = Outcome(NEEDED, True, False, "none", ("hammer",), True, 3, 1, 2, 100, 20, 0.25, 4.0)
    two = dataclasses.replace(
        one, case=dataclasses.replace(NEEDED, seed=4), success=False, refused=True,
        error="refused wrongly", tools=(), calls=4, cost=0.5, planner_seconds=6.0,
    )  # fmt: skip
    (row,) = table([one, two])
    assert (row["task"], row["generation"], row["twin"]) == (NEEDED.task, "2024", "needed")
    assert (row["episodes"], row["right"], row["success"], row["refused"]) == (2, 1, 1, 1)
    assert (row["rate"], row["interval"]) == (0.5, wilson(1, 2))
    assert row["errors"] == {"refused wrongly": 1} and row["used_a_tool"] == 1
    assert (row["calls_mean"], row["cost"], row["planner_seconds_median"]) == (3, 0.75, 5)
    assert table([one, dataclasses.replace(two, cost=None)])[0]["cost"] is None


@pytest.mark.parametrize(
    ("policy", "score"),
    [
        (clever, 1.0),
        (lambda case: (case.twin == "needed", False), 1 / 3),  # always the tool
        (lambda case: (False, True), 1 / 3),  # always refuse
        (lambda case: (case.twin == "not needed", False), 1 / 3),  # never a tool
        (lambda case: (case.twin != "broken", False), 2 / 3),
        (lambda case: (False, False), 0.0),
    ],
)
def test_discrimination_rewards_no_constant_policy(
    policy: Callable[[Case], tuple[bool, bool]], score: float
) -> None:
    *tasks, whole = discrimination(made_up(policy))
    assert [r["task"] for r in tasks] == ["ReachMilk", "PressButton", "GraspCan"]
    for row in (*tasks, whole):
        low, high = row["interval"]
        assert row["score"] == pytest.approx(score) and low <= row["score"] <= high
    assert whole["episodes"] == 36 and whole["needed"]["episodes"] == 12
    assert whole["interval"][1] - whole["interval"][0] > 0.05


def test_there_is_no_score_while_a_twin_is_missing() -> None:
    half = [o for o in made_up(clever) if o.case.twin != "broken"]
    whole = discrimination(half)[-1]
    assert whole["score"] is None and whole["broken"]["rate"] is None
    assert "|  |  |" in markdown(stored(half)).splitlines()[-1]


def test_json_csv_and_markdown_agree() -> None:
    outcomes = made_up(lambda case: (case.seed % 2 == 0, case.seed == 1))
    result = stored(outcomes)
    lines = [[c.strip() for c in x.split("|")[1:-1]] for x in markdown(result).splitlines()]
    rows = list(csv.DictReader(io.StringIO(as_csv(result["rows"]))))
    assert len(rows) == len(result["rows"]) == 9
    for line, row, data in zip(lines[2:], rows, result["rows"], strict=False):
        assert line[:2] == [data["task"], data["generation"]] == [row["task"], row["generation"]]
        assert line[2] == rate(data["right"], data["episodes"])
        assert int(row["right"]) == data["right"] and float(row["low"]) == data["interval"][0]
        counted = {name: int(n) for n, name in (x.split(" ", 1) for x in line[6].split(", "))}
        assert counted == data["errors"] == json.loads(row["errors"])
        assert sum(counted.values()) == data["episodes"] - data["right"]
        assert set(counted) <= set(ERRORS)
    episodes = list(csv.DictReader(io.StringIO(as_csv(result["episodes"]))))
    assert len(episodes) == len(outcomes)
    assert [e["right"] for e in episodes] == [str(o.right) for o in outcomes]


def test_results_stand_side_by_side() -> None:
    first, second = stored(made_up(clever)), stored(made_up(clever, 3), "openai:m@http://x/v1")
    head, _, one, two, *notes = compare([first, second]).splitlines()
    assert head.startswith("| planner | layouts | needed | not needed | broken | discrimination |")
    assert "| search | 36 random |" in one and "| openai:m@http://x/v1, plan, repair |" in two
    assert "not the same" in notes[-1] and "not the same" not in compare([first, first])


# ---- the plot


def test_the_plot_is_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    every = made_up(clever)
    for name, outcomes in (("all", every), ("one", every[:1])):
        path = tmp_path / f"{name}.png"
        save_plot(stored(outcomes, "openai:m@http://x/v1"), path)
        raw = path.read_bytes()
        assert raw.startswith(b"\x89PNG") and 8_000 < len(raw) < 300_000
        width, height = (int.from_bytes(raw[k : k + 4], "big") for k in (16, 20))
        assert width == 1200 and 300 < height < 1200
