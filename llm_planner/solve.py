"""One creative task from instruction to film: plan, verify in a copy, execute, keep the record."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.compile import Compiled, compile_scene
from habilis.assets.scene import Scene
from habilis.envs.captions import Caption
from habilis.envs.film import Film, Recorder, save_picture
from habilis.envs.gl import RenderingUnavailable
from habilis.envs.layout import Variation, sample
from habilis.envs.robot import SimRobot
from habilis.envs.world import World
from habilis.llm_planner.client import Client, ClientError
from habilis.llm_planner.episode import Episode, Settings
from habilis.llm_planner.execute import Execution, execute
from habilis.llm_planner.pipeline import solve_with_model
from habilis.llm_planner.plan import Plan, Step
from habilis.llm_planner.proposal import Ledger, Proposal
from habilis.llm_planner.search import Budget, SearchResult, search
from habilis.llm_planner.verify import Verification, verify
from habilis.policies.runner import Program, StepTrace

Say = Callable[[str], None]
_VERSIONS = ("habilis", "mujoco", "numpy", "gymnasium")


@dataclasses.dataclass(frozen=True)
class Job:
    """What to solve, and how.

    Attributes:
      scene: the scene with its goal.
      folder: where ``run.json``, the film and the picture go; made if missing.
      plan: a plan to verify and run; searched for if None.
      seed: of the layout.
      variation: of the layout; 0 is the scene as given.
      budget: of the search.
      film: whether to film.
      command: as typed, for the record.
      model: a language model that plans instead of the search, see ``client.make_client``.
      settings: how it is used.
      approve: asked before each skill that moves the robot; a refusal ends the run.
    """

    scene: Scene
    folder: Path
    plan: Plan | None = None
    seed: int = 0
    variation: float = 0.0
    budget: Budget = dataclasses.field(default_factory=Budget)
    film: bool = True
    command: str = ""
    model: Client | None = None
    settings: Settings = dataclasses.field(default_factory=Settings)
    approve: Callable[[str], bool] | None = None


@dataclasses.dataclass
class Record:
    """All that is known of a run; ``as_dict`` is what ``run.json`` holds."""

    job: Job
    started: str
    planner: SearchResult | None = None
    plan: Plan | None = None
    verification: Verification | None = None
    execution: Execution | None = None
    ledger: Ledger | None = None
    episode: Episode | None = None
    film: str | None = None
    picture: str | None = None
    note: str = ""

    @property
    def success(self) -> bool:
        """Whether the goal was reached in the executed world."""
        return self.execution is not None and self.execution.success

    def as_dict(self) -> dict[str, Any]:
        """Plain data, stable names."""
        execution = self.execution
        return {
            "version": 1,
            "habilis": _version("habilis"),
            "command": self.job.command,
            "started": self.started,
            "seed": self.job.seed,
            "variation": self.job.variation,
            "versions": {n: _version(n) for n in _VERSIONS} | {"python": platform.python_version()},
            "scene": _scene(self.job.scene),
            "planner": self._planner(),
            "model": None if self.ledger is None else _model(self.ledger, self.episode),
            "plan": None if self.plan is None else json.loads(self.plan.dumps()),
            "verification": None if self.verification is None else _verification(self.verification),
            "execution": None if execution is None else _execution(execution),
            "contacts": [] if execution is None else [_rounded(c) for c in execution.contacts],
            "files": {"film": self.film, "picture": self.picture},
            "note": self.note,
        }

    def _planner(self) -> dict[str, Any] | None:
        if self.episode is not None:
            return _thinking(self.episode, self.job.settings)
        return None if self.planner is None else _planner(self.planner)


def solve(job: Job, say: Say = lambda _: None) -> Record:
    """Plan (or take the given plan), verify, execute, film; writes ``run.json`` into the folder.

    Args:
      job: what to do.
      say: told each line of progress.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    record = Record(job, now)
    compiled = compile_scene(job.scene)
    robot = SimRobot(World(compiled))
    layout = sample(job.scene, Variation.scaled(job.variation), np.random.default_rng(job.seed), 1)
    robot.reset(layout)
    job.folder.mkdir(parents=True, exist_ok=True)
    with Film(job.folder / "film.mp4") as film:
        recorder = Recorder(robot.world, 0, film)
        recorder()
        if job.model is not None and job.plan is None:
            _converse(record, job.model, compiled, robot, recorder, say)
        else:
            _think(record, compiled, robot, say)
        if (
            record.execution is None
            and record.plan is not None
            and record.verification is not None
            and record.verification.ok
        ):
            record.execution = _act(record.plan, robot, recorder, say)
        if job.film:
            _develop(record, recorder, film, say)
    save(record)
    return record


