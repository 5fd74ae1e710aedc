"""ROS messages of cameras and point clouds, as plain dicts: built from numpy arrays, and read."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Floats
from habilis.envs.ros.messages.fields import (
    MessageError,
    flag,
    inner,
    messages,
    numbers,
    raw,
    text,
    whole,
)
from habilis.envs.ros.messages.motion import header, stamp
from habilis.envs.ros.transports.base import Message

IMAGE = "sensor_msgs/msg/Image"
CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
POINT_CLOUD = "sensor_msgs/msg/PointCloud2"

Bytes = npt.NDArray[np.uint8]

ENCODINGS: dict[str, tuple[type[np.generic], int]] = {
    "rgb8": (np.uint8, 3), "bgr8": (np.uint8, 3), "rgba8": (np.uint8, 4), "bgra8": (np.uint8, 4),
    "mono8": (np.uint8, 1), "16UC1": (np.uint16, 1), "mono16": (np.uint16, 1),
    "32FC1": (np.float32, 1),
}  # fmt: skip
"""Number type and channels of the encodings that are read."""
_WRITTEN = {np.dtype(np.uint8): "rgb8", np.dtype(np.uint16): "16UC1", np.dtype(np.float32): "32FC1"}
_FIELD_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}
_FLOAT32 = 7


@dataclasses.dataclass(frozen=True)
class ImageMessage:
    """An Image.

    Attributes:
      time: of its stamp, s.
      frame: of the camera: z forward, x right, y down.
      pixels: (height, width, 3) red green blue; or (height, width): grey, depth in m (float32) or
        in mm (uint16).
    """

    time: float
    frame: str
    pixels: npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, eq=False)
class CameraInfo:
    """What a camera makes of points in space.

    Attributes:
      k: camera matrix (3, 3), pixels, of the raw picture.
      d: coefficients of its distortion; none of a camera without.
      model: of the distortion, as ``sensor_msgs/msg/CameraInfo`` names it.
      rectified: camera matrix (3, 3), pixels, of the rectified picture.
    """

    k: Array
    d: Array
    model: str
    rectified: Array


@dataclasses.dataclass(frozen=True)
class Points:
    """A PointCloud2.

    Attributes:
      time: of its stamp, s.
      frame: in which the points are given.
      points: (N, 3) m; without those that are not finite.
      rgb: (N, 3) red green blue, 0-255; None if it has no colours.
    """

    time: float
    frame: str
    points: Floats
    rgb: Bytes | None = None


def image(pixels: npt.NDArray[Any], time: float, frame: str) -> dict[str, Any]:
    """An Image of (H, W, 3) uint8 colours, (H, W) float32 depth in m, or (H, W) uint16 in mm."""
    shape = (3,) if pixels.dtype == np.uint8 else ()
    if pixels.dtype not in _WRITTEN or pixels.ndim != 2 + len(shape) or pixels.shape[2:] != shape:
        raise MessageError(
            "expected pixels (H, W, 3) uint8, (H, W) float32 or (H, W) uint16,"
            f" got {pixels.shape} {pixels.dtype}"
        )
    height, width = pixels.shape[:2]
    data = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    return {
        "header": header(time, frame), "height": height, "width": width,
        "encoding": _WRITTEN[pixels.dtype], "is_bigendian": 0, "step": len(data) // height,
        "data": data,
    }  # fmt: skip


def read_image(message: Message) -> ImageMessage:
    """Reads an Image; colours come as red green blue, without transparency."""
    where = "Image"
    encoding = text(message, "encoding", where)
    if encoding not in ENCODINGS:
        raise MessageError(f"Image.encoding: expected {', '.join(ENCODINGS)}, got {encoding!r}")
    kind, channels = ENCODINGS[encoding]
    height, width, step = (whole(message, key, where) for key in ("height", "width", "step"))
    data, row = raw(message, "data", where), width * channels * np.dtype(kind).itemsize
    if step < row or len(data) != step * height:
        raise MessageError(
            f"Image.data: {height} rows of step {step} (at least {row} for {width} x {encoding})"
            f" are {step * height} bytes, got {len(data)}"
        )
    order: Literal["<", ">"] = ">" if whole(message, "is_bigendian", where) else "<"
    lines = np.frombuffer(data, np.uint8).reshape(height, step)[:, :row]
    pixels = np.ascontiguousarray(lines).view(np.dtype(kind).newbyteorder(order)).astype(kind)
    if channels > 1:
        pixels = pixels.reshape(height, width, channels)[..., :3]
        pixels = pixels[..., ::-1] if encoding.startswith("bgr") else pixels
    frame = text(inner(message, "header", where), "frame_id", where)
    return ImageMessage(stamp(message, where), frame, np.ascontiguousarray(pixels))


def camera_info(width: int, height: int, k: Array, time: float, frame: str) -> dict[str, Any]:
    """A CameraInfo of a camera without distortion and with the matrix K (3, 3), pixels."""
    p = np.hstack([k, np.zeros((3, 1))])
    window = {"x_offset": 0, "y_offset": 0, "height": 0, "width": 0, "do_rectify": False}
    return {
        "header": header(time, frame), "height": height, "width": width,
        "distortion_model": "plumb_bob", "d": [0.0] * 5, "k": k.ravel().tolist(),
        "r": np.eye(3).ravel().tolist(), "p": p.ravel().tolist(),
        "binning_x": 0, "binning_y": 0, "roi": window,
    }  # fmt: skip


def read_camera_info(message: Message) -> CameraInfo:
    """Reads a CameraInfo; MessageError where it is of a camera that was never calibrated."""
    where = "CameraInfo"
    k = numbers(message, "k", where, 9).reshape(3, 3)
    if not (k[0, 0] > 0 and k[1, 1] > 0):
        raise MessageError("CameraInfo.k: is empty: the camera was never calibrated")
    p = numbers(message, "p", where, 12).reshape(3, 4)[:, :3]
    d, model = numbers(message, "d", where), text(message, "distortion_model", where)
    return CameraInfo(k, d, model, p if p[0, 0] > 0 else k)


def point_cloud(
    points: npt.NDArray[np.floating[Any]], time: float, frame: str, rgb: Bytes | None = None
) -> dict[str, Any]:
    """A PointCloud2 of points (N, 3) m, with colours (N, 3) 0-255 if given."""
    names = ("x", "y", "z") if rgb is None else ("x", "y", "z", "rgb")
    rows = np.empty((len(points), len(names)), "<f4")
    rows[:, :3] = points
    if rgb is not None:
        r, g, b = rgb.astype("<u4").T
        rows[:, 3] = (r << 16 | g << 8 | b).astype("<u4").view("<f4")
    fields = [
        {"name": name, "offset": 4 * i, "datatype": _FLOAT32, "count": 1}
        for i, name in enumerate(names)
    ]
    step = 4 * len(names)
    return {
        "header": header(time, frame), "height": 1, "width": len(rows), "fields": fields,
        "is_bigendian": False, "point_step": step, "row_step": step * len(rows),
        "data": rows.tobytes(), "is_dense": bool(np.isfinite(rows[:, :3]).all()),
    }  # fmt: skip


def read_point_cloud(message: Message) -> Points:
    """Reads a PointCloud2 with x, y, z and perhaps rgb; leaves out points that are not finite."""
    where = "PointCloud2"
    height, width = whole(message, "height", where), whole(message, "width", where)
    step, row_step = whole(message, "point_step", where), whole(message, "row_step", where)
    data = raw(message, "data", where)
    if step < 1 or row_step < width * step or len(data) != row_step * height:
        raise MessageError(
            f"PointCloud2.data: {height} rows of {row_step} bytes with {width} points of {step}"
            f" bytes are {row_step * height} bytes, got {len(data)}"
        )
    rows = np.frombuffer(data, np.uint8).reshape(height, row_step)[:, : width * step]
    records = np.ascontiguousarray(rows).view(_record(message, step)).ravel()
    points = np.stack([records[axis].astype(np.float32) for axis in "xyz"], axis=-1)
    seen = np.isfinite(points).all(axis=1)
    rgb = _colours(records)[seen] if "rgb" in (records.dtype.names or ()) else None
    frame = text(inner(message, "header", where), "frame_id", where)
    return Points(stamp(message, where), frame, points[seen], rgb)


def _record(message: Message, step: int) -> np.dtype[Any]:
    """Of one point: its x, y, z, and rgb if it has colours."""
    where = "PointCloud2"
    order = ">" if flag(message, "is_bigendian", where) else "<"
    names: list[str] = []
    formats: list[str] = []
    offsets: list[int] = []
    for i, entry in enumerate(messages(message, "fields", where)):
        here = f"{where}.fields[{i}]"
        name, kind = text(entry, "name", here), whole(entry, "datatype", here)
        if name not in ("x", "y", "z", "rgb", "rgba"):
            continue
        offset = whole(entry, "offset", here)
        if kind not in _FIELD_TYPES or not 0 <= offset <= step - int(_FIELD_TYPES[kind][1]):
            raise MessageError(f"{here}: type {kind} at {offset} does not fit {step} bytes")
        names.append(name.replace("rgba", "rgb"))
        formats.append(order + _FIELD_TYPES[kind])
        offsets.append(offset)
    if missing := [axis for axis in "xyz" if axis not in names]:
        raise MessageError(f"{where}.fields: {', '.join(missing)} missing; it has {names}")
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": step})


def _colours(records: npt.NDArray[Any]) -> Bytes:
    packed = np.ascontiguousarray(records["rgb"])
    if packed.dtype.itemsize != 4:
        raise MessageError(f"PointCloud2.fields: rgb is packed into 4 bytes, got {packed.dtype}")
    word = packed.view(packed.dtype.str[0] + "u4")
    return np.stack([word >> 16 & 255, word >> 8 & 255, word & 255], axis=-1).astype(np.uint8)
