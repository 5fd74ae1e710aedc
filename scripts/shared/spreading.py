"""Options of commands whose work may be done by several processes, or by several machines."""

from __future__ import annotations

import dataclasses

from habilis.policies.spread.executors import Executor
from habilis.policies.spread.make import ExecutorKind, make_executor
from habilis.scripts.shared.options import at_least


@dataclasses.dataclass(frozen=True, kw_only=True)
class SpreadOptions:
    """Where the work is done; results are the same, episode by episode."""

    executor: ExecutorKind = "local"
    """Who does the work: local, processes of this machine; ray, a Ray cluster, which is the one
    that RAY_ADDRESS names or ray start made, or else a new one of this machine's cores. Needs the
    extra ray."""
    workers: int | None = None
    """Pieces of work at a time, each on one core; of ray as many as it has cores, if left out."""


def executor_of(o: SpreadOptions, at_once: int | None = 1, gpu: bool = False) -> Executor:
    """The executor that the options name.

    Args:
      o: as typed.
      at_once: pieces at a time on this machine if nothing was typed; None for one a core.
      gpu: each piece takes a GPU.
    """
    at_least(1, workers=1 if o.workers is None else o.workers)
    typed = at_once if o.workers is None and o.executor == "local" else o.workers
    return make_executor(o.executor, typed, gpu)
