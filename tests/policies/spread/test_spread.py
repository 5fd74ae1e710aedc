"""Work in other processes: the same results, whoever does it, and whoever dies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from habilis.policies.spread.executors import Died, LocalProcesses
from habilis.policies.spread.journal import Journal, resumed

TASK = "habilis/ReachMilkNotNeeded-v0"


def square(number: int) -> int:
    if number == 13:
        raise ValueError("unlucky")
    return number**2


def dying(number: int) -> int:
    if number == 1:
        os._exit(11)
    return number


def test_in_this_process_results_come_in_order() -> None:
    assert list(LocalProcesses().spread(square, [3, 1, 2])) == [(3, 9), (1, 1), (2, 4)]


def test_a_process_that_dies_costs_one_piece() -> None:
    found = dict(LocalProcesses(2).spread(dying, [0, 1, 2]))
    assert (found[0], found[2]) == (0, 2) and isinstance(found[1], Died) and found[1].why


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    path, pieces = tmp_path / "a.part.jsonl", {"three": 3, "bad": 13, "two": 2}
    with pytest.raises(ValueError, match="unlucky"):
        list(resumed(square, pieces, Journal(path, {"n": 1})))
    with path.open("a") as file:
        file.write('["two", 5')  # cut off
    pieces = {"two": 2, "three": -5}
    journal = Journal(path, {"n": 1})
    assert list(resumed(square, pieces, journal)) == [("three", 9), ("two", 4)]
    with pytest.raises(ValueError, match="another command or version"):
        Journal(path, {"n": 2})
    journal.forget()
    assert not path.exists() and Journal(path, {"n": 2}).done == {}


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.part.jsonl"
    path.write_text('{"n": 1}\n3\n')
    with pytest.raises(ValueError, match="no list of results"):
        Journal(path, {"n": 1})


@pytest.mark.parametrize("text", ["precious", "[" * 100_000 + "\n", '{"n": 1}\n["a"]\n["b", 2'])
def test_a_file_that_is_none_is_left_as_it_is(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.part.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"a\.part\.jsonl"):
        Journal(path, {"n": 1})
    assert path.read_text() == text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_journal_and_a_link_to_nothing_is_not_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="no ordinary file"):
        Journal(tmp_path / "pipe", {"n": 1})
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="link"):
        Journal(tmp_path / "link", {"n": 1})
