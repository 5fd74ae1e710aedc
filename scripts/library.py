"""habilis library: make skills of plans that worked, test them, and list or remove them."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.assets.names import check_known, told
from habilis.scripts.shared.options import at_least, read_options

if TYPE_CHECKING:
    from habilis.llm_planner.library.store import Standing
    from habilis.llm_planner.library.trials import TrialOutcome

DEFAULT = Path("library.json")
DOES = {
    "list": "the skills of a library with their record",
    "make": "make a skill of runs that worked; it is kept if it works in fresh layouts",
    "test": "try a skill in further layouts; each counts, and too many failures revoke it",
    "remove": "forget a skill",
}


@dataclasses.dataclass(frozen=True)
class LibraryListOptions:
    """List the skills of a library with their record."""

    library: Path = DEFAULT
    """File of the library."""
    json: bool = False
    """Print as JSON."""


@dataclasses.dataclass(frozen=True)
class LibraryMakeOptions:
    """Make a skill of one or several runs that worked, and submit it to the test.

    Without a model it is made by rule: objects become parameters, numbers that equal a quantity
    of the scene become expressions. It is admitted if it works in 8 of 10 fresh layouts of the
    task, in all of its generations. Exit code: 0 admitted, 1 refused, 2 bad input.
    """

    runs: Annotated[tuple[Path, ...], tyro.conf.arg(name="from")]
    """Folders of runs of habilis solve that were a success, all of one task."""
    model: str = ""
    """A language model that makes it instead of the rules, see habilis solve --help."""
    answer_tokens: int = 4000
    """Most tokens of one answer of the model, see habilis solve --help."""
    name: str = ""
    """Name of the skill; made of its steps, or given by the model, if left out."""
    scene: Path | None = None
    """The scene file of the runs, if they were on one of your own."""
    layouts: int = 10
    """Fresh layouts for admission; at least 5."""
    seed: int = 1000
    """Seed of the first layout for practice; those for admission follow."""
    library: Path = DEFAULT
    """File of the library; made if it is missing."""
    json: bool = False
    """Print the result as JSON; progress goes to standard error."""


@dataclasses.dataclass(frozen=True)
class LibraryTestOptions:
    """Try a skill in layouts that are new to it; each trial counts as a use.

    Exit code: 0 still in use, 1 revoked, 2 bad input.
    """

    name: Annotated[str, tyro.conf.Positional]
    """Name of the skill."""
    task: str = ""
    """Id of a task, e.g. habilis/ReachMilkBroken-v0, to try it in; its own if left out."""
    scene: Path | None = None
    """A scene file to try it in."""
    layouts: int = 10
    """How many layouts; it ends early when the skill is revoked."""
    seed: int = 5000
    """Seed of the first layout; those it was made or tested in are passed over."""
    library: Path = DEFAULT
    """File of the library."""
    json: bool = False
    """Print the result as JSON; progress goes to standard error."""


@dataclasses.dataclass(frozen=True)
class LibraryRemoveOptions:
    """Forget a skill."""

    name: Annotated[str, tyro.conf.Positional]
    """Name of the skill."""
    library: Path = DEFAULT
    """File of the library."""
    json: bool = False
    """Print the result as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    if not args or args[0] in ("-h", "--help"):
        lines = [f"  {name:<7} {what}" for name, what in DOES.items()]
        print("\n".join(["usage: habilis library ACTION ...", "", *lines]))
        return 0 if args else 2
    action, rest = args[0], args[1:]
    check_known("action", action, DOES)
    return {"list": _list, "make": _make, "test": _test, "remove": _remove}[action](rest)


def _list(args: list[str]) -> int:
    o = read_options(LibraryListOptions, args, prog="habilis library list")
    from habilis.llm_planner.library.store import load_library

    found = load_library(o.library).standings()
    if o.json:
        print(json.dumps([dataclasses.asdict(s) for s in found], indent=1))
    elif not found:
        print(f"no skills in {o.library}")
    for standing in [] if o.json else found:
        print(told(f"{_record(standing)}\n{standing.skill.doc}"))
    return 0


def _make(args: list[str]) -> int:
    o = read_options(LibraryMakeOptions, args, prog="habilis library make")
    at_least(0, seed=o.seed)
    at_least(1, **{"answer-tokens": o.answer_tokens})
    from habilis.assets.scene.format.file import load_scene
    from habilis.llm_planner.library.maker import Workshop, load_demo
    from habilis.llm_planner.library.store import FRESH, load_library
    from habilis.llm_planner.model.make import make_client

    at_least(FRESH, layouts=o.layouts)
    library, say = load_library(o.library), _printer(o.json)
    scene = None if o.scene is None else load_scene(o.scene)
    shop = Workshop([load_demo(folder, scene) for folder in o.runs], o.seed, say)
    if o.name:
        library.check_free(o.name)
    if o.model:
        skill = shop.with_model(make_client(o.model), o.name, o.answer_tokens)
    else:
        skill = shop.by_rule(o.name)
    library.check_free(skill.name)
    say("\n".join(["candidate", *_definition(skill)]))
    standing, outcomes = shop.admit(skill, library, o.layouts)
    return _conclude(standing, outcomes, o.library, o.json)


def _test(args: list[str]) -> int:
    o = read_options(LibraryTestOptions, args, prog="habilis library test")
    at_least(0, seed=o.seed)
    at_least(1, layouts=o.layouts)
    from habilis.assets.scene.format.file import load_scene
    from habilis.llm_planner.library.maker import retest
    from habilis.llm_planner.library.store import load_library
    from habilis.llm_planner.library.trials import generations

    if o.task and o.scene:
        raise ValueError("give --task or --scene, not both")
    scenes = [load_scene(o.scene)] if o.scene else []
    scenes += generations(o.task) if o.task else []
    library = load_library(o.library)
    say = _printer(o.json)
    standing, outcomes = retest(library, o.name, scenes, o.layouts, o.seed, say)
    return _conclude(standing, outcomes, o.library, o.json)


def _remove(args: list[str]) -> int:
    o = read_options(LibraryRemoveOptions, args, prog="habilis library remove")
    from habilis.llm_planner.library.store import load_library

    gone = load_library(o.library).remove(o.name)
    print(json.dumps(dataclasses.asdict(gone), indent=1) if o.json else f"removed {gone.skill}")
    return 0


def _printer(to_error: bool) -> Callable[[str], None]:
    stream = sys.stderr if to_error else sys.stdout
    return lambda line: print(told(line), file=stream, flush=True)


def _conclude(standing: Standing, outcomes: list[TrialOutcome], path: Path, as_json: bool) -> int:
    if as_json:
        trials = [dataclasses.asdict(x) for x in outcomes]
        print(json.dumps(dataclasses.asdict(standing) | {"outcomes": trials}, indent=1))
    else:
        print(f"{_record(standing)}\n  library {path}")
    return 0 if standing.status == "admitted" else 1


def _record(standing: Standing) -> str:
    from habilis.policies.evaluation.statistics import rate

    counted = rate(standing.successes, standing.trials) if standing.trials else "never tried"
    return f"{standing.status.upper():<9} {standing.skill}: {counted}"


def _definition(skill: Any) -> list[str]:
    lines = [f"  {skill}", f"    {skill.doc}"]
    for i, step in enumerate(skill.steps, 1):
        given = ", ".join(f"{k}={v}" for k, v in step["args"].items())
        lines.append(f"    {i}. {step['skill']}({given})")
    return lines
