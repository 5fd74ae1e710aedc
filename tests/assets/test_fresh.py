"""Names of files and folders are given out once."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import pytest

from habilis.assets.fresh import fresh_file, fresh_folder

COUNT, EACH = 4, 30


def _many(path: Path, start: threading.Barrier, made: multiprocessing.Queue[list[str]]) -> None:
    start.wait()
    made.put([str(fresh_folder(path)) for _ in range(EACH)])


def test_processes_at_the_same_time_never_share_a_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, made = context.Barrier(COUNT), context.Queue()
    path = tmp_path / "new" / "20260101-000000-x.1"
    workers = [context.Process(target=_many, args=(path, start, made)) for _ in range(COUNT)]
    for worker in workers:
        worker.start()
    names = [name for _ in workers for name in made.get()]
    for worker in workers:
        worker.join()
    assert len(set(names)) == COUNT * EACH == len(list(path.parent.iterdir()))


def test_names_go_on_by_number(tmp_path: Path) -> None:
    for end in ("", "-2", "-3"):
        assert fresh_folder(tmp_path / "v1.5").name == f"v1.5{end}"
        assert fresh_file(tmp_path / "state_1.5.npz").name == f"state_1.5{end}.npz"


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        fresh_folder(tmp_path / "file" / "run")
