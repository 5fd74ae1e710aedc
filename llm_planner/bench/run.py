"""Runs episodes of the creative suite: offline planners in processes, models in threads."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from habilis.llm_planner.bench.creative import Case, Outcome, Setup
from habilis.llm_planner.bench.solve import crashed, solve_case
from habilis.llm_planner.model.client import Client

Solve = Callable[[Case], Outcome]


def run_cases(
    cases: Sequence[Case], setup: Setup, client: Client | None = None, workers: int | None = None
) -> Iterator[Outcome]:
    """Outcomes as they finish. When it is closed or interrupted, what is under way is given up.

    Args:
      cases: to run.
      setup: who plans.
      client: the model, if it is one; its episodes share it.
      workers: episodes at a time; None for one of a model, and one a core of an offline planner.

    Raises:
      ClientError: the model gives no answer, or its budget is spent.
    """
    count = min(workers or (1 if client is not None else cores()), len(cases))
    if count <= 1:
        return (solve_case(case, setup, client) for case in cases)
    if client is not None:
        return _threads(cases, lambda case: solve_case(case, setup, client), count)
    return _processes(cases, setup, count)


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processes(cases: Sequence[Case], setup: Setup, count: int) -> Iterator[Outcome]:
    """In fresh processes; Ctrl-C reaches them all, so they leave it to this one to end them."""
    left = list(cases)
    try:
        for outcome in _pooled(cases, setup, count):
            left.remove(outcome.case)
            yield outcome
    except BrokenProcessPool:
        # A process died, and with it the pool; which episode it was shows when each is run alone.
        for case in left:
            try:
                yield from _pooled([case], setup, 1)
            except BrokenProcessPool as error:
                yield crashed(case, f"its process died: {error}")


def _pooled(cases: Sequence[Case], setup: Setup, count: int) -> Iterator[Outcome]:
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        count, multiprocessing.get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)
    )
    try:
        for job in as_completed([pool.submit(solve_case, case, setup) for case in cases]):
            yield job.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    pool.shutdown()


def _threads(cases: Sequence[Case], solve: Solve, count: int) -> Iterator[Outcome]:
    """In threads that do not keep the program from ending while a model is waited for."""
    todo: queue.SimpleQueue[Case] = queue.SimpleQueue()
    done: queue.SimpleQueue[Outcome | Exception] = queue.SimpleQueue()
    stop = threading.Event()
    for case in cases:
        todo.put(case)

    def work() -> None:
        while not stop.is_set():
            try:
                case = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put(solve(case))
            except Exception as error:  # handed to the one who waits
                done.put(error)
                return

    for _ in range(count):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in cases:
            found = done.get()
            if isinstance(found, Exception):
                raise found
            yield found
    finally:
        stop.set()
