"""An MCAP file written by a thread of its own, so that who records never waits for the disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habilis.envs.ros.messages.definitions import definition

CHUNK = 16 * 1024
"""Bytes of messages that a crash may lose, before compression."""

ROOM = 50_000
"""Messages that may wait; about a minute of a robot that reports at 500 Hz."""

INSTALL = 'recordings need the MCAP packages: pip install "habilis[ros]"'

_Job = tuple[str, str, Mapping[str, Any], int]


class McapQueue:
    """Takes messages from any thread at once and writes them in the order they came.

    Messages are in CDR with ``ros2msg`` definitions, as ``ros2 bag`` writes them.

    Args:
      path: of the file; its folder is made.
      metadata: written first, as a record of the name ``about``.
      about: name of that record.
      room: messages that may wait.

    Attributes:
      taken: messages that found room.
      lost: messages that found no room, or could not be written; complete once it is closed.
      problem: the first thing that went wrong, '' if nothing did.

    Raises:
      FileExistsError: a recording is never overwritten.
      ImportError: the packages of the extra are missing.
    """

    def __init__(
        self, path: Path | str, about: str, metadata: Mapping[str, str], room: int = ROOM
    ) -> None:
        try:
            from mcap_ros2.writer import Writer
        except ImportError:
            raise ImportError(INSTALL) from None
        self.path, self.taken, self.lost, self.problem = Path(path), 0, 0, ""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = self.path.open("xb")
        except FileExistsError:
            raise FileExistsError(f"{path} exists: recordings are not overwritten") from None
        self._writer: Any = Writer(self._file, chunk_size=CHUNK)
        self._writer.add_metadata(about, dict(metadata))
        self._file.flush()
        self._end, self._unwritten = self._file.tell(), 0  # messages of the chunk in memory
        self._about, self._room, self._closed, self._torn = about, room, False, False
        self._schemas: dict[str, Any] = {}
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._write_all, daemon=True, name="recorder")
        self._thread.start()

    def put(self, topic: str, type: str, message: Mapping[str, Any], time: int) -> None:
        """Have a message written; this never waits and never raises.

        Args:
          topic: to record it under.
          type: of the message.
          message: as a dict.
          time: ns since 1970.
        """
        if self._closed:
            return  # the recording is over, though not everybody has heard of it
        if self._waiting.qsize() >= self._room:
            self._lose("the disk cannot follow: no room for more messages to wait")
        else:
            self.taken += 1
            self._waiting.put((topic, type, message, time))

    def close(self) -> None:
        """Write what waits and finish the file; closing twice is fine.

        Raises:
          OSError: messages were lost; says how many and why.
        """
        if self._closed:
            return
        self._closed = True
        self._waiting.put(None)
        self._thread.join()
        try:
            if not self._torn:
                self._writer.add_metadata(f"{self._about}/end", {"lost": str(self.lost)})
                self._writer.finish()
            self._file.close()
        except OSError as error:
            self._lose(str(error), self._unwritten)
        if self.lost:
            raise OSError(f"{self.path}: {self.lost} messages were not recorded: {self.problem}")

    def _write_all(self) -> None:
        while (job := self._waiting.get()) is not None:
            if self._torn:
                self._lose(self.problem)
                continue
            try:
                self._write(*job)
            except OSError as error:  # half a chunk may stand in the file: nothing can follow it
                self._torn = True
                self._lose(str(error), self._unwritten + 1)
            except Exception as error:  # a message that does not fit its type; the run goes on
                self._lose(f"{job[0]}: {error}")

    def _write(self, topic: str, type: str, message: Mapping[str, Any], time: int) -> None:
        if type not in self._schemas:
            self._schemas[type] = self._writer.register_msgdef(type, definition(type))
        self._writer.write_message(topic, self._schemas[type], message, time)
        if self._file.tell() == self._end:
            self._unwritten += 1
        else:
            self._file.flush()
            self._end, self._unwritten = self._file.tell(), 0

    def _lose(self, why: str, count: int = 1) -> None:
        with self._lock:
            self.lost += count
            self.problem = self.problem or why
