"""Forces at the tips from forces at the handles, for tools side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.scene.model.held import HALVES
from habilis.assets.tools.registry import forces_of
from habilis.assets.tools.spec import ToolJoint
from habilis.envs.aperture.cells import Cell


class Levers:
    """Constants of C cells.

    Attributes:
      greatest: (C,) N, the greatest force that is ever a goal.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        tools = [cell.compiled.in_hand.tool for cell in cells]
        self.greatest = np.array([forces_of(tool.kind).high for tool in tools])
        self._handle = np.array([tool.lever("moving") for tool in tools])
        self._tip = np.array([tool.gap(_ajar(tool.joint)) / _AJAR for tool in tools])
        self._stiffness = np.array([tool.joint.stiffness for tool in tools])
        self._slack = np.array([tool.joint.springref for tool in tools])
        self._relieves = np.array([tool.joint.closed == 0.0 for tool in tools])

    def tip_force(self, cell: npt.NDArray[np.int_], touch: Array, joint: Array) -> Array:
        """(N,) shares of ``greatest``, from forces (N, F, 2) N and joint values (N,) rad or m."""
        squeeze = touch[..., HALVES.index("moving")].sum(axis=1) * self._handle[cell]
        spring = self._stiffness[cell] * (joint - self._slack[cell])
        moment = np.where(self._relieves[cell], spring - squeeze, squeeze - spring)
        out: Array = np.maximum(moment, 0.0) / self._tip[cell] / self.greatest[cell]
        return out


_AJAR = 0.01  # rad or, of a slide, m, from where the tips meet: small against any arm


def _ajar(joint: ToolJoint) -> float:
    return joint.closed + (_AJAR if joint.closed == 0.0 else -_AJAR)
