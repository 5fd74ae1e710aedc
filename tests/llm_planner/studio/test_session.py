"""The session without a browser: time, history, who acts, and what is told."""

import functools
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.llm_planner.fake_server import chat, serving
from tests.llm_planner.studio.conftest import until

from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.tasks import load_task
from habilis.llm_planner.model.make import make_client
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.studio.actors import FollowPlan, Play, Solve, has_oracle, oracle_plan
from habilis.llm_planner.studio.clock import Clock
from habilis.llm_planner.studio.history import History
from habilis.llm_planner.studio.session import Session
from habilis.llm_planner.studio.stage import Setting, scene_task

GRASP = Step("grasp", {"object": "box"})
LIFT = Step("lift", {"object": "box", "height": 0.08})


def plan(*steps: Step) -> Plan:
    return Plan("lift_the_box", "Lift the box.", steps)


def shown(session: Session, time: float) -> bool:
    return abs(session.moment.time - time) < 1e-9


# ---- time


def test_time_stands_still_until_it_is_let_go(session: Session) -> None:
    assert session.moment.time == 0 and not session.moment.playing
    session.clock.step(3)
    until(lambda: shown(session, 3 * TICK))
    session.clock.play()
    until(lambda: session.moment.time > 0.5)
    session.clock.pause()
    until(lambda: not session.moment.playing)
    here = session.moment.time
    session.clock.step()
    until(lambda: shown(session, here + TICK))


def test_a_clock_lets_steps_through_and_no_more() -> None:
    clock = Clock()
    assert not clock.may_begin(TICK)
    clock.step(2)
    assert [clock.may_begin(TICK) for _ in range(3)] == [True, True, False]
    clock.play()
    until(lambda: clock.may_begin(TICK))
    clock.pause()
    assert not clock.may_begin(TICK)


def test_going_back_is_exact_and_what_was_ahead_can_be_gone_to_again(session: Session) -> None:
    session.act(Play("random", seed=1), "random")
    until(lambda: session.moment.time > 1.0)
    session.stop()
    until(lambda: session.moment.acting == "" and not session.moment.playing)
    end = session.moment
    session.seek(0.0)
    until(lambda: shown(session, 0.0))
    assert session.moment.span[1] == pytest.approx(end.time)
    session.seek(end.time)
    until(lambda: shown(session, end.time))
    np.testing.assert_array_equal(session.moment.pos, end.pos)
    np.testing.assert_array_equal(session.moment.quat, end.quat)


def test_a_world_that_is_paced_does_what_one_that_is_not_does(scene: Scene) -> None:
    begun: list[int] = []
    plain, paced = Setting(scene_task(scene)), Setting(scene_task(scene), lambda: begun.append(1))
    for stage in (plain, paced):
        stage.core.step(np.full((1, 4), 0.5))
        stage.robot.hold(0.1)
    np.testing.assert_array_equal(plain.save().rows["state"], paced.save().rows["state"])
    assert len(begun) == 10


def test_history_forgets_every_other_moment_when_it_is_full() -> None:
    one = Snapshot({"state": np.zeros((1, 10))})
    history = History(most=100 * one.rows["state"].nbytes)
    for k in range(400):
        if history.due(k * TICK):
            history.keep(k * TICK, Snapshot({"state": np.full((1, 10), float(k))}))
    first, last = history.span
    assert first == 0 and last > 7.5
    assert history.at(4.0).rows["state"][0, 0] * TICK == pytest.approx(4.0, abs=0.2)
    history.keep(1.0, one)
    assert history.span == (0.0, 1.0)


# ---- who acts


