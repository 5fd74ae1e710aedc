"""Recovery and homing of a served arm, by the same command that asks a Franka for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.envs.ros.serving.test_server import PROFILE, Rig

from habilis.envs.ros.messages import motion as m
from habilis.envs.ros.robot.recovery import ERROR_RECOVERY, HOMING, homing_of, recovery_of
from habilis.envs.ros.serving.life import STOP
from habilis.envs.ros.transports.base import GoalStatus, TransportError
from habilis.envs.ros.transports.local import Bus, LocalTransport


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.server.close()
    made.client.close()


def test_an_arm_that_was_stopped_moves_again_after_recovery(rig: Rig) -> None:
    rig.trigger(STOP)
    target = rig.q.copy()
    target[6] += 0.1
    refused = rig.send(rig.trajectory([0.5], target[None])).wait(0)
    assert refused is not None and refused.status is GoalStatus.REJECTED
    asked = recovery_of(PROFILE)
    goal = rig.client.send_goal(asked.action, asked.type, {})
    rig.run(0.05)
    end = goal.wait(0)
    assert end is not None and end.status is GoalStatus.SUCCEEDED
    again = rig.send(rig.trajectory([0.5], target[None]))
    rig.run(1.0)
    done = again.wait(0)
    assert done is not None and done.status is GoalStatus.SUCCEEDED


def test_homing_closes_and_opens_all_the_way(rig: Rig) -> None:
    asked, arm = homing_of(PROFILE), rig.server.plant
    goal = rig.client.send_goal(asked.action, asked.type, {})
    least = 1.0
    for _ in range(150):
        rig.run(0.02)
        least = min(least, arm.aperture)  # type: ignore[attr-defined]
        if (end := goal.wait(0)) is not None:
            break
    assert end is not None and end.status is GoalStatus.SUCCEEDED
    assert end.result == {"success": True, "error": ""}
    assert least < 0.003 and arm.aperture > 0.075  # type: ignore[attr-defined]


def test_homing_is_refused_while_stopped_and_can_be_cancelled(rig: Rig) -> None:
    asked = homing_of(PROFILE)
    rig.trigger(STOP)
    goal = rig.client.send_goal(asked.action, asked.type, {})
    rig.settle()
    end = goal.wait(0)
    assert end is not None and end.status is GoalStatus.REJECTED and "stopped" in end.error
    rig.trigger("/habilis/recover")
    goal = rig.client.send_goal(asked.action, asked.type, {})
    rig.run(0.1)
    goal.cancel()
    rig.run(0.1)
    end = goal.wait(0)
    assert end is not None and end.status is GoalStatus.CANCELED and not end.result["success"]
    after = rig.client.send_goal(PROFILE.gripper.action, m.GRIPPER, m.gripper_goal(0.02, 40))  # type: ignore[union-attr]
    rig.run(1.0)
    end = after.wait(0)
    assert end is not None and "reached_goal" in end.result, "no result of a homing"


def test_a_ros_without_these_types_serves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare(LocalTransport):
        def serve_action(self, action: str, type: str, take: Any) -> None:
            if type in (ERROR_RECOVERY, HOMING):
                raise TransportError(f"no type {type}")
            super().serve_action(action, type, take)

    from habilis.assets.scene.format.file import load_scene
    from habilis.assets.scenes import scene_path
    from habilis.envs.ros.serving.server import SimServer

    scene = load_scene(scene_path("reach_milk_2023"))
    with SimServer(PROFILE, Bare(Bus()), scene) as server:
        server.offer()
        offered = "\n".join(server.offers)
    assert PROFILE.commands.action in offered and ERROR_RECOVERY not in offered
