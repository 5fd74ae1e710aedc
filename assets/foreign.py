"""Files that somebody else may have made: read within a bound, whatever they are.

A named pipe would be waited for without end, a device read for ever, and a small archive unpack to
more than there is memory for.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from habilis.assets.names import visible

MEGABYTE = 2**20
MOST_TEXT = 8 * MEGABYTE
"""Bytes that a text file may have, unless its reader says otherwise."""
RECORD = 64 * MEGABYTE
"""Bytes that the record of a run may have."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class ForeignFileError(ValueError):
    """A file that is not read; says which and why."""


def read_bytes(path: str | Path, most: int) -> bytes:
    """The content of an ordinary file.

    Args:
      path: of it.
      most: bytes that it may have.

    Raises:
      ForeignFileError: it is no ordinary file, or larger.
      OSError: it is not there, or may not be read.
    """
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ForeignFileError(f"{path}: no ordinary file")
        data = file.read(most + 1) if found.st_size <= most else b""
        if found.st_size > most or len(data) > most:
            size = max(found.st_size, len(data))
            raise ForeignFileError(f"{path}: {size} bytes are too many, {most} may be read")
    return data


def check_ordinary(path: str | Path) -> None:
    """Check that what is there is an ordinary file, before something else opens it.

    Raises:
      ForeignFileError: it is a folder, a pipe or a device.
      OSError: it is not there.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ForeignFileError(f"{path}: no ordinary file")


def read_text(path: str | Path, most: int = MOST_TEXT) -> str:
    """The text of an ordinary file in UTF-8; see ``read_bytes``.

    Raises:
      ForeignFileError: besides, it is no text.
    """
    try:
        return read_bytes(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ForeignFileError(f"{path}: not text in UTF-8: {error.reason}") from error


def parse(text: str | bytes, source: str = "text") -> Any:
    """The value of a text in JSON.

    Raises:
      ForeignFileError: it is none, or one that is nested too deep, has a number too long, or a key
        twice in one object, of which readers differ in what it means.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        where = f"{source}:{error.lineno}:{error.colno}"
        raise ForeignFileError(f"{where}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise ForeignFileError(f"{source}: not JSON that can be read: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(k for k in keys if keys.count(k) > 1)[:80]!r} is given twice")
    return out


def unzip(data: bytes, source: str, most: int, known: Callable[[str], bool]) -> dict[str, bytes]:
    """The members of a zip archive.

    Args:
      data: the archive.
      source: what messages call it.
      most: bytes that all members may have together.
      known: whether a member of that name may be in it.

    Raises:
      ForeignFileError: it is none, holds anything else, or unpacks to more than ``most``.
    """
    check_zip(data, source, most)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if strange := next((name for name in names if not known(name)), None):
                raise ForeignFileError(f"{source}: it holds {strange[:60]!r}")
            if len(set(names)) != len(names):
                raise ForeignFileError(f"{source}: a member is in it twice")
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ForeignFileError(f"{source}: {error}") from error
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise ForeignFileError(f"{source}: {error}") from error


def check_zip(data: bytes, source: str, most: int) -> None:
    """Check that an archive unpacks to at most so many bytes, and not to thousands of members.

    What a member has beyond the size that is written in the archive is not unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise ForeignFileError(f"{source}: no zip archive: {error}") from error
    size = sum(m.file_size for m in members)
    if size > most or len(members) > 10_000:
        raise ForeignFileError(
            f"{source}: it unpacks to {size} bytes in {len(members)} members, {most} may be read"
        )


@contextlib.contextmanager
def understood(path: str | Path, lacking: str) -> Iterator[None]:
    """Say of whatever goes wrong inside that it comes from the content of a file.

    For code that takes what a file says as given: each of its many ways to fail is then one
    message, that names the file. Messages that name it already are left as they are.

    Args:
      path: of the file, or of the folder of a dataset.
      lacking: what it was to hold, as "no policy that can act".

    Raises:
      ForeignFileError: anything was raised but ImportError, MemoryError and OSError.
    """
    try:
        yield
    except (ImportError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, (ValueError, OSError)) and str(path) in str(error):
            raise
        kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        why = " ".join(visible(f"{kind}{error}").split())[:400]
        raise ForeignFileError(f"{path} holds {lacking}: {why}") from error
