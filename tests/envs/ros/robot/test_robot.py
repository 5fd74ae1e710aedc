"""An arm over the bus as skills and policies know it: n = 1, a world, commands at the tool."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import Clock, Direct, FakeArm, profile

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.control.rotations import DOWN
from habilis.envs.robot.robot import SimRobot, WorldRobot, start_joints
from habilis.envs.ros.messages.motion import TF
from habilis.envs.ros.messages.transforms import transforms
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.profiles.profile import Commands, Gripper
from habilis.envs.ros.robot.events import RobotEvent
from habilis.envs.ros.robot.robot import RosRobot
from habilis.envs.world.world import World

pytestmark = pytest.mark.usefixtures("no_thread")
OPEN = np.full(1, 0.08)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scene(scene_path("reach_milk_2023"))


class Bridge:
    """A robot over a bus without threads, the arm on its other side, and who sees the things."""

    def __init__(self, scene: Scene, **changes: Any) -> None:
        from habilis.envs.ros.transports.local import Bus

        self.scene, self.bus, self.clock = scene, Bus(), Clock()
        self.profile = profile(**changes)
        self.arm = FakeArm(self.profile, self.bus, self.clock)
        self.eyes = Direct(self.bus, "eyes")
        self.eyes.connect()
        self.eyes.advertise("/tf", TF)
        self.pose = {e.name: np.array(e.pos) for e in scene.entities if not e.fixed}
        self.events: list[RobotEvent] = []
        self.robot = RosRobot(
            self.profile, Direct(self.bus, "us"), scene, clock=self.clock, sleep=self.clock.sleep
        )
        self.robot.joints.events.append(self.events.append)
        self.arm.q = start_joints(self.robot.controller, scene)
        self.clock.each += [self.arm.step, self.see, self.robot.joints.look]

    def see(self) -> None:
        quat = np.array([[1.0, 0, 0, 0]])
        for name, pos in self.pose.items():
            where = (pos - np.array(self.scene.base))[None]
            self.eyes.publish(
                "/tf", transforms("fr3_link0", [f"object/{name}"], where, quat, self.clock())
            )

    def armed(self) -> Bridge:
        self.robot.connect()
        self.clock.sleep(0.2)
        self.robot.arm()
        return self

    def go(self, way: tuple[float, float, float], ticks: int) -> None:
        """Along a way, m, at its own pace."""
        start = self.robot.controller.limiter.pos.copy()
        for k in range(1, ticks + 1):
            self.robot.observe()
            self.robot.command(CommandBatch(start + np.array(way) * k / ticks, OPEN))


@pytest.fixture
def bridge(scene: Scene) -> Bridge:
    return Bridge(scene).armed()


def test_it_is_what_the_planner_runs_on(scene: Scene) -> None:
    robot = Bridge(scene).robot
    as_world: WorldRobot = robot
    sim = SimRobot(World(robot.world.compiled, 1, nthread=1))
    assert as_world.n == 1 and as_world.bodies == sim.bodies and as_world.scene is scene


def test_observations_are_what_ros_reports(bridge: Bridge) -> None:
    bridge.pose["milk"] = np.array([0.5, 0.1, 0.06])
    bridge.clock.sleep(0.05)
    obs = bridge.robot.observe()
    np.testing.assert_allclose(obs.q[0], bridge.arm.q, atol=1e-9)
    np.testing.assert_allclose(obs.pos[0, bridge.robot.bodies.index("milk")], [0.5, 0.1, 0.06])
    assert obs.aperture[0] == pytest.approx(0.08)
    assert obs.time[0] == pytest.approx(bridge.robot.time)
    assert obs.q.shape == (1, 7) and obs.rot.shape == (1, 3, 3)
    assert obs.pos.shape == (1, len(bridge.robot.bodies), 3)


def test_the_arm_goes_where_the_tool_is_sent_within_a_period_each(bridge: Bridge) -> None:
    before, began = bridge.robot.observe().tcp[0], bridge.clock()
    bridge.go((0.0, 0.05, -0.05), 50)
    assert bridge.clock() - began == pytest.approx(50 * TICK, abs=TICK)
    bridge.robot.hold(0.2)
    np.testing.assert_allclose(bridge.robot.observe().tcp[0] - before, [0, 0.05, -0.05], atol=1e-3)
    assert bridge.robot.joints.stopped == ""


def test_what_was_sent_is_returned_and_the_controller_goes_on_from_it(bridge: Bridge) -> None:
    robot = bridge.robot
    far = robot.controller.limiter.pos + (0, 0.3, 0)
    for _ in range(20):
        robot.observe()
        sent = robot.command(CommandBatch(far, OPEN))
        assert sent.clamps.speed[0]
        np.testing.assert_allclose(sent.ctrl[0, -1, :7], robot.joints.limiter.q[0])
        np.testing.assert_allclose(robot.controller.limiter.q, robot.joints.limiter.q)
    bridge.clock.sleep(0.2)  # it is coming to rest: nobody told it to go on
    robot.observe()
    np.testing.assert_allclose(robot.controller.limiter.q[0], bridge.arm.q, atol=0.01)
    sent = robot.command(CommandBatch(far, OPEN))
    assert np.abs(sent.ctrl[0, -1, :7] - bridge.arm.q).max() < 0.01


def test_ticks_of_a_policy_are_streamed(bridge: Bridge) -> None:
    robot, ticks = bridge.robot, list[float]()
    robot.on_tick = lambda: ticks.append(robot.world.time[0])
    for _ in range(5):
        robot.observe()
        limiter = robot.controller.limiter
        sent = robot.follow(robot.controller.to_pose(limiter.pos + (0, 0.01, 0), DOWN, OPEN, 5))
        assert sent.ctrl.shape == (1, 5, 8)
    assert len(ticks) == 25 and np.allclose(np.diff(ticks), TICK, atol=1e-3)


def test_whoever_commands_without_looking_is_stopped(bridge: Bridge) -> None:
    where = bridge.robot.controller.limiter.pos.copy()
    with pytest.raises(StoppedError, match="made from what was seen 0.2"):
        for _ in range(20):
            bridge.robot.command(CommandBatch(where, OPEN))


def test_the_stop_reaches_everything_and_arming_starts_anew(bridge: Bridge) -> None:
    robot = bridge.robot
    bridge.go((0, 0.05, 0), 10)
    robot.stop("the user")
    assert bridge.arm.stops == 1 and robot.controller.limiter.stopped.all()
    for _ in range(2):
        with pytest.raises(StoppedError, match="stopped: the user"):
            robot.command(CommandBatch(robot.controller.limiter.pos, OPEN))
    with pytest.raises(StoppedError):
        robot.hold(0.1)
    robot.arm()
    robot.hold(0.1)
    assert robot.joints.stopped == ""


def test_the_gripper_closes_and_what_is_held_stays_held_over_a_stop(bridge: Bridge) -> None:
    robot = bridge.robot
    robot.observe()
    robot.command(CommandBatch(robot.controller.limiter.pos, np.zeros(1)))
    robot.hold(0.1)
    assert bridge.arm.grips == [0.0]
    bridge.arm.end_grip(0.03, stalled=True)
    robot.stop()
    bridge.clock.sleep(0.3)
    robot.arm()
    robot.hold(0.3)
    assert bridge.arm.grips == [0.0] and robot.controller.aperture[0] == 0.0
    assert robot.observe().aperture[0] == pytest.approx(0.03)
    grips = [e.data for e in bridge.events if e.kind == "gripper"]
    assert grips[0] == {"aperture": 0.0} and grips[1]["result"].stalled


def test_things_that_are_needed_must_be_seen_others_are_named(bridge: Bridge) -> None:
    robot = bridge.robot
    assert robot._needed == {"milk", "hammer"}
    del bridge.pose["pineapple_toy"]
    robot.hold(1.5)
    assert robot.unseen == ["pineapple_toy"] and robot.joints.stopped == ""
    del bridge.pose["milk"]
    with pytest.raises(StoppedError, match="milk not seen for 1 s"):
        robot.hold(1.5)


def test_fingers_that_are_not_reported_stop_it(bridge: Bridge) -> None:
    bridge.arm.mangle = lambda m: {
        k: v[:7] if isinstance(v, list) else v for k, v in m.items()
    }  # fmt: skip
    with pytest.raises(StoppedError, match="fr3_finger_joint1, fr3_finger_joint2 not in"):
        bridge.robot.hold(1.0)


def test_a_gripper_whose_joints_say_otherwise_stops_the_robot(bridge: Bridge) -> None:
    robot = bridge.robot
    robot.observe()
    robot.command(CommandBatch(robot.controller.limiter.pos, np.zeros(1)))
    robot.hold(0.1)
    bridge.arm.end_grip(0.0, stalled=False)
    robot.hold(1.5)
    assert robot.joints.stopped == ""
    bridge.arm.opening = 0.05
    with pytest.raises(StoppedError, match=r"at 0\.000 m, and fr3_finger_joint1, .* by 0\.050 m"):
        robot.hold(1.5)


def test_a_robot_that_falls_silent_ends_in_a_stop_with_that_reason(bridge: Bridge) -> None:
    bridge.arm.mangle = lambda m: None
    with pytest.raises(StoppedError, match="nothing comes on /joint_states"):
        bridge.robot.hold(1.0)
    with pytest.raises(StoppedError, match="nothing comes on /joint_states"):
        bridge.robot.observe()
    with pytest.raises(StaleState, match="not armed: nothing comes"):
        bridge.robot.arm()


def test_connecting_names_frames_that_do_not_come(scene: Scene) -> None:
    bridge = Bridge(scene)
    del bridge.pose["milk"]
    with pytest.raises(StaleState) as error:
        bridge.robot.connect(1.0)
    assert "no pose of object/milk relative to fr3_link0 on /tf" in str(error.value)
    assert "object/hammer" in str(error.value)


def test_what_does_not_fit_is_refused_before_connecting(scene: Scene) -> None:
    wrong = (
        ({"robot": "leap"}, "is of robot 'leap', the scene needs 'fr3'"),
        ({"gripper": None}, "has no gripper"),
        ({"commands": Commands("trajectory", "/x", rate=125.0)}, "a multiple of 50 Hz"),
    )
    for changes, words in wrong:
        with pytest.raises(ValueError, match=words):
            Bridge(scene, **changes)


FIRST = 2e-4  # rad by which the first target of a motion may be cut back


def largest_clamp(bridge: Bridge) -> float:
    clamps = [e.data for e in bridge.events if e.kind == "clamped"]
    assert len(clamps) <= 1
    return max((float(np.abs(c["requested"] - c["sent"]).max()) for c in clamps), default=0.0)


def test_a_faster_stream_is_not_clamped_between_ticks(scene: Scene) -> None:
    faster = Commands("trajectory", "/t", rate=100.0)
    bridge = Bridge(scene, commands=faster).armed()
    bridge.go((0.0, 0.1, -0.05), 60)
    assert largest_clamp(bridge) < FIRST
    assert len(bridge.arm.heard) == 120


def test_tighter_limits_of_the_profile_hold_for_the_tool_too(scene: Scene) -> None:
    slow = [dataclasses.replace(j, velocity=0.05, acceleration=1.0) for j in profile().limits]
    bridge = Bridge(scene, limits=tuple(slow)).armed()
    bridge.go((0.0, 0.2, 0.0), 50)
    assert np.abs(bridge.robot.joints.limiter.v).max() <= 0.05 + 1e-9
    assert largest_clamp(bridge) < FIRST


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_a_number_is_refused(bridge: Bridge, bad: float) -> None:
    bridge.robot.observe()
    with pytest.raises(ValueError, match="must be finite"):
        bridge.robot.command(CommandBatch(np.full((1, 3), bad), OPEN))
    with pytest.raises(ValueError, match="must be finite"):
        bridge.robot.command(CommandBatch(bridge.robot.controller.limiter.pos, np.full(1, bad)))
    assert bridge.arm.heard == []


def test_a_gripper_that_is_switched_goes_to_no_opening_between(scene: Scene) -> None:
    fingers = ("fr3_finger_joint1", "fr3_finger_joint2")
    air = Gripper("/air", fingers, "bool", scale=1.0)
    made = Bridge(scene, gripper=air).armed()
    heard: list[Any] = []
    made.eyes.subscribe("/air", "std_msgs/msg/Bool", heard.append)
    robot, here = made.robot, made.robot.controller.limiter.pos.copy()
    robot.observe()
    robot.command(CommandBatch(here, OPEN * 0))
    robot.command(CommandBatch(here, OPEN * 0))
    assert heard == [{"data": True}]
    made.arm.opening = 0.03
    for _ in range(100):
        robot.observe()
        robot.command(CommandBatch(here, OPEN * 0))
    assert robot.gripper.stalled and robot.observe().aperture[0] == pytest.approx(0.03)
    before = len(made.arm.heard)
    with pytest.raises(ValueError, match="opens and closes only, it is asked for 0.050 m"):
        robot.command(CommandBatch(here, np.full(1, 0.05)))
    assert len(made.arm.heard) == before, "nothing moves"
    with pytest.raises(ValueError, match="nothing reports the opening of its gripper"):
        Bridge(scene, gripper=dataclasses.replace(air, joints=()))
