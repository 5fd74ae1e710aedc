"""Collects what a hand-eye calibration is made of, and keeps it in a file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets import foreign
from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean
from habilis.envs.ros.messages.motion import JOINT_STATE
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.tags.detect import TagDetector
from habilis.envs.ros.tags.hand_eye import CalibrationError, Pair
from habilis.envs.ros.tags.sight import HandAt, TagCamera
from habilis.envs.ros.transports.base import Transport

REST = 2e-3, 0.3  # rad and pixels by which robot and tag may differ between two pictures at rest
NEW = np.radians(5)  # that some joint has to be away from where it was in all other pairs
MOST_BYTES = 5_000_000


class PairCollector:
    """Takes a pair whenever the robot rests at a new place and one camera sees the tag.

    Args:
      profile: of a robot that habilis knows.
      transport: connected.
      camera: of the profile.
      family: of the tag.
      number: of the tag.
      clock: s.

    Raises:
      ValueError: the profile has no such camera, or names no robot.

    Attributes:
      pairs: so far.
    """

    def __init__(
        self,
        profile: Profile,
        transport: Transport,
        camera: str,
        family: str,
        number: int,
        clock: Callable[[], float],
    ) -> None:
        topics = dict(profile.cameras)
        if camera not in topics:
            known = did_you_mean("camera of the profile", camera, topics)
            raise ValueError(known if topics else f"profile {profile.name!r} names no cameras")
        self._camera = TagCamera(camera, topics[camera], TagDetector(family))
        self._hand, self._number = HandAt(profile), number
        self.pairs: list[Pair] = []
        self._last: tuple[Array, Array] | None = None
        self._why = ""
        self._camera.listen(transport, clock)
        transport.subscribe(profile.states, JOINT_STATE, self._hand.take)

    @property
    def trouble(self) -> str:
        """Why the newest picture is of no use; '' if a pair was made of it."""
        return self._camera.trouble or self._why

    def look(self) -> Pair | None:
        """The pair that the newest picture makes; None if it makes none."""
        sight = self._camera.look()
        if sight is None:
            return None
        corners = next((f.corners for f in sight.found if f.id == self._number), None)
        q = self._hand.joints(sight.stamp)
        last, self._last = self._last, None
        if corners is None:
            self._why = f"tag {self._number} is not seen"
        elif q is None:
            self._why = "the robot moves, or its joints at the time of the picture are not known"
        elif any(np.abs(q - pair.q).max() < NEW for pair in self.pairs):
            self._why = "this place was taken already: move on"
        else:
            self._last = (q, corners)
            at_rest = last is not None and all(
                np.abs(a - b).max() <= most
                for a, b, most in zip(last, self._last, REST, strict=True)
            )
            self._why = "" if at_rest else "waiting for the robot to rest"
            if at_rest:
                self.pairs.append(Pair(q, self._hand.pose(q), corners, sight.k))
                return self.pairs[-1]
        return None


def save_pairs(path: Path, camera: str, size: float, in_hand: bool, pairs: Sequence[Pair]) -> None:
    """Write pairs as JSON, from which ``load_pairs`` reads them again."""
    fields = ("q", "hand", "corners", "k")
    rows = [{key: getattr(pair, key).tolist() for key in fields} for pair in pairs]
    about = {"camera": camera, "size": size, "in_hand": in_hand, "pairs": rows}
    path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def load_pairs(path: Path) -> tuple[str, float, bool, list[Pair]]:
    """The camera, the size of the tag, m, whether the camera is in the hand, and the pairs.

    Raises:
      CalibrationError: the file was not written by ``save_pairs``.
      FileNotFoundError: there is none.
    """
    try:
        about: Any = foreign.parse(foreign.read_bytes(path, MOST_BYTES), str(path))
        size = float(about["size"])
        shapes = {"q": (-1,), "hand": (4, 4), "corners": (4, 2), "k": (3, 3)}
        pairs = [
            Pair(**{key: np.array(row[key], float).reshape(shape) for key, shape in shapes.items()})
            for row in about["pairs"]
        ]
        numbers = [getattr(pair, key) for pair in pairs for key in shapes]
        if not (math.isfinite(size) and size > 0 and all(np.isfinite(n).all() for n in numbers)):
            raise ValueError("a number is not one")
        return str(about["camera"]), size, bool(about["in_hand"]), pairs
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise CalibrationError(f"{path}: holds no pairs of a calibration ({error})") from error
