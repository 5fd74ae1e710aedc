"""habilis docs montage: put films one after another into an animated picture, with labels."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from habilis.scripts.shared.options import at_least, read_options


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
    from habilis.envs.media.montage import scene, write

    pictures = []
    for film, label in zip(o.films, labels, strict=True):
        pictures += scene(film, label, o.seconds, o.fps, o.width)
    write(o.out, pictures, o.fps)
    print(f"picture {o.out}: {len(pictures)} frames, {o.out.stat().st_size / 1e6:.1f} MB")
    return 0
