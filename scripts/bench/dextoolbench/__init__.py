"""habilis bench dextoolbench: goal sequences of DexToolBench, followed with tools in the hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from habilis.assets import foreign
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import JsonOptions, markdown, say, store

if TYPE_CHECKING:
    from habilis.assets.dextool.sequences import GoalSequence
    from habilis.scripts.bench.dextoolbench.film import SequenceFilm

    Measure = Callable[[Path, GoalSequence, str, int, int, SequenceFilm | None], dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class BenchDexToolBenchOptions(JsonOptions):
    """A robot brings scanned tools through recorded goal poses, without a learned policy.

    A grasp is chosen for the whole sequence by what the arm reaches with it and by holding it in
    physics; then the fingers keep it, and the arm follows the tool's goals.
    """

    root: Path | None = None
    """Copy of the benchmark's data; by default DEXTOOLBENCH_ROOT."""
    robot: str = "fr3+leap"
    """Which robot."""
    only: str = ""
    """Beginning of the names of the sequences, as hammer or marker/sharpie_marker; several with
    commas between."""
    episodes: int = 10
    """Episodes of each sequence."""
    start: Literal["hand", "table", "work"] = "hand"
    """Where the tool is at first: in the hand above the first goal; on the table, from where the
    hand takes it up; or in the hand before the work, which then is done without regard to goals."""
    goals: int = 0
    """Only the first goals of each sequence, so many; 0 for all. One tells whether tools are taken
    up."""
    seed: int = 0
    """Seed of what is drawn at random."""
    film: Path | None = None
    """Folder for a film of the first episode of each sequence."""
    out: Path | None = None
    """Store the result here as JSON, after each sequence; those in it already are kept."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    from habilis.assets.dextool.sequences import interleaved, load_sequences
    from habilis.assets.robots.hands.sharpa import data_root
    from habilis.policies.evaluation.dexterous.dextoolbench import measure, summed
    from habilis.policies.evaluation.dexterous.from_table import measure_from_table
    from habilis.policies.evaluation.dexterous.using import measure_use, use_summed
    from habilis.scripts.bench.dextoolbench.film import SequenceFilm

    o = read_options(BenchDexToolBenchOptions, args, prog="habilis bench dextoolbench")
    at_least(1, episodes=o.episodes)
    at_least(0, seed=o.seed, goals=o.goals)
    root = o.root or data_root("the benchmark")
    result: dict[str, Any] = {"kind": "dextoolbench"} | provenance(["bench", "dextoolbench", *args])
    rows = _kept(o)
    starts: dict[str, Measure] = {
        "hand": measure, "table": measure_from_table, "work": measure_use,
    }  # fmt: skip
    one = starts[o.start]
    add = use_summed if o.start == "work" else summed
    wanted = [one for only in o.only.split(",") for one in load_sequences(root, only)]
    for sequence in interleaved(wanted):
        if sequence.name in {row["sequence"] for row in rows}:
            continue
        if o.goals:
            sequence = dataclasses.replace(sequence, goals=sequence.goals[: o.goals])
        watch = None if o.film is None else SequenceFilm(o.film / f"{sequence.name}.mp4")
        row = one(root, sequence, o.robot, o.episodes, o.seed, watch)
        if watch is not None:
            watch.close()
        if not row:
            continue
        rows.append(row | {"cut": o.goals})
        say(f"{row['sequence']}: {_told(row)}")
        result |= {"rows": rows, "summary": add(rows)}
        if o.out is not None:
            store(o.out, result)
    result |= {"rows": rows, "summary": add(rows)}
    if o.json:
        print(json.dumps(result, indent=1))
        return 0
    shown = ("sequence", "goals", "planned", "reached", "complete", "deed", "done", "dropped")
    print(markdown([{key: row[key] for key in shown if key in row} for row in rows]))
    print(", ".join(f"{key} {value}" for key, value in result["summary"].items()))
    return 0


def _told(row: dict[str, Any]) -> str:
    """A row in short."""
    if "done" in row:
        return f"{row['deed']} {row['done']['score']}, {row['reach']} grasps in reach"
    took = f", taken {row['taken']} {row['why']}" if "taken" in row else ""
    return f"{row['reached']} of {row['goals']}, planned {row['planned']}{took}"


def _kept(o: BenchDexToolBenchOptions) -> list[dict[str, Any]]:
    """Rows of an interrupted run with the same options."""
    if o.out is None or not o.out.is_file():
        return []
    wanted = {
        "robot": o.robot, "episodes": o.episodes, "seed": o.seed, "start": o.start, "cut": o.goals,
    }  # fmt: skip
    stored = foreign.parse(foreign.read_text(o.out), str(o.out))
    with foreign.understood(o.out, "no rows to go on from; give another --out"):
        return [row for row in stored["rows"] if all(row[key] == v for key, v in wanted.items())]
