"""Executors by name."""

from __future__ import annotations

from typing import Literal, get_args

from habilis.assets.names import did_you_mean
from habilis.policies.evaluation.provenance import cores
from habilis.policies.spread.executors import Executor, LocalProcesses
from habilis.policies.spread.on_ray import RayCluster

ExecutorKind = Literal["local", "ray"]


def make_executor(
    kind: ExecutorKind = "local", workers: int | None = None, gpu: bool = False
) -> Executor:
    """An executor by its kind.

    Args:
      kind: ``local`` or ``ray``.
      workers: pieces at a time; None for one a core.
      gpu: each piece needs a GPU of its own, which a cluster has to offer.

    Raises:
      ValueError: no such kind.
      ImportError: Ray is asked for and missing; says what to install.
    """
    if kind == "ray":
        return RayCluster(workers, gpu)
    if kind != "local":
        raise ValueError(did_you_mean("executor", kind, get_args(ExecutorKind)))
    return LocalProcesses(cores() if workers is None else workers)
