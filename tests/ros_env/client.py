"""What a user's own ROS 2 node does: one request of genuine rclpy, its answers as lines of JSON."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import rclpy
from control_msgs.action import FollowJointTrajectory
from rclpy.action import ActionClient
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger
from trajectory_msgs.msg import JointTrajectoryPoint


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def until(node: Node, over: Callable[[], bool], timeout: float = 10.0) -> None:
    end = time.monotonic() + timeout
    while not over():
        if time.monotonic() > end:
            raise SystemExit("timed out")
        rclpy.spin_once(node, timeout_sec=0.01)


def trigger(node: Node, name: str) -> None:
    client = node.create_client(Trigger, name)
    until(node, client.service_is_ready)
    answer = client.call_async(Trigger.Request())
    until(node, answer.done)
    say(success=answer.result().success, message=answer.result().message)


def switch(node: Node, name: str, on: bool) -> None:
    client = node.create_client(SetBool, name)
    until(node, client.service_is_ready)
    answer = client.call_async(SetBool.Request(data=on))
    until(node, answer.done)
    say(success=answer.result().success, message=answer.result().message)


def tell(node: Node, name: str, on: bool) -> None:
    topic = node.create_publisher(Bool, name, 1)
    until(node, lambda: topic.get_subscription_count() > 0)
    topic.publish(Bool(data=on))
    assert topic.wait_for_all_acked()
    say(told=on)


def listen(node: Node, name: str, count: int) -> None:
    heard: list[JointState] = []
    node.create_subscription(JointState, name, heard.append, 10)
    say(ready=True)
    until(node, lambda: len(heard) >= count)
    for state in heard:
        say(name=list(state.name), position=list(state.position))


def follow(node: Node, name: str, joints: list[str], duration: float, cancel: float) -> None:
    client = ActionClient(node, FollowJointTrajectory, name)
    until(node, client.server_is_ready)
    goal = FollowJointTrajectory.Goal()
    goal.trajectory.joint_names = joints
    point = JointTrajectoryPoint(positions=[0.5] * len(joints))
    point.time_from_start.sec, point.time_from_start.nanosec = divmod(int(duration * 1e9), 10**9)
    goal.trajectory.points = [point]
    count = [0]
    told = client.send_goal_async(goal, lambda _: count.__setitem__(0, count[0] + 1))
    until(node, told.done)
    handle = told.result()
    say(accepted=handle.accepted)
    if handle.accepted:
        result = handle.get_result_async()
        if cancel > 0:
            end = time.monotonic() + cancel
            until(node, lambda: time.monotonic() > end)
            handle.cancel_goal_async()
        until(node, result.done)
        text = result.result().result.error_string
        say(status=result.result().status, error=text, feedbacks=count[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("trigger", "switch", "tell", "listen", "follow"))
    parser.add_argument("name", help="of the service, topic or action")
    parser.add_argument("--joints", default="a,b", type=lambda text: text.split(","))
    parser.add_argument("--duration", default=1.0, type=float, help="s of the trajectory")
    parser.add_argument("--cancel", default=0.0, type=float, help="s after which it is cancelled")
    parser.add_argument("--off", action="store_true", help="switch off, or tell False")
    parser.add_argument("--count", default=1, type=int, help="of messages")
    args = parser.parse_args()
    rclpy.init()
    node = Node("user")
    if args.what == "trigger":
        trigger(node, args.name)
    elif args.what == "switch":
        switch(node, args.name, not args.off)
    elif args.what == "tell":
        tell(node, args.name, not args.off)
    elif args.what == "listen":
        listen(node, args.name, args.count)
    else:
        follow(node, args.name, args.joints, args.duration, args.cancel)


if __name__ == "__main__":
    main()
