"""What physics engines leave out, as rules: tools that break under load, magnets that snap.

A rule only ever switches an equality constraint on or off, once a control period, for all
simulations at once; what then moves is moved by the solver.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.scene.links import Link
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.model.preset import TABLE
from habilis.assets.scene.solids.parts import box_around
from habilis.assets.scene.things import Thing
from habilis.envs.control.arm import TICK
from habilis.envs.sim.arrays import length
from habilis.envs.world.judging.ledger import Ledger
from habilis.envs.world.poses import matrices, quaternions

REACH = 0.02  # m between two faces below which magnets pull them together
FACING = np.deg2rad(26)  # off the ideal pose, about any axis
ASIDE = 0.012  # m between the faces' middles, across
AIR = 0.0002  # m left between snapped faces, so that weld and contact do not fight


class Breaking:
    """Parts come off when other objects press on them for too long.

    Args:
      compiled: the scene.
      ledger: its contacts.
      eq_active: (N, equalities) live.

    Attributes:
      over (N, L): for how long each loose part has been loaded too much, s.
    """

    def __init__(self, compiled: Compiled, ledger: Ledger, eq_active: Array) -> None:
        self._ledger, self._eq_active, loose = ledger, eq_active, compiled.loose
        off = (ROBOT, TABLE, *compiled.robot.effector.fingers)
        self._columns = [ledger.columns_of(p.body, off) for p in loose]
        self._weld = compiled.index.equality([p.weld for p in loose])
        self._limit = np.array([p.load for p in loose])
        self._hold = np.array([p.hold for p in loose])
        self.over = np.zeros((len(eq_active), len(loose)))

    @property
    def broken(self) -> Mask:
        """(N, L) which loose parts came off."""
        out: Mask = self._eq_active[:, self._weld] == 0
        return out

    def note(self, apart: Mask) -> None:
        """Parts that were seen apart (N, L) from what they belong to have come off."""
        active = self._eq_active[:, self._weld]
        self._eq_active[:, self._weld] = np.where(apart, 0.0, active)

    def apply(self) -> None:
        """Look at the forces at the end of a control period."""
        for i, columns in enumerate(self._columns):
            load = self._ledger.force[:, columns].max(axis=1)
            self.over[:, i] = np.where(load > self._limit[i], self.over[:, i] + TICK, 0.0)
        gone = self.over >= self._hold - 1e-9
        active = self._eq_active[:, self._weld]
        self._eq_active[:, self._weld] = np.where(gone, 0.0, active)


class Magnets:
    """Magnetic faces that come near each other snap together and stay so.

    Two of them snap when they face each other within ``FACING``, less than ``REACH`` apart and
    less than ``ASIDE`` off each other's middle. A soft weld to the ideal pose, the nearest by
    quarter turns, then pulls them together.

    Args:
      compiled: the scene.
      ledger: of its contacts.
      pos: (N, B, 3) live positions of the tracked bodies, m.
      quat: (N, B, 4) live orientations, wxyz.
      eq_active: (N, equalities) live.
      eq_data: (N, equalities, 12) live, of its own for each simulation.
    """

    def __init__(
        self, compiled: Compiled, ledger: Ledger, pos: Array, quat: Array, eq_active: Array,
        eq_data: Array,
    ) -> None:  # fmt: skip
        self._pos, self._quat, self._active, self._data = pos, quat, eq_active, eq_data
        pairs, scene, bodies = compiled.magnets, compiled.scene, compiled.bodies
        self._weld = compiled.index.equality([m.weld for m in pairs])
        self._watched = [i for i, m in enumerate(pairs) if ledger.has(m.first, m.second)]
        self._columns = [ledger.column(pairs[i].first, pairs[i].second) for i in self._watched]
        self._first = np.array([bodies.index(m.first) for m in pairs], int)
        self._second = np.array([bodies.index(m.second) for m in pairs], int)
        first = [scene.body(m.first) for m in pairs]
        second = [scene.body(m.second) for m in pairs]
        self._mid_a, self._half_a = _boxes(first)
        self._mid_b, self._half_b = _boxes(second)
        self._faces_a = np.array([faces(e) for e in first])
        self._faces_b = np.array([faces(e) for e in second])
        # Between the origins of what snaps there is no more than this, m.
        middles = length(self._mid_a) + length(self._mid_b)
        self._reach = self._half_a.max(axis=1) + self._half_b.max(axis=1) + middles + REACH + ASIDE
        self._turns = _quarter_turns()
        self._turn_quats = quaternions(self._turns)

    @property
    def joined(self) -> Mask:
        """(N, P) which pairs hold together, in the order of ``Compiled.magnets``."""
        out: Mask = self._active[:, self._weld] != 0
        return out

    def count_joined(self, found: Mask, of: Ids | slice) -> None:
        """Book what holds together as in contact, which no sensor tells, as a little air stays
        between the faces.

        Args:
          found: (k, S, P) which pairs of the ledger touch at each of S substeps; written.
          of: which simulations those k are.
        """
        found[:, :, self._columns] |= self.joined[of][:, None, self._watched]

    def apply(self) -> None:
        """Look at the poses at the end of a control period; snap what is near enough."""
        way = self._pos.take(self._second, axis=1) - self._pos.take(self._first, axis=1)
        within = (length(way) < self._reach) & (self._active[:, self._weld] == 0)
        if np.count_nonzero(within):
            sims, pairs = np.nonzero(within)
            self._snap(sims, pairs, way[within])

    def _snap(self, sims: Ids, pairs: Ids, way: Array) -> None:
        """Join those of k pairs, each in a simulation, that face each other; ``way`` (k, 3) m."""
        mid_a, mid_b = self._mid_a[pairs], self._mid_b[pairs]
        frame = matrices(self._quat[sims, self._first[pairs]])
        back = np.swapaxes(frame, -1, -2)
        relative = back @ matrices(self._quat[sims, self._second[pairs]])
        alike = np.einsum("kij,nij->nk", self._turns, relative)  # traces of K^T R
        nearest = alike.argmax(axis=-1)
        straight = alike.max(axis=-1) > 1 + 2 * np.cos(FACING)
        turn = self._turns[nearest]
        offset = np.vecdot(back, way[:, None]) + np.vecdot(relative, mid_b[:, None]) - mid_a
        half = self._half_a[pairs] + np.vecdot(np.abs(turn), self._half_b[pairs, None])
        near, axis, sign = _face_to_face(offset, half)
        snap = near & straight & self._magnetic(pairs, turn, axis, sign)
        if not np.count_nonzero(snap):
            return
        ideal = mid_a - np.vecdot(turn, mid_b[:, None])
        ideal = ideal + np.eye(3)[axis] * (sign * (_pick(half, axis) + AIR))[..., None]
        rows = np.zeros((np.count_nonzero(snap), self._data.shape[2]))
        rows[:, 3:6], rows[:, 6:10], rows[:, 10] = ideal[snap], self._turn_quats[nearest[snap]], 1.0
        at = sims[snap], self._weld[pairs[snap]]
        self._data[at], self._active[at] = rows, 1.0

    def _magnetic(self, pairs: Ids, turn: Array, axis: Ids, sign: Array) -> Mask:
        """(k,) whether the two faces that meet carry magnets."""
        normal = np.eye(3)[axis] * sign[..., None]
        other = -np.vecdot(np.swapaxes(turn, -1, -2), normal[:, None])  # outwards, in b
        axis_b = np.abs(other).argmax(axis=-1)
        up_b = (_pick(other, axis_b) > 0).astype(int)
        out: Mask = self._faces_a[pairs, axis, (sign > 0).astype(int)]
        out = out & self._faces_b[pairs, axis_b, up_b]
        return out


def _boxes(bodies: Sequence[Thing | Link]) -> tuple[Array, Array]:
    """(P, 3), (P, 3) middles and half sizes of the boxes around bodies, in their frames, m."""
    low, high = np.array([box_around(b.parts) for b in bodies]).swapaxes(0, 1)
    return (low + high) / 2, (high - low) / 2


def faces(body: Thing | Link) -> Mask:
    """(3, 2) which faces carry a magnet: by axis, then below or above."""
    out = np.zeros((3, 2), bool)
    for face in body.magnetic:
        out["xyz".index(face[1]), int(face[0] == "+")] = True
    return out


def _face_to_face(way: Array, half: Array) -> tuple[Mask, Ids, Array]:
    """Whether boxes a ``way`` apart meet face to face, along which axis, on which side."""
    gap = np.abs(way) - half
    axis = gap.argmax(axis=-1)
    aside = way.copy()
    aside[np.arange(len(way)), axis] = 0.0
    near = (_pick(gap, axis) < REACH) & (np.vecdot(aside, aside) < ASIDE**2)
    return near, axis, np.sign(_pick(way, axis))


def _pick(values: Array, axis: Ids) -> Array:
    """(k,) one number of each of k rows."""
    out: Array = values[np.arange(len(values)), axis]
    return out


def _quarter_turns() -> Array:
    """(24, 3, 3) all rotations of a cube onto itself."""
    out = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            turn = np.eye(3)[list(order)] * np.array(signs)[:, None]
            if np.linalg.det(turn) > 0:
                out.append(turn)
    return np.array(out)
