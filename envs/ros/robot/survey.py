"""What answers on a robot's topics and actions, joint by joint, without moving anything."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from habilis.envs.ros.messages.frames import FrameTree
from habilis.envs.ros.messages.motion import CONTROLLER_STATE, JOINT_STATE, STRING, TF, seconds
from habilis.envs.ros.motion.commander import desk
from habilis.envs.ros.motion.streams import KINDS
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.tags.file import TagFile
from habilis.envs.ros.tags.tracker import TagTracker
from habilis.envs.ros.transports.base import CANCEL_GOAL, Message, Transport, TransportError

GRACE = 0.7
"""Share of the rate a profile promises below which a joint counts as slow,"""
ENOUGH = 8.0  # messages within the deadline of the watchdog, from which on it is fast enough
ANSWER = 3.0  # s that a controller may take to answer
PARAMETERS, BOOLEAN = "rcl_interfaces/srv/GetParameters", 1


@dataclasses.dataclass(frozen=True)
class JointRow:
    """How one joint reports.

    Attributes:
      name: ROS joint name.
      position: the last one, rad (m for a finger); NaN if none came.
      velocity, effort: whether they are reported.
      rate: Hz.
      delay: median by which messages arrive later than the quickest one, s; NaN unknown.
      worst: the longest time between two messages, s.
      fault: what is wrong, or ''.
    """

    name: str
    position: float
    velocity: bool
    effort: bool
    rate: float
    delay: float
    worst: float
    fault: str


@dataclasses.dataclass(frozen=True)
class Survey:
    """What was found.

    Attributes:
      joints: of the profile, then those of the gripper.
      others: joints on the state topic that the profile does not name.
      offset: clock of the robot minus ours, s, as far as the quickest message tells; NaN unknown.
      action: how the trajectory action answered, '' if it is as it must be.
      parameters: what of the controller's parameters is in the way, or ''.
      commander: who commands the robot meanwhile, or ''.
      frames: of ``/tf`` below the profile's prefix.
      reports: how often the controller told what it asks of the joints, Hz.
      help: by action that homes the gripper or recovers the arm, why it does not answer, or ''.
      seconds: of listening.
      tagged: by thing with tags, where it is and how well that is known, or why it is not.
      unseen: the things among them that could not be located.
    """

    joints: tuple[JointRow, ...]
    others: tuple[str, ...]
    offset: float
    action: str
    parameters: str
    commander: str
    frames: tuple[str, ...]
    seconds: float
    tagged: Mapping[str, str] = dataclasses.field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    help: Mapping[str, str] = dataclasses.field(default_factory=dict)
    reports: float = 0.0

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is in the way of a first motion."""
        rows = [f"{j.name}: {j.fault}" for j in self.joints if j.fault]
        rows += [self.tagged[name] for name in self.unseen]
        return (*rows, *(w for w in (self.action, self.parameters, self.commander) if w))


class _Ear:
    """Keeps when what was heard of each joint."""

    def __init__(self) -> None:
        self.heard: dict[str, list[tuple[float, float, float]]] = {}  # arrival, stamp, position
        self.has: dict[str, tuple[bool, bool]] = {}
        self.frames: set[str] = set()
        self.commander = ""
        self.reports = 0
        self.over = False

    def state(self, message: Message) -> None:
        now = time.time()
        if self.over:
            return
        stamp = seconds(message.get("header", {}).get("stamp", {}))
        names = list(message.get("name", ()))
        values = list(message.get("position", ()))
        speed, effort = (len(message.get(k, ())) == len(names) for k in ("velocity", "effort"))
        for k, name in enumerate(names):
            value = float("nan") if k >= len(values) or values[k] is None else float(values[k])
            self.heard.setdefault(name, []).append((now, stamp, value))
            self.has[name] = (speed, effort)

    def report(self, message: Message) -> None:
        self.reports += not self.over

    def command(self, message: Message) -> None:
        self.commander = "somebody sends commands"

    def claim(self, message: Message) -> None:
        if str(message.get("data", "")).startswith("armed"):
            self.commander = "another habilis commands this robot"

    def transforms(self, message: Message) -> None:
        if not self.over:
            self.frames |= {str(t["child_frame_id"]) for t in message.get("transforms", ())}


def survey(
    profile: Profile, transport: Transport, listen: float = 3.0, tags: TagFile | None = None
) -> Survey:
    """Listen for a while, and ask the controller what it answers without moving anything.

    Args:
      profile: what ought to be there.
      transport: connected.
      listen: s.
      tags: on things, which the profile's cameras look for.

    Raises:
      ValueError: the tags do not go with the profile's cameras.
    """
    ear = _Ear()
    transport.subscribe(profile.states, JOINT_STATE, ear.state)
    transport.subscribe("/tf", TF, ear.transforms)
    commands = profile.commands
    transport.subscribe(commands.topic, KINDS[commands.style], ear.command)
    transport.subscribe(desk(profile), STRING, ear.claim)
    if commands.reports:
        transport.subscribe(commands.reports, CONTROLLER_STATE, ear.report)
    action = commands.action
    answer = _ask(action, transport) if action else ""
    parameters = _parameters(profile, transport)
    homing = profile.gripper.homing if profile.gripper else ""
    helpful = [name for name in (profile.recovery, homing) if name]
    with contextlib.ExitStack() as stack:
        # Those that do not answer take as long as one listens.
        asking = stack.enter_context(ThreadPoolExecutor(2))
        helps = {name: asking.submit(_ask, name, transport) for name in helpful}
        tracker = None if tags is None else stack.enter_context(_tracker(profile, transport, tags))
        time.sleep(listen)
        ear.over = True  # what comes while the rows are made would look late
    tagged = {} if tracker is None or tags is None else _tagged(tracker, tags)
    unseen = tuple(name for name, (seen, _) in tagged.items() if not seen)
    lines = {name: line for name, (_, line) in tagged.items()}
    wanted = (*profile.joints, *(profile.gripper.joints if profile.gripper else ()))
    quickest = [a - s for rows in ear.heard.values() for a, s, _ in rows if s > 0]
    offset = -min(quickest) if quickest else float("nan")
    rows = tuple(_row(name, ear, profile, listen, offset) for name in wanted)
    prefix = profile.objects
    frames = sorted(f for f in ear.frames if f.startswith(prefix))
    others = tuple(sorted(set(ear.heard) - set(wanted)))
    return Survey(
        rows,
        others,
        offset,
        answer,
        parameters,
        ear.commander,
        tuple(frames),
        listen,
        lines,
        unseen,
        {name: answered.result() for name, answered in helps.items()},
        ear.reports / listen,
    )


