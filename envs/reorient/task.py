"""The environment ``habilis/Reorient-v0``: turn an object in the hand to any orientation, and stop.

A LEAP hand holds an object of some shape at rest, palm up, palm down in the air, or palm down over
a table. An orientation is drawn; the episode ends with success (within 0.4 rad and everything
still, ``goals``), with the object fallen, or after 10 s. A step is 80 ms. Source: Chen et al.,
Visual dexterity, Science Robotics 8 (2023), arXiv 2211.11744, for another hand and simulator.

| page | what |
|---|---|
| ``habilis.assets.reorient.shapes`` | shapes, and which are held out |
| ``habilis.envs.reorient.options`` | options |
| ``habilis.envs.reorient.control`` | what an action does |
| ``habilis.envs.reorient.groups`` | observation groups |
| ``habilis.envs.reorient.rewards`` | the reward |
"""

from __future__ import annotations

import functools
from typing import Any

from habilis.assets.names import made_with
from habilis.assets.reorient.scene import reorient_scene
from habilis.assets.reorient.shapes import make_shape
from habilis.assets.scene.things import Scene
from habilis.envs.parts import Parts
from habilis.envs.reorient.control import FingerTargets
from habilis.envs.reorient.goals import TurnGoals
from habilis.envs.reorient.groups import GROUPS
from habilis.envs.reorient.noise import Noise
from habilis.envs.reorient.options import WEIGHTS, ReorientOptions
from habilis.envs.reorient.rewards import TERMS
from habilis.envs.reorient.starts import HeldObjects
from habilis.envs.reorient.state import ReorientState
from habilis.envs.reorient.turning import Turning
from habilis.envs.sim.make import SimKind
from habilis.envs.task import TaskSpec, View
from habilis.envs.terms.term import Term
from habilis.envs.world.seeing.cameras import ScenePictures

TIME_LIMIT = 10.0  # s
AGENTS = {"sampled": "habilis.policies.agents.reorient:sampled"}
VIEW = View("front", (360, 300), 12)


def reorient(**options: Any) -> TaskSpec:
    """The task of turning objects in a hand.

    Args:
      **options: see ``habilis.envs.reorient.options.ReorientOptions``.

    Raises:
      TypeError: an unknown option. ValueError: an unknown value of one.
    """
    chosen = made_with(ReorientOptions, **options)
    rewards = {
        name: Term(TERMS[name], weight=chosen.weight(name), diverged=float(name == "fell"))
        for name in WEIGHTS
    }
    return TaskSpec(
        id="habilis/Reorient-v0",
        scene=functools.partial(_scene, chosen),
        rewards=rewards,
        observations=GROUPS,
        build=functools.partial(_build, chosen),
        agents=AGENTS,
        view=VIEW,
    )


def _build(options: ReorientOptions, task: TaskSpec, n: int, nthread: int, sim: SimKind) -> Parts:
    shapes = [make_shape(name) for name in options.names]
    world = Turning(shapes, options.palm, options.table, n, nthread, sim)
    limit = round(TIME_LIMIT / world.dt)
    noise = Noise(n, limit, len(world.hand.joints), options.noise)
    control = FingerTargets(world, noise, options.delay)
    goals = TurnGoals(world, control, options.tolerance, options.stop)
    start = HeldObjects(world, goals, noise, options)
    state = ReorientState(world, control, goals, noise, limit)
    return Parts(world, control, start, goals, state, TIME_LIMIT, ScenePictures(world))


def _scene(options: ReorientOptions) -> Scene:
    return reorient_scene(make_shape(options.names[0]), options.palm, options.table)
