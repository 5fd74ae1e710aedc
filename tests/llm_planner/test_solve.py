"""A run from instruction to record: what it writes, and that the record tells the truth."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.envs.media import gl
from habilis.envs.tasks import load_task
from habilis.llm_planner.library.store import Composed, Library, Standing
from habilis.llm_planner.run.plan import Plan, Step, load_plan
from habilis.llm_planner.search.planner import SearchBudget
from habilis.llm_planner.solve import Job, Record, solve


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene(scene_path("gallery_tray"))


def job(scene: Scene, folder: Path, **options: Any) -> Job:
    return Job(scene, folder / "run", **{"film": False, **options})


def stored(record: Record) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((record.job.folder / "run.json").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def solved(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, list[str]]:
    said: list[str] = []
    folder = tmp_path_factory.mktemp("solved")
    return solve(job(scene, folder, command="habilis solve x"), said.append), said


def test_a_run_leaves_its_record_and_its_plan(solved: tuple[Record, list[str]]) -> None:
    record, _ = solved
    assert sorted(p.name for p in record.job.folder.iterdir()) == ["plan.json", "run.json"]
    run = stored(record)
    assert run == json.loads(json.dumps(record.as_dict()))
    assert run["command"] == "habilis solve x" and run["version"] == 1
    assert run["execution"]["success"] and run["verification"]["ok"]
    assert run["planner"]["rollouts"] == len(run["planner"]["tried"]) > 0
    assert not any(run["files"].values()) and run["error"] == run["note"] == ""
    assert set(run["versions"]) == {"habilis", "mujoco", "numpy", "gymnasium", "python"}
    assert load_plan(record.job.folder / "plan.json").dumps() == record.plan.dumps()  # type: ignore[union-attr]


def test_the_steps_of_the_record_follow_one_another(solved: tuple[Record, list[str]]) -> None:
    run = stored(solved[0])
    steps = run["execution"]["steps"]
    assert [s["skill"] for s in steps] == [s["skill"] for s in run["plan"]["steps"]]
    assert steps[0]["start"] == 0
    for before, after in zip(steps, steps[1:], strict=False):
        assert before["end"] == after["start"]
    assert steps[-1]["end"] <= run["execution"]["simulated_seconds"]
    for contact in run["contacts"]:
        assert 0 <= contact["start"] <= contact["end"] <= run["execution"]["simulated_seconds"]
        assert contact["peak"] >= 0


def test_the_execution_does_what_the_copy_did(solved: tuple[Record, list[str]]) -> None:
    run = stored(solved[0])
    assert run["execution"]["steps"] == run["verification"]["steps"]


def test_progress_names_every_step_twice(solved: tuple[Record, list[str]]) -> None:
    """Once as planned, once as it went."""
    record, said = solved
    assert record.plan is not None
    text = "\n".join(said)
    assert said[0].startswith("planning: ") and "verified in a copy of the world" in text
    for i, step in enumerate(record.plan.steps, 1):
        assert f"  {i}. {step}" in said
        assert f" s  {step.skill}: success" in text


def test_a_stored_plan_is_replayed_to_the_same_end(
    solved: tuple[Record, list[str]], scene: Scene, tmp_path: Path
) -> None:
    first, _ = solved
    plan = load_plan(first.job.folder / "plan.json")
    again = solve(job(scene, tmp_path, plan=plan))
    assert again.success and again.planner is None
    assert stored(again)["execution"]["steps"] == stored(first)["execution"]["steps"]
    assert stored(again)["contacts"] == stored(first)["contacts"]


def test_a_plan_that_fails_in_the_copy_is_not_executed(scene: Scene, tmp_path: Path) -> None:
    plan = Plan(scene.name, "x", (Step("grasp", {"object": "tea_tin"}),))
    said: list[str] = []
    record = solve(job(scene, tmp_path, plan=plan), said.append)
    run = stored(record)
    assert not record.success and run["execution"] is None and run["contacts"] == []
    assert "0.170 m in x" in run["verification"]["reason"]
    assert not any("executing" in line for line in said)


def test_a_refusal_is_a_record_too(tmp_path: Path) -> None:
    scene = load_task("habilis/ReachMilkBroken-v0", scene="2023").scene()
    record = solve(job(scene, tmp_path, budget=SearchBudget(rollouts=2)))
    run = stored(record)
    assert not record.success and run["plan"] is None and run["execution"] is None
    assert run["planner"]["reason"].startswith("given up for the budget: 2 rollouts are spent")
    assert not (record.job.folder / "plan.json").exists()


@pytest.mark.slow
def test_the_seed_chooses_the_layout(scene: Scene, tmp_path: Path) -> None:
    runs = [
        solve(job(scene, tmp_path / str(i), seed=seed, variation=0.5)).as_dict()
        for i, seed in enumerate((1, 1, 2))
    ]
    assert runs[0]["plan"] == runs[1]["plan"] != runs[2]["plan"]
    assert runs[0]["execution"]["steps"] == runs[1]["execution"]["steps"]
    assert [r["seed"] for r in runs] == [1, 1, 2]


def test_a_forbidden_tool_makes_a_plan_unfair_before_it_is_executed(tmp_path: Path) -> None:
    """The goal holds at the end of the rehearsal, which says why that does not count."""
    from habilis.assets.scene.things import Tool

    scene = load_scene(scene_path("gallery_tray"))
    forbidden = dataclasses.replace(scene, tool=Tool("tray", "forbidden"))
    first = solve(job(scene, tmp_path / "free"))
    record = solve(job(forbidden, tmp_path / "forbidden", plan=first.plan))
    assert first.success and not record.success and record.execution is None
    assert record.verification is not None
    assert "not by fair means: the tool tray is forbidden" in record.verification.reason


@pytest.mark.slow
def test_a_film_and_a_picture_are_left_where_something_can_render(tmp_path: Path) -> None:
    if gl.choose_backend() is None:
        pytest.skip("nothing can render here: habilis doctor says what to install")
    short = load_task("habilis/ReachMilkNotNeeded-v0").scene()  # a short film
    record = solve(job(short, tmp_path, film=True))
    run = stored(record)
    names = {"film": "film.webm", "picture": "scene.png", "rehearsal": "rehearsal.webm"}
    assert run["files"] == names | {"rehearsal_start": 0.02}
    assert (record.job.folder / "film.webm").stat().st_size > 20_000
    assert (record.job.folder / "rehearsal.webm").stat().st_size > 5_000
    assert (record.job.folder / "scene.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_plan_that_fails_in_the_copy_is_filmed_there_only(scene: Scene, tmp_path: Path) -> None:
    if gl.choose_backend() is None:
        pytest.skip("nothing can render here: habilis doctor says what to install")
    plan = Plan(scene.name, "x", (Step("open_gripper", {}),))
    run = stored(solve(job(scene, tmp_path, plan=plan, film=True)))
    assert run["files"]["film"] is None and run["files"]["rehearsal"] == "rehearsal.webm"
    assert run["execution"] is None and not (tmp_path / "run" / "film.webm").exists()


def test_a_plan_runs_only_as_far_as_somebody_agrees(scene: Scene, tmp_path: Path) -> None:
    plan = solve(job(scene, tmp_path / "first")).plan
    assert plan is not None
    asked: list[str] = []

    def approve(what: str) -> bool:
        asked.append(what)
        return len(asked) < 3

    run = stored(solve(job(scene, tmp_path / "each", plan=plan, approve=approve)))
    assert asked == [str(s) for s in plan.steps[:3]]
    steps = run["execution"]["steps"]
    assert [s["outcome"] for s in steps] == ["success", "success", "preempted"]
    assert "refused by the operator" in run["execution"]["reason"]
    no = solve(job(scene, tmp_path / "plan", plan=plan, consent=lambda text: "grasp" not in text))
    assert no.execution is None and no.error == "the plan was refused by the operator"
    everything = solve(job(scene, tmp_path / "all", plan=plan, approve=lambda _: True))
    assert everything.success


def test_the_search_uses_a_known_skill_and_each_use_counts(tmp_path: Path) -> None:
    steps = [{"skill": s, "args": {"object": "$object"}} for s in ("grasp", "lift")]
    take = Composed("take", "Grasp a thing and lift it.", ("object",), tuple(steps))
    library = Library([Standing(take, "admitted", 5, 5)])
    near = load_task("habilis/ReachMilkNotNeeded-v0").scene()
    record = solve(job(near, tmp_path, library=library))
    assert record.success and record.plan is not None and record.plan.composed == ("take",)
    assert (library["take"].trials, library["take"].successes) == (6, 6)
