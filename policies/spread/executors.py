"""Runs pieces of work in other processes: of this machine, or of a Ray cluster.

A piece that is run elsewhere, or again, gives the same: it draws from seeds of its own. A process
that dies costs no more than the piece that killed it.
"""

from __future__ import annotations

import functools
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Literal, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Executor = Literal["local", "ray"]
WINDOW = 4
"""Pieces that are handed to Ray at a time, for each of its cores."""
RETRIES = 3
"""How often Ray runs a piece again whose process or machine was lost."""


class Died:
    """In place of a result: the process died each time that a piece was run; ``why`` it did."""

    def __init__(self, why: str) -> None:
        self.why = why


def spread(
    work: Callable[[T], R], pieces: Sequence[T], executor: Executor = "local", count: int = 1
) -> Iterator[tuple[T, R | Died]]:
    """Results as they finish, each with its piece; on closing, what is under way is given up.

    Args:
      work: a function at the top of a module, or a ``functools.partial`` of one.
      pieces: arguments; they and the results can be pickled.
      executor: ``ray`` for the cluster that ``RAY_ADDRESS`` names, or one on this machine.
      count: processes of ``local``; 1 for this one. Ray takes all cores that it has.

    Raises:
      ImportError: Ray is missing; the message names the extra.
      Exception: whatever ``work`` raises.
    """
    if executor == "ray":
        return _on_ray(work, pieces)
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


def _on_ray(work: Callable[[T], R], pieces: Sequence[T]) -> Iterator[tuple[T, R | Died]]:
    ray = _joined()
    remote = ray.remote(num_cpus=1, max_retries=RETRIES)(_call)
    shared, left = ray.put(functools.partial(work)), iter(pieces)
    room = WINDOW * max(1, int(ray.cluster_resources().get("CPU", 1)))
    at: dict[Any, T] = {}
    try:
        while True:
            while len(at) < room and (piece := next(left, None)) is not None:
                at[remote.remote(shared, piece)] = piece
            if not at:
                return
            done, _ = ray.wait([*at], num_returns=1)
            yield at.pop(done[0]), _result(ray, done[0])
    finally:
        for reference in at:
            ray.cancel(reference, force=True)


def _call(work: Callable[[T], R], piece: T) -> R:
    return work(piece)


def _result(ray: Any, reference: Any) -> Any:
    """What came of a piece; raises what the work raised, as it was raised there."""
    lost = ray.exceptions
    try:
        return ray.get(reference)
    except lost.RayTaskError as error:
        raise error.as_instanceof_cause() from None
    except (lost.WorkerCrashedError, lost.NodeDiedError, lost.ObjectLostError) as error:
        return Died(" ".join(str(error).split())[:200])


def _joined() -> Any:
    """Ray, joined to a cluster."""
    try:
        import ray
    except ImportError as error:
        raise ImportError('--executor ray needs: pip install "habilis[ray]"') from error
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.ERROR)
    return ray
