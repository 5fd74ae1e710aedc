"""What a person at the terminal is told of a robot: clamps with their numbers, stops, the link."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from habilis.envs.ros.robot.events import CLOSED, OVER, RobotEvent

WORTH = 0.01  # rad, m/s or rad/s, the least difference of a clamp that is told
QUIET = 1.0  # s between two lines about clamps


class Notes:
    """Fits ``RosJoints.events`` and ``RosBase.events``; clamps at most once a second, the others
    always.

    Args:
      joints: names of what is commanded.
      say: told each line.
      units: of what is commanded; rad where it is left out.
    """

    def __init__(
        self, joints: tuple[str, ...], say: Callable[[str], None], units: tuple[str, ...] = ()
    ) -> None:
        self._joints, self._say = joints, say
        self._units = units or ("rad",) * len(joints)
        self._last, self._kept = -np.inf, 0

    def __call__(self, event: RobotEvent) -> None:
        """Say it, if it is worth it."""
        data = event.data
        if event.kind == "clamped":
            self._clamped(event)
        elif event.kind == "stopped" and data["reason"] not in (CLOSED, OVER):
            self._say(f"robot stopped: {data['reason']}")
        elif event.kind in ("lost", "back"):
            word = "lost" if event.kind == "lost" else "back; the robot stays stopped"
            self._say(f"connection {word}: {data['name']}")

    def _clamped(self, event: RobotEvent) -> None:
        requested, sent = np.asarray(event.data["requested"]), np.asarray(event.data["sent"])
        off = np.abs(requested - sent)
        k = int(off.argmax())
        if off[k] < WORTH:
            return
        self._kept += 1
        if event.time - self._last < QUIET:
            return
        more = f" ({self._kept} times since the last line)" if self._kept > 1 else ""
        wanted, got = requested[k], sent[k]
        name, unit = self._joints[k], self._units[k]
        self._say(f"clamped: {name} to {got:.4f} {unit}, requested {wanted:.4f}{more}")
        self._last, self._kept = event.time, 0
