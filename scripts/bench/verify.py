"""habilis bench verify: play a sample of a stored result again and compare."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import tyro

from habilis.assets import foreign
from habilis.assets.names import visible
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import say, show

if TYPE_CHECKING:
    from habilis.llm_planner.model.client import Client
    from habilis.policies.evaluation.verify import Checked


UNLIKE = "no result that can be measured again"


@dataclasses.dataclass(frozen=True)
class BenchVerifyOptions:
    """Play a sample of a stored result again and compare outcomes and numbers, bit for bit.

    For results of habilis bench oracle and habilis bench creative, of which some episodes of a row
    are played, and of habilis bench cheats, whose rows are tried again as a whole. What was
    measured with another version of MuJoCo or habilis is refused. The exit code is 0 if all is the
    same and 1 if anything differs.
    """

    results: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Files that the bench stored."""
    rows: int = 3
    """How many rows, drawn at random; 0 for all."""
    episodes: int = 4
    """How many episodes of each of them; of scripted solutions one seed after the other."""
    seed: int = 0
    """Seed of what is drawn."""
    recording: Path | None = None
    """Answers of the language model that was measured, as habilis bench creative --planner
    record:FILE:MODEL keeps them; the file of the planner, if that was replay:FILE."""
    json: bool = False
    """Print what was compared as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchVerifyOptions, args, prog="habilis bench verify")
    at_least(0, rows=o.rows, seed=o.seed)
    at_least(1, episodes=o.episodes)
    from habilis.policies.evaluation.verify import check_versions

    if not o.results:
        raise ValueError("name a file that habilis bench stored, as benchmarks/oracle.json")
    loaded = {path: load(path) for path in o.results}
    for line in dict.fromkeys(line for one in loaded.values() for line in check_versions(one)):
        say(f"note: {line}")
    verified = [_verified(path, result, o) for path, result in loaded.items()]
    if o.json:
        print(json.dumps(verified if len(verified) > 1 else verified[0], indent=1))
    return int(any(one["same"] < len(one["rows"]) for one in verified))


def _verified(path: Path, result: Mapping[str, Any], o: BenchVerifyOptions) -> dict[str, Any]:
    """What came out for one file, which is shown as it does."""
    checked = []
    with foreign.understood(path, UNLIKE):
        for one in check(result, o.rows, o.episodes, o.seed, o.recording):
            checked.append(one)
            if not o.json:
                show("\n".join(_lines(one)))
    good = sum(not one.differences for one in checked)
    if not o.json:
        of = f"of {len(result['rows'])} in {visible(str(path), 200)}"
        print(f"{good} of {len(checked)} rows are as stored, {of}")
    rows = [dataclasses.asdict(one) for one in checked]
    return {"result": str(path), "same": good, "rows": rows}


def load(path: Path) -> dict[str, Any]:
    """Read a result that can be verified; ValueError says what another one lacks."""
    from habilis.policies.evaluation.verify import MISSING, check_rows

    found = foreign.parse(foreign.read_text(path), str(path))
    if not isinstance(found, dict) or not found.get("rows") or "kind" not in found:
        raise ValueError(f"{path}: no result of a bench: it has no kind, or no rows")
    kind = str(found["kind"])
    if kind not in ("oracle", "cheats", "creative"):
        needed = MISSING.get(kind, "each episode with its seed and outcome, and a replay of them")
        raise ValueError(
            f"{path}: results of kind {kind!r} cannot be verified, those of oracle, cheats and"
            f" creative can; it would need {needed}"
        )
    with foreign.understood(path, UNLIKE):
        for key, kinds in (("versions", dict), ("rows", list)):
            if not isinstance(found.get(key) or kinds(), kinds):
                raise ValueError(f"{key} is {type(found[key]).__name__}")
        if kind != "creative":
            check_rows(found)
    return found


def check(
    result: Mapping[str, Any], rows: int, episodes: int, seed: int, recording: Path | None = None
) -> Iterator[Checked]:
    """Measure a sample of a loaded result again; what came out, row by row.

    Args:
      result: from ``load``.
      rows: how many rows, drawn at random; 0 for all.
      episodes: how many of each.
      seed: of the draw.
      recording: of a language model's answers.

    Raises:
      ValueError: it cannot be measured again; says why.
    """
    from habilis.policies.evaluation.verify import check_cheats_row, check_oracle_row

    rng, stored = np.random.default_rng(seed), result["rows"]
    if result["kind"] == "creative":
        from habilis.llm_planner.bench.replay import check_creative

        yield from check_creative(result, rows, episodes, rng, _answers(result, recording))
        return
    count = min(rows or len(stored), len(stored))
    chosen = sorted(int(i) for i in rng.choice(len(stored), count, replace=False))
    if result["kind"] == "cheats":
        yield from (check_cheats_row(stored[i]) for i in chosen)
        return
    by, digests = asked(result), result.get("digests") or [""] * len(stored)
    for i in chosen:
        robot, variation = by[i]
        yield check_oracle_row(stored[i], robot, variation, digests[i], episodes, rng)


def _answers(result: Mapping[str, Any], recording: Path | None) -> Client | None:
    """The recording of a model's answers, if one is given or was what was measured."""
    from habilis.llm_planner.model.client import ClientError
    from habilis.llm_planner.model.make import make_client

    setup = result.get("setup")
    planner = str(setup.get("planner")) if isinstance(setup, Mapping) else ""
    spec = f"replay:{recording}" if recording is not None else planner
    try:
        return make_client(spec) if spec.startswith("replay:") else None
    except ClientError as error:
        raise ValueError(f"its answers are needed, --recording FILE: {error}") from error


def asked(result: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Robot and variation of each row, as the command of the result asked for them.

    Raises:
      ValueError: the rows are not those of the command.
    """
    from habilis.scripts.bench.oracle import BenchOracleOptions, cases

    rows, words = result["rows"], shlex.split(str(result.get("command", "")))
    try:
        if words[:3] != ["habilis", "bench", "oracle"]:
            raise ValueError(f"the result was not made by habilis bench oracle: {words}")
        given = read_options(BenchOracleOptions, words[3:], prog="habilis bench oracle")
    except SystemExit as error:
        raise ValueError(f"the command of the result cannot be read: {words}") from error
    known = tuple(dict.fromkeys(row["task"] for row in rows))
    found = list(cases(given, known))
    if [(task, scene) for _, task, scene in found] != [(r["task"], r["scene"]) for r in rows]:
        raise ValueError("the rows of the result are not those that its command makes")
    return [(robot, given.variation) for robot, _, _ in found]


def _lines(one: Checked) -> list[str]:
    row = one.row
    where = " ".join(str(row[k]) for k in ("task", "scene", "robot", "cheat") if row.get(k))
    word = "DIFFERS" if one.differences else "same"
    found = [f"{word:<8} {where}: {one.replayed}", *(f"         {d}" for d in one.differences)]
    return [visible(line, 2000) for line in found]
