"""habilis bench oracle: the scripted solution of each task on random layouts."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import JsonOptions, deliver, journal_of, say
from habilis.scripts.shared.spreading import SpreadOptions, executor_of


@dataclasses.dataclass(frozen=True)
class BenchOracleOptions(SpreadOptions, JsonOptions):
    """The scripted solution of each task on random layouts, through the environment's actions."""

    episodes: int = 100
    """Episodes of each task and scene."""
    tasks: tuple[str, ...] = ()
    """Ids of tasks; all that have an oracle if left out."""
    seed: int = 0
    """Seed of the first layout."""
    robots: tuple[str, ...] = ()
    """Robots in place of the scenes' own, e.g. ur5e+robotiq_2f85; see habilis robots list."""
    variation: float = 1.0
    """How far layouts stray, see habilis solve --help."""
    out: Path | None = None
    """Store the result here as JSON. Until then finished episodes are kept beside it: after an
    interruption the same command goes on from there."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchOracleOptions, args, prog="habilis bench oracle")
    at_least(1, episodes=o.episodes)
    at_least(0, seed=o.seed)
    from habilis.envs.tasks import tool_tasks
    from habilis.policies.evaluation.verify import joined, play_stretch, stretches
    from habilis.policies.spread.journal import resumed

    made, journal = provenance(["bench", "oracle", *args]), journal_of(o.out, o)
    asked = [
        [
            (task, scene, robot, o.variation, count, first)
            for count, first in stretches(o.episodes, o.seed)
        ]
        for robot, task, scene in cases(o, tuple(tool_tasks()))
    ]
    pieces = {" ".join(map(str, piece)): piece for row in asked for piece in row}
    found, executor = {}, executor_of(o)
    for name, played in resumed(play_stretch, pieces, journal, executor):
        found[name] = played
        row = played["row"]
        say(f"{row['task']} {row['scene']} {row['robot']}: {row['success']}/{row['episodes']}")
    whole = [joined([found[" ".join(map(str, piece))] for piece in row]) for row in asked]
    rows, digests = [row for row, _ in whole], [told for _, told in whole]
    made["executor"] = executor.told()
    deliver({"kind": "oracle", **made, "rows": rows, "digests": digests}, o)
    journal.forget()
    return 0


def cases(o: BenchOracleOptions, known: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Robot (as asked for), task and scene of each row; ``known`` are all tasks with an oracle."""
    from habilis.envs.tasks import find_twin

    for robot, task in itertools.product(o.robots or ("",), o.tasks or known):
        yield from ((robot, task, scene) for scene in find_twin(task)[0].scenes)
