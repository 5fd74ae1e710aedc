"""habilis leaderboard: make a static page of the results that come out the same when run again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from habilis.assets import foreign
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import say

if TYPE_CHECKING:
    from habilis.llm_planner.bench.families import VerifiedRows
    from habilis.llm_planner.bench.leaderboard import Entry


@dataclasses.dataclass(frozen=True)
class LeaderboardOptions:
    """Make a static page of results of habilis bench creative, oracle and cheats.

    A row is only given to results of which a sample of episodes, run again here, comes out
    the same. Results of one planner with the same options on other families share a row. The page
    says of every other one why it has none. Exit code: 1 if there are such.
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
        raise ValueError("name results of habilis bench creative, oracle or cheats")
    from habilis.llm_planner.bench.families import VerifiedRows
    from habilis.llm_planner.bench.leaderboard import Entry, page

    found, left = [], []
    for given in o.results:
        path = given / "result.json" if given.is_dir() else given
        try:
            found.append(_verified(path, o))
            say(f"{path}: the same, {found[-1].replayed} episodes")
        except (ValueError, OSError) as error:
            left.append(str(error) if str(path) in str(error) else f"{path}: {error}")
            say(left[-1])
    entries = [one for one in found if isinstance(one, Entry)]
    measured = [one for one in found if isinstance(one, VerifiedRows)]
    text = page(entries, measured, left, ["leaderboard", *args])
    o.out.mkdir(parents=True, exist_ok=True)
    (o.out / "index.html").write_text(text, "utf-8")
    print(f"{len(found)} of {len(o.results)} results have rows; {o.out / 'index.html'}")
    return int(bool(left))


def _verified(path: Path, o: LeaderboardOptions) -> Entry | VerifiedRows:
    """What the page shows of a result.

    Raises:
      ValueError: it is no such result, or does not come out the same; says what differs.
    """
    from habilis.llm_planner.bench.families import VerifiedRows
    from habilis.llm_planner.bench.leaderboard import entry
    from habilis.policies.evaluation.verify import check_versions
    from habilis.scripts.bench.verify import UNLIKE, asked, check, load

    result = load(path)
    check_versions(result)
    recording = path.with_name("recording.jsonl")
    there = recording if recording.exists() else None
    with foreign.understood(path, UNLIKE):
        checked = list(check(result, o.rows, o.episodes, o.seed, there))
    differs = [line for one in checked for line in one.differences]
    if differs:
        raise ValueError("; ".join(differs[:3]))
    again = sum(one.episodes for one in checked)
    with foreign.understood(path, UNLIKE):
        if result["kind"] == "creative":
            return entry(path, result, again)
        robots = result["kind"] == "oracle" and any(robot for robot, _ in asked(result))
        return VerifiedRows(result, again, robots)
