"""A gripper that is switched: a vacuum, jaws of compressed air."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from habilis.envs.ros.grippers.driver import GripperDriver, Told
from habilis.envs.ros.messages.fields import MessageError, flag
from habilis.envs.ros.messages.motion import BOOL, GripperState
from habilis.envs.ros.messages.switches import Switching, switching
from habilis.envs.ros.profiles.profile import Gripper
from habilis.envs.ros.transports.base import GoalStatus, Transport, TransportError

END = 0.002  # m within which an opening is one of the two that there are
MOVED = 0.002  # m of opening by which it must change to have moved
STAY = 0.004  # m within which an opening that is asked for is the one that there is
ANSWER = 2.0  # s that a service may take


class SwitchDriver:
    """Closes and opens; an opening between the two is refused.

    That it did is only told where joints report the opening and are seen at the end of their way,
    or, when it closes, at rest before that, at something. Where nothing reports it, what the
    service answers is told as GoalStatus.ACCEPTED, and of a topic GoalStatus.UNKNOWN: neither is a
    success. A stop changes nothing: what is held stays held.

    Args:
      gripper: of the profile, one that is ``on_off``.
      transport: to be connected when something is sent.
      told: called with how each switching went, on any thread.

    Attributes:
      aperture: the opening sent last, m; None before the first.
      result: of the last switching that was seen to end.
      trouble: why the last switching failed; '' if it did not.
    """

    def __init__(self, gripper: Gripper, transport: Transport, told: Told = lambda _: None) -> None:
        self._gripper, self._transport, self._told = gripper, transport, told
        self._lock = threading.RLock()
        self._wanted: float | None = None
        self._seen: float | None = None  # opening, m
        self._from: float | None = None  # that of when it was switched
        self._until: float | None = None  # s, when it is judged at the latest; None: it is not
        self._rest = self._rested = 0.0  # opening of a while ago, and since when it has been that
        self.aperture: float | None = None
        self.result: GripperState | None = None
        self.trouble = ""
        if gripper.kind == "bool":
            transport.advertise(gripper.action, BOOL)

    @property
    def stalled(self) -> bool:
        """Whether it closed on something."""
        return self.result is not None and self.result.stalled

    def want(self, aperture: float) -> float:
        """From now on, be open or closed; returns that opening, m.

        The opening that it has, within ``STAY``, leaves it as it is.

        Raises:
          ValueError: it is another opening between the two.
        """
        low, high = self._gripper.aperture
        wanted = min(max(aperture, low), high)
        if wanted - low <= END:
            self._wanted = low
        elif high - wanted <= END:
            self._wanted = high
        elif self._seen is None or abs(wanted - self._seen) > STAY:
            raise ValueError(
                f"the gripper {self._gripper.action} opens and closes only, it is asked for"
                f" {wanted:.3f} m of {low:g} to {high:g}"
            )
        elif self.aperture is not None:
            self._wanted = self.aperture
        return self._wanted if self._wanted is not None else wanted

    def press(self, force: float) -> None:
        """Refuse a bound on the force, N, that it cannot keep.

        Raises:
          ValueError: it presses with more.
        """
        if force < self._gripper.max_effort:
            raise ValueError(
                f"the gripper {self._gripper.action} is switched: it presses with"
                f" {self._gripper.max_effort:g} N, it is asked for {force:g} at most"
            )

    def forget(self) -> None:
        """Want nothing from now on; the gripper goes on with what it was told last."""
        self._wanted = None

    def keep(self, now: float) -> float | None:
        """Switch it if that is wanted and was not done; returns the opening if so, m."""
        with self._lock:
            wanted = self._wanted
            if wanted is None or wanted == self.aperture:
                return None
            what = switching(self._gripper, wanted == self._gripper.aperture[0])
            if self._gripper.kind == "bool":
                self._transport.publish(what.name, what.message)
            self.aperture, self.trouble, self.result = wanted, "", None
            self._from, self._rest, self._rested = self._seen, math.inf, now
            self._until = now + self._gripper.takes
            if self._gripper.kind == "bool":
                if not self._gripper.joints:
                    self._end(GoalStatus.UNKNOWN)
            else:  # an answer may take long, and whoever calls this must not wait
                threading.Thread(
                    target=self._call, args=(what, wanted), daemon=True, name="gripper"
                ).start()
            return wanted

    def see(self, now: float, opening: float) -> str:
        """Take note of the measured opening, m, and tell the end of a switching that is seen."""
        self._see(now, opening)
        return ""

    def _see(self, now: float, opening: float) -> None:
        with self._lock:
            self._seen = opening
            if self._from is None:
                self._from = opening
            if abs(opening - self._rest) > MOVED:
                self._rest, self._rested = opening, now
            if self._until is None or self.aperture is None:
                return
            off = abs(opening - self.aperture)
            if off <= END:
                self._done(opening, stalled=False)
            elif now >= self._until:
                closing = self.aperture == self._gripper.aperture[0]
                moved = abs(opening - self._from) > MOVED
                if closing and moved and now - self._rested >= self._gripper.takes / 4:
                    self._done(opening, stalled=True)
                else:
                    did = "close" if closing else "open"
                    self._fail(f"did not {did}: it stands at {opening:.3f} m, {off:.3f} m short")

    def stop(self) -> None:
        """Switch nothing until something new is wanted."""
        self._wanted = None

    def back(self) -> None:
        """Call this when a lost connection is back: what was sent before may not have arrived."""
        with self._lock:
            if self._until is not None:
                self.aperture = self._until = None

    def _call(self, what: Switching, wanted: float) -> None:
        """Call a service; its word counts as far as nothing else is to be seen."""
        try:
            answer = self._transport.call(what.name, what.type, what.message, ANSWER)
            done, why = flag(answer, "success", what.type), str(answer.get("message", ""))
        except (TransportError, MessageError) as error:
            done, why = False, str(error)
        with self._lock:
            if self.aperture != wanted:  # switched again meanwhile
                return
            if not done:
                self._fail(f"refused: {why or 'no reason given'}")
            elif not self._gripper.joints:
                self._end(GoalStatus.ACCEPTED)

    def _done(self, opening: float, stalled: bool) -> None:
        self.result = GripperState(opening, math.nan, stalled, not stalled)
        self._end(GoalStatus.SUCCEEDED)

    def _fail(self, why: str) -> None:
        """What was wanted may be tried again, by whoever wants it anew."""
        what = switching(self._gripper, self.aperture == self._gripper.aperture[0])
        self.trouble, self.aperture, self._wanted = f"{what.name}: {why}", None, None
        self._end(GoalStatus.ABORTED)

    def _end(self, status: GoalStatus) -> None:
        self._until = None
        self._told(status)


AnyGripper = GripperDriver | SwitchDriver


def make_driver(
    gripper: Gripper, transport: Transport, told: Callable[[GoalStatus], None] = lambda _: None
) -> AnyGripper:
    """What drives a gripper of a profile; see ``GripperDriver`` and ``SwitchDriver``."""
    return (SwitchDriver if gripper.on_off else GripperDriver)(gripper, transport, told)
