"""Arms and grippers of files as others write them: read as they are meant, or refused by name."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh

from habilis.assets.robots.registry import make_robot, robot_spec
from habilis.assets.robots.spec import RobotSpec

MODELS = Path(__file__).parent / "models"
COMPILER = '<compiler angle="radian" autolimits="true"/>'
YAW = '<position name="yaw_motor" joint="yaw" kp="4000" kv="400" forcerange="-120 120"/>'
ROOT = '<body name="pedestal">'
YAW_JOINT = '<joint name="yaw" axis="0 0 1" range="-3 3"/>'
CLAW = (
    '<position name="claw_motor" tendon="both_cranks" kp="80" kv="8" ctrlrange="0 0.95"'
    ' forcerange="-6 6"/>'
)
STIFF = ("velocity: 2.5", "velocity: 2.5\n  stiffness: 4000")
S1 = '<limit lower="-3" upper="3" effort="100" velocity="2"/>'
BASE = '<geometry><cylinder radius="0.07" length="0.12"/></geometry>'
Swap = tuple[str, str]


def written(folder: Path, model: str, swaps: list[Swap], notes: list[Swap] | None = None) -> str:
    """The name of a model of the tests with some of its text, and its description's, exchanged."""
    for name, pairs in ((model, swaps), (f"{Path(model).stem}.yaml", notes or [])):
        text = (MODELS / name).read_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (folder / name).write_text(text)
    return f"file:{folder}/{model}"


def same_places(name: str) -> tuple[RobotSpec, mujoco.MjModel]:
    """Check bodies, masses and limits against the file as the physics engine reads it alone."""
    robot, spec = make_robot(name)
    own, model = mujoco.MjModel.from_xml_path(name.removeprefix("file:")), spec.compile()
    here, there = mujoco.MjData(own), mujoco.MjData(model)
    rng = np.random.default_rng(0)
    for k in range(own.njnt):
        low, high = own.jnt_range[k] if own.jnt_limited[k] else (-3, 3)
        here.qpos[k] = there.joint(f"arm/{own.joint(k).name}").qpos[0] = rng.uniform(low, high)
    mujoco.mj_kinematics(own, here)
    mujoco.mj_kinematics(model, there)
    for k in range(1, own.nbody):
        body, other = here.body(k), there.body(f"arm/{own.body(k).name}")
        np.testing.assert_allclose(other.xpos, body.xpos, atol=1e-6)
        np.testing.assert_allclose(other.xmat, body.xmat, atol=1e-6)
        for field in ("mass", "inertia", "ipos"):
            a, b = getattr(own.body(k), field), getattr(model.body(other.name), field)
            np.testing.assert_allclose(b, a, atol=1e-9)
    return robot, model


@pytest.mark.parametrize(
    "swaps",
    [
        [(ROOT, f"<frame pos='0.1 0 0.2' euler='0 0 0.5'>{ROOT}"),
         ("    </body>\n  </worldbody>", "    </body></frame>\n  </worldbody>")],
        [(ROOT, ROOT.replace(">", " pos='0.1 0 0.2' euler='0 0 0.5'>"))],
        [(COMPILER, COMPILER.replace("/>", " settotalmass='30'/>"))],
        [(COMPILER, COMPILER.replace("/>", " inertiagrouprange='0 1'/>"))],
        [(YAW_JOINT, YAW_JOINT.replace("range", "ref='0.5' range"))],
    ],
    ids=["frame", "base", "total mass", "groups of inertia", "reference"],
)  # fmt: skip
def test_places_and_masses_are_those_of_the_file(swaps: list[Swap], tmp_path: Path) -> None:
    same_places(written(tmp_path, "heron.xml", swaps))


