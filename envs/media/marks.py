"""Numbers on a picture that say which thing is which."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from habilis.envs.media.captions import Image, text_width, write

_HEIGHT, _SIZE, _MARGIN = 18, 14, 5  # of a label and its digits, and beside them, pixels
_FITS = 11  # pixels to the edge of what it marks, from which a label stands on it
_RINGS, _WAYS = (24, 36, 50, 66), 16  # where else: so far away, in so many directions
_GROUND, _INK = (20, 24, 30), (255, 255, 255)


@dataclasses.dataclass(frozen=True)
class Mark:
    """A number, and the place in a picture that it belongs to.

    Attributes:
      number: what is written.
      x: column, pixels.
      y: row, pixels.
      room: pixels from there to the nearest edge of what is marked.
    """

    number: int
    x: int
    y: int
    room: float


def place_for(seen: npt.NDArray[np.bool_]) -> tuple[int, int, float]:
    """Column and row of the pixel of a mask (height, width) deepest in it, and how deep it is."""
    import cv2

    deep = cv2.distanceTransform(np.pad(seen, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(deep.argmax()), deep.shape)
    return int(column), int(row), float(deep[row, column])


def with_marks(picture: Image, marks: list[Mark]) -> Image:
    """The picture with all marks, none over another; a line leads from those that stand beside."""
    import cv2

    out, taken = picture.copy(), list[tuple[int, int, int, int]]()
    for mark in sorted(marks, key=lambda m: -m.room):  # who has room on itself comes first
        width = text_width(str(mark.number), _SIZE) + 2 * _MARGIN
        x, y = _free(mark, width, taken, out.shape[1], out.shape[0])
        left, top = x - width // 2, y - _HEIGHT // 2
        taken.append((left, top, left + width, top + _HEIGHT))
        if (x, y) != (mark.x, mark.y):
            cv2.line(out, (mark.x, mark.y), (x, y), _GROUND, 1, cv2.LINE_AA)
            cv2.circle(out, (mark.x, mark.y), 2, _GROUND, -1, cv2.LINE_AA)
        cv2.rectangle(out, (left, top), (left + width, top + _HEIGHT), _GROUND, -1)
        write(out, str(mark.number), left + _MARGIN, top + _HEIGHT - 4, _SIZE, _INK)
    return out


def _free(
    mark: Mark, width: int, taken: list[tuple[int, int, int, int]], across: int, down: int
) -> tuple[int, int]:
    """Middle of a label that covers no other, on what it marks or as near to it as may be."""
    places = [(mark.x, mark.y)] * (mark.room >= _FITS)
    for ring in _RINGS:
        for turn in (math.tau * k / _WAYS for k in range(_WAYS)):
            places.append(
                (round(mark.x - ring * math.sin(turn)), round(mark.y - ring * math.cos(turn)))
            )
    half, tall = width // 2 + 1, _HEIGHT // 2 + 1
    for x, y in places:
        if not (half <= x < across - half and tall <= y < down - tall):
            continue
        if all(
            x + half < a or x - half > c or y + tall < b or y - tall > d for a, b, c, d in taken
        ):
            return x, y
    return min(max(mark.x, half), across - half), min(max(mark.y, tall), down - tall)
