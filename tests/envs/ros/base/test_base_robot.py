"""The skills of legs drive a served robot through velocities, as they do one in simulation."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.base.base_rig import go1
from tests.envs.ros.rig import Direct

from habilis.assets.scene.things import Scene
from habilis.envs.control.limiter import StoppedError
from habilis.envs.ros.base.robot import RosWalker
from habilis.envs.ros.base.server import BaseServer
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.transports.local import Bus
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.solve import Job, solve
from habilis.policies.skills import PushToPosition, WalkToPosition
from habilis.policies.skills.executor import run
from habilis.scripts.shared.scenes import choose_scene

pytestmark = pytest.mark.usefixtures("by_hand")
TICKS = 5  # of the clock, 4 ms each, in a control period


class Stage:
    """A served robot and what drives it, by a clock that the test moves.

    Attributes:
      fastest: (3,) greatest velocities that were sent.
    """

    def __init__(
        self, scene: str = "climb_sofa_2024", things: str = "object_", **changes: Any
    ) -> None:
        self.bus, self.ticks, self.fastest = Bus(), 0, np.zeros(3)
        self.scene: Scene = choose_scene(scene, "")
        profile = go1(**changes)
        served = dataclasses.replace(profile, objects=things)
        self.server = BaseServer(served, Direct(self.bus), self.scene)
        self.server.offer()
        self.robot = RosWalker(
            profile, Direct(self.bus), self.scene, clock=self.now, sleep=self.sleep
        )
        self.robot.base.events.append(self._note)

    def now(self) -> float:
        return 0.004 * self.ticks

    def sleep(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / 0.004))):
            self.ticks += 1
            if self.ticks % TICKS == 0:
                self.server.tick()
            self.robot.base.look()

    def _note(self, event: Any) -> None:
        if event.kind == "sent":
            self.fastest = np.maximum(self.fastest, np.abs(event.data["sent"]))

    def armed(self) -> Stage:
        self.robot.connect()
        self.robot.ready()
        return self


def test_it_walks_to_a_position_within_the_limits() -> None:
    stage = Stage().armed()
    goal = (0.1, -0.35, 0.0)
    found = run(stage.robot, [WalkToPosition(goal, 0.5)])
    assert found.outcome == "success", found.reason
    true, rot = stage.server.world.trunk
    assert np.linalg.norm(true[0, :2] - goal[:2]) < 0.05
    assert abs(np.arctan2(rot[0, 1, 0], rot[0, 0, 0]) - 0.5) < 0.1
    assert (stage.fastest <= stage.robot.profile.limits.speeds + 1e-6).all()
    _stands_alike(stage)
    stage.robot.release()
    with pytest.raises(StoppedError, match="the run is over"):
        stage.robot.hold(0.1)


def _stands_alike(stage: Stage) -> None:
    """The twin, as the robot in the simulation that is served."""
    stage.robot.observe()
    for name in ("trunk", "q", "pos"):
        true, seen = (getattr(world, name) for world in (stage.server.world, stage.robot.world))
        if name == "trunk":
            true, seen = true[0], seen[0]
        assert np.abs(true - seen).max() < 0.02


def test_a_thing_that_is_not_seen_is_named_and_stops_it() -> None:
    stage = Stage().armed()
    heard = stage.robot.base.frames.age
    stage.robot.base.frames.age = (  # type: ignore[method-assign]
        lambda frame, now: np.inf if frame == "object_box_1" else heard(frame, now)
    )
    stage.sleep(0.1)
    assert stage.robot.base.stopped == "box_1 not seen for 1 s"
    with pytest.raises(StaleState, match="no pose of object_box_1, object_box_2 relative to odom"):
        Stage(things="thing_").robot.connect(0.5)


def test_planar_odometry_is_put_onto_the_ground() -> None:
    odometry = dataclasses.replace(go1().odometry, planar=True)
    stage = Stage("traverse_sofa_2024", odometry=odometry).armed()
    stage.robot.observe()
    pos, rot = stage.robot.world.trunk
    assert pos[0, 2] == pytest.approx(0.34 + 0.28, abs=0.01) and rot[0, 2, 2] == pytest.approx(1)


def test_a_scene_of_an_arm_is_refused() -> None:
    scene = choose_scene("reach_milk_2023", "")
    with pytest.raises(ValueError, match="is of robot 'go1', the scene needs"):
        RosWalker(go1(), Direct(Bus()), scene)


@pytest.mark.slow
def test_it_pushes_a_box_to_a_position() -> None:
    stage = Stage().armed()
    found = run(stage.robot, [PushToPosition("box_1", (1.6, 0.0, 0.06))])
    assert found.outcome == "success", found.reason
    box = stage.server.world.index("box_1")
    assert np.abs(stage.server.world.pos[0, box, :2] - [1.6, 0.0]).max() < 0.05


@pytest.mark.slow
def test_a_plan_of_a_shipped_scene_is_carried_out(tmp_path: Path) -> None:
    stage = Stage()
    steps = (
        Step("push_to_position", {"object": "box_1", "position": (1.969, 0.65, 0.06)}),
        Step("walk_to_position", {"position": (3.0, 0.2, 0.34)}),
    )
    plan = Plan(stage.scene.name, stage.scene.instruction, steps, "test")
    stage.robot.connect()
    record = solve(Job(stage.scene, tmp_path / "run", plan, film=False), robot=stage.robot)
    assert record.success, record.error
    assert stage.server.monitor.success[0]  # by the physics, not only as it is seen
