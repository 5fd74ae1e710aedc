"""What `habilis docs` writes stands in the pages, and changes with what was measured."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from habilis.envs.media.gl import RenderingUnavailable
from habilis.envs.tasks.base.family import FAMILIES, Task, TaskFamily
from habilis.scripts.docs import command
from habilis.scripts.docs.families import pages
from habilis.scripts.docs.results.page import filled, rendered
from habilis.scripts.docs.tasks import oracles

ROOT = Path(__file__).parents[3]


class Foreign(TaskFamily):
    """Of another package, so that it has no page here."""

    def tasks(self) -> list[Task]:
        return []


def test_tables_are_those_of_the_stored_results() -> None:
    assert command(["tables", "--root", str(ROOT), "--check"]) == 0, "run: habilis docs tables"


def test_pages_of_tasks_are_those_of_the_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "Foreign", Foreign())
    folder = ROOT / "docs" / "tasks"
    written = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert written == pages(oracles(ROOT)), "run: habilis docs tasks"
    for name in set(written) - {"index"}:
        assert (ROOT / "docs" / "images" / "tasks" / f"{name}.webp").exists(), name


def test_a_table_changes_with_the_result_and_the_page_is_out_of_date(tmp_path: Path) -> None:
    source = "benchmarks/function.json"
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / source, tmp_path / source)
    page = tmp_path / "docs" / "page.md"
    page.write_text("before\n<!-- table: function -->\nstale\n<!-- end of table -->\nafter\n")
    assert command(["tables", "--root", str(tmp_path), "--check"]) == 1
    assert "stale" in page.read_text()
    assert command(["tables", "--root", str(tmp_path)]) == 0
    written = page.read_text()
    assert written.startswith("before\n") and written.endswith("after\n") and "stale" not in written
    assert "| scissors | sever a strip | 1.00 (0.97-1.00, n = 120) |" in written
    assert command(["tables", "--root", str(tmp_path), "--check"]) == 0

    result = json.loads((tmp_path / source).read_text())
    result["rows"][0]["success"] = 60
    (tmp_path / source).write_text(json.dumps(result))
    assert command(["tables", "--root", str(tmp_path), "--check"]) == 1
    assert "| scissors | sever a strip | 0.50 " in rendered("function", tmp_path)


def test_places_that_cannot_be_filled_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown table 'functoin'; did you mean 'function'"):
        filled("<!-- table: functoin -->\n<!-- end of table -->\n", ROOT)
    with pytest.raises(ValueError, match="not closed"):
        filled("<!-- table: function -->\n", ROOT)


def test_films_become_one_animation_of_the_time_that_each_gets(tmp_path: Path) -> None:
    films = [tmp_path / "long.avi", tmp_path / "short.avi"]
    for film, count, grey in zip(films, (80, 5), (250, 100), strict=True):
        codec = cv2.VideoWriter.fourcc(*"MJPG")
        writer = cv2.VideoWriter(str(film), codec, 10, (64, 108))
        for _ in range(count):
            writer.write(np.full((108, 64, 3), grey, np.uint8))
        writer.release()
    out = tmp_path / "both.webp"
    args = ["montage", *map(str, films), "--out", str(out), "--seconds", "2", "--width", "64"]
    assert command(args) == 0
    there, animation = cv2.imreadanimation(str(out))
    assert there and sum(animation.durations) == pytest.approx(2500, abs=150)
    first, last = animation.frames[0], animation.frames[-1]
    assert first.shape[:2] == (108, 64)
    assert first[90, 30, 0] > 230 and 80 < last[90, 30, 0] < 120


@pytest.mark.slow
@pytest.mark.parametrize("family", ["aperture", "press_button"])
def test_a_family_is_filmed_whatever_its_world_and_the_film_says_how_it_ended(
    family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    args = ["films", family, "--root", str(tmp_path), "--fps", "2", "--width", "120"]
    try:
        assert command(args) == 0
    except RenderingUnavailable as error:
        pytest.skip(str(error))
    film = tmp_path / "docs" / "images" / "tasks" / f"{family}.webp"
    there, animation = cv2.imreadanimation(str(film))
    assert there and len(animation.frames) > 5 and str(film) in capsys.readouterr().out
    start, end = (np.asarray(animation.frames[i], float) for i in (0, -1))
    assert np.abs(start - end).max() > 50


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["films", "reach_mlik"], "unknown family 'reach_mlik'; did you mean 'reach_milk'"),
        (["films", "--root", "nowhere"], "no folder nowhere/docs"),
        (["montage", "none.mp4"], "no film none.mp4"),
        (["montage", "a.mp4", "b.mp4", "--labels", "one"], "--labels must be 2"),
        (["tables", "--root", "nowhere"], "no pages in"),
    ],
)
def test_bad_input_is_named(args: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises((ValueError, OSError), match=said):
        command(args)
