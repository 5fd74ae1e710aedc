"""Messages of rclpy as dicts; test_native.py runs this in a process in which a ROS 2 is sourced."""

from __future__ import annotations

import math
from typing import Any

import pytest

from habilis.envs.ros.messages.conversion import from_dict, load, to_dict
from habilis.envs.ros.transports.base import TransportError


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
