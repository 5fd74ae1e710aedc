"""What is in an MCAP file of ROS 2 messages, also in one that was cut off."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from habilis.assets import foreign
from habilis.envs.ros.messages.definitions import JOINT_STATE, STRING, TF
from habilis.envs.ros.recording.chunks import TooLarge, unpacked
from habilis.envs.ros.recording.mcap_queue import INSTALL

WANTED = (JOINT_STATE, STRING, TF)
"""Types of message that are read; images and the like are passed over."""
MOST = 2**30  # bytes of all messages that are read, and of one record of the file
ROW = 200  # bytes that a message takes beside its own


class RecordingError(ValueError):
    """Raised when a file is no recording, or lacks what was asked for."""


@dataclasses.dataclass(frozen=True)
class Contents:
    """Messages by topic.

    Attributes:
      topics: type of message of each topic in the file, also of those that are not read.
      messages: of each topic that is read: (time, message), in order; s since the first message.
      metadata: the file's metadata records by name.
      whole: the file has its end.
      began: when the first message was recorded, s since 1970.
      duration: from the first message that is read to the last, s.
    """

    topics: Mapping[str, str]
    messages: Mapping[str, Sequence[tuple[float, Any]]]
    metadata: Mapping[str, Mapping[str, str]]
    whole: bool
    began: float
    duration: float

    def __contains__(self, topic: str) -> bool:
        return bool(self.messages.get(topic))

    def of(self, topic: str) -> Sequence[tuple[float, Any]]:
        """Return the messages of a topic with their times; none if there is no such topic."""
        return self.messages.get(topic, ())

    def listing(self) -> str:
        """Return the topics with their types, for error messages."""
        found = ", ".join(f"{topic} ({type})" for topic, type in sorted(self.topics.items()))
        return found or "nothing"


def contents(path: Path) -> Contents:
    """Reads a file as far as it goes.

    Raises:
      RecordingError: no MCAP file, or messages in an encoding other than ROS 2's CDR.
      OSError: it cannot be opened.
    """
    foreign.check_ordinary(path)
    with path.open("rb") as file:
        _check_start(path, file.read(8))
        file.seek(0)
        found = _read(path, file)
    raw = sorted(found.raw, key=lambda row: row[0])
    zero, last = (raw[0][0], raw[-1][0]) if raw else (0, 0)
    decoders, messages = _Decoders(path, found), dict[str, list[tuple[float, Any]]]()
    for when, number, data in raw:
        row = ((when - zero) * 1e-9, decoders.decode(number, data))
        messages.setdefault(found.channels[number].topic, []).append(row)
    topics = {c.topic: found.type(number) for number, c in found.channels.items()}
    took = (last - zero) * 1e-9
    return Contents(topics, messages, found.metadata, found.whole, zero * 1e-9, took)


@dataclasses.dataclass
class _Found:
    """Records of a file: schemas and channels by number, (log time in ns, channel, bytes)."""

    schemas: dict[int, Any] = dataclasses.field(default_factory=dict)
    channels: dict[int, Any] = dataclasses.field(default_factory=dict)
    metadata: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    raw: list[tuple[int, int, bytes]] = dataclasses.field(default_factory=list)
    whole: bool = False
    size: int = 0

    def take(self, record: Any) -> None:
        """Keep a record, if it is of a kind that is read."""
        from mcap.records import Channel, Footer, Message, Metadata, Schema

        if isinstance(record, Schema):
            self.schemas[record.id] = record
        elif isinstance(record, Channel):
            self.channels[record.id] = record
        elif isinstance(record, Metadata):
            self.metadata[record.name] = dict(record.metadata)
        elif isinstance(record, Footer):
            self.whole = True
        elif isinstance(record, Message) and self.type(record.channel_id) in WANTED:
            self.raw.append((record.log_time, record.channel_id, record.data))
            self.size += len(record.data) + ROW

    def type(self, channel: int) -> str:
        """Of the messages of a channel, '' if the file does not say."""
        schema = self.schemas.get(self.channels[channel].schema_id)
        return "" if schema is None else str(schema.name)


def _read(path: Path, file: IO[bytes]) -> _Found:
    found = _Found()
    try:
        for record in _records(file):
            found.take(record)
            if found.size > MOST:
                raise TooLarge(f"more than {MOST / 2**20:,.0f} MB of messages")
    except TooLarge as error:
        raise RecordingError(f"{path} holds {error}: more than a recording may") from error
    except ImportError:
        raise
    except Exception:  # cut off or damaged from here on: mcap raises what it stumbles over
        found.whole = False
    return found


def _records(file: IO[bytes]) -> Iterator[Any]:
    """All records, those in chunks too."""
    try:
        from mcap.records import Chunk
        from mcap.stream_reader import StreamReader, breakup_chunk
    except ImportError:
        raise ImportError(INSTALL) from None
    for record in StreamReader(file, emit_chunks=True, record_size_limit=MOST).records:
        yield from breakup_chunk(unpacked(record)) if isinstance(record, Chunk) else [record]


class _Decoders:
    """From bytes of a channel to messages."""

    def __init__(self, path: Path, found: _Found) -> None:
        from mcap_ros2.decoder import DecoderFactory

        self._path, self._found, self._factory = path, found, DecoderFactory()

    def decode(self, channel: int, data: bytes) -> Any:
        """The message; RecordingError if its encoding is another."""
        about = self._found.channels[channel]
        schema = self._found.schemas[about.schema_id]
        decode = self._factory.decoder_for(about.message_encoding, schema)
        if decode is None:
            raise RecordingError(
                f"{self._path}: {about.topic} is in {about.message_encoding!r} with a definition in"
                f" {schema.encoding!r}; only 'cdr' with 'ros2msg' is read"
            )
        return decode(data)


def _check_start(path: Path, start: bytes) -> None:
    if start != b"\x89MCAP0\r\n":
        raise RecordingError(f"{path} is no MCAP file: it begins with {start!r}")
