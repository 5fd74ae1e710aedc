"""A profile from what a robot tells: its description, its controllers, its states."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from habilis.assets.robots.registry import ARMS
from habilis.envs.ros.messages.motion import JOINT_STATE, STRING, joint_state
from habilis.envs.ros.profiles import parse_profile
from habilis.envs.ros.profiles.from_robot import (
    LIST,
    LIST_TYPE,
    TRAJECTORY,
    DescriptionError,
    Heard,
    listen,
    profile_text,
    read_urdf,
)
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.scripts.cli import main

ARM = tuple(f"arm_joint{k}" for k in range(1, 7))


def joint(name: str, kind: str = "revolute", limit: str = "", more: str = "") -> str:
    limit = limit or '<limit lower="-3" upper="3" velocity="2.5" effort="80"/>'
    links = f'<parent link="base_plate"/><child link="{name}_link"/>'
    return (
        f'<joint name="{name}" type="{kind}">{links}{limit}{more}</joint><link name="{name}_link"/>'
    )


def urdf(*joints: str) -> str:
    world = (
        '<joint name="fixed" type="fixed"><parent link="world"/><child link="base_plate"/></joint>'
    )
    links = '<link name="world"/><link name="base_plate"/>'
    return f'<robot name="my arm">{links}{world}{"".join(joints)}</robot>'


def controller(name: str, kind: str, *joints: str) -> dict[str, Any]:
    claimed = [f"{j}/position" for j in joints]
    return {"name": name, "state": "active", "type": kind, "claimed_interfaces": claimed}


SLIDE = '<limit lower="0" upper="0.04" velocity="0.1" effort="20"/>'
BOTH = urdf(
    *(joint(name) for name in ARM),
    joint("finger", "prismatic", SLIDE),
    joint("other_finger", "prismatic", SLIDE, '<mimic joint="finger"/>'),
)


def test_everything_that_the_robot_tells_is_in_the_profile() -> None:
    controllers = [
        controller("hand", "parallel_gripper_action_controller/GripperActionController", "finger"),
        controller("arm", TRAJECTORY, *ARM),
    ]
    positions = {**dict.fromkeys(ARM, 0.25), "finger": 0.01}
    images = ["/wrist/color/image_raw", "/wrist/depth/image_rect_raw"]
    made = parse_profile(profile_text(Heard(BOTH, positions, 125.0, controllers, images)), "x")
    assert made.name == "my_arm" and made.joints == ARM and made.state_rate == 125.0
    assert made.commands.topic == "/arm/joint_trajectory" and made.base_frame == "base_plate"
    limits = made.limits[0]
    assert (limits.lower, limits.upper, limits.velocity, limits.effort) == (-3, 3, 2.5, 80)
    assert made.home == (0.25,) * 6 and dict(made.cameras) == {"wrist_color": images[0]}
    grip = made.gripper
    assert grip is not None and grip.kind == "parallel" and grip.joints == ("finger",)
    assert grip.aperture == (0.0, 0.08) and grip.opening(0.04) == 0.08
    assert "accelerations" in made.notes and "which habilis robot it is" in made.notes


def test_what_the_robot_does_not_tell_is_said() -> None:
    silent = urdf(*(joint(name, limit='<limit lower="-3" upper="3"/>') for name in ARM))
    notes = " ".join(parse_profile(profile_text(Heard(silent, {}, 0.0)), "x").notes.split())
    for said in (
        "the controller (nobody answered on /controller_manager/list_controllers)",
        "the speed of arm_joint1: 0.5 rad/s is a guess", "whether arm_joint6 reports its state",
        "the rate of /joint_states", "a gripper", "cameras: rosapi does not run",
    ):  # fmt: skip
        assert said in notes


def test_a_robot_that_habilis_knows_keeps_to_its_limits() -> None:
    wide = urdf(*(joint(name, "continuous", '<limit velocity="9"/>') for name in ARM))
    made = parse_profile(profile_text(Heard(wide, {}, 0.0), robot="ur5e"), "x")
    assert made.robot == "ur5e" and made.limits[2].upper <= ARMS["ur5e"].limb.upper[2]
    with pytest.raises(DescriptionError, match="fr3 has 7 joints, this robot 6"):
        profile_text(Heard(wide, {}, 0.0), robot="fr3")
    with pytest.raises(ValueError, match="did you mean 'ur5e'"):
        profile_text(Heard(wide, {}, 0.0), robot="ur5")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<robot", "is no XML"),
        ("<sdf/>", "expected a <robot>"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><robot/>', "entities of its own"),
        (urdf(joint("a", limit='<limit lower="x"/>')), "a limit is no number"),
        (urdf(joint("a", limit='<limit lower="1" upper="-1"/>')), "no range in its limits"),
    ],
)
def test_what_is_no_description_is_told(text: str, said: str) -> None:
    with pytest.raises(DescriptionError, match=said):
        read_urdf(text)
    with pytest.raises(DescriptionError, match="no joints that turn"):
        profile_text(Heard(urdf(), {}, 0.0))


def test_a_robot_is_asked_and_the_profile_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bus = Bus()
    robot = LocalTransport(bus)
    robot.connect()
    robot.advertise("/robot_description", STRING, latched=True)
    robot.publish("/robot_description", {"data": BOTH})
    arm = {"controller": [controller("arm", TRAJECTORY, *ARM)]}
    robot.serve(LIST, LIST_TYPE, lambda _: arm)
    robot.advertise("/joint_states", JOINT_STATE)
    over = threading.Event()

    def report() -> None:
        while not over.wait(0.02):
            robot.publish("/joint_states", joint_state(ARM, [0.1] * 6))

    reporting = threading.Thread(target=report)
    reporting.start()
    try:
        client = LocalTransport(bus)
        client.connect()
        assert listen(client, seconds=0.5).positions["arm_joint3"] == 0.1
        client.close()
        monkeypatch.setattr(
            "habilis.scripts.ros.profile.make_transport", lambda _: LocalTransport(bus)
        )
        out = tmp_path / "robot.yaml"
        assert (
            main(["ros", "profile", "--from-robot", "x", "--seconds", "0.5", "--out", str(out)])
            == 0
        )
        assert "Not known, check before the first motion" in capsys.readouterr().out
        assert main(["ros", "profile", str(out)]) == 0
        assert (
            main(["ros", "profile", "--from-robot", "x", "--seconds", "0.5", "--out", str(out)])
            == 2
        )
    finally:
        over.set()
        reporting.join()
        robot.close()


def test_a_robot_without_a_description_is_told() -> None:
    transport = LocalTransport(Bus())
    transport.connect()
    with pytest.raises(DescriptionError, match="nothing on /robot_description"):
        listen(transport, seconds=0.01)
    transport.close()
