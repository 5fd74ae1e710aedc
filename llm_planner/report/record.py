"""What is kept of a run: the job it was given and all that came of it, as ``run.json`` holds it."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Scene, Thing
from habilis.llm_planner.library.store import Library
from habilis.llm_planner.model.client import Client
from habilis.llm_planner.pipeline.episode import Episode, Settings
from habilis.llm_planner.pipeline.memory import LessonMemory
from habilis.llm_planner.pipeline.proposal import ListeningClient, Proposal
from habilis.llm_planner.report.record_model import model_dict, save_pictures
from habilis.llm_planner.run.lines import program_lines
from habilis.llm_planner.run.plan import Plan
from habilis.llm_planner.search.planner import SearchBudget, SearchResult
from habilis.policies.evaluation.provenance import versions
from habilis.policies.skills.attempt import Attempt, StepTrace

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
      approve: asked before each skill that moves the robot, with its text; a refusal ends the run.
      consent: asked once for each plan or program that was verified, with its text; likewise.
      memory: experience that the model is shown and that the run adds to.
      library: composed skills that plans may use; each use counts.
      replans: how often the search may plan anew from where things are, after a skill failed or
        left something elsewhere than in the copy of the world.
    """

    scene: Scene
    folder: Path
    plan: Plan | None = None
    seed: int = 0
    variation: float = 0.0
    budget: SearchBudget = dataclasses.field(default_factory=SearchBudget)
    film: bool = True
    command: str = ""
    model: Client | None = None
    settings: Settings = dataclasses.field(default_factory=Settings)
    approve: Callable[[str], bool] | None = None
    consent: Callable[[str], bool] | None = None
    memory: LessonMemory | None = None
    library: Library | None = None
    replans: int = 3


@dataclasses.dataclass(frozen=True)
class Files:
    """Names of what was filmed; None for what was not.

    Attributes:
      film: of the execution.
      picture: of the scene before anything moved.
      rehearsal: film of the last rehearsal in a copy of the world.
      rehearsal_start: simulated time at which that one begins, s.
    """

    film: str | None = None
    picture: str | None = None
    rehearsal: str | None = None
    rehearsal_start: float = 0.0


