"""Files and folders that nobody else has: names are taken by whoever makes them first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path


def fresh_folder(path: Path) -> Path:
    """Make a folder that was not there before, whoever else makes some at the same time.

    Args:
      path: as it is to be called; where that name is taken ``-2``, ``-3``, ... is appended.

    Raises:
      OSError: it cannot be made.
    """
    return _first(path, "", Path.mkdir)


def fresh_file(path: Path) -> Path:
    """Make an empty file that was not there before; as ``fresh_folder``, before the suffix."""
    return _first(path, path.suffix, lambda name: name.touch(exist_ok=False))


def _first(path: Path, end: str, make: Callable[[Path], None]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    stem, name = path.name.removesuffix(end), path
    for number in itertools.count(2):
        try:
            make(name)
            return name
        except FileExistsError:
            name = path.with_name(f"{stem}-{number}{end}")
    raise AssertionError("numbers never end")