def _tracker(profile: Profile, transport: Transport, tags: TagFile) -> TagTracker:
    """Looks for tags, with what ``/tf`` tells of the cameras."""
    frames, clock = FrameTree(), time.monotonic
    transport.subscribe("/tf", TF, lambda m: frames.take(m, clock()))
    transport.subscribe("/tf_static", TF, lambda m: frames.take(m, clock(), static=True))
    tracker = TagTracker(profile, transport, tags, frames, clock)
    tracker.start()
    return tracker


def _tagged(tracker: TagTracker, tags: TagFile) -> dict[str, tuple[bool, str]]:
    """Of each thing with tags, whether it was located, and a line about that."""
    out = {}
    for name in tags.tags:
        found, why = tracker.located.get(name), tracker.trouble(name)
        if found is None or tracker.doubtful(name):
            out[name] = (False, f"{name}: {why}")
        else:
            x, y, z = found.pose[:3, 3]
            sure = f"within {1e3 * found.spread:.1f} mm, {math.degrees(found.askew):.1f} degrees"
            fits = f"{found.views} views within {found.residual:.2f} pixels"
            out[name] = (True, f"{name}: at {x:.3f}, {y:.3f}, {z:.3f} m, {sure}; {fits}")
    return out


def _ask(action: str, transport: Transport) -> str:
    """Ask an action to cancel a goal that nobody sent: it answers, and nothing moves."""
    info = {"goal_id": {"uuid": uuid.uuid4().bytes}, "stamp": {"sec": 0, "nanosec": 0}}
    try:
        transport.call(f"{action}/_action/cancel_goal", CANCEL_GOAL, {"goal_info": info}, ANSWER)
    except TransportError as error:
        return f"{action}: nobody answers; is the controller active? ({error})"
    return ""


def _parameters(profile: Profile, transport: Transport) -> str:
    """What of the controller's parameters is in the way; '' if nothing is, or they are not told."""
    if profile.commands.style != "trajectory":
        return ""
    controller = profile.commands.topic.rpartition("/")[0]
    names = ["interpolate_from_desired_state", "open_loop_control"]
    try:
        answer = transport.call(
            f"{controller}/get_parameters", PARAMETERS, {"names": names}, ANSWER
        )
    except TransportError:
        return ""
    told = [v for v in answer.get("values", ()) if v.get("type") == BOOLEAN]
    if told and not any(v.get("bool_value") for v in told):
        return (
            f"{controller}: interpolate_from_desired_state is false: each message would begin at"
            " the measured state, and the setpoint jump; set it to true"
        )
    return ""


def _row(name: str, ear: _Ear, profile: Profile, listen: float, offset: float) -> JointRow:
    heard = ear.heard.get(name, [])
    if not heard:
        fault = f"not on {profile.states}"
        return JointRow(name, math.nan, False, False, 0.0, math.nan, math.nan, fault)
    arrivals = np.array([a for a, _, _ in heard])
    stamped = [a - s + offset for a, s, _ in heard if s > 0]
    gaps = np.diff(arrivals)
    rate = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]) if len(arrivals) > 1 else 0.0
    worst = float(gaps.max()) if gaps.size else math.nan
    delay = float(np.median(stamped)) if stamped else math.nan
    fault = _fault(name, [p for _, _, p in heard], float(rate), worst, profile)
    return JointRow(name, heard[-1][2], *ear.has[name], float(rate), delay, worst, fault)


def _fault(
    name: str, positions: Sequence[float], rate: float, worst: float, profile: Profile
) -> str:
    if not np.isfinite(positions).all():
        return "its position is not a number"
    if name not in profile.joints:
        return ""  # fingers report as they like
    limits = profile.limits[profile.joints.index(name)]
    if not limits.lower - 0.01 <= positions[-1] <= limits.upper + 0.01:
        low, high = limits.lower, limits.upper
        return f"stands at {positions[-1]:.3f} rad, outside the profile's {low:.3f} to {high:.3f}"
    if rate < min(GRACE * profile.state_rate, ENOUGH / profile.watch.state_age):
        return f"reports at {rate:.0f} Hz, the profile says {profile.state_rate:.0f}"
    if worst > profile.watch.state_age:
        allowed = profile.watch.state_age
        return f"was silent for {worst:.3f} s; the watchdog stops the robot after {allowed:g} s"
    return ""
