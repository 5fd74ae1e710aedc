"""Nothing that moves an arm leads it into itself, the table or out of its workspace."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.envs.ros.rig import Rig

from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.ros.latched import Refused
from habilis.envs.ros.motion.cell import TABLE, make_cell
from habilis.envs.ros.profiles import load_profile

FR3 = load_profile("fr3")
HOME = np.array(FR3.home)
BELOW = HOME + (0, 1.2, 0, 0, 0, 0, 0)


@pytest.mark.usefixtures("no_thread")
@pytest.mark.parametrize(
    ("goal", "words"),
    [
        (BELOW, r"tool centre point would go to .*, outside \[-0.95 -0.95  0"),
        (np.array([0.0, -1.7, 0.0, -3.0, 0.0, 0.6, 0.0]), "would collide"),
    ],
)
def test_a_motion_into_the_table_or_itself_is_refused_before_it_begins(
    goal: np.ndarray, words: str
) -> None:
    rig = Rig().armed()
    with pytest.raises(Refused, match=words):
        rig.joints.move_to(goal, 0.2)
    assert rig.arm.heard == [] and rig.joints.stopped == ""


@pytest.mark.usefixtures("no_thread")
def test_a_stream_into_the_table_is_stopped_before_it_is_there() -> None:
    rig = Rig().armed()
    with pytest.raises(StoppedError, match="and the table would collide"):
        for _ in range(300):
            rig.joints.send(HOME + (0, 2.0, 0, 0, 0, 0, 0))
    rig.clock.sleep(0.4)
    cell = make_cell(FR3)
    assert cell is not None and not rig.arm.qd.any() and cell.at(rig.arm.q) == ""


def test_a_fast_tool_is_refused_with_its_speed() -> None:
    cell = make_cell(FR3)
    assert cell is not None
    path = np.linspace(HOME, HOME + (1.5, 0, 0, 0, 0, 0, 0), 50)
    assert "would go at" in cell.along(path, 0.02) and cell.along(path, 0.1) == ""


@pytest.mark.parametrize("robot", ["fr3", "ur5e"])
def test_any_hand_may_touch_down_and_no_arm_may(robot: str) -> None:
    cell = make_cell(dataclasses.replace(FR3, robot=robot))
    assert cell is not None
    arm = ArmKinematics(robot, (0.0, 0.0, 0.0), 1)
    low = arm.reach(np.array(arm.robot.arm.home)[None], np.array([[0.45, 0.0, -0.01]]))
    assert low.ok.all() and any(TABLE in pair for pair in cell.touching(low.q[0]))
    assert cell.at(low.q[0]) == ""
    forearm = arm.reach(low.q, np.array([[0.45, 0.0, -0.2]]))
    assert "and the table would collide" in cell.at(forearm.q[0])


def test_of_robots_without_kinematics_nothing_is_known() -> None:
    assert make_cell(load_profile("leap")) is None
