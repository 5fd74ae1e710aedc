"""Recovery and homing: what is sent, what counts as done, and robots that have neither."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot import survey as surveys
from habilis.envs.ros.robot.recovery import (
    ERROR_RECOVERY,
    HOMING,
    NotRecovered,
    ask_for,
    homing_of,
    recovery_of,
)
from habilis.envs.ros.robot.survey import survey
from habilis.envs.ros.transports.base import GoalStatus, Running
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.scripts.cli import main
from habilis.scripts.ros.check import report

FR3 = load_profile("fr3")


class Driver:
    """Offers both actions, and ends their goals as it is told."""

    def __init__(self) -> None:
        self.bus, self.goals = Bus(), list[Running]()
        self.status, self.result = GoalStatus.SUCCEEDED, dict[str, Any]()
        self.server, self.client = LocalTransport(self.bus), LocalTransport(self.bus)
        self.server.connect()
        self.client.connect()
        assert FR3.gripper is not None
        self.server.serve_action(FR3.recovery, ERROR_RECOVERY, self.take)
        self.server.serve_action(FR3.gripper.homing, HOMING, self.take)

    def take(self, goal: Running) -> str:
        self.goals.append(goal)
        if self.status.over:
            goal.end(self.status, self.result)
        return ""


@pytest.fixture
def driver() -> Iterator[Driver]:
    made = Driver()
    yield made
    made.client.close()
    made.server.close()


def test_an_arm_is_recovered_and_a_gripper_homed(driver: Driver) -> None:
    ask_for(recovery_of(FR3), driver.client)
    driver.result = {"success": True, "error": ""}
    ask_for(homing_of(FR3), driver.client)
    assert [dict(goal.goal) for goal in driver.goals] == [{}, {}]


def test_what_the_driver_says_is_told(driver: Driver) -> None:
    driver.result = {"success": False, "error": "fingers blocked"}
    with pytest.raises(NotRecovered, match="fr3_gripper/homing: failed: fingers blocked"):
        ask_for(homing_of(FR3), driver.client)
    driver.status, driver.result = GoalStatus.ABORTED, {}
    with pytest.raises(NotRecovered, match="error_recovery: aborted: no reason given"):
        ask_for(recovery_of(FR3), driver.client)
    driver.status = GoalStatus.EXECUTING
    with pytest.raises(NotRecovered, match="did not end within 0.05 s; does its driver run"):
        ask_for(dataclasses.replace(recovery_of(FR3), seconds=0.05), driver.client)
    assert driver.goals[-1].cancelled


def test_the_command_and_the_check(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "habilis.envs.ros.profiles.spec.make_transport", lambda _: LocalTransport(driver.bus)
    )
    assert main(["ros", "recover", "fr3"]) == 0
    assert "stays stopped until it is armed again" in capsys.readouterr().out
    driver.result = {"success": False, "error": "no"}
    assert main(["ros", "recover", "fr3", "--home-gripper", "--yes"]) == 1
    assert "NOT DONE: /fr3_gripper/homing: failed: no" in capsys.readouterr().out
    assert main(["ros", "recover", "ur5e"]) == 2
    assert "names no action that recovers the arm" in capsys.readouterr().err
    assert main(["ros", "recover", "leap", "--home-gripper"]) == 2
    assert "names no action that homes the gripper" in capsys.readouterr().err
    monkeypatch.setattr(surveys, "ANSWER", 0.5)
    found = survey(FR3, driver.client, 0.1)
    assert found.help == {"/action_server/error_recovery": "", "/fr3_gripper/homing": ""}
    del driver.bus.services["/fr3_gripper/homing/_action/cancel_goal"]
    lines = report(FR3, survey(FR3, driver.client, 0.1), "a bus")
    assert "recovery  /action_server/error_recovery answers" in lines
    assert "homing    /fr3_gripper/homing: nobody answers" in lines
