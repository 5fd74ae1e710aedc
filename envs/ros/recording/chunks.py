"""Chunks of an MCAP file, unpacked to no more than a recording may hold."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

MOST = 256 * 2**20  # bytes of a chunk, unpacked


class TooLarge(ValueError):
    """Raised when a chunk unpacks to more than ``MOST``."""


def unpacked(chunk: Any) -> Any:
    """A chunk of mcap's, no longer compressed.

    Raises:
      TooLarge: there is more in it than a chunk may hold; no more than that was unpacked.
      Exception: it is damaged; mcap and its codecs raise many kinds.
    """
    if chunk.uncompressed_size > MOST:
        raise TooLarge(f"a chunk of {chunk.uncompressed_size / 2**20:,.0f} MB, unpacked")
    data = _inflated(chunk)
    if len(data) > MOST:
        raise TooLarge(f"a chunk of more than {MOST / 2**20:,.0f} MB, unpacked")
    return dataclasses.replace(chunk, compression="", data=data)


def _inflated(chunk: Any) -> bytes:
    """What is in a chunk, cut off a byte after ``MOST``."""
    if chunk.compression == "zstd":
        import zstandard

        with zstandard.ZstdDecompressor().stream_reader(chunk.data) as stream:
            return bytes(stream.read(MOST + 1))
    if chunk.compression == "lz4":
        lz4: Any = importlib.import_module("lz4.frame")
        return bytes(lz4.LZ4FrameDecompressor().decompress(chunk.data, MOST + 1))
    return bytes(chunk.data)
