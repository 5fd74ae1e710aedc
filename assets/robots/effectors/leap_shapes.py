"""The primitive shapes of the lean LEAP hand, m, each in the frame of its link.

In a finger's ``bs`` frame +y is along the finger, +x out of the pad, z across; in ``px`` +x is
along the finger and -z out of the pad; in ``md`` and ``ds`` -y is along the finger and -x out of
the pad. The thumb's ``px`` has +y along it and +x out of its pad, its ``ds`` -y and -x.
"""

from __future__ import annotations

import dataclasses
import math

from habilis.assets.robots.hands.hand import Vec3

Quat = tuple[float, float, float, float]

COLOURS = {
    "hand_shell": (0.20, 0.21, 0.225, 1.0),
    "hand_motor": (0.10, 0.105, 0.115, 1.0),
    "hand_horn": (0.42, 0.44, 0.47, 1.0),
    "hand_tip": (0.93, 0.93, 0.91, 1.0),
}


@dataclasses.dataclass(frozen=True)
class HandShape:
    """One primitive. With ``end`` it spans ``pos`` to ``end``."""

    kind: str
    size: tuple[float, ...]
    pos: Vec3
    end: Vec3 | None = None
    colour: str = "hand_shell"
    quat: Quat = (1, 0, 0, 0)
    tip: bool = False


def _box(half: Vec3, pos: Vec3, colour: str = "shell", quat: Quat = (1, 0, 0, 0)) -> HandShape:
    return HandShape("box", half, pos, None, f"hand_{colour}", quat)


def _rod(radius: float, pos: Vec3, end: Vec3, *, tip: bool = False) -> HandShape:
    return HandShape("capsule", (radius,), pos, end, tip=tip)


def _tube(radius: float, pos: Vec3, end: Vec3, colour: str = "shell") -> HandShape:
    return HandShape("cylinder", (radius,), pos, end, f"hand_{colour}")


def _blob(half: Vec3, pos: Vec3, colour: str = "shell") -> HandShape:
    return HandShape("ellipsoid", half, pos, None, f"hand_{colour}")


def _about_z(angle: float) -> Quat:
    return (math.cos(angle / 2), 0.0, 0.0, math.sin(angle / 2))


def _about_y(angle: float) -> Quat:
    return (math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0)


def _pad(y: float, z: float) -> tuple[HandShape, ...]:
    """The white tip, a rounded box of 21 x 24 x 30 mm whose round end begins at y."""
    x, back, radius = -0.0008, y + 0.0180, 0.0075
    corners = [(x + dx, z + dz) for dx in (-0.0029, 0.0029) for dz in (-0.0043, 0.0043)]
    edges = (
        HandShape("capsule", (radius,), (a, y, b), (a, back, b), "hand_tip") for a, b in corners
    )
    middle, half = (y + back) / 2, (back - y) / 2
    return (
        *edges,
        _box((0.0103, half, 0.0045), (x, middle, z), "tip"),
        _box((0.0031, half, 0.0117), (x, middle, z), "tip"),
        _box((0.0095, half, 0.0105), (x, middle, z), "tip"),
        _blob((0.0104, 0.0095, 0.0118), (x, y, z), "tip"),
    )


def _bracket(y0: float, y1: float, z: float, x: float = 0.0) -> tuple[HandShape, ...]:
    """Two side plates from a joint at y0 to y1, with the horn of the servo between them."""
    middle, half = (y0 + y1) / 2, abs(y1 - y0) / 2
    return (
        _box((0.0085, half, 0.0013), (x, middle, z + 0.0155)),
        _box((0.0085, half, 0.0013), (x, middle, z - 0.0155)),
        _tube(0.0085, (x, y0, z - 0.0168), (x, y0, z + 0.0168)),
        _tube(0.0055, (x, y0, z - 0.0172), (x, y0, z + 0.0172), "horn"),
    )


