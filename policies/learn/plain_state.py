"""The state of a run as tensors, numbers and texts, which can be read without running any code."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.running_mean_std import RunningMeanStd

from habilis.assets.grasps import GraspKeyframe, GraspScore
from habilis.assets.names import look_up

ARRAY, WORDS, NUMBER = "habilis.array", "habilis.words", "habilis.number"
DEQUE, MOMENTS = "habilis.deque", "habilis.moments"
OBJECTS, RECORD = "habilis.objects", "habilis.record"
RECORDS = {kind.__name__: kind for kind in (GraspKeyframe, GraspScore)}
"""Dataclasses that episodes hold, by name: hands of a pick remember by which grasp they hold."""
PLAIN = (str, bytes, int, float, bool, type(None), torch.Tensor)
_KINDS = "biufc"  # of numpy's types, those without objects or texts


def to_plain(value: Any) -> Any:
    """The same in plain values; what is not plain is a dict under a name of its own.

    Raises:
      TypeError: it holds what has no plain form.
    """
    if isinstance(value, np.generic):
        return {NUMBER: _array(np.asarray(value))}
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "O" or value.ndim != 1:
            return {ARRAY: _array(value)}
        words = all(type(v) is str for v in value)
        return {WORDS: value.tolist()} if words else {OBJECTS: [to_plain(v) for v in value]}
    if type(value) in RECORDS.values():
        fields = {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {RECORD: type(value).__name__, "fields": fields}
    if isinstance(value, deque):
        return {DEQUE: [to_plain(v) for v in value], "most": value.maxlen}
    if isinstance(value, RunningMeanStd):
        return {MOMENTS: {key: to_plain(v) for key, v in vars(value).items()}}
    if isinstance(value, dict):
        return {key: to_plain(v) for key, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(to_plain, value))
    if isinstance(value, torch.nn.Parameter):
        return value.detach()
    if type(value) in PLAIN:
        return value
    raise TypeError(f"a checkpoint holds no {type(value).__name__}")


def from_plain(value: Any) -> Any:
    """What ``to_plain`` was given; ValueError if it was not made by that."""
    if isinstance(value, dict):
        for name, make in _MAKERS.items():
            if name in value:
                return make(value)
        return {key: from_plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(from_plain(v) for v in value)
    return value


def _array(value: np.ndarray[Any, Any]) -> dict[str, Any]:
    if value.dtype.kind not in _KINDS:
        raise TypeError(f"a checkpoint holds no array of {value.dtype}")
    data = np.frombuffer(np.ascontiguousarray(value).tobytes(), np.uint8).copy()
    return {"type": value.dtype.str, "shape": list(value.shape), "data": torch.from_numpy(data)}


def _array_of(value: dict[str, Any]) -> np.ndarray[Any, Any]:
    kind = np.dtype(value["type"])
    if kind.kind not in _KINDS:
        raise ValueError(f"no array of a checkpoint: {kind}")
    return np.frombuffer(value["data"].numpy().tobytes(), kind).reshape(value["shape"]).copy()


def _moments(value: dict[str, Any]) -> RunningMeanStd:
    out = RunningMeanStd()
    out.mean, out.var, out.count = (from_plain(value[MOMENTS][k]) for k in ("mean", "var", "count"))
    return out


def _objects(value: dict[str, Any]) -> np.ndarray[Any, Any]:
    out = np.empty(len(value[OBJECTS]), object)
    for i, one in enumerate(value[OBJECTS]):
        out[i] = from_plain(one)
    return out


def _record(value: dict[str, Any]) -> Any:
    kind = look_up("record of a checkpoint", value[RECORD], RECORDS)
    return kind(**{name: from_plain(field) for name, field in value["fields"].items()})


_MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    ARRAY: lambda value: _array_of(value[ARRAY]),
    WORDS: lambda value: np.array(value[WORDS], object),
    NUMBER: lambda value: _array_of(value[NUMBER])[()],
    DEQUE: lambda value: deque(map(from_plain, value[DEQUE]), value["most"]),
    MOMENTS: _moments,
    OBJECTS: _objects,
    RECORD: _record,
}
