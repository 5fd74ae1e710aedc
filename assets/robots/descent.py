"""Least squares with limits, for postures that are found once, when a robot is put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from habilis.assets.arrays import Array

_DELTA = 1e-6
_ITERATIONS = 80
_DONE = 1e-10


def descend(
    residual: Callable[[Array], Array],
    start: Array,
    free: Sequence[int],
    low: Array,
    high: Array,
) -> Array:
    """The argument (k,) near ``start`` at which the residual's squares are least.

    Levenberg and Marquardt's method with differences for the slopes.

    Args:
      residual: of an argument (k,): (m,).
      start: where to begin (k,).
      free: indices of the entries that may change.
      low: limits (k,); high: the same.
    """
    x, damping = np.clip(start, low, high), 1e-4
    value = residual(x)
    for _ in range(_ITERATIONS):
        slope = _slope(residual, x, value, free)
        step = np.linalg.solve(slope.T @ slope + damping * np.eye(len(free)), -slope.T @ value)
        trial = x.copy()
        trial[list(free)] += step
        trial = np.clip(trial, low, high)
        after = residual(trial)
        gain = float(value @ value - after @ after)
        if gain > 0:
            x, value, damping = trial, after, max(damping / 3, 1e-9)
            if gain < _DONE:
                break
        else:
            damping *= 4
    return x


def _slope(
    residual: Callable[[Array], Array], x: Array, value: Array, free: Sequence[int]
) -> Array:
    columns = []
    for i in free:
        shifted = x.copy()
        shifted[i] += _DELTA
        columns.append((residual(shifted) - value) / _DELTA)
    return np.stack(columns, axis=1)
