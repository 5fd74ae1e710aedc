"""The arm with a hand in place of its gripper."""

from __future__ import annotations

import warnings

import mujoco
import numpy as np
import pytest
from tests.roots import need

from habilis.assets.pick.scene import POSTURE
from habilis.assets.robots.effectors.mounted_hand import MOUNT_ROTATION, mount_origin
from habilis.assets.robots.effectors.panda_hand import PANDA_HAND
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.hands.registry import HANDS
from habilis.assets.robots.registry import ARMS, add_robot, make_robot
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.model.preset import add_room

FR3 = ARMS["fr3"]


def built(hand: str) -> tuple[RobotSpec, mujoco.MjSpec]:
    need(hand)
    return make_robot(f"fr3+{hand}")


def hand_of(robot: RobotSpec) -> HandSpec:
    hand = robot.effector.hand
    assert hand is not None
    return hand


def at_home(robot: RobotSpec, model: mujoco.MjModel) -> mujoco.MjData:
    hand, data = hand_of(robot), mujoco.MjData(model)
    data.qpos[:] = (*POSTURE, *hand.home)
    data.ctrl[:] = (*POSTURE, *hand.command(np.array(hand.home)))
    mujoco.mj_forward(model, data)
    return data


def drift(robot: RobotSpec, model: mujoco.MjModel, data: mujoco.MjData) -> float:
    """How far the hand's base goes from where it is, at most, in 3 s, m."""
    before, far = data.body(hand_of(robot).base).xpos.copy(), 0.0
    for _ in range(75):
        mujoco.mj_step(model, data, nstep=10)
        far = max(far, float(np.linalg.norm(data.body(hand_of(robot).base).xpos - before)))
    return far


@pytest.mark.parametrize("hand", HANDS)
def test_the_arm_holds_the_hand_still(hand: str, mujoco_warnings: list[str]) -> None:
    robot, spec = built(hand)
    model = spec.compile()
    names = [model.joint(i).name for i in range(model.njnt)]
    assert names == [*robot.arm.joints, *hand_of(robot).joints]
    names = [model.actuator(i).name for i in range(model.nu)]
    assert names == [*robot.arm.actuators, *hand_of(robot).actuators]
    data = at_home(robot, model)
    assert data.ncon == 0
    assert drift(robot, model, data) < 1e-3
    assert not mujoco_warnings


def test_it_holds_a_tool_and_closing_fingers_too() -> None:
    robot, spec = built("leap")
    palm = spec.body(hand_of(robot).palm)
    palm.add_body(
        name="tool", pos=[0.03, 0, -0.1], mass=0.06, inertia=[1e-4] * 3
    ).explicitinertial = True
    model = spec.compile()
    assert drift(robot, model, at_home(robot, model)) < 1e-3
    data = at_home(robot, model)
    data.ctrl[7:] = model.actuator_ctrlrange[7:, 1]
    assert drift(robot, model, data) < 5e-3


def test_the_mount_is_where_it_says() -> None:
    """The hand's model frame, found from the pose of the palm in both models."""
    robot, spec = built("leap")
    model = spec.compile()
    data = at_home(robot, model)
    flange = data.body("mount").xmat.reshape(3, 3)
    assert data.body("mount").xpos == pytest.approx(
        data.body("link7").xpos + data.body("link7").xmat.reshape(3, 3) @ FR3.flange.pos
    )
    origin = data.body("mount").xpos + flange @ mount_origin(hand_of(robot))
    palm = data.body(hand_of(robot).palm)
    rot = flange @ MOUNT_ROTATION
    np.testing.assert_allclose(palm.xpos, origin + rot @ [0, 0, 0.1], atol=1e-6)
    np.testing.assert_allclose(palm.xmat.reshape(3, 3), rot @ np.diag([1, -1, -1]), atol=1e-6)
    # At home: fingers to the left, the index side down, the palm ahead.
    np.testing.assert_allclose(rot, [[0, 0, 1], [1, 0, 0], [0, 1, 0]], atol=5e-3)


def test_the_posture_with_a_tool_is_inside_the_limits_with_room() -> None:
    home = np.array(POSTURE)
    assert (home - np.array(FR3.limb.lower)).min() > 0.5
    assert (np.array(FR3.limb.upper) - home).min() > 0.5


def test_it_stands_in_a_room_without_a_warning(mujoco_warnings: list[str]) -> None:
    spec = mujoco.MjSpec()
    add_room(spec, ((-0.2, -0.5), (0.8, 0.5)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        robot = add_robot(spec, "fr3+leap")
        model = spec.compile()
    data = at_home(robot, model)
    assert data.ncon == 0
    lowest = min(float(data.body(tip.body).xpos[2]) for tip in hand_of(robot).tips.values())
    assert lowest > 0.1
    assert not mujoco_warnings


def test_there_is_no_gripper() -> None:
    _, spec = built("leap")
    names = {body.name for body in spec.bodies}
    assert not names & {PANDA_HAND.body, *PANDA_HAND.fingers}
