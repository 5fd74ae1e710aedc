"""habilis train: train a policy, or continue a run that was stopped."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from habilis.envs.sim.make import SimKind
from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import JsonOptions, say
from habilis.scripts.shared.spreading import SpreadOptions, executor_of

if TYPE_CHECKING:
    from habilis.policies.spread.executors import Executor


@dataclasses.dataclass(frozen=True)
class TrainOptions(SpreadOptions, JsonOptions):
    """Train a policy with Stable-Baselines3; leaves a run folder and, at the end, a bundle.

    Interrupt it as you like (ctrl-c, kill): --resume goes on from the last checkpoint.
    """

    task: Annotated[str, tyro.conf.Positional] = ""
    """Id of the task, see habilis list tasks; any id that Gymnasium knows will do."""
    config: str = ""
    """A shipped configuration (habilis list configs) or a YAML file; by default the one made for
    the task, else ppo."""
    set: tuple[str, ...] = ()
    """Changes of the configuration: key=value with dotted keys, e.g. env.options.scene=2024."""
    steps: int | None = None
    """Environment steps in all; changes total_steps."""
    seed: int | None = None
    """Seed of the networks and the first episode; changes seed of the configuration."""
    seeds: tuple[int, ...] = ()
    """Train once for each of these into one folder, and compare; one after another, unless
    --workers or --executor say otherwise. All machines of a cluster must share --out."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where the networks are trained."""
    sim: SimKind | None = None
    """Where the physics runs; changes env.sim."""
    resume: Path | None = None
    """Folder of a run to go on with, in place of a task."""
    out: Path = Path("out/train")
    """The run's folder is made in here."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(TrainOptions, args, prog="habilis train")
    try:
        import habilis.policies.learn.run  # noqa: F401
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; training needs: pip install "habilis[rl]"') from error
    outcomes = _resume(options, args) if options.resume is not None else _start(options, args)
    return _report(options, outcomes)


def _start(options: TrainOptions, args: list[str]) -> list[Any]:
    from habilis.policies.learn import config as configs
    from habilis.policies.learn import run, seeds

    if options.seed is not None and options.seeds:
        raise ValueError("give --seed or --seeds, not both")
    if not options.task and not options.config:
        raise ValueError("name a task, e.g. habilis train habilis/ReachMilkNotNeeded-v0")
    given = {"task": options.task, "seed": options.seed, "total_steps": options.steps}
    name = options.config or configs.for_task(options.task)
    sets = options.set if options.sim is None else (*options.set, f"env.sim={options.sim}")
    if not options.seeds:
        _alone(options)
    config = configs.load(name, sets, **{k: v for k, v in given.items() if v})
    folder = run.new_folder(options.out, config.task)
    say(f"{config.task} with {name}; run folder {folder}")
    try:
        if options.seeds:
            how = options.device, ["train", *args]
            return seeds.start(config, options.seeds, folder, *how, _executor(options))
        return [run.start(config, folder, options.device, ["train", *args])]
    finally:
        if not any(folder.iterdir()):  # refused before it began
            folder.rmdir()


def _resume(options: TrainOptions, args: list[str]) -> list[Any]:
    from habilis.policies.learn import run, seeds

    given = options.task or options.config or options.set or options.seeds or options.sim
    if given or options.seed is not None:
        raise ValueError("--resume takes task and configuration from the run: leave them out")
    assert options.resume is not None
    how = options.device, ["train", *args], options.steps
    if seeds.runs(options.resume):
        return seeds.resume(options.resume, *how, _executor(options))
    _alone(options)
    return [run.resume(options.resume, *how)]


def _executor(options: TrainOptions) -> Executor:
    """Who trains each of several seeds."""
    return executor_of(options, gpu=options.device == "cuda" or options.sim == "gpu")


def _alone(options: TrainOptions) -> None:
    """Refuse to spread what is a single piece of work."""
    if options.executor != "local" or options.workers is not None:
        raise ValueError("--executor and --workers share out several seeds: give --seeds")


def _report(options: TrainOptions, outcomes: list[Any]) -> int:
    from habilis.policies.learn import seeds

    outcome = outcomes[-1]
    several = bool(seeds.runs(outcome.folder.parent))
    if outcome.bundle is None:
        folder = outcome.folder.parent if several else outcome.folder
        again = shlex.join(["habilis", "train", "--resume", str(folder)])
        when = f" after {outcome.steps:,} steps" if outcome.steps else ""
        print(f"stopped{when}; go on with: {again}", file=sys.stderr)
        return 130
    if several:
        return _compare(options, outcomes)
    path = outcome.folder / "bundle.zip"
    if options.json:
        print(json.dumps({"bundle": str(path), **outcome.bundle.manifest}, indent=1))
        return 0
    print(outcome.bundle.line())
    print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")
    print(f"see it: {shlex.join(['habilis', 'eval', str(path)])}")
    return 0


def _compare(options: TrainOptions, outcomes: list[Any]) -> int:
    from habilis.policies.learn import seeds

    if options.json:
        made = [{"bundle": str(o.folder / "bundle.zip"), **o.bundle.manifest} for o in outcomes]
        print(json.dumps(made, indent=1))
        return 0
    print(seeds.table(outcomes))
    folder = str(outcomes[0].folder.parent)
    print(f"see the curves: {shlex.join(['habilis', 'bench', 'curves', folder])}")
    return 0
