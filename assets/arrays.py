"""Types of the arrays that every layer passes about; shapes stand in docstrings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
"""Real numbers, in SI units unless said otherwise."""

Floats = npt.NDArray[np.float32]
"""Real numbers of learning, rendering and the wire, where half the width is enough."""

Mask = npt.NDArray[np.bool_]
"""Truth values, most often one for each simulation."""

Ids = npt.NDArray[np.int_]
"""Indices of simulations, bodies or columns."""
