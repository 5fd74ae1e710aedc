"""habilis bench again: measure stored results again, each by its own command, and compare."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated, Any

import tyro

from habilis.assets import foreign
from habilis.llm_planner.report.text import plural
from habilis.scripts.bench.again.rows import compare
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import say, show

_ASKS = re.compile(r"(?:^|=)(?:openai|anthropic|record|sb3):|wss?://(?!127\.0\.0\.1(?::\d+)?/?$)")
"""Words of commands that ask a server or run code. A model that has a folder is ruled out, too."""
MEASURES = (("bench",), ("encoder", "eval"), ("ros", "bench"))
"""Commands that measure something; a file is not obeyed if it names another."""
READS = ("again", "compare", "verify")
"""Commands below ``habilis bench`` that only read results."""

ELSEWHERE = ("--out", "--film", "--picture")
"""Options that say where something is written, which is not for the file to say."""


@dataclasses.dataclass(frozen=True)
class BenchAgainOptions:
    """Measure stored results again, each by the command in it, and compare row by row.

    For whoever changed the physics, a robot or the machine. Every share of success is compared by
    its interval: a row has moved if the two do not overlap. What is finished is kept in a folder,
    so that the same command goes on after an interruption, and compares at once when all is there.
    The exit code is 0 if no row moved and everything could be measured, and 1 otherwise.
    """

    results: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Files that a bench stored."""
    out: Path = Path("out/again")
    """Folder of the new results; each has the name of the old one."""
    jobs: int = 1
    """How many commands run at once. Times are comparable only with 1."""
    timeout: float = 7200.0
    """Seconds that one command may take."""
    json: bool = False
    """Print what was compared as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchAgainOptions, args, prog="habilis bench again")
    at_least(1, jobs=o.jobs)
    if not o.results:
        raise ValueError("nothing to measure: name files that a bench stored")
    if len({path.name for path in o.results}) < len(o.results):
        raise ValueError("two of the files have the same name, and so would the new ones")
    stored = {path: _load(path) for path in o.results}
    asked = {path: words(result["command"], path, o.out) for path, result in stored.items()}
    o.out.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {}
    with ThreadPoolExecutor(o.jobs) as pool:
        running = {pool.submit(_measure, asked[p], _new(p, o.out), o.timeout): p for p in asked}
        for one in as_completed(running):
            path, wrong = running[one], one.result()
            told[path.name] = _told(stored[path], _new(path, o.out), wrong)
            if not o.json:
                show("\n".join(_lines(path.name, told[path.name])))
    if o.json:
        print(json.dumps(told, indent=1))
    return int(any(one["wrong"] or one["moved"] or one["missing"] for one in told.values()))


def words(stored: str, path: Path, out: Path) -> list[str]:
    """The arguments of a stored command, with its result going into another folder.

    Args:
      stored: the command as the result tells it, beginning with ``habilis``.
      path: file that it is from.
      out: folder of the new result.

    Raises:
      ValueError: it is no command of habilis that measures.
    """
    try:
        name, *args = shlex.split(str(stored)) or [""]
    except ValueError as error:
        raise ValueError(f"{path}: its command cannot be read: {error}") from error
    measures = any(tuple(args[: len(m)]) == m for m in MEASURES)
    if name != "habilis" or not measures or args[:2] in (["bench", word] for word in READS):
        raise ValueError(
            f"{path}: its command is not a measurement of habilis and is not run: {stored[:200]!r}"
        )
    _check_stays_here(args, path)
    for option in ELSEWHERE:
        args = [word for word in args if not word.startswith(f"{option}=")]
        while option in args:
            at = args.index(option)
            del args[at : at + 2]
    new = _new(path, out)
    return [*args, "--out", str(new.parent if new.name == "result.json" else new)]


def _check_stays_here(args: Sequence[str], path: Path) -> None:
    """ValueError if a stored command would reach another machine, or write what nobody asked for.

    Whoever made the file chose its words: a server that is named there would be sent the key of
    whoever measures again.
    """
    asked = list(filter(_ASKS.search, args))
    planners = [w for w in args if w.startswith("--planner=file:")]
    planners += [w for o, w in itertools.pairwise(args) if o == "--planner" and w[:5] == "file:"]
    if asked or planners:
        raise ValueError(
            f"{path}: its command is not run, as {(asked + planners)[0][:80]!r} may ask a server"
            " or write files: give the command yourself if you mean it"
        )


def _new(path: Path, out: Path) -> Path:
    """Where the new result of a file will lie; a bench of planners stores a folder of them."""
    creative = _load(path)["kind"] == "creative"
    return out / path.stem / "result.json" if creative else out / path.name


def _load(path: Path) -> dict[str, Any]:
    found = foreign.parse(foreign.read_text(path), str(path))
    if not isinstance(found, dict) or not all(k in found for k in ("kind", "command", "rows")):
        raise ValueError(f"{path}: no result of a bench: it has no kind, no command or no rows")
    with foreign.understood(path, "no rows of a bench"):
        compare(found["rows"], found["rows"])
    return found


def _measure(args: Sequence[str], new: Path, timeout: float) -> str:
    """Run a command unless its result is there; what went wrong, or nothing."""
    if new.is_file():
        return ""
    say(f"habilis {shlex.join(args)}")
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "habilis", *args],
            capture_output=True,
            text=True,
            errors="replace",
            env=env,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"took more than {timeout:g} s; the same command goes on from there"
    if ran.returncode or not new.is_file():
        last = ([""] + ran.stderr.strip().splitlines())[-1]
        return f"exit code {ran.returncode}: {last}"
    return ""


def _told(old: dict[str, Any], new: Path, wrong: str) -> dict[str, Any]:
    """What came of a file: what went wrong, rows alike, rows that moved, rows that one lacks."""
    if wrong:
        return {"wrong": wrong, "same": 0, "moved": [], "missing": []}
    with foreign.understood(new, "no rows like those that were stored"):
        return {"wrong": "", **compare(old["rows"], _load(new)["rows"])}


def _lines(name: str, told: dict[str, Any]) -> list[str]:
    if told["wrong"]:
        return [f"{name}: not measured: {told['wrong']}"]
    lines = [f"{name}: {plural(told['same'], 'row')} alike, {len(told['moved'])} moved"]
    lines += [f"    moved    {line}" for line in told["moved"]]
    return lines + [f"    missing  {line}" for line in told["missing"]]
