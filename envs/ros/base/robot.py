"""A robot on legs that speaks ROS 2 as a base does, as the robot that skills and plans know."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import same_robot
from habilis.assets.scene.things import Scene
from habilis.envs.closing import Connecting
from habilis.envs.control.arm import TICK, ArmController, Sent
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.limiter import Clamps, StoppedError
from habilis.envs.legged.robot import seen
from habilis.envs.legged.steering import Steering
from habilis.envs.legged.walking import ON_STEPS, Walking
from habilis.envs.robot.robot import Observation
from habilis.envs.ros.base.driver import STEPS, RosBase
from habilis.envs.ros.base.odometry import BaseSample
from habilis.envs.ros.messages.frames import FrameTree, Pose
from habilis.envs.ros.messages.motion import JOINT_STATE
from habilis.envs.ros.motion.states import StaleState, States
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.robot.events import OVER, idle
from habilis.envs.ros.robot.twin import UNSEEN, SceneTwin
from habilis.envs.ros.transports.base import Message, Transport
from habilis.envs.world.poses import matrices
from habilis.envs.world.world import World

LEGS_AGE = 0.5  # s; nothing is commanded by them


class BaseTwin(SceneTwin):
    """The world of a scene, in which a robot on legs stands as its odometry says.

    Args:
      scene: what there is.
      profile: of the robot.
      frames: what ``/tf`` tells.
    """

    def __init__(self, scene: Scene, profile: BaseProfile, frames: FrameTree) -> None:
        super().__init__(scene, profile.objects, profile.world, np.zeros(3), frames)
        self._planar = profile.odometry.planar
        self.walking = Walking(self.world)
        legs = self.world.robot.legs
        assert legs is not None
        self._height = legs.height
        self._base = self.world.sim.bind("qpos")[:, self.world.columns.base]

    def update(self, time: float, base: Pose, q: Array, qd: Array) -> None:
        """Stand as at ``time``, s: trunk at a pose, joints (n,) rad, (n,) rad/s."""
        pos, quat = base
        if self._planar:
            turn = matrices(quat)
            half = np.arctan2(turn[1, 0], turn[0, 0]) / 2
            quat = np.array([np.cos(half), 0.0, 0.0, np.sin(half)])
            below = float(self.walking.heights(pos[None, None, :2])[0, 0])
            pos = np.array([pos[0], pos[1], below + self._height])
        self._base[0] = np.concatenate((pos, quat))
        told = {i: self._pose(name) for name, i in {**self._tracked, **self._parts}.items()}
        poses = {i: (p[0][None], p[1][None]) for i, p in told.items() if p is not None}
        off = self.world.mirror(
            np.array([time]), q[None], np.zeros(1), poses, start=not self._begun, qd=qd[None]
        )
        self._begun = True
        self.misfits = {k: float(v[0]) for k, v in off.items()}


class RosWalker(Connecting):
    """One robot on legs, n = 1, commanded by where its trunk is to be, as a simulated one is.

    The way there is steered as in simulation, and becomes velocities, which pass the limits of
    ``base``. A command is as old as the observation before it; one that is too old is one to stand.

    The stop is also latched when the joints are not reported, where the profile names them, and
    when a thing that the goal or the required tool names is not seen for ``UNSEEN`` s. Others that
    are not seen stay where they were.

    Args:
      profile: of a robot that habilis knows.
      transport: to it; closed with this.
      scene: what stands around it; its workspace is not left.
      clock, sleep: as for ``RosBase``.

    Attributes:
      base: behind this; its events tell of everything.
      twin: how things stand.
      about: which robot it is, and what is only inferred of it.
    """

    n = 1
    controller: ArmController
    """An arm's; it has none."""

    def __init__(
        self,
        profile: BaseProfile,
        transport: Transport,
        scene: Scene,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not same_robot(profile.robot, scene.robot):
            raise ValueError(
                f"profile {profile.name!r} is of robot {profile.robot or 'none'!r}, the scene needs"
                f" {scene.robot!r}"
            )
        self.profile, self.scene = profile, scene
        self.on_tick: Callable[[], None] | None = None
        self.about = (
            f"run on {profile.name} over {transport.name}; pictures show its twin, which stands as"
            " it reports, and contacts are inferred from that"
        )
        space = scene.workspace
        within = np.array([space.lower[:2], space.upper[:2]])
        self.base = RosBase(profile, transport, within=within, clock=clock, sleep=sleep)
        self.twin = BaseTwin(scene, profile, self.base.frames)
        self.world: World = self.twin.world
        self.bodies: tuple[str, ...] = self.world.bodies
        self._steering = Steering(1)
        self._joints = States(profile.joints, profile.states, LEGS_AGE)
        named = {*scene.goal.names(), *(e.name for e in scene.tool_entities())}
        self._needed = {n for n in named if not scene.entity(n).fixed}
        self._sleep, self._began, self._seen = sleep, 0.0, -np.inf
        self._listening = False

    # ---- connection

    def connect(self, timeout: float = 5.0) -> None:
        """Connect and wait for odometry, joints and things; StaleState names what is missing."""
        until = self.base.now + timeout
        self.base.connect(timeout)
        if not self._listening:
            self._listening, self._began = True, self.base.now
            if self.profile.joints:
                self.base.transport.subscribe(self.profile.states, JOINT_STATE, self._hear)
            self.base.on_beat.append(self._look)
        while missing := self._missing():
            if self.base.now > until:
                raise StaleState(f"{missing} within {timeout:g} s")
            self._sleep(0.01)
        self._refresh()

    def _missing(self) -> str:
        if self.profile.joints and (silent := self._joints.missing()):
            return f"no state of {', '.join(silent)} on {self.profile.states}"
        if unseen := self.unseen:
            frames = ", ".join(self.twin.frame(name) for name in unseen)
            known = ", ".join(self.twin.frames.names()) or "none"
            return (
                f"no pose of {frames} relative to {self.profile.world} on /tf (frames there are:"
                f" {known})"
            )
        return ""

    def close(self) -> None:
        """Bring the robot to rest and let go of everything; may be called twice."""
        self.base.close()

    # ---- senses

    @property
    def time(self) -> float:
        """s since the first connection."""
        return self.base.now - self._began

    @property
    def unseen(self) -> list[str]:
        """Things that were not seen for ``UNSEEN`` s."""
        return self.twin.unseen(self.base.now)

    def observe(self) -> Observation:
        """The present state; StoppedError, saying what is wrong, if it is too old."""
        self._seen = self._refresh()
        return seen(self.world)

    def _refresh(self) -> float:
        """Bring the twin up to date, and return when that was measured; a robot that cannot be
        seen is stopped, if it is not.
        """
        try:
            state = self.base.state()
            q, qd = self._legs()
            pose = self.base.pose(state)
        except StaleState as error:
            if not self.base.stopped:
                self.base.stop(str(error))
            raise StoppedError(f"stopped: {error}") from error
        self.twin.update(self.time, pose, q, qd)
        self._set_speed(state)
        return self.base.now - state.age

    def _legs(self) -> tuple[Array, Array]:
        """(n,) rad and rad/s; a posture at rest of legs that nobody reports."""
        home = self.world.robot.home
        if not self.profile.joints:
            return home, np.zeros_like(home)
        state = self._joints.sample(self.base.now, LEGS_AGE)
        return state.q, np.zeros_like(home) if state.qd is None else state.qd

    def _set_speed(self, state: BaseSample) -> None:
        moving = self.world.trunk_velocity
        yaw = self.twin.walking.trunk().yaw[0]
        c, s = np.cos(yaw), np.sin(yaw)
        forward, left, turning = state.velocity
        moving[0] = [c * forward - s * left, s * forward + c * left, 0, 0, 0, turning]

    def _hear(self, message: Message) -> None:
        self._joints.take(message, self.base.now)

    def _look(self, now: float) -> str:
        """What the watchdog looks at besides the base."""
        if self.profile.joints:
            if old := self._joints.fault or self._joints.why_old(now, LEGS_AGE):
                return f"legs: {old}"
        lost = self._needed.intersection(self.twin.unseen(now))
        return f"{', '.join(sorted(lost))} not seen for {UNSEEN:g} s" if lost else ""

    # ---- motion

    def command(self, commands: CommandBatch) -> Sent:
        """One control period towards the command; returns where the legs are meanwhile.

        Raises:
          ValueError: not finite, or of a frame other than the trunk.
          StoppedError: the stop is latched, with its reason.
        """
        self.base.check()
        if not np.isfinite(commands.pos).all() or not np.isfinite(commands.rot).all():
            raise ValueError(f"command must be finite, got {commands.pos.tolist()}")
        if any(commands.frame) or any(commands.effector) or any(commands.grip):
            raise ValueError(f"{self.profile.name} has nothing to take things with")
        facing = np.broadcast_to(commands.rot, (1, 3, 3))
        pushed = tuple(commands.push) or ("",)
        velocity = self._velocity(commands, facing, pushed)
        force = STEPS
        if pushed[0]:
            asked = np.inf if commands.force is None else float(commands.force[0])
            force = asked if np.isfinite(asked) else 0.0
        sent = self.base.drive(velocity, self.base.now - self._seen, force)
        self.base.pace(TICK)
        self._refresh()
        if self.on_tick is not None:
            self.on_tick()
        held, none = np.abs(sent - velocity).max(keepdims=True) > 1e-9, np.zeros(1, bool)
        nothing = np.zeros(1)
        clamps = Clamps(nothing, none, held, none, nothing, nothing)
        return Sent(self.world.q[:, None].copy(), commands.pos, facing, nothing, clamps)

    def _velocity(self, commands: CommandBatch, facing: Array, pushed: tuple[str, ...]) -> Array:
        """(3,) that leads to where the trunk is to be, as in simulation."""
        heading = np.arctan2(facing[:, 1, 0], facing[:, 0, 0])
        walking, limits = self.twin.walking, self.profile.limits
        fast = np.where(walking.rough(pushed), min(ON_STEPS, limits.forward), limits.forward)
        if commands.speed is not None:
            fast = np.minimum(fast, commands.speed)
        pushing = np.array([bool(name) for name in pushed])
        goal = commands.pos[:, :2]
        out: Array = self._steering.velocity(walking.trunk(), goal, heading, fast, pushing)[0]
        return out

    def hold(self, seconds: float) -> None:
        """Stand where it is."""
        for _ in range(round(seconds / TICK)):
            self.observe()
            self.base.drive(np.zeros(3), self.base.now - self._seen)
            self.base.pace(TICK)

    def stop(self, reason: str = "") -> None:
        """Stop now and stay stopped until re-armed; from any thread."""
        self.base.stop(reason or "stopped by its user")

    def arm(self, ids: npt.NDArray[np.int_] | None = None) -> None:
        """(Re-)arm where it stands.

        Raises:
          StaleState, Refused: as ``RosBase.arm``.
        """
        self._joints.forget()
        self.base.arm()
        self._steering.arrived[:] = False
        self._refresh()

    def rows(self) -> dict[str, npt.NDArray[np.generic]]:
        """See ``WorldRobot``: nothing; a copy begins as it stands."""
        return {}

    def ready(self) -> None:
        """Arm it, if it never was, or was let go of; a stop stays one."""
        if idle(self.base.stopped):
            self.arm()

    @property
    def late(self) -> bool:
        """Never: it waits for a program that is late."""
        return False

    def release(self) -> None:
        """Stop, and take no command until it is armed again; returns when it is at rest."""
        self.base.stop(OVER)
        self.base.rest()
        with contextlib.suppress(StoppedError):  # it is not seen: whoever arms it next is told
            self._refresh()
