"""A profile from the robot itself: what ``/robot_description`` and its controllers tell."""

from __future__ import annotations

import dataclasses
import math
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any

from habilis.assets.names import check_known
from habilis.assets.robots.registry import ARMS, robot_spec
from habilis.assets.scene.format.yaml_lines import Inline, write
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.motion import JOINT_STATE, STRING, read_joint_state
from habilis.envs.ros.messages.pictures import IMAGE
from habilis.envs.ros.profiles.profile import CAPS
from habilis.envs.ros.transports.base import Message, Transport, TransportError

DESCRIPTION = "/robot_description"
LIST = "/controller_manager/list_controllers"
LIST_TYPE = "controller_manager_msgs/srv/ListControllers"
IMAGES, IMAGES_TYPE = "/rosapi/topics_for_type", "rosapi_msgs/srv/TopicsForType"
TRAJECTORY = "joint_trajectory_controller/JointTrajectoryController"
GRIPPERS = {
    "position_controllers/GripperActionController": "gripper_command",
    "parallel_gripper_action_controller/GripperActionController": "parallel",
}
ACCELERATION = 5.0  # rad/s^2, for robots that do not tell, as none does
LARGEST = 20_000_000  # letters of a description


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
class Heard:
    """What a robot told.

    Attributes:
      description: URDF.
      positions: of the joints on the state topic.
      rate: Hz of the state topic.
      controllers: active ones as ``ListControllers`` has them; None where nobody answered.
      images: topics with pictures; None where nobody answered.
    """

    description: str
    positions: Mapping[str, float]
    rate: float
    controllers: Sequence[Message] | None = None
    images: Sequence[str] | None = None


def listen(transport: Transport, states: str = "/joint_states", seconds: float = 3.0) -> Heard:
    """Ask a robot what it tells about itself; nothing moves.

    Args:
      transport: connected.
      states: topic of the joints.
      seconds: to listen.

    Raises:
      DescriptionError: it publishes no description.
    """
    told: list[str] = []
    heard: list[tuple[float, Message]] = []
    transport.subscribe(DESCRIPTION, STRING, lambda m: told.append(str(m.get("data", ""))))
    transport.subscribe(states, JOINT_STATE, lambda m: heard.append((time.monotonic(), m)))
    listed = _call(transport, LIST, LIST_TYPE, {})
    images = _call(transport, IMAGES, IMAGES_TYPE, {"type": IMAGE})
    time.sleep(seconds)
    if not told:
        raise DescriptionError(f"nothing on {DESCRIPTION} within {seconds:g} s")
    rows, positions = list(heard), dict[str, float]()
    for _, message in rows:
        try:
            state = read_joint_state(message)
        except MessageError:
            continue
        positions |= dict(zip(state.joints, state.q.tolist(), strict=True))
    span = rows[-1][0] - rows[0][0] if len(rows) > 1 else 0.0
    rate = (len(rows) - 1) / span if span > 0 else 0.0
    controllers = None if listed is None else [
        c for c in listed.get("controller", ()) if c.get("state") == "active"
    ]  # fmt: skip
    topics = None if images is None else [str(t) for t in images.get("topics", ())]
    return Heard(told[-1], positions, rate, controllers, topics)


def read_urdf(text: str) -> tuple[str, str, dict[str, UrdfJoint]]:
    """Name of the robot, its root link, and the joints that move by themselves, in order.

    Raises:
      DescriptionError: it is not a URDF.
    """
    if len(text) > LARGEST or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DescriptionError("the description is too large, or has entities of its own")
    try:
        top = ET.fromstring(text)
    except ET.ParseError as error:
        raise DescriptionError(f"the description is no XML: {error}") from error
    if top.tag != "robot":
        raise DescriptionError(f"the description is a <{top.tag}>, expected a <robot>")
    links = [link.get("name", "") for link in top.findall("link")]
    children, joints = dict[str, str](), dict[str, UrdfJoint]()
    for joint in top.findall("joint"):
        parent, child = joint.find("parent"), joint.find("child")
        if parent is None or child is None:
            continue
        children[child.get("link", "")] = parent.get("link", "")
        if (found := _joint(joint)) is not None:
            joints[joint.get("name", "")] = found
    roots = [link for link in links if link not in children]
    below = [c for c, p in children.items() if roots == ["world"] and p == "world"]
    root = below[0] if below else roots[0] if roots else ""
    return top.get("name", "robot"), root, joints


def profile_text(heard: Heard, states: str = "/joint_states", robot: str = "") -> str:
    """A profile as YAML, with what could not be known in its notes.

    Args:
      heard: of the robot.
      states: topic of the joints.
      robot: of habilis whose kinematics the joints have; its limits are kept to. '': none.

    Raises:
      DescriptionError: no joints, or not as many as that robot has.
      ValueError: no such robot.
    """
    name, root, joints = read_urdf(heard.description)
    unknown: list[str] = []
    topic, arm = _arm(heard, joints, unknown)
    rows = {j: _limits(j, joints[j], heard, unknown) for j in arm}
    if robot:
        _keep_to(robot, rows)
    fast = heard.rate if heard.rate > 0 else 100.0
    if heard.rate <= 0:
        unknown.append(f"the rate of {states}: nothing came; 100 Hz is a guess")
    out: dict[str, Any] = {"name": _plain_name(name)}
    out |= {"robot": robot} if robot else {}
    out |= {"joints": {j: Inline(row) for j, row in rows.items()}}
    out |= {"states": states, "state_rate": round(fast, 1)}
    out |= {"commands": {"style": "trajectory", "topic": f"{topic}/joint_trajectory",
                         "action": f"{topic}/follow_joint_trajectory",
                         "reports": f"{topic}/controller_state"}}  # fmt: skip
    if (gripper := _gripper(heard, joints, unknown)) is not None:
        out["gripper"] = gripper
    home = [heard.positions.get(j, 0.0) for j in arm]
    pairs = zip(home, rows.values(), strict=True)
    out["home"] = [round(min(max(q, row["lower"]), row["upper"]), 4) for q, row in pairs]
    out |= {"base_frame": root, "objects": "object_"}
    if cameras := _cameras(heard, unknown):
        out["cameras"] = cameras
    unknown.append(f"accelerations: descriptions do not have them; {ACCELERATION:g} is a guess")
    unknown.append("home: it is where the robot stood")
    if not robot:
        unknown.append("which habilis robot it is: its joints can be moved, plans cannot be run")
    out["source"] = f"Written by habilis ros profile --from-robot, from {DESCRIPTION}."
    out["notes"] = "Not known, check before the first motion: " + "; ".join(unknown) + "."
    return write(out)