def test_a_plan_lights_up_step_by_step_and_can_go_on_from_any(session: Session) -> None:
    session.act(FollowPlan(plan(GRASP, LIFT)), "the plan")
    until(lambda: session.rows and session.rows[0].state == "running")
    until(lambda: session.rows[1].state == "success" and not session.moment.acting)
    assert "success after" in session.rows[0].result and "aperture" in session.rows[0].result
    told = session.moment.account
    assert told.verdict == "reached" and all(part.holds for part in told.goal)
    assert any(
        {t.first, t.second} == {"left_finger", "box"} and t.seconds > 0 for t in told.touches
    )
    start = session.rows[1].start
    assert start is not None
    session.seek(start)
    until(lambda: abs(session.moment.time - start) < 2 * TICK)
    session.act(FollowPlan(plan(GRASP, LIFT), first=1), "the rest")
    until(lambda: session.lines()[-1] == "goal reached" and not session.moment.acting)
    assert [row.state for row in session.rows] == ["success", "success"]


def test_a_plan_that_fails_says_why(session: Session) -> None:
    session.act(FollowPlan(plan(LIFT)), "the plan")
    until(lambda: session.rows and session.rows[0].state == "failure")
    until(lambda: any("not reached" in line for line in session.lines()))


def test_agents_take_turns_without_a_reset(session: Session) -> None:
    session.act(Play("random"), "random")
    until(lambda: session.moment.acting == "random" and session.moment.time > 0.3)
    swapped = session.moment.time
    session.act(Play("zero"), "zero")
    until(lambda: session.moment.acting == "zero" and session.moment.time > swapped + 0.3)
    session.act(FollowPlan(plan(GRASP)), "the plan")
    until(lambda: session.rows and session.rows[0].state == "running")


def test_the_fault_of_an_actor_ends_the_actor_alone(session: Session) -> None:
    def fails(_: Session) -> None:
        raise ValueError("no such thing")

    session.act(fails, "it")
    until(lambda: session.lines() == ["ValueError: no such thing"])
    session.clock.step()
    until(lambda: shown(session, TICK))


def test_somebody_who_thinks_is_taken_off_when_there_is_something_to_say(session: Session) -> None:
    begun, ended = threading.Event(), threading.Event()

    def thinks(of: Session) -> None:
        try:
            while True:
                begun.set()
                of.say("hm")
        finally:
            ended.set()

    session.act(thinks, "it")
    assert begun.wait(60)
    session.reset(3)
    assert ended.wait(60)
    until(lambda: session.seed == 3 and not session.moment.acting)
    assert len(session.lines()) <= 400 and session.said >= len(session.lines())


def test_another_task_is_shown_and_its_oracle_known(session: Session) -> None:
    session.load(lambda: load_task("habilis/PressButton-v0", variation=0.0))
    until(lambda: session.stage.task.id == "habilis/PressButton-v0")
    assert has_oracle("habilis/PressButton-v0") and not has_oracle("habilis/Scene-v0")
    steps = oracle_plan("habilis/PressButton-v0", session).steps
    assert steps
    until(lambda: session.moment.scene is session.stage.scene)


def test_a_task_without_an_arm_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="TweezersAperture-v0 has no scene with an arm"):
        Setting(load_task("habilis/TweezersAperture-v0"))


@pytest.mark.slow
def test_the_search_plans_and_acts_and_a_no_keeps_the_robot_still(
    session: Session, tmp_path: Path
) -> None:
    asked: list[str] = []

    def refuse(text: str) -> bool:
        asked.append(text)
        return False

    session.act(Solve("Lift it", ask=refuse), "search")
    until(lambda: "the plan was refused by the operator" in session.lines())
    assert asked[0].startswith("the verified plan") and session.moment.time == 0
    assert [row.state for row in session.rows] == ["waiting"] * len(session.rows)
    session.act(Solve("Lift it"), "search")
    until(lambda: session.lines()[-1] == "goal reached")
    assert session.rows and all(row.state == "success" for row in session.rows)
    assert len(list(tmp_path.glob("*/run.json"))) == 2


def test_a_model_that_plans_may_be_given_longer_answers(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(chat("{", "length")) as server:
        model = functools.partial(make_client, f"openai:m@{server.url}")
        session.act(Solve("Lift it", model, answer_tokens=16_000), "model")
        until(lambda: any("longer than max_tokens=16000" in line for line in session.lines()))
        assert len(server.calls) == 1
