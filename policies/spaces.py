"""Spaces as plain data, so that a bundle can say what it fits and how something else differs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import Space, spaces

MOST = 10**7
"""Numbers that a space of a bundle may have; a picture has 10^6."""
_KINDS = ("Box", "Discrete", "MultiDiscrete", "MultiBinary", "Dict")


def describe(space: Space[Any]) -> dict[str, Any]:
    """A Box, Discrete, MultiDiscrete, MultiBinary or Dict space as JSON; ValueError for others."""
    if isinstance(space, spaces.Box):
        bounds = {"low": _bounds(space.low), "high": _bounds(space.high)}
        return {"kind": "Box", "shape": list(space.shape), "dtype": str(space.dtype)} | bounds
    if isinstance(space, spaces.Discrete):
        return {"kind": "Discrete", "n": int(space.n), "start": int(space.start)}
    if isinstance(space, spaces.MultiBinary):
        return {"kind": "MultiBinary", "shape": list(space.shape)}
    if isinstance(space, spaces.MultiDiscrete):
        return {"kind": "MultiDiscrete", "nvec": space.nvec.tolist(), "start": space.start.tolist()}
    if isinstance(space, spaces.Dict):
        return {"kind": "Dict", "spaces": {k: describe(v) for k, v in space.items()}}
    raise ValueError(f"a bundle holds {', '.join(_KINDS)} spaces, got {space}")


def rebuild(data: dict[str, Any]) -> Space[Any]:
    """The space that ``describe`` described.

    Raises:
      ValueError: it is of another kind, or of more numbers than an observation has.
    """
    if _count(data) > MOST:
        raise ValueError(f"a space of more than {MOST} numbers is larger than any observation")
    return _built(data)


def _count(data: Mapping[str, Any]) -> int:
    """Numbers of a described space; those of a Dict together, as each may be within bounds."""
    if data["kind"] not in _KINDS:
        raise ValueError(f"a bundle holds no {data['kind']!r} space")
    if data["kind"] == "Dict":
        return sum(map(_count, data["spaces"].values()))
    return math.prod(int(n) for n in data.get("shape", ()))


def _built(data: Mapping[str, Any]) -> Space[Any]:
    kind = data["kind"]
    if kind == "Dict":
        return spaces.Dict({k: _built(v) for k, v in data["spaces"].items()})
    if kind == "Discrete":
        return spaces.Discrete(data["n"], start=data["start"])
    if kind == "MultiDiscrete":
        return spaces.MultiDiscrete(data["nvec"], start=data["start"])
    shape = tuple(int(n) for n in data["shape"])
    if kind == "MultiBinary":
        return spaces.MultiBinary(shape if len(shape) > 1 else shape[0])
    dtype: Any = np.dtype(data["dtype"])
    low, high = (np.broadcast_to(np.array(data[k], dtype), shape).copy() for k in ("low", "high"))
    return spaces.Box(low, high, shape, dtype)


def zeros(space: Space[Any]) -> Any:
    """An observation of one episode, (1, ...), of nothing but zeros, for a first try."""
    if isinstance(space, spaces.Dict):
        return {key: zeros(inner) for key, inner in space.items()}
    return np.zeros((1, *(space.shape or ())), space.dtype)


def differences(what: str, trained: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """Lines saying how a space differs from the one trained on."""
    if trained["kind"] != given["kind"]:
        return [f"{what}: trained on {trained['kind']}, given {given['kind']}"]
    if trained["kind"] == "Dict":
        old, new = trained["spaces"], given["spaces"]
        lines = [f"{what}: {k!r} is missing" for k in old if k not in new]
        lines += [f"{what}: {k!r} was not trained on" for k in new if k not in old]
        for key in old.keys() & new.keys():
            lines += differences(f"{what} {key!r}", old[key], new[key])
        return sorted(lines)
    return [
        f"{what}: {key} was {_short(trained[key])}, is {_short(given[key])}"
        for key in trained
        if trained[key] != given[key]
    ]


def _bounds(values: npt.NDArray[Any]) -> Any:
    """One number where all are the same."""
    same = values.size and (values == values.flat[0]).all()
    return values.flat[0].item() if same else values.tolist()


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
