"""Runs pieces of work in other processes.

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
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Died:
    """In place of a result: the process died each time that a piece was run; ``why`` it did."""

    def __init__(self, why: str) -> None:
        self.why = why


def spread(
    work: Callable[[T], R], pieces: Sequence[T], count: int = 1
) -> Iterator[tuple[T, R | Died]]:
    """Results as they finish, each with its piece; on closing, what is under way is given up.

    Args:
      work: a function at the top of a module, or a ``functools.partial`` of one.
      pieces: arguments; they and the results can be pickled.
      count: processes; 1 for this one.

    Raises:
      Exception: whatever ``work`` raises.
    """
    if min(count, len(pieces)) <= 1:
        return ((piece, work(piece)) for piece in pieces)
    return _in_processes(work, pieces, min(count, len(pieces)))


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_processes(
    work: Callable[[T], R], pieces: Sequence[T], count: int
) -> Iterator[tuple[T, R | Died]]:
    """In fresh processes; Ctrl-C reaches them all, so they leave it to this one to end them."""
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
    pool = ProcessPoolExecutor(
        count, multiprocessing.get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)
    )
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
