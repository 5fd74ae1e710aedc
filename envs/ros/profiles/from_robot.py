"""A profile from the robot itself: what ``/robot_description`` and its controllers tell."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from habilis.assets.names import check_known
from habilis.assets.robots.registry import ARMS, robot_spec
from habilis.assets.scene.format.yaml_lines import Inline, write
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.motion import JOINT_STATE, STRING, read_joint_state
from habilis.envs.ros.messages.pictures import IMAGE
from habilis.envs.ros.profiles.profile import CAPS, WatchdogLimits
from habilis.envs.ros.profiles.urdf import DescriptionError, Urdf, UrdfJoint, frame_of
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
PERIODS = 3.0  # of the state topic that may pass without one
ACCELERATION = 5.0  # rad/s^2, for robots that do not tell, as none does


@dataclasses.dataclass(frozen=True)
class Heard:
    """What a robot told.

    Attributes:
      description: URDF.
      positions: of the joints on the state topic.
      rates: Hz at which each of them is reported, which need not be in every message.
      controllers: active ones as ``ListControllers`` has them; None where nobody answered.
      images: topics with pictures; None where nobody answered.
      space: namespace of the robot's nodes, '/cell' or ''.
    """

    description: str
    positions: Mapping[str, float]
    rates: Mapping[str, float]
    controllers: Sequence[Message] | None = None
    images: Sequence[str] | None = None
    space: str = ""


def listen(
    transport: Transport, states: str = "/joint_states", seconds: float = 3.0, space: str = ""
) -> Heard:
    """Ask a robot what it tells about itself; nothing moves.

    Args:
      transport: connected.
      states: topic of the joints.
      seconds: to listen.
      space: namespace of its description and controllers, '/cell' or ''.

    Raises:
      DescriptionError: it publishes no description.
    """
    told: list[str] = []
    heard: list[tuple[float, Message]] = []
    described = space + DESCRIPTION
    transport.subscribe(described, STRING, lambda m: told.append(str(m.get("data", ""))))
    transport.subscribe(states, JOINT_STATE, lambda m: heard.append((time.monotonic(), m)))
    listed = _call(transport, space + LIST, LIST_TYPE, {})
    images = _call(transport, IMAGES, IMAGES_TYPE, {"type": IMAGE})
    time.sleep(seconds)
    if not told:
        raise DescriptionError(
            f"nothing on {described} within {seconds:g} s; of a robot in a namespace, say which:"
            " --namespace"
        )
    positions, times = dict[str, float](), dict[str, list[float]]()
    for now, message in list(heard):
        try:
            state = read_joint_state(message)
        except MessageError:
            continue
        positions |= dict(zip(state.joints, state.q.tolist(), strict=True))
        for joint in state.joints:
            times.setdefault(joint, []).append(now)
    rates = {j: (len(t) - 1) / (t[-1] - t[0]) for j, t in times.items() if t[-1] > t[0]}
    controllers = None if listed is None else [
        c for c in listed.get("controller", ()) if c.get("state") == "active"
    ]  # fmt: skip
    topics = None if images is None else [str(t) for t in images.get("topics", ())]
    return Heard(told[-1], positions, rates, controllers, topics, space)


def profile_text(heard: Heard, states: str = "/joint_states", robot: str = "") -> str:
    """A profile as YAML, with what could not be known in its notes.

    Args:
      heard: of the robot.
      states: topic of the joints.
      robot: of habilis whose kinematics the joints have; its limits are kept to. '': none.

    Raises:
      DescriptionError: no joints, or they are not those of that robot.
      ValueError: no such robot.
    """
    urdf = Urdf(heard.description)
    joints = urdf.joints
    unknown: list[str] = []
    topic, arm = _arm(heard, joints, unknown)
    rows = {j: _limits(j, joints[j], heard, unknown) for j in arm}
    if robot:
        _keep_to(robot, rows)
    root = frame_of(urdf, arm, robot) if robot else urdf.root
    rate = min((heard.rates.get(j, 0.0) for j in arm), default=0.0)
    fast = rate if rate > 0 else 100.0
    if rate <= 0:
        unknown.append(f"the rate of {states}: nothing came; 100 Hz is a guess")
    out: dict[str, Any] = {"name": _plain_name(urdf.name)}
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
    slow = min(PERIODS / fast, CAPS["state_age"][1])
    if slow > WatchdogLimits().state_age:
        out["watch"] = {"state_age": round(slow, 3)}
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
            return f"{heard.space}/{controller['name']}", names
    if not turning:
        raise DescriptionError("the description has no joints that turn")
    why = "nobody answered" if heard.controllers is None else "no active trajectory controller"
    unknown.append(f"the controller ({why} on {heard.space}{LIST}), and which joints it has")
    reported = [j for j in turning if j in heard.positions]
    return f"{heard.space}/joint_trajectory_controller", reported or turning


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
        joint = joints[names[0]]
        action = f"{heard.space}/{controller['name']}/gripper_cmd"
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


def _call(
    transport: Transport, service: str, type: str, request: Mapping[str, Any]
) -> Message | None:
    """What a service answers; None where it does not."""
    try:
        return transport.call(service, type, request)
    except TransportError:
        return None
