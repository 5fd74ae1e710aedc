"""ROS messages of rclpy as plain dicts, and back; without importing ROS."""

from __future__ import annotations

import array
import importlib
import math
import operator
import re
from collections.abc import Mapping
from typing import Any

from habilis.envs.ros.transports.base import Message, TransportError

FLOATS = {"float", "double"}
PRIMITIVES = {"boolean", "octet", "string", "wstring", *FLOATS} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_ARRAY = re.compile(r"sequence<(?P<a>.+?)(, \d+)?>$|(?P<b>.+)\[\d*\]$")


def load(type: str) -> Any:
    """Return the class of a ROS type such as ``std_srvs/srv/Trigger``.

    Raises:
      TransportError: this ROS installation has no such type.
    """
    try:
        package, kind, name = type.split("/")
        return getattr(importlib.import_module(f"{package}.{kind}"), name)
    except ValueError as error:
        raise TransportError(f"{type!r} is no type such as sensor_msgs/msg/JointState") from error
    except (ImportError, AttributeError) as error:
        raise TransportError(
            f"{type}: not in the ROS 2 that is sourced here ({error}); install its package"
        ) from error


def to_dict(message: Any) -> dict[str, Any]:
    """Return the fields of a message as a dict; ``uint8[]`` becomes bytes."""
    fields = message.get_fields_and_field_types()
    return {name: _plain(getattr(message, name), type) for name, type in fields.items()}


def from_dict(kind: Any, values: Message) -> Any:
    """A message of a class.

    Args:
      kind: class of the message.
      values: of some or all of its fields; the others keep their defaults. None is NaN.

    Raises:
      TransportError: an unknown field, or a value that does not fit.
    """
    message = kind()
    _fill(message, values, kind.__name__)
    return message


def _plain(value: Any, type: str) -> Any:
    item = _item(type)
    if item is None:
        return value if type in PRIMITIVES else to_dict(value)
    if item == "uint8":
        return bytes(value)
    if item == "octet":
        return [part[0] if isinstance(part, bytes) else part for part in value]
    if item in PRIMITIVES:
        return value.tolist() if hasattr(value, "tolist") else list(value)
    return [to_dict(part) for part in value]


def _fill(message: Any, values: Message, where: str) -> None:
    fields = message.get_fields_and_field_types()
    for name, value in values.items():
        if name not in fields:
            raise TransportError(f"{where} has no field {name!r}; it has {', '.join(fields)}")
        path = f"{where}.{name}"
        try:
            setattr(message, name, _typed(getattr(message, name), value, fields[name], path))
        except (AssertionError, AttributeError, TypeError, ValueError, OverflowError) as error:
            raise TransportError(f"{path} is a {fields[name]}, not {value!r:.60}") from error


def _typed(default: Any, value: Any, type: str, path: str) -> Any:
    """A value as a field wants it, checked: the setters of rclpy do not."""
    item = _item(type)
    if item is None:
        if type in PRIMITIVES:
            return _scalar(type, value)
        if not isinstance(value, Mapping):
            raise TypeError("not a dict")
        _fill(default, value, path)
        return default
    if isinstance(default, array.array) and item not in FLOATS:
        return array.array(default.typecode, value)
    if item not in PRIMITIVES:
        return [_element(item, part, f"{path}[{i}]") for i, part in enumerate(value)]
    parts = [_scalar(item, part) for part in value]
    return array.array(default.typecode, parts) if isinstance(default, array.array) else parts


def _scalar(type: str, value: Any) -> Any:
    if type in FLOATS:
        return math.nan if value is None else float(value)
    if type in ("string", "wstring"):
        if not isinstance(value, str):
            raise TypeError("not a text")
        return value
    if type == "boolean":
        return bool(value)
    if type == "octet":
        return value if isinstance(value, bytes) else bytes([value])
    number, bits = operator.index(value), int(type.partition("int")[2])
    low = 0 if type[0] == "u" else -(2 ** (bits - 1))
    if not low <= number < low + 2**bits:
        raise OverflowError("out of range")
    return number


def _element(type: str, value: Message, path: str) -> Any:
    package, name = type.split("/")
    message = load(f"{package}/msg/{name}")()
    _fill(message, value, path)
    return message


def _item(type: str) -> str | None:
    """The type of the elements of an array, None of anything else."""
    match = _ARRAY.match(type)
    return (match["a"] or match["b"]) if match else None
