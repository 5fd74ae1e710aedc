"""A base on ROS 2, behind limits and a watchdog that nothing switches off."""

from __future__ import annotations

import collections
import time
import uuid
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.envs.ros.base.area import Area
from habilis.envs.ros.base.echo import EchoList, marked
from habilis.envs.ros.base.odometry import BaseSample, OdometryStates
from habilis.envs.ros.base.ramp import VelocityRamp
from habilis.envs.ros.base.watch import BaseWatchdog
from habilis.envs.ros.latched import Latched, Refused
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.frames import FrameTree, Pose
from habilis.envs.ros.messages.motion import TF
from habilis.envs.ros.messages.velocity import (
    FLOAT64,
    ODOMETRY,
    TWIST,
    TWIST_STAMPED,
    read_velocity,
    twist,
    twist_stamped,
)
from habilis.envs.ros.motion.commander import Commander
from habilis.envs.ros.motion.states import StaleState
from habilis.envs.ros.motion.watchdog import Beat
from habilis.envs.ros.profiles.base_profile import BaseProfile, check_base_caps
from habilis.envs.ros.transports.base import Disconnected, Message, Transport
from habilis.envs.ros.transports.local import LocalTransport
from habilis.envs.world.poses import matrices, multiply

ZEROS = 0.5  # s for which a base that was stopped is told that it is to stand
LEAP = (0.1, 0.1)  # m, rad by which /tf may move the frame of the odometry at once
UNSEEN = 3.5  # periods of odometry without any, after which a base slows down
STEPS = -1.0
"""Pushing force of a robot that pushes nothing, and steps onto what is before it."""


