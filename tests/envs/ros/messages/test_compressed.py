"""Compressed pictures: there and back, by the name of their topic, and what is no picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.envs.ros.rig import Direct, profile

from habilis.envs.ros.messages.compressed import (
    COMPRESSED_IMAGE,
    compressed,
    info_topic,
    picture_type,
    read_picture,
)
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.pictures import IMAGE, image
from habilis.envs.ros.robot.cameras import RosCameras
from habilis.envs.ros.transports.local import Bus

SMOOTH = np.stack(np.meshgrid(np.arange(64) * 3, np.arange(48) * 4), -1)
PIXELS = np.dstack([SMOOTH, np.full((48, 64), 40)]).astype(np.uint8)


def test_colours_come_back_in_their_order_and_the_names_say_what_it_is() -> None:
    message = compressed(PIXELS, 2.5, "front")
    assert len(message["data"]) < PIXELS.size / 4
    got = read_picture(message)
    assert (got.time, got.frame) == (2.5, "front")
    assert np.abs(got.pixels.astype(int) - PIXELS).max() <= 6
    np.testing.assert_array_equal(read_picture(image(PIXELS, 1.0, "f")).pixels, PIXELS)
    small = "/front/image_raw/compressed"
    assert (picture_type(small), picture_type("/front/image_raw")) == (COMPRESSED_IMAGE, IMAGE)
    assert info_topic(small) == info_topic("/front/image_raw") == "/front/camera_info"


def test_png_and_grey_are_read() -> None:
    import cv2

    grey = PIXELS[..., 0]
    data = cv2.imencode(".png", grey)[1].tobytes()
    message = {**compressed(PIXELS, 1.0, "f"), "format": "mono8; png compressed", "data": data}
    np.testing.assert_array_equal(read_picture(message).pixels, grey)
    clear = np.dstack([PIXELS, np.zeros((48, 64), np.uint8)])
    message["data"] = cv2.imencode(".png", clear)[1].tobytes()
    np.testing.assert_array_equal(read_picture(message).pixels, PIXELS[..., ::-1])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"no picture at all"])
def test_what_is_no_picture_is_said(data: bytes) -> None:
    with pytest.raises(MessageError, match="CompressedImage"):
        read_picture({**compressed(PIXELS, 1.0, "f"), "data": data})
    with pytest.raises(MessageError, match="is depth, and not read"):
        read_picture({**compressed(PIXELS, 1.0, "f"), "format": "16UC1; compressedDepth"})


def test_a_profile_names_them_as_any_other() -> None:
    bus = Bus()
    robot, us = Direct(bus, "robot"), Direct(bus, "us")
    for transport in (robot, us):
        transport.connect()
    topic = "/hand/image_raw/compressed"
    named = dataclasses.replace(profile(), cameras=(("hand", topic),))
    cameras = RosCameras(named, us)
    with pytest.raises(Exception, match="no camera 'hand'"):
        cameras.picture("hand", 0.0)
    robot.advertise(topic, COMPRESSED_IMAGE)
    robot.publish(topic, compressed(PIXELS, 1.0, "hand"))
    assert cameras.picture("hand").pixels.shape == PIXELS.shape
