"""A robot behind ros2_control's interfaces, driven over rosbridge and over rclpy."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.envs.ros.stack import FOLLOW, FOLLOW_TYPE, JOINTS, trajectory, until

from habilis.envs.ros.transports.base import GoalStatus, Message
from habilis.envs.ros.transports.names import make_transport

pytestmark = pytest.mark.media(("rosbridge", "rclpy"))
STATE, TEXT = "sensor_msgs/msg/JointState", "std_msgs/msg/String"
COMMANDS = "/fr3_arm_controller/joint_trajectory"


def age(state: Message) -> float:
    stamp = state["header"]["stamp"]
    return float(time.time() - stamp["sec"] - stamp["nanosec"] * 1e-9)


class Driver:
    """A transport, and what a robot tells through it."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.states: list[Message] = []
        self.faults: list[Message] = []
        self.transport.subscribe("/joint_states", STATE, self.states.append)
        self.transport.subscribe("/faulty", TEXT, self.faults.append)
        self.transport.advertise("/fault", TEXT)
        self.transport.connect()
        until(lambda: self.states, "a joint state")

    def state(self) -> Message:
        count = len(self.states)
        until(lambda: len(self.states) > count, "a fresh joint state")
        return self.states[-1]

    def sound(self) -> bool:
        state = self.states[-1]
        return abs(age(state)) < 0.2 and state["position"][1] == state["position"][1]

    def fault(self, text: str, works: Callable[[Message], bool] | None = None) -> None:
        """Has a fault take hold, and waits until the states show it."""

        def holds() -> bool:
            self.transport.publish("/fault", {"data": text})
            time.sleep(0.02)
            return {"data": text} in self.faults

        self.faults.clear()
        until(holds, f"that the robot knows of {text!r}")
        if works is not None:
            until(lambda: works(self.state()), f"what shows {text!r}")

    def send(self, goal: Message, **options: Any) -> Any:
        for _ in range(40):  # until the graph knows of the action server
            sent = self.transport.send_goal(FOLLOW, FOLLOW_TYPE, goal, **options)
            end = time.monotonic() + 1.0
            while sent.status is GoalStatus.UNKNOWN and time.monotonic() < end:
                time.sleep(0.005)
            if sent.status is not GoalStatus.UNKNOWN:
                return sent
            sent.cancel()
        raise AssertionError("no action server")

    def at(self, pose: float) -> bool:
        return all(abs(q - pose) < 1e-6 for q in self.state()["position"][:7])


@pytest.fixture(scope="module")
def connected(medium: str, request: pytest.FixtureRequest) -> Iterator[Driver]:
    """One for all tests: discovery takes seconds."""
    url = medium
    if medium == "rosbridge":
        stack = request.getfixturevalue("whole_stack")
        stack.mend()
        url = stack.url
    driver = Driver(make_transport(url))
    yield driver
    driver.transport.close()


@pytest.fixture
def driver(connected: Driver) -> Iterator[Driver]:
    """With a robot that is mended, now and for whoever comes next."""
    connected.fault("none", lambda state: state["name"][:3] == JOINTS[:3] and connected.sound())
    yield connected
    connected.fault("none")


def test_states_come_at_their_rate(driver: Driver) -> None:
    before, start = len(driver.states), time.monotonic()
    time.sleep(1.0)
    heard = driver.states[before:]  # what came before may be of another test, and faulty
    rate = len(heard) / (time.monotonic() - start)
    assert 30.0 < rate < 120.0  # of 100, on a machine that may have much else to do
    stamps = [s["header"]["stamp"]["sec"] + s["header"]["stamp"]["nanosec"] * 1e-9 for s in heard]
    assert all(b > a for a, b in itertools.pairwise(stamps))


def test_poses_of_things_pictures_and_what_is_latched_are_heard(driver: Driver) -> None:
    tf: list[Message] = []
    pictures: list[Message] = []
    about: list[Message] = []
    driver.transport.subscribe("/tf", "tf2_msgs/msg/TFMessage", tf.append)
    driver.transport.subscribe("/camera/image", "sensor_msgs/msg/Image", pictures.append)
    driver.transport.subscribe("/robot_description", TEXT, about.append)
    until(lambda: tf and pictures and about, "all of them")
    milk = tf[-1]["transforms"][0]
    assert (milk["header"]["frame_id"], milk["child_frame_id"]) == ("base", "milk")
    assert milk["transform"]["translation"] == {"x": 0.5, "y": 0.0, "z": 0.05}
    pixels = pictures[-1]["data"]
    assert isinstance(pixels, bytes) and len(pixels) == 36
    assert all((b - a) % 256 == 1 for a, b in itertools.pairwise(pixels))
    assert about[-1] == {"data": "<robot/>"}


