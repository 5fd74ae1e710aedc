"""A library's file: changed by several at once, with nothing lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from habilis.llm_planner.library.store import Composed, Library, LibraryError, load_library

COUNT = 25
REPORTS = """
import sys
from pathlib import Path
from habilis.llm_planner.library.store import load_library
library = load_library(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    library.count(["poke"], True)
    library.report("prod", False, where=sys.argv[3])
"""


def skill(name: str) -> Composed:
    return Composed(name, "Take it.", ("it",), ({"skill": "grasp", "args": {"object": "$it"}},))


def with_skills(path: Path, *names: str) -> Library:
    library = load_library(path)
    for name in names:
        library.submit(skill(name), [f"{name}-{i}" for i in range(5)], lambda *_: True)
    return library


def test_no_trial_is_lost_where_two_processes_report_at_once(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    with_skills(path, "poke", "prod")
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", REPORTS, str(path), str(COUNT), where],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for where in ("here", "there")
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.communicate("go\n")
    assert [worker.returncode for worker in workers] == [0, 0]
    found = load_library(path)
    assert (found["poke"].trials, found["poke"].successes) == (5 + 2 * COUNT, 5 + 2 * COUNT)
    assert (found["prod"].trials, found["prod"].successes) == (5 + 2 * COUNT, 5)
    assert [found["prod"].tested.count(where) for where in ("here", "there")] == [COUNT, COUNT]


def test_what_others_added_or_removed_since_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    with_skills(path, "poke", "prod")
    one, other = load_library(path), load_library(path)
    other.remove("prod")
    with_skills(path, "nudge")
    one.count(["poke", "prod"], True)
    found = load_library(path)
    assert [s.skill.name for s in found.standings()] == ["poke", "nudge"]
    assert found["poke"].trials == 6 and one.standings() == found.standings()


def test_a_name_that_another_took_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    late = load_library(path)

    def slow(*_: object) -> bool:
        if "poke" not in load_library(path):
            with_skills(path, "poke")
        return False

    with pytest.raises(LibraryError, match="'poke' is in the library already"):
        late.submit(skill("poke"), [str(i) for i in range(5)], slow)
    assert load_library(path)["poke"].status == "admitted"


def test_a_file_that_was_spoiled_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    library = with_skills(path, "poke")
    path.write_text("[{]")
    with pytest.raises(LibraryError, match="no skill library"):
        library.count(["poke"], True)
    assert path.read_text() == "[{]"
