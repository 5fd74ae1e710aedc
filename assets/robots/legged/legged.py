"""Robots that walk: a floating trunk on legs of three hinges each."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path

import mujoco

from habilis.assets.plain import build
from habilis.assets.robots.opening import NoOpening
from habilis.assets.robots.shapes import (
    RobotLink,
    Shape,
    Shapes,
    Vec3,
    add_body,
    add_colours,
    add_looks,
    add_shape,
)
from habilis.assets.robots.spec import Base, EndEffector, Legs, Limb, Outline, RobotSpec

TRUNK = "trunk"
FRICTION = 0.8
"""Of a foot, whatever it stands on, unless something else is known."""
_ROBOT, _WORLD = 2, 1  # of contype: parts of the robot touch the world and not each other
_PRIORITY = 2  # the friction of a foot is its own, whatever it stands on
_NOWHERE = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


@dataclasses.dataclass(frozen=True)
class Foot:
    """A ball at the end of each leg: where in the last link, m, and what friction it has."""

    pos: Vec3
    radius: float
    friction: float


@dataclasses.dataclass(frozen=True, eq=False)
class LeanQuadruped:
    """A walking robot of primitives, with published kinematics and inertias.

    Attributes:
      about: what is special about it.
      source: where the numbers come from, and their licence.
      limbs: the legs; a link of each moves with each of its joints.
      links: the trunk, then those of the first leg from the hip down, then those of the next.
      axes: of the joints of every leg (3,), in their links' frames.
      stiffness: of every servo, Nm/rad.
      damping: of the joints of every leg (3,), Nm s/rad.
      armature: rotor inertia of a joint, kg m^2; dry_friction: of a joint, Nm.
      foot: of every leg.
      height: of the trunk above the ground as it stands, m.
      looks: what is seen of each link; solids: what is touched.
    """

    about: str
    source: str
    limbs: tuple[Limb, ...]
    links: tuple[RobotLink, ...]
    axes: tuple[Vec3, ...]
    stiffness: float
    damping: tuple[float, ...]
    armature: float
    dry_friction: float
    foot: Foot
    height: float
    looks: Shapes
    solids: Shapes

    def add(self, spec: mujoco.MjSpec, name: str) -> RobotSpec:
        """Add it to a world that has the manipulation preset, and tell its constants."""
        add_colours(spec)
        trunk = self._add(spec.worldbody, self.links[0])
        trunk.pos = [0.0, 0.0, self.height]
        trunk.add_freejoint(name=TRUNK)
        nothing = add_nothing(trunk)
        per = len(self.axes)
        for i, limb in enumerate(self.limbs):
            body = trunk
            for k, link in enumerate(self.links[1 + i * per : 1 + (i + 1) * per]):
                body = self._add(body, link)
                self._add_joint(spec, body, limb, k)
            self._add_foot(body, limb.name)
        feet = tuple(foot_name(limb.name) for limb in self.limbs)
        legs = Legs(feet, self.foot.radius, self.height)
        return RobotSpec(name, Base(TRUNK, "floating"), self.limbs, (nothing,), self.source, legs)

    def _add(self, parent: mujoco.MjsBody, link: RobotLink) -> mujoco.MjsBody:
        body = add_body(parent, link)
        add_looks(body, self.looks.get(link.name, ()))
        for shape in self.solids.get(link.name, ()):
            touch_world(add_shape(body, shape))
        return body

    def _add_joint(self, spec: mujoco.MjSpec, body: mujoco.MjsBody, limb: Limb, k: int) -> None:
        body.add_joint(
            name=limb.joints[k], type=mujoco.mjtJoint.mjJNT_HINGE, axis=self.axes[k],
            range=(limb.lower[k], limb.upper[k]), armature=self.armature,
            damping=self.damping[k], frictionloss=self.dry_friction,
        )  # fmt: skip
        servo = spec.add_actuator(
            name=limb.actuators[k], trntype=mujoco.mjtTrn.mjTRN_JOINT, target=limb.joints[k],
            forcerange=(-limb.torque[k], limb.torque[k]),
        )  # fmt: skip
        servo.set_to_position(kp=self.stiffness)

    def _add_foot(self, body: mujoco.MjsBody, leg: str) -> None:
        foot = self.foot
        geom = add_shape(body, Shape("sphere", (foot.radius,), foot.pos, colour="arm_grey"))
        touch_world(geom)
        make_shoe(geom, body, leg, foot.pos, foot.friction)


def foot_name(leg: str) -> str:
    """Name of the geom and of the site of a leg's foot."""
    return f"{leg}_foot"


def touch_world(geom: mujoco.MjsGeom) -> None:
    """Make it a part that touches the world, and no other part of the robot."""
    geom.group, geom.contype, geom.conaffinity = 3, _ROBOT, _WORLD


def make_shoe(
    geom: mujoco.MjsGeom, body: mujoco.MjsBody, leg: str, pos: Vec3, friction: float = FRICTION
) -> None:
    """Make a ball the foot of a leg.

    Args:
      geom: the ball, which gets the foot's name, and so does a site in its middle.
      body: the last link; pos: of the ball's middle in it, m.
      leg: name of the leg.
      friction: whatever the foot stands on.
    """
    geom.name, geom.condim, geom.priority = foot_name(leg), 3, _PRIORITY
    geom.friction, geom.solref = [friction, 0.005, 0.0001], [0.02, 1.0]
    body.add_site(name=foot_name(leg), pos=pos, size=[geom.size[0]] * 3, group=4)


def add_nothing(trunk: mujoco.MjsBody) -> EndEffector:
    """What a robot without hands handles things with; its site is in the middle of the trunk."""
    trunk.add_site(name=TRUNK, size=[0.01] * 3, group=4)
    return EndEffector(
        "nothing", "none", trunk.name, (), (), NoOpening(), TRUNK, (),
        Outline(_NOWHERE, _NOWHERE, _NOWHERE), 0.0,
    )  # fmt: skip


@functools.cache
def load_legged(name: str) -> LeanQuadruped:
    """The walking robot of a file beside this one."""
    path = Path(__file__).parent / f"{name}.json"
    return build(LeanQuadruped, json.loads(path.read_text(encoding="utf-8")), path.name)
