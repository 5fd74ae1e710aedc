"""habilis play --robot: a policy, or the oracle, acts on a robot behind the bridge."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from habilis.scripts.play.options import PlayOptions, outcome
from habilis.scripts.shared.actor import chosen
from habilis.scripts.shared.confirm import Operator
from habilis.scripts.shared.live_robot import Wanted, live

if TYPE_CHECKING:
    from habilis.envs.ros.robot.episodes import LiveCore


def act(options: PlayOptions, wanted: Wanted) -> int:
    """Run the episodes; the exit code is 1 if one did not succeed."""
    from habilis.envs.control.limiter import StoppedError
    from habilis.envs.ros.profiles.spec import arm_for
    from habilis.envs.ros.robot.episodes import LiveCore
    from habilis.envs.ros.robot.robot import RosRobot
    from habilis.envs.tasks import arm_tasks, load_task
    from habilis.envs.vector_env import ToolVectorEnv
    from habilis.policies.agents.base import make_agent
    from habilis.policies.evaluation.evaluate import evaluate

    if options.window or options.plan is not None:
        raise ValueError("--robot takes no --window and no --plan: habilis solve --plan --robot")
    task, given, bundle = chosen(options)
    if task not in arm_tasks():
        raise ValueError(
            f"{task} cannot be played on a robot: its observations are of a simulated hand and"
            f" tool; tasks of the arm with a gripper can: {', '.join(arm_tasks())}"
        )
    shown = given.pop("obs", "state")
    spec = load_task(task, **given)
    if not bundle and (arm := arm_for(wanted.robot, spec.scene())):
        spec = load_task(task, **{**given, "robot": arm})
    operator, episodes = Operator(sys.stderr), []
    with live(wanted, spec.scene(), operator, sys.stderr) as on:
        assert isinstance(on.robot, RosRobot)
        core = LiveCore(spec, on.robot, shown)
        env, dt = ToolVectorEnv(core=core), core.dt
        if bundle:
            bundle.check(env)
        agent = make_agent(options.agent, env, task, options.seed, options.policy or None)
        if bundle:  # the first time takes long; nothing is to wait for it once the robot is armed
            agent.act(core.observe())
        with _filmed(options, core) as watch:
            on.robot.on_tick = watch
            for k in range(options.episodes):
                if k and not operator.skill("the next episode, the things being in place again"):
                    break
                try:
                    episodes += evaluate(env, agent, 1, options.seed + k)
                except StoppedError as error:
                    print(f"STOPPED: {error}", file=sys.stderr)
                    break
            on.robot.release()  # before the film is made, which takes a while
        done = len(episodes) == options.episodes and all(e.success for e in episodes)
        on.outcome(done, "" if done or not episodes else outcome(episodes[-1], dt))
    if options.json:
        print(json.dumps([dataclasses.asdict(e) for e in episodes], indent=1))
    else:
        for e in episodes:
            print(outcome(e, dt))
    return 0 if done else 1


@contextlib.contextmanager
def _filmed(options: PlayOptions, core: LiveCore) -> Iterator[Any]:
    """A film of the robot's twin, one picture each control period that counts; None without."""
    if options.film is None:
        yield None
        return
    from habilis.envs.media.film import Film, Recorder

    with Film(options.film) as film, Recorder(core.world, 0, film) as recorder:
        yield recorder
