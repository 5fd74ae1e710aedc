"""What a robot's URDF tells: its joints in the order of the chain, and where their axes are."""

from __future__ import annotations

import dataclasses
import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.loaded.urdf import parsed
from habilis.assets.robots.registry import make_robot

OFF, ASKEW = 0.02, 0.06
"""m and rad that an axis may be elsewhere than that of a habilis robot: calibrations differ."""
POSTURES = 6  # that are compared


class DescriptionError(ValueError):
    """Raised where a robot does not tell what a profile needs, or not in a form that is known."""


@dataclasses.dataclass(frozen=True)
class UrdfJoint:
    """A joint of a description that moves by itself.

    Attributes:
      kind: revolute, continuous or prismatic.
      lower, upper: rad or m.
      velocity: rad/s or m/s; 0 where it is not told.
      effort: N m or N; 0 where it is not told.
    """

    kind: str
    lower: float
    upper: float
    velocity: float
    effort: float


@dataclasses.dataclass(frozen=True)
class _Edge:
    """A joint of whatever kind: what hangs on what, and how."""

    name: str
    parent: str
    turns: bool
    moved: Array  # (4, 4)
    axis: Array


class Urdf:
    """A description that was read.

    Args:
      text: of it.

    Attributes:
      name: of the robot; root: its root link.
      joints: those that move by themselves, each before those that hang on it.

    Raises:
      DescriptionError: it is not a URDF.
    """

    def __init__(self, text: str) -> None:
        try:
            top = parsed(text)
        except ValueError as error:
            raise DescriptionError(str(error)) from error
        links = [link.get("name", "") for link in top.findall("link")]
        self._edges, found = dict[str, _Edge](), dict[str, UrdfJoint]()  # by link that hangs on it
        for joint in top.findall("joint"):
            parent, child = joint.find("parent"), joint.find("child")
            if parent is None or child is None:
                continue
            self._edges[child.get("link", "")] = _edge(joint, parent.get("link", ""))
            if (made := _joint(joint)) is not None:
                found[joint.get("name", "")] = made
        roots = [link for link in links if link not in self._edges]
        below = [c for c, e in self._edges.items() if roots == ["world"] and e.parent == "world"]
        self.name = top.get("name", "robot")
        self.root = below[0] if below else roots[0] if roots else ""
        self._links = {edge.name: link for link, edge in self._edges.items()}
        self.joints = dict(sorted(found.items(), key=lambda row: len(self._above(row[0]))))

    def _above(self, joint: str) -> list[_Edge]:
        """The joints from one up to the root."""
        out, link = list[_Edge](), self._links[joint]
        while (edge := self._edges.get(link)) is not None and len(out) < len(self._edges):
            out.append(edge)
            link = edge.parent
        return out

    def frames(self) -> list[str]:
        """Links that do not move against the root, which comes first."""
        fixed = [self.root]
        for _ in self._edges:
            fixed += [
                link for link, edge in self._edges.items()
                if edge.parent in fixed and link not in fixed and edge.name not in self.joints
            ]  # fmt: skip
        return fixed

    def axes(self, joints: Sequence[str], q: Array, frame: str) -> tuple[Array, Array]:
        """A point (n, 3), m, and the direction (n, 3) of the axes of joints (n,) at q (n,), rad.

        Args:
          joints: names.
          q: of them; others are at 0.
          frame: a link of ``frames`` in which they are told.
        """
        at = dict(zip(joints, q.tolist(), strict=True))
        back = np.linalg.inv(self._pose(frame, at))
        rows = [back @ self._pose(self._links[joint], at) for joint in joints]
        edges = [self._edges[self._links[joint]] for joint in joints]
        turned = [row[:3, :3] @ edge.axis for row, edge in zip(rows, edges, strict=True)]
        return np.array([row[:3, 3] for row in rows]), np.array(turned)

    def _pose(self, link: str, at: Mapping[str, float]) -> Array:
        """(4, 4) of a link in the topmost one."""
        out = np.eye(4)
        for _ in range(len(self._edges) + 1):
            if (edge := self._edges.get(link)) is None:
                break
            turn = np.eye(4)
            if edge.turns:
                turn[:3, :3] = _about(edge.axis, at.get(edge.name, 0.0))
            out, link = edge.moved @ turn @ out, edge.parent
        return out


