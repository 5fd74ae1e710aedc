"""A robot operated call by call: no end, one call at a time, and a stop that is heard."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.text import ToolCall
from habilis.llm_planner.agents import robot_session
from habilis.llm_planner.agents.robot_session import RobotSession
from habilis.llm_planner.agents.text_tools import CallError, skill_tools

SLOW = ToolCall("move_to_position", {"position": [0.1, 0.0, 0.2], "speed": 0.005})
OPEN = ToolCall("open_gripper")


@pytest.fixture(scope="module")
def made() -> RobotSession:
    return RobotSession(load_scene(scene_path("gallery_l_hook")), seed=3, variation=1.0)


@pytest.fixture
def session(made: RobotSession) -> RobotSession:
    made.reset(3)
    return made


def test_a_seed_is_a_layout_and_reset_gives_it_again(session: RobotSession) -> None:
    first = session.describe().data
    session.run(ToolCall("move_to_position", {"position": [0.2, 0.1, 0.2]}), skill_tools())
    assert session.describe().data != first
    assert session.reset().data == first
    assert session.reset(4).data != first
    assert session.reset(3).data == first
    with pytest.raises(ValueError, match="seed must be >= 0"):
        session.reset(-1)


def test_a_stop_is_heard_in_the_middle_of_a_skill_and_stays(session: RobotSession) -> None:
    begun = threading.Event()
    ended: list[tuple[str, str]] = []

    def go_on() -> str:
        begun.set()
        return ""

    def move() -> None:
        result, text = session.run(SLOW, skill_tools(), go_on)
        ended.append((result.outcome, text))

    thread = threading.Thread(target=move)
    thread.start()
    assert begun.wait(60)
    session.stop()
    thread.join(60)
    outcome, text = ended[0]
    assert outcome == "preempted" and "stopped" in text
    with pytest.raises(CallError, match="the robot is stopped: reset"):
        session.run(OPEN, skill_tools())
    assert not session.score().success
    session.reset()
    assert session.run(OPEN, skill_tools())[0].ok


def test_a_skill_is_cut_off_by_its_caller_or_for_its_length(
    session: RobotSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, _ = session.run(SLOW, skill_tools(), lambda: "cancelled")
    assert (result.outcome, result.reason) == ("preempted", "cancelled")
    monkeypatch.setattr(robot_session, "LONGEST", 0.5)
    result, text = session.run(SLOW, skill_tools())
    assert result.reason == "it took more than 0.5 s" and "It took 0.5 s." in text
    assert session.run(OPEN, skill_tools())[0].ok  # both left it able to go on


def test_no_command_leaves_the_workspace_or_is_faster_than_the_limiter(
    session: RobotSession,
) -> None:
    call = ToolCall("move_to_position", {"position": [9.0, 0.0, 0.2]})
    with pytest.raises(CallError, match="metres outside the table"):
        session.run(call, skill_tools())
    near = ToolCall("move_to_position", {"position": [1.2, 0.0, 0.2], "speed": 2.0})
    result, _ = session.run(near, skill_tools())
    assert result.outcome == "failure" and "out of the workspace" in result.reason


def test_contacts_and_score_are_of_this_run_only(session: RobotSession) -> None:
    table = [c for c in session.contacts() if "table" in c["pair"]]
    assert not table  # nothing has been simulated yet
    assert not session.score().success
    found = session.contacts()
    assert found and all(np.isfinite([c["first"], c["last"], c["peak_force"]]).all() for c in found)
    assert session.score().seconds > 0
    session.reset()
    assert session.contacts() == [] and session.score().seconds == pytest.approx(0.5, abs=0.03)
