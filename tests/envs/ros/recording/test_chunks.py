"""A recording from somebody else is unpacked to no more than a recording may hold."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from tests.envs.ros.recorded import joint_state, write_bag

from habilis.envs.ros.messages.definitions import JOINT_STATE
from habilis.envs.ros.recording import chunks, mcap_file
from habilis.envs.ros.recording.reader import RecordingError, read_recording

pytest.importorskip("mcap_ros2", reason='needs pip install "habilis[ros]"')

MOST = 2**16


def bomb(path: Path, compression: str) -> Path:
    """A small file with a chunk of one message of many zeros."""
    from mcap.writer import CompressionType, Writer

    with path.open("wb") as file:
        writer = Writer(file, compression=CompressionType[compression])
        writer.start()
        schema = writer.register_schema("a/B", "ros2msg", b"")
        channel = writer.register_channel("/zeros", "cdr", schema)
        writer.add_message(channel, 1, bytes(4 * MOST), 1)
        finish: Any = writer.finish
        finish()
    return path


def chunk_of(path: Path) -> Any:
    from mcap.records import Chunk
    from mcap.stream_reader import StreamReader

    with path.open("rb") as file:
        records = list(StreamReader(file, emit_chunks=True).records)
    (found,) = [record for record in records if isinstance(record, Chunk)]
    return found


@pytest.mark.parametrize("compression", ["ZSTD", "LZ4"])
def test_a_chunk_that_inflates_is_refused(
    tmp_path: Path, compression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bomb(tmp_path / "bomb.mcap", compression)
    assert path.stat().st_size < MOST
    chunk = chunk_of(path)
    assert len(chunks.unpacked(chunk).data) > 4 * MOST
    monkeypatch.setattr(chunks, "MOST", MOST)
    with pytest.raises(RecordingError, match="more than a recording may"):
        read_recording(path)
    for said in (10, MOST):  # whatever its header says
        with pytest.raises(chunks.TooLarge):
            chunks.unpacked(dataclasses.replace(chunk, uncompressed_size=said))


def test_messages_that_are_kept_are_bounded_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bag.mcap"
    states = [joint_state(("a",), [0.1 * k], time=50 + k) for k in range(40)]
    write_bag(path, [("/joint_states", JOINT_STATE, s, 9.0 + k) for k, s in enumerate(states)])
    assert len(read_recording(path).states().time) == 40
    monkeypatch.setattr(mcap_file, "MOST", 4096)
    with pytest.raises(RecordingError, match="of messages: more than a recording may"):
        read_recording(path)
