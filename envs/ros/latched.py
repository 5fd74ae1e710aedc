"""What drivers of joints and of bases share: a stop that is latched, and a watchdog."""

from __future__ import annotations

import abc
import threading
from collections.abc import Callable
from typing import Any

from habilis.envs.closing import Connecting
from habilis.envs.control.joint_limiter import StoppedError
from habilis.envs.ros.messages.motion import TRIGGER
from habilis.envs.ros.motion.commander import Commander
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.motion.watchdog import Beat
from habilis.envs.ros.robot.events import (
    CLOSED,
    LATE,
    UNARMED,
    Kind,
    Listener,
    RobotEvent,
    idle,
    tell,
)
from habilis.envs.ros.transports.base import Transport, TransportError

SETTLE = 1.0  # s that arming waits for the robot to come to rest
WRITING = 0.1  # s that a stop waits for a message that is being written


class Refused(RuntimeError):
    """Raised when the robot cannot be armed, or cannot be told this, in the state it is in."""


class Latched(Connecting, abc.ABC):
    """Whatever moves a robot: it starts stopped, and a stop lasts until it is armed again.

    Args:
      transport: to the robot; closed with this.
      service: a trigger that is called at every stop, too; '' for none.
      clock: s, monotonic.
      sleep: for so many s of that clock.

    Attributes:
      stopped: why the robot is stopped; '' while it is armed.
      events: listeners.
      on_beat: also looked at by the watchdog: called with the time, return a reason to stop or ''.
      on_stop: called at every stop; on_back: when a lost connection is back.
    """

    def __init__(
        self,
        transport: Transport,
        service: str,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self.transport, self.stopped, self._service = transport, UNARMED, service
        self.events: list[Listener] = []
        self.on_beat: list[Callable[[float], str]] = []
        self.on_stop: list[Callable[[], None]] = []
        self.on_back: list[Callable[[], None]] = []
        self._clock, self._sleep, self._lock = clock, sleep, threading.RLock()
        self._commander: Commander | None = None
        self._beat: Beat | None = None
        self._stops, self._next = 0, 0.0

    @abc.abstractmethod
    def rest(self) -> None:
        """Wait, for no longer than a second, until nothing that was sent moves the robot."""

    @abc.abstractmethod
    def _why_old(self) -> str:
        """Why its state is too old to go by; '' if it is not."""

    @abc.abstractmethod
    def _restless(self) -> str:
        """What else arming has to wait for; '' if nothing."""

    @abc.abstractmethod
    def _brake(self) -> None:
        """Tell the robot to come to rest."""

    def close(self) -> None:
        """Bring the robot to rest and let go of everything; may be called twice."""
        if not self.stopped:
            self.stop(CLOSED)
        self.rest()
        if self._beat is not None:
            self._beat.close()
        self.transport.close()

    @property
    def now(self) -> float:
        """Return the time on this client's clock, s."""
        return self._clock()

    def stop(self, reason: str) -> None:
        """Stop now and stay stopped: cancels goals, of anybody, brakes, forgets every target.

        The first reason is kept, unless it was only that nobody moved it or that this program was
        late: whoever stops it then means it to stay stopped. Returns after the messages are
        written. Stopping again cancels again, but sends no target: the robot may have been moved
        since.
        """
        self._stops += 1
        armed = self._moves()
        if armed or idle(self.stopped) or self.stopped.startswith(LATE):
            self.stopped = reason or "stopped"
        if self._commander is not None:
            self._commander.release()
        free = self._lock.acquire(timeout=WRITING)  # not for ever: a writer may hang
        try:
            if armed:
                self._try(self._brake)
            self._cancel(reason)
            if self._service:
                self._try(lambda: self.transport.post(self._service, TRIGGER, {}))
            for also in self.on_stop:
                self._try(also)
        finally:
            if free:
                self._lock.release()
        if armed:
            self._tell("stopped", reason=self.stopped)

    def check(self) -> None:
        """Check that no stop is latched.

        Raises:
          StoppedError: one is; the message gives its reason.
        """
        if self.stopped:
            raise StoppedError(f"stopped: {self.stopped}; arm first")

    # ---- parts

    def _moves(self) -> bool:
        return not self.stopped

    def _cancel(self, reason: str) -> None:
        """What a stop does besides braking."""

    def _ready(self) -> int:
        """Wait until it may be armed; returns how often it was stopped before that.

        Raises:
          StaleState: its state is and stays too old. Refused: it does not come to rest.
        """
        until, stops = self._clock() + SETTLE, self._stops
        while why := self._unready():
            if self._clock() > until:
                old = self._why_old()
                raise StaleState(f"not armed: {old}") if old else Refused(f"not armed: {why}")
            self._sleep(0.005)
        return stops

    def _unready(self) -> str:
        """What arming has to wait for; '' if nothing. What waiting does not change is raised."""
        if self._commander is None or not self.transport.connected:
            raise Refused(f"not armed: no connection to {self.transport.name}")
        return self._why_old() or self._restless()

    def _unstopped(self, stops: int) -> None:
        """Refused if it was stopped more often than that."""
        if self._stops != stops:
            raise Refused(f"not armed: it was stopped meanwhile; before that: {self.stopped}")

    def _connection(self, up: bool) -> None:
        self._tell("back" if up else "lost", name=self.transport.name)
        if not up:
            self.stop("connection lost")
            return
        for back in self.on_back:
            back()

    def _try(self, step: Callable[[], None]) -> None:
        """One step of a stop; whatever comes of it, the others are taken all the same."""
        try:
            step()
        except TransportError as error:
            self._tell("trouble", words=str(error))
        except Exception as error:
            self._tell("trouble", words=f"while stopping: {error!r}")

    def _tell(self, kind: Kind, **data: Any) -> None:
        tell(self.events, RobotEvent(self._clock(), kind, data))
