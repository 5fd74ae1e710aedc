"""Back ends by name."""

from __future__ import annotations

import os
from typing import Literal, get_args

import mujoco

from habilis.assets.names import check_known
from habilis.envs.sim.cpu import CpuSim
from habilis.envs.sim.warp import WarpSim, devices

SimKind = Literal["cpu", "gpu", "warp-cpu"]
"""``cpu``: MuJoCo on the cores of this machine. ``gpu``: mujoco_warp on the first CUDA device.
``warp-cpu``: the same on warp's CPU device, far slower, to try what will run on a GPU."""
KINDS: tuple[SimKind, ...] = get_args(SimKind)


def make_sim(kind: SimKind, model: mujoco.MjModel, n: int = 1, nthread: int = 0) -> CpuSim:
    """N simulations of a model on a back end; see ``Sim``.

    Args:
      kind: of ``KINDS``.
      model: the model.
      n: number of simulations.
      nthread: threads of the host, 0 for all cores.

    Raises:
      ValueError: no such kind, no CUDA device, or the model has what the kind does not simulate.
      ModuleNotFoundError: warp is not installed; says how to.
    """
    check_known("simulation back end", kind, KINDS)
    nthread = nthread or int(os.environ.get("HABILIS_THREADS", 0))
    if kind == "cpu":
        return CpuSim(model, n, nthread)
    if kind == "warp-cpu":
        return WarpSim(model, n, "cpu", nthread)
    gpus = [name for name in devices() if name != "cpu"]
    if not gpus:
        raise ValueError(
            "no CUDA device here: 'warp-cpu' runs the same simulation on the CPU, slowly, and 'cpu'"
            " is MuJoCo itself"
        )
    return WarpSim(model, n, gpus[0], nthread)
