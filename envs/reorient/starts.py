"""Where episodes start: an object at rest in each hand, and an orientation wanted of it."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.parts import Generators, Rows
from habilis.envs.reorient.goals import TurnGoals
from habilis.envs.reorient.noise import Noise
from habilis.envs.reorient.options import RANGES, ReorientOptions
from habilis.envs.reorient.turning import Turning, random_turns
from habilis.envs.world.poses import multiply

CLEAR = 0.1  # rad beyond the tolerance that goals are from the start
_TRIES = 100
_FILE = "starts.json"


@functools.cache
def stored() -> Mapping[str, Mapping[str, Array]]:
    """``held`` or ``table`` to shape to its starts (k, j + a + 7), see ``settle``."""
    text = resources.files("habilis.assets.reorient").joinpath(_FILE).read_text(encoding="utf-8")
    return {
        kind: {name: np.array(rows) for name, rows in of.items()}
        for kind, of in json.loads(text).items()
    }


class HeldObjects:
    """A ``Start``: an object of some shape in each hand, and a goal that is not reached yet.

    Args:
      world: physics.
      goals: gets the orientations.
      noise: gets new noise.
      options: of the environment.

    Raises:
      ValueError: there is no start of a shape.
    """

    def __init__(
        self, world: Turning, goals: TurnGoals, noise: Noise, options: ReorientOptions
    ) -> None:
        self._world, self._goals, self._noise, self._options = world, goals, noise, options
        found = stored()["table" if options.table else "held"]
        self._rows = [found.get(shape.name, np.zeros((0, 0))) for shape in world.shapes]
        for shape, rows in zip(world.shapes, self._rows, strict=True):
            if not len(rows):
                raise ValueError(f"the hand has no start with {shape.name}: see {__package__}")

    def place(self, ids: Ids, rngs: Generators) -> None:
        """See ``Start``."""
        world, ranges = self._world, RANGES[self._options.vary]
        shape = np.array([rng.integers(len(world.shapes)) for rng in rngs])
        rows = np.array([rng.choice(self._rows[s]) for s, rng in zip(shape, rngs, strict=True)])
        factors = np.array([[rng.uniform(*one) for one in ranges] for rng in rngs])
        world.give(ids, shape)
        world.vary(ids, *factors.T)
        j = len(world.hand.joints)
        quat = rows[:, -4:] / np.linalg.norm(rows[:, -4:], axis=1, keepdims=True)
        world.pose(ids, rows[:, :j], rows[:, j:-7], rows[:, -7:-4], quat)
        for k, (i, rng) in enumerate(zip(ids, rngs, strict=True)):
            self._goals.goal[i] = self._draw(int(shape[k]), quat[k], rng)
        self._noise.draw(ids, rngs)

    def rows(self) -> Rows:
        """Nothing that world, goals and noise do not keep."""
        return {}

    def _draw(self, shape: int, now: Array, rng: np.random.Generator) -> Array:
        """(4,) an orientation that is not reached yet; of those tried, the farthest."""
        best, most = now, -1.0
        for _ in range(_TRIES):
            goal = self._any(now, rng)
            left = self._goals.symmetries.lacking(np.array([shape]), now[None], goal[None])
            angle = float(np.linalg.norm(left))
            if angle > self._options.tolerance + CLEAR:
                return goal
            if angle > most:
                best, most = goal, angle
        return best

    def _any(self, now: Array, rng: np.random.Generator) -> Array:
        turn: Array = random_turns(rng, 1)[0]
        if self._options.farthest >= np.pi:
            return turn
        axis = turn[1:] / np.linalg.norm(turn[1:])
        half = rng.uniform(self._options.tolerance + CLEAR, self._options.farthest) / 2
        out: Array = multiply(np.array([np.cos(half), *(np.sin(half) * axis)]), now)
        return out
