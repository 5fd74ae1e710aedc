"""Arms as data: a chain of links, one hinge each, and the frame that carries an end effector."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Protocol

import mujoco
import numpy as np

from habilis.assets.plain import build
from habilis.assets.robots.shapes import Quat, RobotLink, Shapes, Vec3, add_colours, add_link
from habilis.assets.robots.spec import Limb


@dataclasses.dataclass(frozen=True)
class Flange:
    """Where an end effector is mounted: a frame in a body, m and quaternion w x y z.

    Its z points outwards. At the arm's home its z points down and its y along the world's y, the
    direction in which a gripper opens.
    """

    body: str
    pos: Vec3
    quat: Quat


class Arm(Protocol):
    """An arm that can be put into a model, without an end effector."""

    @property
    def limb(self) -> Limb:
        """Its constants."""

    @property
    def base(self) -> str:
        """Name of its root body."""

    @property
    def flange(self) -> Flange:
        """Where an end effector is mounted."""

    @property
    def partner(self) -> str:
        """The end effector it gets where none is named; '' if it brings its own."""

    @property
    def source(self) -> str:
        """Where the numbers come from, and their licence."""

    def __hash__(self) -> int: ...

    def add(self, spec: mujoco.MjSpec, pos: Vec3, quat: Quat) -> None:
        """Add it to a model, its base at ``pos``, m, turned by ``quat``, w x y z."""


@dataclasses.dataclass(frozen=True, eq=False)
class LeanArm:
    """An arm of primitives, with published kinematics and inertias; see ``Arm``.

    Attributes:
      about: what is special about it.
      links: the base, then one link a joint.
      axes: of each joint (n,), in its link's frame.
      stiffness: of each joint's servo (n,), Nm/rad.
      ratio: damping of a servo over its stiffness, s.
      armature: rotor inertia of the joints, kg m^2; damping: of the joints, Nm s/rad.
      looks: what is seen of each link; solids: what is touched.
      exclude: pairs of links that never touch although MuJoCo would take them for touching.
    """

    about: str
    limb: Limb
    links: tuple[RobotLink, ...]
    axes: tuple[Vec3, ...]
    stiffness: tuple[float, ...]
    ratio: float
    armature: float
    damping: float
    looks: Shapes
    solids: Shapes
    exclude: tuple[tuple[str, str], ...]
    flange: Flange
    partner: str
    source: str

    @property
    def base(self) -> str:
        """Name of its root body."""
        return self.links[0].name

    def add(self, spec: mujoco.MjSpec, pos: Vec3 = (0, 0, 0), quat: Quat = (1, 0, 0, 0)) -> None:
        """Add it under its own names, without the warning that MuJoCo gives for attaching so.

        Visual shapes are in group 2 and touch nothing; collision shapes are in group 3.
        """
        add_colours(spec)
        turned = np.empty(4)
        mujoco.mju_mulQuat(turned, np.array(quat, float), np.array(self.links[0].quat, float))
        w, x, y, z = turned.tolist()
        placed = dataclasses.replace(self.links[0], pos=pos, quat=(w, x, y, z))
        body = add_link(spec.worldbody, placed, self.looks, self.solids)
        for i, link in enumerate(self.links[1:]):
            body = add_link(body, link, self.looks, self.solids)
            self._add_hinge(body, i, math.degrees(1.0) if spec.compiler.degree else 1.0)
        self._add_servos(spec)
        for first, second in self.exclude:
            spec.add_exclude(bodyname1=first, bodyname2=second)

    def _add_hinge(self, body: mujoco.MjsBody, i: int, unit: float) -> None:
        """``unit``: how many of the spec's angle units a radian is."""
        limb = self.limb
        body.add_joint(
            name=limb.joints[i],
            type=mujoco.mjtJoint.mjJNT_HINGE,
            axis=self.axes[i],
            range=(limb.lower[i] * unit, limb.upper[i] * unit),
            armature=self.armature,
            damping=self.damping,
        )

    def _add_servos(self, spec: mujoco.MjSpec) -> None:
        limb = self.limb
        for i, (name, joint) in enumerate(zip(limb.actuators, limb.joints, strict=True)):
            servo = spec.add_actuator(
                name=name,
                trntype=mujoco.mjtTrn.mjTRN_JOINT,
                target=joint,
                ctrlrange=(limb.lower[i], limb.upper[i]),
                forcerange=(-limb.torque[i], limb.torque[i]),
            )
            servo.set_to_position(kp=self.stiffness[i], kv=self.stiffness[i] * self.ratio)


def load_arm(name: str) -> LeanArm:
    """The lean arm of a file in ``arms``."""
    path = Path(__file__).parent / "arms" / f"{name}.json"
    return build(LeanArm, json.loads(path.read_text(encoding="utf-8")), path.name)
