"""Who runs pieces of work, and the processes of this machine that do.

A piece that is run elsewhere, or again, gives the same: it draws from seeds of its own. A process
that dies costs no more than the piece that killed it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Died:
    """In place of a result: the process died each time that a piece was run; ``why`` it did."""

    def __init__(self, why: str) -> None:
        self.why = why


class Executor(Protocol):
    """Runs pieces of work somewhere. What comes of a piece does not depend on where."""

    def spread(self, work: Callable[[T], R], pieces: Sequence[T]) -> Iterator[tuple[T, R | Died]]:
        """Results as they finish, each with its piece; on closing, what is under way is given up.

        Args:
          work: a function at the top of a module, or a ``functools.partial`` of one.
          pieces: arguments; they and the results can be pickled.

        Raises:
          Exception: whatever ``work`` raises.
        """

    def told(self) -> dict[str, Any]:
        """What a stored result says of who ran it, as plain data; ``name`` is its kind."""


class LocalProcesses:
    """Fresh processes of this machine; at 1, or for a single piece, this very process."""

    def __init__(self, count: int = 1) -> None:
        self.count = count

    def spread(self, work: Callable[[T], R], pieces: Sequence[T]) -> Iterator[tuple[T, R | Died]]:
        """See ``Executor``."""
        count = min(self.count, len(pieces))
        if count <= 1:
            return ((piece, work(piece)) for piece in pieces)
        return _in_processes(work, pieces, count)

    def told(self) -> dict[str, Any]:
        """See ``Executor``."""
        return {"name": "local", "processes": self.count}


def one_thread() -> None:
    """Keep this process to one thread: there is a process for each core already."""
    for name in ("HABILIS_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _begin() -> None:
    """Ctrl-C reaches all processes, so they leave it to the first one to end them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    one_thread()


def _in_processes(
    work: Callable[[T], R], pieces: Sequence[T], count: int
) -> Iterator[tuple[T, R | Died]]:
    left = dict(enumerate(pieces))
    try:
        for number, result in _pooled(work, left, count):
            yield left.pop(number), result
    except BrokenProcessPool:
        # A process died, and with it the pool; which piece it was shows when each is run alone.
        for number, piece in left.items():
            try:
                (result,) = (r for _, r in _pooled(work, {number: piece}, 1))
            except BrokenProcessPool as error:
                yield piece, Died(str(error))
            else:
                yield piece, result


def _pooled(work: Callable[[T], R], pieces: dict[int, T], count: int) -> Iterator[tuple[int, R]]:
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin)
    try:
        jobs = {pool.submit(work, piece): number for number, piece in pieces.items()}
        for job in as_completed(jobs):
            yield jobs[job], job.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    pool.shutdown()
