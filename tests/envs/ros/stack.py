"""The processes of a genuine ROS 2 that tests talk to; see tests/ros_env."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
HERE = ROOT / "tests" / "ros_env"
REQUIRED = os.environ.get("CI") == "true" or os.environ.get("HABILIS_ROS") == "required"
NATIVE = "HABILIS_ROS_NATIVE" in os.environ  # the child process of test_native.py
JOINTS = [f"fr3_joint{i}" for i in range(1, 8)]
FOLLOW = "/fr3_arm_controller/follow_joint_trajectory"
FOLLOW_TYPE = "control_msgs/action/FollowJointTrajectory"


def environment() -> tuple[Path, str]:
    """The folder of the ROS that setup.sh builds, and why it cannot be used, or ''."""
    if sys.platform != "linux":
        return Path(), "the ROS test environment is for Linux"
    script = str(HERE / "setup.sh")
    where = Path(subprocess.check_output(["bash", script, "--where"], text=True).strip())
    missing = (
        "" if (where / "ready").exists() else f"no ROS in {where}: make test-ros-env builds it"
    )
    return where, missing


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def until(true: Callable[[], Any], what: str, timeout: float = 15.0) -> None:
    """Waits until something is true."""
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, f"not within {timeout:g} s: {what}"
        time.sleep(0.005)


class Process:
    """One that does not outlive the tests, and what it printed."""

    def __init__(self, command: list[str], ros: Path, domain: int) -> None:
        guard = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        script = f'source "{ros}/env.sh" && exec "$@"'
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
        self.popen = subprocess.Popen(
            [*guard, "bash", "-c", script, "bash", *command],
            env={**kept, "ROS_DOMAIN_ID": str(domain)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        self.lines.extend(iter(self.popen.stdout.readline, ""))


class Stack:
    """A robot, and a rosbridge server beside it, in a ROS domain of their own."""

    def __init__(self, ros: Path) -> None:
        self.ros, self.domain = ros, 1 + os.getpid() % 100
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self.peer = self.start_peer()
        self.bridge = self.start_bridge()

    def start(self, *command: str) -> Process:
        return Process(list(command), self.ros, self.domain)

    def python(self, script: str, *arguments: str) -> Process:
        return self.start(str(self.ros / "venv/bin/python"), str(HERE / script), *arguments)

    def start_peer(self) -> Process:
        self.peer = self.python("peer.py")
        until(lambda: "peer ready" in self.peer.text or not self.peer.alive, "the peer")
        assert self.peer.alive, self.peer.text
        return self.peer

    def start_bridge(self) -> Process:
        self.bridge = self.start(str(self.ros / "rosbridge.sh"), "--bind", f"127.0.0.1:{self.port}")
        until(lambda: "listening" in self.bridge.text or not self.bridge.alive, "the bridge")
        assert self.bridge.alive, self.bridge.text
        return self.bridge

    def mend(self) -> None:
        """Starts again what a test has killed."""
        if not self.peer.alive:
            self.start_peer()
        if not self.bridge.alive:
            self.start_bridge()

    def user(self, *arguments: str) -> list[dict[str, Any]]:
        """What client.py, a user's own node, says."""
        client = self.python("client.py", *arguments)
        until(lambda: not client.alive, f"the end of client.py {arguments}", 30.0)
        assert client.popen.returncode == 0, client.text
        until(lambda: client.text.endswith("}\n"), "its last line")
        return [json.loads(line) for line in client.lines if line.startswith("{")]

    def ours(self, script: str, via: str) -> subprocess.Popen[bytes]:
        """A client of ours that runs a script; its argument names the transport.

        Over rclpy it is one in which this ROS is sourced, as in test_native.py.
        """
        kept = {**os.environ, "PYTHONPATH": os.pathsep.join(["src", "."])}
        command = [sys.executable, "-c", "import sys\n" + script, self.url]
        if via == "rclpy":
            own = "import os, sys\nsys.path += os.environ['ROS_SITE_PACKAGES'].split(':')\n"
            line = f'source "{self.ros}/env.sh" && export PYTHONPATH=src:. && exec "$@"'
            command = ["bash", "-c", line, "bash", sys.executable, "-c", own + script, via]
            kept["ROS_DOMAIN_ID"] = str(self.domain)
        return subprocess.Popen(command, cwd=ROOT, env=kept, stdout=subprocess.DEVNULL)

    def close(self) -> None:
        self.bridge.kill()
        self.peer.kill()


def trajectory(*poses: float, seconds: float = 0.5, joints: list[str] = JOINTS) -> dict[str, Any]:
    """A goal: all joints to one pose after the other, each in so many seconds."""
    points = []
    for i, pose in enumerate(poses, 1):
        sec, nanosec = divmod(int(i * seconds * 1e9), 10**9)
        time = {"sec": sec, "nanosec": nanosec}
        points.append({"positions": [pose] * len(joints), "time_from_start": time})
    return {"trajectory": {"joint_names": list(joints), "points": points}}
