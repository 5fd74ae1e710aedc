"""What happens between updates: checks, records, evaluation, checkpoints, and stopping."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import safe_mean

from habilis.policies.agents.learned import Learned, Normaliser
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.evaluation.statistics import rate, wilson
from habilis.policies.learn import checkpoint
from habilis.policies.learn.config import Config
from habilis.policies.learn.record import Progress
from habilis.policies.vector import Vector


class Stopped(Exception):
    """Raised when the run was asked to stop; its checkpoint is written by then."""


class Diverged(RuntimeError):
    """Raised when a parameter is not finite, or larger than any that a sound run has."""


HUGE = 1e6
"""No parameter of a network that still learns is larger."""


class Loop(BaseCallback):
    """Called by Stable-Baselines3; acts only between updates, where the state is whole.

    Args:
      config: of the run.
      folder: of the run.
      env: to evaluate in.
      progress: to tell people.
      command: arguments that started the run.
      on_best: called with the episodes of an evaluation better than all before, and ``seconds``.
      resumed: checkpoint that the model continues from, if any.
      prepared: seconds spent on giving the model more than fresh weights; None if it has those.
        Else there is an evaluation before the first step.

    Attributes:
      stop: set to end the run at the next chance.
    """

    def __init__(
        self,
        config: Config,
        folder: Path,
        env: Vector,
        progress: Progress,
        command: list[str],
        on_best: Callable[[list[EpisodeResult], float], None],
        resumed: dict[str, Any] | None = None,
        prepared: float | None = None,
    ) -> None:
        super().__init__()
        self._config, self._folder, self._env = config, folder, env
        self._progress, self._on_best, self._resumed = progress, on_best, resumed
        self._command = command
        kept = resumed["loop"] if resumed else {}
        self.best: tuple[float, float] = kept.get("best", (-1.0, -np.inf))
        self._before: float = kept.get("seconds", prepared or 0.0)
        first = 0 if prepared is None else -1
        never = {"log": first, "evaluation": first, "checkpoint": -1}
        self._at: dict[str, int] = kept.get("at", never)
        self._began, self._first = time.monotonic(), 0
        self.stop = False

    @property
    def seconds(self) -> float:
        """The time spent training so far, s, with that of earlier sittings of a resumed run."""
        return self._before + time.monotonic() - self._began

    def _on_training_start(self) -> None:
        self._first = self.num_timesteps

    def _on_rollout_start(self) -> None:
        if self._resumed is not None:
            checkpoint.put_generators(self.model, self._resumed)
            self._resumed = None
            return
        self._between()

    def _on_step(self) -> bool:
        self._progress.draw(self.num_timesteps, self._fps())
        return True

    def finish(self) -> None:
        """Evaluate, log and save what is left to do after the last update."""
        self._between(last=True)

    def _between(self, last: bool = False) -> None:
        self.check_finite()
        config = self._config
        evaluated = self._due("evaluation", config.evaluation.every, last)
        if evaluated:
            self._evaluate()
        if self._due("log", config.log_every, last or evaluated):
            self._log()
        if self._due("checkpoint", config.checkpoint.every, last or self.stop):
            self.save()
        if self.stop and not last:
            raise Stopped

    def _due(self, what: str, every: int, now: bool) -> bool:
        """Whether a multiple of ``every`` was passed since the last time; -1 was none."""
        steps = self.model.num_timesteps
        due = steps // every > self._at[what] // every or now
        if due and self._at[what] != steps:
            self._at[what] = steps
            return True
        return False

    def save(self) -> None:
        """Write a checkpoint of the run as it stands."""
        loop = {"best": self.best, "seconds": self.seconds, "at": dict(self._at)}
        path = self._folder / "checkpoints" / checkpoint.name(self.model.num_timesteps)
        state = {"loop": loop, "command": self._command, **checkpoint.take(self.model)}
        checkpoint.write(path, state, self._config.checkpoint.keep)

    def check_finite(self) -> None:
        """Check that every parameter is a number of a sensible size.

        Raises:
          Diverged: one is not; the message names the last good checkpoint.
        """
        for name, values in self.model.policy.named_parameters():
            if not (values.abs() < HUGE).all():
                kept = checkpoint.latest(self._folder / "checkpoints")
                raise Diverged(
                    f"training diverged before step {self.model.num_timesteps:,}: {name} has"
                    f" a value of {values.abs().max().item():.3g}. The last good checkpoint is"
                    f" {kept}; try a lower learning_rate or max_grad_norm"
                )

    def _fps(self) -> float:
        spent = time.monotonic() - self._began
        return (self.model.num_timesteps - self._first) / spent if spent > 0 else 0.0

    def _evaluate(self) -> None:
        of = self._config.evaluation
        env = self.model.get_vec_normalize_env()
        agent = Learned(self.model.policy, Normaliser.of(env))
        episodes = evaluate(self._env, agent, of.episodes, of.seed)
        good, mean = sum(e.success for e in episodes), float(np.mean([e.total for e in episodes]))
        low, high = wilson(good, len(episodes))
        for key, value in (
            ("success_rate", good / len(episodes)), ("success_low", low), ("success_high", high),
            ("return", mean), ("length", float(np.mean([e.steps for e in episodes]))),
        ):  # fmt: skip
            self.model.logger.record(f"eval/{key}", value)
        if better := (good / len(episodes), mean) > self.best:
            self.best = (good / len(episodes), mean)
            self._on_best(episodes, self.seconds)
        self._progress.note = f"success {rate(good, len(episodes))}"
        self._progress.say(
            f"{self.model.num_timesteps:>10,} steps  {self.seconds:6.0f} s  success"
            f" {rate(good, len(episodes))}  return {mean:.2f}{'  best so far' if better else ''}"
        )

    def _log(self) -> None:
        log, model = self.model.logger, self.model
        if model.ep_info_buffer:
            log.record("rollout/ep_rew_mean", safe_mean([e["r"] for e in model.ep_info_buffer]))
            log.record("rollout/ep_len_mean", safe_mean([e["l"] for e in model.ep_info_buffer]))
        if model.ep_success_buffer:
            log.record("rollout/success_rate", safe_mean(model.ep_success_buffer))
        log.record("time/seconds", round(self.seconds, 1))
        log.record("time/fps", round(self._fps()))
        log.dump(model.num_timesteps)
