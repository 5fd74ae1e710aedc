"""Looks every few milliseconds whether the robot is there, follows, and is still being told."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.motion.states import States
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.robot.events import LATE

BEAT = 0.004  # s between two looks
PAUSED = 0.025  # s without a look: this process was held up, not the robot
GRACE = 0.02  # s for what then waits in the buffers to be read, before anything counts as late


class Patience:
    """Whether this process was held up a moment ago, so that what is late may be in its buffers."""

    def __init__(self, now: float) -> None:
        self._looked, self._until = now, -np.inf

    def look(self, now: float) -> bool:
        """Note a look at a time, s, and whether to wait before anything counts as late."""
        if now - self._looked > PAUSED:
            self._until = now + GRACE
        self._looked = now
        return now < self._until


class Watchdog:
    """Finds a reason to stop. It knows no clock of its own: ``check`` is called with the time.

    Args:
      profile: deadlines and limits.
      states: of its joints.
      connected: whether there is a connection.
    """

    def __init__(self, profile: Profile, states: States, connected: Callable[[], bool]) -> None:
        self._profile, self._watch, self._states = profile, profile.watch, states
        self._connected = connected
        efforts = [np.inf if j.effort is None else j.effort for j in profile.limits]
        self._effort = np.array(efforts)
        self.expect(np.zeros(len(efforts)), None)
        self.reset(0.0)

    def reset(self, now: float) -> None:
        """Begin to watch a robot that has just been armed."""
        self._off_since = np.full(len(self._effort), np.inf)
        self._told = np.zeros(len(self._effort), bool)  # whose effort was ever reported
        self._patience = Patience(now)

    def expect(
        self, q: Array, due: float | None, unheard: float = 0.0, held: Array | None = None
    ) -> None:
        """Note where the joints should be.

        Args:
          q: (n,) rad.
          due: when the last command was sent, s, if the next one must come; None if it need not.
          unheard: s since the oldest command that has not been seen to reach the graph.
          held: (n,) since when the target of each joint waits for it, s; inf where it does not.
        """
        self._q, self._due, self._unheard = q, due, unheard
        self._held = np.full(len(q), np.inf) if held is None else held

    def check(self, now: float) -> str:
        """Return a reason to stop the robot, or '' if there is none."""
        patient = self._patience.look(now)
        if not self._connected():
            return "connection lost"
        if self._states.fault:
            return self._states.fault
        old = self._states.why_old(now, self._watch.state_age)
        if old:
            return "" if patient else old
        return self._joints(now) or ("" if patient else self._gap(now))

    def _gap(self, now: float) -> str:
        if self._unheard > self._watch.command_age:
            topic = self._profile.commands.topic
            return f"nothing that was sent to {topic} arrived for {self._unheard:.3f} s"
        late = 0.0 if self._due is None else now - self._due
        if late <= self._watch.command_age:
            return ""
        return f"{LATE}no command for {late:.3f} s while the robot was being moved"

    def _joints(self, now: float) -> str:
        """Whether one does not follow, or pushes too hard."""
        state = self._states.sample(now)
        off = np.abs(state.q - self._q)
        far = off > self._watch.tracking
        self._off_since = np.where(far, np.minimum(self._off_since, now), np.inf)
        since = np.minimum(self._off_since, self._held)
        for j in np.flatnonzero(now - since > self._watch.tracking_time):
            return (
                f"{self._profile.joints[j]} is {off[j]:.3f} rad from where it was sent, for more"
                f" than {self._watch.tracking_time:g} s: it does not follow, or something holds it"
            )
        odd = np.isinf(state.effort) & np.isfinite(self._effort)
        for j in np.flatnonzero(odd | (np.abs(state.effort) > self._effort)):  # NaN: not measured
            return (
                f"effort of {self._profile.joints[j]} is {state.effort[j]:.1f} N m, more than"
                f" {self._effort[j]:g}"
            )
        return self._silenced(state.effort)

    def _silenced(self, effort: Array) -> str:
        """Whether a watched effort was reported, and is not any more."""
        told = np.isfinite(effort)
        gone = self._told & ~told & np.isfinite(self._effort)
        self._told |= told
        for j in np.flatnonzero(gone):
            return f"effort of {self._profile.joints[j]} is not reported any more (not a number)"
        return ""


class Beat:
    """Calls ``look`` every ``BEAT`` seconds on a thread of its own, until closed."""

    def __init__(self, look: Callable[[], None], failed: Callable[[str], None]) -> None:
        self._look, self._failed, self._over = look, failed, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="watchdog")
        self._thread.start()

    def close(self) -> None:
        """End the thread, and return when it has ended."""
        self._over.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(BEAT):
            try:
                self._look()
            except Exception as error:  # whatever it is: nobody looks any more
                self._failed(f"the watchdog failed: {error!r}")
