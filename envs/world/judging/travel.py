"""How far bodies go, by the point of each that goes farthest where they can only turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.links import Joint, Link
from habilis.assets.scene.solids.parts import Part, Vec3, box_around, box_corners
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.world.poses import OnJoint


class Travel:
    """Paths of tracked bodies: of their origins, and on a hinge of the farthest point.

    Args:
      scene: whose bodies they are.
      openings: of those on joints, by name.
      bodies: names of all, in the order of ``pos``.
      pos: (N, B, 3) live, m.
      qpos: (N, nq) live.
    """

    def __init__(
        self,
        scene: Scene,
        openings: Mapping[str, OnJoint],
        bodies: Sequence[str],
        pos: Array,
        qpos: Array,
    ) -> None:
        self._pos, self._qpos = pos, qpos
        self._turning = [
            (bodies.index(name), opening, _lever(opening.joint, scene.body(name).parts))
            for name, opening in openings.items()
            if opening.joint.kind != "slide"
        ]

    def here(self) -> Array:
        """(N, B, 4) where bodies are, m: their origins, and arcs of the farthest points; (N, B, 3)
        where none of them turns on a joint."""
        if not self._turning:
            return self._pos.copy()
        out = np.zeros((*self._pos.shape[:2], 4))
        out[..., :3] = self._pos
        for i, opening, lever in self._turning:
            out[:, i, 3] = lever * opening.value(self._qpos)
        return out

    def since(self, there: Array) -> Array:
        """(N, B) how far bodies are from where they were, as by ``here``, m."""
        if not self._turning:
            way = self._pos - there
            return np.sqrt(np.vecdot(way, way))
        way = self.here() - there
        path = np.sqrt(np.vecdot(way[..., :3], way[..., :3]))
        out: Array = np.maximum(path, np.abs(way[..., 3]))
        return out


def _lever(joint: Joint, parts: tuple[Part, ...]) -> float:
    """How far the farthest corner around the parts is from what they turn about, m."""

    corners = box_corners(*box_around(parts)) - joint.pos
    if joint.kind == "hinge":
        corners = np.cross(corners, _unit(joint.axis))
    return float(np.sqrt(np.vecdot(corners, corners)).max())


def _unit(axis: Vec3) -> Array:
    out: Array = np.array(axis) / np.linalg.norm(axis)
    return out


def most_path(body: Thing | Link) -> float:
    """How far the farthest point of a body goes through the whole range of its joint, m."""
    joint = body.joint
    if joint is None or joint.kind == "ball":
        return np.inf
    span = joint.range[1] - joint.range[0]
    return span if joint.kind == "slide" else span * _lever(joint, body.parts)
