"""A model plays an episode: what it is told, and what becomes of answers that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from habilis.envs.text import make_text
from habilis.llm_planner.agents.text_agent import reply_schema, run_episode
from habilis.llm_planner.agents.text_env import SkillTextEnv
from habilis.llm_planner.model.client import ClientError
from habilis.llm_planner.model.make import make_client
from habilis.llm_planner.model.recorder import RecordingClient
from habilis.llm_planner.model.schema import check_schema
from habilis.policies.agents.oracles import oracle

ID = "habilis/ReachMilkNotNeeded-v0"


@pytest.fixture
def env() -> SkillTextEnv:
    made = make_text(ID, calls=8)
    assert isinstance(made, SkillTextEnv)
    return made


def turn(*calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"thoughts": "so", "calls": [{"tool": t, "args": a} for t, a in calls]}


def solution(env: SkillTextEnv) -> list[dict[str, Any]]:
    return [turn((s.name, s.args())) for s in oracle(ID, env.env.core.scene)]


def test_the_schema_of_an_answer_is_one_that_clients_can_check(env: SkillTextEnv) -> None:
    check_schema(reply_schema(env.tools))


def test_a_model_that_knows_the_way_solves_the_task(
    env: SkillTextEnv, scripted: Callable[..., Any]
) -> None:
    client = scripted(react=[*solution(env), turn(("finish", {}))])
    done = run_episode(env, client, seed=0)
    assert done.info["success"] and not done.truncated and done.reward > 10
    first, last = client.seen[0].messages, client.seen[-1].messages
    assert "- World frame" in first[0].content and "grasp: Grasp an object" in first[0].content
    assert "Default 0.03." in first[0].content and "Task: " in first[1].content
    assert [m.role for m in last[2:4]] == ["assistant", "user"]
    assert last[3].content.startswith("[grasp] grasp: success: holding milk")


def test_answers_that_make_no_sense_are_told_and_counted(
    env: SkillTextEnv, scripted: Callable[..., Any]
) -> None:
    bad = [
        "I would rather not.",
        '{"calls": 3}',
        {"thoughts": "", "calls": []},
        ClientError("not what was asked for", "malformed"),
        turn(("grsp", {})),
    ]
    client = scripted(react=[*bad, turn(("refuse", {"reason": "enough"}))])
    done = run_episode(env, client, seed=0)
    said = [m.content for m in done.messages[3::2]]
    assert "That answer cannot be read: not JSON" in said[0]
    assert "answer.calls: array wanted" in said[1]
    assert said[2].startswith("No tool was called")
    assert "That answer cannot be read: not what was asked for" in said[3]
    assert "did you mean 'grasp'" in said[4]
    assert done.info["refused"] and not done.info["right"] and done.info["calls"] == 6


def test_calls_and_turns_are_limited(env: SkillTextEnv, scripted: Callable[..., Any]) -> None:
    looking = scripted(react=[turn(("look", {}))])
    assert run_episode(env, looking, seed=0).truncated and len(looking.seen) == 8
    looking.seen.clear()
    done = run_episode(env, looking, seed=0, turns=2)
    assert done.truncated and len(looking.seen) == 2 and len(done.replies) == 2


def test_a_model_that_cannot_be_reached_ends_it(
    env: SkillTextEnv, scripted: Callable[..., Any]
) -> None:
    with pytest.raises(ClientError, match="no such host"):
        run_episode(env, scripted(react=[ClientError("no such host", "unreachable")]), seed=0)


def test_a_recorded_episode_replays_strictly(
    env: SkillTextEnv, scripted: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "react.jsonl"
    first = run_episode(
        env, RecordingClient(scripted(react=solution(env)), path, "a script"), seed=4
    )
    again = run_episode(env, make_client(f"replay:{path}"), seed=4)
    assert again.info == first.info and again.messages == first.messages
    with pytest.raises(ClientError):
        run_episode(env, make_client(f"replay:{path}"), seed=5)
