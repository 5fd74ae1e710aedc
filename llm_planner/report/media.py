"""Film, picture and stills of a run as data that a page can carry."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from habilis.envs.media.film import read_stills

FILM_LIMIT = 20_000_000
"""Largest film that is put into the page, bytes."""

STILL_WIDTH = 400
"""Of the pictures beside the skills, pixels."""

_CODECS = {b"vp09": "video/mp4", b"avc1": "video/mp4", b"avc3": "video/mp4", b"av01": "video/mp4"}
_IMAGES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
    b"GIF8": "image/gif",
}


def inside(folder: Path, name: object) -> Path | None:
    """Return the path of a file that ``run.json`` names.

    It is None unless the file exists and lies in the run's folder.
    """
    if not isinstance(name, str) or not name or "\x00" in name:
        return None
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def film_type(data: bytes) -> str | None:
    """Return the MIME type of a film that browsers play.

    It is None for others, such as MPEG-4 part 2 (``mp4v``).
    """
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return (
            "video/webm" if any(c in data[:4096] for c in (b"V_VP8", b"V_VP9", b"V_AV1")) else None
        )
    at = data.find(b"stsd")
    while at >= 0:  # version and flags, count, size, then the four letters of the codec
        if (kind := _CODECS.get(data[at + 16 : at + 20])) is not None:
            return kind
        at = data.find(b"stsd", at + 4)
    return None


def film_uri(path: Path) -> tuple[str | None, str]:
    """Return the film as a data URI, or None and the reason why it cannot be shown."""
    size = path.stat().st_size
    if size >= FILM_LIMIT:
        return None, f"it is {size / 1e6:.0f} MB, more than this page should carry"
    data = path.read_bytes()
    kind = film_type(data)
    if kind is None:
        return None, "browsers cannot play its codec"
    return _uri(kind, data), ""


def picture_uri(path: Path) -> str | None:
    """Return the picture as a data URI, or None if browsers do not show its kind."""
    data = path.read_bytes()
    kind = next((kind for magic, kind in _IMAGES.items() if data.startswith(magic)), None)
    return None if kind is None else _uri(kind, data)


def stills(
    film: Path, times: Sequence[float], width: int = STILL_WIDTH, bar: bool = False
) -> list[str | None]:
    """Pictures from a film as data URIs.

    Args:
      film: written by ``habilis.envs.media.film``.
      times: when, s from the film's start, ascending; later than the end gives the last picture.
      width: of the pictures, pixels.
      bar: whether to keep the caption bar.

    Returns:
      One a time; None where the film cannot be read.
    """
    pictures = read_stills(film, times, width, bar)
    return [None if data is None else _uri("image/jpeg", data) for data in pictures]


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