def _arm(
    heard: Heard, joints: Mapping[str, UrdfJoint], unknown: list[str]
) -> tuple[str, list[str]]:
    """Name of the trajectory controller and its joints."""
    turning = [j for j, joint in joints.items() if joint.kind != "prismatic"]
    listed = [c for c in heard.controllers or () if c.get("type") == TRAJECTORY]
    for controller in sorted(listed, key=lambda c: -len(_joints_of(c, turning))):
        if names := _joints_of(controller, turning):
            return f"/{controller['name']}", names
    if not turning:
        raise DescriptionError("the description has no joints that turn")
    why = "nobody answered" if heard.controllers is None else "no active trajectory controller"
    unknown.append(f"the controller ({why} on {LIST}), and which joints it has")
    reported = [j for j in turning if j in heard.positions]
    return "/joint_trajectory_controller", reported or turning


def _joints_of(controller: Message, known: Sequence[str]) -> list[str]:
    """The joints a controller claims, in the order of the description."""
    keys = ("claimed_interfaces", "required_command_interfaces")
    claimed = {str(i).rpartition("/")[0] for k in keys for i in controller.get(k, ())}
    return [joint for joint in known if joint in claimed]


def _limits(name: str, joint: UrdfJoint, heard: Heard, unknown: list[str]) -> dict[str, float]:
    lower, upper, velocity = joint.lower, joint.upper, joint.velocity
    if not velocity > 0:
        velocity = 0.5
        unknown.append(f"the speed of {name}: 0.5 rad/s is a guess")
    fastest, widest = CAPS["velocity"][1], CAPS["upper"][1]
    row = {
        "lower": math.ceil(1e4 * max(lower, -widest)) / 1e4,
        "upper": math.floor(1e4 * min(upper, widest)) / 1e4,
        "velocity": math.floor(1e4 * min(velocity, fastest)) / 1e4, "acceleration": ACCELERATION,
    }  # fmt: skip
    if 0 < joint.effort <= CAPS["effort"][1]:
        row["effort"] = joint.effort
    if name not in heard.positions:
        unknown.append(f"whether {name} reports its state")
    return row


def _keep_to(robot: str, rows: dict[str, dict[str, float]]) -> None:
    """Narrow limits to those of a habilis robot; DescriptionError where the joints do not fit."""
    check_known("robot", robot, ARMS)
    arm = robot_spec(robot).arm
    if len(arm.joints) != len(rows):
        raise DescriptionError(f"{robot} has {len(arm.joints)} joints, this robot {len(rows)}")
    own = zip(arm.lower, arm.upper, arm.velocity, arm.acceleration, strict=True)
    for row, (lower, upper, velocity, acceleration) in zip(rows.values(), own, strict=True):
        row |= {
            "lower": max(row["lower"], lower), "upper": min(row["upper"], upper),
            "velocity": min(row["velocity"], velocity),
            "acceleration": min(row["acceleration"], acceleration),
        }  # fmt: skip


def _gripper(
    heard: Heard, joints: Mapping[str, UrdfJoint], unknown: list[str]
) -> dict[str, Any] | None:
    for controller in heard.controllers or ():
        kind = GRIPPERS.get(str(controller.get("type")))
        names = _joints_of(controller, list(joints))
        if kind is None or not names:
            continue
        action, joint = f"/{controller['name']}/gripper_cmd", joints[names[0]]
        if joint.kind != "prismatic":
            unknown.append(
                f"how the angle of {names[0]} goes with the opening of the gripper {action}: add"
                " it as gripper, see the profile ur5e_robotiq"
            )
            return None
        unknown.append("whether both fingers move: the opening is taken to be twice one's way")
        return {
            "action": action, "kind": kind, "joints": [names[0]], "scale": 2.0, "position": 0.5,
            "aperture": [2 * joint.lower, 2 * joint.upper],
        }  # fmt: skip
    unknown.append("a gripper: no controller of one is active")
    return None


def _cameras(heard: Heard, unknown: list[str]) -> dict[str, str]:
    """Topics of colour pictures, by the name of what publishes them."""
    if heard.images is None:
        unknown.append("cameras: rosapi does not run")
        return {}
    colour = [t for t in heard.images if "depth" not in t and "infra" not in t]
    return {_plain_name(t.strip("/").rpartition("/")[0]): t for t in sorted(colour)}


def _plain_name(text: str) -> str:
    out = "".join(c if c.isalnum() and c.isascii() else "_" for c in text).strip("_")
    return out[:60] or "robot"


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


def _call(
    transport: Transport, service: str, type: str, request: Mapping[str, Any]
) -> Message | None:
    """What a service answers; None where it does not."""
    try:
        return transport.call(service, type, request)
    except TransportError:
        return None
