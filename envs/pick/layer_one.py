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
from habilis.envs.hand.synergy import Synergies

GAIN = 0.1  # of the error, added to the command each step
BEYOND = 0.20  # of the stroke: how far past a grasp's limits an object may be squeezed
LAG = 1.0  # of the stroke, more than when it moves freely, of the tool behind the command
GENTLE_LAG = 0.15  # the same, where the grip is to be gentle
RELEASE = 0.40  # the most where letting go is what closes the tips: beyond, the tool is lost
FREE = 0.10  # of the stroke from the goal, where the tool is taken to be free
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
    """Integral control of the joint value along one synergy.

    Where something is between the tips, the command runs ahead of the tool: by at most ``lag`` more
    than it would with the tool free, as that is what bounds the grip.

    Args:
      world: the hands.
      synergies: of their grasps; the caller gives new episodes theirs.
      lag: part of the stroke.
      opening: tells the joint value; by default it is measured.

    Attributes:
      u: (N,) commands, rad or m.
      seen: (N, 2, 2) joint value, and how far the command was ahead of it, of a free tool: at the
        start, and at the last goal. Between and beyond, a spring makes it a straight line.
    """

    def __init__(
        self,
        world: Holding,
        synergies: Synergies,
        lag: float = LAG,
        opening: Opening | None = None,
    ) -> None:
        joint = world.held.tool.joint
        self._opening: Opening = opening or (lambda: world.opening)
        self._world, self._synergies = world, synergies
        self._sign = 1.0 if joint.closed else -1.0  # of the command, to close the tips
        lag = lag if joint.closed else min(lag, RELEASE)
        self._beyond, self._lag = BEYOND * joint.stroke, lag * joint.stroke
        self._near = FREE * joint.stroke
        self.u = synergies.hold.copy()
        self.seen = np.zeros((len(self.u), 2, 2))
        self.reset(np.arange(len(self.u)), ())

    def reset(self, ids: Ids, grasps: Sequence[GraspKeyframe]) -> None:
        """Go on from the command of the keyframes."""
        self.u[ids] = self._synergies.hold[ids]
        opening = self._opening()[ids]
        self.seen[ids] = np.column_stack((opening, self.u[ids] - opening))[:, None]

    def targets(self, goal: Array) -> Array:
        """See ``LayerOne``."""
        low, high = self._synergies.limits.T
        opening = self._opening()
        error = goal - opening
        there = np.abs(error) < self._near
        now = np.column_stack((opening, self.u - opening))
        self.seen[:, 1] += np.where(there[:, None], SMOOTH * (now - self.seen[:, 1]), 0.0)
        most = opening + self._free(opening) + self._sign * self._lag
        u = self.u + GAIN * error
        if self._sign > 0:
            self.u[:] = np.clip(np.minimum(u, most), low, high + self._beyond)
        else:
            self.u[:] = np.clip(np.maximum(u, most), low, high)
        return self._world.held.hand.command(self._synergies.joints(self.u))

    def _free(self, opening: Array) -> Array:
        """(N,) how far the command would be ahead of a free tool at joint values (N,)."""
        (start, first), (last, ahead) = self.seen.transpose(1, 2, 0)
        apart = last - start
        far = np.abs(apart) > self._near
        slope = np.where(far, (ahead - first) / np.where(far, apart, 1.0), 0.0)
        out: Array = ahead + np.clip(slope, 0.0, 1.0) * (opening - last)
        return out

    def rows(self) -> Mapping[str, npt.NDArray[Any]]:
        """Commands, and the free tool."""
        return {"u": self.u, "seen": self.seen}


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
