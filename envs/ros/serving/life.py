"""What every served simulation does: it keeps time, tells it, and can be stopped and reset."""

from __future__ import annotations

import abc
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from habilis.assets.scene.model.preset import TIMESTEP
from habilis.envs.closing import Closing
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.serving.outbox import Outbox
from habilis.envs.ros.transports.base import Message, Transport
from habilis.envs.world.world import SUBSTEPS

STOP, RECOVER, RESET = "/habilis/stop", "/habilis/recover", "/habilis/reset"
LAYOUT = "/habilis/layout"
STOPPED = f"stopped: call {RECOVER} first"
GIVE_UP = 0.1  # s behind at which the lost time is let go instead of being caught up


class Pace:
    """Waits until simulated time is due.

    Args:
      speed: simulated s per s.

    Attributes:
      late: how often it was due more than 2 ms before.
      lost: s that could not be caught up.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed, self._start = speed, time.monotonic()
        self.late, self.lost = 0, 0.0

    def wait(self, until: float) -> float:
        """Wait until a simulated time, s since the beginning; returns the time just lost, s."""
        behind = time.monotonic() - self._start - until / self._speed
        if behind < 0:
            time.sleep(-behind)
            return 0.0
        self.late += behind > 0.002
        if behind < GIVE_UP:
            return 0.0
        self._start += behind
        self.lost += behind
        return behind


class ServedSimulation(Closing):
    """A simulated robot on a transport, with its time.

    It offers the Trigger services ``/habilis/stop`` (the robot comes to rest, and refuses motion
    until ``/habilis/recover``; also under the profile's own name), ``/habilis/recover`` and
    ``/habilis/reset`` (the same layout again), and takes ``std_msgs/msg/Int64`` on
    ``/habilis/layout``: the layout of that seed.

    Args:
      name: of the profile, for people.
      transport: where it is served; ``offer`` connects it.
      seed: of the first layout.
      speed: simulated s per s.
      parts: into how many parts a control period is split, after each of which something is told.
      stop: another name of the stop service; '' without.
      note: called with a line on what happens, for people.

    Attributes:
      stopped: whether it refuses motion.
      refused: messages of topics that were not taken.
      offers: a line on each name it offers, for people; empty before ``offer``.
      error: why its thread ended, if it did not end well.
    """

    def __init__(
        self,
        name: str,
        transport: Transport,
        seed: int,
        speed: float,
        parts: int,
        stop: str,
        note: Callable[[str], None] | None,
    ) -> None:
        self.name, self.transport, self.seed, self.speed = name, transport, seed, speed
        self._note = note or (lambda line: None)
        self._out = Outbox(transport, self._note)
        edges = np.round(np.linspace(0, SUBSTEPS, parts + 1)).astype(int)
        self._parts = tuple(int(k) for k in np.diff(edges))
        self._base, self._steps, self._stop_name = time.time(), 0, stop
        self._lock, self._closing = threading.RLock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._pace: Pace | None = None
        self.stopped, self.refused, self.error = False, 0, ""
        self.offers: tuple[str, ...] = ()
        self._about = ""  # what a user must be told of it

    # ---- what the robot is

    @abc.abstractmethod
    def _announce(self, timeout: float) -> list[str]:
        """Offer what is the robot's own; a line on each name, for people."""

    @abc.abstractmethod
    def _part(self, steps: int, last: bool) -> None:
        """Part of a control period: some substeps, and what is told after them."""

    @abc.abstractmethod
    def _lay_out(self, seed: int) -> None:
        """Lay out the scene of a seed; RuntimeError where there is no such layout."""

    @abc.abstractmethod
    def _rest(self, why: str) -> None:
        """End every motion."""

    @abc.abstractmethod
    def _tell_episode(self) -> None:
        """Say which layout it is, and what latecomers need."""

    # ---- time

    @property
    def now(self) -> float:
        """The time that stamps carry, s."""
        return self._base + self.elapsed

    @property
    def elapsed(self) -> float:
        """The simulated time since the server was made, s."""
        return self._steps * TIMESTEP

    @property
    def pace(self) -> tuple[int, float]:
        """How often a part of a control period came late, and the time lost in all, s."""
        return (self._pace.late, self._pace.lost) if self._pace else (0, 0.0)

    @property
    def running(self) -> bool:
        """Whether the thread of the simulation runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def refusal(self) -> str:
        """Why nothing may move now; '' if it may."""
        return STOPPED if self.stopped else ""

    # ---- life

    def offer(self, timeout: float = 5.0) -> None:
        """Connect and announce everything.

        Raises:
          Disconnected: the transport does not connect within ``timeout`` s.
        """
        self.transport.connect(timeout)
        self.transport.watch(self._on_link)
        lines = self._announce(timeout)
        for service, answer in (
            (STOP, self._on_stop), (RECOVER, self._on_recover), (RESET, self._on_reset),
        ):  # fmt: skip
            self.transport.serve(service, messages.TRIGGER, answer)
        if self._stop_name:
            self.transport.serve(self._stop_name, messages.TRIGGER, self._on_stop)
        self.transport.subscribe(LAYOUT, messages.INT64, self._on_layout)
        lines += [f"{STOP}, {RECOVER}, {RESET}  {messages.TRIGGER}", f"{LAYOUT}  {messages.INT64}"]
        self.offers = (*lines, *([self._about] if self._about else []))

    def start(self) -> None:
        """Offer everything, if that was not done, and run in real time on a thread."""
        if self._thread is not None:
            raise RuntimeError("it was started already")
        if not self.offers:
            self.offer()
        self._thread = threading.Thread(target=self._run, daemon=True, name="simulated robot")
        self._base += time.time() - self.now if self.speed == 1.0 else 0.0
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and leave the transport; may be called twice."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(5.0)
        with self._lock:
            self._rest("the simulation has ended")
        self._out.flush()
        self.transport.close()

    def reset(self, seed: int) -> None:
        """Lay out the scene of that seed; motions end, a stop is forgotten.

        Raises:
          RuntimeError: with this variation there is no layout of that seed; nothing changes.
        """
        with self._lock:
            self._lay_out(seed)
            self.seed, self.stopped = seed, False
            self._tell_episode()
        self._note(f"layout {seed}")

    def tick(self, wait: Callable[[float], float] | None = None) -> None:
        """Simulate one control period, look after what was asked for, and publish.

        Args:
          wait: called with the simulated time to wait for, s; without it nothing is waited for.
        """
        for i, steps in enumerate(self._parts):
            lost = wait((self._steps + steps) * TIMESTEP) if wait is not None else 0.0
            with self._lock:
                self._base += lost if self.speed == 1.0 else 0.0
                self._part(steps, last=i == len(self._parts) - 1)
            self._out.flush()

    def _run(self) -> None:
        first = self.elapsed
        self._pace = Pace(self.speed)
        pace = self._pace
        try:
            while not self._closing.is_set():
                self.tick(lambda until: pace.wait(until - first))
        except Exception as error:  # told by whoever looks after the server
            self.error = f"{type(error).__name__}: {error}"
            raise

    # ---- what it is told

    def refuse(self, topic: str, reason: str) -> None:
        """Take note of a message that was not taken, and why."""
        self.refused += 1
        self._note(f"{topic}: refused: {reason}")

    def _on_stop(self, request: Message) -> dict[str, Any]:
        with self._lock:
            self.stopped = True
            self._rest("stopped")
        self._note("stopped")
        return messages.answer(True, f"holding; {RECOVER} lets it move again")

    def _on_recover(self, request: Message) -> dict[str, Any]:
        return messages.answer(True, "" if self._recover() else "it was not stopped")

    def _recover(self) -> bool:
        """End the stop; whether there was one."""
        with self._lock:
            was, self.stopped = self.stopped, False
        self._note("recovered")
        return was

    def _on_reset(self, request: Message) -> dict[str, Any]:
        self.reset(self.seed)
        return messages.answer(True, f"layout {self.seed}")

    def _on_layout(self, message: Message) -> None:
        seed = message.get("data")
        if not isinstance(seed, int) or seed < 0:
            self.refuse(LAYOUT, f"expected a seed >= 0, got {seed!r}")
            return
        try:
            self.reset(seed)
        except RuntimeError as error:
            self.refuse(LAYOUT, str(error))

    def _on_link(self, back: bool) -> None:
        """What latecomers are to hear, the other side forgot with the connection."""
        if back:
            with self._lock:
                self._tell_episode()
