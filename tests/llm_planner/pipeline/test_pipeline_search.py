"""Many proposals, experience and composed skills, with a model that answers by script."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.llm_planner.answers import (
    BARE,
    FAR,
    GOOD,
    REFUSED,
    planned,
    step,
)

from habilis.assets.scene.model.compile import Compiled
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.sim.snapshot import Snapshot
from habilis.llm_planner.library.store import Composed, Library, Standing
from habilis.llm_planner.model.client import Client
from habilis.llm_planner.pipeline.episode import Settings, Thought
from habilis.llm_planner.pipeline.loop import Thinker, solve_with_model
from habilis.llm_planner.pipeline.memory import Lesson, LessonMemory
from habilis.llm_planner.pipeline.proposal import Exchange


def think(
    compiled: Compiled, state: Snapshot, client: Client, settings: Settings, **given: Any
) -> tuple[Thought, tuple[Exchange, ...]]:
    """Think without moving anything: the thought, and the exchanges with the model."""
    with Thinker(compiled, client, settings, **given) as thinker:
        return thinker.think(state), tuple(thinker.client.exchanges)


# ---- best-first


def test_best_first_tries_what_most_samples_say_first(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    client = scripted(plan=[BARE, GOOD, GOOD])
    settings = Settings(strategy="best-first", width=3)
    thought, _ = think(milk, robot.world.save(), client, settings)
    assert thought.chosen is not None and len(thought.tries) == 1
    assert {r.temperature for r in client.seen} == {settings.spread}
    assert "proposal 2 of 3" in client.seen[1].messages[1].content
    assert len({r.messages for r in client.seen}) == 3


def test_best_first_prefers_what_worked_before(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    names = tuple(s["skill"] for s in GOOD["steps"])
    memory = LessonMemory(
        [Lesson("other", "Pick up the milk carton.", ("milk",), True, "", names, "")]
    )
    client = scripted(plan=[BARE, BARE, GOOD])
    settings = Settings(strategy="best-first", width=3)
    thought, _ = think(milk, robot.world.save(), client, settings, memory=memory)
    assert thought.chosen is not None and len(thought.tries) == 1


def test_best_first_expands_the_proposal_that_got_farthest(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    half = planned(step("grasp", object="hammer"), FAR)
    client = scripted(plan=[BARE, half, GOOD])
    settings = Settings(strategy="best-first", width=2, proposals=3)
    thought, _ = think(milk, robot.world.save(), client, settings)
    assert thought.chosen is not None and len(thought.tries) == 3
    assert "step 2 (sweep) fails" in client.seen[2].messages[1].content


def test_best_first_gives_up_or_refuses(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    settings = Settings(strategy="best-first", width=2, proposals=4)
    state = robot.world.save()
    spent, exchanges = think(milk, state, scripted(plan=[BARE]), settings)
    assert spent.chosen is None and not spent.refusal and len(exchanges) == 4
    refused, _ = think(milk, state, scripted(plan=[REFUSED]), settings)
    assert refused.refusal and len(refused.tries) == 2


# ---- memory and library


@pytest.mark.slow
def test_episode_leaves_lessons_that_the_next_one_reads(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot, tmp_path: Path
) -> None:
    memory = LessonMemory(path=tmp_path / "lessons.jsonl")
    solve_with_model(milk, robot, scripted(plan=[BARE, GOOD]), Settings(), memory=memory)
    assert [x.ok for x in memory.lessons] == [False, True]
    assert memory.lessons[0].remedy == "grasp > sweep > place > grasp > lift"
    robot.reset(published(milk.scene, 1))
    client = scripted(plan=[GOOD])
    think(milk, robot.world.save(), client, Settings(), memory=memory)
    assert "failed: Pick up the milk carton." in client.seen[0].messages[1].content


def test_library_skill_is_offered_used_and_counted(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    skill = Composed(
        "take",
        "Grasp and lift.",
        ("object",),
        (step("grasp", object="$object"), step("lift", object="$object")),
    )
    library = Library([Standing(skill, "admitted", 5, 5)])
    answer = planned(*GOOD["steps"][:3], step("take", object="milk"))
    client = scripted(plan=[answer])
    episode = solve_with_model(milk, robot, client, Settings(), library=library)
    assert episode.success and "take(object)" in client.seen[0].messages[1].content
    assert (library["take"].trials, library["take"].successes) == (6, 6)


TAKING = Composed(
    "take",
    "Grasp and lift.",
    ("object",),
    (step("grasp", object="$object"), step("lift", object="$object")),
)


def test_library_skill_is_a_function_of_programs(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    library = Library([Standing(TAKING, "admitted", 5, 5)])
    program = """grasp('hammer')
sweep('milk', '-x', 0.144, 'hammer', 'head', offset=-0.038, side=1)
place('hammer', (0.2, 0.04))
print(take('milk')['height'])
"""
    client = scripted(coder=[{"program": program, "refusal": ""}])
    episode = solve_with_model(milk, robot, client, Settings("coder"), library=library)
    assert episode.success, episode.reason
    told = client.seen[0].messages[1].content
    assert "# Composed skills" in told and "take(object: str) -> dict[str, float]" in told
    last = episode.executions[-1].rehearsal
    assert last is not None
    assert [(c.name, c.by) for c in last.calls][-2:] == [
        ("grasp", "take"),
        ("lift", "take"),
    ]
    assert (library["take"].trials, library["take"].successes) == (6, 6)


def test_misuse_of_a_library_skill_is_an_exception_of_the_program(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    library = Library([Standing(TAKING, "admitted", 5, 5)])
    client = scripted(coder=[{"program": "take('mlik')", "refusal": ""}])
    settings = Settings("coder", "single")
    thought, _ = think(milk, robot.world.save(), client, settings, library=library)
    assert "did you mean 'milk'" in thought.reason


def test_a_revoked_skill_is_not_shown(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot
) -> None:
    client = scripted(plan=[GOOD])
    revoked = Library([Standing(TAKING, "revoked", 40, 10)])
    think(milk, robot.world.save(), client, Settings(), library=revoked)
    bare = scripted(plan=[GOOD])
    think(milk, robot.world.save(), bare, Settings())
    assert client.seen == bare.seen
