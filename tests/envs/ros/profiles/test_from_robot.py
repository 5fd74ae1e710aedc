"""A profile from what a robot tells: its description, its controllers, its states."""

from __future__ import annotations

import dataclasses
import re
import threading
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from habilis.assets.robots.registry import ARMS
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.ros.messages.motion import JOINT_STATE, STRING, joint_state
from habilis.envs.ros.profiles import parse_profile
from habilis.envs.ros.profiles.from_robot import (
    LIST,
    LIST_TYPE,
    TRAJECTORY,
    Heard,
    listen,
    profile_text,
)
from habilis.envs.ros.profiles.profile import Commands, JointLimits, Profile
from habilis.envs.ros.profiles.urdf import DescriptionError, Urdf
from habilis.envs.ros.serving.description import RobotDescription
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.envs.world.world import World
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
    made = parse_profile(
        profile_text(Heard(BOTH, positions, dict.fromkeys(ARM, 125.0), controllers, images)), "x"
    )
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
    notes = " ".join(parse_profile(profile_text(Heard(silent, {}, {})), "x").notes.split())
    for said in (
        "the controller (nobody answered on /controller_manager/list_controllers)",
        "the speed of arm_joint1: 0.5 rad/s is a guess", "whether arm_joint6 reports its state",
        "the rate of /joint_states", "a gripper", "cameras: rosapi does not run",
    ):  # fmt: skip
        assert said in notes


def described(robot: str, base: str = "base") -> str:
    """Another make's description of a habilis robot: other names, from links of other names."""
    scene = dataclasses.replace(load_scene(scene_path("reach_milk_2023")), robot=robot)
    world = World(compile_scene(scene), nthread=1)
    limb = ARMS[robot].limb
    rows = zip(limb.lower, limb.upper, limb.velocity, limb.acceleration, strict=True)
    limits = tuple(JointLimits(*row) for row in rows)
    names = tuple(f"arm_joint{k}" for k in range(1, len(limits) + 1))
    commands = Commands("trajectory", "/arm/joint_trajectory", 50.0, 0.3, "")
    profile = Profile(
        name=robot, robot=robot, joints=names, limits=limits, states="/joint_states",
        state_rate=100.0, commands=commands, home=limb.home, base_frame=base,
    )  # fmt: skip
    return RobotDescription(profile, world.model, world.robot).urdf()


@pytest.fixture(scope="module")
def ur5e() -> str:
    return described("ur5e")


def test_a_robot_that_habilis_knows_keeps_to_its_limits(ur5e: str) -> None:
    wide = re.sub(
        r'lower="\S+" upper="\S+" velocity="\S+"', 'lower="-9" upper="9" velocity="9"', ur5e
    )
    made = parse_profile(profile_text(Heard(wide, {}, {}), robot="ur5e"), "x")
    assert made.robot == "ur5e" and made.limits[2].upper <= ARMS["ur5e"].limb.upper[2]
    assert made.joints == ARM and made.base_frame == "base"
    with pytest.raises(DescriptionError, match="fr3 has 7 joints, this robot 6"):
        profile_text(Heard(wide, {}, {}), robot="fr3")
    with pytest.raises(ValueError, match="did you mean 'ur5e'"):
        profile_text(Heard(wide, {}, {}), robot="ur5")


def test_joints_are_in_the_order_of_the_chain_whatever_that_of_the_file(ur5e: str) -> None:
    """In another order plans would drive each joint by the numbers of another one."""
    top = ET.fromstring(ur5e)
    top[:] = reversed(top[:])
    turned = ET.tostring(top, encoding="unicode")
    assert tuple(j for j in Urdf(turned).joints) == ARM
    controllers = [controller("arm", TRAJECTORY, *reversed(ARM))]
    heard = Heard(turned, {}, {}, controllers)
    assert parse_profile(profile_text(heard, robot="ur5e"), "x").joints == ARM


def test_where_the_root_is_turned_the_frame_that_plans_mean_is_found(ur5e: str) -> None:
    """As base_link of a Universal Robot, against which its base is turned by half a turn."""
    half = (
        '<joint name="turned" type="fixed"><parent link="base_link"/><child link="base"/>'
        '<origin xyz="0 0 0" rpy="0 0 3.14159265"/></joint><link name="base_link"/></robot>'
    )
    made = profile_text(Heard(ur5e.replace("</robot>", half), {}, {}), robot="ur5e")
    assert parse_profile(made, "x").base_frame == "base"
    assert parse_profile(profile_text(Heard(ur5e.replace("</robot>", half), {}, {})), "x")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.425", "0.6127", r"the axis of arm_joint3 is 0\.\d+ m and 0\.00 rad off"),
        ('axis xyz="0 1 0"', 'axis xyz="0 -1 0"', r"arm_joint2 is 0\.000 m and 3\.14 rad off"),
    ],
)
def test_another_robot_of_as_many_joints_is_refused(
    ur5e: str, old: str, new: str, said: str
) -> None:
    """A longer arm, or one that turns the other way, would be driven into the table."""
    other = ur5e.replace(old, new, 1)
    assert other != ur5e
    with pytest.raises(DescriptionError, match=f"not the kinematics of ur5e: .*{said}"):
        profile_text(Heard(other, {}, {}), robot="ur5e")
    assert profile_text(Heard(other, {}, {})), "its joints can be moved"


def test_rates_are_those_of_the_joints_and_deadlines_suit_them() -> None:
    """A state topic on which others report too, and that names the arm in every other message."""
    slow = profile_text(Heard(BOTH, {}, {**dict.fromkeys(ARM, 10.0), "wheel": 200.0}), "/s")
    made = parse_profile(slow, "x")
    assert made.state_rate == 10.0 and made.watch.state_age == pytest.approx(0.3)
    fast = parse_profile(profile_text(Heard(BOTH, {}, dict.fromkeys(ARM, 125.0))), "x")
    assert fast.watch.state_age == 0.1


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
        Urdf(text)
    with pytest.raises(DescriptionError, match="no joints that turn"):
        profile_text(Heard(urdf(), {}, {}))


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
        heard = listen(client, seconds=0.5)
        assert heard.positions["arm_joint3"] == 0.1 and 20 < heard.rates["arm_joint3"] < 60
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


def test_a_robot_in_a_namespace_is_asked_there() -> None:
    bus = Bus()
    robot, client = LocalTransport(bus), LocalTransport(bus)
    for transport in (robot, client):
        transport.connect()
    robot.advertise("/cell/robot_description", STRING, latched=True)
    robot.publish("/cell/robot_description", {"data": BOTH})
    hand = controller("hand", "position_controllers/GripperActionController", "finger")
    listed = {"controller": [controller("arm", TRAJECTORY, *ARM), hand]}
    robot.serve(f"/cell{LIST}", LIST_TYPE, lambda _: listed)
    made = parse_profile(profile_text(listen(client, "/cell/joint_states", 0.1, "/cell")), "x")
    assert made.commands.topic == "/cell/arm/joint_trajectory"
    assert made.commands.reports == "/cell/arm/controller_state"
    assert made.gripper is not None and made.gripper.action == "/cell/hand/gripper_cmd"
    with pytest.raises(DescriptionError, match="in a namespace, say which: --namespace"):
        listen(client, seconds=0.01)
    for transport in (robot, client):
        transport.close()


def test_a_robot_without_a_description_is_told() -> None:
    transport = LocalTransport(Bus())
    transport.connect()
    with pytest.raises(DescriptionError, match="nothing on /robot_description"):
        listen(transport, seconds=0.01)
    transport.close()
