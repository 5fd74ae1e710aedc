"""The report page: complete in itself, harmless whatever strings hold, honest in every ending."""

import base64
import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from habilis.llm_planner.report import media as report_media
from habilis.llm_planner.report.page import ReportError, verdict, write_report
from habilis.llm_planner.report.plan import in_words
from habilis.llm_planner.report.text import esc, number, prose, quantity
from habilis.llm_planner.report.timeline import group, ordered, read_contacts, ticks

VOID = {"meta", "img", "br", "input", "hr", "link"}
EVIL = "<script>alert('x')</script>\"&\x00\ud800"


def step(skill: str, start: float, end: float, outcome: str = "success", **numbers: float) -> Any:
    args = {"object": "milk"}
    return {
        "skill": skill, "args": args, "start": start, "end": end, "outcome": outcome,
        "reason": f"{skill} says so", "numbers": numbers,
    }  # fmt: skip


@pytest.fixture
def run() -> dict[str, Any]:
    """A run that succeeded, without film and picture."""
    steps = [step("grasp", 0.0, 4.0, aperture=0.0438), step("lift", 4.0, 6.0, height=0.08)]
    copied = [step("grasp", 0.0, 4.5, aperture=0.0412), step("lift", 4.5, 6.5, height=0.079)]
    return {
        "version": 1, "habilis": "0.1.0", "command": "habilis solve reach_milk_2023",
        "started": "2026-11-21T06:40:00Z", "seed": 3, "versions": {"mujoco": "4.0.0"},
        "scene": {
            "name": "reach", "instruction": "Pick up the milk carton.",
            "goal": "held(milk) and lifted(milk, 0.05)", "notes": ["a note"], "hold": 0.5,
            "workspace": {"lower": [0, -0.25, 0.01], "upper": [0.45, 0.25, 0.3]},
            "tool": {"name": "hammer", "use": "required"},
            "entities": [
                {
                    "name": "hammer", "size": [0.2, 0.1, 0.05], "mass": 0.3, "tool": True,
                    "shapes": {"box": 2, "cylinder": 1}, "links": 1, "grains": 0,
                    "pos": [0.3, -0.1, 0.025], "quat": [0.9239, 0, 0, 0.3827],
                },
                {"name": "milk", "size": [0.04, 0.04, 0.16], "mass": 0.3, "tool": False},
            ],
        },
        "planner": {
            "name": "search", "reason": "found after 1 rollouts in 0.2 s", "rollouts": 1,
            "seconds": 0.2, "tried": [
                {"why": "take milk", "cost": 5.5, "steps": ["grasp()"], "outcome": "goal reached"},
                {"why": "push milk", "cost": 9.0, "steps": ["sweep()"], "outcome": "it fell"},
            ],
        },
        "plan": {
            "scene": "reach", "instruction": "", "origin": "search",
            "steps": [{"skill": s["skill"], "args": s["args"]} for s in steps],
        },
        "verification": {"ok": True, "reason": "", "seconds": 0.3, "steps": copied},
        "execution": {
            "success": True, "reason": "", "simulated_seconds": 6.5, "wall_seconds": 0.4,
            "steps": steps,
        },
        "contacts": [
            {"first": "milk", "second": "table", "start": 0.02, "end": 4.0, "peak": 3.0},
            {"first": "left_finger", "second": "milk", "start": 3.0, "end": 6.5, "peak": 55.0},
            {"first": "milk", "second": "hammer", "start": 1.0, "end": 2.0, "peak": 5.0},
        ],
        "files": {"film": None, "picture": None},
    }  # fmt: skip


class Page(HTMLParser):
    """Reads a page; notes what is open at the end, what is closed wrongly, and all attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every such tag."""
        return [attrs for name, attrs in self.tags if name == tag]


def made(run: dict[str, Any], folder: Path) -> Page:
    """The page of a run, checked for what must hold for every page."""
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    path = write_report(folder)
    assert path == folder / "report.html"
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert not page.open and not page.wrong
    assert text.startswith("<!DOCTYPE html>")
    assert not re.search(r"https?:|\burl\(|@import|<link|\$[a-z{]", text)
    for _, attrs in page.tags:
        for key in ("src", "poster", "srcset", "data"):
            assert (attrs.get(key) or "data:").startswith("data:")
        assert not any(key.startswith("on") for key in attrs)
    assert all(a.get("alt") for a in page.all("img"))
    assert len(page.all("script")) == 1
    assert len(page.all("h1")) == 1
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    return page


