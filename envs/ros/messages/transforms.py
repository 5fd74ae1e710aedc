"""Where frames are, as messages of ``/tf``: built and read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.fields import MessageError, brief, inner, messages, number, text
from habilis.envs.ros.messages.motion import header, stamp
from habilis.envs.ros.transports.base import Message


@dataclasses.dataclass(frozen=True)
class Transform:
    """Where a frame is.

    Attributes:
      time: of its stamp, s.
      parent: frame in which that is said.
      frame: whose pose it is.
      pos: (3,) m.
      quat: (4,) wxyz.
    """

    time: float
    parent: str
    frame: str
    pos: Array
    quat: Array


def transforms(
    parent: str, frames: Iterable[str], pos: Array, quat: Array, time: float
) -> dict[str, Any]:
    """A TFMessage: positions (k, 3) m and orientations (k, 4) wxyz of k frames in ``parent``."""
    rows = zip(frames, pos.tolist(), quat.tolist(), strict=True)
    return {"transforms": [_transform(header(time, parent), *row) for row in rows]}


def links(
    parents: Iterable[str], frames: Iterable[str], pos: Array, quat: Array, time: float
) -> dict[str, Any]:
    """A TFMessage as ``transforms`` makes it, of frames that each have a parent of their own."""
    rows = zip(parents, frames, pos.tolist(), quat.tolist(), strict=True)
    return {"transforms": [_transform(header(time, parent), *row) for parent, *row in rows]}


def read_transforms(message: Message) -> list[Transform]:
    """The transforms of a TFMessage."""
    entries = messages(message, "transforms", "TFMessage")
    return [_read_transform(m, f"TFMessage.transforms[{i}]") for i, m in enumerate(entries)]


def _transform(
    head: dict[str, Any], frame: str, pos: list[float], quat: list[float]
) -> dict[str, Any]:
    w, x, y, z = quat
    return {
        "header": head, "child_frame_id": frame,
        "transform": {
            "translation": {"x": pos[0], "y": pos[1], "z": pos[2]},
            "rotation": {"x": x, "y": y, "z": z, "w": w},
        },
    }  # fmt: skip


def _read_transform(message: Message, where: str) -> Transform:
    head = inner(message, "header", where)
    moved = inner(message, "transform", where)
    shift = inner(moved, "translation", f"{where}.transform")
    turn = inner(moved, "rotation", f"{where}.transform")
    pos = np.array([number(shift, k, f"{where}.transform.translation") for k in "xyz"])
    quat = np.array([number(turn, k, f"{where}.transform.rotation") for k in "wxyz"])
    if not abs(np.linalg.norm(quat) - 1) < 0.01:
        raise MessageError(f"{where}.transform.rotation: expected length 1, got {brief(turn)}")
    frame = text(message, "child_frame_id", where)
    return Transform(stamp(message, where), text(head, "frame_id", where), frame, pos, quat)
