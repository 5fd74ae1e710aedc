"""What the cameras of a robot see, by the names of its profile."""

from __future__ import annotations

import threading
from typing import Any

from habilis.assets.names import did_you_mean
from habilis.envs.ros.messages.compressed import picture_type, read_picture
from habilis.envs.ros.messages.pictures import (
    POINT_CLOUD,
    ImageMessage,
    Points,
    read_point_cloud,
)
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Message, Transport, TransportError


class RosCameras:
    """Pictures and point clouds, subscribed to when first asked for; the newest is kept.

    Args:
      profile: names the topics.
      transport: connected.
    """

    def __init__(self, profile: Profile, transport: Transport) -> None:
        self._pictures, self._clouds = dict(profile.cameras), dict(profile.clouds)
        self._transport = transport
        self._newest: dict[str, Message] = {}
        self._heard = threading.Condition()
        self._topics: set[str] = set()

    def picture(self, camera: str, timeout: float = 2.0) -> ImageMessage:
        """The newest picture of a camera.

        Raises:
          KeyError: no such camera in the profile; names those there are.
          TransportError: none came within ``timeout`` s.
          MessageError: it is not a picture that can be read; says why.
        """
        kind = picture_type(self._pictures.get(camera, ""))
        return read_picture(self._take(self._pictures, "camera", camera, kind, timeout))

    def cloud(self, camera: str, timeout: float = 2.0) -> Points:
        """Return the newest point cloud of a camera; raises what ``picture`` raises."""
        return read_point_cloud(self._take(self._clouds, "cloud", camera, POINT_CLOUD, timeout))

    def _take(
        self, topics: dict[str, str], what: str, name: str, kind: str, timeout: float
    ) -> Message:
        if name not in topics:
            raise KeyError(did_you_mean(what, name, topics))
        topic = topics[name]
        if topic not in self._topics:
            self._topics.add(topic)
            self._transport.subscribe(topic, kind, lambda m: self._hear(topic, m))
        with self._heard:
            if not self._heard.wait_for(lambda: topic in self._newest, timeout):
                raise TransportError(f"no {what} {name!r} on {topic} within {timeout:g} s")
            return self._newest[topic]

    def _hear(self, topic: str, message: Any) -> None:
        with self._heard:
            self._newest[topic] = message
            self._heard.notify_all()