def test_what_a_file_says_of_gravity_and_the_solver_is_not_of_the_robot(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    option = '<option integrator="implicitfast"/>'
    flags = '<option gravity="0 0 -1.6"><flag equality="disable"/></option>'
    robot = robot_spec(written(tmp_path, "heron.xml", [(option, flags)]))
    assert robot.effector.widest == pytest.approx(0.082, abs=1e-3)
    assert not [w for w in recwarn if "Attach" in str(w.message)]


def test_bodies_joints_and_actuators_need_no_names(tmp_path: Path) -> None:
    swaps = [
        ('<body name="wrist_plate" ', "<body "), ('<body name="turret" ', "<body "),
        ('name="yaw_motor" ', ""), ('name="port_rocker_hinge" ', ""),
    ]  # fmt: skip
    robot = robot_spec(written(tmp_path, "heron.xml", swaps))
    assert len(robot.arm.joints) == 6 and robot.arm.flange == "arm/unnamed_body_6"


SERVOS = {
    "its gear is 2": YAW.replace("kp", 'gear="2" kp'),
    "integrates or filters": YAW.replace("kp", 'timeconst="0.1" kp'),
    "integrates": YAW.replace("<position", '<intvelocity actrange="-3 3"'),
    "not that of a spring": YAW.replace("<position", "<general").replace(
        'kp="4000" kv="400"', 'gainprm="4000" biasprm="0 -4000 -400" biastype="none"'
    ),
    "bias 1000 -4000": YAW.replace("<position", "<general").replace(
        'kp="4000" kv="400"', 'gainprm="4000" biasprm="1000 -4000 -400" biastype="affine"'
    ),
    "'yaw_brake' of 'yaw' that is of neither": YAW + '<damper name="yaw_brake" joint="yaw" kv="9"'
    ' ctrlrange="0 1"/>',
}  # fmt: skip


@pytest.mark.parametrize("message", SERVOS)
def test_what_is_told_other_than_an_angle_is_no_servo(message: str, tmp_path: Path) -> None:
    names = "[yaw_motor, raise_motor, bend_motor, roll_motor, tilt_motor, spin_motor]"
    notes = [("velocity: 2.5", f"velocity: 2.5\n  actuators: {names}")]
    name = written(tmp_path, "heron.xml", [(YAW, SERVOS[message])], notes)
    with pytest.raises(ValueError, match=message):
        robot_spec(name)


@pytest.mark.parametrize(
    "claw",
    [
        CLAW.replace("<position", '<intvelocity actrange="0 0.95"'),
        '<general name="claw_motor" tendon="both_cranks" gainprm="80" biasprm="0 -80 -8"/>',
    ],
    ids=["speed", "no bias"],
)
def test_an_effector_is_driven_by_position_servos(claw: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'claw_motor' is no position servo"):
        robot_spec(written(tmp_path, "heron.xml", [(CLAW, claw)]))


def test_a_torque_limit_is_that_of_the_joint(tmp_path: Path) -> None:
    for motor, most in (
        ('gear="100" forcerange="-1 1"', 100.0),
        ('gear="50" ctrlrange="-2 2"', 100.0),
        ('gear="100" forcerange="-0.2 1"', 20.0),
    ):
        motor = f'<motor name="yaw_motor" joint="yaw" {motor}/>'
        robot = robot_spec(written(tmp_path, "heron.xml", [(YAW, motor)], [STIFF]))
        assert robot.arm.torque[0] == pytest.approx(most)


NARROWER = {
    "lower: -6": "-6 rad of joint 'yaw' is beyond the model's own limit -3",
    "torque: 500": "500 Nm of joint 'yaw' is beyond the model's own limit 120",
}


@pytest.mark.parametrize("line", NARROWER)
def test_a_description_cannot_widen_what_the_model_does(line: str, tmp_path: Path) -> None:
    note = ("velocity: 2.5", f"velocity: 2.5\n  {line}")
    with pytest.raises(ValueError, match=NARROWER[line]):
        robot_spec(written(tmp_path, "heron.xml", [], [note]))


def test_limits_are_no_wider_than_what_a_servo_can_be_told(tmp_path: Path) -> None:
    servo = YAW.replace("kp", 'ctrlrange="-1 1.5" kp')
    robot = robot_spec(written(tmp_path, "heron.xml", [(YAW, servo)]))
    assert (robot.arm.lower[0], robot.arm.upper[0]) == (-1.0, 1.5)


def test_servos_that_are_added_are_limited_also_where_a_file_limits_nothing_by_itself(
    tmp_path: Path,
) -> None:
    swaps = [(COMPILER, '<compiler angle="radian" autolimits="false"/>')]
    for key in ("", "force", "ctrl"):
        swaps.append((f" {key}range=", f' {key}limited="true" {key}range='))
    robot, spec = make_robot(written(tmp_path, "heron.xml", swaps, [STIFF]))
    model = spec.compile()
    for name, torque in zip(robot.arm.actuators, robot.arm.torque, strict=True):
        servo = model.actuator(name)
        assert servo.forcelimited[0] and servo.ctrllimited[0] and servo.forcerange[1] == torque


LOOSE = {
    "heron.xml has joints .*: lift. Nothing would hold them":
        [('<body name="pedestal">', '<body name="pedestal"><joint name="lift" type="slide"/>')],
    "heron.xml has joints .*: a free joint":
        [('<body name="pedestal">', '<body name="pedestal"><freejoint/>')],
}  # fmt: skip


@pytest.mark.parametrize("message", LOOSE)
def test_joints_that_nobody_describes_are_refused(message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        robot_spec(written(tmp_path, "heron.xml", LOOSE[message]))


@pytest.mark.parametrize(
    ("listed", "message"),
    [("roll, tilt, tilt", "'tilt' is listed twice"), ("roll, spin, tilt", "'tilt' does not hang")],
)
def test_joints_are_listed_once_and_in_order(listed: str, message: str, tmp_path: Path) -> None:
    one_body = [
        ('<joint name="tilt" axis="0 1 0" range="-2.2 2.2"/>', ""),
        (
            '<joint name="spin"',
            '<joint name="tilt" axis="0 1 0" range="-2.2 2.2"/><joint name="spin"',
        ),
    ]
    notes = [
        ("roll, tilt, spin", listed),
        ("home: [0, 0.2, 1.7, 0, 1.24, 0]", "home: [0, 0, 0, 0, 0, 0]"),
    ]
    with pytest.raises(ValueError, match=message):
        robot_spec(written(tmp_path, "heron.xml", one_body, notes))


def test_an_arm_alone_comes_without_the_gripper_of_its_file(tmp_path: Path) -> None:
    name = written(tmp_path, "heron.xml", [])
    note = tmp_path / "heron.yaml"
    note.write_text(note.read_text().partition("effector:")[0])
    robot, spec = make_robot(f"{name}+robotiq_2f85")
    assert spec.body("arm/claw") is None
    assert {j.name for j in spec.joints} == {*robot.arm.joints, *robot.effector.joints}


FINGERS_ON_THE_LAST_LINK = [
    ('<body name="claw" pos="0 0 0.012">', "<site/>"),
    ("                  </body>\n                </body>\n", "                </body>\n"),
    ('body1="claw"', 'body1="wrist_plate"'),
]


def test_fingers_may_hang_on_the_last_link_of_the_arm(tmp_path: Path) -> None:
    notes = [("body: claw", "body: wrist_plate")]
    name = written(tmp_path, "heron.xml", FINGERS_ON_THE_LAST_LINK, notes)
    robot, _ = same_places(name)
    assert "arm/spin" not in robot.effector.joints
    assert robot_spec(f"{name}+robotiq_2f85").effector.name == "robotiq_2f85"
    with pytest.raises(ValueError, match="on 'wrist_plate' of its own arm"):
        robot_spec(f"fr3+{name}")


def test_a_gripper_is_not_as_far_off_another_flange_as_it_was_off_its_own(tmp_path: Path) -> None:
    swaps = [('<body name="claw" pos="0 0 0.012">', '<body name="claw" pos="0 0 0.112">')]
    name = written(tmp_path, "heron.xml", swaps)
    robot, spec = make_robot(f"fr3+{name}")
    data = mujoco.MjData(spec.compile())
    mujoco.mj_kinematics(data.model, data)
    mount = data.model.body(data.model.body(robot.effector.body).parentid[0]).name
    np.testing.assert_allclose(data.body(robot.effector.body).xpos, data.body(mount).xpos)


def test_a_joint_without_limits_has_none_whatever_range_it_names(tmp_path: Path) -> None:
    swaps = [(f'name="{side}_rocker_hinge" axis="1 0 0" range="-0.2 1.1"',
              f'name="{side}_rocker_hinge" axis="1 0 0" limited="false" range="0.2 0.3"')
             for side in ("port", "starboard")]  # fmt: skip
    robot = robot_spec(written(tmp_path, "heron.xml", swaps))
    assert robot.effector.widest == pytest.approx(0.082, abs=1e-4)


def test_a_command_beyond_the_range_of_an_actuator_is_refused(tmp_path: Path) -> None:
    note = ("closed: [0.95]", "closed: [1.2]")
    with pytest.raises(ValueError, match="'effector.closed': 1.2 is beyond what 'claw_motor'"):
        robot_spec(written(tmp_path, "heron.xml", [], [note]))


def test_a_gripper_without_a_limit_of_force_presses_as_its_spring_does(tmp_path: Path) -> None:
    free = CLAW.replace(' forcerange="-6 6"', "")
    limited = robot_spec(f"file:{MODELS}/heron.xml").effector.force
    assert robot_spec(written(tmp_path, "heron.xml", [(CLAW, free)])).effector.force > limited


def test_fingers_touch_things_whatever_bits_a_file_gives_them(tmp_path: Path) -> None:
    pad = '<geom name="port_pad" '
    _, spec = make_robot(
        written(tmp_path, "heron.xml", [(pad, f'{pad}contype="2" conaffinity="2" ')])
    )
    assert spec.geom("arm/port_pad").contype & 1
    pairs = {(pair.bodyname1, pair.bodyname2) for pair in spec.excludes}
    assert ("arm/claw", "arm/port_tip") in pairs and ("arm/port_tip", "arm/turret") in pairs


def test_speeds_of_a_urdf_are_taken(tmp_path: Path) -> None:
    slow = (S1, S1.replace('velocity="2"', 'velocity="0.5"'))
    assert robot_spec(written(tmp_path, "stork.urdf", [slow])).arm.velocity[0] == 0.5


def test_limits_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    turned = (S1, S1.replace('lower="-3" upper="3"', 'lower="3" upper="-3"'))
    with pytest.raises(ValueError, match="'s1' are the wrong way round: 3 to -3 rad"):
        robot_spec(written(tmp_path, "stork.urdf", [turned]))


def test_a_force_is_given_where_a_urdf_has_none(tmp_path: Path) -> None:
    swaps = [('effort="60"', 'effort="0"')]
    with pytest.raises(ValueError, match="no limit of the force of joint 'bill': give 'force'"):
        robot_spec(written(tmp_path, "stork.urdf", swaps))
    notes = [("motors: {bill: 8000}", "motors: {bill: 8000}\n  force: 60")]
    robot = robot_spec(written(tmp_path, "stork.urdf", swaps, notes))
    assert robot.effector.force == pytest.approx(30.0, rel=0.01)


@pytest.mark.parametrize(
    "place", ["package://bird/meshes/base.stl", "file://{}/bird/meshes/base.stl"]
)
def test_meshes_of_packages_are_found(place: str, tmp_path: Path) -> None:
    for folder in ("urdf", "meshes", "other"):
        (tmp_path / "bird" / folder).mkdir(parents=True)
    trimesh.creation.box((0.1, 0.1, 0.12)).export(tmp_path / "bird/meshes/base.stl")
    trimesh.creation.box((0.5, 0.5, 0.12)).export(tmp_path / "bird/other/base.stl")
    mesh = f'<geometry><mesh filename="{place.format(tmp_path)}"/></geometry>'
    other = mesh.replace("meshes/base", "other/base")
    link = '<link name="swivel">'
    swaps = [(BASE, mesh), (link, f'{link}<collision><origin xyz="0 0 9"/>{other}</collision>')]
    _, spec = make_robot(written(tmp_path / "bird/urdf", "stork.urdf", swaps))
    model = spec.compile()
    longest = [
        float(np.ptp(model.mesh_vert[start : start + count], axis=0).max())
        for start, count in zip(model.mesh_vertadr, model.mesh_vertnum, strict=True)
    ]
    assert sorted(longest) == pytest.approx([0.12, 0.5])
    shutil.rmtree(tmp_path / "bird/meshes")
    with pytest.raises(ValueError, match="meshes/base.stl"):
        make_robot(written(tmp_path / "bird/urdf", "stork.urdf", swaps))


def test_a_payload_is_taken_from_the_description(tmp_path: Path) -> None:
    note = ("velocity: 2.5", "velocity: 2.5\n  payload: 1.5")
    assert robot_spec(written(tmp_path, "heron.xml", [], [note])).arm.payload == 1.5
    assert robot_spec(f"file:{MODELS}/heron.xml").arm.payload == math.inf


POINTS = {
    "[0, 0.03, 0.155]": "not between the pads: 30 mm off their middle",
    "[0, 0, 155]": "mm along the fingers; positions are in m",
    "[0, 0, 0]": "at the root 'claw' of the gripper",
}


@pytest.mark.parametrize("point", POINTS)
def test_a_tool_centre_point_is_between_the_pads(point: str, tmp_path: Path) -> None:
    note = ("[0, 0, 0.155]", point)
    with pytest.raises(ValueError, match=f"key 'effector.tcp': .*{POINTS[point]}"):
        robot_spec(written(tmp_path, "heron.xml", [], [note]))
