"""habilis solve: one creative tool task, from instruction to film."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import tyro

from habilis.assets.scene import Scene
from habilis.assets.scene_file import load_scene
from habilis.assets.scenes import scene_path, shipped
from habilis.scripts.provenance import at_least


@dataclasses.dataclass(frozen=True)
class Options:
    """Plan a task, check the plan in a copy of the world, execute it in physics, film it.

    The planner works offline: it finds tool uses from the geometry of the scene and tries them
    in copies of the world. It goes by the goal predicate of the scene file; the instruction
    chooses among the shipped scenes and stands in the report. Exit code: 0 success, 1 failure
    or refusal, 2 bad input.
    """

    instruction: Annotated[str, tyro.conf.Positional] = ""
    """What to do, in words, e.g. "Reach the milk"."""
    scene: str = ""
    """A scene file (see docs/scenes.md), the name of a shipped scene, or the id of a task, e.g.
    habilis/ReachMilkBroken-v0; chosen by the words of the instruction if left out."""
    plan: Path | None = None
    """Run this plan (JSON, as a run leaves it in plan.json) instead of searching for one."""
    out: Path = Path("out")
    """Folder in which the run's folder is made."""
    seed: int = 0
    """Of the layout and everything random."""
    variation: float = 0.0
    """How far the layout strays from the scene as given: 0 not at all, 1 is 2 cm, 3 degrees,
    20 % friction and mass."""
    model: str = ""
    """A language model that plans instead of the search: openai:MODEL, openai:MODEL@URL (any
    compatible server), anthropic:MODEL, file:FOLDER (you are the model), replay:FILE,
    record:FILE:SPEC."""
    mode: Literal["plan", "full", "no-analyzer", "no-calculator", "planner-coder", "coder"] = "plan"
    """Which stages the model goes through; plan asks for a plan as data, the others for code."""
    strategy: Literal["single", "repair", "best-first"] = "repair"
    """One proposal; repaired with the numbers of what failed; or the best of several."""
    repairs: int = 3
    """How often a failure may go back to the model."""
    confirm: Literal["no", "each"] = "no"
    """Ask on the terminal before each skill that moves the robot."""
    rollouts: int = 40
    """The search refuses after this many candidates tried in a copy of the world."""
    seconds: float = 60.0
    """The search refuses after this time."""
    film: bool = True
    """Whether to make the film."""
    json: bool = False
    """Print the record as JSON on standard output; progress goes to standard error."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = tyro.cli(Options, args=args, prog="habilis solve")
    at_least(0, seed=options.seed)
    from habilis.llm_planner.client import make_client
    from habilis.llm_planner.episode import Settings
    from habilis.llm_planner.plan import load_plan
    from habilis.llm_planner.report import write_report
    from habilis.llm_planner.search import Budget
    from habilis.llm_planner.solve import Job, solve

    scene = choose_scene(options.scene, options.instruction)
    plan = None if options.plan is None else load_plan(options.plan)
    folder = _folder(options.out, scene.name)
    job = Job(
        scene, folder, plan, options.seed, options.variation,
        Budget(options.rollouts, options.seconds), options.film,
        shlex.join(["habilis", "solve", *args]),
        make_client(options.model) if options.model else None,
        Settings(options.mode, options.strategy, options.repairs),
        _ask if options.confirm == "each" else None,
    )  # fmt: skip
    stream = sys.stderr if options.json else sys.stdout
    record = solve(job, lambda line: print(line, file=stream, flush=True))
    report = write_report(folder)
    if options.json:
        print(json.dumps(record.as_dict(), indent=1))
    print(_verdict(record.success, record.as_dict()), file=stream)
    for what, path in (("film", record.film and folder / record.film), ("report", report)):
        if path:
            print(f"  {what:<7}{path}", file=stream)
    print(f"  {'record':<7}{folder / 'run.json'}", file=stream)
    return 0 if record.success else 1


def _ask(what: str) -> bool:
    return input(f"run {what}? [y/N] ").strip().lower() in ("y", "yes")


def choose_scene(name: str, instruction: str) -> Scene:
    """The scene of that file or name, else the shipped one whose words fit the instruction best.

    Raises:
      ValueError: nothing fits; names what is shipped.
    """
    if name:
        scene = _named_scene(name)
        return dataclasses.replace(scene, instruction=instruction or scene.instruction)
    scenes = [load_scene(scene_path(n)) for n in shipped()]
    wanted = _words(instruction)
    scores = [len(wanted & (_words(s.name) | _words(s.instruction))) for s in scenes]
    if not wanted or max(scores) == 0:
        known = "\n".join(f"  {s.name}: {s.instruction}" for s in scenes)
        what = f"no shipped scene fits {instruction!r}" if instruction else "what is to be done?"
        raise ValueError(f"{what}; give --scene FILE, or an instruction for one of\n{known}")
    best = scenes[scores.index(max(scores))]
    return dataclasses.replace(best, instruction=instruction)


def _named_scene(name: str) -> Scene:
    if name.startswith("habilis/"):
        from habilis.envs.tasks import load_task

        return load_task(name).scene()
    return load_scene(scene_path(name) if name in shipped() else Path(name))


def _words(text: str) -> set[str]:
    small = {"the", "a", "an", "up", "to", "of", "and", "it", "with", "please", "gallery"}
    cleaned = "".join(c if c.isalnum() else " " for c in text.lower())
    return set(cleaned.split()) - small


def _folder(out: Path, name: str) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = out / f"{stamp}-{name}"
    count = 1
    while folder.exists():
        count += 1
        folder = out / f"{stamp}-{name}-{count}"
    return folder


def _verdict(success: bool, record: dict[str, object]) -> str:
    if success:
        return "SUCCESS"
    for part in ("execution", "verification", "planner"):
        found = record[part]
        if isinstance(found, dict) and found.get("reason"):
            word = "REFUSED" if part == "planner" else "FAILED"
            return f"{word}: {found['reason']}"
    return f"FAILED: {record.get('note')}" if record.get("note") else "FAILED"
