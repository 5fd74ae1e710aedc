"""A served robot's description: its links as URDF, its groups as SRDF, and where the links are.

Shapes are left out, so that it shows frames and serves kinematics; no meshes leave this package.
"""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.spec import RobotSpec
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.world.poses import conjugate, matrices, multiply

FINGERS = 0.2  # m/s, of which nothing is told


@dataclasses.dataclass(frozen=True)
class UrdfLimits:
    """What a joint of a description is said to do: rad or m, per s, and N m or N."""

    lower: float
    upper: float
    velocity: float
    effort: float


class RobotDescription:
    """The links of a robot within a model.

    Joints that the profile does not report are fixed in the text; their links move all the same.
    The root has the axes of the scene, in which poses of things are told, whichever its body has.

    Args:
      profile: whose names the joints have, and the root link.
      model: of the scene.
      robot: whose bodies they are.

    Attributes:
      links: names, the root first.
      parents: (k,) names of what each further link hangs on.
    """

    def __init__(self, profile: Profile, model: mujoco.MjModel, robot: RobotSpec) -> None:
        self._model, self._data, self._profile = model, mujoco.MjData(model), profile
        root = model.body(robot.base.body).id
        below = model.body_rootid == model.body_rootid[root]
        inside = {root}
        for body in range(root + 1, model.nbody):  # parents come first
            if below[body] and int(model.body_parentid[body]) in inside:
                inside.add(body)
        self._bodies = np.array(sorted(inside))
        self._root, self._above = root, model.body_parentid[self._bodies[1:]]
        self._limits = _limits(profile, model, robot)
        names = {body: model.body(body).name or f"body{body}" for body in inside}
        names[root] = profile.base_frame
        self._names = names
        self.links = tuple(names[int(body)] for body in self._bodies)
        self.parents = tuple(names[int(body)] for body in self._above)

    def poses(self, qpos: Array) -> tuple[Array, Array]:
        """Positions (k, 3), m, and orientations (k, 4) wxyz of the links but the root in parents.

        Args:
          qpos: of the model.
        """
        self._data.qpos[:] = qpos
        mujoco.mj_kinematics(self._model, self._data)
        pos, quat = self._data.xpos, self._data.xquat.copy()
        quat[self._root] = 1.0, 0.0, 0.0, 0.0
        back = conjugate(quat[self._above])
        way = pos[self._bodies[1:]] - pos[self._above]
        turned: Array = np.einsum("kij,kj->ki", matrices(back), way)
        return turned, multiply(back, quat[self._bodies[1:]])

    def urdf(self) -> str:
        """The text of the description."""
        top = ET.Element("robot", name=self._profile.name)
        for name in self.links:
            ET.SubElement(top, "link", name=name)
        for body in self._bodies[1:]:
            self._add(top, int(body))
        ET.indent(top)
        return ET.tostring(top, encoding="unicode")

    def srdf(self) -> str:
        """The text that says which joints belong together, and where the arm rests."""
        profile, gripper = self._profile, self._profile.gripper
        top = ET.Element("robot", name=profile.name)
        groups = {f"{profile.robot}_arm": profile.joints}
        told = {name for name, _ in self._limits.values()}
        if gripper is not None and gripper.joints and told.issuperset(gripper.joints):
            groups[f"{profile.robot}_hand"] = gripper.joints
        for name, joints in groups.items():
            group = ET.SubElement(top, "group", name=name)
            for joint in joints:
                ET.SubElement(group, "joint", name=joint)
        home = ET.SubElement(top, "group_state", name="home", group=f"{profile.robot}_arm")
        for joint, q in zip(profile.joints, profile.home, strict=True):
            ET.SubElement(home, "joint", name=joint, value=f"{q:.6g}")
        for link, parent in zip(self.links[1:], self.parents, strict=True):
            ET.SubElement(top, "disable_collisions", link1=parent, link2=link, reason="Adjacent")
        ET.indent(top)
        return ET.tostring(top, encoding="unicode")

    def _add(self, top: ET.Element, body: int) -> None:
        """The joint that carries a body."""
        model, name = self._model, self._names[body]
        first, count = int(model.body_jntadr[body]), int(model.body_jntnum[body])
        known = self._limits.get(model.joint(first).name) if count == 1 else None
        hinge = known is not None and model.jnt_type[first] == mujoco.mjtJoint.mjJNT_HINGE
        kind = "fixed" if known is None else "revolute" if hinge else "prismatic"
        joint = ET.SubElement(top, "joint", name=known[0] if known else f"to_{name}", type=kind)
        ET.SubElement(joint, "parent", link=self._names[int(model.body_parentid[body])])
        ET.SubElement(joint, "child", link=name)
        pos, quat = model.body_pos[body], model.body_quat[body]
        if model.body_parentid[body] == self._root:
            turned = model.body_quat[self._root]
            pos, quat = matrices(turned) @ pos, multiply(turned, quat)
        ET.SubElement(joint, "origin", xyz=_text(pos), rpy=_text(_rpy(matrices(quat))))
        if known is not None:
            ET.SubElement(joint, "axis", xyz=_text(model.jnt_axis[first]))
            limits = {k: f"{v:.6g}" for k, v in dataclasses.asdict(known[1]).items()}
            ET.SubElement(joint, "limit", limits)


def _limits(
    profile: Profile, model: mujoco.MjModel, robot: RobotSpec
) -> Mapping[str, tuple[str, UrdfLimits]]:
    """By joint of the model, its ROS name and limits; only those that the profile reports."""
    arm, out = robot.arm, dict[str, tuple[str, UrdfLimits]]()
    rows = zip(arm.joints, profile.joints, profile.limits, arm.torque, strict=True)
    for joint, name, limit, torque in rows:
        effort = torque if limit.effort is None else limit.effort
        out[joint] = (name, UrdfLimits(limit.lower, limit.upper, limit.velocity, effort))
    fingers, gripper = robot.effector.joints, profile.gripper
    slides = all(model.joint(j).type[0] == mujoco.mjtJoint.mjJNT_SLIDE for j in fingers)
    if gripper is not None and slides and len(gripper.joints) == len(fingers):
        for joint, name in zip(fingers, gripper.joints, strict=True):
            low, high = model.joint(joint).range
            out[joint] = (name, UrdfLimits(low, high, FINGERS, gripper.max_effort))
    moved = [j for j in out if model.joint(j).pos.any() or model.qpos0[model.joint(j).qposadr[0]]]
    if moved:  # then its link would have to lie elsewhere than the body does
        raise ValueError(f"no description of {robot.name}: {', '.join(moved)} is off its body")
    return out


def _text(values: Array) -> str:
    return " ".join(f"{v:.9g}" for v in np.asarray(values, float))


def _rpy(turn: Array) -> Array:
    """Roll, pitch, yaw about fixed axes, rad, of a rotation (3, 3)."""
    pitch = np.arctan2(-turn[2, 0], np.hypot(turn[0, 0], turn[1, 0]))
    if np.hypot(turn[0, 0], turn[1, 0]) > 1e-9:
        roll, yaw = np.arctan2(turn[2, 1], turn[2, 2]), np.arctan2(turn[1, 0], turn[0, 0])
    else:  # roll and yaw turn about the same axis
        roll, yaw = np.arctan2(-turn[1, 2], turn[1, 1]), 0.0
    return np.array([roll, pitch, yaw])
