"""habilis docs montage: put films one after another into an animated picture, with labels."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from habilis.scripts.shared.options import at_least, read_options

if TYPE_CHECKING:
    from habilis.envs.media.captions import Image

QUALITY = 70
"""Of an animated WebP, 0 to 100."""


@dataclasses.dataclass(frozen=True)
class DocsMontageOptions:
    """Put films one after another into an animated picture that plays wherever pictures do."""

    films: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Films of habilis solve and habilis play; their bars of text are left out."""
    labels: tuple[str, ...] = ()
    """What stands above each film; the names of the files if left out."""
    out: Path = Path("montage.webp")
    """File to write: .webp, or .gif, which is larger."""
    seconds: float = 7.0
    """How long each film takes; longer films are sped up, and none is slowed down."""
    fps: int = 10
    """Pictures a second."""
    width: int = 480
    """Width of the picture, pixels."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DocsMontageOptions, args, prog="habilis docs montage")
    at_least(1, fps=o.fps, width=o.width)
    labels = o.labels or tuple(film.stem for film in o.films)
    if not o.films or len(labels) != len(o.films):
        raise ValueError(f"--labels must be {len(o.films)}, one a film, got {len(labels)}")
    pictures: list[Image] = []
    for film, label in zip(o.films, labels, strict=True):
        pictures += _scene(film, label, o)
    _write(o.out, pictures, o.fps)
    print(f"picture {o.out}: {len(pictures)} frames, {o.out.stat().st_size / 1e6:.1f} MB")
    return 0


def _scene(path: Path, label: str, o: DocsMontageOptions) -> list[Image]:
    """As many pictures of a film as it gets, evenly spaced, below its label."""
    import cv2
    import numpy as np

    from habilis.envs.media.captions import BAR, Caption, draw_bar

    film, fps = _read(path)
    count = max(2, round(o.fps * min(o.seconds, len(film) / fps)))
    pictures = []
    for index in np.linspace(0, len(film) - 1, count).astype(int):
        bare = film[index][BAR:]
        size = (o.width, o.width * bare.shape[0] // bare.shape[1])
        small = np.asarray(cv2.resize(bare, size, interpolation=cv2.INTER_AREA), np.uint8)
        pictures.append(draw_bar(small, Caption(label)))
    return pictures


def _read(path: Path) -> tuple[list[Image], float]:
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


def _write(path: Path, pictures: list[Image], fps: int) -> None:
    import cv2
    import numpy as np

    animation = cv2.Animation()
    animation.frames = [np.ascontiguousarray(picture[..., ::-1]) for picture in pictures]
    animation.durations = [1000 // fps] * len(pictures)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwriteanimation(str(path), animation, [cv2.IMWRITE_WEBP_QUALITY, QUALITY]):
        raise ValueError(f"OpenCV cannot write an animation to {path}")