LOOKS: dict[str, tuple[HandShape, ...]] = {
    "palm": (
        _box((0.0105, 0.0615, 0.0225), (-0.0285, -0.0365, -0.0120)),
        _box((0.0125, 0.0615, 0.0230), (-0.0500, -0.0365, -0.0117)),
        _box((0.0200, 0.0330, 0.0230), (-0.0800, -0.0600, -0.0117)),
        _box((0.0200, 0.0610, 0.0060), (-0.0800, -0.0365, 0.0053)),
        _box((0.0030, 0.0200, 0.0160), (-0.0970, -0.0080, -0.0030)),
        _box((0.0120, 0.0615, 0.0060), (-0.0225, -0.0365, -0.0285), "shell", _about_y(0.6)),
        *(
            _box((0.0100, 0.0125, 0.0165), (-0.0085, y, -0.0105), "motor")
            for y in (0.0085, -0.037, -0.0825)
        ),
        _box((0.0080, 0.0200, 0.0004), (-0.084, -0.062, -0.0348), "motor"),
    ),
    "finger_bs": (
        *_bracket(0.0, 0.019, 0.0147),
        _box((0.0100, 0.0030, 0.0168), (0.0, 0.0185, 0.0147)),
        _box((0.0175, 0.0035, 0.0115), (-0.0255, 0.0205, 0.0147)),
        _box((0.0130, 0.0200, 0.0105), (-0.0270, 0.0420, 0.0147), "motor"),
        _box((0.0030, 0.0190, 0.0125), (-0.0395, 0.0420, 0.0147)),
        _tube(0.0080, (-0.0150, 0.0381, 0.0145), (-0.0125, 0.0381, 0.0145), "horn"),
    ),
    "finger_px": (
        _box((0.0165, 0.0125, 0.0105), (0.0075, 0.0, -0.0120), "motor"),
        _box((0.0140, 0.0142, 0.0100), (0.0060, 0.0, -0.0120)),
        _box((0.0105, 0.0105, 0.0118), (0.0060, 0.0, -0.0115)),
        _tube(0.0080, (0.0, 0.0, -0.0012), (0.0, 0.0, 0.0004), "horn"),
    ),
    "finger_md": (
        *_bracket(0.0, -0.018, 0.0145),
        _box((0.0095, 0.0025, 0.0165), (0.0, -0.0175, 0.0145)),
        _box((0.0165, 0.0120, 0.0125), (0.0070, -0.0330, 0.0145), "motor"),
        _box((0.0150, 0.0100, 0.0142), (0.0070, -0.0315, 0.0145)),
        _box((0.0175, 0.0105, 0.0100), (0.0065, -0.0315, 0.0145)),
    ),
    "finger_ds": (
        *_bracket(0.0, -0.017, 0.0145),
        _box((0.0100, 0.0030, 0.0150), (0.0, -0.0175, 0.0145)),
        *_pad(-0.038, 0.0145),
    ),
    "thumb_mp": (
        _box((0.0165, 0.0125, 0.0105), (-0.0075, 0.0, -0.0120), "motor"),
        _box((0.0140, 0.0142, 0.0095), (-0.0070, 0.0, -0.0120)),
        _tube(0.0080, (0.0, 0.0, -0.0012), (0.0, 0.0, 0.0004), "horn"),
    ),
    "thumb_bs": (
        _box((0.0095, 0.0170, 0.0020), (0.0, 0.0, -0.0020)),
        _box((0.0085, 0.0015, 0.0100), (0.0, -0.0157, -0.0130)),
        _box((0.0085, 0.0015, 0.0100), (0.0, 0.0157, -0.0130)),
        _tube(0.0085, (0.0, -0.0168, -0.017), (0.0, 0.0168, -0.017)),
        _tube(0.0055, (0.0, -0.0173, -0.017), (0.0, 0.0173, -0.017), "horn"),
    ),
    "thumb_px": (
        _box((0.0095, 0.0165, 0.0125), (0.0, 0.0100, -0.0143), "motor"),
        _box((0.0085, 0.0130, 0.0142), (0.0, 0.0170, -0.0143)),
        _box((0.0060, 0.0120, 0.0095), (-0.0130, 0.0175, -0.0143), "motor"),
        _box((0.0095, 0.0025, 0.0165), (0.0, 0.0310, -0.0143)),
        *_bracket(0.0466, 0.0310, -0.0143),
    ),
    "thumb_ds": (
        _box((0.0095, 0.0180, 0.0125), (0.0, -0.0080, -0.0145), "motor"),
        _box((0.0085, 0.0130, 0.0142), (0.0, -0.0155, -0.0145)),
        _box((0.0060, 0.0120, 0.0095), (0.0125, -0.0165, -0.0145), "motor"),
        _box((0.0100, 0.0025, 0.0150), (0.0, -0.0290, -0.0145)),
        *_pad(-0.050, -0.0145),
    ),
}  # fmt: skip
"""What is seen of each link."""

SOLIDS: dict[str, tuple[HandShape, ...]] = {
    "palm": (_box((0.035, 0.060, 0.020), (-0.036, -0.0365, -0.0125)),),
    "finger_px": (_rod(0.0130, (0.002, 0.0, -0.0110), (0.0130, 0.0, -0.0110)),),
    "finger_md": (_rod(0.0125, (0.0025, 0.0, 0.0145), (0.0025, -0.0340, 0.0145)),),
    "finger_ds": (
        _rod(0.0105, (-0.0008, 0.0, 0.0145), (-0.0008, -0.0200, 0.0145)),
        _rod(0.0105, (-0.0008, -0.0240, 0.0145), (-0.0008, -0.0395, 0.0145), tip=True),
    ),
    "thumb_px": (_rod(0.0125, (-0.0015, 0.0040, -0.0143), (-0.0015, 0.0420, -0.0143)),),
    "thumb_ds": (
        _rod(0.0120, (0.0010, -0.0020, -0.0145), (0.0010, -0.0280, -0.0145)),
        _rod(0.0105, (-0.0008, -0.0360, -0.0145), (-0.0008, -0.0515, -0.0145), tip=True),
    ),
}
"""What is touched of each link: 16 shapes, so that the hand costs little more than its joints."""
