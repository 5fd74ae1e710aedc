"""A simulated robot that a process of its own serves, as ``habilis ros serve`` does."""

from __future__ import annotations

import collections
import multiprocessing
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.closing import Closing
from habilis.envs.ros.profiles.spec import parse
from habilis.envs.ros.serving.plant import ArmPlant
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.tasks import load_task

LOOK, KEPT = 0.004, 5000  # s between two looks at the joints; how many are kept
BEGINS = 60.0  # s that it may take to stand there, on a busy machine


class ServedApart(Closing):
    """It shares no interpreter with whoever drives it: neither waits for the other's Python.

    Args:
      robot: ``PROFILE[@TRANSPORT]``.
      task: id of the task whose scene it stands in.
      options: of the task.
      variation: how far layouts stray; see ``Variation.scaled``.
      speed: simulated s per s.

    Raises:
      RuntimeError: it does not come up.
    """

    def __init__(
        self, robot: str, task: str, options: dict[str, Any], variation: float, speed: float = 1.0
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        arguments = (robot, task, options, variation, speed, other)
        self._process = context.Process(target=_serve, args=arguments)
        self._process.start()
        other.close()
        if not self._pipe.poll(BEGINS):
            self.close()
            raise RuntimeError(f"the served robot did not come up within {BEGINS:g} s")
        self._answer()

    def reset(self, seed: int) -> None:
        """Lay out the scene of that seed."""
        self._pipe.send(seed)
        self._answer()

    def verdict(self) -> tuple[bool, str]:
        """Whether the goal was reached, by the physics there; else what is missing."""
        self._pipe.send(None)
        success, unmet = self._answer()
        return bool(success), str(unmet)

    def path(self, since: float) -> tuple[Array, Array]:
        """Times (k,), simulated s from ``since`` on, and joints (k, n), rad, beside them.

        A negative ``since`` counts back from the newest.
        """
        self._pipe.send(float(since))
        times, q = self._answer()
        return times, q

    def _answer(self) -> Any:
        try:
            return self._pipe.recv()
        except EOFError:
            raise RuntimeError("the served robot has ended; see what it printed") from None

    def close(self) -> None:
        """End it; may be called twice."""
        self._pipe.close()
        self._process.join(10.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(
    robot: str, task: str, options: dict[str, Any], variation: float, speed: float,
    pipe: Connection,
) -> None:  # fmt: skip
    """Serve, and do what is asked for, until the other end is closed."""
    spec, scene = parse(robot), load_task(task, **options).scene()
    transport = spec.connect()
    with SimServer(spec.profile, transport, scene, variation=variation, speed=speed) as server:
        plant = server.plant
        assert isinstance(plant, ArmPlant)
        seen = _Seen(server)
        server.start()
        pipe.send(True)
        try:
            while True:
                asked = pipe.recv()
                if asked is None:
                    pipe.send((bool(plant.monitor.success[0]), plant.monitor.unmet()))
                elif isinstance(asked, float):
                    pipe.send(seen.since(asked))
                else:
                    server.reset(asked)
                    pipe.send(True)
        except EOFError:
            return


class _Seen:
    """Where the joints were, looked at beside the simulation, whatever the bridge tells."""

    def __init__(self, server: SimServer) -> None:
        self._kept: collections.deque[tuple[float, Array]] = collections.deque(maxlen=KEPT)
        threading.Thread(target=self._look, args=(server,), daemon=True).start()

    def _look(self, server: SimServer) -> None:
        while True:
            now = server.elapsed
            if not self._kept or now > self._kept[-1][0]:
                self._kept.append((now, server.plant.q.copy()))
            time.sleep(LOOK)

    def since(self, when: float) -> tuple[Array, Array]:
        kept = list(self._kept)
        begin = when if when >= 0 or not kept else kept[-1][0] + when
        rows = [row for row in kept if row[0] >= begin]
        return np.array([t for t, _ in rows]), np.array([q for _, q in rows])
