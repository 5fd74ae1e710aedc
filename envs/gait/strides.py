"""What an action does that changes how the trot walks, and not what its joints do."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.legged.gait import Gait

MOST: Mapping[str, tuple[float, ...]] = {
    "shift": (0.10, 0.10),
    "spread": (0.05,),
    "hurry": (0.3, 0.3, 0.6),
    "height": (0.04,),
    "lean": (0.15, 0.15),
    "rate": (0.6,),
    "swing": (0.04,),
}
"""Fields of ``Gait``, and what an action of 1 adds to each of their numbers: where feet land,
forward and to the left, and farther out, m; velocity, m/s and rad/s; the trunk's height, m, roll
and pitch, rad; the clock's rate, as a factor; how high feet swing, m."""
NUMBERS = sum(len(most) for most in MOST.values())
_LEAST_SWING, _LEAST_RATE = 0.02, 0.4


def changed(gait: Gait, action: Array) -> Gait:
    """The gait that actions (N, NUMBERS) in [-1, 1] make of one; 0 leaves it as it is."""
    new, end = {}, 0
    for name, most in MOST.items():
        now = getattr(gait, name)
        part = action[:, end : end + len(most)] * most
        new[name] = now + part.reshape(now.shape)
        end += len(most)
    new["swing"] = np.maximum(new["swing"], np.minimum(gait.swing, _LEAST_SWING))
    new["rate"] = np.maximum(new["rate"], _LEAST_RATE)
    return dataclasses.replace(gait, **new)
