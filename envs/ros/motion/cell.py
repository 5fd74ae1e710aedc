"""What an arm may not run into, whatever moves it: itself, the table, the sides of its workspace.

Known where habilis has the robot's kinematics. The table is the plane on which the base stands.
"""

from __future__ import annotations

import functools

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import ARMS, make_robot
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.control.limiter import TCP_SPEED
from habilis.envs.ros.profiles.profile import Profile

DEEP = 0.001  # m that two surfaces may overlap
FINE = 0.02  # rad between two poses of a path that are looked at
TABLE = "the table"
Pairs = frozenset[tuple[str, str]]


class ArmCell:
    """Looks at poses of an arm before they are sent.

    Args:
      profile: of an arm that habilis knows.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._low, self._high = (np.array(side) for side in profile.workspace)
        self._spec, drawn = make_robot(profile.robot)
        size = [0.0, 0.0, 0.1]
        drawn.worldbody.add_geom(name=TABLE, type=mujoco.mjtGeom.mjGEOM_PLANE, size=size)
        self._model = drawn.compile()
        self._data = mujoco.MjData(self._model)
        self._columns = [self._model.joint(j).qposadr[0] for j in self._spec.arm.joints]
        self._hand = self._below(self._spec.effector.body)
        self._kinematics = ArmKinematics(profile.robot, (0.0, 0.0, 0.0), 1)
        self._usual = self.touching(np.array(self._spec.arm.home))

    def at(self, q: Array, before: Pairs = frozenset()) -> str:
        """Why joints (n,), rad, are no pose to be in, or '' if they are; the hand may touch down.

        Args:
          q: rad.
          before: what touches already, and may go on doing so.
        """
        new = self.touching(q) - before - self._usual
        arm = sorted(p for p in new if not (TABLE in p and self._hand.intersection(p)))
        return f"{self._pair(arm[0])} would collide" if arm else ""

    def along(self, path: Array, dt: float) -> str:
        """Why joints (k, n), rad, one every ``dt`` s, are no way to go, or '' if they are.

        What already touches or lies outside at its beginning may go on doing so.
        """
        before = self.touching(path[0]) | self._usual
        tcp = np.array([self._kinematics.tcp(q[None])[0][0] for q in path])
        speed = np.linalg.norm(np.diff(tcp, axis=0), axis=1) / dt
        if speed.size and speed.max() > TCP_SPEED:
            return (
                f"the tool centre point would go at {speed.max():.2f} m/s, at most {TCP_SPEED:g} is"
                " allowed: a lower speed"
            )
        over = np.maximum(self._low - tcp, tcp - self._high).max(axis=1)
        if over.max() > max(0.0, over[0]) + DEEP:
            k = int(over.argmax())
            at, low, high = (
                np.array2string(v, precision=3) for v in (tcp[k], self._low, self._high)
            )
            return f"the tool centre point would go to {at} m, outside {low} to {high}"
        last = path[0]
        for q in path[1:]:
            if np.abs(q - last).max() < FINE and q is not path[-1]:
                continue
            last = q
            if touching := self.touching(q) - before:
                return f"{self._pair(sorted(touching)[0])} would collide"
        return ""

    def touching(self, q: Array) -> Pairs:
        """Which links overlap at joints (n,), rad, with each other or with the table."""
        model, data = self._model, self._data
        data.qpos[self._columns] = q
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        found = set[tuple[str, str]]()
        for contact in data.contact[: data.ncon]:
            if contact.dist < -DEEP:
                names = (self._name(int(g)) for g in contact.geom)
                one, other = sorted(names, key=lambda name: (name == TABLE, name))
                found.add((one, other))
        return frozenset(found)

    def _name(self, geom: int) -> str:
        name = self._model.geom(geom).name
        return TABLE if name == TABLE else self._model.body(self._model.geom_bodyid[geom]).name

    def _below(self, body: str) -> set[str]:
        """Names of a body and of all that it carries."""
        model, carried = self._model, {int(self._model.body(body).id)}
        for k in range(1, model.nbody):  # a parent comes before its children
            if int(model.body_parentid[k]) in carried:
                carried.add(k)
        return {model.body(k).name for k in carried}

    def _pair(self, pair: tuple[str, str]) -> str:
        return " and ".join(pair)


@functools.cache
def _known(profile: Profile) -> ArmCell:
    return ArmCell(profile)


def make_cell(profile: Profile) -> ArmCell | None:
    """The cell of an arm that habilis knows; None for others, of which nothing is known."""
    return _known(profile) if profile.robot in ARMS else None
