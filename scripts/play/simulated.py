"""habilis play in simulation: an agent acts in a task, watched in a film or a window."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

from habilis.scripts.play.options import PlayOptions, outcome
from habilis.scripts.shared.actor import chosen


def play(options: PlayOptions) -> int:
    """Run the episodes and print how each ended; the exit code is always 0."""
    from habilis.policies.agents.base import make_agent
    from habilis.policies.evaluation.evaluate import evaluate
    from habilis.policies.evaluation.statistics import rate
    from habilis.policies.vector import seconds

    task, env = _environment(options)
    agent = make_agent(options.agent, env, task, options.seed, options.policy or None)
    with _watcher(options, env) as watch:
        episodes = evaluate(env, Watched(agent, watch), options.episodes, options.seed)
    if options.json:
        print(json.dumps([dataclasses.asdict(e) for e in episodes], indent=1))
        return 0
    for e in episodes:
        print(f"seed {e.seed}: {outcome(e, seconds(env))}")
    good = sum(e.success for e in episodes)
    print(
        f"success {rate(good, len(episodes))}" + (f"; film {options.film}" if options.film else "")
    )
    return 0


def _environment(options: PlayOptions) -> tuple[str, Any]:
    from habilis.policies.vector import make_drawable, make_vector

    task, given, bundle = chosen(options)
    make = make_vector if options.film is None else make_drawable
    env = make(task, 1, **given)
    if bundle:
        bundle.check(env)
    return task, env


class Watched:
    """An agent that lets somebody watch before each action.

    Args:
      agent: who acts.
      watch: called without arguments, as ``filming`` gives it.
    """

    def __init__(self, agent: Any, watch: Any) -> None:
        self._agent, self._watch = agent, watch
        self.reset = agent.reset

    def act(self, observation: Any) -> Any:
        self._watch()
        return self._agent.act(observation)


def _watcher(options: PlayOptions, env: Any) -> Any:
    from habilis.envs.core import Core

    core = getattr(env, "core", None)
    if options.window and not isinstance(core, Core):
        raise ValueError("this task is not shown in a window: write a film with --film FILE")
    if options.window:
        return _window(core)
    if options.film is not None:
        return filming(options.film, env)
    return contextlib.nullcontext(lambda: None)


def filming(path: Path, env: Any, every: int = 1) -> Any:
    """A context in which a film is written, in real time, of a vector environment's first episode.

    It gives what is to be called before each action. A picture is taken in one of ``every`` steps.
    """
    from habilis.envs.core import Core
    from habilis.envs.world.world import World

    core = getattr(env, "core", None)
    one = isinstance(core, Core) and isinstance(core.world, World)
    return _film(path, core, every) if one else _drawn(path, env, every)


@contextlib.contextmanager
def _drawn(path: Path, env: Any, every: int) -> Any:
    """A film of what ``render`` gives, in real time."""
    from habilis.envs.media.film import Film
    from habilis.policies.vector import seconds

    size, steps = env.render()[0].shape[1::-1], itertools.count()
    with Film(path, fps=1 / seconds(env) / every, size=size) as film:

        def watch() -> None:
            if next(steps) % every == 0:
                film.add(env.render()[0])

        yield watch


@contextlib.contextmanager
def _film(path: Path, core: Any, every: int) -> Any:
    """A film of the steps of an environment, in real time."""
    from habilis.envs.media.film import Film, Recorder

    with Film(path, fps=1 / core.dt / every) as film:
        with Recorder(
            core.world, 0, film, every, core.task.view.camera, period=core.dt
        ) as recorder:
            yield recorder


def _window(core: Any) -> Any:
    import contextlib
    import time

    import mujoco
    import mujoco.viewer

    @contextlib.contextmanager
    def shown() -> Any:
        model, data = core.world.sim.get_model(0), core.world.sim.get_data(0)
        with mujoco.viewer.launch_passive(model, data) as viewer:

            def watch() -> None:
                core.world.sim.get_data(0, data)
                mujoco.mj_forward(model, data)
                viewer.sync()
                time.sleep(core.dt)

            yield watch

    return shown()
