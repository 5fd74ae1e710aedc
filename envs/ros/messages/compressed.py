"""Pictures as JPEG or PNG, which ``image_transport`` publishes beside the raw ones.

A rosbridge server passes pictures as text; these are a tenth of the size or less.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.envs.ros.messages.fields import MessageError, inner, raw, text
from habilis.envs.ros.messages.motion import header, stamp
from habilis.envs.ros.messages.pictures import IMAGE, Bytes, ImageMessage, read_image
from habilis.envs.ros.transports.base import Message

COMPRESSED_IMAGE = "sensor_msgs/msg/CompressedImage"
ENDING = "/compressed"
QUALITY = 95
"""Of the JPEG that is published, so that the edges of tags stay where they are."""


def picture_type(topic: str) -> str:
    """The type of a topic of pictures, by the name that ``image_transport`` gives it."""
    return COMPRESSED_IMAGE if topic.endswith(ENDING) else IMAGE


def info_topic(topic: str) -> str:
    """The topic of the CameraInfo beside a topic of pictures."""
    return f"{topic.removesuffix(ENDING).rpartition('/')[0]}/camera_info"


def compressed(pixels: Bytes, time: float, frame: str) -> dict[str, Any]:
    """A CompressedImage, JPEG, of (H, W, 3) red green blue."""
    import cv2

    done, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise MessageError(f"pixels {pixels.shape} {pixels.dtype} cannot be compressed")
    about = "rgb8; jpeg compressed bgr8"
    return {"header": header(time, frame), "format": about, "data": data.tobytes()}


def read_picture(message: Message) -> ImageMessage:
    """Reads an Image or a CompressedImage; colours come as red green blue."""
    if "encoding" in message or "format" not in message:
        return read_image(message)
    where = "CompressedImage"
    kind, data = text(message, "format", where), raw(message, "data", where)
    if "compressedDepth" in kind:
        raise MessageError(f"{where}.format: {kind!r} is depth, and not read")
    frame = text(inner(message, "header", where), "frame_id", where)
    return ImageMessage(stamp(message, where), frame, _decoded(data, f"{where} ({kind!r})"))


def _decoded(data: bytes, where: str) -> npt.NDArray[Any]:
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise MessageError(f"{where}: cannot be decoded: {error}") from error
    if pixels is None:
        raise MessageError(f"{where}: {len(data)} bytes that are no picture")
    colours = pixels[..., 2::-1] if pixels.ndim == 3 else pixels
    return np.ascontiguousarray(colours)
