"""Experience that is found again, and skills that have to prove themselves."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from habilis.assets.scene.model.compile import Compiled
from habilis.llm_planner.library.store import (
    Composed,
    Library,
    LibraryError,
    Standing,
    load_library,
)
from habilis.llm_planner.pipeline.memory import (
    Lesson,
    LessonMemory,
    MemoryFileError,
    common,
    lessons_text,
    load_memory,
)

MILK = Lesson(
    "reach_milk_2024",
    "Pick up the milk carton.",
    ("hammer", "milk", "lock"),
    False,
    "tool-use",
    ("grasp",),
    "out of the workspace by 0.09 m",
    "grasp > sweep",
)
TIN = Lesson("gallery_tray", "Pick up the tea tin.", ("tray", "tea_tin"), True, "", ("grasp",), "")
BUTTON = Lesson("press", "Press the button.", ("cube", "button"), True, "", ("join",), "")

TAKE = Composed(
    "take",
    "Grasp and lift.",
    ("object",),
    (
        {"skill": "grasp", "args": {"object": "$object"}},
        {"skill": "lift", "args": {"object": "$object"}},
    ),
    made_on=("seed 0",),
)
ROW = json.dumps([dataclasses.asdict(Standing(TAKE, "admitted", 5, 5))])
SEEDS = [f"seed {k}" for k in range(1, 11)]


def test_lessons_are_recalled_by_likeness(milk: Compiled) -> None:
    memory = LessonMemory([BUTTON, TIN, MILK])
    found = memory.recall(milk.scene)
    assert found[0] == MILK and BUTTON not in found
    assert "failed: " in lessons_text(found) and "tool-use" not in lessons_text(found)
    assert "mended by: grasp > sweep" in str(MILK)
    assert lessons_text([]) == ""


def test_lessons_are_kept_once_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lessons.jsonl"
    memory = load_memory(path)
    assert [memory.add(x) for x in (MILK, MILK, TIN)] == [True, False, True]
    assert load_memory(path).lessons == [MILK, TIN]
    assert memory.remembered() == [("grasp",)]


@pytest.mark.parametrize("text", ["nonsense", '{"scene": "x"}', "[1]"])
def test_bad_file_of_lessons_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lessons.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(MemoryFileError, match="lessons.jsonl:1: no lesson"):
        load_memory(path)


def test_likeness_of_plans() -> None:
    assert common("abc", "abc") == 1.0
    assert common(("grasp", "lift"), ("grasp", "sweep", "lift")) == pytest.approx(2 / 3)
    assert common((), ("grasp",)) == 0.0


# ---- the skill library


def test_skill_is_admitted_only_by_fresh_scenes() -> None:
    library = Library()
    assert library.submit(TAKE, SEEDS, lambda _, where: where != "seed 3").status == "admitted"
    assert library.usable() == [TAKE]
    poor = dataclasses.replace(TAKE, name="take_poorly")
    assert library.submit(poor, SEEDS, lambda _, where: where < "seed 5").status == "refused"
    assert library.usable() == [TAKE]


@pytest.mark.parametrize(
    "fresh", [["seed 0", *SEEDS], SEEDS[:4], ["seed 1"] * 6], ids=["made on", "few", "the same"]
)
def test_admission_needs_enough_scenes_it_was_not_made_on(fresh: list[str]) -> None:
    with pytest.raises(LibraryError, match="5 or more different scenes"):
        Library().submit(TAKE, fresh, lambda *_: True)


def test_skill_is_revoked_when_its_success_falls() -> None:
    library = Library()
    library.submit(TAKE, SEEDS, lambda *_: True)
    with pytest.raises(LibraryError, match="in the library already"):
        library.submit(TAKE, SEEDS, lambda *_: True)
    status = [library.report("take", False).status for _ in range(40)]
    assert status[:3] == ["admitted"] * 3 and status[-1] == "revoked"
    assert library.usable() == [] and "revoked: 10 of" in library["take"].note
    assert library.submit(TAKE, SEEDS, lambda *_: True).status == "admitted"


def test_library_is_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "skills.json"
    library = load_library(path)
    library.submit(TAKE, SEEDS, lambda *_: True)
    library.save(path)
    again = load_library(path)
    assert again["take"] == library["take"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no skill library: 1:2: not JSON: Expecting property name"),
        ("{}", "a list of skills is wanted"),
        ("[1]", "a list of skills is wanted"),
        ("[{}]", "skill 1: key 'skill' is missing"),
        ('[{"skill": 3}]', "no skill library"),
        (ROW.replace("admitted", "fine"), "take: no standing: 'fine', 5 of 5"),
        (ROW.replace('"trials": 5', '"trials": 4'), "take: no standing: 'admitted', 5 of 4"),
        (ROW.replace('"lift"', '"left"'), "did you mean 'lift'"),
        (f"[{ROW[1:-1]}, {ROW[1:-1]}]", "two skills are called 'take'"),
    ],
)
def test_a_bad_library_file_is_one_clear_message(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "skills.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LibraryError, match=says) as caught:
        load_library(path)
    assert str(caught.value).startswith(f"{path}: no skill library: ")


def test_every_change_is_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "skills.json"
    library = load_library(path)
    library.submit(TAKE, SEEDS, lambda *_: True)
    library.count(["take", "take", "another"], False)
    assert load_library(path)["take"] == library["take"]
    assert (library["take"].trials, library["take"].successes) == (11, 10)
    assert library.remove("take").skill == TAKE and load_library(path).standings() == []
    with pytest.raises(LibraryError, match="unknown composed skill 'take'"):
        library.remove("take")
    left = {p.name for p in path.parent.iterdir()}
    assert left <= {"skills.json", ".skills.json.lock"}  # Windows keeps no lock


def test_holes_are_filled_within_expressions() -> None:
    skill = Composed(
        "near",
        "Bring near.",
        ("object", "margin"),
        (
            {
                "skill": "sweep",
                "args": {
                    "object": "$object",
                    "direction": "-x",
                    "distance": "$object.x - $margin * 2",
                },
            },
        ),
    )
    (step,) = skill.expand({"object": "milk", "margin": "1*cm + 2*cm"})
    assert step["args"]["object"] == "milk"
    assert step["args"]["distance"] == "milk.x - (1*cm + 2*cm) * 2"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "grasp"}, "no free name"),
        ({"name": "a b"}, "no free name"),
        ({"name": "get_center"}, "no free name"),
        ({"name": "print"}, "no free name"),
        ({"example": {"objct": "milk"}}, "its example gives"),
        ({"parameters": ("object", "how")}, "has the holes|have the holes"),
        ({"steps": ()}, "have the holes"),
        ({"steps": ({"skill": "grsp", "args": {"object": "$object"}},)}, "did you mean 'grasp'"),
    ],
)
def test_badly_made_skill_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(LibraryError, match=says):
        dataclasses.replace(TAKE, **change)
    with pytest.raises(LibraryError, match="did you mean 'object'"):
        TAKE.expand({"objct": "milk"})
