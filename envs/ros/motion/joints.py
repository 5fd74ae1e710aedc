"""The joints of a ROS 2 robot behind limits and a watchdog that nothing switches off."""

from __future__ import annotations

import collections
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.envs.control.joint_limiter import JUMP, StoppedError
from habilis.envs.ros.latched import Latched, Refused
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.motion import CONTROLLER_STATE, JOINT_STATE, read_controller_state
from habilis.envs.ros.motion.cell import Pairs, make_cell
from habilis.envs.ros.motion.commander import Commander
from habilis.envs.ros.motion.moves import (
    ARRIVED,
    ASIDE,
    HASTE,
    MotionProgress,
    MoveResult,
    StandingJoints,
    straight,
)
from habilis.envs.ros.motion.sightings import SeenJoints, Sighting
from habilis.envs.ros.motion.states import JointSample, StaleState, States, Stillness
from habilis.envs.ros.motion.streams import CommandTopic, Motion, make_limiter, make_motion
from habilis.envs.ros.motion.watchdog import Beat, Watchdog
from habilis.envs.ros.profiles.profile import Profile, check_caps
from habilis.envs.ros.robot.events import CLOSED, LATE, OVER
from habilis.envs.ros.transports.base import Disconnected, Message, Transport
from habilis.envs.ros.transports.local import LocalTransport

EXACT = 1e-6  # s of a period that do not matter
GONE = 0.5  # s without a state after which a robot may be another than it was
GRIPS = 0.5  # rad of tracking beyond which joints may be kept from their targets, as those of hands
NEAR = 0.15  # rad beyond where it comes to rest that are looked at before each target is sent
SENT = 2e-4  # rad off its goal at which a motion has been sent to its end,
ASKED = 1e-3  # and at which its controller asks for it
CREEP = 0.05  # rad/s below which a last target counts as that of a robot at rest


