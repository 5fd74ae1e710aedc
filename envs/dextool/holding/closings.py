"""How a hand takes a handle: where it may lie in the hand, and where the fingers go to close.

In the frame of the hand's model: fingers along +x, palm towards +z.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import look_up
from habilis.assets.robots.hands.hand import HandSpec

Vec3 = tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class FingerClosing:
    """What is tried with one hand.

    Attributes:
      low, high: corners of the box in which a point of the handle is put, m.
      opened: by the end of a joint's name, the range from which it is drawn with the hand open,
        rad; others are at 0, as far as their limits allow.
      closed: by the end of a joint's name, where it is sent, rad; others stay as they were opened.
      pinch: as ``opened``, of a hand that takes a thing between thumb and fingertips.
    """

    low: Vec3
    high: Vec3
    opened: Mapping[str, tuple[float, float]]
    closed: Mapping[str, float]
    pinch: Mapping[str, tuple[float, float]]

    def draw(self, hand: HandSpec, rng: np.random.Generator, n: int) -> Array:
        """Open postures (n, j), rad."""
        out = np.zeros((n, len(hand.joints)))
        for k, joint in enumerate(hand.joints):
            if key := _ending(self.opened, joint):
                out[:, k] = rng.uniform(*self.opened[key], n)
        return np.clip(out, hand.lower, hand.upper)

    def reopened(self, hand: HandSpec, closed: Array) -> Array:
        """Open postures (n, j) of hands that are closed (n, j): what was drawn stays, rad."""
        drawn = np.array([bool(_ending(self.opened, joint)) for joint in hand.joints])
        return np.clip(np.where(drawn, closed, 0.0), hand.lower, hand.upper)

    def draw_pinch(self, hand: HandSpec, rng: np.random.Generator) -> Array:
        """An open posture (j,) for a pinch, rad; all fingers bend alike."""
        bent = {key: rng.uniform(*bounds) for key, bounds in self.pinch.items()}
        q = np.array([bent.get(_ending(bent, joint), 0.0) for joint in hand.joints])
        return np.clip(q, hand.lower, hand.upper)

    def target(self, hand: HandSpec, opened: Array) -> Array:
        """Closed postures (n, j) for open ones (n, j), rad."""
        out = opened.copy()
        for k, joint in enumerate(hand.joints):
            if key := _ending(self.closed, joint):
                out[:, k] = self.closed[key]
        return np.clip(out, hand.lower, hand.upper)


def _ending(keys: Iterable[str], joint: str) -> str:
    """The longest of the keys that ends a joint's name; '' if none does."""
    return max((key for key in keys if joint.endswith(key)), key=len, default="")


_SHARPA = FingerClosing(
    (0.07, -0.02, 0.03), (0.135, 0.02, 0.075),
    {"thumb_CMC_FE": (0.5, 1.92), "thumb_CMC_AA": (-0.35, 0.13), "thumb_MCP_AA": (-0.3, 0.3)},
    {"MCP_FE": 1.5, "PIP": 1.6, "DIP": 1.2, "thumb_MCP_FE": 1.2, "thumb_IP": 1.4},
    {"MCP_FE": (0.2, 1.2), "PIP": (0.1, 0.9), "DIP": (0.0, 0.6), "thumb_CMC_FE": (0.8, 1.92),
     "thumb_CMC_AA": (-0.35, 0.13), "thumb_MCP_FE": (0.0, 0.5), "thumb_IP": (0.0, 0.5)},
)  # fmt: skip
_LEAP = FingerClosing(
    (-0.03, -0.02, 0.14), (0.06, 0.06, 0.225),
    {"th_cmc": (0.6, 1.6), "th_axl": (-0.2, 0.6)},
    {"mcp": 2.0, "pip": 1.7, "dip": 1.5, "th_mcp": 1.6, "th_ipl": 1.5},
    {"mcp": (0.2, 1.2), "pip": (0.1, 0.9), "dip": (0.0, 0.6), "th_cmc": (0.6, 1.6),
     "th_axl": (-0.2, 0.6), "th_mcp": (0.0, 0.6), "th_ipl": (0.0, 0.5)},
)  # fmt: skip
CLOSINGS: Mapping[str, FingerClosing] = {"leap": _LEAP, "sharpa": _SHARPA}
"""By name of the hand."""


def closing_of(hand: str) -> FingerClosing:
    """How a hand takes a handle; ValueError names the hands of which it is known."""
    return look_up("hand that takes tools", hand, CLOSINGS)
