"""The same run from several seeds in one folder: ``seed-0``, ``seed-1``, ..."""

from __future__ import annotations

import dataclasses
import functools
import platform
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from habilis.policies.bundles.bundle import Bundle
from habilis.policies.evaluation.statistics import mean_of_rates, rate
from habilis.policies.learn import run
from habilis.policies.learn.config import Config, load
from habilis.policies.spread.executors import Died, Executor, LocalProcesses


def runs(folder: Path) -> list[Path]:
    """Return the folders of the runs in a folder of several seeds, sorted by seed.

    The list is empty if the folder is not one of several seeds.
    """
    found = [path.parent for path in folder.glob(f"seed-*/{run.CONFIG}")]
    return sorted(found, key=lambda path: int(path.name.partition("-")[2]))


def start(
    config: Config,
    seeds: Sequence[int],
    folder: Path,
    device: str,
    command: Sequence[str],
    executor: Executor | None = None,
) -> list[run.TrainingOutcome]:
    """Train from scratch once a seed.

    Args:
      config: with its task; its seed is left out of account.
      seeds: all different.
      folder: empty.
      device, command: as of ``run.start``.
      executor: who trains; this process, one seed after another, if None.

    Returns:
      How each run ended; the last one was stopped if not all are there.
    """
    if len(set(seeds)) != len(seeds):
        raise ValueError(f"seeds must differ, got {list(seeds)}")
    for seed in seeds:
        each = folder / f"seed-{seed}"
        each.mkdir()
        run.write_config(dataclasses.replace(config, seed=seed), each)
    try:
        return resume(folder, device, command, None, executor)
    finally:
        if not list(folder.glob("*/checkpoints")):  # refused before it began
            for each in runs(folder):
                shutil.rmtree(each)


def resume(
    folder: Path,
    device: str,
    command: Sequence[str],
    steps: int | None = None,
    executor: Executor | None = None,
) -> list[run.TrainingOutcome]:
    """Go on with the runs of a folder that are not finished; arguments as of ``start``.

    Raises:
      RuntimeError: the process of a seed died each time; when all others are finished.
    """
    left = [path.resolve() for path in runs(folder)]
    work = functools.partial(_one, device=device, command=command, steps=steps)
    out: dict[Path, run.TrainingOutcome] = {}
    died = []
    try:
        for path, outcome in (executor or LocalProcesses()).spread(work, left):
            if isinstance(outcome, Died):
                died.append(f"{path.name}: its process died: {outcome.why}")
                continue
            out[path] = dataclasses.replace(outcome, folder=folder / path.name)
            if outcome.bundle is None:
                break
    except KeyboardInterrupt:  # by then the others are told to keep where they are
        stopped = next(path for path in left if path not in out)
        return [*out.values(), run.TrainingOutcome(folder / stopped.name, 0, None)]
    if died:
        again = shlex.join(["habilis", "train", "--resume", str(folder)])
        raise RuntimeError("\n".join([*died, f"go on with: {again}"]))
    return [out[path] for path in left if path in out]


def table(outcomes: Sequence[run.TrainingOutcome]) -> str:
    """Format the score of each seed, and their mean with its interval, as a table in text."""
    lines, counts = [], []
    for outcome in outcomes:
        assert outcome.bundle is not None
        m = outcome.bundle.manifest
        good, of = m["score"]["success"], m["score"]["episodes"]
        counts.append((good, of))
        cost = f"{m['run']['steps']:,} steps, {m['run']['seconds'] / 60:.1f} min"
        best = f"best at {m['steps']:,} of {cost}"
        lines.append(f"{outcome.folder.name:<9} success {rate(good, of)}; {best}")
    mean, low, high = mean_of_rates(counts)
    return "\n".join([*lines, f"{'mean':<9} success {mean:.2f} ({low:.2f}-{high:.2f})"])


def _one(
    folder: Path, device: str, command: Sequence[str], steps: int | None
) -> run.TrainingOutcome:
    if not (folder / run.CONFIG).is_file():
        raise ValueError(
            f"{folder} is not to be seen on {platform.node()}: give --out a folder that all"
            " machines of the cluster share"
        )
    done = folder / run.BUNDLE
    if done.is_file() and steps is None:
        bundle = Bundle.load(done)
        return run.TrainingOutcome(folder, bundle.manifest["run"]["steps"], bundle)
    if any((folder / "checkpoints").glob("*.ckpt")):
        return run.resume(folder, device, command, steps)
    config = load(folder / run.CONFIG)
    config = config if steps is None else dataclasses.replace(config, total_steps=steps)
    return run.start(config, folder, device, command)
