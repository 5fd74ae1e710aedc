"""Arms and grippers of the Menagerie, by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from habilis.assets.robots.registry import make_robot, robot_spec

ROOT = os.environ.get("MENAGERIE_ROOT", "")
here = pytest.mark.skipif(not ROOT, reason="MENAGERIE_ROOT is not set")


@here
@pytest.mark.parametrize(
    ("name", "joints"),
    [
        ("menagerie:franka_emika_panda", 7),
        ("menagerie:franka_emika_panda+leap", 7),
        ("menagerie:universal_robots_ur5e+menagerie:robotiq_2f85", 6),
        ("menagerie:kuka_iiwa_14+robotiq_2f85", 7),
        ("fr3+menagerie:wonik_allegro", 7),
    ],
)
def test_arms_grippers_and_hands_combine(name: str, joints: int) -> None:
    robot, spec = make_robot(name)
    model = spec.compile()
    assert len(robot.arm.joints) == joints
    assert robot.effector.widest > 0.07 and robot.effector.force > 5
    assert {model.joint(i).name for i in range(model.njnt)} == {
        *robot.arm.joints, *robot.effector.joints,
    }  # fmt: skip


@here
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fr3+menagerie:unitree_go1", "has no gripper"),
        ("menagerie:unitree_go1+leap", "walks on legs, and carries no arm"),
        ("menagerie:robotiq_2f85", "is a gripper without an arm"),
        ("menagerie:universal_robots_ur5e", "has no end effector: add one"),
        ("menagerie:universal_robots_ur5", "did you mean 'menagerie:universal_robots_ur5e'"),
        ("fr3+menagerie:kuka_iiwa_14", "has no gripper"),
    ],
)
def test_what_is_no_robot_is_refused_with_the_reason(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        robot_spec(name)


@here
def test_an_arm_that_is_not_described_is_told_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a folder of the Menagerie that came after this package."""
    (tmp_path / "new_arm").symlink_to(Path(ROOT) / "universal_robots_ur5e")
    (tmp_path / "new_gripper").symlink_to(Path(ROOT) / "robotiq_2f85")
    monkeypatch.setenv("MENAGERIE_ROOT", str(tmp_path))
    robot = robot_spec("menagerie:new_arm+robotiq_2f85")
    assert robot.arm.joints[0] == "arm/shoulder_pan_joint"
    assert robot.arm.torque == (150.0, 150.0, 150.0, 28.0, 28.0, 28.0)
    with pytest.raises(ValueError, match="cannot be told from its file: .* a gripper"):
        robot_spec("menagerie:new_gripper+leap")


def test_without_a_copy_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MENAGERIE_ROOT", raising=False)
    with pytest.raises(FileNotFoundError, match="MENAGERIE_ROOT"):
        robot_spec("menagerie:some_arm+leap")
