"""Cameras on a bus, pictures with tags on it: what becomes known of things, and why if nothing."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import JOINTS, Clock, Direct, profile
from tests.envs.ros.tags.printed import FAMILY, SIZE, K, facing, picture, transform

from habilis.assets.arrays import Array
from habilis.envs.ros.messages import pictures
from habilis.envs.ros.messages.frames import FrameTree
from habilis.envs.ros.messages.motion import JOINT_STATE, TF, joint_state
from habilis.envs.ros.messages.transforms import transforms
from habilis.envs.ros.tags.file import CameraPlace, Tag, TagFile
from habilis.envs.ros.tags.hand_eye import CalibrationError, calibrate
from habilis.envs.ros.tags.pairs import PairCollector
from habilis.envs.ros.tags.sight import HandAt
from habilis.envs.ros.tags.tracker import TagTracker
from habilis.envs.ros.transports.local import Bus
from habilis.envs.world.poses import quaternions

TOPIC, INFO = "/front/image_raw", "/front/camera_info"
SIDE = 0.06
CAMERA = transform((2.3, 0.4, 0.2), (0.6, 0.1, 0.5))  # T_base_camera
TAG = Tag(3, SIDE, transform((0, 0, 0.4), (0, 0, 0.05)))
HOME = np.array([0.0, 0.1, 0.0, -2.2, 0.0, 2.3, 0.785])


class Watched:
    """A robot with one camera, and a tracker that looks when it is told to."""

    def __init__(self, place: CameraPlace | None = None) -> None:
        self.bus, self.clock = Bus(), Clock()
        self.profile = profile(cameras=(("front", TOPIC),))
        self.robot, self.us = Direct(self.bus, "robot"), Direct(self.bus, "us")
        for transport in (self.robot, self.us):
            transport.connect()
        self.frames, self.heard = FrameTree(), list[Any]()
        cameras = {} if place is None else {"front": place}
        file = TagFile(FAMILY, {"milk": (TAG,)}, cameras)
        self.tracker = TagTracker(self.profile, self.us, file, self.frames, self.clock)
        self.tracker.listen()
        self.robot.subscribe("/tf", TF, self.heard.append)
        self.stamp = 1.7e9
        self.robot.advertise(self.profile.states, JOINT_STATE)
        self.robot.advertise(TOPIC, pictures.IMAGE)
        self.robot.advertise(INFO, pictures.CAMERA_INFO)

    def show(self, camera: Array, thing: Array, q: Array = HOME, new: bool = True) -> list[str]:
        """A picture by a camera at T_base_camera of the thing at T_base_thing; what was located."""
        self.publish(camera, thing, q, new)
        return self.tracker.look()

    def publish(self, camera: Array, thing: Array, q: Array, new: bool = True) -> None:
        """The picture, and joint states around it."""
        self.clock.time += 0.1
        self.stamp += 0.1 * new
        for k in range(2):
            state = joint_state(JOINTS, q, time=self.stamp + 0.01 * (k - 1))
            self.robot.publish(self.profile.states, state)
        pose = np.linalg.inv(camera) @ thing @ TAG.place
        drawn = np.repeat(picture({3: (pose, SIDE)})[..., None], 3, axis=2)
        self.robot.publish(INFO, pictures.camera_info(*SIZE, K, self.stamp, "front_optical"))
        self.robot.publish(TOPIC, pictures.image(drawn, self.stamp, "front_optical"))

    def off(self, thing: Array) -> float:
        """m between where the thing is and where it is known to be."""
        pose = self.frames.pose("object/milk", "fr3_link0")
        assert pose is not None
        return float(np.linalg.norm(pose[0] - thing[:3, 3]))


def seen_from(camera: Array, turn: Any = (0.5, 0.2, 0.3), pos: Any = (0.02, 0.03, 0.5)) -> Array:
    """T_base_thing of a thing whose tag that camera sees turned so."""
    out: Array = camera @ facing(turn, pos) @ np.linalg.inv(TAG.place)
    return out


def test_a_thing_is_known_with_age_and_spread_and_told_on_tf() -> None:
    watched = Watched(CameraPlace("front", "base", CAMERA, 0.0005))
    thing = seen_from(CAMERA)
    assert "no picture on /front/image_raw" in watched.tracker.trouble("milk")
    assert watched.show(CAMERA, thing) == ["milk"]
    assert watched.off(thing) < 0.001
    assert 0.0005 < watched.frames.spread("object/milk") < 0.003
    assert watched.frames.age("object/milk", watched.clock() + 2.0) == pytest.approx(2.0)
    (told,) = watched.heard[-1]["transforms"]
    assert told["child_frame_id"] == "object/milk"
    moved = transform((0, 0, 0), (0.03, 0, 0)) @ thing
    watched.show(CAMERA, moved)
    assert watched.off(moved) < 0.001, "it goes by the newest picture"


def test_poses_of_others_do_not_overwrite_what_the_tags_say() -> None:
    watched = Watched(CameraPlace("front", "base", CAMERA))
    thing = seen_from(CAMERA)
    watched.show(CAMERA, thing)
    other = transforms("fr3_link0", ["object/milk"], np.ones((1, 3)), np.eye(4)[:1], 1.0)
    watched.frames.take(other, watched.clock())
    assert watched.off(thing) < 0.001


def test_a_frozen_camera_is_no_news() -> None:
    watched = Watched(CameraPlace("front", "base", CAMERA))
    thing = seen_from(CAMERA)
    watched.show(CAMERA, thing)
    before = watched.clock()
    assert watched.show(CAMERA, thing, new=False) == []
    assert watched.frames.age("object/milk", before + 1.0) == pytest.approx(1.0)
    assert "the same picture again" in watched.tracker.trouble("milk")


def test_a_camera_that_is_on_tf_needs_no_calibration() -> None:
    watched, thing = Watched(), seen_from(CAMERA)
    assert watched.show(CAMERA, thing) == []
    assert "no 'front_optical' relative to fr3_link0 on /tf" in watched.tracker.trouble("milk")
    quat = quaternions(CAMERA[None, :3, :3])
    told = transforms("fr3_link0", ["front_optical"], CAMERA[None, :3, 3], quat, 0.0)
    watched.frames.take(told, 0.0, static=True)
    assert watched.show(CAMERA, thing) == ["milk"] and watched.off(thing) < 0.001


def test_a_camera_in_the_hand_goes_with_the_hand_and_only_at_rest() -> None:
    in_hand = transform((0.1, 0.0, 0.3), (0.05, 0.0, -0.08))
    watched = Watched(CameraPlace("front", "tcp", in_hand))
    at = HandAt(watched.profile)
    thing = seen_from(at.pose(HOME) @ in_hand)
    assert watched.show(at.pose(HOME) @ in_hand, thing) == ["milk"]
    there = HOME + [0.1, 0, 0, 0.1, 0, 0, 0]
    assert watched.show(at.pose(there) @ in_hand, thing, there) == ["milk"]
    assert watched.off(thing) < 0.0015
    watched.stamp += 0.1
    for k, q in enumerate((HOME, there)):
        state = joint_state(JOINTS, q, time=watched.stamp + 0.1 + 0.02 * k - 0.01)
        watched.robot.publish(watched.profile.states, state)
    assert at.joints(watched.stamp) is None


def test_what_may_be_mirrored_is_not_taken_and_the_reason_is_told() -> None:
    watched = Watched(CameraPlace("front", "base", CAMERA))
    assert watched.show(CAMERA, seen_from(CAMERA, (0.25, 0, 0), (0, 0, 2.2))) == []
    assert watched.frames.pose("object/milk", "fr3_link0") is None
    assert "a second camera, would help" in watched.tracker.trouble("milk")


def test_tags_need_a_camera_of_the_profile() -> None:
    file = TagFile(FAMILY, {}, {"frnt": CameraPlace("frnt", "base", CAMERA)})
    clock, us = Clock(), Direct(Bus(), "us")
    with pytest.raises(ValueError, match="names no cameras"):
        TagTracker(profile(), us, file, FrameTree(), clock)
    with pytest.raises(ValueError, match="did you mean 'front'"):
        TagTracker(profile(cameras=(("front", TOPIC),)), us, file, FrameTree(), clock)


def test_views_are_collected_where_the_robot_rests_and_tell_where_the_camera_is() -> None:
    """The tag is fixed to the hand, the camera stands still, the arm goes from place to place."""
    watched = Watched()
    looks = PairCollector(watched.profile, watched.us, "front", FAMILY, 3, watched.clock)
    on_hand = transform((0.3, 0.0, 0.2), (0.03, 0.0, 0.04))
    at, rng = HandAt(watched.profile), np.random.default_rng(2)
    camera = at.pose(HOME) @ on_hand @ np.linalg.inv(facing((0.5, 0.2, 0), (0, 0, 0.5)))
    back = np.linalg.inv(TAG.place)
    while len(looks.pairs) < 8:
        q = HOME + rng.uniform(-0.3, 0.3, 7) * [0.3, 0.3, 0.3, 0.3, 1, 1, 1]
        for _ in range(2):
            watched.publish(camera, at.pose(q) @ on_hand @ back, q)
            taken = looks.look()
        assert taken is not None or looks.trouble in ("tag 3 is not seen",), looks.trouble
        if len(looks.pairs) == 1:
            watched.publish(camera, at.pose(q) @ on_hand @ back, q)
            assert looks.look() is None and "was taken already" in looks.trouble
    found = calibrate(looks.pairs, SIDE, in_hand=False)
    assert np.linalg.norm(found.camera[:3, 3] - camera[:3, 3]) < 0.002
    few = [dataclasses.replace(p, hand=looks.pairs[0].hand) for p in looks.pairs]
    with pytest.raises(CalibrationError, match="the hand turned by 0 degrees at most"):
        calibrate(few, SIDE, in_hand=False)
