"""Real answers of a language model, kept with their provenance, replayed through the pipeline."""

import json
from pathlib import Path
from typing import Any

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.tasks.base.family import SUFFIXES
from habilis.llm_planner.bench import creative
from habilis.llm_planner.bench.solve import solve_case
from habilis.llm_planner.model.make import make_client
from habilis.llm_planner.model.recorder import load
from habilis.llm_planner.pipeline.episode import Settings
from habilis.llm_planner.solve import Job, solve

FOLDER = Path(__file__).parents[2] / "data" / "recordings"
RUNS: list[dict[str, Any]] = [
    json.loads(line) for line in (FOLDER / "runs.jsonl").read_text(encoding="utf-8").splitlines()
]
TASKS = ("reach_milk", "press_button", "grasp_can")
FAMILIES = ("ReachMilk", "PressButton", "GraspCan")


def test_every_run_has_its_recording_and_says_what_answered() -> None:
    files = {p.name for p in FOLDER.glob("*_[0-9][0-9].jsonl")}
    assert {r["recording"] for r in RUNS} == files
    for run in RUNS:
        exchanges = load(FOLDER / run["recording"])
        assert len(exchanges) == run["exchanges"]
        for exchange in exchanges:
            assert "language model" in json.dumps(exchange.provenance, default=str)


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_published_and_random_layouts_of_both_generations(task: str) -> None:
    for variation in (0.0, 1.0):
        scenes = {r["scene"] for r in RUNS if (r["task"], r["variation"]) == (task, variation)}
        assert scenes == {"2023", "2024"}


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("variation", [0.0, 1.0])
def test_a_replay_ends_as_the_run_did(task: str, variation: float, tmp_path: Path) -> None:
    run = next(r for r in RUNS if (r["task"], r["variation"]) == (task, variation))
    client = make_client(f"replay:{FOLDER / run['recording']}")
    scene = load_scene(scene_path(f"{task}_{run['scene']}"))
    settings = Settings("plan", "repair", 2)
    job = Job(
        scene, tmp_path, None, run["seed"], variation, film=False, model=client, settings=settings
    )
    record = solve(job)
    assert record.note == "" and record.episode is not None
    assert record.success == run["success"], record.episode.reason
    assert record.episode.repairs == run["repairs"]


# ---- the creative suite, shuffled and with distractors, every twin

SUITE: list[dict[str, Any]] = [
    json.loads(line) for line in (FOLDER / "creative.jsonl").read_text("utf-8").splitlines()
]


def test_every_episode_of_the_suite_is_in_its_recording() -> None:
    modes = {e["mode"] for e in SUITE}
    assert modes == {"plan", "full", "coder"}
    for mode in modes:
        exchanges = load(FOLDER / f"creative_{mode}.jsonl")
        assert len(exchanges) == sum(e["calls"] for e in SUITE if e["mode"] == mode)
        for exchange in exchanges:
            assert "language model" in json.dumps(exchange.provenance, default=str)
    of_plan = {(e["task"], e["seed"]) for e in SUITE if e["mode"] == "plan"}
    twins = [f"habilis/{name}{s}-v0" for name in FAMILIES for s in SUFFIXES.values()]
    assert of_plan == {(task, seed) for task in twins for seed in range(1000, 1010)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "task", "seed"),
    [
        ("plan", "GraspCan", 1000),
        ("plan", "PressButtonBroken", 1003),  # by another way: loose cubes stacked in two rows
        ("plan", "ReachMilkBroken", 1000),
        ("full", "PressButton", 2000),
        ("coder", "ReachMilk", 2000),
    ],
)
def test_an_episode_of_the_suite_ends_as_it_did(mode: str, task: str, seed: int) -> None:
    client = make_client(f"replay:{FOLDER / f'creative_{mode}.jsonl'}")
    case = creative.Case(f"habilis/{task}-v0", "2024", seed)
    outcome = solve_case(case, creative.Setup(client.name, settings=Settings(mode)), client)
    ended = next(e for e in SUITE if (e["mode"], e["task"], e["seed"]) == (mode, case.task, seed))
    now = outcome.as_dict()
    assert {k: now[k] for k in ("right", "success", "refused", "repairs")} == {
        k: ended[k] for k in ("right", "success", "refused", "repairs")
    }
