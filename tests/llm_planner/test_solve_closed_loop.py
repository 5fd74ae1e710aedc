"""Planning anew, from where things are, on a served simulation over a bus without threads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.envs.ros.conftest import NoThread
from tests.envs.ros.rig import Clock, Direct

from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import SimRobot, WorldRobot
from habilis.envs.ros.motion import joints
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot.robot import RosRobot
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.transports.local import Bus
from habilis.envs.tasks import load_task
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World
from habilis.llm_planner.run.letting_go import letting_go
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.search.scratch import Scratch
from habilis.llm_planner.solve import Job, Record, solve
from habilis.policies.skills.executor import Runner, run

MOVED = 0.06  # m
CARTON = "milk"


class Served:
    """A robot over a bus, simulated on its other side as the clock goes on, and who meddles."""

    def __init__(self) -> None:
        self.scene: Scene = load_task("habilis/ReachMilkNotNeeded-v0").scene()
        bus, clock, profile = Bus(), Clock(), load_profile("fr3")
        self.server = SimServer(profile, Direct(bus, "robot"), self.scene)
        self.server.offer()
        self.robot = RosRobot(
            profile, Direct(bus, "us"), self.scene, clock=clock, sleep=clock.sleep
        )
        self._next, self._clock = clock(), clock
        clock.each += [self._tick, self.robot.joints.look]
        self.robot.connect()
        clock.sleep(0.2)
        self.times = 0  # that the carton is still taken away
        self._last: Runner | None = None

    def _tick(self) -> None:
        if self._clock() >= self._next - 1e-9:
            self._next += 0.02
            self.server.tick()

    def meddle(self, runner: Runner) -> None:
        """Take the carton out of the hand after the first skill of a program, if it still may."""
        if self.times > 0 and len(runner.steps) == 1 and runner is not self._last:
            self.times, self._last = self.times - 1, runner
            world = self.server.world
            column = int(world.model.joint(int(world.model.body(CARTON).jntadr[0])).qposadr[0])
            world.sim.bind("qpos")[0, column + 1] += MOVED
            world.sim.forward()

    def solve(self, folder: Path, **options: Any) -> tuple[Record, list[str]]:
        said: list[str] = []
        job = Job(self.scene, folder / "run", film=False, **options)
        robot: WorldRobot = self.robot
        return solve(job, said.append, robot, self.meddle), said

    def height(self) -> float:
        """Of the carton in the served simulation above where it stood, m."""
        world = self.server.world
        return float(world.pos[0, world.index(CARTON), 2] - self.scene.entity(CARTON).pos[2])


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(joints, "Beat", NoThread)
    made = Served()
    yield made
    made.robot.close()
    made.server.close()


@pytest.mark.slow
def test_what_is_elsewhere_than_planned_is_planned_for_anew(served: Served, tmp_path: Path) -> None:
    served.times = 1
    record, said = served.solve(tmp_path)
    text = "\n".join(said)
    assert record.success and served.height() > 0.05, text
    assert len(record.replanned) == 1 and "looking again (1 of 3)" in text
    assert "(lift) fails: milk rose" in record.replanned[0]
    assert record.as_dict()["replanned"] == record.replanned
    assert text.count("verified in a copy of the world") == 2


@pytest.mark.slow
def test_the_bound_is_kept(served: Served, tmp_path: Path) -> None:
    served.times = 9
    record, said = served.solve(tmp_path, replans=1)
    assert not record.success and served.times == 7
    assert len(record.replanned) == 1 and "looking again (2" not in "\n".join(said)


@pytest.mark.slow
def test_a_plan_that_was_given_is_not_replaced(served: Served, tmp_path: Path) -> None:
    served.times = 1
    steps = (Step("grasp", {"object": CARTON}), Step("lift", {"object": CARTON, "height": 0.08}))
    plan = Plan(served.scene.name, "", steps)
    record, said = served.solve(tmp_path, plan=plan)
    assert not record.success and record.execution is not None
    assert not record.replanned and "looking again" not in "\n".join(said)


def test_what_is_held_is_put_down_before_planning_anew() -> None:
    scene = load_task("habilis/ReachMilkNotNeeded-v0").scene()
    compiled = compile_scene(scene)
    robot = SimRobot(World(compiled))
    robot.reset(Layout.nominal(scene, 1))
    judge, scratch = Monitor(robot.world), Scratch(compiled)
    assert letting_go(robot.world, judge.save(), scratch) is None
    steps = (Step("grasp", {"object": CARTON}), Step("lift", {"object": CARTON, "height": 0.08}))
    run(robot, Plan(scene.name, "", steps), judge)
    plan = letting_go(robot.world, judge.save(), scratch)
    assert plan is not None and [s.skill for s in plan.steps] == ["place"]
    run(robot, plan, judge)
    i = robot.world.index(CARTON)
    assert robot.world.pos[0, i, 2] == pytest.approx(scene.entity(CARTON).pos[2], abs=0.002)
    assert letting_go(robot.world, judge.save(), scratch) is None
