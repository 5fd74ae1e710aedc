"""Noise, delays and pushes of an episode, drawn once at its start so that it repeats exactly."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.envs.dextool.options import PoseOptions
from habilis.envs.parts import Generators, Rows
from habilis.envs.world.poses import multiply

_ROWS = 64  # of drawn numbers, which are used in turn
OLDEST = 10  # steps by which the tool's pose may be late
_LATE = 3  # steps by which joints and actions may be
_PLACE, _TURN, _SPEED = 0.01, np.radians(5.0), 0.1  # m, rad, rad/s: standard deviations
_FORCE = 20.0  # N
_OFTEN = (0.001, 0.1)  # least and greatest chance of a push in a step


class Disturbance:
    """What makes N episodes differ from a clean simulation.

    Args:
      options: which of it there is.
      n: episodes; joints: numbers of a row of joint speeds.
    """

    def __init__(self, options: PoseOptions, n: int, joints: int) -> None:
        self._options = options
        self.late = np.zeros((n, 3), int)  # steps: tool, joints, actions
        self._pose = np.zeros((n, _ROWS, 6))
        self._speed = np.zeros((n, _ROWS, joints))
        self._push = np.zeros((n, _ROWS, 3))

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """Draw for episodes ``ids`` (k,), each from its generator."""
        options = self._options
        for i, rng in zip(ids, rngs, strict=True):
            if options.delay:
                self.late[i] = rng.integers(0, (OLDEST + 1, _LATE + 1, _LATE + 1))
            if options.noise:
                self._pose[i] = rng.normal(size=self._pose.shape[1:])
                self._speed[i] = _SPEED * rng.normal(size=self._speed.shape[1:])
            if options.pushes:
                chance = np.exp(rng.uniform(*np.log(_OFTEN)))
                way = rng.normal(size=(_ROWS, 3))
                way *= _FORCE / np.linalg.norm(way, axis=1, keepdims=True)
                self._push[i] = way * (rng.random((_ROWS, 1)) < chance)

    def seen(self, pose: Array, steps: Ids) -> Array:
        """(N, 7) poses as they are seen."""
        if not self._options.noise:
            return pose
        row = self._pose[np.arange(len(pose)), steps % _ROWS]
        half = _TURN * row[:, 3:] / 2
        turn = np.concatenate((np.ones((len(pose), 1)), half), axis=1)
        turn /= np.linalg.norm(turn, axis=1, keepdims=True)
        return np.concatenate((pose[:, :3] + _PLACE * row[:, :3], multiply(turn, pose[:, 3:])), 1)

    def speeds(self, speeds: Array, steps: Ids) -> Array:
        """(N, joints) as they are measured."""
        return speeds + self._speed[np.arange(len(speeds)), steps % _ROWS]

    def push(self, steps: Ids) -> Array:
        """(N, 3) force on the tool in this step, N."""
        out: Array = self._push[np.arange(len(steps)), steps % _ROWS]
        return out

    def rows(self) -> Rows:
        """Its state."""
        return {
            "late": self.late, "pose": self._pose, "speed": self._speed, "push": self._push,
        }  # fmt: skip
