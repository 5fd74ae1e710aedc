"""habilis record: record episodes of an agent in a task as a dataset, those that fail too."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.actor import ActorOptions, chosen
from habilis.scripts.shared.options import at_least, read_options

if TYPE_CHECKING:
    from habilis.policies.evaluation.evaluate import EpisodeResult


@dataclasses.dataclass(frozen=True)
class RecordOptions(ActorOptions):
    """Record episodes of an agent in a task, each in a layout of its own, in the format of Minari.

    Failed episodes are kept and marked; seeds, options, command and versions are inside.
    """

    plan: Path | None = None
    """Run this plan (see habilis solve) in every layout in place of an agent."""
    obs: tuple[str, ...] = ()
    """Observation groups to record, e.g. state rgb; what the task shows if left out."""
    episodes: int = 50
    """How many episodes."""
    seed: int = 0
    """Seed of the first layout; the next ones count up from it."""
    noise: float = 0.0
    """Standard deviation of what is added to the agent's actions, which are kept without it too."""
    name: str = ""
    """Id of the dataset, e.g. mine/hooks-v0; by default task and agent, e.g.
    habilis/ReachMilk/oracle-v0."""
    out: Path = Path("out/datasets")
    """Folder of datasets; with MINARI_DATASETS_PATH set to it, Minari finds them by id."""
    json: bool = False
    """Print what was recorded as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(RecordOptions, args, prog="habilis record")
    at_least(1, episodes=o.episodes)
    at_least(0, seed=o.seed)
    if o.noise < 0:
        raise ValueError(f"--noise must be at least 0, got {o.noise}")
    from habilis.policies.data import minari_files
    from habilis.policies.data.record import at_once, recorded
    from habilis.policies.vector import make_vector

    task, options, bundle = chosen(o)
    if o.obs:
        options["obs"] = o.obs[0] if len(o.obs) == 1 else list(o.obs)
    env = make_vector(task, at_once(o.episodes), **options)
    if bundle:
        bundle.check(env)
    agent, name = _agent(o, env, task)
    made = provenance(["record", *args])
    dataset = recorded(env, agent, name, o.episodes, o.seed, o.noise, options, made)
    ended: list[EpisodeResult] = []
    id = o.name or f"{task.rpartition('-v')[0]}/{name.replace(' ', '-')}-v0"

    def progress(result: EpisodeResult) -> None:
        ended.append(result)
        if sys.stderr.isatty():
            print(f"\r{len(ended)}/{o.episodes} episodes", end="", file=sys.stderr, flush=True)

    folder = minari_files.write(o.out, id, dataset, progress)
    env.close()
    _report(o, folder, ended)
    return 0


def _agent(o: RecordOptions, env: Any, task: str) -> tuple[Any, str]:
    """Who acts, and its name."""
    from habilis.policies.agents.base import Scripted, make_agent

    if o.plan is None:
        who = Path(o.policy).stem.removeprefix("sb3:") if o.agent == "policy" else o.agent
        return make_agent(o.agent, env, task, o.seed, o.policy or None), who
    from habilis.envs.core import Core
    from habilis.llm_planner.run.plan import load_plan

    core, plan = getattr(env, "core", None), load_plan(o.plan)
    if not isinstance(core, Core):
        raise ValueError(f"{task} takes no plans")
    plan.check(core.scene)
    return Scripted(core, plan), f"plan {o.plan.stem}"


def _report(o: RecordOptions, folder: Path, ended: Sequence[EpisodeResult]) -> None:
    from habilis.policies.evaluation.statistics import rate

    good = sum(e.success for e in ended)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    if o.json:
        episodes = [dataclasses.asdict(e) for e in ended]
        print(json.dumps({"dataset": str(folder), "episodes": episodes}, indent=1))
        return
    steps = sum(e.steps for e in ended)
    print(f"{len(ended)} episodes of {steps:,} steps, success {rate(good, len(ended))}; {folder}")
