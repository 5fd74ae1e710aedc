"""The scores of the suite: what an episode counts for, families as the unit, results together."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench.creative import Case, Outcome, Setup
from habilis.llm_planner.bench.leaderboard import Entry, joined
from habilis.llm_planner.bench.suite import SCORES, episodes_of, scores, together, track
from habilis.llm_planner.bench.table import discrimination, summary
from habilis.llm_planner.model.make import answered_by
from habilis.llm_planner.pipeline.episode import Settings
from habilis.llm_planner.search.belief import Belief
from habilis.llm_planner.search.planner import SearchBudget
from habilis.policies.evaluation.statistics import wilson
from habilis.policies.layouts.layouts import Recipe
from habilis.scripts.docs.results.page import braced, rendered

NEEDED, FREE, BROKEN = SUFFIXES.values()
RECORDING = Path(__file__).parents[2] / "data/recordings/creative_plan.jsonl"
Result = dict[str, Any]


def played(name: str, suffix: str, *, seed: int = 0, ends: str = "success", **more: Any) -> Outcome:
    """An outcome that ended in a way; without more it is the one that is wanted."""
    case = Case(f"habilis/{name}{suffix}-v0", "2024", seed)
    acted = ends in ("success", "failed")
    fields: dict[str, Any] = {
        "success": ends == "success",
        "refused": ends == "refused",
        "error": "crash" if ends == "crash" else "none",
        "execution_seconds": 1.0 if acted else 0.0,
        "touched": acted and suffix != FREE,
    }
    return Outcome(case, **fields | more)


def good(name: str, seed: int = 0) -> list[Outcome]:
    """Right in all three twins."""
    ends = {NEEDED: "success", FREE: "success", BROKEN: "refused"}
    return [played(name, suffix, seed=seed, ends=end) for suffix, end in ends.items()]


def result(*outcomes: Outcome, setup: Setup | None = None, **more: Any) -> Result:
    plain: Result = {
        "setup": (setup or Setup("search")).as_dict(),
        "command": "habilis bench creative "
        + " ".join(dict.fromkeys(o.case.task for o in outcomes)),
        "time": "2026-11-30T10:00:00+00:00",
        "versions": {"mujoco": "4.0.0"},
        "episodes": [o.as_dict() for o in outcomes],
        "discrimination": discrimination(outcomes),
        "total": summary(outcomes),
    }
    stored: Result = json.loads(json.dumps(plain | more))
    return stored


def value(name: str, *outcomes: Outcome) -> float | None:
    found: float | None = scores([o.as_dict() for o in outcomes])[name]["value"]
    return found


@pytest.mark.parametrize("ending", ["success", "refused", "gave up", "failed", "crash"])
def test_an_outcome_says_how_it_ended_and_of_what_family(ending: str) -> None:
    told = played("FetchHook", NEEDED, ends=ending).as_dict()
    assert told["ending"] == ending and told["family"] == "FetchHook" and told["level"] == 3
    assert told["mechanism"] == "reach" and told["twin"] == "needed"


def test_who_does_the_right_thing_scores_one_in_all() -> None:
    done = [o for name in ("ReachMilk", "FetchHook") for o in good(name)]
    found = scores([o.as_dict() for o in done])
    assert tuple(found) == SCORES and all(found[name]["value"] == 1 for name in SCORES)
    assert found["discrimination"]["interval"] == list(wilson(2, 2))  # two families, not 6 episodes
    assert [found[name]["families"] for name in SCORES] == [2, 2, 2, 1, 2]


def test_each_score_falls_with_what_it_is_about_and_nothing_else() -> None:
    needed, free, broken = good("FetchHook")
    none = [played("FetchHook", NEEDED, ends="failed", touched=False), free, broken]
    assert value("necessity", *none) == 0.5 and value("selection", *none) is None
    other = [dataclasses.replace(none[0], tools=("brick",)), free, broken]
    assert value("necessity", *other) == 1 and value("selection", *other) == 0
    assert value("execution", *other) is None
    slipped = [played("FetchHook", NEEDED, ends="failed"), free, broken]
    assert value("selection", *slipped) == 1 and value("execution", *slipped) == 0
    assert value("composition", *slipped) == 0
    always = [needed, played("FetchHook", FREE, ends="failed", touched=True), broken]
    assert value("necessity", *always) == 0.5 and value("execution", *always) == 1
    idle = [needed, played("FetchHook", FREE, ends="refused"), broken]
    assert value("necessity", *idle) == 0.5  # who does nothing has not seen that hands suffice
    assert value("discrimination", *idle) == pytest.approx(2 / 3)
    assert value("discrimination", needed, free) is None  # a twin was not asked
    assert value("composition", *good("ReachMilk")) is None  # one tool, used once


def test_families_count_alike_however_many_layouts_they_have() -> None:
    many = [o for seed in range(9) for o in good("ReachMilk", seed)]
    wrong = [played("FetchHook", suffix, ends="gave up") for suffix in SUFFIXES.values()]
    found = scores([o.as_dict() for o in [*many, *wrong]])["discrimination"]
    assert found["value"] == 0.5 and found["episodes"] == 30 and found["families"] == 2
    low, high = found["interval"]
    assert low == 0 and high == 1  # two families say next to nothing of others


def test_results_of_one_planner_and_track_are_put_together_and_no_family_counts_twice() -> None:
    ten = Setup("search", SearchBudget(rollouts=10), belief=Belief(0.3, 0.3))
    first, second = result(*good("ReachMilk")), result(*good("FetchHook"))
    apart = result(*good("FetchHook"), setup=ten)
    whole, off = together([first, apart, second])
    assert [len(whole.results), len(whole.episodes), len(off.results)] == [2, 6, 1]
    assert (whole.track, off.track) == ("60 tries, world exact", "10 tries, world off")
    with pytest.raises(ValueError, match=r"FetchHook is in two results of search: .*leave one"):
        together([first, second, result(*good("FetchHook", 7))])


def test_a_model_is_who_answered_whatever_file_it_answered_through() -> None:
    names = [f"replay:part_{k}.jsonl" for k in (1, 2)]
    parts = [
        result(*good(name), setup=Setup(spec), answered_by="an assistant")
        for name, spec in zip(("ReachMilk", "FetchHook"), names, strict=True)
    ]
    (one,) = together(parts)
    assert (one.who, one.track) == ("an assistant", "plan, 3 repairs, world exact")
    assert not one.offline and len(one.episodes) == 6
    single = Setup("file:x", settings=Settings(strategy="single"), recipe=None).as_dict()
    assert track(single) == "plan, single, world exact, published layouts"


def test_who_answered_is_said_without_a_folder() -> None:
    by = answered_by(f"replay:{RECORDING}")
    assert by and str(RECORDING) not in by
    assert answered_by("file:/home/me/asked") == answered_by("record:a.jsonl:file:b")
    assert "/" not in answered_by("file:/home/me/asked")
    assert answered_by("record:a.jsonl:file:b", "somebody") == "somebody"
    assert answered_by("record:a.jsonl:openai:m") == "openai:m"


def test_at_the_level_of_look_alikes_one_tool_is_two_to_choose_from() -> None:
    looking = Setup("search", recipe=Recipe(lookalike=True))
    levels = {e["level"] for e in episodes_of(result(*good("ReachMilk"), setup=looking))}
    assert levels == {2} and {e["level"] for e in episodes_of(result(*good("ReachMilk")))} == {1}


def test_a_result_without_todays_fields_is_read() -> None:
    old = result(*good("FetchHook"))
    for one in old["episodes"]:
        for name in ("family", "mechanism", "level", "ending"):
            del one[name]
    assert episodes_of(old) == episodes_of(result(*good("FetchHook")))


def test_the_page_shows_what_is_stored_and_says_when_nothing_is(tmp_path: Path) -> None:
    assert rendered("suite", tmp_path) == "*Nothing is stored in `benchmarks/suite_*.json` yet.*"
    (tmp_path / "benchmarks").mkdir()
    told = [dataclasses.replace(o, repairs=1, calls=2, input_tokens=900) for o in good("ReachMilk")]
    answered = result(*told, setup=Setup("replay:a"), answered_by="an assistant")
    parts = [
        result(*good("ReachMilk"), *good("ReachMilk", 1)),
        result(*[played("FetchHook", suffix, ends="gave up") for suffix in SUFFIXES.values()]),
        answered,
    ]
    for k, part in enumerate(parts):
        (tmp_path / f"benchmarks/suite_{k}.json").write_text(json.dumps(part), encoding="utf-8")
    text = rendered("suite", tmp_path)
    assert re.search(r"\| search \| 60 tries, world exact \|.*\| 0\.50 \(.*\) \| 2 \| 9 \|", text)
    assert "| ReachMilk | reach | 1 | 2/2 2/2 2/2 | 1/1 1/1 1/1 |" in text
    assert "| FetchHook | reach | 3 | 0/1 0/1 0/1 | \N{EN DASH} |" in text
    assert "| reach | 2 | 2/3 2/3 2/3 | 1/1 1/1 1/1 |" in text
    assert "| all | 2 | 2/3 2/3 2/3 | 1/1 1/1 1/1 |" in text
    assert "| search, 60 tries, world exact | 4 | 2 | 3 | 0 | 0 | 0 |" in text
    first = " | ".join(["0.00 (0.00-0.56, n = 3)", *["0.00 (0.00-0.79, n = 1)"] * 3])
    assert f"| {first} | 1.00 (0.44-1.00, n = 3) | 2.0 | 900 + 0 |" in text
    assert text.count("stored in `benchmarks/suite_") == 3
    assert "habilis/ReachMilk{,NotNeeded,Broken}-v0`;" in text


def test_a_command_on_a_page_names_families_once() -> None:
    ids = [f"habilis/{n}{s}-v0" for n in ("ReachMilk", "FetchHook") for s in SUFFIXES.values()]
    command = shlex.join(["habilis", "bench", "creative", "--tasks", *ids, "habilis/RaiseLid-v0"])
    assert braced(command) == (
        "habilis bench creative --tasks habilis/{ReachMilk,FetchHook}{,NotNeeded,Broken}-v0"
        " habilis/RaiseLid-v0"
    )


def test_results_on_other_families_share_a_row_of_the_leaderboard() -> None:
    found = [Entry("search", result(*good(name)), 2) for name in ("ReachMilk", "FetchHook")]
    (one,) = joined(found)
    assert one.replayed == 4 and one.score["score"] == 1 and one.score["episodes"] == 6
    assert one.result["command"].count("habilis bench creative") == 2
    again = Entry("search", result(*good("ReachMilk", 5)), 1)
    assert len(joined([*found, again])) == 3