def film(path: Path, codec: str) -> Path:
    """A second of film, 20 pictures, each brighter than the one before."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 20.0, (160, 180))
    if not writer.isOpened():
        pytest.skip(f"this build of OpenCV does not write {codec}")
    for i in range(20):
        writer.write(np.full((180, 160, 3), 12 * i, np.uint8))
    writer.release()
    return path


def test_a_success_says_so_and_shows_predicted_beside_measured(
    run: dict[str, Any], tmp_path: Path
) -> None:
    page = made(run, tmp_path)
    for said in (
        "Succeeded", "Pick up the milk carton.", "Grasp the milk", "41.2 mm", "43.8 mm", "4.50 s",
        "4.00 s", "predicted", "measured", "held(milk) and lifted(milk, 0.05)", "hammer: required",
        "habilis solve reach_milk_2023", "mujoco 4.0.0", "0.00 to 0.45", "200 \u00d7 100 \u00d7 50",
    ):  # fmt: skip
        assert said in page.text, said
    assert "it fell" in page.text  # why the other candidate was rejected
    assert all("open" not in attrs for attrs in page.all("details"))


def test_the_scene_says_what_stood_where_and_what_it_is_made_of(
    run: dict[str, Any], tmp_path: Path
) -> None:
    made(run, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    cells = [re.sub("<[^>]*>", "", c) for c in re.findall(r"<td[^>]*>.*?</td>", page)]
    shape = "2 \u00d7 box, cylinder, link"
    place, size = "0.300, \u22120.100, 0.025; 45\u00b0", "200 \u00d7 100 \u00d7 50"
    at = cells.index(shape) - 1
    assert cells[at : at + 5] == ["hammer", shape, place, size, "0.30"]
    assert cells[at + 6 : at + 8] == ["milk", "\u2013"]  # of a record that does not say


def test_no_column_of_a_wide_table_is_cut_off_on_a_phone(
    run: dict[str, Any], tmp_path: Path
) -> None:
    """There the cells of a row stand below each other, each with the head of its column."""
    made(run, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    tables = re.findall(r'<table class="([^"]*)">(.*?)</table>', page, flags=re.DOTALL)
    wide = [(kind, body) for kind, body in tables if body.split("</thead>")[0].count("<th") > 3]
    assert len(wide) >= 3  # what touched what, what was tried, what stood there
    for kind, body in wide:
        assert "stack" in kind.split()
        assert body.count("<td") == body.count('data-label="')


def test_a_failure_gives_its_reason_and_what_was_not_run(
    run: dict[str, Any], tmp_path: Path
) -> None:
    failed = step("grasp", 0.0, 4.0, "failure", slip=0.031)
    run["execution"] |= {"success": False, "reason": "grasp: milk slipped", "steps": [failed]}
    page = made(run, tmp_path)
    assert verdict(run).word == "Failed"
    for said in ("Failed", "Grasp: milk slipped.", "31.0 mm", "not run", "0 of 2"):
        assert said in page.text, said


def test_a_refusal_gives_its_reason_and_opens_what_was_tried(
    run: dict[str, Any], tmp_path: Path
) -> None:
    run |= {"plan": None, "verification": None, "execution": None, "contacts": []}
    run["planner"]["reason"] = "no plan: nothing is left to try after 2 rollouts"
    page = made(run, tmp_path)
    assert "Refused" in page.text
    assert "The robot did not move. No plan: nothing is left to try after 2 rollouts." in page.text
    assert "open" in page.all("details")[0]
    assert not page.all("svg") and not page.all("ol")


def test_a_plan_that_does_not_hold_in_the_copy_reads_as_a_refusal(
    run: dict[str, Any], tmp_path: Path
) -> None:
    run["verification"] = {
        "ok": False, "seconds": 0.1,
        "reason": "step 1 (grasp) fails in the copy: milk moved -0.000 m",
        "steps": [step("grasp", 0.0, 1.0, "failure", slip=0.03)],
    }  # fmt: skip
    run |= {"execution": None, "contacts": [], "planner": None}  # a plan file: nothing was searched
    page = made(run, tmp_path)
    assert "Step 1 (grasp) fails in the copy: milk moved 0.000 m." in page.text
    assert "failed in the copy" in page.text
    assert "measured" not in page.text


def test_strings_are_harmless(run: dict[str, Any], tmp_path: Path) -> None:
    def poisoned(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: poisoned(v) for k, v in value.items()} | {EVIL: EVIL}
        if isinstance(value, list):
            return [poisoned(v) for v in value]
        return value + EVIL if isinstance(value, str) else value

    clean = copy.deepcopy(run)
    run = poisoned(run)
    run["contacts"][0]["first"] = EVIL
    run["scene"]["name"] = run["scene"]["instruction"] = EVIL
    page = made(run, tmp_path)  # one script, no handlers, balanced
    assert "<script>alert" in page.text  # shown as what it is
    assert {t for t, _ in page.tags} <= {t for t, _ in made(clean, tmp_path).tags}


def test_the_page_forbids_itself_to_load_anything(run: dict[str, Any], tmp_path: Path) -> None:
    metas = made(run, tmp_path).all("meta")
    policy = next(m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[\w+/]{43}='", policy)


def test_a_film_that_browsers_play_is_in_the_page(run: dict[str, Any], tmp_path: Path) -> None:
    film(tmp_path / "film.mp4", "vp09")
    cv2.imwrite(str(tmp_path / "scene.png"), np.zeros((120, 160, 3), np.uint8))
    run["files"] = {"film": "film.mp4", "picture": "scene.png", "film_speed": 2.0}
    page = made(run, tmp_path)
    (video,) = page.all("video")
    assert (video["src"] or "").startswith("data:video/mp4;base64,")
    assert video["data-speed"] == "2.000"
    assert len(page.all("img")) == 3  # the scene, and one after each skill
    size = (tmp_path / "report.html").stat().st_size
    assert size < 1.4 * (tmp_path / "film.mp4").stat().st_size + 60_000


@pytest.mark.parametrize("why", ["codec", "size"])
def test_another_film_becomes_a_strip_of_stills(
    run: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    film(tmp_path / "film.mp4", "mp4v" if why == "codec" else "vp09")
    if why == "size":
        monkeypatch.setattr(report_media, "FILM_LIMIT", 100)
    run["files"] = {"film": "film.mp4", "picture": None}
    page = made(run, tmp_path)
    assert not page.all("video")
    assert len(page.all("img")) == 4  # in the strip, and beside each skill
    assert {"href": "film.mp4"} in page.all("a")
    assert {"codec": "cannot play its codec", "size": "more than this page"}[why] in page.text


@pytest.mark.parametrize("name", ["gone.mp4", "../outside.mp4", "", 7])
def test_a_film_that_is_missing_or_elsewhere_is_left_out(
    run: dict[str, Any], tmp_path: Path, name: object
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (tmp_path / "outside.mp4").write_bytes(b"\x89PNG private")
    run["files"] = {"film": name, "picture": name}
    run["note"] = "no film: OpenGL is missing"
    page = made(run, folder)
    assert not page.all("video") and not page.all("img")
    assert "No film: OpenGL is missing." in page.text


def test_a_file_that_is_no_film_and_no_picture_does_no_harm(
    run: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "film.mp4").write_bytes(b"not a film")
    (tmp_path / "scene.png").write_bytes(b"<svg onload=alert(1)>")
    run["files"] = {"film": "film.mp4", "picture": "scene.png"}
    page = made(run, tmp_path)
    assert not page.all("video") and not page.all("img")


def test_stills_come_from_when_they_were_asked_for(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", "vp09")
    uris = report_media.stills(path, [0.0, 0.5, 0.5, 9.0], width=40)
    levels = []
    for uri in uris:
        assert uri is not None
        data = np.frombuffer(base64.b64decode(uri.split(",")[1]), np.uint8)
        levels.append(float(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)).mean()))
    assert levels == pytest.approx([0, 120, 120, 228], abs=15)


def test_the_timeline_puts_tools_first_and_the_table_aside(
    run: dict[str, Any], tmp_path: Path
) -> None:
    groups = group(read_contacts(run["contacts"]), {"hammer"})
    assert [list(rows) for rows in groups.values()] == [
        [("hammer", "milk")], [("left_finger", "milk")], [("milk", "table")]
    ]  # fmt: skip
    assert ordered("table", "robot", set()) == ("robot", "table")
    main, rest = made(run, tmp_path).all("svg")
    assert "main" in (main["class"] or "") and "rest" in (rest["class"] or "")
    assert "hammer and milk from 1.0 to 2.0 s" in (main["aria-label"] or "")


def test_a_run_without_contacts_or_numbers_still_makes_a_page(tmp_path: Path) -> None:
    page = made({"scene": {"name": "bare"}, "plan": {"steps": [{"skill": "wave"}]}}, tmp_path)
    assert "Not executed" in page.text and "Wave" in page.text
    nothing = {"scene": {}, "execution": {"success": False, "steps": [{}]}, "plan": None}
    assert "No reason was recorded." in made(nothing, tmp_path).text


def test_the_same_run_gives_the_same_bytes(run: dict[str, Any], tmp_path: Path) -> None:
    made(run, tmp_path)
    before = (tmp_path / "report.html").read_bytes()
    made(run, tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before
    assert len(before) < 60_000


@pytest.mark.parametrize(
    ("text", "said"), [("{", "not JSON"), ("[]", "no 'scene'"), (None, "cannot be read")]
)
def test_what_is_no_record_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=said):
        write_report(tmp_path)


def test_words_and_numbers() -> None:
    assert number(-0.0001, 3) == "0.000"
    assert number(-0.25, 2) == "\u22120.25"
    assert number(float("nan"), 2) == "\u2013"
    assert quantity("aperture", 0.0219) == ("jaw opening", "21.9 mm")
    assert quantity("odd_thing", 2.0) == ("odd thing", "2")
    assert prose("0.14 m -x, -0.000 m, reach-milk") == "0.14 m \u2212x, 0.000 m, reach-milk"
    assert esc("\x00<\u202e") == "\\x00&lt;\\u202e"
    sweep = {"object": "milk", "distance": 0.144, "direction": "-x", "tool": "hammer"}
    said = in_words({"skill": "sweep", "args": sweep})
    assert said == "Sweep the milk 144 mm towards the robot with the hammer"


# ---- a run with a language model


CODE = 'grasp("milk")\nx = get_center("milk")\nlift("milk")\n'


def call(line: int, skill: str, outcome: str | None = "success", **more: Any) -> dict[str, Any]:
    reason = f"{skill} says so" if outcome else ""
    base = {"line": line, "skill": skill, "args": {}, "start": 0.0, "end": 1.0, "value": None}
    return {**base, "outcome": outcome, "reason": reason, "numbers": {}, **more}


@pytest.fixture
def talk() -> dict[str, Any]:
    """What a run with a model adds: a program that slipped in the copy, then one that worked."""
    prompt = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": EVIL}]
    reply = json.dumps({"program": CODE, "refusal": ""})
    exchange = {
        "stage": "coder", "model": "fake-1", "prompt": prompt, "reply": reply, "error": "",
        "input_tokens": 1200, "output_tokens": 34, "cost": 0.0031, "seconds": 2.5, "attempts": 3,
        "cached": False,
    }  # fmt: skip
    fault = {"kind": "numerical", "owner": "coder", "reason": "it slips", "where": "copy"}
    query = call(2, "get_center", None, value=[0.54321, 0.0, 0.08])
    good = {
        "after": 2, "where": "copy", "ok": True, "reason": "", "refusal": "", "fault": None,
        "program": CODE, "output": "", "ended_line": 0,
        "calls": [call(1, "grasp", numbers={"slip": 0.001}), query, call(3, "lift")],
    }  # fmt: skip
    calls = [call(1, "grasp", numbers={"slip": 0.002}), query, call(3, "lift", "failure")]
    bad = {
        **good, "after": 1, "ok": False, "reason": "line 1: it slips", "fault": fault,
        "calls": [call(1, "grasp", "failure")], "ended_line": 1,
    }  # fmt: skip
    return {
        "name": "openai:m", "mode": "coder", "strategy": "repair", "repairs": 3, "used_repairs": 1,
        "total": {
            "questions": 2, "failed": 0, "attempts": 6, "input_tokens": 2400,
            "output_tokens": 68, "cost": 0.0062, "seconds": 5.0,
        },
        "timing": {"rollouts": 1.5, "planner": 0.04},
        "exchanges": [exchange, {**exchange, "reply": "no {JSON"}],
        "outcomes": [bad, good, {**good, "where": "execution", "calls": calls, "ok": False}],
        "program": CODE,
    }  # fmt: skip


def test_the_conversation_stands_in_order_with_what_came_of_it(
    run: dict[str, Any], talk: dict[str, Any], tmp_path: Path
) -> None:
    page = made(run | {"model": talk, "plan": None}, tmp_path)
    text = page.text[page.text.index("What the model was asked and said") :]
    marks = (
        "openai:m", "coder, repair", "2400, 68", "$0.0062", "0.04 s", "1 of 3", "1. coder",
        "1200 tokens in, 34 out, $0.0031, 2.5 s, sent again 2 times", "Prompt: system, 9 letters",
        "Be brief.", "<script>alert", "In a copy of the world: line 1: it slips.",
        "A numerical fault, which the coder stage is to mend.", "2. coder", "no {JSON",
        "In a copy of the world: it reaches the goal.", "On the robot: ",
    )  # fmt: skip
    at = 0
    for mark in marks:
        assert mark in text[at:], mark
        at = text.index(mark, at)
    assert "What the planner tried" not in page.text
    assert all("open" not in attrs for attrs in page.all("details"))


def test_the_program_has_beside_each_line_what_came_of_it(
    run: dict[str, Any], talk: dict[str, Any], tmp_path: Path
) -> None:
    text = made(run | {"model": talk, "plan": None}, tmp_path).text
    text = text[text.index("The program") : text.index("What it did")]
    for said in (
        "grasp copy \u2713 robot \u2713 Grasp says so.slip 1.0 mm / 2.0 mm",
        "get_center: (0.5432, 0, 0.08)", "lift copy \u2713 robot \u2715",
    ):  # fmt: skip
        assert said in text, text


def test_a_model_that_gave_no_answer_is_a_failure_with_its_reason(
    run: dict[str, Any], talk: dict[str, Any], tmp_path: Path
) -> None:
    run |= {"plan": None, "verification": None, "execution": None, "contacts": []}
    run |= {"error": "the model gave no answer (auth): the key is refused", "planner": None}
    failed = {**talk["exchanges"][0], "reply": "", "error": "the key is refused"}
    run["model"] = {**talk, "exchanges": [failed], "outcomes": [], "program": ""}
    text = made(run, tmp_path).text
    assert "The robot did not move. The model gave no answer (auth): the key is refused." in text
    assert "no answer" in text[text.index("1. coder") :] and verdict(run).word == "Failed"


def test_the_rehearsal_stands_beside_the_run(run: dict[str, Any], tmp_path: Path) -> None:
    film(tmp_path / "film.mp4", "vp09")
    film(tmp_path / "rehearsal.mp4", "vp09")
    run["files"] = {"film": "film.mp4", "rehearsal": "rehearsal.mp4", "rehearsal_start": 0.02}
    page = made(run, tmp_path)
    first, second = page.all("video")
    assert second["aria-label"] == "Film of the rehearsal" and second["data-start"] == "0.020"
    assert "The rehearsal in a copy of the world, which worked" in page.text
    run |= {"execution": None}
    run["verification"]["ok"] = False
    (only,) = made(run, tmp_path).all("video")
    assert only["aria-label"] == "Film of the rehearsal"


@pytest.mark.parametrize("end", [0.05, 0.9, 6.5, 24.76, 119.0, 4000.0])
def test_ticks_are_round_and_few(end: float) -> None:
    marks = ticks(end)
    assert marks[0] == 0 and 4 <= len(marks) <= 13 and marks[-1] <= end + 1e-9


def test_a_link_is_named_as_a_part_of_its_thing() -> None:
    drawer = {"object": "tool_cabinet/drawer", "to": 0.1}
    said = in_words({"skill": "move_joint", "args": drawer})
    assert said == "Move the drawer of the tool cabinet along its joint"
    soap = {"object": "soap", "on": "cabinet/drawer"}
    assert in_words({"skill": "place", "args": soap}).endswith("on the drawer of the cabinet")
