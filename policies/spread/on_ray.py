"""Pieces of work on a Ray cluster: the one that RAY_ADDRESS or ``ray start`` made, or a new one
on this machine.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from habilis.policies.evaluation.provenance import versions
from habilis.policies.spread.executors import Died, one_thread

T = TypeVar("T")
R = TypeVar("R")

AGAIN = 3
"""How often a piece is run again whose process or machine died."""
AHEAD = 2
"""Pieces that are handed out for each core, so that none waits for the next."""


class RayCluster:
    """Tasks of Ray, one core each; a machine that dies, or joins, changes no result.

    Args:
      workers: pieces at a time; None for as many as there are cores.
      gpu: each piece takes a GPU.

    Raises:
      ImportError: Ray is not installed; says how to.
      RuntimeError: the cluster is not to be reached, or lacks what a piece takes.
    """

    def __init__(self, workers: int | None = None, gpu: bool = False) -> None:
        # Ray would otherwise send statistics of its use to its makers.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError as error:
            raise ImportError(
                f'{error}; --executor ray needs: pip install "habilis[ray]"'
            ) from error
        self._workers, self._ray = workers, ray
        if not ray.is_initialized():
            try:
                ray.init(logging_level=logging.ERROR, log_to_driver=False)
            except Exception as error:  # Ray raises some that are of no kind
                where = os.environ.get("RAY_ADDRESS", "the one that ray start left")
                raise RuntimeError(f"no Ray cluster at {where}: {error}") from error
        if gpu and not ray.cluster_resources().get("GPU"):
            raise RuntimeError("no machine of the Ray cluster has a GPU: leave out --sim gpu")
        self._task = ray.remote(_run).options(
            num_cpus=1, num_gpus=1 if gpu else 0, max_retries=AGAIN, scheduling_strategy="SPREAD"
        )
        told = self.told()
        print(f"Ray: machines {told['nodes']}, cores {told['cores']}", file=sys.stderr)

    def spread(self, work: Callable[[T], R], pieces: Sequence[T]) -> Iterator[tuple[T, R | Died]]:
        """See ``Executor``."""
        ray, left, here = self._ray, list(reversed(pieces)), versions()
        running: dict[Any, T] = {}
        try:
            while left or running:
                while left and len(running) < self._room():
                    piece = left.pop()
                    running[self._task.remote(work, piece, here)] = piece
                (done, *_), _ = ray.wait(list(running), num_returns=1)
                yield running.pop(done), self._result(done)
        finally:
            for one in running:
                ray.cancel(one, force=True)

    def told(self) -> dict[str, Any]:
        """See ``Executor``."""
        nodes = sum(bool(node["Alive"]) for node in self._ray.nodes())
        return {"name": "ray", "version": self._ray.__version__, "nodes": nodes,
                "cores": self._cores()}  # fmt: skip

    def _room(self) -> int:
        """Pieces that may be under way; machines come and go."""
        return self._workers or AHEAD * max(1, self._cores())

    def _cores(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 0))

    def _result(self, done: Any) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(done)
        except errors.RayTaskError as error:
            raise error.cause from None  # as if the work had been done here
        except (errors.WorkerCrashedError, errors.OutOfMemoryError, errors.NodeDiedError) as error:
            return Died(" ".join(str(error).split()))


def _run(work: Callable[[T], R], piece: T, wanted: Mapping[str, str | None]) -> R:
    """What a task does, wherever it is run."""
    one_thread()
    unlike = [f"{name} {v} there and {wanted[name]} here"
              for name, v in versions().items() if v != wanted[name]]  # fmt: skip
    if unlike:
        raise RuntimeError(
            f"a machine of the Ray cluster has other packages: {', '.join(unlike)}; install the"
            " same on all of them, since another version may move every number"
        )
    return work(piece)
