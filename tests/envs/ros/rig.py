"""A bus without threads, a clock that is moved by hand, an arm that can be made to misbehave."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import ARMS
from habilis.envs.ros.messages.motion import (
    FLOAT_ARRAY,
    FOLLOW,
    GRIPPER,
    JOINT_STATE,
    JOINT_TRAJECTORY,
    TRIGGER,
    GripperState,
    JointTrajectory,
    answer,
    follow_result,
    gripper_state,
    joint_state,
    read_float_array,
    read_follow_goal,
    read_gripper_goal,
    read_joint_state,
    read_joint_trajectory,
    ros_time,
)
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.profiles.profile import Commands, Gripper, JointLimits, Profile, Style
from habilis.envs.ros.transports.base import GoalStatus, Message, Running
from habilis.envs.ros.transports.local import Bus, LocalTransport

FR3 = ARMS["fr3"]

STEP = 0.005  # s of the clock; states come every other step
OFFSET = 1.7e9  # s of the robot's clock when ours says 0
JOINTS = tuple(f"fr3_joint{i}" for i in range(1, 8))
FINGERS = ("fr3_finger_joint1", "fr3_finger_joint2")
KINDS = {
    "trajectory": JOINT_TRAJECTORY, "joint_state": JOINT_STATE, "float_array": FLOAT_ARRAY,
}  # fmt: skip


def profile(style: Style = "trajectory", **changes: Any) -> Profile:
    """The FR3 as its ROS 2 driver shows it."""
    rows = zip(
        FR3.limb.lower,
        FR3.limb.upper,
        FR3.limb.velocity,
        FR3.limb.acceleration,
        FR3.limb.torque,
        strict=True,
    )
    base = Profile(
        name="fr3", robot="fr3", joints=JOINTS, limits=tuple(JointLimits(*row) for row in rows),
        states="/joint_states", state_rate=100.0,
        commands=Commands(
            style, "/fr3_arm_controller/joint_trajectory", 50.0, 0.3,
            "/fr3_arm_controller/follow_joint_trajectory" if style == "trajectory" else "",
        ),
        gripper=Gripper("/fr3_gripper/gripper_action", FINGERS),
        home=FR3.limb.home, stop="/fr3/stop", base_frame="fr3_link0", objects="object/",
    )  # fmt: skip
    return dataclasses.replace(base, **changes)


class Direct(LocalTransport):
    """Delivers at once, on the caller's thread; notes of which actions all goals were cancelled."""

    def __init__(self, bus: Bus, name: str = "in this process") -> None:
        super().__init__(bus, name)
        self.cancelled: list[str] = []

    def cancel_all(self, action: str) -> None:
        self.cancelled.append(action)
        super().cancel_all(action)

    def connect(self, timeout: float = 5.0) -> None:
        self._up = True

    def post_here(self, told: Callable[..., Any], *args: Any) -> None:
        told(*args)


class Clock:
    """s; ``sleep`` moves it on in small steps and calls ``each`` at every one."""

    def __init__(self) -> None:
        self.time = 100.0
        self.each: list[Callable[[], None]] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        end = self.time + seconds
        while self.time < end:
            self.time = min(self.time + STEP, end)
            for call in self.each:
                call()


