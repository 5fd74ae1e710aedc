"""Films one after another in one animated picture, which plays wherever pictures do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from habilis.envs.media.captions import BAR, Caption, Image, draw_bar

QUALITY = 70
"""Of an animated WebP, 0 to 100."""


def scene(film: Path, label: str, seconds: float, fps: int, width: int) -> list[Image]:
    """Pictures of a film, evenly spaced, each with a label in place of the film's own bar.

    Args:
      film: file, as ``Film`` writes it.
      label: what stands above.
      seconds: how long it is to take; a shorter film keeps its own time.
      fps: pictures a second.
      width: of the pictures, pixels.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it is no film.
    """
    import cv2

    frames, own_fps = _read(film)
    count = max(2, round(fps * min(seconds, len(frames) / own_fps)))
    pictures = []
    for index in np.linspace(0, len(frames) - 1, count).astype(int):
        bare = frames[index][BAR:]
        size = (width, width * bare.shape[0] // bare.shape[1])
        small = np.asarray(cv2.resize(bare, size, interpolation=cv2.INTER_AREA), np.uint8)
        pictures.append(draw_bar(small, Caption(label)))
    return pictures


def write(path: Path, pictures: Sequence[Image], fps: int) -> None:
    """Write pictures (H, W, 3), red green blue, as an animation; its format is that of the name.

    Raises:
      ValueError: OpenCV writes no animations of that format.
    """
    import cv2

    animation = cv2.Animation()
    animation.frames = [np.ascontiguousarray(picture[..., ::-1]) for picture in pictures]
    animation.durations = [1000 // fps] * len(pictures)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwriteanimation(str(path), animation, [cv2.IMWRITE_WEBP_QUALITY, QUALITY]):
        raise ValueError(f"OpenCV cannot write an animation to {path}")


def _read(path: Path) -> tuple[list[Image], float]:
    """All pictures of a film, red green blue, and how many there are a second."""
    import cv2

    if not path.is_file():
        raise FileNotFoundError(f"no film {path}")
    film: Any = cv2.VideoCapture(str(path))
    frames = []
    while True:
        there, frame = film.read()
        if not there:
            break
        frames.append(frame[..., ::-1])
    if not frames:
        raise ValueError(f"{path} is no film that OpenCV reads")
    return frames, float(film.get(cv2.CAP_PROP_FPS)) or 1.0
