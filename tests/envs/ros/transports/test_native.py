"""The transport over rclpy: its tests run in a process in which a ROS 2 is sourced."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.envs.ros.stack import ROOT, Stack

from habilis.envs.ros.messages.conversion import load
from habilis.envs.ros.transports.base import TransportError

SUITES = ("sourced.py", "test_transports.py", "test_arm.py")


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the ROS wheels are for Python 3.11")
def test_what_every_transport_promises_holds_over_rclpy(stack: Stack) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    script = f'source "{stack.ros}/env.sh" && export PYTHONPATH="$HABILIS_PATH" && exec "$@"'
    suites = [str(ROOT / "tests/envs/ros/transports" / name) for name in SUITES]
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


@pytest.mark.parametrize("name", ["no_such_msgs/msg/Thing", "sensor_msgs/JointState", "x"])
def test_a_type_that_is_not_here_is_named(name: str) -> None:
    with pytest.raises(TransportError, match=name):
        load(name)
