"""Dry runs: what would be sent is told instead, and a robot that follows perfectly answers."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.motion import (
    FLOAT_ARRAY,
    FOLLOW,
    JOINT_STATE,
    JOINT_TRAJECTORY,
    joint_state,
    seconds,
)
from habilis.envs.ros.messages.velocity import read_velocity
from habilis.envs.ros.motion.course import Course
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import GoalEnd, Message, OnMessage
from habilis.envs.ros.transports.local import Bus, LocalGoal, LocalTransport

Say = Callable[[str], None]

EVERY = 0.5  # s between two lines about the same stream
PERIOD = 0.01  # s of the perfect robot's loop


class ToldTransport(LocalTransport):
    """A participant of a bus that tells what it sends: goals whole, streams twice a second.

    Args:
      bus: of the dry run.
      say: told each line.
    """

    def __init__(self, bus: Bus, say: Say) -> None:
        super().__init__(bus, "dry run: nothing is sent")
        self._say, self._last = say, dict[str, float]()
        self._count = dict[str, int]()

    def publish(self, topic: str, message: Message) -> None:
        """Tell the message, and let the robot of the dry run have it."""
        if isinstance(message.get("data"), str):  # among clients, and nothing that a robot takes
            super().publish(topic, message)
            return
        now = time.monotonic()
        self._count[topic] = self._count.get(topic, 0) + 1
        if now - self._last.get(topic, -EVERY) >= EVERY:
            self._last[topic] = now
            self._say(f"  would publish {topic} (no. {self._count[topic]}): {brief(message)}")
        super().publish(topic, message)

    def send_goal(
        self,
        action: str,
        type: str,
        goal: Message,
        feedback: OnMessage | None = None,
        done: Callable[[GoalEnd], None] | None = None,
    ) -> LocalGoal:
        """Tell the goal, and let the robot of the dry run have it."""
        self._say(f"  would send to {action}: {brief(goal)}")
        return super().send_goal(action, type, goal, feedback, done)

    def cancel_all(self, action: str) -> None:
        """Tell that every goal is cancelled."""
        self._say(f"  would cancel every goal of {action}")
        super().cancel_all(action)

    def post(self, service: str, type: str, request: Message) -> None:
        """Tell the call; a dry run offers none of a robot's services."""
        self._say(f"  would call {service}")


def brief(message: Message) -> str:
    """Describe a command in one line: where it leads and how long it takes."""
    trajectory = message.get("trajectory", message)
    points = trajectory.get("points")
    if points:
        last = points[-1]
        took = seconds(last["time_from_start"])
        return f"{len(points)} points, {took:.3f} s, to {_numbers(last['positions'])}"
    moving = message.get("twist", message)
    if "linear" in moving:
        return f"velocity {_numbers(read_velocity(message).tolist())}"
    for key in ("position", "data"):
        if key in message:
            values = message[key]
            return _numbers(values if isinstance(values, (list, tuple)) else [values])
    if "command" in message:
        command = message["command"]
        return f"position {command['position']:.4f}, effort at most {command['max_effort']:g}"
    return ", ".join(message) or "nothing"


def _numbers(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{v:.4f}" for v in values) + "]"


def patient(profile: Profile) -> Profile:
    """Return a profile with longer deadlines, for a robot simulated in this process.

    Such a robot stands still whenever the process is busy.
    """
    watch = dataclasses.replace(profile.watch, state_age=1.0, state_delay=1.0, command_age=2.0)
    return dataclasses.replace(profile, watch=watch)


class PerfectRobot:
    """Follows every command exactly, and says so on the state topic; joints only.

    Args:
      profile: what it looks like.
      transport: on the bus of the dry run.
      q: (n,) where it stands, rad.
    """

    def __init__(self, profile: Profile, transport: LocalTransport, q: Array) -> None:
        self._profile, self._transport = profile, transport
        still = np.zeros(len(q))
        self._course = Course(time.monotonic(), np.array(q, float), still, np.array(q, float), 1.0)
        self._lock, self._over = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="perfect robot")

    def start(self) -> None:
        """Begin to report the state of the joints."""
        profile, transport = self._profile, self._transport
        transport.connect()
        transport.advertise(profile.states, JOINT_STATE)
        topic, style = profile.commands.topic, profile.commands.style
        kinds = {
            "trajectory": (JOINT_TRAJECTORY, self._trajectory),
            "joint_state": (JOINT_STATE, lambda m: self._jump(m["position"])),
            "float_array": (FLOAT_ARRAY, lambda m: self._jump(m["data"])),
        }
        type, told = kinds[style]
        transport.subscribe(topic, type, told)
        if profile.commands.action:
            transport.serve_action(profile.commands.action, FOLLOW, lambda _: "it takes no goals")
        self._thread.start()

    def close(self) -> None:
        """Stop reporting."""
        self._over.set()
        self._thread.join()
        self._transport.close()

    def _trajectory(self, message: Message) -> None:
        (point,) = message["points"]
        now = time.monotonic()
        with self._lock:
            q, v = self._course.at(now)
            rest = np.array(point["positions"], float)
            self._course = Course(now, q, v, rest, seconds(point["time_from_start"]))

    def _jump(self, values: Sequence[float]) -> None:
        """Targets in the order in which they are sent."""
        joints = self._profile.joints
        order = self._profile.commands.order or joints
        q = np.array(values, float)[[order.index(joint) for joint in joints]]
        with self._lock:
            self._course = Course(time.monotonic() - 1.0, q, np.zeros_like(q), q, 1.0)

    def _run(self) -> None:
        while not self._over.wait(PERIOD):
            with self._lock:
                q, v = self._course.at(time.monotonic())
            self._transport.publish(
                self._profile.states, joint_state(self._profile.joints, q, v, time=time.time())
            )
