"""A served scene with tags on its things: what its cameras see tells where they are."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.media import gl
from habilis.envs.ros.messages.frames import FrameTree
from habilis.envs.ros.messages.motion import TF
from habilis.envs.ros.messages.transforms import read_transforms
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.serving.cameras import TF_STATIC, CameraPublisher, PublishedCameras
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.tags.file import parse_tags
from habilis.envs.ros.tags.tracker import TagTracker
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.envs.world.poses import matrices
from habilis.envs.world.seeing.cameras import Cameras

TAGS = """
family: apriltag_36h11
things:
  milk: [{id: 1, size: 0.033, pos: [0, 0, 0.08]}, {id: 2, size: 0.033, pos: [0, -0.022, 0.05], euler_deg: [90, 0, 0]}]
"""  # noqa: E501
TOPICS = ("/front/image_raw", "/front/image_raw/compressed")


@pytest.mark.parametrize("topic", TOPICS)
def test_things_with_tags_are_located_and_not_told_on_tf(topic: str) -> None:
    try:
        gl.ensure()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))
    profile = dataclasses.replace(load_profile("fr3"), cameras=(("front", topic),))
    bus, tags = Bus(), parse_tags(TAGS, "tags.yaml")
    ours, theirs, heard = LocalTransport(bus), LocalTransport(bus), list[Any]()
    ours.connect()
    ours.subscribe("/tf", TF, heard.append)
    scene = load_scene(scene_path("reach_milk_2024"))
    with SimServer(profile, theirs, scene, tags=tags) as server:
        server.offer()
        server.tick()
        wanted = PublishedCameras(("front",), width=1280, height=960, depth=False)
        publisher = CameraPublisher(profile, server.world, wanted)
        publisher.advertise(theirs)
        frames = FrameTree()
        with TagTracker(profile, ours, tags, frames, lambda: 5.0) as tracker:
            tracker.listen()
            frames.take(publisher.frames(server.now), 5.0, static=True)
            with Cameras(server.world) as drawn:
                for name, message in publisher.see(drawn, "front", server.now):
                    theirs.publish(name, message)
            for _ in range(100):
                if tracker.look():
                    break
                time.sleep(0.1)
        assert frames.pose("object_milk", profile.base_frame) is not None, tracker.trouble("milk")
        found, world = tracker.located["milk"], server.world
        i = world.index("milk")
        truth = world.pos[0, i] - np.array(scene.base)
        assert np.linalg.norm(found.pose[:3, 3] - truth) < 0.004
        turn = matrices(world.quat[0, i])
        assert np.abs(found.pose[:3, :3] - turn).max() < 0.05
        assert found.views == 2 and TF_STATIC in bus.topics
        for _ in range(100):  # told by the tracker's thread, after it has located it
            told = [t.frame for m in heard for t in read_transforms(m)]
            if "object_milk" in told:
                break
            time.sleep(0.1)
        assert told.count("object_milk") == 1, "by the tracker, and not by the robot"
        assert "object_hammer" in told
