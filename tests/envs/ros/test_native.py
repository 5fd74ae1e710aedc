"""The transport over rclpy: its tests run in a process in which a ROS 2 is sourced."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from typing import Any

import pytest
from tests.envs.ros.stack import NATIVE, ROOT, Stack

from habilis.envs.ros.conversion import from_dict, load, to_dict
from habilis.envs.ros.transport import TransportError

SUITES = ("test_native.py", "test_transports.py", "test_arm.py")
sourced = pytest.mark.skipif(not NATIVE, reason="in a process in which a ROS is sourced")


@pytest.mark.skipif(NATIVE, reason="this is that process")
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the ROS wheels are for Python 3.11")
def test_what_every_transport_promises_holds_over_rclpy(stack: Stack) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    script = f'source "{stack.ros}/env.sh" && export PYTHONPATH="$HABILIS_PATH" && exec "$@"'
    suites = [str(ROOT / "tests/envs/ros" / name) for name in SUITES]
    pytest_ = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    child = subprocess.run(
        ["bash", "-c", script, "bash", *pytest_, *suites],
        cwd=ROOT,
        env={
            **kept,
            "HABILIS_PATH": os.environ.get("PYTHONPATH", ""),
            "HABILIS_ROS_NATIVE": "1",
            "ROS_DOMAIN_ID": str(stack.domain),
        },
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert child.returncode == 0, child.stdout + child.stderr
    assert "passed" in child.stdout


@sourced
def test_messages_are_dicts_and_back() -> None:
    state = {
        "header": {"stamp": {"sec": 1, "nanosec": 2}, "frame_id": "f"},
        "name": ["a"],
        "position": [0.5],
        "velocity": [],
        "effort": [],
    }
    kind = load("sensor_msgs/msg/JointState")
    assert to_dict(from_dict(kind, state)) == state
    pose = {"transforms": [{"child_frame_id": "milk"}]}
    poses = to_dict(from_dict(load("tf2_msgs/msg/TFMessage"), pose))["transforms"]
    assert poses[0]["child_frame_id"] == "milk" and poses[0]["transform"]["rotation"]["w"] == 1.0
    image = from_dict(load("sensor_msgs/msg/Image"), {"data": b"abc"})
    assert to_dict(image)["data"] == b"abc"
    uuid = {"goal_info": {"goal_id": {"uuid": bytes(range(16))}}}
    request = from_dict(load("action_msgs/srv/CancelGoal").Request, uuid)
    assert to_dict(request)["goal_info"]["goal_id"] == {"uuid": bytes(range(16))}
    assert math.isnan(from_dict(kind, {"position": [None]}).position[0])


@sourced
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"positions": []}, "has no field 'positions'.*position, velocity"),
        ({"header": {"stamp": {"sec": "x"}}}, r"JointState.header.stamp.sec is a int32, not 'x'"),
        ({"header": 1}, "JointState.header is a std_msgs/Header, not 1"),
        ({"name": [1]}, "JointState.name is a sequence<string>"),
        ({"position": ["x"]}, "JointState.position is a sequence<double>"),
    ],
)
def test_values_that_do_not_fit_are_named(values: dict[str, Any], words: str) -> None:
    with pytest.raises(TransportError, match=words):
        from_dict(load("sensor_msgs/msg/JointState"), values)


@pytest.mark.parametrize("name", ["no_such_msgs/msg/Thing", "sensor_msgs/JointState", "x"])
def test_a_type_that_is_not_here_is_named(name: str) -> None:
    with pytest.raises(TransportError, match=name):
        load(name)
