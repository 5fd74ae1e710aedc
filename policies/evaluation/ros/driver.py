"""A client in a process of its own that keeps a robot moving, for whoever wants to harm it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
import time
from multiprocessing.connection import Connection
from types import FrameType

import numpy as np

from habilis.envs.closing import Closing
from habilis.envs.control.limiter import StoppedError
from habilis.envs.ros.latched import Refused
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.profiles.spec import parse

FAR = 2.3  # rad to either side that the first joint is sent: enough to get fast
TURN = 0.3  # rad before that at which it is sent back
BEGINS, AGAIN = 300.0, 0.2  # s that it may take, on a busy machine; s between two tries to arm


class Driver(Closing):
    """Swings the first joint of a robot to and fro, as fast as the stream allows.

    Args:
      robot: ``PROFILE[@TRANSPORT]``.
    """

    def __init__(self, robot: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_drive, args=(robot, other))
        self._process.start()
        other.close()

    def go(self) -> None:
        """Have it arm the robot and move it.

        Raises:
          RuntimeError: it cannot.
        """
        self._pipe.send(True)
        if not self._pipe.poll(BEGINS):
            raise RuntimeError(f"the robot was not armed within {BEGINS:g} s")
        self._pipe.recv()

    def stopped(self, timeout: float) -> tuple[float, str]:
        """When it was stopped, s of the monotonic clock, and why; inf if it was not."""
        try:
            if self._pipe.poll(timeout):
                when, why = self._pipe.recv()
                return float(when), str(why)
        except EOFError:
            pass
        return np.inf, ""

    def signal(self, number: int) -> None:
        """Send its process a signal."""
        if self._process.pid is not None:
            os.kill(self._process.pid, number)

    def close(self) -> None:
        """Kill it; may be called twice."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._pipe.close()


def _drive(robot: str, pipe: Connection) -> None:
    spec = parse(robot)
    transport = spec.connect(10.0)
    clock, sleep = spec.time(transport)
    with RosJoints(spec.profile, transport, clock=clock, sleep=sleep) as joints:
        # A handler may have interrupted whoever holds the locks that a stop needs.
        heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_stop_each, args=(joints, heard), daemon=True).start()

        def hung_up(number: int, frame: FrameType | None) -> None:
            heard.put("SIGHUP")

        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, hung_up)
        with contextlib.suppress(EOFError, BrokenPipeError):
            while pipe.recv():
                _arm(joints)
                pipe.send(True)
                why = _swing(joints)
                pipe.send((time.monotonic(), why))


def _stop_each(joints: RosJoints, heard: queue.SimpleQueue[str]) -> None:
    while True:
        joints.stop(heard.get())


def _arm(joints: RosJoints) -> None:
    until = time.monotonic() + BEGINS
    while joints.stopped:
        try:
            joints.arm()
        except (Refused, StaleState, StoppedError):
            if time.monotonic() > until:
                raise
            time.sleep(AGAIN)


def _swing(joints: RosJoints) -> str:
    """To and fro until it is stopped; why it was."""
    side = FAR
    try:
        middle = joints.state().q
        while True:
            goal = middle.copy()
            goal[0] = side
            at = joints.send(goal)[0]
            joints.pace()
            if abs(at - side) < TURN:
                side = -side
    except (StoppedError, StaleState) as error:
        return joints.stopped or str(error)
