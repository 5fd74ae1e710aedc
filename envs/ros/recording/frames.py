"""Frames as a recording has them: a tree that moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.world.poses import conjugate, matrices, multiply

DEPTH = 32  # frames from one to its root; more is a ring


@dataclasses.dataclass(frozen=True)
class Poses:
    """T poses of a thing.

    Attributes:
      frame: in which they are.
      time: (T,) s since the recording began.
      pos: (T, 3) m.
      quat: (T, 4) wxyz.
    """

    frame: str
    time: Array
    pos: Array
    quat: Array


def frames_of(messages: Sequence[tuple[float, Any]]) -> dict[str, Poses]:
    """Return the poses of every frame, by its name.

    Of a frame that changed its parent, only the poses in the last parent are kept.
    """
    rows: dict[str, list[tuple[float, list[float], list[float]]]] = {}
    parents: dict[str, str] = {}
    for when, message in messages:
        for t in message.transforms:
            name, parent = t.child_frame_id.strip("/"), t.header.frame_id.strip("/")
            if parents.get(name) != parent:
                parents[name], rows[name] = parent, []
            p, r = t.transform.translation, t.transform.rotation
            rows[name].append((when, [p.x, p.y, p.z], [r.w, r.x, r.y, r.z]))
    columns = {name: map(np.array, zip(*told, strict=True)) for name, told in rows.items()}
    return {name: Poses(parents[name], *told) for name, told in columns.items()}


def poses_in(frames: Mapping[str, Poses], name: str, base: str) -> Poses | None:
    """Poses of a frame in another, whenever it was told; None if the two are not joined.

    What lies between is taken as it was told last by then, or first if it was not told before.
    """
    time = frames[name].time
    root, pos, quat = _up(frames, name, time)
    other, origin, turn = _up(frames, base.strip("/"), time)
    if root != other:
        return None
    back = conjugate(turn)
    return Poses(base, time, _turned(back, pos - origin), multiply(back, quat))


def _up(frames: Mapping[str, Poses], name: str, time: Array) -> tuple[str, Array, Array]:
    """The root above a frame, and the frame's poses (T, 3), (T, 4) in it."""
    pos, quat = np.zeros((len(time), 3)), np.tile([1.0, 0.0, 0.0, 0.0], (len(time), 1))
    for _ in range(DEPTH):
        if name not in frames:
            break
        told = frames[name]
        i = np.maximum(np.searchsorted(told.time, time, "right") - 1, 0)
        pos = told.pos[i] + _turned(told.quat[i], pos)
        quat, name = multiply(told.quat[i], quat), told.frame
    return name, pos, quat


def _turned(quat: Array, vectors: Array) -> Array:
    out: Array = (matrices(quat) @ vectors[..., None])[..., 0]
    return out
