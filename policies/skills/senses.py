"""What one robot knows of its scene: the queries of the arm's skill API."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from habilis.assets.scene.parts import Part, rotation
from habilis.assets.scene.things import Entity, Scene
from habilis.envs.robot import Observation

Array = npt.NDArray[np.float64]

AXES: dict[str, Array] = {
    "+x": np.array([1.0, 0, 0]), "-x": np.array([-1.0, 0, 0]),
    "+y": np.array([0, 1.0, 0]), "-y": np.array([0, -1.0, 0]),
}  # fmt: skip
"""Directions in the plane."""

APART = 0.01  # m between an entity and a part of it that has come off


def quat_matrix(quat: Array) -> Array:
    """Rotation matrix (3, 3) of a unit quaternion (4,), wxyz."""
    w, x, y, z = quat
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


class Box:
    """A box along the world's axes: ``low`` and ``high`` corner (3,), m."""

    def __init__(self, low: Array, high: Array) -> None:
        self.low, self.high = low, high

    @property
    def centre(self) -> Array:
        """(3,) m."""
        out: Array = (self.low + self.high) / 2
        return out

    @property
    def size(self) -> Array:
        """(3,) full size, m."""
        out: Array = self.high - self.low
        return out

    def half(self, direction: Array) -> float:
        """Half size along an axis of the world, m."""
        return float(np.abs(direction) @ self.size / 2)

    def shifted(self, by: Array) -> Box:
        """The box moved by (3,), m."""
        return Box(self.low + by, self.high + by)

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """Whether the two come nearer than ``gap``, m."""
        return bool((self.low < other.high + gap).all() and (other.low < self.high + gap).all())

    def union(self, other: Box) -> Box:
        """Smallest box around both."""
        return Box(np.minimum(self.low, other.low), np.maximum(self.high, other.high))


class Senses:
    """The newest observation of robot ``i``, read by name.

    All positions are in the world frame, m.

    Args:
      scene: static knowledge: parts, frames, workspace.
      bodies: names in the order of the observation.
      i: which robot.
    """

    def __init__(self, scene: Scene, bodies: tuple[str, ...], i: int = 0) -> None:
        self.scene, self._i = scene, i
        self._index = {name: k for k, name in enumerate(bodies)}
        self._obs: Observation | None = None

    def update(self, obs: Observation) -> None:
        """Take a new observation."""
        self._obs = obs

    @property
    def obs(self) -> Observation:
        """The newest observation; RuntimeError before the first."""
        if self._obs is None:
            raise RuntimeError("no observation yet: call update first")
        return self._obs

    @property
    def time(self) -> float:
        """s."""
        return float(self.obs.time[self._i])

    @property
    def tcp(self) -> Array:
        """Tool centre point (3,)."""
        out: Array = self.obs.tcp[self._i]
        return out

    @property
    def aperture(self) -> float:
        """Measured jaw opening, m."""
        return float(self.obs.aperture[self._i])

    @property
    def force(self) -> float | None:
        """Of the harder pressing pad or tip, N; None where it is not measured."""
        return None if self.obs.force is None else float(self.obs.force[self._i])

    def entity(self, name: str) -> Entity:
        """The scene's entity; KeyError with a did-you-mean."""
        return self.scene.entity(name)

    def pose(self, name: str) -> tuple[Array, Array]:
        """Origin (3,) and rotation (3, 3) of an entity, or of a ``thing/link``."""
        self.scene.body(name)
        k = self._index[name]
        return self.obs.pos[self._i, k], quat_matrix(self.obs.quat[self._i, k])

    def point(self, name: str, local: npt.ArrayLike) -> Array:
        """World position (3,) of a point given in an entity's frame."""
        pos, rot = self.pose(name)
        out: Array = pos + rot @ np.asarray(local, float)
        return out

    def get_center(self, name: str) -> Array:
        """Centre (3,) of the box around an object."""
        return self.box(name).centre

    def get_graspable_point(self, name: str) -> Array:
        """Point (3,) where the gripper should take an object, or a link of one."""
        return self.point(name, self.scene.body(name).grip())

    def get_size(self, name: str) -> Array:
        """Full size (3,) of the box around an object, along the world's axes."""
        return self.box(name).size

    def get_workspace_range(self) -> tuple[float, float, float, float, float, float]:
        """Three minima, then three maxima, of the tool centre point."""
        w = self.scene.workspace
        return (*w.lower, *w.upper)

    def part_box(self, name: str, part: Part) -> Box:
        """World box around one part of an entity, or of a link."""
        pos, rot = self.pose(name)
        half = part.reach(rot @ rotation(part.euler))
        centre = pos + rot @ np.array(part.pos)
        return Box(centre - half, centre + half)

    def came_off(self, name: str) -> list[str]:
        """Parts of an entity that are no longer where they belong."""
        pos, _ = self.pose(name)
        loose = (b for b in self._index if b.startswith(f"{name}."))
        gone = [b for b in loose if np.linalg.norm(self._position(b) - pos) > APART]
        return [b.removeprefix(f"{name}.") for b in gone]

    def _position(self, body: str) -> Array:
        out: Array = self.obs.pos[self._i, self._index[body]]
        return out

    def box(self, name: str) -> Box:
        """World box around an object with all its links, or around one link."""
        body = self.scene.body(name)
        bodies = body.bodies() if isinstance(body, Entity) else [(name, body)]
        boxes = [self.part_box(owner, p) for owner, one in bodies for p in one.parts]
        return Box(np.min([b.low for b in boxes], axis=0), np.max([b.high for b in boxes], axis=0))
