"""Keeps where things are, from their tags, while cameras go on looking."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import check_known
from habilis.envs.closing import Closing
from habilis.envs.ros.messages.frames import FrameTree
from habilis.envs.ros.messages.motion import JOINT_STATE, TF
from habilis.envs.ros.messages.transforms import Transform, transforms
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.tags.detect import TagDetector
from habilis.envs.ros.tags.file import TagFile
from habilis.envs.ros.tags.locate import Located, TagView, locate
from habilis.envs.ros.tags.sight import HandAt, Sight, TagCamera
from habilis.envs.ros.transports.base import Disconnected, Transport
from habilis.envs.world.poses import matrices, quaternions

WINDOW = 0.7  # s of which pictures are looked at together
PICTURES = 4  # of one camera among them, at most


class TagTracker(Closing):
    """Poses of things in a ``FrameTree``, from tags that the cameras of a profile see.

    A thing is told as its profile's frame, and also published on ``/tf``, where RViz and recordings
    see it. What cannot be told well enough is not: ``trouble`` says why.

    Args:
      profile: names the cameras' topics and the frames.
      transport: connected.
      tags: on things, and where cameras are.
      frames: that are fed; ``/tf`` tells them where cameras without a calibration are.
      clock: s, as the ages of ``frames`` count.

    Raises:
      ValueError: the profile has no camera, or not that one; or one is in the hand of a robot that
        habilis does not know.
    """

    def __init__(
        self,
        profile: Profile,
        transport: Transport,
        tags: TagFile,
        frames: FrameTree,
        clock: Callable[[], float],
    ) -> None:
        topics = dict(profile.cameras)
        if not topics:
            raise ValueError(f"profile {profile.name!r} names no cameras that could see tags")
        for name in tags.cameras:
            check_known("camera of the profile", name, topics)
        self._profile, self._transport, self._tags = profile, transport, tags
        self._frames, self._clock = frames, clock
        detector = TagDetector(tags.family)
        self.cameras = [TagCamera(name, topic, detector) for name, topic in topics.items()]
        in_hand = any(place.parent == "tcp" for place in tags.cameras.values())
        self._hand = HandAt(profile) if in_hand else None
        self._of = {tag.id: (name, tag) for name, row in tags.tags.items() for tag in row}
        self._sights: dict[str, deque[tuple[Sight, Array]]] = {}
        self._why: dict[str, str] = {}
        self.located: dict[str, Located] = {}  # what was made of the last look at each thing
        self._woken, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """Subscribe to the cameras; whoever calls ``look`` then keeps the poses up to date."""
        self._frames.own(self._frame(name) for name in self._tags.tags)
        for camera in self.cameras:
            camera.listen(self._transport, self._clock, self._woken.set)
        if self._hand is not None:
            self._transport.subscribe(self._profile.states, JOINT_STATE, self._hand.take)
        self._transport.advertise("/tf", TF)

    def start(self) -> None:
        """Listen, and look at pictures as they come, on a thread."""
        self.listen()
        self._thread = threading.Thread(target=self._run, daemon=True, name="tags")
        self._thread.start()

    def close(self) -> None:
        """Stop looking; may be called twice."""
        self._over.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def look(self) -> list[str]:
        """Look at the pictures that came since the last look; the things that were located."""
        fresh: set[str] = set()
        for camera in self.cameras:
            sight = camera.look()
            if sight is None:
                continue
            place = self._place(sight)
            if place is None:
                camera.trouble = self._lost(sight)
                continue
            kept = self._sights.setdefault(sight.camera, deque(maxlen=PICTURES))
            kept.append((sight, place))
            fresh |= {self._of[f.id][0] for f in sight.found if f.id in self._of}
        return [name for name in sorted(fresh) if self._locate(name)]

    def trouble(self, name: str) -> str:
        """Why it is not known where a thing is, or not any more."""
        if name in self._why:
            return self._why[name]
        ids = ", ".join(str(tag.id) for tag in self._tags.tags.get(name, ()))
        wrong = "; ".join(f"{c.name}: {c.trouble}" for c in self.cameras if c.trouble)
        return wrong or f"no camera sees tag {ids}"

    def doubtful(self, name: str) -> bool:
        """Whether the last look at a thing told too little of where it is."""
        return name in self._why

    def _run(self) -> None:
        while not self._over.is_set():
            self._woken.wait()
            self._woken.clear()
            self.look()

    def _place(self, sight: Sight) -> Array | None:
        """T_base_camera (4, 4) when a picture was taken; None where that is not known."""
        calibrated = self._tags.cameras.get(sight.camera)
        if calibrated is None:
            pose = self._frames.pose(sight.frame, self._profile.base_frame)
            if pose is None:
                return None
            out: Array = np.eye(4)
            out[:3, :3], out[:3, 3] = matrices(pose[1]), pose[0]
            return out
        if calibrated.parent == "base" or self._hand is None:
            return calibrated.place
        q = self._hand.joints(sight.stamp)
        return None if q is None else self._hand.pose(q) @ calibrated.place

    def _lost(self, sight: Sight) -> str:
        if sight.camera in self._tags.cameras:
            return "the hand moves, or its joints at the time of the picture are not known"
        base = self._profile.base_frame
        return f"not calibrated, and no {sight.frame!r} relative to {base} on /tf"

    def _locate(self, name: str) -> bool:
        """Feed where a thing is; False where that cannot be told well enough."""
        views, newest = self._views(name)
        found = locate(views)
        if found is None:
            self._why[name] = "the views of its tags contradict each other"
            return False
        cameras = self._tags.cameras.values()
        spread = float(np.hypot(found.spread, max((c.spread for c in cameras), default=0.0)))
        self.located[name] = found = dataclasses.replace(found, spread=spread)
        if not found.sure:
            cause = (
                "it may be mirrored" if found.mirrored else "its tag is too small or too oblique"
            )
            self._why[name] = (
                f"{cause}: {1e3 * spread:.0f} mm and {np.degrees(found.askew):.0f} degrees"
                " uncertain; more or larger tags, or a second camera, would help"
            )
            return False
        self._why.pop(name, None)
        self._tell(name, found, newest)
        return True

    def _views(self, name: str) -> tuple[list[TagView], Sight]:
        """All views of a thing within ``WINDOW``, and the newest picture with one."""
        kept = [pair for row in self._sights.values() for pair in row]
        now = max(sight.heard for sight, _ in kept)
        views, newest = [], kept[0][0]
        for sight, place in kept:
            ours = [f for f in sight.found if self._of.get(f.id, ("",))[0] == name]
            if now - sight.heard > WINDOW or not ours:
                continue
            newest = max(newest, sight, key=lambda s: s.heard)
            fresh = sight is self._sights[sight.camera][-1][0]
            for f in ours:
                tag = self._of[f.id][1]
                source = (f.id, sight.camera)
                views.append(TagView(source, tag.size, tag.place, f.corners, sight.k, place, fresh))
        return views, newest

    def _tell(self, name: str, found: Located, newest: Sight) -> None:
        frame, base = self._frame(name), self._profile.base_frame
        pos, quat = found.pose[:3, 3], quaternions(found.pose[None, :3, :3])[0]
        told = Transform(newest.stamp, base, frame, pos, quat)
        self._frames.put(told, newest.heard, found.spread)
        try:
            self._transport.publish(
                "/tf", transforms(base, [frame], pos[None], quat[None], told.time)
            )
        except Disconnected:
            return

    def _frame(self, name: str) -> str:
        return self._profile.objects + name
