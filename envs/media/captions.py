"""The bar above a film's picture: what is being done, the numbers, the time.

Above, as players lay their controls over the lower edge.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

BAR = 60
"""Height of the bar, pixels; even, since codecs want that."""

_MARGIN = 18
_GROUND: Colour = (20, 24, 30)
_BRIGHT: Colour = (240, 243, 246)
_DIM: Colour = (150, 160, 172)
_SIZES = {"text": 18, "detail": 14}
_BASELINES = {"text": 26, "detail": 47}


@dataclasses.dataclass(frozen=True)
class Caption:
    """What the bar says.

    Attributes:
      text: the step, first line.
      detail: numbers and remarks, second line.
      time: simulated time, s, on the right; None shows none.
      speed: how much faster than simulated time the film runs; shown where it is not 1.
    """

    text: str = ""
    detail: str = ""
    time: float | None = None
    speed: float = 1.0


def draw_bar(frame: Image, caption: Caption) -> Image:
    """The picture (H, W, 3), red green blue, with the bar above: (``BAR`` + H, W, 3)."""
    height, width = frame.shape[:2]
    out = np.empty((height + BAR, width, 3), np.uint8)
    out[:BAR] = _bar(width, caption)
    out[BAR:] = frame
    return out


@functools.lru_cache(maxsize=8)
def _bar(width: int, caption: Caption) -> Image:
    bar = np.empty((BAR, width, 3), np.uint8)
    bar[:] = _GROUND
    room = width - 2 * _MARGIN
    if caption.time is not None:
        _write_right(bar, f"{caption.time:.1f} s", "text")
        room -= text_width("888.8 s", _SIZES["text"]) + _MARGIN
        if caption.speed != 1:
            _write_right(bar, f"{caption.speed:g}x speed", "detail")
    for line, said, colour in (
        ("text", caption.text, _BRIGHT),
        ("detail", caption.detail, _DIM),
    ):
        fitted = fit(said, _SIZES[line], room)
        write(bar, fitted, _MARGIN, _BASELINES[line], _SIZES[line], colour)
    return bar


def _write_right(bar: Image, text: str, line: str) -> None:
    x = bar.shape[1] - _MARGIN - text_width(text, _SIZES[line])
    write(bar, text, x, _BASELINES[line], _SIZES[line], _DIM)


def fit(text: str, size: int, room: int) -> str:
    """The text, cut with an ellipsis where it is wider than ``room`` pixels."""
    if text_width(text, size) <= room:
        return text
    while text and text_width(text + "...", size) > room:
        text = text[:-1]
    return text.rstrip() + "..."


def text_width(text: str, size: int) -> int:
    """How wide a text is, pixels, at a size of so many pixels."""
    import cv2

    if not text:
        return 0
    face = _face()
    if face is None:
        return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size / 30, 1)[0][0])
    return int(cv2.getTextSize((0, 0), text, (0, 0), face, size, 0)[2])


def write(image: Image, text: str, x: int, y: int, size: int, colour: Colour) -> None:
    import cv2

    if not text:
        return
    face = _face()
    if face is None:
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(image, text, (x, y), font, size / 30, colour, 1, cv2.LINE_AA)
    else:
        cv2.putText(image, text, (x, y), colour, face, size, 0)


@functools.cache
def _face() -> Any:
    """The sans-serif face that comes with OpenCV 5, or None with OpenCV 4."""
    import cv2

    return cv2.FontFace("sans") if hasattr(cv2, "FontFace") else None
