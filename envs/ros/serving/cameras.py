"""Cameras of a served scene: pictures, depth and point clouds, taken beside the physics."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Floats
from habilis.envs.ros.messages import compressed, pictures
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.messages.transforms import transforms
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Disconnected, Message, Transport
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.poses import quaternions
from habilis.envs.world.seeing import cameras
from habilis.envs.world.seeing.cloud import pixel_rays
from habilis.envs.world.world import World

TF_STATIC = "/tf_static"
Look = Callable[[], tuple[Snapshot, float]]


@dataclasses.dataclass(frozen=True)
class PublishedCameras:
    """What is published of cameras.

    Attributes:
      cameras: names.
      rate: Hz of each.
      width, height: pixels.
      depth: whether depth and point clouds, which are far larger, come with the pictures.
    """

    cameras: tuple[str, ...]
    rate: float = 2.0
    width: int = 320
    height: int = 240
    depth: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 60:
            raise ValueError(f"camera rate must be above 0 and at most 60 Hz, got {self.rate:g}")
        if min(self.width, self.height) < 8 or max(self.width, self.height) > 4096:
            raise ValueError(f"pictures are 8 to 4096 pixels, got {self.width} x {self.height}")


@dataclasses.dataclass(frozen=True)
class Topics:
    """The topics that one camera publishes on."""

    colour: str
    info: str
    depth: str
    cloud: str


class CameraPublisher:
    """Publishes what the cameras of a scene see, on a thread of its own.

    It draws a copy of the world, so that the physics does not wait for it.

    Args:
      profile: names of topics, where it has any for a camera.
      world: whose scene.
      wanted: which cameras, how often, how large.

    Raises:
      KeyError: no such camera.
      ValueError: it has no plain field of view.
    """

    def __init__(self, profile: Profile, world: World, wanted: PublishedCameras) -> None:
        self._profile, self._wanted = profile, wanted
        self._copy = World(world.compiled, nthread=1)
        size = wanted.width, wanted.height
        self._k = {c: cameras.intrinsics(world.model, c, *size) for c in wanted.cameras}
        self._topics = {c: _topics(profile, c) for c in wanted.cameras}
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.error = ""

    def advertise(self, transport: Transport) -> list[str]:
        """Announce the topics; returns a line about each camera, for people."""
        transport.advertise(TF_STATIC, messages.TF, latched=True)
        for topics in self._topics.values():
            transport.advertise(topics.colour, compressed.picture_type(topics.colour))
            transport.advertise(topics.info, pictures.CAMERA_INFO)
            if self._wanted.depth:
                transport.advertise(topics.depth, pictures.IMAGE)
                transport.advertise(topics.cloud, pictures.POINT_CLOUD)
        deep = self._wanted.depth
        return [
            ", ".join((t.colour, t.info, *((t.depth, t.cloud) if deep else ())))
            for t in self._topics.values()
        ]

    def start(self, transport: Transport, look: Look) -> None:
        """Begin to publish.

        Args:
          transport: connected.
          look: returns the present state of the world and its time, s.
        """
        self._thread = threading.Thread(
            target=self._run, args=(transport, look), daemon=True, name="cameras"
        )
        self._thread.start()

    def close(self) -> None:
        """Stop publishing, and wait for the thread to end."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def _run(self, transport: Transport, look: Look) -> None:
        try:
            with cameras.Cameras(self._copy) as drawn:
                while not self._closing.is_set():
                    began = time.monotonic()
                    snapshot, now = look()
                    self._copy.restore(snapshot)
                    self._publish(transport, TF_STATIC, self.frames(now))
                    for camera in self._wanted.cameras:
                        for topic, message in self.see(drawn, camera, now):
                            self._publish(transport, topic, message)
                    rest = 1 / self._wanted.rate - (time.monotonic() - began)
                    self._closing.wait(max(rest, 0.0))
        except Exception as error:  # no pictures then; the robot goes on
            self.error = f"{type(error).__name__}: {error}"

    def see(self, drawn: cameras.Cameras, camera: str, now: float) -> list[tuple[str, Message]]:
        """Return the topics and messages of what one camera sees in the copy of the world."""
        size = self._wanted.width, self._wanted.height
        topics, frame = self._topics[camera], frame_of(camera)
        rgb = drawn.rgb(camera, *size)[0]
        small = compressed.picture_type(topics.colour) == compressed.COMPRESSED_IMAGE
        made = compressed.compressed if small else pictures.image
        plain: list[tuple[str, Message]] = [
            (topics.colour, made(rgb, now, frame)),
            (topics.info, pictures.camera_info(*size, self._k[camera], now, frame)),
        ]
        if not self._wanted.depth:
            return plain
        depth = drawn.depth(camera, *size)[0]
        points, seen = self._points(camera, depth)
        colours = rgb.reshape(-1, 3)[seen]
        return [
            *plain,
            (topics.depth, pictures.image(depth, now, frame)),
            (topics.cloud,
             pictures.point_cloud(points, now, self._profile.base_frame, colours)),
        ]  # fmt: skip

    def _points(self, camera: str, depth: Floats) -> tuple[Array, npt.NDArray[np.bool_]]:
        """(N, 3) what a depth picture shows, from the base of the robot, m; and which pixels."""
        rays = pixel_rays(self._k[camera], self._wanted.width, self._wanted.height)
        seen = depth.ravel() > 0
        pose = cameras.pose(self._copy, camera)
        stand = pose[:3, 3] - np.array(self._copy.scene.base)
        return rays[seen] * depth.ravel()[seen, None] @ pose[:3, :3].T + stand, seen

    def frames(self, now: float) -> Message:
        """Return the message that says where the cameras are, from the base of the robot."""
        poses = np.stack([cameras.pose(self._copy, c) for c in self._wanted.cameras])
        pos = poses[:, :3, 3] - np.array(self._copy.scene.base)
        names = [frame_of(c) for c in self._wanted.cameras]
        turned = quaternions(poses[:, :3, :3])
        return transforms(self._profile.base_frame, names, pos, turned, now)

    def _publish(self, transport: Transport, topic: str, message: Message) -> None:
        try:
            transport.publish(topic, message)
        except Disconnected:
            return


def frame_of(camera: str) -> str:
    """Return the name of a camera's frame, in which z is forward, x right and y down."""
    return f"camera_{camera}_optical_frame"


def _topics(profile: Profile, camera: str) -> Topics:
    base = f"/camera/{camera}"
    colour = dict(profile.cameras).get(camera, f"{base}/color/image_raw")
    return Topics(
        colour,
        compressed.info_topic(colour),
        f"{base}/depth/image_rect_raw",
        dict(profile.clouds).get(camera, f"{base}/depth/color/points"),
    )
