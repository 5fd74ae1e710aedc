"""A genuine ROS 2 node drives a served robot through a rosbridge server."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Iterator

import pytest
from tests.envs.ros.stack import NATIVE, Stack, until

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.ros.grippers.switch import SwitchDriver
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.profiles.profile import Commands, Gripper, Profile
from habilis.envs.ros.serving.controller import Tolerances
from habilis.envs.ros.serving.life import RECOVER, STOP
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.transports.base import GoalStatus
from habilis.envs.ros.transports.names import make_transport

pytestmark = pytest.mark.skipif(NATIVE, reason="over rosbridge")
FINGERS = ("fr3_finger_joint1", "fr3_finger_joint2")
CANCELED, SUCCEEDED, ABORTED = 5, 4, 6


def profile(name: str) -> Profile:
    """Of names that the peer of these tests does not have."""
    commands = Commands("trajectory", f"/{name}/joint_trajectory", action=f"/{name}/follow")
    return dataclasses.replace(load_profile(name), states=f"/{name}/states", commands=commands)


@pytest.fixture(scope="module")
def ur5e(whole_stack: Stack) -> Iterator[SimServer]:
    whole_stack.mend()
    with SimServer(profile("ur5e"), make_transport(whole_stack.url)) as server:
        server.start()
        yield server


def follow(stack: Stack, served: Profile, *more: str) -> dict[str, object]:
    joints = ",".join(served.joints)
    said = stack.user("follow", served.commands.action, "--joints", joints, *more)
    return {key: value for line in said for key, value in line.items()}


def test_a_goal_is_followed_and_cancelled(stack: Stack, ur5e: SimServer) -> None:
    end = follow(stack, ur5e.profile, "--duration", "2.0")
    assert end["accepted"] and end["status"] == SUCCEEDED and end["error"] == "goal reached"
    feedbacks = end["feedbacks"]
    assert isinstance(feedbacks, int) and feedbacks >= 20
    assert abs(ur5e.plant.q - 0.5).max() < 0.02
    end = follow(stack, ur5e.profile, "--duration", "9.0", "--cancel", "0.3")
    assert end["status"] == CANCELED


def test_what_is_refused_ends_aborted_since_rosbridge_accepts_by_itself(
    stack: Stack, ur5e: SimServer
) -> None:
    said = stack.user("follow", ur5e.profile.commands.action, "--joints", "x,y")
    assert {line["status"] for line in said if "status" in line} <= {ABORTED}
    assert not ur5e.controller.busy


def test_a_stop_lasts_until_recovered(stack: Stack, ur5e: SimServer) -> None:
    (stopped,) = stack.user("trigger", STOP)
    assert stopped["success"] and ur5e.stopped
    assert follow(stack, ur5e.profile).get("status") != SUCCEEDED
    (recovered,) = stack.user("trigger", RECOVER)
    assert recovered["success"] and not ur5e.stopped


def test_an_arm_that_cannot_get_there_aborts(stack: Stack) -> None:
    served = profile("fr3")
    scene = load_scene(scene_path("reach_milk_2023"))
    quick = Tolerances(path=0, goal_time=0.5)
    with SimServer(served, make_transport(stack.url), scene, tolerances=quick) as server:
        server.start()
        joints, *_ = stack.user("listen", served.states)[1:]
        assert joints["name"][:7] == list(served.joints) and len(joints["position"]) == 9
        end = follow(stack, served, "--duration", "1.0")  # 0.5 rad is beyond the elbow's range
        assert end["status"] == ABORTED and "fr3_joint4" in str(end["error"])


def near(server: SimServer, opening: float, stack: Stack, again: tuple[str, ...]) -> bool:
    """Whether the jaw stands at an opening, m; where it does not, it is told once more."""
    if abs(server.world.aperture[0] - opening) < 0.003:
        return True
    if again:
        stack.user(*again)
    return False


@pytest.mark.parametrize(
    ("gripper", "close", "open_"),
    [
        (Gripper("/air", FINGERS, "set_bool"), ("switch", "/air"), ("switch", "/air", "--off")),
        (
            Gripper("/shut", (), "trigger", opens="/let_go"),
            ("trigger", "/shut"), ("trigger", "/let_go"),
        ),
        (
            Gripper("/loose", FINGERS, "bool", closed_is=False),
            ("tell", "/loose", "--off"), ("tell", "/loose"),
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Gripper) else "",
)  # fmt: skip
def test_a_gripper_is_switched_by_a_users_node_and_by_ours(
    stack: Stack, gripper: Gripper, close: tuple[str, ...], open_: tuple[str, ...]
) -> None:
    served = dataclasses.replace(profile("fr3"), gripper=gripper)
    scene = load_scene(scene_path("reach_milk_2023"))
    ours = make_transport(stack.url)
    told: list[GoalStatus] = []
    with SimServer(served, make_transport(stack.url), scene) as server:
        server.start()
        for command, opening in ((close, 0.0), (open_, 0.08)):
            stack.user(*command)
            again = command if gripper.kind == "bool" else ()  # whose topic keeps nothing
            until(functools.partial(near, server, opening, stack, again), "the jaw")
        ours.connect()
        driver = SwitchDriver(gripper, ours, told.append)
        driver.want(0.0)
        if gripper.kind == "bool":  # as a node that was just made: nobody listens to it yet
            time.sleep(0.5)
        driver.keep(time.monotonic())
        until(lambda: server.world.aperture[0] < 0.003, "the jaw, closed by our driver")

        def seen() -> list[GoalStatus]:
            if gripper.joints:
                driver.see(time.monotonic(), server.world.aperture[0])
            return told

        until(seen, "what the driver tells of it")
    ours.close()
    assert told == [GoalStatus.SUCCEEDED if gripper.joints else GoalStatus.ACCEPTED]
