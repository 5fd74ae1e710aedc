"""Chunks of an MCAP file, unpacked to no more than a recording may hold."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcap.records import Chunk

MOST = 256 * 2**20  # bytes of a chunk, unpacked


class TooLarge(ValueError):
    """Raised when a chunk unpacks to more than ``MOST``."""


def unpacked(chunk: Chunk) -> list[Any]:
    """The records of a chunk.

    Raises:
      TooLarge: there is more in it than a chunk may hold; no more than that was unpacked.
      Exception: it is damaged; mcap and its codecs raise many kinds.
    """
    from mcap.stream_reader import breakup_chunk

    if chunk.uncompressed_size > MOST:
        raise TooLarge(f"a chunk of {chunk.uncompressed_size / 2**20:,.0f} MB, unpacked")
    data = _inflated(chunk)
    if len(data) > MOST:
        raise TooLarge(f"a chunk of more than {MOST / 2**20:,.0f} MB, unpacked")
    plain = dataclasses.replace(chunk, compression="", data=data)
    return list(breakup_chunk(plain))


def _inflated(chunk: Chunk) -> bytes:
    """What is in a chunk, cut off a byte after ``MOST``."""
    if chunk.compression == "zstd":
        import zstandard

        with zstandard.ZstdDecompressor().stream_reader(chunk.data) as stream:
            return bytes(stream.read(MOST + 1))
    if chunk.compression == "lz4":
        import lz4.frame

        return bytes(lz4.frame.LZ4FrameDecompressor().decompress(chunk.data, MOST + 1))
    return chunk.data
