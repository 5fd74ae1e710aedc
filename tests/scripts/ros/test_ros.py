"""habilis ros, and --robot: what is printed, what is refused, and dry runs from end to end."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from habilis.envs.ros.messages.motion import JOINT_TRAJECTORY
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot.dry import PerfectRobot
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.scripts.cli import main

TRIES = 5  # in real time, so that they differ; eight of twelve dry runs succeeded
NOBODY = "fr3@ws://127.0.0.1:1"  # no server can listen there
JOG = ("ros", "jog", NOBODY, "--dry-run")


def test_a_dry_jog_says_what_it_would_send(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*JOG, "--by", "0.02", "--speed", "0.5"]) == 0
    out = capsys.readouterr().out
    assert "no rosbridge server" in out and "from the profile's rest pose" in out
    assert "fr3_joint7: 0.7854 to 0.8054 rad" in out
    assert out.count("would publish /fr3_arm_controller/joint_trajectory") >= 2
    assert out.count("arrived within 0.000") == 2


def test_a_motion_asks_first_and_only_a_yes_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    profile, bus, sent = load_profile("fr3"), Bus(), list[object]()
    robot = PerfectRobot(profile, LocalTransport(bus), np.array(profile.home))
    robot.start()
    ear = LocalTransport(bus)
    ear.connect()
    ear.subscribe(profile.commands.topic, JOINT_TRAJECTORY, sent.append)

    def link(_: str) -> LocalTransport:
        return LocalTransport(bus)

    monkeypatch.setattr("habilis.envs.ros.profiles.spec.make_transport", link)
    for answer in ("maybe\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert main(["ros", "jog", "fr3", "--by", "0.02", "--speed", "0.5"]) == 1
        said = capsys.readouterr().out
        assert "fr3_joint7: 0.7854 to 0.8054 rad" in said and "move it?" in said
    assert not sent
    ear.close()
    robot.close()


def test_a_dry_stop_test_comes_to_rest_on_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    args = ["ros", "stop-test", NOBODY, "--dry-run", "--by", "0.3", "--speed", "0.2"]
    assert main(args) == 0
    out = capsys.readouterr().out
    assert "would cancel every goal of /fr3_arm_controller/follow_joint_trajectory" in out
    assert "at rest" in out and "the stop is latched" in out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("ros", "chek"), "did you mean 'check'"),
        (("ros", "check", "fr4"), "did you mean 'fr3'"),
        (("ros", "check", NOBODY), "ros2 launch rosbridge_server"),
        (("ros", "check", "fr3@carrier-pigeon"), "rclpy"),
        (("ros", "check", "fr3", "--seconds", "0"), "at least 0.5"),
        ((*JOG, "--joint", "fr3_joint8"), "did you mean 'fr3_joint"),
        ((*JOG, "--by", "9"), "it has -2.897 to 2.897"),
        ((*JOG, "--speed", "2"), "at most 0.5"),
        (("solve", "Reach the milk", "--robot", "fr9"), "unknown robot 'fr9'; did you mean 'fr3'"),
        (("play", "habilis/ReachMilk-v0", "--robot", "fr3"), "ros:PROFILE[@TRANSPORT], got 'fr3'"),
        (("solve", "Reach the milk", "--dry-run"), "--robot ros:PROFILE, which is not given"),
        (
            ("solve", "Reach the milk", "--tags", "x.yaml"),
            "--robot ros:PROFILE, which is not given",
        ),
        (("ros", "check", NOBODY, "--tags", "none.yaml"), "none.yaml: no such file"),
        (("play", "--record", "x.mcap"), "--robot ros:PROFILE, which is not given"),
        (("play", "habilis/TongsAperture-v0", "--robot", "ros:fr3"), "cannot be played on a robot"),
        (("solve", "Reach the milk", "--robot", f"ros:{NOBODY}"), "no rosbridge server"),
    ],
)
def test_bad_input_is_explained(
    args: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(args) == 2
    assert said in capsys.readouterr().err


def test_profiles_are_listed_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ros", "profile"]) == 0
    out = capsys.readouterr().out
    for name in ("allegro", "fr3", "leap", "shadow", "ur5e", "ur5e_robotiq", "xarm7"):
        assert f"{name}\n" in out
    assert main(["ros", "profile", "ur5e"]) == 0
    assert "shoulder_pan_joint" in capsys.readouterr().out


def test_a_policy_acts_in_a_dry_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("stable_baselines3")
    args = ("play", "habilis/Scene-v0", "--agent", "policy", "--policy", "push", "--dry-run")
    for k in range(TRIES):
        record = tmp_path / f"push{k}.mcap"
        code = main([*args, "--robot", f"ros:{NOBODY}", "--record", str(record)])
        told = capsys.readouterr()
        assert "would publish /fr3_arm_controller/joint_trajectory" in told.err
        if code == 0 and "success after" in told.out:
            break
    else:
        pytest.fail(told.out + told.err)
    assert main(["ros", "replay", str(record)]) == 0
    assert "reached" in capsys.readouterr().out


@pytest.mark.parametrize("how", ["key", "signal"])
def test_a_key_and_ctrl_c_stop_the_robot(how: str) -> None:
    """In a process of its own, on a terminal."""
    ours, theirs = pty.openpty()
    args = [sys.executable, "-m", "habilis.scripts.cli", *JOG, "--by", "1.0", "--speed", "0.1"]
    with subprocess.Popen(args, stdin=theirs, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        seen = _read(ours, "would publish", 60.0)
        time.sleep(0.3)
        if how == "key":
            os.write(ours, b"x")
        else:
            child.send_signal(signal.SIGINT)
        seen += _read(ours, None, 30.0)
        code = child.wait(30.0)
    os.close(ours)
    assert "would cancel every goal" in seen, seen
    assert "arrived" not in seen
    if how == "key":
        assert "STOPPED: the key 'x'" in seen and code == 1
    else:
        assert "interrupted" in seen and code == 130


def _read(terminal: int, until: str | None, seconds: float) -> str:
    """What comes up to a word, or to the end."""
    seen, end = "", time.monotonic() + seconds
    while time.monotonic() < end and (until is None or until not in seen):
        ready, _, _ = select.select([terminal], [], [], 0.1)
        if ready:
            try:
                seen += os.read(terminal, 4096).decode()
            except OSError:  # the other side is gone
                return seen
    return seen
