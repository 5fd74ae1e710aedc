"""Which grains a thing touches, told by where they are: they have no contact sensors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.scene.solids.container import Container
from habilis.assets.scene.solids.parts import Part
from habilis.envs.world.poses import BodyPoses, conjugate, rotate

NEAR = 0.001  # m between surfaces that counts as touching


class GrainTouches:
    """The pairs ``Compiled.touches``.

    Args:
      compiled: the scene.
      poses: of its bodies.
      qpos: (N, nq) live joint positions.
    """

    def __init__(self, compiled: Compiled, poses: BodyPoses, qpos: Array) -> None:
        self._poses, self._qpos, self._pairs = poses, qpos, []
        for name, grains in compiled.touches:
            solids = [
                (compiled.bodies.index(b), Container(parts)) for b, parts in _solids(compiled, name)
            ]
            spheres = compiled.scene.entity(grains).grains
            assert spheres is not None
            columns = poses.grains[compiled.bodies.index(grains)]
            self._pairs.append((solids, columns, spheres.size / 2 + NEAR))

    def found(self) -> Mask:
        """(N, T) whether any grain of each pair is touched now."""
        out = np.zeros((len(self._qpos), len(self._pairs)), bool)
        for k, (solids, columns, near) in enumerate(self._pairs):
            grains = self._qpos[:, columns]
            for body, solid in solids:
                local = in_frame(grains, self._poses.pos[:, body], self._poses.quat[:, body])
                out[:, k] |= np.logical_or.reduce(solid.clearance(local) < near, axis=1)
        return out


def _solids(compiled: Compiled, name: str) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """Bodies of a thing, or a loose part, with the parts that are on each."""
    for part in compiled.loose:
        if part.body == name:
            owner = compiled.scene.body(part.owner)
            off = owner.breaks.parts if owner.breaks else ()
            yield name, tuple(p for p in owner.parts if p.name in off)
            return
    for body, owner in compiled.scene.entity(name).bodies():
        off = owner.breaks.parts if owner.breaks else ()
        yield body, tuple(p for p in owner.parts if p.name not in off)


def in_frame(points: Array, pos: Array, quat: Array) -> Array:
    """Points (N, G, 3) in the frames of bodies at poses (N, 3) and (N, 4), wxyz."""
    return rotate(conjugate(quat)[:, None], points - pos[:, None])