def save(record: Record) -> Path:
    """Write ``run.json`` (and ``plan.json``) into the run's folder."""
    path = record.job.folder / "run.json"
    path.write_text(json.dumps(record.as_dict(), indent=1) + "\n", encoding="utf-8")
    if record.plan is not None:
        (record.job.folder / "plan.json").write_text(record.plan.dumps(), encoding="utf-8")
    return path


def _think(record: Record, compiled: Compiled, robot: SimRobot, say: Say) -> None:
    state, job = robot.world.save(), record.job
    record.plan = job.plan
    if job.plan is None:
        say(f"planning: {job.scene.instruction} [{job.scene.goal}]")
        record.planner = search(compiled, state, job.budget, say)
        record.plan = record.planner.plan
        say(record.planner.reason)
    if record.plan is None:
        return
    for i, step in enumerate(record.plan.steps, 1):
        say(f"  {i}. {step}")
    record.verification = verify(compiled, state, record.plan)
    check = record.verification
    say(f"verified in a copy of the world in {check.seconds:.1f} s" if check.ok else check.reason)


def _converse(
    record: Record, model: Client, compiled: Compiled, robot: SimRobot, recorder: Recorder, say: Say
) -> None:
    """Let a language model think, and carry out what holds in a copy of the world."""
    job = record.job
    record.ledger = Ledger(model, say)

    def watch(program: Program) -> None:
        recorder.caption = Caption(program.running)
        recorder()

    say(f"asking {model.name}: {job.scene.instruction}")
    try:
        episode = solve_with_model(
            compiled, robot, record.ledger, job.settings, say, job.approve, watch
        )
    except ClientError as error:
        record.note = f"the model gave no answer ({error.kind}): {error}"
        say(record.note)
        return
    record.episode, record.plan = episode, episode.plan
    record.verification, record.execution = episode.verification, episode.execution
    recorder.caption = Caption("goal reached" if episode.success else episode.reason)
    for _ in range(25):
        recorder()


def _act(plan: Plan, robot: SimRobot, recorder: Recorder, say: Say) -> Execution:
    seen = 0

    def watch(program: Program) -> None:
        nonlocal seen
        for done in program.trace.steps[seen:]:
            say(f"  {done.end:5.1f} s  {done.skill}: {done.result.outcome}, {done.result.reason}")
        seen = len(program.trace.steps)
        if seen < len(plan.steps):
            recorder.caption = Caption(f"{seen + 1}/{len(plan.steps)}  {_title(plan.steps[seen])}")
        recorder()

    say("executing")
    execution = execute(robot, plan, watch)
    for done in execution.steps[seen:]:
        say(f"  {done.end:5.1f} s  {done.skill}: {done.result.outcome}, {done.result.reason}")
    recorder.caption = Caption("goal reached" if execution.success else execution.reason)
    for _ in range(25):
        recorder()
    return execution


def _title(step: Step) -> str:
    words = [step.skill, str(step.args.get("object", ""))]
    if step.args.get("tool"):
        words += ["with", str(step.args["tool"])]
    return " ".join(w for w in words if w)


def _develop(record: Record, recorder: Recorder, film: Film, say: Say) -> None:
    say(f"filming {len(recorder.moments)} pictures")
    try:
        picture = recorder.picture(0)
        recorder.develop(lambda k, total: _tell(k, total, say))
    except RenderingUnavailable as error:
        record.note = f"no film: {error}"
        say(record.note)
        return
    save_picture(record.job.folder / "scene.png", picture)
    record.film, record.picture = film.path.name, "scene.png"