def test_a_trajectory_is_followed_to_its_end(driver: Driver) -> None:
    told: list[Message] = []
    goal = driver.send(trajectory(0.1, 0.2, seconds=0.5), feedback=told.append)
    end = goal.wait(5.0)
    assert end is not None and end.status is GoalStatus.SUCCEEDED
    assert end.result["error_code"] == 0
    assert driver.at(0.2)
    assert len(told) >= 8  # of 20
    assert len(told[-1]["desired"]["positions"]) == 7


def test_streamed_trajectories_are_followed(driver: Driver) -> None:
    driver.transport.advertise(COMMANDS, "trajectory_msgs/msg/JointTrajectory")

    def reached() -> bool:
        driver.transport.publish(COMMANDS, trajectory(-0.1, seconds=0.2)["trajectory"])
        time.sleep(0.3)
        return driver.at(-0.1)

    until(reached, "the pose")


@pytest.mark.parametrize("joints", [JOINTS[:6], ["a", *JOINTS[1:]]])
def test_wrong_joints_are_rejected(driver: Driver, joints: list[str]) -> None:
    end = driver.send(trajectory(0.1, joints=joints)).wait(3.0)
    assert end is not None and end.status is GoalStatus.REJECTED and end.error


def test_an_empty_trajectory_is_rejected(driver: Driver) -> None:
    end = driver.send({"trajectory": {"joint_names": JOINTS, "points": []}}).wait(3.0)
    assert end is not None and end.status is GoalStatus.REJECTED


def test_a_cancelled_trajectory_holds_where_it_is(driver: Driver) -> None:
    driver.send(trajectory(0.0, seconds=0.2)).wait(3.0)
    goal = driver.send(trajectory(1.0, seconds=10.0))
    until(lambda: driver.state()["position"][0] > 0.01, "motion")
    goal.cancel()
    end = goal.wait(3.0)
    assert end is not None and end.status is GoalStatus.CANCELED
    held = driver.state()["position"][0]
    time.sleep(0.2)
    assert 0.0 < held < 0.9 and driver.state()["position"][0] == held


def test_a_joint_that_sticks_aborts_by_tolerance(driver: Driver) -> None:
    driver.send(trajectory(0.0, seconds=0.2)).wait(3.0)
    driver.fault(f"stick {JOINTS[3]}")
    end = driver.send(trajectory(1.0, seconds=1.0)).wait(3.0)
    assert end is not None and end.status is GoalStatus.ABORTED
    assert end.result["error_code"] == -4 and JOINTS[3] in end.error


def test_the_stop_service_ends_the_motion(driver: Driver) -> None:
    goal = driver.send(trajectory(0.5, seconds=20.0))
    answer = driver.transport.call("/stop", "std_srvs/srv/Trigger", {}, 5.0)
    assert answer["success"]
    end = goal.wait(3.0)
    assert end is not None and end.status is GoalStatus.ABORTED


def test_the_gripper_closes(driver: Driver) -> None:
    command = {"command": {"position": 0.01, "max_effort": 20.0}}
    goal = driver.transport.send_goal(
        "/fr3_gripper/gripper_action", "control_msgs/action/GripperCommand", command
    )
    end = goal.wait(5.0)
    assert end is not None and end.status is GoalStatus.SUCCEEDED and end.result["reached_goal"]
    fingers = driver.state()["position"][7:]
    assert fingers == pytest.approx([0.01, 0.01], abs=1e-4)


FAULTS: dict[str, Callable[[Message], bool]] = {
    "drop fr3_joint3": lambda s: "fr3_joint3" not in s["name"],
    "nan fr3_joint2": lambda s: s["position"][1] != s["position"][1],
    "order": lambda s: s["name"][-1] == JOINTS[0],
    "time_jump 100": lambda s: age(s) < -50.0,
    "delay 0.4": lambda s: age(s) > 0.3,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_the_robot_are_heard(driver: Driver, fault: str) -> None:
    driver.fault(fault, FAULTS[fault])
    driver.fault("none", lambda state: not FAULTS[fault](state))


def test_a_robot_that_falls_silent_or_freezes_is_heard_as_it_is(driver: Driver) -> None:
    driver.fault("freeze_stamps")
    driver.state()
    assert driver.state()["header"]["stamp"] == driver.state()["header"]["stamp"]
    driver.fault("silence")
    time.sleep(0.2)
    count = len(driver.states)
    time.sleep(0.2)
    assert len(driver.states) == count


def test_a_robot_that_ignores_commands_takes_them_and_stays(driver: Driver) -> None:
    driver.fault("ignore")
    before = driver.state()["position"]
    goal = driver.send(trajectory(0.9, seconds=0.2))
    assert goal.wait(0.6) is None and driver.state()["position"] == before
    goal.cancel()
    end = goal.wait(3.0)
    assert end is not None and end.status is GoalStatus.CANCELED
