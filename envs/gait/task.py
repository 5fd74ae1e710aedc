"""The environment ``habilis/Go1Walk-v0``: walk with the velocity that is asked for.

A robot on legs stands on flat ground, or before steps, planks or gaps, and is told how fast to go.
A step is 20 ms. The episode ends when it falls, or after 10 s, and is a success if its velocity was
then off by less than 0.2 m/s in the mean.

| page | what |
|---|---|
| ``habilis.envs.gait.options`` | options |
| ``habilis.envs.gait.obstacles`` | terrains |
| ``habilis.envs.gait.orders`` | velocities that are asked for, and pushes |
| ``habilis.envs.gait.control``, ``habilis.envs.gait.strides`` | what an action does |
| ``habilis.envs.gait.groups`` | observation groups |
| ``habilis.envs.gait.rewards`` | the reward |
"""

from __future__ import annotations

import functools
from typing import Any

from habilis.assets.gait.scene import TIME_LIMIT, compile_walk, walk_scene
from habilis.assets.names import made_with
from habilis.envs.gait.control import GaitControl
from habilis.envs.gait.groups import GROUPS
from habilis.envs.gait.judge import Follows
from habilis.envs.gait.options import WEIGHTS, GaitOptions
from habilis.envs.gait.orders import PaceOrders, Pushes
from habilis.envs.gait.rewards import TERMS
from habilis.envs.gait.starts import Stances
from habilis.envs.gait.state import GaitState
from habilis.envs.parts import Parts
from habilis.envs.sim.make import SimKind
from habilis.envs.task import TaskSpec, View
from habilis.envs.terms.term import Term
from habilis.envs.world.seeing.cameras import ScenePictures
from habilis.envs.world.world import World

AGENTS = {"trot": "habilis.policies.agents.gait:trotting"}


def walk(**options: Any) -> TaskSpec:
    """The task of walking as told.

    Args:
      **options: see ``habilis.envs.gait.options.GaitOptions``.

    Raises:
      TypeError: an unknown option. ValueError: an unknown value of one.
    """
    chosen = made_with(GaitOptions, **options)
    rewards = {
        name: Term(TERMS[name], weight=chosen.weight(name), diverged=float(name == "fell"))
        for name in WEIGHTS
    }
    return TaskSpec(
        id="habilis/Go1Walk-v0",
        scene=functools.partial(walk_scene, chosen.robot, chosen.terrains),
        rewards=rewards,
        observations=GROUPS,
        build=functools.partial(_build, chosen),
        agents=AGENTS,
        view=View("follow", (480, 320), 50),
    )


def _build(options: GaitOptions, task: TaskSpec, n: int, nthread: int, sim: SimKind) -> Parts:
    world = World(compile_walk(options.robot, options.terrains), n, nthread, sim=sim)
    orders, pushes = PaceOrders(world, options.speed), Pushes(world, options)
    control = GaitControl(world, orders, pushes, options)
    judge = Follows(world, orders)
    limit = round(TIME_LIMIT / control.dt)
    state = GaitState(world, control, orders, judge, limit, options.noise)
    start = Stances(world, state, judge, orders, pushes, options)
    return Parts(
        world, control, start, judge, state, TIME_LIMIT, ScenePictures(world), endless=True
    )