def frame_of(urdf: Urdf, joints: Sequence[str], robot: str) -> str:
    """The link in which joints (n,) of a description are where those of a habilis robot are.

    Raises:
      DescriptionError: there is none: it is another robot, its joints are in another order, or one
        turns the other way; names the joint and how far its axis is off.
    """
    wrong, best = "", -1
    for frame in urdf.frames():
        good, why = _compared(urdf, joints, robot, frame)
        if not why:
            return frame
        if good > best:
            wrong, best = why, good
    raise DescriptionError(
        f"these are not the kinematics of {robot}: {wrong}; leave --robot out to move its joints"
    )


def _compared(urdf: Urdf, joints: Sequence[str], robot: str, frame: str) -> tuple[int, str]:
    """How many axes agree, and what is wrong with the first that does not; '' if all do."""
    known, spec = make_robot(robot)
    model = spec.compile()
    data, arm = mujoco.MjData(model), known.arm
    ids = [model.joint(joint).id for joint in arm.joints]
    rng = np.random.default_rng(0)
    for _ in range(POSTURES):
        q = rng.uniform(np.maximum(arm.lower, -np.pi), np.minimum(arm.upper, np.pi))
        data.qpos[model.jnt_qposadr[ids]] = q
        mujoco.mj_kinematics(model, data)
        points, turned = urdf.axes(joints, q, frame)
        for k, joint in enumerate(joints):
            axis, way = data.xaxis[ids[k]], points[k] - data.xanchor[ids[k]]
            off = float(np.linalg.norm(way - (way @ axis) * axis))
            askew = float(np.arccos(np.clip(axis @ turned[k], -1.0, 1.0)))
            if off > OFF or askew > ASKEW:
                return k, f"the axis of {joint} is {off:.3f} m and {askew:.2f} rad off in {frame!r}"
    return len(joints), ""


def _edge(joint: ET.Element, parent: str) -> _Edge:
    origin, axis = joint.find("origin"), joint.find("axis")
    x, y, z = _three(joint, origin, "xyz", (0.0, 0.0, 0.0))
    roll, pitch, yaw = _three(joint, origin, "rpy", (0.0, 0.0, 0.0))
    moved = np.eye(4)
    moved[:3, 3] = x, y, z
    turns = zip(np.eye(3), (roll, pitch, yaw), strict=True)
    about_x, about_y, about_z = (_about(one, angle) for one, angle in turns)
    moved[:3, :3] = about_z @ about_y @ about_x
    line = np.array(_three(joint, axis, "xyz", (1.0, 0.0, 0.0)))
    line /= max(float(np.linalg.norm(line)), 1e-9)
    kind = joint.get("type", "")
    return _Edge(joint.get("name", ""), parent, kind in ("revolute", "continuous"), moved, line)


def _three(
    joint: ET.Element, part: ET.Element | None, key: str, without: tuple[float, float, float]
) -> tuple[float, float, float]:
    words = ("" if part is None else part.get(key, "")).split()
    try:
        x, y, z = (float(word) for word in words) if words else without
    except ValueError as error:
        raise DescriptionError(f"joint {joint.get('name')}: {key} is {words}") from error
    return x, y, z


def _about(axis: Array, angle: float) -> Array:
    """(3, 3) rotation about a unit axis."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    out: Array = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return out


def _joint(joint: ET.Element) -> UrdfJoint | None:
    """None of a joint that does not move, or only with another one."""
    kind, limit = joint.get("type", ""), joint.find("limit")
    if kind not in ("revolute", "continuous", "prismatic") or joint.find("mimic") is not None:
        return None
    got = {} if limit is None else limit.attrib
    try:
        lower, upper, velocity, effort = (
            float(got.get(key, 0.0)) for key in ("lower", "upper", "velocity", "effort")
        )
    except ValueError as error:
        raise DescriptionError(f"joint {joint.get('name')}: a limit is no number: {got}") from error
    if kind == "continuous":
        lower, upper = -2 * math.pi, 2 * math.pi
    if not (math.isfinite(lower) and math.isfinite(upper) and lower < upper):
        raise DescriptionError(f"joint {joint.get('name')}: no range in its limits: {got}")
    return UrdfJoint(kind, lower, upper, velocity, effort)