@dataclasses.dataclass
class Record:
    """All that is known of a run; ``as_dict`` is what ``run.json`` holds.

    Attributes:
      places: where things stood before anything moved, (3,) m and wxyz (4,), by name.
      error: why it broke off or was not begun, '' if it came to its end.
      note: on what else a person should know, such as why there is no film.
      replanned: why each plan before the last one was given up; empty if the first one was not.
    """

    job: Job
    started: str
    planner: SearchResult | None = None
    plan: Plan | None = None
    verification: Attempt | None = None
    execution: Attempt | None = None
    ledger: ListeningClient | None = None
    episode: Episode | None = None
    files: Files = dataclasses.field(default_factory=Files)
    places: Mapping[str, tuple[Array, Array]] = dataclasses.field(default_factory=dict)
    error: str = ""
    note: str = ""
    replanned: list[str] = dataclasses.field(default_factory=list)

    @property
    def success(self) -> bool:
        """Whether the goal was reached in the world that the plan was executed in."""
        return self.execution is not None and self.execution.ok

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain data for JSON, under names that do not change."""
        execution = self.execution
        found = {name: v or "not installed" for name, v in versions(_VERSIONS).items()}
        return {
            "version": 1,
            "habilis": found["habilis"],
            "command": self.job.command,
            "started": self.started,
            "seed": self.job.seed,
            "variation": self.job.variation,
            "versions": found | {"python": platform.python_version()},
            "scene": _scene(self.job.scene, self.places),
            "planner": self._planner(),
            "model": None
            if self.ledger is None
            else model_dict(self.ledger, self.episode, self.job.settings),
            "plan": None if self.plan is None else json.loads(self.plan.dumps()),
            "verification": None if self.verification is None else _verification(self.verification),
            "execution": None if execution is None else _execution(execution),
            "contacts": [] if execution is None else [_rounded(c) for c in execution.contacts],
            "files": dataclasses.asdict(self.files),
            "error": self.error,
            "note": self.note,
            "replanned": list(self.replanned),
        }

    def _planner(self) -> dict[str, Any] | None:
        if self.episode is not None:
            return _thinking(self.episode, self.job.settings)
        return None if self.planner is None else _planner(self.planner)


def save(record: Record) -> Path:
    """Write ``run.json``, and ``plan.json`` if there is a plan, into the run's folder.

    Returns:
      The path of ``run.json``.
    """
    path = record.job.folder / "run.json"
    path.write_text(json.dumps(record.as_dict(), indent=1) + "\n", encoding="utf-8")
    if record.ledger is not None:
        save_pictures(record.ledger, record.job.folder)
    if record.plan is not None:
        (record.job.folder / "plan.json").write_text(record.plan.dumps(), encoding="utf-8")
    return path


def _scene(scene: Scene, places: Mapping[str, tuple[Array, Array]]) -> dict[str, Any]:
    tool = scene.tool
    return {
        "name": scene.name, "instruction": scene.instruction, "goal": str(scene.goal),
        "notes": list(scene.notes), "hold": scene.hold,
        "workspace": dataclasses.asdict(scene.workspace),
        "tool": None if tool is None else dataclasses.asdict(tool),
        "entities": [_entity(e, *places.get(e.name, (None, None))) for e in scene.entities],
    }  # fmt: skip


def _entity(thing: Thing, pos: Array | None, quat: Array | None) -> dict[str, Any]:
    shapes = Counter(p.shape for _, body in thing.bodies() for p in body.parts)
    return {
        "name": thing.name, "shapes": dict(shapes), "links": len(thing.links),
        "grains": 0 if thing.grains is None else thing.grains.count,
        "size": [round(float(x), 4) for x in thing.size()], "mass": thing.mass,
        "pos": None if pos is None else pos.round(4).tolist(),
        "quat": None if quat is None else quat.round(4).tolist(),
        "fixed": thing.fixed, "tool": thing.tool,
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
        "reason": last.reason, "rollouts": len(thoughts),
        "seconds": round(episode.seconds - episode.timing["execution"], 3), "tried": tried,
        "spent": not episode.success and not episode.refused,
    }  # fmt: skip


def _lines(proposal: Proposal) -> list[str]:
    action = proposal.action
    if isinstance(action, Plan):
        return [str(s) for s in action.steps]
    return program_lines(action) if action else []


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
        "seconds": round(result.seconds, 3), "tried": tried, "spent": result.spent,
        "considered": list(result.considered),
    }  # fmt: skip


def _verification(check: Attempt) -> dict[str, Any]:
    return {
        "ok": check.ok, "reason": check.reason, "seconds": round(check.wall_seconds, 3),
        "steps": [_step(s) for s in check.steps],
    }  # fmt: skip


def _execution(execution: Attempt) -> dict[str, Any]:
    return {
        "success": execution.ok, "outcome": execution.outcome, "reason": execution.reason,
        "simulated_seconds": round(execution.simulated_seconds, 3),
        "wall_seconds": round(execution.wall_seconds, 3),
        "steps": [_step(s) for s in execution.steps],
    }  # fmt: skip


def _step(trace: StepTrace) -> dict[str, Any]:
    return {
        "skill": trace.skill, "args": trace.args,
        "start": round(trace.start, 3), "end": round(trace.end, 3),
        "outcome": trace.result.outcome, "reason": trace.result.told,
        "numbers": {k: round(v, 5) for k, v in trace.result.numbers.items()},
    }  # fmt: skip


def _rounded(interval: Any) -> dict[str, Any]:
    fields = dataclasses.asdict(interval)
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in fields.items()}
