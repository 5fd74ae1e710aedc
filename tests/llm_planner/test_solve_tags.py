"""A task is solved from what cameras see of tags alone, on a served simulation without threads."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.envs.ros.conftest import NoThread
from tests.envs.ros.rig import Clock, Direct

from habilis.envs.media import gl
from habilis.envs.ros.motion import joints
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot.robot import RosRobot
from habilis.envs.ros.serving.cameras import TF_STATIC, CameraPublisher, PublishedCameras
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.tags.file import parse_tags
from habilis.envs.ros.tags.tracker import TagTracker
from habilis.envs.ros.transports.local import Bus
from habilis.envs.tasks import load_task
from habilis.envs.world.seeing.cameras import Cameras
from habilis.llm_planner.run.plan import Plan, Step
from habilis.llm_planner.solve import Job, solve

TAGS = """
family: apriltag_36h11
unseen: 20
things:
  milk:
    - {id: 1, size: 0.033, pos: [0, 0, 0.08]}
    - {id: 2, size: 0.033, pos: [0, -0.022, 0.05], euler_deg: [90, 0, 0]}
    - {id: 4, size: 0.033, pos: [0.022, 0, 0.05], euler_deg: [90, 0, 90]}
"""
EVERY = 0.5  # s between pictures


@pytest.mark.slow
def test_a_carton_is_lifted_that_only_cameras_know_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    try:
        gl.ensure()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))
    monkeypatch.setattr(joints, "Beat", NoThread)
    monkeypatch.setattr(TagTracker, "start", TagTracker.listen)
    scene, tags = load_task("habilis/ReachMilkNotNeeded-v0").scene(), parse_tags(TAGS, "tags")
    names = ("front", "top")
    profile = dataclasses.replace(
        load_profile("fr3"), cameras=tuple((name, f"/{name}/image_raw") for name in names)
    )
    bus, clock = Bus(), Clock()
    robot_side = Direct(bus, "robot")
    server = SimServer(profile, robot_side, scene, tags=tags)
    server.offer()
    wanted = PublishedCameras(names, width=1280, height=960, depth=False)
    publisher = CameraPublisher(profile, server.world, wanted)
    publisher.advertise(robot_side)
    robot = RosRobot(profile, Direct(bus, "us"), scene, tags=tags, clock=clock, sleep=clock.sleep)
    drawn = Cameras(server.world, samples=4)
    due = {"tick": clock(), "picture": clock()}

    def go_on() -> None:
        now = clock()
        if now >= due["tick"] - 1e-9:
            due["tick"] += 0.02
            server.tick()
        if now >= due["picture"] - 1e-9:
            due["picture"] += EVERY
            robot_side.publish(TF_STATIC, publisher.frames(server.now))
            for name in names:
                for topic, message in publisher.see(drawn, name, server.now):
                    robot_side.publish(topic, message)
            assert robot.tracker is not None
            robot.tracker.look()

    clock.each += [go_on, robot.joints.look]
    try:
        robot.connect()
        assert robot.tracker is not None and robot.tracker.located["milk"].sure
        steps = (
            Step("grasp", {"object": "milk"}),
            Step("lift", {"object": "milk", "height": 0.08}),
        )
        said: list[str] = []
        job = Job(scene, tmp_path / "run", Plan(scene.name, "", steps), film=False)
        record = solve(job, said.append, robot)
        lifted = server.world.pos[0, server.world.index("milk"), 2] - scene.entity("milk").pos[2]
        assert record.success and lifted > 0.05, "\n".join(said)
    finally:
        robot.close()
        drawn.close()
        server.close()
