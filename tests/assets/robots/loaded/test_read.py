"""Robots of model files: what a description of a few lines makes of them, and what is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest

from habilis.assets.robots.registry import make_robot, robot_spec
from habilis.assets.robots.spec import RobotSpec

MODELS = Path(__file__).parent / "models"
HERON, STORK = f"file:{MODELS}/heron.xml", f"file:{MODELS}/stork.urdf"


def opened(robot: RobotSpec, model: mujoco.MjModel) -> mujoco.MjData:
    """At home with the gripper open."""
    data, effector = mujoco.MjData(model), robot.effector
    for joint, value in zip(robot.arm.joints, robot.arm.home, strict=True):
        data.joint(joint).qpos = value
    posture = effector.opening.posture(effector.widest)
    for joint, value in zip(effector.joints, posture, strict=True):
        data.joint(joint).qpos = value
    mujoco.mj_forward(model, data)
    return data


@pytest.mark.parametrize("name", [HERON, STORK, f"{HERON}+robotiq_2f85", f"{STORK}+leap"])
def test_an_arm_that_no_code_knows_works_by_its_description_alone(name: str) -> None:
    robot, spec = make_robot(name)
    model = spec.compile()
    data = opened(robot, model)
    assert len(robot.arm.joints) == 6
    down = data.site(robot.effector.tcp).xmat.reshape(3, 3)
    np.testing.assert_allclose(down, np.diag([1, -1, -1]), atol=1e-2)
    assert robot.effector.aperture[0] < 0.003 and robot.effector.widest > 0.07
    assert {model.actuator(i).name for i in range(model.nu)} == {
        *robot.arm.actuators, *robot.effector.actuators,
    }  # fmt: skip


def test_a_description_takes_at_most_30_lines() -> None:
    for sidecar in MODELS.glob("*.yaml"):
        assert len(sidecar.read_text().splitlines()) <= 30


@pytest.mark.parametrize("name", [HERON, STORK])
def test_the_opening_that_is_told_is_the_gap_between_the_pads(name: str) -> None:
    robot, spec = make_robot(name)
    model = spec.compile()
    model.opt.gravity[:] = 0
    data, effector = opened(robot, model), robot.effector
    bodies = [int(model.body(finger).id) for finger in effector.fingers]
    pads = [np.flatnonzero((model.geom_bodyid == b) & (model.geom_priority == 2)) for b in bodies]
    for i, actuator in enumerate(robot.arm.actuators):
        data.actuator(actuator).ctrl = robot.arm.home[i]
    for width in (0.06, 0.03, 0.01):
        for actuator, command in zip(
            effector.actuators, effector.opening.command(width), strict=True
        ):
            data.actuator(actuator).ctrl = command
        mujoco.mj_step(model, data, nstep=400)
        gap = min(
            mujoco.mj_geomDistance(model, data, int(a), int(b), 1.0, None)
            for a in pads[0] for b in pads[1]
        )  # fmt: skip
        joints = np.array([data.joint(joint).qpos[0] for joint in effector.joints])
        assert gap == pytest.approx(width, abs=2e-3)
        assert float(effector.opening.measure(joints)) == pytest.approx(gap, abs=2e-3)


HERON_FAULTS = {
    "joints: [yaw, raise, bend, roll, tilt, spin]": {
        "joints: [yaw, rise, bend, roll, tilt, spin]": "did you mean 'raise'",
        "joints: [yaw, bend, raise, roll, tilt, spin]": "'raise' does not hang on 'bend'",
        "joints: []": "an arm needs joints",
        "joints: [yaw, raise, bend, roll, tilt, port_crank_hinge]":
            "0 actuators drive joint 'port_crank_hinge'",
    },
    "home: [0, 0.2, 1.7, 0, 1.24, 0]": {
        "home: [0, 0.2, 7, 0, 1.24, 0]": r":4: key 'arm.home': .*home 7 of bend is outside",
        "home: [0, 0.2]": "expected 6 angles in rad, got 2",
    },
    "velocity: 2.5": {"velocity: 0": "key 'arm.velocity'", "speed: 2.5": "unknown key 'speed'"},
    "actuators: [claw_motor]": {
        "actuators: [claw]": "unknown actuator of the model 'claw'; known: claw_motor, yaw_motor",
        "kind: linkage": "given twice",
        "actuators: []": "no actuator; the model has claw_motor, yaw_motor",
        "actuators: [yaw_motor]": "the opening does not follow the command: it stays at 82.0 mm",
    },
    "closed: [0.95]": {"closed: [0.95, 1]": "expected 1 commands, got 2"},
    "open: [0]": {"open: [0.95]": "does not follow the command"},
    "pads: [starboard_pad, port_pad]": {
        "pads: [starboard_pad, starboard_pad]": "no body carries both|does not follow",
        "pads: [port_pad]": "expected two geoms or bodies, got 1",
        "pads: [port_crank, starboard_pad]": "'port_crank' has no collision shape",
        "pads: [starboard_pad, turret]": "no body carries both 'starboard_tip' and 'turret'",
    },
    "tcp: {body: claw, pos: [0, 0, 0.155]}": {
        "tcp: {body: ulna, pos: [0, 0, 0.1]}": "unknown body of the chain of 'claw' 'ulna'",
        "tcp: grip": "unknown site of the chain of 'claw' 'grip'",
        "aperture: [0, 0.2]\n  tcp: {body: claw, pos: [0, 0, 0.155]}":
            "the model opens 0.0000 to 0.0820 m",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "wrong", "message"),
    [(g, w, m) for g, faults in HERON_FAULTS.items() for w, m in faults.items()],
)
def test_a_wrong_description_is_refused_by_file_and_key(
    given: str, wrong: str, message: str, tmp_path: Path
) -> None:
    shutil.copy(MODELS / "heron.xml", tmp_path)
    text = (MODELS / "heron.yaml").read_text()
    assert given in text
    (tmp_path / "heron.yaml").write_text(text.replace(given, wrong))
    with pytest.raises(ValueError, match=message) as caught:
        robot_spec(f"file:{tmp_path}/heron.xml")
    assert "heron.yaml:" in str(caught.value)


def test_a_gripper_that_opens_and_closes_again_is_refused(tmp_path: Path) -> None:
    shutil.copy(MODELS / "heron.yaml", tmp_path)
    model = (MODELS / "heron.xml").read_text()
    for narrow, wide in (
        ('range="-0.1 0.95"', 'range="-1.9 0.95"'), ('range="-0.2 1.1"', 'range="-2.2 1.1"'),
        ('range="-1 1"', 'range="-2.2 2.2"'), ('ctrlrange="0 0.95"', 'ctrlrange="-1.9 0.95"'),
    ):  # fmt: skip
        model = model.replace(narrow, wide)
    (tmp_path / "heron.xml").write_text(model)
    sidecar = tmp_path / "heron.yaml"
    sidecar.write_text(sidecar.read_text().replace("open: [0]", "open: [-1.8]"))
    with pytest.raises(ValueError, match="not monotone from closed to open"):
        robot_spec(f"file:{tmp_path}/heron.xml")


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere.xml'?: no such file"):
        robot_spec("file:nowhere.xml")
    shutil.copy(MODELS / "heron.xml", tmp_path)
    with pytest.raises(ValueError, match=r"heron.yaml: no such file \(it describes heron.xml"):
        robot_spec(f"file:{tmp_path}/heron.xml")
    with pytest.raises(ValueError, match="expected one of .xml, .mjcf, .urdf"):
        robot_spec("file:arm.txt")


def test_servos_that_are_no_position_servos_are_refused(tmp_path: Path) -> None:
    shutil.copy(MODELS / "heron.yaml", tmp_path)
    model = (MODELS / "heron.xml").read_text()
    motor = '<motor name="yaw_motor" joint="yaw" gear="1"'
    text = model.replace('<position name="yaw_motor" joint="yaw" kp="4000" kv="400"', motor)
    (tmp_path / "heron.xml").write_text(text)
    with pytest.raises(ValueError, match="'yaw_motor' is no position servo .* give 'stiffness'"):
        robot_spec(f"file:{tmp_path}/heron.xml")


def test_a_gripper_with_a_motor_in_place_of_a_servo_is_refused(tmp_path: Path) -> None:
    shutil.copy(MODELS / "heron.yaml", tmp_path)
    servo = '<position name="claw_motor" tendon="both_cranks" kp="80" kv="8"'
    text = (MODELS / "heron.xml").read_text()
    assert servo in text
    motor = '<motor name="claw_motor" tendon="both_cranks"'
    (tmp_path / "heron.xml").write_text(text.replace(servo, motor))
    with pytest.raises(ValueError, match=r"heron.yaml:8: .*'claw_motor' is no position servo"):
        robot_spec(f"file:{tmp_path}/heron.xml")


TILTED = (
    '<site name="tool" pos="0 0 0.012" quat="0.968912 0 0.247404 0"/>',
    '<site name="tool" pos="0 0 0.012" euler="0 0.5 0"/>',
    '<site name="tool" pos="0 0 0.012" xyaxes="0.877583 0 -0.479426 0 1 0"/>',
    '<frame pos="0 0 0.012" euler="0 0.5 0"><site name="tool"/></frame>',
)


@pytest.mark.parametrize("site", TILTED[1:], ids=["euler", "axes", "frame"])
def test_a_flange_is_where_it_is_however_the_file_says_so(site: str, tmp_path: Path) -> None:
    found: list[Any] = []
    for text in (TILTED[0], site):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        plate = '<geom type="cylinder" size="0.035 0.012" mass="0.4"/>'
        model = (MODELS / "heron.xml").read_text()
        assert plate in model
        (folder / "arm.xml").write_text(model.replace(plate, plate + text))
        (folder / "arm.yaml").write_text(
            "arm:\n  joints: [yaw, raise, bend, roll, tilt, spin]\n"
            "  home: [0, 0.2, 1.7, 0, 1.24, 0]\n  flange: tool\n"
        )
        robot, spec = make_robot(f"file:{folder}/arm.xml+robotiq_2f85")
        data = opened(robot, spec.compile())
        found.append(data.site(robot.effector.tcp))
    np.testing.assert_allclose(found[1].xpos, found[0].xpos, atol=1e-5)
    np.testing.assert_allclose(found[1].xmat, found[0].xmat, atol=1e-5)


def test_a_file_in_degrees_is_the_same_robot(tmp_path: Path) -> None:
    """Degrees are what MJCF has where it does not say otherwise."""
    text = (MODELS / "heron.xml").read_text()

    def in_degrees(found: re.Match[str]) -> str:
        angles = " ".join(f"{np.degrees(float(word)):.9g}" for word in found[2].split())
        return f'{found[1]}"{angles}"'

    plain = text.replace('<compiler angle="radian" autolimits="true"/>', "")
    assert plain != text
    hinge = r'(<joint [^>]*range=)"([^"]*)"'
    (tmp_path / "heron.xml").write_text(re.sub(hinge, in_degrees, plain))
    shutil.copy(MODELS / "heron.yaml", tmp_path / "heron.yaml")
    own, other = robot_spec(HERON), robot_spec(f"file:{tmp_path}/heron.xml")
    np.testing.assert_allclose(other.arm.lower, own.arm.lower, atol=1e-6)
    np.testing.assert_allclose(other.arm.upper, own.arm.upper, atol=1e-6)
    np.testing.assert_allclose(
        other.effector.opening.widths, own.effector.opening.widths, atol=1e-4
    )
    first, second = (
        make_robot(name)[1].compile() for name in (HERON, f"file:{tmp_path}/heron.xml")
    )
    np.testing.assert_allclose(second.jnt_range, first.jnt_range, atol=1e-6)
    assert (second.jnt_limited == first.jnt_limited).all()
