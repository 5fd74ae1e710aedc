"""A base of genuine ROS 2: takes each velocity at once, and tells where it is at 50 Hz.

Runs in the environment that setup.sh builds. Where nothing comes for TIMEOUT seconds, it stands, as
a diff_drive_controller does whose cmd_vel_timeout that is.
"""

from __future__ import annotations

import argparse
import math
import time

import rclpy
from geometry_msgs.msg import TwistStamped
from nav_msgs.msg import Odometry
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

PERIOD = 0.02  # s


class Base(Node):  # type: ignore[misc]
    def __init__(self, timeout: float) -> None:
        super().__init__("base")
        self.timeout, self.heard, self.last = timeout, -math.inf, time.monotonic()
        self.x = self.y = self.heading = self.forward = self.turning = 0.0
        self.create_subscription(TwistStamped, "/cmd_vel", self.take, 10)
        self.odometry = self.create_publisher(Odometry, "/odom", 10)
        self.create_timer(PERIOD, self.tick)

    def take(self, message: TwistStamped) -> None:
        self.go()
        self.heard = time.monotonic()
        self.forward, self.turning = message.twist.linear.x, message.twist.angular.z

    def go(self) -> None:
        """On to now, at the velocity that it has, but for no longer than the timeout allows."""
        now = time.monotonic()
        moves = max(0.0, min(now, self.heard + self.timeout) - self.last)
        self.x += moves * self.forward * math.cos(self.heading)
        self.y += moves * self.forward * math.sin(self.heading)
        self.heading += moves * self.turning
        self.last = now
        if now > self.heard + self.timeout:
            self.forward = self.turning = 0.0

    def tick(self) -> None:
        self.go()
        told = Odometry(child_frame_id="base_link")
        told.header.frame_id, told.header.stamp = "odom", self.get_clock().now().to_msg()
        told.pose.pose.position.x, told.pose.pose.position.y = self.x, self.y
        told.pose.pose.orientation.z = math.sin(self.heading / 2)
        told.pose.pose.orientation.w = math.cos(self.heading / 2)
        told.twist.twist.linear.x, told.twist.twist.angular.z = self.forward, self.turning
        self.odometry.publish(told)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--timeout", type=float, default=0.25)
    rclpy.init()
    base = Base(parser.parse_args().timeout)
    print("base ready", flush=True)
    try:
        rclpy.spin(base)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


if __name__ == "__main__":
    main()
