"""What is said of a robot, and how often."""

from __future__ import annotations

import numpy as np

from habilis.envs.ros.robot.events import RobotEvent
from habilis.envs.ros.robot.notes import Notes


def clamp(time: float, by: float) -> RobotEvent:
    want = np.array([0.0, 1.0])
    return RobotEvent(time, "clamped", {"requested": want, "sent": want - [0.0, by], "age": 0.0})


def test_clamps_have_their_numbers_and_are_told_once_a_second() -> None:
    lines: list[str] = []
    notes = Notes(("a", "b"), lines.append)
    for time, by in ((0.0, 0.001), (0.1, 0.2), (0.2, 0.2), (0.3, 0.3), (1.2, 0.1)):
        notes(clamp(time, by))
    assert lines == [
        "clamped: b to 0.8000 rad, requested 1.0000",
        "clamped: b to 0.9000 rad, requested 1.0000 (3 times since the last line)",
    ]


def test_stops_and_the_link_are_told() -> None:
    lines: list[str] = []
    notes = Notes(("a",), lines.append)
    notes(RobotEvent(0.0, "stopped", {"reason": "fr3_joint1 does not follow"}))
    notes(RobotEvent(0.1, "lost", {"name": "bridge"}))
    notes(RobotEvent(0.2, "back", {"name": "bridge"}))
    assert lines[0] == "robot stopped: fr3_joint1 does not follow"
    assert lines[1] == "connection lost: bridge" and "stays stopped" in lines[2]
