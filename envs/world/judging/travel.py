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
    """Paths of tracked bodies: of their origins, or of the farthest point where it goes farther,
    as of what is turned about its origin.

    Args:
      scene: whose bodies they are.
      openings: of those on joints, by name.
      bodies: names of all, in the order of ``pos``.
      poses: (N, B, 7) m and wxyz, live.
      qpos: (N, nq) live.
    """

    def __init__(
        self,
        scene: Scene,
        openings: Mapping[str, OnJoint],
        bodies: Sequence[str],
        poses: Array,
        qpos: Array,
    ) -> None:
        self._poses, self._qpos = poses, qpos
        self._turning = [
            (bodies.index(name), opening, _lever(opening.joint, scene.body(name).parts))
            for name, opening in openings.items()
            if opening.joint.kind != "slide"
        ]
        self._chords = np.array([2 * _farthest(scene, name) for name in bodies])
        self._chords[[i for i, _, _ in self._turning]] = 0.0

    def here(self) -> Array:
        """(N, B, 7 or 8) where bodies are: their origins, m, orientations, and where any turns on a
        joint the arcs of farthest points, m."""
        if not self._turning:
            return self._poses.copy()
        out = np.zeros((*self._poses.shape[:2], 8))
        out[..., :7] = self._poses
        for i, opening, lever in self._turning:
            out[:, i, 7] = lever * opening.value(self._qpos)
        return out

    def since(self, there: Array) -> Array:
        """(N, B) how far bodies are from where they were, as by ``here``, m."""
        now = self.here()
        way = now[..., :3] - there[..., :3]
        path = np.sqrt(np.vecdot(way, way))
        cosine = np.vecdot(now[..., 3:7], there[..., 3:7])
        turned = np.sqrt(np.maximum(1.0 - cosine * cosine, 0.0)) * self._chords
        path = np.maximum(path, turned)
        return np.maximum(path, np.abs(now[..., 7] - there[..., 7])) if self._turning else path


def _farthest(scene: Scene, name: str) -> float:
    """How far the farthest corner around a body is from its origin, m; 0 of grains and of loose
    parts, which are no goal's."""
    try:
        body = scene.body(name)
    except KeyError:
        return 0.0
    if isinstance(body, Thing) and body.grains is not None:
        return 0.0
    corners = box_corners(*box_around(body.parts))
    return float(np.sqrt(np.vecdot(corners, corners)).max())


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
