"""The files that a model names are ordinary ones, before the physics engine opens them."""

from __future__ import annotations

import contextlib
import html
import itertools
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from habilis.assets.foreign import MOST_TEXT, ForeignFileError, check_ordinary, read_bytes
from habilis.assets.robots.loaded.urdf import with_packages

MOST_FILES = 2000  # that a model may name
MOST_BYTES = 256 * 2**20  # that they may have together
_NAMED = re.compile(r"""\bfile\w*\s*=\s*("[^"]*"|'[^']*')""")
_FOLDERS = re.compile(r"""\b(?:mesh|texture|asset)dir\s*=\s*("[^"]*"|'[^']*')""")
MOST_BODIES = 8000  # that a model may come to: time goes with their square
MOST_CELLS = 4096  # a side of a picture or a field of heights that is made, not read
_BODY = re.compile(r"<(?:body|link)\b")
_COPIES = re.compile(r"""\bcount\s*=\s*("[^"]*"|'[^']*')""")
_CELLS = re.compile(r"""\b(?:nrow|ncol|width|height)\s*=\s*("[^"]*"|'[^']*')""")
_VALUE = re.compile(r"""\b(?!name\b|class\b|file\b)\w+\s*=\s*("[^"]*"|'[^']*')""")
_MODELS = (".xml", ".mjcf", ".urdf")


def check_references(model: Path) -> None:
    """Check a model and every file that it, or a model that it includes, may mean.

    Whatever could be meant is looked at: relative to each of the folders that they name.

    Raises:
      ForeignFileError: one of them is a pipe or a device, or they are too many or too large, or
        the model would have too many bodies or cells.
      OSError: the model itself cannot be read.
    """
    texts: dict[Path, str] = {}
    seen: set[Path] = set()
    left, folders, size = [model], {model.parent}, 0
    while left:
        path = left.pop()
        texts[path] = with_packages(os.fsdecode(read_bytes(path, MOST_TEXT)), path)
        folders |= {model.parent / name for name in _found(_FOLDERS, texts[path])} | {path.parent}
        names = {name for text in texts.values() for name in _found(_NAMED, text)}
        if len(names) > MOST_FILES:
            raise ForeignFileError(f"{model}: it names {len(names)} files, {MOST_FILES} may be")
        for meant in _meant(names, folders):
            if meant in seen:
                continue
            seen.add(meant)
            check_ordinary(meant)
            size += meant.stat().st_size
            if size > MOST_BYTES:
                raise ForeignFileError(f"{model}: its files have over {MOST_BYTES} bytes together")
            if meant.suffix.lower() in _MODELS or not meant.suffix:
                left += [meant] if meant not in texts else []
    _check_sizes(model, "".join(texts.values()))


def _check_sizes(model: Path, text: str) -> None:
    """Refuse what the physics engine would need minutes, or more memory than there is, to make."""
    copies = math.prod(max(1, n) for n in _numbers(_COPIES, text))
    bodies = copies * len(_BODY.findall(text))
    if copies > MOST_BODIES or bodies > MOST_BODIES:
        raise ForeignFileError(
            f"{model}: it may come to {max(copies, bodies)} bodies, {MOST_BODIES} may be"
        )
    for value in _found(_VALUE, text):
        if _holds_nan(value):
            raise ForeignFileError(f"{model}: it holds a number that is none: {value[:60]!r}")
    if (cells := max(_numbers(_CELLS, text), default=0)) > MOST_CELLS:
        raise ForeignFileError(
            f"{model}: a picture or field of {cells} cells a side, {MOST_CELLS} may be"
        )


def _holds_nan(value: str) -> bool:
    """Whether a list of numbers has one that is none; False of other words."""
    try:
        return any(math.isnan(float(word)) for word in value.split())
    except ValueError:
        return False


def _numbers(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    for found in _found(pattern, text):
        for word in found.split():
            with contextlib.suppress(ValueError, OverflowError):
                yield int(float(word))


def _found(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for quoted in pattern.findall(text):
        yield html.unescape(quoted[1:-1])


def _meant(names: set[str], folders: set[Path]) -> Iterator[Path]:
    """What is there of what names may mean: as they are, or in a folder by their last part."""
    for name, folder in itertools.product(sorted(names), sorted(folders)):
        for ending in dict.fromkeys((name, PureWindowsPath(name).name)):
            path = folder / ending
            if "\0" not in ending and path.exists() and not path.is_dir():
                yield path
