"""A robot of genuine ROS 2: an arm behind a JointTrajectoryController, a gripper, things in /tf.

Runs in the environment that setup.sh builds. What `/fault` (std_msgs/String) says goes wrong with
it: see FAULTS; several hold at once, 'none' mends everything. `/faulty` repeats what holds now.
"""

from __future__ import annotations

import argparse
import collections
import math
import threading
import time
from typing import Any

import rclpy
from builtin_interfaces.msg import Time
from control_msgs.action import FollowJointTrajectory, GripperCommand
from geometry_msgs.msg import TransformStamped
from peer_motion import Point, Refused, check, sample
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectory

FAULTS = {
    "freeze_stamps": "states keep the stamp of the moment",
    "freeze_values": "states keep the values of the moment",
    "silence": "no states",
    "delay": "states come SECONDS late",
    "drop": "states leave out JOINT",
    "nan": "states say NaN for JOINT",
    "order": "states list the joints the other way round",
    "time_jump": "stamps are SECONDS off",
    "ignore": "commands and goals are taken, nothing moves, nothing ends",
    "reject": "goals are rejected",
    "stick": "JOINT does not move: goals end by tolerance",
}
PATH_TOLERANCE = 0.2  # rad
MONITOR_RATE = 20.0  # Hz of feedback
RESULT = FollowJointTrajectory.Result


def read(point: Any) -> Point:
    time = point.time_from_start
    return Point(time.sec + time.nanosec * 1e-9, list(point.positions), list(point.velocities))


class Arm:
    """Joints that follow a trajectory, and the goal that it belongs to."""

    def __init__(self, joints: list[str], home: list[float]) -> None:
        self.joints, self.lock = joints, threading.RLock()
        self.q, self.qd, self.desired = list(home), [0.0] * len(home), list(home)
        self.points: list[Point] = []
        self.start, self.started = Point(0.0, list(home), []), 0.0
        self.stuck: set[str] = set()
        self.deaf = False

    def take(self, names: list[str], points: list[Any], start: float) -> None:
        taken = check(self.joints, names, [read(point) for point in points])
        with self.lock:
            if not self.deaf:
                self.points, self.started = taken, start
                self.start = Point(0.0, list(self.desired), list(self.qd))

    def hold(self) -> None:
        with self.lock:
            self.points, self.desired, self.qd = [], list(self.q), [0.0] * len(self.q)

    def tick(self, now: float) -> None:
        with self.lock:
            if self.points:
                self.desired, self.qd = sample(self.start, self.points, now - self.started)
            for i, joint in enumerate(self.joints):
                if joint not in self.stuck:
                    self.q[i] = self.desired[i]

    def left(self, now: float) -> float:
        """s until the trajectory ends."""
        return self.points[-1].time - (now - self.started) if self.points else 0.0