class FakeArm:
    """Does exactly as it is told, and publishes its state every 10 ms.

    Attributes:
      q, qd: (7,) where it is, rad, and how fast.
      heard: (time, message) of every command.
      mangle: changes a state message before it is published; None swallows it.
      stuck: it does not move.
    """

    def __init__(self, profile: Profile, bus: Bus, clock: Clock) -> None:
        self.profile, self.clock = profile, clock
        self.transport = Direct(bus, "the arm")
        self.transport.connect()
        self.q, self.qd = np.array(FR3.limb.home), np.zeros(7)
        self.effort = np.zeros(7)
        self.opening, self.stuck, self.stops = 0.08, False, 0
        self.heard: list[tuple[float, Message]] = []
        self.goals: list[Running] = []
        self.grips: list[float] = []
        self.grip_goals: list[Running] = []
        self.take_goals, self.end_goals = True, True
        self.mangle: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda m: m
        self._plan: list[tuple[float, Array, Array]] = []
        self._goal: Running | None = None
        self._next, self._then = 0.0, clock()
        t = self.transport
        t.advertise(profile.states, JOINT_STATE)
        t.subscribe(profile.commands.topic, KINDS[profile.commands.style], self._hear)
        if profile.commands.action:
            t.serve_action(profile.commands.action, FOLLOW, self._take)
        if profile.gripper is not None and not profile.gripper.on_off:
            t.serve_action(profile.gripper.action, GRIPPER, self._grip)
        t.serve(profile.stop, TRIGGER, self._stop)

    def step(self) -> None:
        """Follow what was told up to now."""
        now = self.clock()
        if self._goal is not None and self._goal.cancelled:
            self._plan, goal, self._goal = [], self._goal, None
            if self.end_goals:
                goal.end(GoalStatus.CANCELED, follow_result())
        before = self.q
        if not self.stuck and self._plan:
            self.q = self._at(now)
        if now > self._then + 1e-6:
            self.qd, self._then = (self.q - before) / (now - self._then), now
        if self._goal is not None and now >= self._plan[-1][0] and self.end_goals:
            goal, self._goal = self._goal, None
            goal.end(GoalStatus.SUCCEEDED, follow_result())
        if now >= self._next - 1e-9:
            self._next = now + 0.01
            self.publish()

    def publish(self) -> None:
        """Its state, as a driver does."""
        half = self.opening / 2
        message = self.mangle(
            joint_state(
                (*self.profile.joints, *FINGERS), [*self.q, half, half], [*self.qd, 0, 0],
                [*self.effort, 0, 0], self.clock() + OFFSET,
            )
        )  # fmt: skip
        if message is not None:
            self.transport.publish(self.profile.states, message)

    def _hear(self, message: Message) -> None:
        now = self.clock()
        self.heard.append((now, message))
        style = self.profile.commands.style
        if style == "trajectory":
            self._replace(read_joint_trajectory(message), now)
        elif style == "joint_state":
            self._plan = [(now, read_joint_state(message).q, np.zeros(7))]
        else:
            self._plan = [(now, read_float_array(message, 7), np.zeros(7))]

    def _replace(self, trajectory: JointTrajectory, now: float) -> None:
        assert trajectory.joints == self.profile.joints and trajectory.time == 0.0
        here = (now, self._at(now) if self._plan else self.q, self._speed(now))
        rows = [(now + p.time, p.q, p.qd) for p in trajectory.points]
        self._plan = [here, *((t, q, np.zeros(7) if v is None else v) for t, q, v in rows)]

    def _take(self, goal: Running) -> str:
        if not self.take_goals:
            return "no"
        self.goals.append(goal)
        self._goal = goal
        self._replace(read_follow_goal(goal.goal).trajectory, self.clock())
        return ""

    def _grip(self, goal: Running) -> str:
        position, _ = read_gripper_goal(goal.goal)
        self.grips.append(position)
        self.grip_goals.append(goal)
        return ""

    def end_grip(self, opening: float, stalled: bool) -> None:
        """Finish the last goal of the gripper."""
        self.opening = opening
        result = gripper_state(GripperState(opening / 2, 40.0, stalled, not stalled))
        self.grip_goals[-1].end(GoalStatus.SUCCEEDED, result)

    def _stop(self, request: Message) -> Message:
        self.stops += 1
        return answer(True, "")

    def _at(self, now: float) -> Array:
        return spline(self._plan, now)[0]

    def _speed(self, now: float) -> Array:
        return spline(self._plan, now)[1] if self._plan else np.zeros(7)


def spline(plan: list[tuple[float, Array, Array]], now: float) -> tuple[Array, Array]:
    """Joints and speeds of a plan of (time, q, qd) at a time: cubic between points."""
    if now >= plan[-1][0]:
        return plan[-1][1], np.zeros_like(plan[-1][1])
    k = next(i for i, row in enumerate(plan) if row[0] > now)
    if k == 0:
        return plan[0][1], plan[0][2]
    (t0, a, u), (t1, b, v) = plan[k - 1], plan[k]
    h = t1 - t0
    s = (now - t0) / h
    c2, c3 = 3 * (b - a) - h * (2 * u + v), 2 * (a - b) + h * (u + v)
    return a + s * (h * u + s * (c2 + s * c3)), (h * u + s * (2 * c2 + 3 * s * c3)) / h


class Rig:
    """An arm, and the joints that command it, connected but not armed.

    The watchdog has no thread: it looks at every step of the clock.
    """

    def __init__(self, style: Style = "trajectory", **changes: Any) -> None:
        self.bus, self.clock = Bus(), Clock()
        self.profile = profile(style, **changes)
        self.arm = FakeArm(self.profile, self.bus, self.clock)
        self.transport = Direct(self.bus, "us")
        self.joints = RosJoints(
            self.profile, self.transport, clock=self.clock, sleep=self.clock.sleep
        )
        self.clock.each += [self.arm.step, self.joints.look]

    def connected(self) -> Rig:
        self.joints.connect()
        self.clock.sleep(0.3)
        return self

    def armed(self) -> Rig:
        self.connected()
        self.joints.arm()
        return self

    def swing(self, seconds: float, speed: float = 0.5) -> None:
        """Move joint 1 at a speed."""
        for _ in range(round(seconds / self.joints.period)):
            q = self.joints.limiter.q[0].copy()
            q[0] += speed * self.joints.period
            self.joints.send(q)


def follow_goal(
    trajectory: Message,
    path: Mapping[str, float] | None = None,
    goal: Mapping[str, float] | None = None,
    goal_time: float = 0.0,
) -> dict[str, Any]:
    """Goal of FollowJointTrajectory, as a client of another make sends it; see ``FollowGoal``."""

    def tolerances(by_joint: Mapping[str, float] | None) -> list[dict[str, Any]]:
        none = {"velocity": 0.0, "acceleration": 0.0}
        return [{"name": n, "position": float(v), **none} for n, v in (by_joint or {}).items()]

    return {
        "trajectory": dict(trajectory),
        "path_tolerance": tolerances(path),
        "goal_tolerance": tolerances(goal),
        "goal_time_tolerance": ros_time(goal_time),
    }