def _tell(done: int, total: int, say: Say) -> None:
    quarter = max(1, total // 4)
    if done % quarter == 0:
        say(f"  {done} of {total}")


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _scene(scene: Scene) -> dict[str, Any]:
    tool = scene.tool
    return {
        "name": scene.name, "instruction": scene.instruction, "goal": str(scene.goal),
        "notes": list(scene.notes), "hold": scene.hold,
        "workspace": dataclasses.asdict(scene.workspace),
        "tool": None if tool is None else dataclasses.asdict(tool),
        "entities": [
            {
                "name": e.name, "size": [round(float(x), 4) for x in e.size()], "mass": e.mass,
                "fixed": e.fixed, "tool": e.tool,
            }
            for e in scene.entities
        ],
    }  # fmt: skip


def _thinking(episode: Episode, settings: Settings) -> dict[str, Any]:
    thoughts = [t for x in episode.thoughts for t in x.tries]
    tried = [
        {
            "why": f"proposal {i}", "cost": round(t.cost, 3), "steps": _lines(t.proposal),
            "outcome": "goal reached" if t.ok else t.fault.reason if t.fault else "refused",
        }
        for i, t in enumerate(thoughts, 1)
    ]  # fmt: skip
    last = episode.thoughts[-1]
    return {
        "name": f"{episode.model}, {settings.mode}, {settings.strategy}",
        "reason": last.refusal or last.reason, "rollouts": len(thoughts),
        "seconds": round(episode.seconds, 3), "tried": tried,
    }  # fmt: skip


def _lines(proposal: Proposal) -> list[str]:
    action = proposal.action
    if isinstance(action, Plan):
        return [str(s) for s in action.steps]
    return action.splitlines() if action else []


def _model(ledger: Ledger, episode: Episode | None) -> dict[str, Any]:
    exchanges = [
        {
            "stage": x.stage, "model": x.reply.model,
            "prompt": [{"role": m.role, "content": m.content} for m in x.request.messages],
            "reply": x.reply.text, "input_tokens": x.reply.input_tokens,
            "output_tokens": x.reply.output_tokens, "cost": x.reply.cost,
            "seconds": round(x.reply.seconds, 3),
        }
        for x in ledger.exchanges
    ]  # fmt: skip
    program = "" if episode is None else episode.program
    return {"name": ledger.name, "exchanges": exchanges, "program": program}


def _planner(result: SearchResult) -> dict[str, Any]:
    tried = [
        {
            "why": t.why,
            "cost": round(t.cost, 2),
            "steps": [str(s) for s in t.steps],
            "outcome": t.outcome,
        }
        for t in result.tried
    ]
    return {
        "name": "search", "reason": result.reason, "rollouts": result.rollouts,
        "seconds": round(result.seconds, 3), "tried": tried,
    }  # fmt: skip


def _verification(check: Verification) -> dict[str, Any]:
    return {
        "ok": check.ok, "reason": check.reason, "seconds": round(check.seconds, 3),
        "steps": [_step(s) for s in check.steps],
    }  # fmt: skip


def _execution(execution: Execution) -> dict[str, Any]:
    return {
        "success": execution.success, "reason": execution.reason,
        "simulated_seconds": round(execution.simulated_seconds, 3),
        "wall_seconds": round(execution.wall_seconds, 3),
        "steps": [_step(s) for s in execution.steps],
    }  # fmt: skip


def _step(trace: StepTrace) -> dict[str, Any]:
    return {
        "skill": trace.skill, "args": trace.args,
        "start": round(trace.start, 3), "end": round(trace.end, 3),
        "outcome": trace.result.outcome, "reason": trace.result.reason,
        "numbers": {k: round(v, 5) for k, v in trace.result.numbers.items()},
    }  # fmt: skip


def _rounded(interval: Any) -> dict[str, Any]:
    fields = dataclasses.asdict(interval)
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in fields.items()}
