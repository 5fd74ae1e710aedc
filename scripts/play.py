"""habilis play: run an agent in a task."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.scripts.live_robot import Wanted
from habilis.scripts.provenance import at_least, changes

if TYPE_CHECKING:
    from habilis.policies.bundles.bundle import Bundle
    from habilis.policies.evaluation.evaluate import Episode


@dataclasses.dataclass(frozen=True)
class Options:
    """Run an agent in a task; print how each episode ended; film it, or watch it in a window."""

    task: Annotated[str, tyro.conf.Positional] = ""
    """Id of the task, see habilis list tasks; by default the bundle's, or habilis/ReachMilk-v0."""
    agent: str = "oracle"
    """Who acts: zero, random, oracle, policy, or a scripted agent of the task, such as pi."""
    policy: str = ""
    """For the agent policy: a bundle (habilis list bundles, or a file), or a zip file saved by
    Stable-Baselines3."""
    scene: str = ""
    """Option of the task: generation of the scene, or a scene file for habilis/Scene-v0."""
    plan: Path | None = None
    """Run this plan (JSON: {"steps": [{"skill": ..., "args": ...}]}) in place of an agent, in a
    task of picking with a held tool; --policy then names what moves its fingers, an aperture
    policy. Plans of a gripper are run by habilis solve --plan."""
    option: tuple[str, ...] = ()
    """Further options of the task as key=value."""
    robot: str = ""
    """Act on a robot that speaks ROS 2: ros:PROFILE[@TRANSPORT], see habilis ros. For tasks of the
    arm with a gripper. Any key stops the robot."""
    dry_run: bool = False
    """With --robot: read the state of the robot, then act in simulation from there and print what
    would be sent."""
    record: Path | None = None
    """With --robot: keep states, requested and sent commands in this MCAP file."""
    episodes: int = 1
    """How many."""
    seed: int = 0
    """Of the first episode; the next ones count on."""
    variation: float | None = None
    """Of the layouts, see habilis solve --help; 1 if left out."""
    film: Path | None = None
    """Write a film of the episodes here, e.g. play.mp4."""
    window: bool = False
    """Watch in a window (needs a display)."""
    json: bool = False
    """Print the episodes as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = tyro.cli(Options, args=args, prog="habilis play")
    at_least(1, episodes=options.episodes)
    at_least(0, seed=options.seed)
    wanted = Wanted(
        options.robot, options.dry_run, options.record, shlex.join(["habilis", "play", *args])
    )
    wanted.check()
    if options.robot:
        from habilis.scripts.play_robot import act

        return act(options, wanted)
    if options.plan is not None:
        from habilis.scripts.play_plan import follow

        return follow(options, options.plan)
    from habilis.policies.agents.base import make_agent
    from habilis.policies.evaluation.evaluate import evaluate
    from habilis.policies.evaluation.statistics import rate
    from habilis.policies.vector import seconds

    task, env = _environment(options)
    agent = make_agent(options.agent, env, task, options.seed, options.policy or None)
    with _watcher(options, env) as watch:
        episodes = evaluate(env, _Watched(agent, watch), options.episodes, options.seed)
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


def outcome(episode: Episode, dt: float) -> str:
    """How an episode of steps of ``dt`` seconds ended, in a line."""
    why = f"failed: {episode.failure}" if episode.failure else "out of time"
    word = "success" if episode.success else why
    return f"{word} after {episode.steps * dt:.1f} s, return {episode.total:.2f}"


def chosen(options: Options) -> tuple[str, dict[str, Any], Bundle | None]:
    """Task, its options and the bundle that acts: as typed, else as the bundle was trained."""
    from habilis.policies.bundles.bundle import Bundle, NotABundle

    bundle = None
    if options.agent == "policy" and options.policy:
        with contextlib.suppress(NotABundle):
            bundle = Bundle.load(options.policy)
    task = options.task or (bundle.manifest["task"] if bundle else "habilis/ReachMilk-v0")
    typed = {"scene": options.scene or None, "variation": options.variation}
    given = bundle.manifest["options"] if bundle and bundle.manifest["task"] == task else {}
    given = {**given, **{k: v for k, v in typed.items() if v is not None}}
    return task, {**given, **changes("--option", options.option)}, bundle


def _environment(options: Options) -> tuple[str, Any]:
    from habilis.policies.vector import make_drawable, make_vector

    task, given, bundle = chosen(options)
    make = make_vector if options.film is None else make_drawable
    env = make(task, 1, **given)
    if bundle:
        bundle.check(env)
    return task, env


class _Watched:
    """An agent that lets somebody watch before each action."""

    def __init__(self, agent: Any, watch: Any) -> None:
        self._agent, self._watch = agent, watch
        self.reset = agent.reset

    def act(self, observation: Any) -> Any:
        self._watch()
        return self._agent.act(observation)


def _watcher(options: Options, env: Any) -> Any:
    from habilis.envs.core import Core

    core = getattr(env, "core", None)
    if options.window and not isinstance(core, Core):
        raise ValueError("this task is not shown in a window: write a film with --film FILE")
    if options.window:
        return _window(core)
    if options.film is not None:
        return _film(options.film, core) if isinstance(core, Core) else _drawn(options.film, env)
    return contextlib.nullcontext(lambda: None)


@contextlib.contextmanager
def _drawn(path: Path, env: Any) -> Any:
    """A film of what ``render`` gives, in real time."""
    from habilis.envs.media.film import Film
    from habilis.policies.vector import seconds

    size = env.render()[0].shape[1::-1]
    with Film(path, fps=1 / seconds(env), size=size) as film:
        yield lambda: film.add(env.render()[0])


def _film(path: Path, core: Any) -> Any:
    from habilis.envs.media.film import Film, Recorder

    @contextlib.contextmanager
    def recorded() -> Any:
        with Film(path, fps=10) as film, Recorder(core.world, 0, film, every_ticks=1) as recorder:
            yield recorder

    return recorded()


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
                time.sleep(core.task.dt)

            yield watch

    return shown()
