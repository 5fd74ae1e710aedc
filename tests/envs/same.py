"""Exact equality of what environments show."""

from typing import Any

import numpy as np


def assert_same(one: Any, two: Any) -> None:
    """Exact equality of nested observations and infos."""
    if isinstance(one, dict):
        assert one.keys() == two.keys()
        for key in one:
            assert_same(one[key], two[key])
    elif isinstance(one, (list, tuple)):
        for a, b in zip(one, two, strict=True):
            assert_same(a, b)
    else:
        np.testing.assert_array_equal(one, two)
