"""habilis bench cheats: attempts at goals by unfair means in each task about a tool."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import JsonOptions, deliver, journal_of, say
from habilis.scripts.shared.spreading import SpreadOptions, executor_of


@dataclasses.dataclass(frozen=True)
class BenchCheatsOptions(SpreadOptions, JsonOptions):
    """Try to cheat in random layouts of each task; no attempt should count as a success.

    Actions are random; the hand alone does what solves the task where no tool is needed; the end of
    the scripted solution is written into the physics of a fresh episode.
    """

    episodes: int = 100
    """Layouts of each task, scene and way to cheat."""
    tasks: tuple[str, ...] = ()
    """Ids of tasks; all that are about a tool if left out."""
    seed: int = 0
    """Seed of the first layout."""
    out: Path | None = None
    """Store the result here as JSON. Until then finished rows are kept beside it: after an
    interruption the same command goes on from there."""


def command(args: list[str]) -> int:
    """Entry of the command; 1 if an attempt counted as a success."""
    o = read_options(BenchCheatsOptions, args, prog="habilis bench cheats")
    at_least(1, episodes=o.episodes)
    at_least(0, seed=o.seed)
    from habilis.envs.tasks import find_twin, tool_tasks
    from habilis.policies.evaluation.cheats import cheats_of
    from habilis.policies.evaluation.verify import try_cheat
    from habilis.policies.spread.journal import resumed

    for task in o.tasks:
        if not cheats_of(task):
            raise ValueError(f"{task}: cheats are tried where a tool is needed, or broken")
    made, journal = provenance(["bench", "cheats", *args]), journal_of(o.out, o)
    pieces = {
        f"{task} {scene}, {name}": (task, scene, name, o.episodes, o.seed)
        for task in o.tasks or tool_tasks()
        for scene in find_twin(task)[0].scenes
        for name in cheats_of(task)
    }
    found, executor = {}, executor_of(o)
    for about, row in resumed(try_cheat, pieces, journal, executor):
        found[about] = row
        say(f"{about}: the goal held in {row['reached']}, counted in {row['success']}")
    rows = [found[about] for about in pieces]
    deliver({"kind": "cheats", **made, "executor": executor.told(), "rows": rows}, o)
    journal.forget()
    return int(any(row["success"] for row in rows))
