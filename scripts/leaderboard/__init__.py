"""habilis leaderboard: make a static page of planners, of results that are the same when run again.

The results are those of habilis bench creative.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import say

if TYPE_CHECKING:
    from habilis.llm_planner.bench.leaderboard import Entry


@dataclasses.dataclass(frozen=True)
class LeaderboardOptions:
    """Make a static page of planners, of results of habilis bench creative.

    A row is only given to a result of which a sample of episodes, run again here, comes out the
    same. The page says of every other one why it has none. Exit code: 1 if there are such.
    """

    results: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """result.json files, or the folders they are in. Beside a language model's one there is the
    recording of its answers, recording.jsonl."""
    out: Path = Path("out/leaderboard")
    """Folder of the page, index.html."""
    rows: int = 3
    """How many rows of each result are drawn at random; 0 for all."""
    episodes: int = 2
    """How many episodes of each of them are run again."""
    seed: int = 0
    """Seed of what is drawn."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(LeaderboardOptions, args, prog="habilis leaderboard")
    at_least(0, rows=o.rows, seed=o.seed)
    at_least(1, episodes=o.episodes)
    if not o.results:
        raise ValueError("name results of habilis bench creative")
    from habilis.llm_planner.bench.leaderboard import page

    entries, left = [], []
    for given in o.results:
        path = given / "result.json" if given.is_dir() else given
        try:
            entries.append(_entry(path, o))
            say(f"{path}: the same, {entries[-1].replayed} episodes")
        except (ValueError, OSError) as error:
            left.append(f"{path}: {error}")
            say(left[-1])
    o.out.mkdir(parents=True, exist_ok=True)
    (o.out / "index.html").write_text(page(entries, left, ["leaderboard", *args]), "utf-8")
    print(f"{len(entries)} of {len(o.results)} results have a row; {o.out / 'index.html'}")
    return int(bool(left))


def _entry(path: Path, o: LeaderboardOptions) -> Entry:
    """The entry of a result.

    Raises:
      ValueError: it is no such result, or does not come out the same; says what differs.
    """
    from habilis.llm_planner.bench.leaderboard import entry
    from habilis.policies.evaluation.verify import check_versions
    from habilis.scripts.bench.verify import check, load

    result = load(path)
    if result["kind"] != "creative":
        raise ValueError(f"results of kind {result['kind']!r} are of no planner")
    check_versions(result)
    recording = path.with_name("recording.jsonl")
    there = recording if recording.exists() else None
    checked = list(check(result, o.rows, o.episodes, o.seed, there))
    differs = [line for one in checked for line in one.differences]
    if differs:
        raise ValueError("; ".join(differs[:3]))
    replayed = sum(one.replayed.count(",") + 1 for one in checked)
    return entry(path, result, replayed)
