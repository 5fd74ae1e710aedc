"""A training run: a folder that starts with a configuration and ends with a bundle.

out/train/<task>-<time>/
  config.yaml       all of it, defaults filled in
  progress.csv      return, success, evaluation, speed over the steps
  tensorboard/      the same and more, where TensorBoard is installed
  checkpoints/      to go on from, see ``resume``
  best.zip          bundle of the best evaluation so far
  bundle.zip        the same policy with its score on fresh episodes, at the end
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import io
import platform
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from stable_baselines3.common.base_class import BaseAlgorithm

from habilis.assets.fresh import fresh_folder
from habilis.policies.agents.learned import Normaliser
from habilis.policies.bundles.bundle import FORMAT, NORMALISER, WEIGHTS, Bundle, signature
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.evaluation.provenance import provenance
from habilis.policies.evaluation.statistics import summary
from habilis.policies.learn import build, checkpoint
from habilis.policies.learn.config import Config, dump, load
from habilis.policies.learn.loop import Loop, Stopped
from habilis.policies.learn.prepare import prepare
from habilis.policies.learn.record import Progress, make_logger
from habilis.policies.vector import Vector, make_vector

CONFIG, BEST, BUNDLE = "config.yaml", "best.zip", "bundle.zip"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclasses.dataclass(frozen=True)
class TrainingOutcome:
    """How a run ended.

    Attributes:
      folder: of the run.
      steps: environment steps so far.
      bundle: the scored bundle; None if the run was stopped before its end.
    """

    folder: Path
    steps: int
    bundle: Bundle | None


def new_folder(root: Path, task: str) -> Path:
    """Make a new folder for a run, named after its task and the time, and return its path."""
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return fresh_folder(root / f"{task.split('/')[-1]}-{stamp}")


def start(
    config: Config, folder: Path, device: str = "cpu", command: Sequence[str] = ()
) -> TrainingOutcome:
    """Train from scratch.

    Args:
      config: with its task.
      folder: of the run, empty.
      device: ``cpu`` or ``cuda``.
      command: arguments of ``habilis`` that started it, kept in the bundle.
    """
    if not config.task:
        raise ValueError("the configuration names no task, and none was given")
    torch.set_num_threads(config.torch_threads)
    model, test = build.make_model(config, build.make_env(config), device), _test_env(config)
    progress, began = Progress(config.total_steps), time.monotonic()
    given = prepare(config, model, test, progress.say)
    write_config(config, folder)
    seconds = time.monotonic() - began if given else None
    model.set_logger(make_logger(folder, 0, progress.say))
    for key, value in given.items():
        model.logger.record(key, value)
    return _run(config, folder, model, test, progress, list(command), prepared=seconds)


def resume(
    folder: Path, device: str = "cpu", command: Sequence[str] = (), steps: int | None = None
) -> TrainingOutcome:
    """Go on with a run from its last checkpoint, as if it had never stopped.

    Args:
      folder: of the run.
      device: may be another than before; then the numbers agree to rounding only.
      command: as of ``start``; the bundle keeps the first.
      steps: a new total, to train longer.

    Raises:
      ValueError: the folder holds no run, or one that has reached its total.
    """
    if not (folder / CONFIG).is_file():
        below = sorted(str(found.parent) for found in folder.glob(f"*/{CONFIG}"))
        there = f"; give one of {', '.join(below)}" if below else ""
        raise ValueError(f"{folder} holds no training run: no {CONFIG} in it{there}")
    config = load(folder / CONFIG)
    state = checkpoint.read(checkpoint.latest(folder / "checkpoints"))
    if steps is not None:
        config = dataclasses.replace(config, total_steps=steps)
        write_config(config, folder)
    if state["model"]["num_timesteps"] >= config.total_steps and (folder / BUNDLE).is_file():
        raise ValueError(
            f"{folder} has finished its {config.total_steps:,} steps; --steps N goes on to N"
        )
    torch.set_num_threads(config.torch_threads)
    model = build.make_model(config, build.make_env(config), device)
    progress = Progress(config.total_steps)
    if not checkpoint.put(model, state):
        progress.say(f"{config.task} cannot be saved: the resumed run begins new episodes")
    model.set_logger(make_logger(folder, model.num_timesteps, progress.say))
    first = state["command"] or list(command)
    return _run(config, folder, model, _test_env(config), progress, first, state)


def write_config(config: Config, folder: Path) -> None:
    """Write the configuration into the folder of a run, where ``resume`` looks for it."""
    text = yaml.safe_dump(dump(config), sort_keys=False)
    (folder / CONFIG).write_text(text, encoding="utf-8")


def _test_env(config: Config) -> Vector:
    return make_vector(config.task, min(config.evaluation.episodes, 64), **config.env.arguments)


def _run(
    config: Config,
    folder: Path,
    model: BaseAlgorithm,
    test: Vector,
    progress: Progress,
    command: list[str],
    state: dict[str, Any] | None = None,
    prepared: float | None = None,
) -> TrainingOutcome:
    def keep(episodes: list[EpisodeResult], seconds: float) -> None:
        pack(config, model, test, episodes, seconds, command).save(folder / BEST)

    loop = Loop(config, folder, test, progress, command, keep, state, prepared)
    try:
        with _stopped_by_signals(loop):
            _learn(config, model, loop)
    except Stopped:
        return TrainingOutcome(folder, model.num_timesteps, None)
    finally:
        model.logger.close()
    bundle = _judged(config, folder, test, progress, model.num_timesteps, loop.seconds)
    return TrainingOutcome(folder, model.num_timesteps, bundle)


def _learn(config: Config, model: BaseAlgorithm, loop: Loop) -> None:
    left = max(0, config.total_steps - model.num_timesteps)
    try:
        if left:
            model.learn(left, loop, log_interval=None, reset_num_timesteps=False)  # type: ignore[arg-type]
        else:
            loop.init_callback(model)
    except ValueError:
        loop.check_finite()  # a policy that is not finite cannot act: say that instead
        raise
    loop.finish()


@contextlib.contextmanager
def _stopped_by_signals(loop: Loop) -> Iterator[None]:
    """The first signal ends the run at the next chance, a second one at once."""

    def ask(number: int, frame: Any) -> None:
        loop.stop = True
        signal.signal(number, before[signal.Signals(number)])

    before = {s: signal.getsignal(s) for s in _SIGNALS}
    try:
        for s in _SIGNALS:
            signal.signal(s, ask)
    except ValueError:  # not in the main thread, where signals do not arrive
        yield
        return
    try:
        yield
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)


def _judged(
    config: Config, folder: Path, test: Vector, progress: Progress, steps: int, seconds: float
) -> Bundle:
    """The best policy, scored on episodes that did not choose it."""
    best = Bundle.load(folder / BEST)
    of = config.evaluation
    progress.say(f"scoring the best policy on {of.final_episodes} fresh episodes")
    episodes = evaluate(test, best.agent(), of.final_episodes, of.final_seed)
    whole = {"steps": steps, "seconds": round(seconds, 1)}
    judged = {**best.manifest, "score": score(episodes), "run": whole}
    bundle = dataclasses.replace(best, manifest=judged)
    bundle.save(folder / BUNDLE)
    return Bundle.load(folder / BUNDLE)


def pack(
    config: Config,
    model: BaseAlgorithm,
    env: Vector,
    episodes: list[EpisodeResult],
    seconds: float,
    command: Sequence[str],
) -> Bundle:
    """Make a bundle of the model as it is, with its score over the given episodes."""
    weights = io.BytesIO()
    torch.save(build.policy_weights(model), weights)
    made = provenance(command)
    manifest = {
        "format": FORMAT,
        "task": config.task,
        "options": dict(config.env.options),
        "spaces": signature(env),
        "config": dump(config),
        "steps": model.num_timesteps,
        "seconds": round(seconds, 1),
        "machine": machine(model, made["cores"]),
        "score": score(episodes),
        "run": {"steps": model.num_timesteps, "seconds": round(seconds, 1)},
        **{key: made[key] for key in ("command", "time", "versions", "python", "platform")},
    }
    normaliser = Normaliser.of(model.get_vec_normalize_env())
    return Bundle(manifest, {WEIGHTS: weights.getvalue(), NORMALISER: normaliser.dump()})


def machine(model: BaseAlgorithm, cores: int | None) -> str:
    """Describe the machine in a few words: cores, architecture, and the GPU if one is used."""
    kind = f"{cores} CPU core{'s' if cores != 1 else ''} ({platform.machine()})"
    gpu = torch.cuda.get_device_name() if model.device.type == "cuda" else ""
    return f"{kind} and {gpu}" if gpu else kind


def score(episodes: Sequence[EpisodeResult]) -> dict[str, Any]:
    """Return success rate and mean return of episodes with their 95 % intervals, as plain data."""
    good, returns = [e.success for e in episodes], [e.total for e in episodes]
    return summary(good, returns, episodes[0].seed)
