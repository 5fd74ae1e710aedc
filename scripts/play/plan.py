"""habilis play --plan: run a plan of skills with a held tool, and film it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from habilis.scripts.shared.options import changes

if TYPE_CHECKING:
    from habilis.llm_planner.run.plan import Plan
    from habilis.policies.skills.executor import Runner, Watch
    from habilis.scripts.play.options import PlayOptions

TASK = "habilis/TweezersPick-v0"
EVERY = 5  # control periods a picture: 10 a second, in real time


def follow(options: PlayOptions, path: Path) -> int:
    """Run the plan in each episode; the exit code is 1 if it failed in any."""
    from habilis.llm_planner.run.plan import load_plan

    plan, env = load_plan(path), _environment(options)
    runs = []
    with _film(options.film, env) as watch:
        for seed in range(options.seed, options.seed + options.episodes):
            runs.append(_run(env, plan, seed, watch))
            if not options.json:
                print(_text(runs[-1]), flush=True)
    if options.json:
        print(json.dumps(runs, indent=1))
    elif options.film:
        print(f"film {options.film}")
    return 0 if all(run["ok"] for run in runs) else 1


def _environment(options: PlayOptions) -> Any:
    from habilis.envs.pick.state import PickState
    from habilis.policies.bundles.bundle import Bundle
    from habilis.policies.vector import make_drawable, make_vector

    if options.window or options.scene or options.variation is not None:
        raise ValueError("--plan takes no --window, --scene or --variation")
    given = changes("--option", options.option)
    if options.policy:
        Bundle.load_policy(options.policy)
        given["layer_one"] = f"learned:{options.policy}"
    task = options.task or TASK
    make = make_vector if options.film is None else make_drawable
    env = make(task, 1, **given)
    core = getattr(env, "core", None)
    if core is None or not isinstance(core.state, PickState):
        raise ValueError(f"{task} has no held tool: habilis solve --plan runs plans of a gripper")
    return env


def _run(env: Any, plan: Plan, seed: int, watch: Watch) -> dict[str, Any]:
    from habilis.envs.pick.robot import PickRobot
    from habilis.policies.skills.executor import run

    env.reset(seed=seed)
    robot = PickRobot(env.core)
    plan.check(robot.scene)
    attempt = run(robot, plan, watch=watch)
    return {
        "seed": seed, "object": str(env.core.told()["object"][0]), "ok": attempt.ok,
        "lifted": bool(env.core.monitor.success[0]), "failure": str(env.core.failure[0]),
        "steps": [dataclasses.asdict(step) for step in attempt.steps],
    }  # fmt: skip


@contextlib.contextmanager
def _film(path: Path | None, env: Any) -> Iterator[Watch]:
    """What takes a picture every now and then, with the running skill below it."""
    if path is None:
        yield lambda runner: None
        return
    from habilis.envs.control.arm import TICK
    from habilis.envs.media.captions import Caption
    from habilis.envs.media.film import Film

    env.reset(seed=0)
    ticks = 0
    with Film(path, fps=1 / (EVERY * TICK), size=env.render()[0].shape[1::-1]) as film:

        def watch(runner: Runner) -> None:
            nonlocal ticks
            if ticks % EVERY == 0:
                senses = runner.senses
                gap = f"tips {senses.aperture * 1e3:.1f} mm apart, {senses.force or 0:.1f} N"
                film.add(env.render()[0], Caption(runner.running, gap, senses.time))
            ticks += 1

        yield watch


def _text(run: dict[str, Any]) -> str:
    lines = [f"seed {run['seed']}, object {run['object']}"]
    for step in run["steps"]:
        result = step["result"]
        lines.append(
            f"  {step['end']:5.1f} s  {step['skill']}: {result['outcome']}, {result['reason']}"
        )
    word = "the plan succeeded" if run["ok"] else "the plan failed"
    held = "lifted by the tool for 1 s" if run["lifted"] else "not lifted by the tool for 1 s"
    why = f" ({run['failure']})" if run["failure"] else ""
    return "\n".join([*lines, f"  {word}; the object was {held}{why}"])
