"""Every robot by name: it compiles, stands at home, opens, and holds a block."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import mujoco
import numpy as np
import pytest

from habilis.assets.hand_scene import compile_hand, digest_of
from habilis.assets.robots.registry import full_name, make_robot, robot_names, robot_spec
from habilis.assets.robots.spec import Outline, RobotSpec
from habilis.assets.scene.format.file import parse_scene
from habilis.assets.scene.format.yaml_lines import SceneFileError
from habilis.assets.tools import make_tool

# Grasps and recorded results depend on these models: of hands as in the first edition, of the jaw
# since its fingers have the inertia of a drive.
DIGESTS = {"fr3": "c079fe8c512b", "fr3+leap": "12e65e33287b", "leap": "f82ac2c1bf8a"}
ARMED = [name for name in robot_names() if "+" in name]


@pytest.mark.parametrize("name", robot_names())
def test_a_robot_is_what_its_constants_say(name: str) -> None:
    robot, spec = make_robot(name)
    model = spec.compile()
    effector = robot.effector
    arm = robot.arm.joints if robot.limbs else ()
    assert [model.joint(i).name for i in range(model.njnt)] == [*arm, *effector.joints]
    servos = robot.arm.actuators if robot.limbs else ()
    assert [model.actuator(i).name for i in range(model.nu)] == [*servos, *effector.actuators]
    assert robot.name == full_name(name) and robot.source
    widths = np.linspace(*effector.aperture, 21)
    measured = effector.opening.measure(effector.opening.posture(widths))
    np.testing.assert_allclose(measured, widths, atol=1e-5)
    low, high = model.actuator_ctrlrange[len(servos) :].T
    commands = effector.opening.command(widths)
    assert (commands >= low - 1e-6).all() and (commands <= high + 1e-6).all()
    assert model.body(robot.base.body).parentid[0] == 0
    assert model.site(effector.tcp).id >= 0
    assert all(model.body(finger).id > 0 for finger in effector.fingers)


@pytest.mark.parametrize("name", ARMED)
def test_at_home_it_looks_down_inside_its_limits(name: str) -> None:
    robot, spec = make_robot(name)
    model = spec.compile()
    data = mujoco.MjData(model)
    data.qpos[: len(robot.arm.home)] = robot.arm.home
    mujoco.mj_kinematics(model, data)
    rot = data.site(robot.effector.tcp).xmat.reshape(3, 3)
    np.testing.assert_allclose(rot, np.diag([1, -1, -1]), atol=1e-2)
    inside = np.minimum(
        np.array(robot.arm.home) - robot.arm.lower, np.array(robot.arm.upper) - robot.arm.home
    )
    assert inside.min() > 0.05


def held(robot: RobotSpec, spec: mujoco.MjSpec) -> float:
    """How far a block of 0.3 kg goes in the closed hand in 2 s, m."""
    body = spec.worldbody.add_body(name="block")
    body.add_freejoint(name="block")
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.02, 0.02, 0.03], mass=0.3, priority=1,
        friction=[0.6, 0.005, 0.0001],
    )  # fmt: skip
    model = spec.compile()
    data, effector = mujoco.MjData(model), robot.effector
    home = np.array(robot.arm.home)
    count = len(home) + len(effector.joints)
    data.qpos[:count] = (*home, *effector.opening.posture(effector.widest))
    mujoco.mj_kinematics(model, data)
    data.qpos[count : count + 3] = data.site(effector.tcp).xpos
    data.ctrl[:] = robot.command(home, 0.0)
    model.opt.gravity[:] = 0
    mujoco.mj_step(model, data, nstep=250)
    model.opt.gravity[2] = -9.81
    mujoco.mj_step(model, data, nstep=125)
    before = data.body("block").xpos.copy()
    mujoco.mj_step(model, data, nstep=500)
    joints = data.qpos[len(home) : count]
    assert float(effector.opening.measure(joints)) == pytest.approx(0.04, abs=0.004)
    return float(np.linalg.norm(data.body("block").xpos - before))


@pytest.mark.parametrize("name", ARMED)
def test_it_holds_a_block_and_tells_its_width(name: str) -> None:
    robot, spec = make_robot(name)
    assert held(robot, spec) < (2e-3 if robot.effector.kind == "hand" else 1e-4)


@pytest.mark.parametrize("name", DIGESTS)
def test_models_that_grasps_depend_on_are_unchanged(name: str) -> None:
    assert digest_of(make_robot(name)[1].compile()) == DIGESTS[name]


def test_models_with_a_tool_are_unchanged() -> None:
    scissors = make_tool("scissors", "medium")
    assert digest_of(compile_hand("leap", scissors).model) == "d4c1e89a0917"


def test_an_arm_alone_comes_with_its_usual_gripper() -> None:
    assert full_name("fr3") == "fr3+panda_hand"
    assert full_name("ur5e") == "ur5e+robotiq_2f85"
    assert full_name("leap") == "leap"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ur5", "did you mean 'ur5e'"),
        ("fr3+leep", "unknown end effector 'leep'; did you mean 'leap'"),
        ("leap+fr3", "unknown end effector 'fr3'"),
    ],
)
def test_an_unknown_robot_is_refused_by_name(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        robot_spec(name)


def test_constants_that_contradict_each_other_are_refused() -> None:
    robot = robot_spec("fr3")
    opening = robot.effector.opening
    with pytest.raises(ValueError, match="widths must rise"):
        dataclasses.replace(opening, widths=(0.08, 0.0))
    with pytest.raises(ValueError, match="2 joints but 1 entries"):
        dataclasses.replace(robot.effector, opening=dataclasses.replace(
            opening, joints=((0.0,), (0.04,)), weights=(1.0,),
        ))  # fmt: skip
    with pytest.raises(ValueError, match="is on a limb 'left'; there are: fr3"):
        dataclasses.replace(robot, effectors=(dataclasses.replace(robot.effector, limb="left"),))
    with pytest.raises(ValueError, match="velocity 0 of joint1 is not above zero"):
        dataclasses.replace(robot.arm, velocity=(0.0, *robot.arm.velocity[1:]))
    with pytest.raises(ValueError, match="has 2 arms, needed is one"):
        _ = dataclasses.replace(robot, limbs=(robot.arm, robot.arm)).arm


def test_an_outline_tells_reach_and_room() -> None:
    outline: Outline = robot_spec("fr3").effector.outline
    assert (outline.pad_reach, outline.depth) == (0.009, 0.045)


SCENE = """
name: a
instruction: b
workspace: {{x: [0, 0.4], y: [-0.2, 0.2], z: [0.01, 0.3]}}
objects: {{cube: {{pos: [0.2, 0, 0.02], shape: box, size: [0.04, 0.04, 0.04], mass: 0.1}}}}
goal: lifted(cube, 0.05)
robot: {robot}
"""


def test_a_scene_names_its_robot() -> None:
    assert parse_scene(SCENE.format(robot="ur5e+robotiq_2f85"), "s").robot == "ur5e+robotiq_2f85"
    placed = parse_scene(SCENE.format(robot="{name: fr3+leap, base: [-0.3, 0, 0]}"), "s")
    assert (placed.robot, placed.base) == ("fr3+leap", (-0.3, 0.0, 0.0))
    with pytest.raises(SceneFileError, match=r"s:7: key 'robot': .* did you mean 'ur5e'"):
        parse_scene(SCENE.format(robot="ur5"), "s")


def test_a_model_file_is_looked_for_beside_the_scene_that_names_it(tmp_path: Path) -> None:
    models = Path(__file__).parent / "loaded" / "models"
    for name in ("heron.xml", "heron.yaml"):
        shutil.copy(models / name, tmp_path)
    scene = parse_scene(SCENE.format(robot="file:heron.xml"), str(tmp_path / "scene.yaml"))
    assert len(robot_spec(scene.robot).arm.joints) == 6
