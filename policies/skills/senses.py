"""What one robot knows of its scene: the queries of the arm's skill API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.scene.solids.parts import Part, rotation
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.control.command import ToolGrip
from habilis.envs.control.kinematics import ArmKinematics, Attained
from habilis.envs.control.rotations import DOWN, pointing_down
from habilis.envs.robot.robot import Observation
from habilis.policies.skills.geometry.solids import Box, Solid, around

AXES: dict[str, Array] = {
    "+x": np.array([1.0, 0, 0]), "-x": np.array([-1.0, 0, 0]),
    "+y": np.array([0, 1.0, 0]), "-y": np.array([0, -1.0, 0]),
}  # fmt: skip
"""Directions in the plane."""

UPRIGHT = 0.02  # rad off straight down, or off yaw 0, that is an error of servos
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
        self._arm: ArmKinematics | None = None

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
    def rot(self) -> Array:
        """Its rotation (3, 3)."""
        out: Array = self.obs.rot[self._i]
        return out

    @property
    def facing(self) -> Array:
        """The rotation (3, 3) that is meant: straight down where it nearly is."""
        rot = self.rot
        if rot[2, 2] >= -np.cos(UPRIGHT):
            return rot
        yaw = float(np.arctan2(rot[1, 0], rot[0, 0]))
        return DOWN if abs(yaw) < UPRIGHT else pointing_down(yaw)

    @property
    def joints(self) -> Array:
        """Of the arm (j,), rad."""
        out: Array = self.obs.q[self._i]
        return out

    @property
    def aperture(self) -> float:
        """Measured jaw opening, m; with a tool in the hand the gap between its tips."""
        return float(self.obs.aperture[self._i])

    @property
    def grip(self) -> ToolGrip | None:
        """By which the hand holds a tool."""
        return self.obs.grip[self._i] if self.obs.grip else None

    @property
    def force(self) -> float | None:
        """Of the harder pressing pad or tip, N; None where it is not measured."""
        return None if self.obs.force is None else float(self.obs.force[self._i])

    def reach(
        self, poses: Iterable[tuple[Array, Array]], away: Array | None = None
    ) -> Iterator[Attained]:
        """Whether the arm gets from here to poses one after the other.

        Args:
          poses: (3,), (3, 3) of its tool centre point, which with a tool in the hand is its tips.
          away: (4, 4) of what is to get there, in the tool centre point of the bare hand.
        """
        if self._arm is None:
            self._arm = ArmKinematics(self.scene.robot, self.scene.base, 1)
        q = self.obs.q[self._i : self._i + 1]
        if away is None:
            away = self._tips(*(x[0] for x in self._arm.tcp(q)))
        back = np.linalg.inv(away)
        for pos, rot in poses:
            pos, rot = pos + rot @ back[:3, 3], rot @ back[:3, :3]
            reach = self._arm.follow(q, pos[None], rot[None], 200)
            q = reach.q
            yield reach

    def hand(self) -> Array:
        """(4, 4) of the tool centre point of the bare hand, whatever it holds."""
        if self._arm is None:
            self._arm = ArmKinematics(self.scene.robot, self.scene.base, 1)
        pos, rot = self._arm.tcp(self.obs.q[self._i : self._i + 1])
        out = np.eye(4)
        out[:3, :3], out[:3, 3] = rot[0], pos[0]
        return out

    def _tips(self, pos: Array, rot: Array) -> Array:
        """(4, 4) of the tool centre point as it is observed, in that of the bare hand."""
        away = np.eye(4)
        if self.grip is not None:
            away[:3, :3], away[:3, 3] = rot.T @ self.rot, rot.T @ (self.tcp - pos)
        return away

    def entity(self, name: str) -> Thing:
        """The scene's entity; KeyError with a did-you-mean."""
        return self.scene.entity(name)

    def pose(self, name: str) -> tuple[Array, Array]:
        """Origin (3,) and rotation (3, 3) of an entity, or of a ``thing/link``."""
        self.scene.body(name)
        k = self._index[name]
        return self.obs.pos[self._i, k], quat_matrix(self.obs.quat[self._i, k])

    def all_poses(self) -> tuple[tuple[str, ...], Array, Array]:
        """Names (B) of all bodies, their origins (B, 3), m, and orientations (B, 4), wxyz."""
        return tuple(self._index), self.obs.pos[self._i], self.obs.quat[self._i]

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

    def part_solid(self, name: str, part: Part) -> Solid:
        """One part of an entity, or of a link, where it is."""
        pos, rot = self.pose(name)
        return Solid(pos + rot @ np.array(part.pos), rot @ rotation(part.euler), part.extent)

    def solids(self, name: str) -> list[Solid]:
        """All parts of an object with its links, or of one link, where they are."""
        body = self.scene.body(name)
        bodies = body.bodies() if isinstance(body, Thing) else [(name, body)]
        return [self.part_solid(owner, part) for owner, one in bodies for part in one.parts]

    def part_box(self, name: str, part: Part) -> Box:
        """World box around one part of an entity, or of a link."""
        return self.part_solid(name, part).box()

    def apart(self, name: str, point: Array) -> float:
        """Distance from the box around an entity, along its own axes, to a point (3,), m."""
        pos, rot = self.pose(name)
        low, high = self.entity(name).bounds()
        local = rot.T @ (point - pos)
        return float(np.linalg.norm(np.maximum(0, np.maximum(low - local, local - high))))

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
        return around([solid.box() for solid in self.solids(name)])