class Robot(Node):  # type: ignore[misc]
    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__("peer")
        self.options, self.group = options, ReentrantCallbackGroup()
        self.arm = Arm(options.joints, options.home)
        self.width, self.faults = 0.04, dict[str, str]()
        self.frozen: dict[str, Any] = {}
        self.late: collections.deque[tuple[float, JointState]] = collections.deque()
        self.goals: list[Any] = []  # the newest is followed
        self.offer()

    def offer(self) -> None:
        o, group = self.options, {"callback_group": self.group}
        states = qos_profile_sensor_data if o.best_effort else QoSProfile(depth=10)
        self.states = self.create_publisher(JointState, "/joint_states", states)
        self.tf = self.create_publisher(TFMessage, "/tf", 10)
        self.image = self.create_publisher(Image, "/camera/image", qos_profile_sensor_data)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.about = self.create_publisher(String, "/robot_description", latched)
        self.about.publish(String(data="<robot/>"))
        self.faulty = self.create_publisher(String, "/faulty", 10)
        self.echo = self.create_publisher(JointState, "/echo", 10)
        self.create_subscription(JointState, "/ping", self.echo.publish, 10, **group)
        self.create_subscription(String, "/fault", self.on_fault, 10, **group)
        topic = f"{o.controller}/joint_trajectory"
        self.create_subscription(JointTrajectory, topic, self.on_trajectory, 1, **group)
        self.create_service(Trigger, "/stop", self.on_stop, **group)
        self.follower = ActionServer(
            self,
            FollowJointTrajectory,
            f"{o.controller}/follow_joint_trajectory",
            self.follow,
            goal_callback=self.on_goal,
            handle_accepted_callback=self.on_accepted,
            cancel_callback=lambda goal: CancelResponse.ACCEPT,
            **group,
        )
        self.gripper = ActionServer(self, GripperCommand, o.gripper, self.grip, **group)

    # What is asked of it.

    def on_fault(self, message: String) -> None:
        name, _, value = message.data.partition(" ")
        if name == "none":
            self.faults, self.frozen = {}, {}
        else:
            self.faults = {**self.faults, name: value}
        stick = self.faults.get("stick")
        self.arm.stuck, self.arm.deaf = {stick} if stick else set(), "ignore" in self.faults
        self.faulty.publish(message)

    def on_stop(self, request: Any, response: Any) -> Any:
        self.arm.hold()
        self.goals = []
        response.success, response.message = True, "holding"
        return response

    def on_trajectory(self, message: JointTrajectory) -> None:
        try:
            self.arm.take(list(message.joint_names), message.points, time.monotonic())
        except Refused as error:
            self.get_logger().error(f"ignored: {error}")

    def on_goal(self, goal: Any) -> Any:
        names, points = list(goal.trajectory.joint_names), goal.trajectory.points
        try:
            check(self.arm.joints, names, [read(point) for point in points])
        except Refused as error:
            self.get_logger().error(f"rejected: {error}")
            return GoalResponse.REJECT
        return GoalResponse.REJECT if "reject" in self.faults else GoalResponse.ACCEPT

    def on_accepted(self, handle: Any) -> None:
        trajectory = handle.request.trajectory
        self.goals = [handle]  # whatever was followed is not any more
        self.arm.take(list(trajectory.joint_names), trajectory.points, time.monotonic())
        handle.execute()

    def follow(self, handle: Any) -> Any:
        path = {t.name: t.position for t in handle.request.path_tolerance}
        while True:
            now = time.monotonic()
            with self.arm.lock:
                q, desired, left = list(self.arm.q), list(self.arm.desired), self.arm.left(now)
            error = [a - b for a, b in zip(desired, q, strict=True)]
            if handle.is_cancel_requested:
                self.arm.hold()
                handle.canceled()
                return RESULT(error_string="canceled: holding position")
            if handle not in self.goals:
                handle.abort()
                return RESULT(error_code=RESULT.INVALID_GOAL, error_string="replaced or stopped")
            for joint, off in zip(self.arm.joints, error, strict=True):
                if abs(off) > path.get(joint, PATH_TOLERANCE):
                    self.arm.hold()
                    handle.abort()
                    code = RESULT.PATH_TOLERANCE_VIOLATED
                    return RESULT(error_code=code, error_string=f"{joint} is {off:.3f} rad off")
            self.tell(handle, desired, q, error)
            if left <= 0.0 and not self.arm.deaf:
                handle.succeed()
                return RESULT(error_string="Goal successfully reached!")
            self.nap(handle, min(1.0 / MONITOR_RATE, max(left, 0.005)))

    def nap(self, handle: Any, duration: float) -> None:
        """Sleeps, unless asked to cancel."""
        end = time.monotonic() + duration
        while time.monotonic() < end and not handle.is_cancel_requested:
            time.sleep(0.005)

    def tell(self, handle: Any, desired: Any, actual: Any, error: Any) -> None:
        feedback = FollowJointTrajectory.Feedback(joint_names=self.arm.joints)
        feedback.header.stamp = self.get_clock().now().to_msg()
        feedback.desired.positions = desired
        feedback.actual.positions = actual
        feedback.error.positions = error
        handle.publish_feedback(feedback)

    def grip(self, handle: Any) -> Any:
        target = min(max(2 * handle.request.command.position, 0.0), 0.08)
        while abs(target - self.width) > 1e-4 and not handle.is_cancel_requested:
            self.width += min(max(target - self.width, -0.002), 0.002)
            time.sleep(0.02)
        (handle.canceled if handle.is_cancel_requested else handle.succeed)()
        return GripperCommand.Result(position=self.width / 2, reached_goal=True)

    # What it tells.

    def run(self) -> None:
        """Control and states, in real time; on a thread of its own, free of the executor's."""
        period, next_, count = 1.0 / self.options.rate, time.monotonic(), 0
        while rclpy.ok():
            self.arm.tick(time.monotonic())
            try:
                self.publish(count)
            except Exception:  # shut down in between
                if rclpy.ok():
                    raise
            count += 1
            next_ += period
            time.sleep(max(0.0, next_ - time.monotonic()))

    def publish(self, count: int) -> None:
        if "silence" not in self.faults:
            due = time.monotonic() + float(self.faults.get("delay") or 0.0)
            self.late.append((due, self.state()))
        while self.late and self.late[0][0] <= time.monotonic():
            self.states.publish(self.late.popleft()[1])
        if count % 5 == 0:
            self.tf.publish(TFMessage(transforms=self.poses()))
        if count % 20 == 0:
            pixels = bytes((count + i) % 256 for i in range(4 * 3 * 3))
            self.image.publish(
                Image(height=3, width=4, encoding="rgb8", step=12, data=list(pixels))
            )

    def state(self) -> JointState:
        faults, o = self.faults, self.options
        names = [*self.arm.joints, *o.fingers]
        with self.arm.lock:
            values = [*self.arm.q, *[self.width / 2 for _ in o.fingers]]
            speeds = [*self.arm.qd, *[0.0 for _ in o.fingers]]
        if "freeze_values" in faults:
            values = self.frozen.setdefault("values", values)
        if faults.get("nan") in names:
            values[names.index(faults["nan"])] = math.nan
        told = [i for i, name in enumerate(names) if name != faults.get("drop")]
        if "order" in faults:
            told.reverse()
        state = JointState(name=[names[i] for i in told])
        state.position = [values[i] for i in told]
        state.velocity = [speeds[i] for i in told]
        state.header.stamp = self.stamp()
        return state

    def stamp(self) -> Time:
        now = self.get_clock().now().nanoseconds
        if "freeze_stamps" in self.faults:
            now = self.frozen.setdefault("stamp", now)
        now += int(float(self.faults.get("time_jump") or 0.0) * 1e9)
        return Time(sec=now // 10**9, nanosec=now % 10**9)

    def poses(self) -> list[TransformStamped]:
        poses = []
        for name, x, y, z in self.options.objects:
            pose = TransformStamped(child_frame_id=name)
            pose.header.stamp, pose.header.frame_id = self.stamp(), self.options.base
            at = pose.transform.translation
            at.x, at.y, at.z = x, y, z
            poses.append(pose)
        return poses


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    names, home = ",".join(f"fr3_joint{i}" for i in range(1, 8)), "0,-0.785,0,-2.356,0,1.571,0.785"
    parser.add_argument("--joints", default=names, type=lambda text: text.split(","))
    parser.add_argument("--home", default=home, type=lambda t: [float(v) for v in t.split(",")])
    parser.add_argument("--controller", default="/fr3_arm_controller")
    parser.add_argument("--gripper", default="/fr3_gripper/gripper_action")
    fingers = "fr3_finger_joint1,fr3_finger_joint2"
    parser.add_argument("--fingers", default=fingers, type=lambda t: t.split(",") if t else [])
    parser.add_argument("--base", default="base")
    parser.add_argument("--objects", default="milk:0.5:0:0.05,hammer:0.4:0.2:0.01", type=objects)
    parser.add_argument("--rate", default=100.0, type=float, help="Hz of states and control")
    parser.add_argument("--best-effort", action="store_true", help="states as sensor data")
    return parser.parse_args()


def objects(text: str) -> list[tuple[str, float, float, float]]:
    parts = [item.split(":") for item in text.split(",") if item]
    return [(name, float(x), float(y), float(z)) for name, x, y, z in parts]


def main() -> None:
    rclpy.init()
    robot = Robot(options())
    executor = MultiThreadedExecutor(4)
    executor.add_node(robot)
    threading.Thread(target=robot.run, daemon=True).start()
    print("peer ready", flush=True)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


if __name__ == "__main__":
    main()
