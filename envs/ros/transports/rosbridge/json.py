"""Messages as rosbridge writes them: JSON, with base64 for bytes and null for what JSON lacks."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from typing import Any

from habilis.envs.ros.transports.base import TransportError

# JSON says no types, so these are the fields that are text there and ``uint8[]`` in ROS.
BYTES = {
    "sensor_msgs/msg/CompressedImage": "data",
    "sensor_msgs/msg/Image": "data",
    "sensor_msgs/msg/PointCloud2": "data",
    "std_msgs/msg/UInt8MultiArray": "data",
}


def encode(what: str, message: Mapping[str, Any]) -> str:
    """As JSON; TransportError naming ``what`` where JSON cannot say it.

    NaN and infinity are among that: no server takes them, and a command must not have them.
    """
    try:
        return json.dumps(message, allow_nan=False, separators=(",", ":"), default=_other)
    except ValueError as error:
        raise TransportError(
            f"{what}: NaN and infinity cannot be sent through rosbridge"
        ) from error
    except TypeError as error:
        raise TransportError(f"{what}: {error}") from error


def decode(text: bytes) -> dict[str, Any]:
    """Read a message from JSON.

    Null becomes NaN: servers write it where a number is not finite.

    Raises:
      ValueError: the text is not JSON, or not an object.
    """
    message = json.loads(text)
    if not isinstance(message, dict):
        raise ValueError(f"not an object: {text[:80]!r}")
    return _finite(message) if b"null" in text else message


def unpack(type: str, message: dict[str, Any]) -> dict[str, Any]:
    """Return a message of a topic with its ``uint8[]`` as bytes."""
    field = BYTES.get(type, "")
    if isinstance(message.get(field), str):
        try:
            message[field] = base64.b64decode(message[field])
        except binascii.Error as error:
            raise ValueError(f"{type}.{field} is not base64: {error}") from error
    return message


def _other(value: object) -> object:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} is no part of a message: {value!r:.80}")


def _finite(value: Any) -> Any:
    if value is None:
        return math.nan
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return value
