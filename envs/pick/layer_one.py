"""What moves the fingers while a tool picks: from wanted joint values to targets of the hand."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.names import did_you_mean
from habilis.envs.hand.holding import Holding
from habilis.envs.hand.squeeze import LAG, Squeeze, Squeezing
from habilis.envs.hand.synergy import Synergies

GAIN = 0.1  # of the error, added to the command each step
GENTLE_LAG = 0.15  # of the stroke: greatest lag where the grip is to be gentle
SMOOTH = 0.3  # of the lag when free, a step


class LayerOne(Protocol):
    """Moves the fingers of N hands."""

    def reset(self, ids: Ids, grasps: Sequence[GraspKeyframe]) -> None:
        """New episodes have begun in ``ids`` (k,), with these grasps."""

    def targets(self, goal: Array) -> Array:
        """Targets (N, a) of the hands' servos for tool joint values (N,); once a step."""

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Live arrays (N, ...) that make up its state, by name."""


Opening = Callable[[], Array]
"""(N,) tool joint values as something tells them."""


class Synergy:
    """Integral control of the joint value along one synergy, see ``Squeeze``.

    Args:
      world: the hands.
      synergies: of their grasps; the caller gives new episodes theirs.
      lag: part of the stroke.
      opening: tells the joint value; by default it is measured.
    """

    def __init__(
        self,
        world: Holding,
        synergies: Synergies,
        lag: float = LAG,
        opening: Opening | None = None,
    ) -> None:
        n = len(synergies.hold)
        self._opening: Opening = opening or (lambda: world.opening)
        self._world, self._synergies, self._lag = world, synergies, lag
        self._squeeze, self._all = Squeeze(n), np.arange(n)
        self.reset(self._all, ())

    def reset(self, ids: Ids, grasps: Sequence[GraspKeyframe]) -> None:
        """Go on from the command of the keyframes."""
        self._squeeze.begin(ids, self._synergies.hold[ids], self._opening()[ids])

    def targets(self, goal: Array) -> Array:
        """See ``LayerOne``."""
        limits, tool = self._synergies.limits, self._world.held.tool
        bounds = Squeezing.of([tool.joint] * len(limits), limits, self._lag)
        self._squeeze.step(self._all, goal, self._opening(), bounds, GAIN, SMOOTH)
        return self._world.held.hand.command(self._synergies.joints(self._squeeze.u))

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Commands, and the free tool."""
        return self._squeeze.rows()


def synergy(world: Holding, synergies: Synergies, lag: float, seen: Opening) -> Synergy:
    """The joint value is measured."""
    return Synergy(world, synergies, lag)


def seen(world: Holding, synergies: Synergies, lag: float, seen: Opening) -> Synergy:
    """The joint value is what is seen of it."""
    return Synergy(world, synergies, lag, seen)


LAYERS: Mapping[str, str] = {
    "synergy": "habilis.envs.pick.layer_one:synergy",
    "seen": "habilis.envs.pick.layer_one:seen",
    "learned": "habilis.policies.agents.learned_fingers:learned",
}
"""Name to what makes it from world, synergies, greatest lag, and the joint value as it is seen: one
synergy with the tool's joint measured, or as the latent tells it; ``learned:BUNDLE`` is a policy of
``habilis/ToolsAperture-v0``, the name of a shipped one or a file."""


def make_layer_one(
    name: str, world: Holding, synergies: Synergies, lag: float, seen: Opening
) -> LayerOne:
    """A layer one by name; ValueError for an unknown one."""
    kind, _, bundle = name.partition(":")
    if kind not in LAYERS or (kind == "learned") != bool(bundle):
        known = [f"{k}:BUNDLE" if k == "learned" else k for k in LAYERS]
        raise ValueError(did_you_mean("layer one", name, known))
    # By name, as learned ones live above environments.
    make = pkgutil.resolve_name(LAYERS[kind])
    out: LayerOne = make(world, synergies, lag, seen, *([bundle] if bundle else []))
    return out
