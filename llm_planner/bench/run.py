"""Runs episodes of the creative suite: offline planners by an executor, models in threads."""

from __future__ import annotations

import functools
import queue
import threading
from collections.abc import Callable, Iterator, Sequence

from habilis.llm_planner.bench.creative import Case, Outcome, Setup
from habilis.llm_planner.bench.solve import crashed, solve_case
from habilis.llm_planner.model.client import Client
from habilis.policies.spread.executors import Died, Executor, LocalProcesses

Solve = Callable[[Case], Outcome]


def run_cases(
    cases: Sequence[Case],
    setup: Setup,
    client: Client | None = None,
    workers: int = 1,
    executor: Executor | None = None,
) -> Iterator[Outcome]:
    """Outcomes as they finish. When it is closed or interrupted, what is under way is given up.

    Args:
      cases: to run.
      setup: who plans.
      client: the model, if it is one; its episodes share it.
      workers: episodes of a model at a time.
      executor: of the episodes of an offline planner; this process if None.

    Raises:
      ClientError: the model gives no answer, or its budget is spent.
    """
    if client is None:
        work = functools.partial(solve_case, setup=setup)
        done = (executor or LocalProcesses()).spread(work, cases)
        return (
            crashed(case, f"its process died: {found.why}") if isinstance(found, Died) else found
            for case, found in done
        )
    solve = functools.partial(solve_case, setup=setup, client=client)
    count = min(workers, len(cases))
    return _threads(cases, solve, count) if count > 1 else map(solve, cases)


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
