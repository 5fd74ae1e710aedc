"""An arm with a gripper that speaks ROS 2, as the robot that skills and policies know."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.names import check_known
from habilis.assets.robots.registry import robot_spec, same_robot
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.things import Scene
from habilis.envs.closing import Connecting
from habilis.envs.control.arm import TICK, ArmController, Sent
from habilis.envs.control.command import CommandBatch, check_effectors
from habilis.envs.control.limiter import Limiter, StoppedError
from habilis.envs.robot.held_frame import tcp_poses
from habilis.envs.robot.robot import Observation
from habilis.envs.ros.grippers.switch import make_driver
from habilis.envs.ros.messages.motion import JOINT_STATE
from habilis.envs.ros.motion.joints import RosJoints
from habilis.envs.ros.motion.states import JointSample, StaleState, States
from habilis.envs.ros.motion.streams import make_limiter
from habilis.envs.ros.profiles.profile import Gripper, Profile
from habilis.envs.ros.robot.events import LATE, OVER, RobotEvent, idle, tell
from habilis.envs.ros.robot.twin import UNSEEN, Twin
from habilis.envs.ros.tags.file import TagFile
from habilis.envs.ros.tags.tracker import TagTracker
from habilis.envs.ros.transports.base import GoalStatus, Message, Transport
from habilis.envs.world.world import World

GRIPPER_AGE = 0.5  # s; drivers report fingers at 15 to 50 Hz
SQUEEZE = 0.002  # m of opening by which fingers that stop short hold something


class RosRobot(Connecting):
    """One arm with a gripper, n = 1, commanded at the tool centre point as a simulated one is.

    Commands pass the Cartesian limits of the workspace, then the joint limits of ``joints``; both
    go on from what was really sent. A command is as old as the observation before it: whoever
    commands without looking is stopped after ``watch.command_age``.

    The stop is also latched when the fingers are not reported for ``GRIPPER_AGE``, or when a thing
    that the goal or the required tool names is neither seen for ``UNSEEN`` s nor held. Others that
    are not seen stay where they were, and are named by ``unseen``.

    Args:
      profile: of a robot that habilis knows, with a gripper.
      transport: to it; closed with this.
      scene: what stands around it.
      tags: on things, which the profile's cameras look for; where these are then comes from them,
        and ``/tf`` tells of other things only.
      clock, sleep: as for ``RosJoints``.

    Attributes:
      joints: behind this; its events tell of everything.
      twin: how things stand.
      about: which robot it is, and what is only inferred of it.
    """

    n = 1

    def __init__(
        self,
        profile: Profile,
        transport: Transport,
        scene: Scene,
        *,
        tags: TagFile | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gripper = _check(profile, scene)
        self.profile, self.scene = profile, scene
        self.on_tick: Callable[[], None] | None = None
        self.about = (
            f"run on {profile.name} over {transport.name}; pictures show its twin, which stands as"
            " it reports, and contacts are inferred from that"
        )
        self._parts = round(profile.commands.rate * TICK)
        self.joints = RosJoints(profile, transport, clock=clock, sleep=sleep)
        self.controller = _controller(profile, self._gripper, scene, self._parts)
        self.twin = Twin(scene, profile, self.controller.kinematics)
        self.world: World = self.twin.world
        self.tracker = _tracker(self, tags) if tags is not None else None
        self._unseen = UNSEEN if tags is None else max(UNSEEN, tags.unseen)
        self.bodies: tuple[str, ...] = self.world.bodies
        self.gripper = make_driver(self._gripper, transport, self._grip_ended)
        self._fingers = States(self._gripper.joints, profile.states, GRIPPER_AGE)
        named = {*scene.goal.names(), *(e.name for e in scene.tool_entities())}
        self._needed = {n for n in named if not scene.entity(n).fixed}
        self._sleep, self._began, self._seen = sleep, 0.0, -np.inf
        self._listening = False
        self._qd = np.zeros(len(profile.joints))
        self._before = (-np.inf, self._qd)  # when, and where the joints were

    # ---- connection

    def connect(self, timeout: float = 5.0) -> None:
        """Connect and wait for joints, fingers and things; StaleState names what does not come."""
        until = self.joints.now + timeout
        self.joints.connect(timeout)
        if not self._listening:
            self._listening, self._began = True, self.joints.now
            self.joints.transport.subscribe(self.profile.states, JOINT_STATE, self._hear)
            self.twin.listen(self.joints.transport, lambda: self.joints.now)
            if self.tracker is not None:
                self.tracker.start()
            self.joints.on_beat.append(self._look)
            self.joints.on_stop += [self.gripper.stop, self.controller.limiter.stop]
            self.joints.on_back.append(self.gripper.back)
        while missing := self._missing():
            if self.joints.now > until:
                raise StaleState(f"{missing} within {timeout:g} s")
            self._sleep(0.01)
        self._refresh()

    def _missing(self) -> str:
        if silent := self._fingers.missing():
            return f"no state of {', '.join(silent)} on {self.profile.states}"
        if unseen := self.unseen:
            if self.tracker is not None:
                return "; ".join(
                    f"{name} not located: {self.tracker.trouble(name)}" for name in unseen
                )
            frames = ", ".join(self.twin.frame(name) for name in unseen)
            known = ", ".join(self.twin.frames.names()) or "none"
            trouble = self.twin.frames.trouble and f"; {self.twin.frames.trouble}"
            return (
                f"no pose of {frames} relative to {self.profile.base_frame} on /tf"
                f" (frames there are: {known}{trouble})"
            )
        return ""

    def close(self) -> None:
        """Bring the robot to rest and let go of everything; may be called twice."""
        if self.tracker is not None:
            self.tracker.close()
        self.joints.close()

    # ---- senses

    @property
    def time(self) -> float:
        """s since the first connection."""
        return self.joints.now - self._began

    @property
    def unseen(self) -> list[str]:
        """Things that were not seen for ``UNSEEN`` s, or ``tags.unseen`` s, and are not held."""
        return self.twin.unseen(self.joints.now, self._unseen)

    def observe(self) -> Observation:
        """The present state; StoppedError, saying what is wrong, if it is too old."""
        self._refresh()
        self._follow_joints()
        w = self.world
        tcp, rot = self.controller.kinematics.tcp(w.q)
        return Observation(
            w.time.copy(), w.q.copy(), tcp, rot, w.aperture, w.pos.copy(), w.quat.copy()
        )  # fmt: skip

    def _refresh(self) -> None:
        """Bring the twin up to date; a robot that cannot be seen is stopped, if it is not."""
        try:
            state, now = self.joints.state(), self.joints.now
            opening = self._opening(now)
        except StaleState as error:
            if not self.joints.stopped:
                self.joints.stop(str(error))
            raise StoppedError(f"stopped: {error}") from error
        self._seen = now - state.age
        self.twin.update(self.time, now, state.q, opening, self._speeds(state))

    def _speeds(self, state: JointSample) -> Array:
        """(n,) rad/s; told from where the joints were before, if the robot does not report them."""
        if state.qd is not None:
            return state.qd
        since = self._seen - self._before[0]
        if since > 0:
            self._qd = (state.q - self._before[1]) / since
            self._before = (self._seen, state.q)
        return self._qd

    def _opening(self, now: float) -> float:
        fingers = self._fingers.sample(now, GRIPPER_AGE)
        return self._gripper.opening(float(fingers.q.sum()))

    def _hear(self, message: Message) -> None:
        self._fingers.take(message, self.joints.now)

    def _look(self, now: float) -> str:
        """What the watchdog looks at besides the joints."""
        if (opening := self.gripper.keep(now)) is not None:
            self._tell_gripper(opening)
        old = self._fingers.fault or self._fingers.why_old(now, GRIPPER_AGE)
        if old:
            return f"fingers: {old}"
        if wrong := self.gripper.see(now, self._opening(now)):
            return wrong
        lost = self._needed.intersection(self.twin.unseen(now, self._unseen))
        return f"{', '.join(sorted(lost))} not seen for {self._unseen:g} s" if lost else ""

    # ---- motion

    def command(self, commands: CommandBatch) -> Sent:
        """One control period towards the command; returns what was really sent.

        Raises:
          ValueError: not finite, no rotation, a frame or end effector that does not exist, or an
            opening or a bound on its force that a gripper cannot keep.
          StoppedError: the stop is latched, with its reason.
        """
        self.joints.check()
        self._follow_joints()
        check_effectors(commands, self.world.robot)
        if any(commands.grip):
            raise ValueError(f"{self.profile.name} takes no tools: its joints are an arm's only")
        pos, rot = tcp_poses(commands, self)
        self.gripper.press(np.inf if commands.force is None else float(commands.force[0]))
        return self.follow(self.controller.to_pose(pos, rot, commands.aperture, 1))

    def follow(self, sent: Sent) -> Sent:
        """Carry out targets of the controller, tick by tick; returns what was really sent."""
        robot, ctrl = self.world.robot, sent.ctrl.copy()
        joints, openings = robot.commanded(ctrl[0])
        before = self.joints.limiter.q[0].copy()
        for tick, want in enumerate(joints.copy()):
            opening = self.gripper.want(float(openings[tick]))  # or refused, before anything moves
            for part in range(1, self._parts + 1):
                q = before + (want - before) * part / self._parts
                really = self.joints.send(q, self.joints.now - self._seen)
            before, ctrl[0, tick] = really, robot.command(really, opening)
            self.joints.pace(self._parts)
            self._refresh_seen()
            if self.on_tick is not None:
                self.on_tick()
        held = np.abs(before - joints[-1])[None].max(axis=1) > 1e-9
        tcp, rot = sent.tcp, sent.rot
        if held.any():
            tcp, rot = self.controller.kinematics.tcp(before[None])
        self._follow_joints()
        clamps = dataclasses.replace(sent.clamps, joints=sent.clamps.joints | held)
        return Sent(ctrl, tcp, rot, sent.aperture, clamps)

    def _refresh_seen(self) -> None:
        """The twin goes on; that is no look of whoever commands, so the command gets older."""
        seen = self._seen
        self._refresh()
        self._seen = seen

    def _follow_joints(self) -> None:
        """Have the controller go on from what was really sent."""
        q, limiter = self.joints.limiter.q, self.controller.limiter
        if np.abs(q - limiter.q).max() > 1e-9:
            pos, rot = self.controller.kinematics.tcp(q)
            limiter.put(q, self.joints.limiter.v, limiter.inside(pos), rot)

    def hold(self, seconds: float) -> None:
        """Keep the commanded pose for a while."""
        for _ in range(round(seconds / TICK)):
            self.observe()
            self.command(self.controller.held())

    def stop(self, reason: str = "") -> None:
        """Stop now and stay stopped until re-armed; from any thread."""
        self.joints.stop(reason or "stopped by its user")

    def arm(self, ids: npt.NDArray[np.int_] | None = None) -> None:
        """(Re-)arm from the measured pose; what is held stays held.

        Raises:
          StaleState, Refused: as ``RosJoints.arm``.
        """
        self.gripper.forget()
        self.joints.arm()
        self._refresh()
        opening = self._opening(self.joints.now)
        told = self.gripper.aperture
        if told is not None and told < opening - SQUEEZE:
            opening = told
        self.controller.arm(np.zeros(1, int), self.joints.limiter.q, np.array([opening]))

    def rows(self) -> dict[str, npt.NDArray[np.generic]]:
        """See ``WorldRobot``: what the gripper was told last, since what it holds it presses."""
        return {"aperture": self.controller.aperture}

    def ready(self) -> None:
        """Arm it, if it never was, or was let go of; a stop stays one."""
        if idle(self.joints.stopped):
            self.arm()

    @property
    def late(self) -> bool:
        """Whether it is stopped for no other reason than that this program was late."""
        return self.joints.stopped.startswith(LATE)

    def release(self) -> None:
        """Stop, and take no command until it is armed again; what is held stays held.

        Returns when it is at rest, and the twin shows where.
        """
        self.joints.stop(OVER)
        self.joints.rest()
        with contextlib.suppress(StoppedError):  # it is not seen: whoever arms it next is told
            self._refresh()

    def _grip_ended(self, status: GoalStatus) -> None:
        data = {"status": status, "result": self.gripper.result, "trouble": self.gripper.trouble}
        tell(self.joints.events, RobotEvent(self.joints.now, "gripper", data))

    def _tell_gripper(self, opening: float) -> None:
        tell(self.joints.events, RobotEvent(self.joints.now, "gripper", {"aperture": opening}))


def _tracker(robot: RosRobot, tags: TagFile) -> TagTracker:
    """Feeds the twin of a robot; ValueError where there are tags on what the scene has not."""
    for name in tags.tags:
        check_known("thing with tags", name, robot.world.bodies)
    joints = robot.joints
    return TagTracker(robot.profile, joints.transport, tags, robot.twin.frames, lambda: joints.now)


def _check(profile: Profile, scene: Scene) -> Gripper:
    """ValueError, naming what does not fit, unless plans for the scene can run on the robot."""
    name = f"profile {profile.name!r}"
    if not same_robot(profile.robot, scene.robot):
        raise ValueError(f"{name} is of robot {profile.robot!r}, the scene needs {scene.robot!r}")
    if scene.held is not None:
        raise ValueError(f"scene {scene.name!r}: a tool held in a hand is not supported over ROS")
    if profile.gripper is None:
        raise ValueError(f"{name} has no gripper: its joints can be moved, plans cannot be run")
    if not profile.gripper.joints:
        raise ValueError(
            f"{name}: nothing reports the opening of its gripper, so that nobody sees whether it"
            " holds something, and plans cannot be run; name the joint that does (gripper: joints)"
        )
    parts = profile.commands.rate * TICK
    if abs(parts - round(parts)) > 1e-9 or parts < 1:
        raise ValueError(
            f"{name}: commands.rate must be a multiple of {1 / TICK:g} Hz for plans and policies,"
            f" got {profile.commands.rate:g}"
        )
    return profile.gripper


def _controller(profile: Profile, gripper: Gripper, scene: Scene, parts: int) -> ArmController:
    """A controller that keeps to the limits of the profile too.

    A target is sent in ``parts`` steps, each of which may change the speed as much as a whole
    control period may: hence the acceleration.
    """
    spec: RobotSpec = robot_spec(scene.robot)
    arm, effector = spec.arm, spec.effector
    limits, gate = profile.limits, make_limiter(profile)
    lower = np.maximum(arm.lower, [j.lower for j in limits])
    upper = np.minimum(arm.upper, [j.upper for j in limits])
    limb = dataclasses.replace(
        arm,
        lower=tuple(lower), upper=tuple(upper), home=tuple(np.clip(arm.home, lower, upper)),
        velocity=tuple(np.minimum(arm.velocity, gate.velocity)),
        acceleration=tuple(np.minimum(arm.acceleration, gate.acceleration) / parts),
    )  # fmt: skip
    opening = effector.opening.within(*gripper.aperture)
    grip = dataclasses.replace(effector, opening=opening)
    robot = dataclasses.replace(spec, limbs=(limb,), effectors=(grip,))
    controller = ArmController(scene.robot, scene.base, scene.workspace, 1)
    controller.robot, controller.limiter = robot, Limiter(robot, scene.workspace, 1)
    controller.in_line, controller.jaw_speed = True, np.inf
    return controller
