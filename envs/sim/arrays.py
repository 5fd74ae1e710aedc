"""Maths on arrays of any library: numpy's on the CPU, torch's on a GPU.

A function that is to serve both takes its functions from ``array_namespace`` of what it is given,
and from here the few that libraries name differently.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def array_namespace(array: Any) -> Any:
    """The module whose functions work on an array, as of the array API standard.

    torch, which has most of the standard but not its entry point, is known by the array's type.
    """
    if isinstance(array, np.ndarray):
        return np
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    return sys.modules[type(array).__module__.partition(".")[0]]


def vecdot(a: Any, b: Any) -> Any:
    """Scalar products (...) of vectors (..., k)."""
    if isinstance(a, np.ndarray):
        return np.vecdot(a, b)
    xp = array_namespace(a)
    return xp.vecdot(a, b) if hasattr(xp, "vecdot") else xp.linalg.vecdot(a, b)


def gather(x: Any, index: Any) -> Any:
    """Entries ``index`` (...) of the last axis of ``x``; of numpy twice as fast as indexing."""
    return x.take(index, axis=-1) if isinstance(x, np.ndarray) else x[..., index]


def length(v: Any) -> Any:
    """Euclidean norms (...) of vectors (..., k)."""
    if isinstance(v, np.ndarray):
        return np.sqrt(np.vecdot(v, v))
    return array_namespace(v).sqrt(vecdot(v, v))


def clip(x: Any, low: float, high: float) -> Any:
    """``x`` (...) brought into [low, high]; of numpy several times as fast as its own."""
    if isinstance(x, np.ndarray):
        return np.minimum(np.maximum(x, low), high)
    return array_namespace(x).clip(x, low, high)
