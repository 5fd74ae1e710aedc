"""Pictures and clouds by the names of a profile."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from habilis.envs.ros.messages import pictures
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.robot.cameras import RosCameras
from habilis.envs.ros.transports.base import TransportError
from habilis.envs.ros.transports.local import Bus, LocalTransport

PROFILE = dataclasses.replace(
    load_profile("fr3"), cameras=(("hand", "/hand/image"),), clouds=(("hand", "/hand/points"),)
)


def test_the_newest_picture_and_cloud_come_by_name() -> None:
    bus = Bus()
    robot, client = LocalTransport(bus), LocalTransport(bus)
    for transport in (robot, client):
        transport.connect()
    cameras = RosCameras(PROFILE, client)
    with pytest.raises(KeyError, match="did you mean 'hand'"):
        cameras.picture("hnad")
    with pytest.raises(TransportError, match="no camera 'hand' on /hand/image within 0.05 s"):
        cameras.picture("hand", 0.05)
    with pytest.raises(TransportError, match="no cloud 'hand'"):
        cameras.cloud("hand", 0.05)
    robot.advertise("/hand/image", pictures.IMAGE)
    robot.advertise("/hand/points", pictures.POINT_CLOUD)
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    points = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    robot.publish("/hand/image", pictures.image(pixels, 1.0, "hand"))
    robot.publish("/hand/points", pictures.point_cloud(points, 1.0, "hand"))
    np.testing.assert_array_equal(cameras.picture("hand").pixels, pixels)
    np.testing.assert_allclose(cameras.cloud("hand").points, points, atol=1e-6)
    for transport in (robot, client):
        transport.close()
