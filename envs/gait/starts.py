"""Where episodes begin: robots stand on their ground, loaded and shod as the episode has it."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.gait.judge import Follows
from habilis.envs.gait.obstacles import Obstacles
from habilis.envs.gait.options import RANGES, GaitOptions
from habilis.envs.gait.orders import PaceOrders, Pushes, draw_all
from habilis.envs.gait.state import GaitState
from habilis.envs.parts import Generators, Rows
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World

ASIDE, ASKEW = 0.05, 0.15  # m, rad: how far off the line robots start where there are obstacles
BENT = 0.05  # rad, of joints
_GAINS = ("actuator_gainprm", "actuator_biasprm")


class Stances:
    """A ``Start``: robots that stand.

    Args:
      world: physics.
      state: is told what the robots carry.
      judge: is told what they stand on.
      orders: velocities that are asked for; pushes: that disturb them.
      options: of the environment.
    """

    def __init__(
        self, world: World, state: GaitState, judge: Follows, orders: PaceOrders, pushes: Pushes,
        options: GaitOptions,
    ) -> None:  # fmt: skip
        self._world, self._state, self._judge = world, state, judge
        self._orders, self._pushes, self._options = orders, pushes, options
        self._obstacles = Obstacles(world, options)
        model = world.model
        self._trunk = int(model.body(world.robot.base.body).id)
        assert world.robot.legs is not None
        self._height = world.robot.legs.height
        self._shoes = np.array([model.geom(name).id for name in world.robot.legs.feet])
        for name in (*_GAINS, "body_mass", "body_inertia", "geom_friction"):
            world.sim.expand(name)  # at once: every snapshot has them

    def place(self, ids: Ids, rngs: Generators) -> None:
        """See ``Start``."""
        world, terrains = self._world, self._options.terrains
        drawn = [terrains[rng.integers(len(terrains))] for rng in rngs]
        world.reset(ids, Layout.nominal(world.scene, len(ids)), world.robot.home)
        pairs = zip(ids, drawn, rngs, strict=True)
        ground = np.array([self._obstacles.lay(int(i), kind, rng) for i, kind, rng in pairs])
        self._load(ids, rngs)
        world.sim.set_const(ids)
        line = np.array([kind != "flat" for kind in drawn])
        self._stand(ids, ground, line, rngs)
        self._judge.terrain[ids] = drawn
        draw_all(self._orders, self._pushes, ids, line, rngs)
        if most := self._options.misjudged:
            believed = self._state.control.walking.misjudged
            believed[ids] = [rng.uniform(-most, most, believed.shape[1]) for rng in rngs]

    def rows(self) -> Rows:
        """Nothing that the others do not keep."""
        return {}

    def _stand(self, ids: Ids, ground: Array, line: Array, rngs: Generators) -> None:
        world = self._world
        drawn = np.array([rng.uniform(-1, 1, 3 + world.q.shape[1]) for rng in rngs])
        yaw = drawn[:, 2] * np.where(line, ASKEW, np.pi)
        pose = np.zeros((len(ids), 7))
        pose[:, :2], pose[:, 2] = ASIDE * drawn[:, :2], ground + self._height
        pose[:, 3], pose[:, 6] = np.cos(yaw / 2), np.sin(yaw / 2)
        world.sim.bind("qpos")[ids, world.columns.base] = pose
        world.q[ids] += BENT * drawn[:, 3:]
        world.settle(ids)

    def _load(self, ids: Ids, rngs: Generators) -> None:
        """Give robots their masses, frictions and gains."""
        sim, model, vary = self._world.sim, self._world.model, self._options.vary
        drawn = np.array([[rng.uniform(*RANGES[name]) for name in RANGES] for rng in rngs])
        nominal = [0.0, 1.0, 1.0]
        loads = np.where([name in vary for name in RANGES], drawn, nominal)
        self._state.loads[ids] = loads
        own = float(model.body_mass[self._trunk])
        share = (own + loads[:, 0]) / own
        for name in ("body_mass", "body_inertia"):
            value = getattr(model, name)[self._trunk]
            sim.expand(name)[ids, self._trunk] = np.multiply.outer(share, value)
        friction = np.multiply.outer(loads[:, 1], model.geom_friction[self._shoes, 0])
        sim.expand("geom_friction")[ids[:, None], self._shoes, 0] = friction
        for name in _GAINS:
            sim.expand(name)[ids] = np.multiply.outer(loads[:, 2], getattr(model, name))
