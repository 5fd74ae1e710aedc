"""What the joints do, from messages of which none is trusted.

Messages of a ``sensor_msgs/msg/JointState`` topic are merged by joint name: they may come in any
order, in parts, with joints of others, from several publishers. What is at fault is named and never
overwrites what was good:

- not a number, lists that disagree, a joint named twice, unreadable: a fault;
- a stamp that jumps back or ahead, as no clock does: a fault. If later messages go on from there,
  they are taken (the robot's clock was set), but the fault stays until it is forgotten;
- a joint that leaps, further than it can move in the time: a fault. It is taken, since it is not
  known which of the two is true;
- a stamp that stays (frozen), one a little older (out of order), a state that comes late: not
  taken, so that the state gets old, and noted, so that the reason is known.

Lateness is arrival minus stamp beyond the least seen: the two clocks need not agree. As no two
clocks run alike, what counts as the least may grow by ``DRIFT``; and after ``LASTING`` seconds in
which everything came late, it begins anew, with a fault. A joint whose messages are never
stamped counts as measured when it arrives; a frozen driver then looks like a resting robot.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.motion import JointStates, read_joint_state
from habilis.envs.ros.transports.base import Message

DRIFT = 1e-3  # s/s between two clocks: more than quartz does, and for simulations that fall behind
LASTING = 1.0  # s of lateness after which it is how things are now; robots have long been stopped
LEAP = 0.05  # rad by which a joint may seem to move at once,
FASTER = 2.0  # and how many times its greatest speed it may seem to have, where stamps are rough
DISORDER = 0.05  # s by which a message may be overtaken without a jump of time
TREMOR = 0.005  # rad that a joint at rest may seem to move
CALM = 0.1  # s for which it must not


class StaleState(RuntimeError):
    """Raised when what is known of the joints is too old to act on."""


@dataclasses.dataclass(frozen=True)
class JointSample:
    """The joints, as far as is known.

    Attributes:
      q: (n,) rad.
      qd: (n,) rad/s; None if not all report it.
      effort: (n,) N m; NaN for a joint that does not report it.
      stamp: of the oldest part, s, clock of the robot; 0 where it does not stamp.
      age: s since the oldest part was measured, as far as can be told.
    """

    q: Array
    qd: Array | None
    effort: Array
    stamp: float
    age: float


class States:
    """The newest good state of joints, by name.

    Args:
      joints: whose.
      topic: for messages to people.
      delay: s by which a state may come later than the quickest one did.
      fastest: (n,) how fast the joints can be, rad/s; unknown if left out.
      units: (n,) of what they report, for messages to people.
    """

    def __init__(
        self,
        joints: Sequence[str],
        topic: str,
        delay: float = 0.1,
        fastest: npt.ArrayLike = 1e9,
        units: Sequence[str] = (),
    ) -> None:
        n = len(joints)
        self._units = tuple(units) or ("rad",) * n
        self._fastest = np.broadcast_to(np.asarray(fastest, float), n)
        self.joints, self.topic, self._delay = tuple(joints), topic, delay
        self._column = {name: i for i, name in enumerate(joints)}
        self._lock = threading.Lock()
        self._q, self._qd, self._effort = (np.full(n, np.nan) for _ in range(3))
        self._stamp, self._arrival = np.full(n, -np.inf), np.full(n, -np.inf)
        self._least, self._late = np.full(n, np.inf), np.zeros(n)
        self._jumped = np.full(n, np.nan)  # stamp of a message that did not fit, until one does
        self._came = -np.inf  # when the last message did, good or not
        self._fault, self._note, self._noted = "", "", -np.inf
        self.count = 0  # messages taken

    # ---- from the transport

    def take(self, message: Message, now: float) -> bool:
        """Merge a message into the state.

        Args:
          message: as received.
          now: when it arrived, s.

        Returns:
          Whether anything in it was new and good.
        """
        try:
            state = read_joint_state(message)
        except MessageError as error:
            self.reject(str(error), now)
            return False
        return self.merge(state, now)

    def reject(self, what: str, now: float) -> None:
        """Note what is wrong with a message that cannot be read: a fault."""
        with self._lock:
            self._came = now
            self._bad(what)

    def merge(self, state: JointStates, now: float) -> bool:
        """The same as ``take``, of a message that was read."""
        with self._lock:
            self._came = now
            if len(set(state.joints)) < len(state.joints):
                twice = sorted({j for j in state.joints if state.joints.count(j) > 1})
                return self._bad(f"names {', '.join(twice)} twice")
            pairs = [(self._column[j], k) for k, j in enumerate(state.joints) if j in self._column]
            if not pairs:
                return False
            mine, theirs = (np.array(side) for side in zip(*pairs, strict=True))
            if not np.isfinite(state.q[theirs]).all():
                named = [state.joints[k] for k in theirs if not np.isfinite(state.q[k])]
                return self._bad(f"position of {', '.join(named)} is not a number")
            fresh = self._in_time(mine, state.time, now)
            if fresh and (leap := self._leap(mine, state.q[theirs], state.time, now)):
                self._fault = self._fault or f"{self.topic}: {leap}"
            if fresh:
                self._write(mine, theirs, state, now)
                self.count += 1
            return fresh

    def _bad(self, what: str) -> bool:
        self._fault = f"{self.topic}: {what}"
        return self._noting(what)

    def _noting(self, what: str) -> bool:
        self._note, self._noted = what, self._came
        return False

    def _in_time(self, mine: npt.NDArray[np.int_], stamp: float, now: float) -> bool:
        """Whether a stamp goes on from the last one of these joints, and is not late."""
        if stamp == 0.0 and np.isneginf(self._stamp[mine]).all():
            self._least[mine] = self._late[mine] = 0.0
            return True  # never stamped
        last, arrived = self._stamp[mine].max(), self._arrival[mine].max()
        behind = now - stamp
        if np.isfinite(last):
            if stamp == last:
                return self._noting(f"frozen: the stamp of what comes stays at {stamp:.3f} s")
            least = self._least[mine].min() + DRIFT * (now - arrived)
            ahead = least - behind  # of the quickest message so far
            back = stamp < last - DISORDER
            if (back or ahead > self._delay) and not self._settled(mine, stamp, now):
                jump = stamp - last if back else ahead
                way = f"{-jump:.3f} s back" if jump < 0 else f"{jump:.3f} s ahead"
                return self._bad(f"stamps jump {way}, to {stamp:.3f} s")
            if back or ahead > self._delay:
                self._stamp[mine], least = -np.inf, behind  # a new time
            elif stamp < last:
                return self._noting(f"out of order by {last - stamp:.3f} s")
            elif -ahead > self._delay:
                if now - arrived < LASTING:
                    return self._noting(f"late by {-ahead:.3f} s")
                self._bad(f"states come {-ahead:.3f} s later than they did")
                least = behind
        else:
            least = behind
        self._jumped[mine] = np.nan
        self._least[mine] = min(least, behind)
        self._late[mine] = behind - self._least[mine]
        return True

    def _settled(self, mine: npt.NDArray[np.int_], stamp: float, now: float) -> bool:
        """Whether a stamp goes on from one that jumped, with nothing of the old time between."""
        before = self._jumped[mine].max()
        self._jumped[mine] = stamp
        return bool(before < stamp < before + self._delay + DISORDER)

    def _leap(self, mine: npt.NDArray[np.int_], q: Array, stamp: float, now: float) -> str:
        """What is wrong if joints are further from where they were than they can have come."""
        since = stamp - self._stamp[mine] if stamp else now - self._arrival[mine]
        far = np.abs(q - self._q[mine]) - LEAP - FASTER * self._fastest[mine] * np.maximum(since, 0)
        if not (far > 0).any():  # NaN and inf before the first state
            return ""
        k = int(np.nanargmax(far))
        j = mine[k]
        return (
            f"{self.joints[j]} leapt from {self._q[j]:.3f} to {q[k]:.3f} {self._units[j]} within"
            f" {since[k]:.3f} s, which it cannot: does a second node publish on {self.topic}?"
        )

    def _write(
        self, mine: npt.NDArray[np.int_], theirs: npt.NDArray[np.int_], state: JointStates,
        now: float,
    ) -> None:  # fmt: skip
        self._q[mine] = state.q[theirs]
        self._qd[mine] = np.nan if state.qd is None else state.qd[theirs]
        self._effort[mine] = np.nan if state.effort is None else state.effort[theirs]
        if state.time != 0.0:
            self._stamp[mine] = state.time
        self._arrival[mine] = now

    # ---- to whoever acts

    @property
    def fault(self) -> str:
        """Return what was wrong with a message since the last ``forget``, or '' if nothing was."""
        return self._fault

    def forget(self) -> None:
        """Forget the faults that were dealt with."""
        with self._lock:
            self._fault, self._note, self._noted = "", "", -np.inf

    def age(self, now: float) -> float:
        """Return the seconds since the oldest part of the state was measured; inf if a joint never
        came.
        """
        with self._lock:
            return float((now - self._arrival + self._late).max())

    def missing(self) -> list[str]:
        """Return the joints of which nothing was heard yet."""
        with self._lock:
            silent = np.isneginf(self._arrival)
            return [j for j, gone in zip(self.joints, silent, strict=True) if gone]

    def why_old(self, now: float, limit: float) -> str:
        """Return what is wrong if the state is older than ``limit`` s, or '' if it is not."""
        with self._lock:
            age = now - self._arrival + self._late
            old = [j for j, a in zip(self.joints, age, strict=True) if a > limit]
            if not old:
                return ""
            if not self._came > self._arrival[age > limit].min():  # nothing since they were good
                quiet = now - self._came
                late = float(self._late[age > limit].max())
                if late > quiet:
                    return (
                        f"the last state on {self.topic} was {late:.3f} s late, {quiet:.3f} s ago"
                    )
                since = "never" if np.isneginf(self._came) else f"{quiet:.3f} s ago"
                return f"nothing comes on {self.topic} (last message: {since})"
            since = f"for {age.max():.3f} s" if np.isfinite(age.max()) else "at all"
            if now - self._noted <= limit:
                return f"no good state on {self.topic} {since}: {self._note}"
            return f"{', '.join(old)} not in what comes on {self.topic} {since}"

    def sample(self, now: float, limit: float = np.inf) -> JointSample:
        """Return the state of the joints.

        Raises:
          StaleState: it is older than ``limit`` s; the message says what is wrong.
        """
        old = self.why_old(now, min(limit, 1e9))
        if old:
            raise StaleState(old)
        with self._lock:
            qd = self._qd.copy() if np.isfinite(self._qd).all() else None
            effort = self._effort.copy()
            age = float((now - self._arrival + self._late).max())
            stamp = float(self._stamp.min())
            return JointSample(self._q.copy(), qd, effort, max(stamp, 0.0), age)


class Stillness:
    """Whether n measured joints stand still, whatever their driver says of speeds."""

    def __init__(self, n: int) -> None:
        self._pose, self._since = np.full(n, np.inf), np.inf

    def update(self, q: Array, now: float) -> None:
        """Take a measured pose (n,), rad, of time ``now``, s."""
        if not np.abs(q - self._pose).max() < TREMOR:
            self._pose, self._since = q.copy(), now

    def still(self, now: float, seconds: float = CALM) -> bool:
        """Return whether the joints have stood still for so many seconds."""
        return now - self._since >= seconds
