"""Reading the fields of ROS messages: what is missing or does not fit is named."""

from __future__ import annotations

import array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.transports.base import Message


class MessageError(ValueError):
    """Raised by a message that does not fit: names the field, what was received and what is
    expected.
    """


def part(message: Message, key: str, where: str) -> Any:
    """Return a field of a message.

    Raises:
      MessageError: the message has no such field.
    """
    if not isinstance(message, Mapping):
        raise MessageError(f"{where}: expected a message, got {brief(message)}")
    if key not in message:
        raise MessageError(f"{where}: no field {key!r}; it has {', '.join(map(str, message))}")
    return message[key]


def inner(message: Message, key: str, where: str) -> Message:
    """A field that is a message itself."""
    value = part(message, key, where)
    if not isinstance(value, Mapping):
        raise MessageError(f"{where}.{key}: expected a message, got {brief(value)}")
    return value


def text(message: Message, key: str, where: str) -> str:
    """A field of text."""
    value = part(message, key, where)
    if not isinstance(value, str):
        raise MessageError(f"{where}.{key}: expected text, got {brief(value)}")
    return value


def flag(message: Message, key: str, where: str) -> bool:
    """A field that is true or false."""
    value = part(message, key, where)
    if not isinstance(value, (bool, np.bool_)):
        raise MessageError(f"{where}.{key}: expected true or false, got {brief(value)}")
    return bool(value)


def whole(message: Message, key: str, where: str) -> int:
    """A field that is a whole number."""
    value = part(message, key, where)
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise MessageError(f"{where}.{key}: expected a whole number, got {brief(value)}")
    return int(value)


_PLAIN = {float, int}  # types of what nearly every list holds, which need no look at each number


def number(message: Message, key: str, where: str) -> float:
    """Return a field that is a number.

    JSON has no word for what is not a number and writes null, which becomes NaN here.
    """
    return _number(part(message, key, where), f"{where}.{key}")


def numbers(message: Message, key: str, where: str, count: int | None = None) -> Array:
    """A field that is a list of numbers (count,); what is not a number becomes NaN."""
    values = items(message, key, where)
    if count is not None and len(values) != count:
        raise MessageError(f"{where}.{key}: expected {count} numbers, got {len(values)}")
    if _PLAIN.issuperset(map(type, values)):
        return np.array(values, float)
    return np.array([_number(v, f"{where}.{key}[{i}]") for i, v in enumerate(values)], float)


def some_numbers(message: Message, key: str, where: str, count: int) -> Array | None:
    """A list of ``count`` numbers, or None where it is empty or left out."""
    if not len(items(message, key, where) if key in message else ()):
        return None
    return numbers(message, key, where, count)


def texts(message: Message, key: str, where: str) -> tuple[str, ...]:
    """A field that is a list of texts."""
    values = items(message, key, where)
    for i, value in enumerate(values):
        if not isinstance(value, str):
            raise MessageError(f"{where}.{key}[{i}]: expected text, got {brief(value)}")
    return tuple(values)


def messages(message: Message, key: str, where: str) -> list[Message]:
    """A field that is a list of messages."""
    values = items(message, key, where)
    for i, value in enumerate(values):
        if not isinstance(value, Mapping):
            raise MessageError(f"{where}.{key}[{i}]: expected a message, got {brief(value)}")
    return list(values)


def items(message: Message, key: str, where: str) -> Sequence[Any]:
    """A field that is a list."""
    value = part(message, key, where)
    if not isinstance(value, (list, tuple, array.array, np.ndarray)):
        raise MessageError(f"{where}.{key}: expected a list, got {brief(value)}")
    return value  # type: ignore[return-value]


def raw(message: Message, key: str, where: str) -> bytes:
    """A field of bytes."""
    value = part(message, key, where)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, (array.array, np.ndarray)):
        return value.tobytes()
    raise MessageError(f"{where}.{key}: expected bytes, got {brief(value)}")


def brief(value: Any) -> str:
    """Describe what was received in a few words, for an error message."""
    shown = repr(value)
    return f"{type(value).__name__} {shown if len(shown) <= 40 else shown[:40] + '...'}"


def _number(value: Any, where: str) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, (bool, str)) or not isinstance(value, (int, float, np.number)):
        raise MessageError(f"{where}: expected a number, got {brief(value)}")
    return float(value)
