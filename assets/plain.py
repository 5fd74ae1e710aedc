"""Dataclasses from plain data, as JSON and YAML hold it: checked by the types of their fields."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from habilis.assets.names import did_you_mean

T = TypeVar("T")


def build(kind: type[T], data: Any, where: str) -> T:
    """Make a dataclass, and those inside it, of keys and values.

    Args:
      kind: the dataclass; its fields are numbers, texts, tuples, mappings, dataclasses, or None.
      data: a mapping; lists become tuples.
      where: what error messages call the source, e.g. a file name.

    Raises:
      ValueError: a key that does not exist or is missing, or a value of another type.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"{where} must hold keys and values, got {data!r}")
    hints = _hints(kind)  # type: ignore[arg-type]
    for key in data:
        if key not in hints:
            raise ValueError(f"{where}: {did_you_mean('key', key, hints)}")
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        needed = field.default is field.default_factory is dataclasses.MISSING
        if needed and field.name not in data:
            raise ValueError(f"{where}: key {field.name!r} is missing")
    return kind(**{k: _value(hints[k], v, f"{where}: {k}") for k, v in data.items()})


@functools.cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _value(hint: Any, value: Any, where: str) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return _either(typing.get_args(hint), value, where)
    if dataclasses.is_dataclass(hint):
        return build(hint, value, where)  # type: ignore[arg-type]
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is tuple and isinstance(value, (list, tuple)):
        return _tuple(args, value, where)
    if origin is Mapping and isinstance(value, Mapping):
        return {str(k): _value(args[1], v, f"{where}: {k}") for k, v in value.items()}
    if origin is Any or (origin is typing.Literal and value in args):
        return value
    if origin is float and type(value) is int:
        return float(value)
    if type(value) is not origin:
        name = {Mapping: "keys and values", tuple: "a list", typing.Literal: f"one of {args}"}
        raise ValueError(f"{where} must be {name.get(origin) or origin.__name__}, got {value!r}")
    return value


def _either(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    """A value of the first of several types that it fits."""
    if value is None and type(None) in kinds:
        return None
    if words := [w for k in kinds if typing.get_origin(k) is typing.Literal for w in k.__args__]:
        kinds = (*(k for k in kinds if typing.get_origin(k) is not typing.Literal),
                 typing.Literal[tuple(words)])  # fmt: skip
    *others, last = (kind for kind in kinds if kind is not type(None))
    for kind in others:
        try:
            return _value(kind, value, where)
        except ValueError:
            continue
    return _value(last, value, where)


def _tuple(kinds: tuple[Any, ...], value: list[Any] | tuple[Any, ...], where: str) -> Any:
    if kinds[-1] is ...:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise ValueError(f"{where} must have {len(kinds)} entries, got {value!r}")
    return tuple(_value(kind, v, where) for kind, v in zip(kinds, value, strict=True))
