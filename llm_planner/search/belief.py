"""What a planner believes of a world whose physics it cannot know."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.sim.snapshot import Snapshot

PHYSICS = ("body_mass", "body_inertia", "geom_friction")  # what varies and cannot be seen


@dataclasses.dataclass(frozen=True)
class Belief:
    """Masses and frictions of the scene file, each wrong by a random share.

    Attributes:
      mass: greatest share by which the mass of a thing is wrong.
      friction: the same of its friction.
      seed: of the errors.
    """

    mass: float = 0.0
    friction: float = 0.0
    seed: int = 0

    def of(self, state: Snapshot, robot: SimRobot) -> Snapshot:
        """A state of one simulation with the physics that are believed.

        Args:
          state: of the world; it is not touched.
          robot: in a copy of the world, which it resets.
        """
        layout = published(robot.scene, robot.n)
        rng = np.random.default_rng(self.seed)
        wrong = functools.partial(rng.uniform, -1.0, 1.0, layout.mass.shape[1])
        layout.mass[:] *= 1 + self.mass * wrong()
        layout.friction[:] *= 1 + self.friction * wrong()
        robot.reset(layout)
        rows = robot.world.save([0]).rows
        return Snapshot(state.rows | {f"model/{name}": rows[f"model/{name}"] for name in PHYSICS})