class RosJoints(Latched):
    """Joints commanded one control period at a time, or from point to point.

    It starts stopped. ``arm`` begins from the measured pose; after that every target passes the
    limiter, and a watchdog looks every few milliseconds. A stop is latched until ``arm`` is called
    again, whatever its reason: nothing goes on by itself.

    Calls may come from any thread; ``stop`` may come in the middle of any other.

    Args:
      profile: of the robot.
      transport: to it; closed with this.
      clock: s, monotonic.
      sleep: for so many s of that clock.

    Attributes:
      limiter: the last gate.
      states: of the joints.
      stopped, events: see ``Latched``.
    """

    def __init__(
        self,
        profile: Profile,
        transport: Transport,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not isinstance(transport, LocalTransport):  # which moves nothing outside this process
            check_caps(profile)
        super().__init__(transport, profile.stop, clock, sleep)
        self.profile = profile
        self.period = 1 / profile.commands.rate
        self.limiter = make_limiter(profile)
        watch, fastest = profile.watch, [j.velocity for j in profile.limits]
        self.states = States(profile.joints, profile.states, watch.state_delay, fastest)
        reports = profile.commands.reports
        self._asked = States(profile.joints, reports, watch.state_delay, fastest)
        self._watchdog = Watchdog(profile, self.states, lambda: transport.connected)
        self._still = Stillness(len(profile.joints))
        self._cell, self._touching = make_cell(profile), Pairs()
        self._motion: Motion | None = None
        self._back: collections.deque[tuple[int, float]] = collections.deque()
        self._ours = False  # whether what the robot was commanded last came from here
        self._moved, self._told_at = False, 0.0  # by the last command, and when that came

    # ---- connection

    def connect(self, timeout: float = 5.0) -> None:
        """Connect, and wait until the state of every joint is known.

        Raises:
          StaleState: some joints do not answer within ``timeout`` s; the message names them.
        """
        until = self._clock() + timeout
        self.transport.connect(timeout)
        if self._motion is None:
            self.transport.watch(self._connection)
            topic = CommandTopic(self.profile, self.transport, self._came_back, self._foreign)
            self._motion = make_motion(
                self.profile, self.limiter, topic, self.period, self._clock()
            )
            self._commander = Commander(
                self.profile, self.transport, topic.name, self.stop, self._clock
            )
            self.transport.subscribe(self.profile.states, JOINT_STATE, self._hear)
            if reports := self.profile.commands.reports:
                self.transport.subscribe(reports, CONTROLLER_STATE, self._hear_controller)
            self._beat = Beat(self.look, self.stop)
        while missing := self.states.missing():
            if self._clock() > until:
                why = self.states.why_old(self._clock(), timeout)
                raise StaleState(
                    f"no state of {', '.join(missing)} within {timeout:g} s on"
                    f" {self.transport.name}: {why or self.states.fault or 'it came too late'}"
                )
            self._sleep(0.005)

    def rest(self) -> None:
        """Wait, for no longer than a second, until nothing that was sent moves the robot."""
        for _ in range(100):
            moving = self._motion is not None and self._motion.moving(self._clock())
            if not (self.transport.connected and moving):
                return
            self._sleep(0.01)

    # ---- what comes from the robot

    def state(self) -> JointSample:
        """Return the newest state of the joints.

        Raises:
          StaleState: the state is older than allowed; the message says what is wrong.
        """
        return self.states.sample(self._clock(), self.profile.watch.state_age)

    def _hear(self, message: Message) -> None:
        now = self._clock()
        if not self.states.take(message, now):
            return
        if not self.states.missing():
            sample = self.states.sample(now)
            self._still.update(sample.q, now)
            self._tell("state", sample=sample)

    def _hear_controller(self, message: Message) -> None:
        now = self._clock()
        try:
            self._asked.merge(read_controller_state(message), now)
        except MessageError as error:  # it is then told from where the joints are
            self._asked.reject(str(error), now)

    def _came_back(self, number: int) -> None:
        self._back.append((number, self._clock()))  # no lock: a writer that hangs may hold it

    def _foreign(self, who: str) -> None:
        self._ours = False
        assert self._commander is not None
        self._commander.foreign(who)

    # ---- watch

    def look(self) -> None:
        """Keep braking, look at the robot, and stop it if need be; the watchdog calls this at every
        beat.
        """
        with self._lock:
            now = self._clock()
            self._keep(now)
            if self.stopped:
                return
            self._expect()
            reason = self._watchdog.check(now)
            for other in self.on_beat:
                reason = reason or other(now)
        if reason:
            self.stop(reason)

    def _keep(self, now: float) -> None:
        if self._motion is None or self._commander is None:
            return
        while self._back:
            self._motion.confirm(*self._back.popleft())
        if self.states.age(now) > GONE:
            self._ours = False  # it may have been started anew, and holds what it found
        try:
            self._motion.keep(now, self._seen(now))
            self._commander.keep(now)
        except Disconnected:
            pass  # found by the watchdog

    # ---- stop and arm

    def _cancel(self, reason: str) -> None:
        if reason not in (CLOSED, OVER) and self.profile.commands.action:
            self._try(lambda: self.transport.cancel_all(self.profile.commands.action))
        self.limiter.stop()

    def _brake(self) -> None:
        if self._motion is None:
            return
        now = self._clock()
        seen = self._seen(now)
        if not self._ours and self._motion.moving(now) and seen is not None:
            self._motion.put(*seen.best.at(now), now)
        self._motion.stop(now, seen)

    def _seen(self, now: float) -> SeenJoints | None:
        """What is known of the joints; None if they were not measured lately."""
        measured = self._sighting(self.states, now)
        if measured is None or self.profile.watch.tracking > GRIPS:
            return None
        return SeenJoints(measured, self._sighting(self._asked, now))

    def _sighting(self, states: States, now: float) -> Sighting | None:
        if states.why_old(now, self.profile.watch.state_age):
            return None
        sample = states.sample(now)
        return None if sample.qd is None else Sighting(now - sample.age, sample.q, sample.qd)

    def arm(self) -> None:
        """(Re-)arm from where the robot is held, once it stands still, see ``_commanded``.

        Raises:
          StaleState: its state is and stays too old. Refused: it moves, is outside its range, or a
            goal may be running; the message says which.
        """
        stops = self._ready()
        with self._lock:
            now, q = self._clock(), self.state().q
            outside = self._outside(q)
            if outside.max() > JUMP:
                j = int(outside.argmax())
                low, high = self.limiter.lower[j], self.limiter.upper[j]
                raise Refused(
                    f"not armed: {self.profile.joints[j]} is at {q[j]:.3f} rad, outside its range"
                    f" {low:g} to {high:g}: bring it back by the robot's own means"
                )
            self._unstopped(stops)
            assert self._motion is not None and self._commander is not None
            begin = self._commanded(now, q)
            if not (fits := self._motion.fits(begin, q)).all():
                j = int(np.flatnonzero(~fits)[0])
                raise Refused(
                    f"not armed: {self.profile.joints[j]} is at {q[j]:.3f} rad, and its controller"
                    f" still pulls it to {begin[j]:.3f} rad: free it, or restart the controller"
                )
            self.limiter.arm(np.zeros(1, int), begin[None])
            self._touching = self._cell.touching(q) if self._cell else Pairs()
            self._motion.begin(begin, q, now)
            self._commander.arm(now)
            self._moved = False
            self.states.forget()
            self._watchdog.reset(now)
            self.stopped = ""
        self._tell("armed", q=self.limiter.q[0].copy())

    def _outside(self, q: Array) -> Array:
        """(n,) how far joints (n,) are outside their range, rad; below 0 inside."""
        return np.maximum(self.limiter.lower - q, q - self.limiter.upper)

    def _commanded(self, now: float, q: Array) -> Array:
        """Joints (n,), rad, that the controller holds: as it says, or as they were sent last, if
        nobody else sent anything and it was not started anew; else those measured, q."""
        asked = self._sighting(self._asked, now)
        if asked is not None and self._outside(asked.q).max() <= JUMP:
            return asked.q
        assert self._motion is not None
        return self._motion.target if self._ours else q

    def _why_old(self) -> str:
        return self.states.why_old(self._clock(), self.profile.watch.state_age)

    def _restless(self) -> str:
        assert self._motion is not None and self._commander is not None
        now = self._clock()
        self.look()
        if self._motion.moving(now):
            return "it has not come to rest yet"
        return self._commander.claim(now) or ("" if self._still.still(now) else "the robot moves")

    # ---- commands

    def send(self, q: npt.ArrayLike, age: float = 0.0) -> Array:
        """Send one control period towards joints (n,), rad; returns what was really sent, (n,).

        Waits until the one before was sent a period ago.

        Args:
          q: wanted, rad.
          age: of what the command was made from, s; one that is too old latches the stop.

        Raises:
          ValueError: not finite, or not n. StoppedError: the stop is latched, with its reason.
        """
        want, motion = self._checked(q), self._armed()
        self._until(lambda: motion.slot)
        with self._lock:
            self.look()
            if age > self.profile.watch.command_age and not self.stopped:
                self.stop(f"{LATE}a command made from what was seen {age:.3f} s before")
            motion = self._armed()
            if self._cell is not None:
                for near in self._ahead(motion, want):
                    if not self.stopped and (why := self._cell.at(near, self._touching)):
                        self.stop(why)
            sent = self._sent(self._armed(), want)
        told = {"requested": want, "sent": sent, "age": age}
        self._tell("sent", **told)
        if np.abs(sent - want).max() > 1e-9:
            self._tell("clamped", **told)
        return sent

    def _ahead(self, motion: Motion, want: Array) -> Array:
        """Poses (k, n), rad, to where it comes to rest by what was sent, and a little beyond."""
        here, rest = motion.expected(self._clock()), motion.target
        way = rest + np.clip(want - rest, -NEAR, NEAR) - here
        count = int(np.ceil(np.abs(way).max() / NEAR)) + 1
        return here + np.linspace(0, 1, count + 1)[1:, None] * way

    def _sent(self, motion: Motion, want: Array) -> Array:
        now = self._clock()
        try:
            sent = motion.send(want, now, self._seen(now))
            self._ours = True
        except Disconnected as error:
            self.stop("connection lost")
            raise StoppedError(f"stopped: {self.stopped}") from error
        self._moved = bool(np.abs(self.limiter.v).max() > CREEP)
        self._told_at = self._clock()
        self._expect()
        return sent

    def pace(self, periods: int = 1) -> None:
        """Sleep until so many control periods are over since the last call.

        The schedule begins anew, with what was sent last, where that is longer ago.
        """
        span = periods * self.period
        if self._motion is not None and self._next < self._clock() - span:
            self._next = self._motion.slot - span
        self._next += span
        self._until(lambda: self._next)

    def _until(self, when: Callable[[], float]) -> None:
        while (left := when() - self._clock()) > EXACT:
            self._sleep(left)

    def move_to(
        self, q: npt.ArrayLike, speed: float = 0.2, on_tick: Callable[[], None] | None = None
    ) -> MoveResult:
        """Move in a line in joint space, at rest at both ends; returns when it is over.

        It is streamed as everything else is: whatever ends this process ends the motion.

        Args:
          q: (n,) rad; brought into the range.
          speed: share of the speed limits, above 0 to 1.
          on_tick: called every control period.

        Raises:
          ValueError: not finite, not n, no such speed. StoppedError: not armed to begin with.
          Refused: it would lead into itself, the table or out of the workspace, or too fast.
        """
        goal, tick = self._checked(q), on_tick or (lambda: None)
        motion, began = self._armed(), self._clock()
        while motion.moving(self._clock()) and not self.stopped:
            self._sleep(self.period)
        path = straight(make_limiter(self.profile), motion.target, goal, speed, self.period)
        if self._cell and (why := self._cell.along(np.vstack([motion.target, path]), self.period)):
            raise Refused(f"not moved: {why}")
        try:
            reason = self._along(motion.target, path, tick) or self._arrive(path[-1], tick)
        except StoppedError as error:
            reason = str(error)
        except BaseException as error:
            self.stop(f"interrupted: {error!r}")
            raise
        return MoveResult(not reason, reason, self._measured(), self._clock() - began)

    def _along(self, start: Array, path: Array, tick: Callable[[], None]) -> str:
        """Send the points (k, n) of a way from (n,), rad, one a period; why it is given up, or ''.

        Where the motion is held up, it waits at its point, and then goes on no faster than before:
        else it would be in a hurry after each gap of the link.
        """
        most = np.abs(np.diff(path, axis=0, prepend=start[None])).max(axis=0)
        step, progress = (
            HASTE * np.maximum(most, CREEP * self.period),
            MotionProgress(self._clock()),
        )
        standing = StandingJoints(self._measured(), self._clock())
        for point in path:
            off = np.inf
            while off > ASIDE:
                way = point - self.limiter.q[0]
                far = np.abs(way) > step
                sent = self.send(np.where(far, point - way + np.clip(way, -step, step), point))
                tick()
                self._check_standing(standing)
                off = float(np.abs(sent - point).max())
                if off > ASIDE and progress.over(off, self._clock()):
                    return self._why_off(path[-1])
            progress.moved(self._clock())
        return ""

    def _arrive(self, goal: Array, tick: Callable[[], None]) -> str:
        """Keep the goal until the robot is there; why it is not, or ''.

        Where the link is too slow to tell when the last way is over, what is measured decides.
        """
        progress, standing = (
            MotionProgress(self._clock()),
            StandingJoints(self._measured(), self._clock()),
        )
        while True:
            self._check_standing(standing)
            now, off = self._clock(), np.abs(self._measured() - goal).max()
            left = np.abs(self._armed().expected(now) - goal).max()
            asked = self._sighting(self._asked, now)
            asks = 0.0 if asked is None else np.abs(asked.q - goal).max()
            if left < SENT and asks < ASKED and off <= ARRIVED:
                return ""
            if progress.over(float(left + asks + off), now):
                return "" if max(asks, off) <= ARRIVED else self._why_off(goal)
            self.send(goal)
            tick()

    def _check_standing(self, standing: StandingJoints) -> None:
        """Stop where a joint stands that was sent on; of hands, which grip, nothing is said."""
        now, q = self._clock(), self._measured()
        sent = self._armed().expected(now)
        j = standing.find(q, sent, now)
        if j is not None and self.profile.watch.tracking <= GRIPS:
            self.stop(
                f"{self.profile.joints[j]} stands at {q[j]:.3f} rad and was sent to {sent[j]:.3f}:"
                " it does not follow; is an emergency stop pressed, or does something hold it?"
            )

    def _why_off(self, goal: Array) -> str:
        """Which joint is not at its goal (n,), rad, by how much, and what is known of why."""
        now, motion, q = self._clock(), self._armed(), self._measured()
        asked = self._sighting(self._asked, now)
        lacks = {"": np.abs(q - goal), "sent": np.abs(motion.expected(now) - goal)}
        if asked is not None:
            lacks["asked"] = np.abs(asked.q - goal)
        j = int(np.max(list(lacks.values()), axis=0).argmax())
        told = f"{self.profile.joints[j]} is {abs(q[j] - goal[j]):.4f} rad off its goal: "
        topic, reports = self.profile.commands.topic, self.profile.commands.reports
        if lacks["sent"][j] >= SENT:
            why = f"what was sent ends {lacks['sent'][j]:.4f} rad before it, as "
            if silent := motion.silent(now):
                return told + why + f"messages to {topic} take {silent:.3f} s and more to arrive"
            return told + why + "the joint does not come along, or comes late"
        if asked is not None and lacks["asked"][j] >= ASKED:
            return (
                f"{told}its controller asks for {asked.q[j]:.4f} rad on {reports} and was sent"
                f" {goal[j]:.4f}: does it take commands, at full speed?"
            )
        knows = f"and {reports} asks for that" if asked is not None else "and nothing reports more"
        return f"{told}it was sent all the way, {knows}: it lags by that, or something holds it"

    def _measured(self) -> Array:
        """(n,) rad, however old: the watchdog looks at that."""
        return self.states.sample(self._clock()).q

    # ---- parts

    def _armed(self) -> Motion:
        if self.stopped or self._motion is None:
            raise StoppedError(f"stopped: {self.stopped}; arm first")
        return self._motion

    def _checked(self, q: npt.ArrayLike) -> Array:
        want = np.array(q, float)
        if want.shape != (len(self.profile.joints),):
            raise ValueError(f"{len(self.profile.joints)} joints, but a command of {want.shape}")
        if not np.isfinite(want).all():
            bad = [j for j, x in zip(self.profile.joints, want, strict=True) if not np.isfinite(x)]
            raise ValueError(f"command of {', '.join(bad)} must be finite, got {want.tolist()}")
        return want

    def _expect(self) -> None:
        """Tell the watchdog where the joints should be, and whether a command is due."""
        if self._motion is not None:
            now, due = self._clock(), self._told_at if self._moved else None
            motion = self._motion
            held = motion.held if now < self._told_at + 3 * self.period else None
            self._watchdog.expect(motion.expected(now), due, motion.silent(now), held)