class RosBase(Latched):
    """A base that is told how fast to go; it goes on so until it is told otherwise.

    It starts stopped. ``arm`` begins from rest; after that ``drive`` says what is wanted, and a
    thread of its own sends velocities that lead there within the limits. Whoever says nothing for
    ``watch.command_age`` has it come to rest, and go on with the next command. A stop brakes, tells
    the base to stand for half a second, and is latched until ``arm`` is called again.

    Calls may come from any thread; ``stop`` may come in the middle of any other.

    Args:
      profile: of the base.
      transport: to it; closed with this.
      within: (2, 2) lower and upper corner, m, of what it must not leave either; None without.
      clock: s, monotonic.
      sleep: for so many s of that clock.

    Attributes:
      odometry: where it is, as it tells; frames: those of ``/tf``.
      stopped, events: see ``Latched``.
    """

    def __init__(
        self,
        profile: BaseProfile,
        transport: Transport,
        *,
        within: Array | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not isinstance(transport, LocalTransport):  # which moves nothing outside this process
            check_base_caps(profile)
        super().__init__(transport, profile.stop, clock, sleep)
        self.profile = profile
        self.period = 1 / profile.commands.rate
        self.odometry, self.frames = OdometryStates(profile), FrameTree()
        self._area = Area(profile, within)
        self._watchdog = BaseWatchdog(
            profile, self.odometry, lambda: transport.connected, self._place
        )
        self._ramp = VelocityRamp(profile.limits, self.period)
        self._back: collections.deque[tuple[int, float]] = collections.deque()
        self._echoes = EchoList(lambda number: self._back.append((number, self._clock())))
        self._want, self._pushing, self._told_push = np.zeros(3), STEPS, (np.nan, -np.inf)
        self._told_at, self._slot, self._quiet = 0.0, 0.0, -np.inf
        self._offset = np.nan  # clock of the robot less ours, s
        self._joined: Pose | None = None
        self._ceased = self._unseen = False

    # ---- connection

    def connect(self, timeout: float = 5.0) -> None:
        """Connect, and wait until it is known where the base is.

        Raises:
          StaleState: it is not within ``timeout`` s; the message says what is missing.
        """
        until = self._clock() + timeout
        self.transport.connect(timeout)
        if self._commander is None:
            self._listen()
        while why := self._missing():
            if self._clock() > until:
                raise StaleState(f"{why} within {timeout:g} s on {self.transport.name}")
            self._sleep(0.005)

    def _listen(self) -> None:
        commands, transport = self.profile.commands, self.transport
        kind = TWIST_STAMPED if commands.stamped else TWIST
        transport.watch(self._connection)
        transport.advertise(commands.topic, kind)
        if commands.pushing:
            transport.advertise(commands.pushing, FLOAT64)
        transport.subscribe(commands.topic, kind, self._hear_command)
        name = uuid.uuid4().hex[:8]
        self._commander = Commander(self.profile, transport, name, self.stop, self._clock)
        transport.subscribe(self.profile.odometry.topic, ODOMETRY, self._hear)
        transport.subscribe("/tf", TF, lambda m: self.frames.take(m, self._clock()))
        transport.subscribe(
            "/tf_static", TF, lambda m: self.frames.take(m, self._clock(), static=True)
        )
        self._beat = Beat(self.look, self.stop)

    def _missing(self) -> str:
        if not self.odometry.heard:
            why = self.odometry.why_old(self._clock(), 1e9) or self.odometry.fault
            return f"no odometry on {self.profile.odometry.topic} ({why or 'nothing came'})"
        if self._odom() is None:
            frame, world = self.profile.odometry.frame, self.profile.world
            return f"nothing on /tf joins {frame!r} to {world!r}"
        return ""

    def rest(self) -> None:
        """Wait, for no longer than a second, until the base was told to stand."""
        for _ in range(100):
            if not self.transport.connected or self._clock() >= self._quiet:
                return
            self._sleep(0.01)

    # ---- what comes from the base

    @property
    def velocity(self) -> Array:
        """(3,) sent last: forward and to the left, m/s, and turning, rad/s."""
        return self._ramp.velocity.copy()

    def state(self) -> BaseSample:
        """The newest odometry.

        Raises:
          StaleState: it is older than allowed; the message says what is wrong.
        """
        return self.odometry.sample(self._clock(), self.profile.watch.odometry_age)

    def pose(self, sample: BaseSample | None = None) -> Pose:
        """Position (3,) m and orientation (4,) wxyz in the profile's ``world``.

        Raises:
          StaleState: nothing tells.
        """
        seen, joined = sample or self.odometry.sample(self._clock()), self._odom()
        if joined is None:
            raise StaleState(self._missing())
        pos, quat = joined
        return pos + matrices(quat) @ seen.pos, multiply(quat, seen.quat)

    def _odom(self) -> Pose | None:
        """Of the odometry's frame in the world."""
        frame, world = self.profile.odometry.frame, self.profile.world
        if frame == world:
            return np.zeros(3), np.array([1.0, 0.0, 0.0, 0.0])
        return self.frames.pose(frame, world)

    def _place(self) -> str:
        """What is wrong with where it is."""
        joined, before = self._odom(), self._joined
        self._joined = joined
        if joined is None:
            return self._missing()
        if before is not None:
            by = float(np.linalg.norm(joined[0] - before[0]))
            turn = 2 * float(np.arccos(np.clip(abs(joined[1] @ before[1]), 0, 1)))
            if by > LEAP[0] or turn > LEAP[1]:
                return (
                    f"/tf moved {self.profile.odometry.frame} in {self.profile.world} by"
                    f" {by:.2f} m, {turn:.2f} rad at once"
                )
        return self._area.trouble(self.pose()[0][:2])

    def _hear(self, message: Message) -> None:
        now = self._clock()
        if self.odometry.take(message, now):
            sample = self.odometry.sample(now)
            self._offset = sample.stamp - now if sample.stamp else np.nan
            self._tell("state", sample=sample)

    def _hear_command(self, message: Message) -> None:
        assert self._commander is not None
        try:
            if self._echoes.mine(read_velocity(message)):
                return
        except MessageError:
            pass  # of another node, whatever it is
        self._commander.foreign("another node")

    # ---- watch

    def look(self) -> None:
        """Look at the base, stop it if need be, and send what is due; the watchdog's thread calls
        this at every beat.
        """
        with self._lock:
            now = self._clock()
            while self._back:
                self._ramp.seen(*self._back.popleft())
            reason = "" if self.stopped else self._reason(now)
            self._see(now)
        if reason:
            self.stop(reason)
        with self._lock:
            try:
                if self._commander is not None:
                    self._commander.keep(now)
                self._stream(now)
            except Disconnected:
                pass  # found by the watchdog

    def _reason(self, now: float) -> str:
        silent, pushes = self._ramp.silent(now), self._pushing >= 0
        self._watchdog.expect(self._ramp.velocity, now, silent, pushes)
        reason = self._watchdog.check(now)
        for other in self.on_beat:
            reason = reason or other(now)
        return reason

    def _see(self, now: float) -> None:
        """Slow down at once where it is not seen any more, long before that is a reason to stop."""
        unseen = self.odometry.age(now) > UNSEEN / self.profile.odometry.rate
        unseen = unseen and not self._watchdog.patient
        if unseen and not self._unseen:
            self._slot = now
        self._unseen = unseen

    def _stream(self, now: float) -> None:
        """Send the next velocity, if one is due."""
        if now < self._slot or (self.stopped and now >= self._quiet):
            return
        self._slot = max(self._slot + self.period, now + 0.5 * self.period)
        if now - self._told_at > self.profile.watch.command_age:
            self._want = np.zeros(3)  # whoever drives it is late: it waits
        want = self._want if self.stopped else self._kept(self._want)
        number = self._ramp.count + 1
        velocity = marked(self._ramp.step(want, now, self._unseen), number)
        self._ramp.sent(velocity, now)
        self._echoes.sent(number, velocity, now)
        if self.stopped and velocity.any():
            self._quiet = now + ZEROS
        commands, plain = self.profile.commands, twist(velocity)
        if commands.stamped:
            stamp = 0.0 if np.isnan(self._offset) else now + self._offset
            plain = twist_stamped(velocity, stamp, self.profile.base_frame)
        self._push(now)
        self.transport.publish(commands.topic, plain)
        told = {"requested": self._want.copy(), "sent": velocity}
        self._tell("sent", **told)

    def _push(self, now: float) -> None:
        """Say with how much force it may push, when that changes, and now and then."""
        topic, force = self.profile.commands.pushing, STEPS if self.stopped else self._pushing
        if topic and (force != self._told_push[0] or now - self._told_push[1] > 0.2):
            self._told_push = force, now
            self.transport.publish(topic, {"data": float(force)})

    def _kept(self, want: Array) -> Array:
        """A velocity (3,) slowed down so that the base comes to rest before an edge."""
        pos, quat = self.pose()
        turn = matrices(quat)
        facing = np.arctan2(turn[1, 0], turn[0, 0])
        speed = float(np.hypot(want[0], want[1]))
        if speed < 1e-9:
            return want
        aim = facing + np.arctan2(want[1], want[0])
        most = self._area.allowed(pos[:2], np.array([np.cos(aim), np.sin(aim)]))
        share = min(1.0, most / speed)
        return want * np.array([share, share, 1.0])

    # ---- stop and arm

    def _moves(self) -> bool:
        ceased, self._ceased = self._ceased, False
        return ceased or super()._moves()

    def _brake(self) -> None:
        now = self._clock()
        self._ramp.brake(now)
        self._quiet, self._slot = now + ZEROS, now
        self._stream(now)

    def arm(self) -> None:
        """(Re-)arm, once the base stands.

        Raises:
          StaleState: its odometry is and stays too old. Refused: it moves, is outside its area, or
            somebody else commands it; the message says which.
        """
        stops = self._ready()
        with self._lock:
            now = self._clock()
            self._joined = None
            if trouble := self._place():
                raise Refused(f"not armed: {trouble}; bring it back by its own means")
            self._unstopped(stops)
            assert self._commander is not None
            self._ramp.begin()
            self._want, self._pushing, self._told_at = np.zeros(3), STEPS, now
            self._commander.arm(now)
            self.odometry.forget()
            self._watchdog.reset(now)
            self.stopped = ""
        self._tell("armed", q=self.pose()[0])

    def _why_old(self) -> str:
        return self.odometry.why_old(self._clock(), self.profile.watch.odometry_age)

    def _restless(self) -> str:
        assert self._commander is not None
        now = self._clock()
        if now < self._quiet:
            return "it has not come to rest yet"
        return self._commander.claim(now) or self.odometry.stands()

    # ---- commands

    def drive(self, velocity: npt.ArrayLike, age: float = 0.0, pushing: float = STEPS) -> Array:
        """From now on go at a velocity; returns what of it is within the limits, (3,).

        Args:
          velocity: (3,) forward and to the left, m/s, and turning to the left, rad/s.
          age: of what the command was made from, s; one that is too old is one to stand.
          pushing: N with which a walking robot may push what is ahead; below 0 it steps onto it.

        Raises:
          ValueError: not finite, or not three. StoppedError: the stop is latched, with its reason.
        """
        want = np.array(velocity, float)
        if want.shape != (3,) or not np.isfinite(want).all() or np.isnan(pushing):
            raise ValueError(
                f"a velocity is three finite numbers, m/s, m/s and rad/s, got {want.tolist()}"
            )
        self.check()
        if age > self.profile.watch.command_age:
            want = np.zeros(3)
        most = self.profile.limits.speeds
        allowed = np.clip(want, -most, most)
        with self._lock:
            self._want, self._pushing, self._told_at = allowed, float(pushing), self._clock()
            allowed = self._kept(allowed)
        if np.abs(allowed - want).max() > 1e-9:
            self._tell("clamped", requested=want, sent=allowed, age=age)
        return allowed

    def cease(self) -> None:
        """Send nothing more, not even that it is to stand: what it then does is up to its driver.

        For a test of that alone; ``stop`` then brakes it.
        """
        self.check()
        with self._lock:
            self.stopped, self._ceased, self._quiet = "commands cease", True, -np.inf

    def pace(self, seconds: float) -> None:
        """Sleep until so long after the last call; the schedule begins anew where it was missed."""
        self._next = max(self._next + seconds, self._clock())
        while (left := self._next - self._clock()) > 1e-6:
            self._sleep(left)
