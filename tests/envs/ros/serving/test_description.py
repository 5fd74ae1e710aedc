"""What a served robot tells about itself: a URDF that is true, frames of links, controllers."""

from __future__ import annotations

import dataclasses
import time
import xml.etree.ElementTree as ET
from typing import Any

import mujoco
import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.ros.messages import motion as m
from habilis.envs.ros.messages.frames import FrameTree
from habilis.envs.ros.messages.transforms import links
from habilis.envs.ros.profiles import load_profile, parse_profile
from habilis.envs.ros.profiles.from_robot import listen, profile_text
from habilis.envs.ros.profiles.urdf import Urdf
from habilis.envs.ros.serving.description import RobotDescription, _rpy
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.envs.world.poses import matrices
from habilis.envs.world.world import World

FR3 = load_profile("fr3")


@pytest.fixture(scope="module")
def server() -> Any:
    scene = load_scene(scene_path("reach_milk_2023"))
    bus = Bus()
    with SimServer(FR3, LocalTransport(bus), scene) as made:
        made.offer()
        for _ in range(3):
            made.tick()
        yield made, bus


def test_the_text_says_where_the_links_are(server: Any) -> None:
    """MuJoCo reads the URDF, and puts the links where the simulation has them."""
    made, _ = server
    about = RobotDescription(FR3, made.world.model, made.world.robot)
    top = ET.fromstring(about.urdf())
    assert [link.get("name") for link in top.findall("link")] == list(about.links)
    for link in top.findall("link"):  # that reader wants masses
        inertial = ET.SubElement(link, "inertial")
        ET.SubElement(inertial, "mass", value="1")
        off = dict.fromkeys(("ixy", "ixz", "iyz"), "0")
        ET.SubElement(inertial, "inertia", off | dict.fromkeys(("ixx", "iyy", "izz"), "1"))
    ET.SubElement(ET.SubElement(top, "mujoco"), "compiler", fusestatic="false")
    read = mujoco.MjModel.from_xml_string(ET.tostring(top, encoding="unicode"))
    data = mujoco.MjData(read)
    for name, q in zip(FR3.joints, made.plant.q, strict=True):
        data.joint(name).qpos[:] = q
    for name in FR3.gripper.joints if FR3.gripper else ():
        data.joint(name).qpos[:] = made.plant.aperture / 2
    mujoco.mj_kinematics(read, data)
    tree, kin = FrameTree(), made.plant.qpos
    pos, quat = about.poses(kin)
    tree.take(links(about.parents, about.links[1:], pos, quat, 1.0), 0.0)
    for name in ("link4", "right_finger"):
        found = tree.pose(name, "fr3_link0")
        assert found is not None
        np.testing.assert_allclose(found[0], data.body(name).xpos, atol=1e-3)
        np.testing.assert_allclose(
            matrices(found[1]), data.body(name).xmat.reshape(3, 3), atol=1e-6
        )


def test_links_and_things_are_told_in_one_frame_though_a_base_is_turned() -> None:
    """As that of the UR5e: else MoveIt would see the things behind the robot."""
    profile = load_profile("ur5e_robotiq")
    scene = dataclasses.replace(load_scene(scene_path("reach_milk_2023")), robot="ur5e")
    world = World(compile_scene(scene), nthread=1)
    about = RobotDescription(profile, world.model, world.robot)
    tree, data = FrameTree(), mujoco.MjData(world.model)
    mujoco.mj_forward(world.model, data)
    pos, quat = about.poses(data.qpos)
    tree.take(links(about.parents, about.links[1:], pos, quat, 1.0), 0.0)
    wrist = next(name for name in about.links if name.endswith("wrist_3_link"))
    found = tree.pose(wrist, profile.base_frame)
    assert found is not None
    true = data.body(wrist).xpos - np.array(scene.base)
    np.testing.assert_allclose(found[0], true, atol=1e-6)
    urdf = Urdf(about.urdf())
    points, _ = urdf.axes(profile.joints, np.zeros(6), profile.base_frame)
    assert points[2][0] == pytest.approx(-0.425, abs=1e-3), "as in base of the real one"


def test_angles_of_any_rotation() -> None:
    rng = np.random.default_rng(0)
    quats = rng.normal(size=(50, 4))
    quats = np.vstack(
        [quats / np.linalg.norm(quats, axis=1)[:, None], [[0.5**0.5, 0, 0.5**0.5, 0]]]
    )
    for turn in matrices(quats):
        (cr, cp, cy), (sr, sp, sy) = np.cos(_rpy(turn)), np.sin(_rpy(turn))
        x = np.array([[1, 0, 0], [0, cr, -sr], [0, sr, cr]])
        y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
        z = np.array([[cy, -sy, 0], [sy, cy, 0], [0, 0, 1]])
        np.testing.assert_allclose(z @ y @ x, turn, atol=1e-9)


def test_a_profile_is_written_from_what_it_serves(server: Any) -> None:
    made, bus = server
    client = LocalTransport(bus)
    client.connect()
    try:
        heard = listen(client, seconds=0.1)
    finally:
        client.close()
    urdf = Urdf(heard.description)
    name, root, joints = urdf.name, urdf.root, urdf.joints
    assert (name, root) == ("fr3", "fr3_link0")
    assert set(joints) == {*FR3.joints, "fr3_finger_joint1", "fr3_finger_joint2"}
    got = parse_profile(profile_text(heard, robot="fr3"), "x")
    assert got.joints == FR3.joints and got.commands.topic == FR3.commands.topic
    for mine, theirs in zip(got.limits, FR3.limits, strict=True):
        assert mine.lower == pytest.approx(theirs.lower, abs=2e-4)
        assert mine.effort == pytest.approx(theirs.effort) and mine.velocity == theirs.velocity


def test_the_groups_are_of_joints_and_links_that_the_description_has(server: Any) -> None:
    made, bus = server
    heard: list[Any] = []
    client = LocalTransport(bus)
    client.connect()
    client.subscribe("/robot_description_semantic", m.STRING, heard.append)
    made.reset(0)
    made.tick()
    deadline = time.monotonic() + 5
    while not heard and time.monotonic() < deadline:
        time.sleep(0.01)
    client.close()
    top = ET.fromstring(heard[-1]["data"])
    urdf = ET.fromstring(RobotDescription(FR3, made.world.model, made.world.robot).urdf())
    moved = {j.get("name") for j in urdf.findall("joint") if j.get("type") != "fixed"}
    groups = {g.get("name"): [j.get("name") for j in g] for g in top.findall("group")}
    assert groups["fr3_arm"] == list(FR3.joints) and len(groups["fr3_hand"]) == 2
    assert {j for group in groups.values() for j in group} == moved
    links = {link.get("name") for link in urdf.findall("link")}
    pairs = {(d.get("link1"), d.get("link2")) for d in top.findall("disable_collisions")}
    assert len(pairs) == len(links) - 1 and {name for pair in pairs for name in pair} == links
    state = top.find("group_state")
    assert state is not None
    assert [float(j.get("value", "nan")) for j in state] == pytest.approx(FR3.home, abs=1e-5)


def test_links_are_on_tf(server: Any) -> None:
    made, bus = server
    client = LocalTransport(bus)
    client.connect()
    heard: list[Any] = []
    client.subscribe("/tf", m.TF, heard.append)
    for _ in range(2):
        made.tick()
    client.close()
    frames = {t["child_frame_id"] for message in heard for t in message["transforms"]}
    assert {"link7", "hand", "left_finger", "object_milk"} <= frames
