"""The time of a simulated robot, so that one which runs slower than real time is driven as slowly.

ROS calls that ``use_sim_time``: every deadline and every pace counts the seconds of ``/clock``. It
is for simulations alone, so it is only followed while the states carry that time too, which those
of a real robot do not unless the clock shows the time of day; and when ``/clock`` stands still, as
after the death of the simulation, time goes on by itself, so that deadlines still pass.
"""

from __future__ import annotations

import math
import threading
import time

from habilis.envs.ros.messages.fields import MessageError, inner
from habilis.envs.ros.messages.motion import CLOCK, JOINT_STATE, seconds, stamp
from habilis.envs.ros.transports.base import Message, Transport, TransportError

CLOCK_TOPIC = "/clock"
STANDS = 2.0  # s of real time for which the clock may stand still
APART = 1.0  # s by which the stamp of a state may be off it
POLL = 0.1  # s


class SimTime:
    """A clock that goes as ``/clock`` does.

    Args:
      transport: connected.
      states: topic of the robot's states, stamped.
      type: of its messages.
    """

    def __init__(self, transport: Transport, states: str, type: str = JOINT_STATE) -> None:
        self._told, self._states = threading.Condition(), states
        self._time, self._at = 0.0, time.monotonic()  # s that were counted, and when, in real time
        self._newest, self._off = math.nan, math.nan  # of /clock; of the states from it
        self._agrees = False
        transport.subscribe(CLOCK_TOPIC, CLOCK, self._hear)
        transport.subscribe(states, type, self._compare)

    def wait(self, timeout: float = 5.0) -> None:
        """Wait until it is known to be the time of the robot.

        Raises:
          TransportError: it is not, or there is none, within ``timeout`` s.
        """
        with self._told:
            if self._told.wait_for(lambda: self._agrees, timeout):
                return
            if math.isnan(self._newest):
                raise TransportError(f"nothing on {CLOCK_TOPIC}: is it a simulation?")
            raise TransportError(
                f"{self._states} is not stamped with the time of {CLOCK_TOPIC} ({self._off:+.1f}"
                " s): it is not the time of this robot, which is driven without sim:"
            )

    def __call__(self) -> float:
        """The time, s; never goes back."""
        with self._told:
            return self._read()

    def sleep(self, duration: float) -> None:
        """Wait for so many seconds of it."""
        with self._told:
            until = self._read() + duration
            while (left := until - self._read()) > 0:
                self._told.wait(POLL if self._agrees else left)

    def _read(self) -> float:
        """Where ``/clock`` is of no use, real time goes on."""
        silent = time.monotonic() - self._at
        return self._time + max(0.0, silent - STANDS if self._agrees else silent)

    def _count(self, step: float) -> None:
        self._time, self._at = self._read() + step, time.monotonic()
        self._told.notify_all()

    def _hear(self, message: Message) -> None:
        try:
            told = seconds(inner(message, "clock", CLOCK_TOPIC))
        except MessageError:
            return
        with self._told:
            self._count(max(0.0, told - self._newest) if self._agrees else 0.0)
            self._newest = told

    def _compare(self, message: Message) -> None:
        try:
            told = stamp(message, self._states)
        except MessageError:
            return
        with self._told:
            self._off = told - self._newest
            if self._agrees != (abs(self._off) <= APART):
                self._count(0.0)
                self._agrees = not self._agrees
