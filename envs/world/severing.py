"""Ties that blades sever: a rule that gives up an equality, once a control period.

A tie is severed where both halves of a tool press its edges against it. What counts is the
pressure under the edge, which is the lesser of their forces over the width of the tie and the
radius of the edge, so that a dull edge or a flat jaw needs a force that no hand has.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.names import did_you_mean
from habilis.assets.scene.model.compile import Bond, Compiled
from habilis.assets.scene.model.pairs import halves
from habilis.assets.tools.spec import ArticulatedTool
from habilis.envs.world.judging.ledger import Ledger

ASIDE = 0.005  # m along a tie, from where it is severed, that blades may meet it
APART = 0.01  # m between ends of a tie that are seen
_Pose = Callable[[str], tuple[Array, Array]]


class Severing:
    """The ties of N simulations.

    Args:
      compiled: the scene.
      ledger: its contacts.
      pose: tells positions (N, 3), m, and rotations (N, 3, 3) of the body of a name.
      eq_active: (N, equalities) live.
    """

    def __init__(self, compiled: Compiled, ledger: Ledger, pose: _Pose, eq_active: Array) -> None:
        self._bonds, self._scene = compiled.bonds, compiled.scene
        self._ledger, self._pose, self._active = ledger, pose, eq_active
        self._joints = compiled.index.equality([b.joint for b in self._bonds])

    def column(self, thing: str) -> int:
        """Column of a thing's tie; KeyError names the things that have one."""
        names = [bond.thing for bond in self._bonds]
        if thing not in names:
            raise KeyError(did_you_mean("tied object", thing, names))
        return names.index(thing)

    @property
    def severed(self) -> Mask:
        """(N, T) which ties are severed."""
        out: Mask = self._active[:, self._joints] == 0
        return out

    def note(self) -> None:
        """Ties whose ends are seen apart have been severed."""
        for bond, joint in zip(self._bonds, self._joints, strict=True):
            (at, turn), (other, back) = (self._pose(body) for body in bond.bodies)
            away = at + turn @ bond.ends[0] - other - back @ bond.ends[1]
            self._active[np.sqrt(np.vecdot(away, away)) > APART, joint] = 0.0

    def apply(self) -> None:
        """Look at the forces at the end of a control period."""
        for k, bond in enumerate(self._bonds):
            for tool in bond.tools:
                cut = self.pressure(bond, tool) >= bond.tie.strength
                self._active[cut, self._joints[k]] = 0.0

    def pressure(self, bond: Bond, tool: str) -> Array:
        """(N,) under the edges of a tool that closes on a tie, Pa; 0 where they do not meet it."""
        spec = self._scene.entity(tool).hand_tool
        assert spec is not None
        force = np.min([self._force(bond, half) for half in halves(tool)], axis=0)
        met = np.logical_and(*(self._met(bond, half, spec) for half in halves(tool)))
        out: Array = met * force / (bond.tie.width * spec.sharpness)
        return out

    def _met(self, bond: Bond, half: str, spec: ArticulatedTool) -> Mask:
        """(N,) whether a tie is where the edge of a half is, and on its inner side."""
        x, y, z = self._place(bond, half.rstrip("/")).T
        start, end = (point[0] for point in spec.edge)
        base, moving = spec.tips(spec.joint.stroke - spec.joint.closed)
        inner = np.sign(moving - base)[1] * (1 if half.endswith("/") else -1)
        out: Mask = (start <= x) & (x <= end) & (abs(z) <= ASIDE)
        return out & (inner * y >= -bond.tie.width / 2)

    def _force(self, bond: Bond, half: str) -> Array:
        """(N,) of a half of a tool on what is tied, N."""
        columns = [self._ledger.column(body, half) for body in bond.bodies]
        out: Array = self._ledger.force[:, columns].max(axis=1)
        return out

    def _place(self, bond: Bond, half: str) -> Array:
        """(N, 3) where the tie is severed, in the frame of a half of a tool, m."""
        (at, turn), (pos, rot) = self._pose(bond.bodies[0]), self._pose(half)
        away = at + turn @ np.array(bond.tie.at) - pos
        out: Array = (away[:, None] @ rot)[:, 0]
        return out
