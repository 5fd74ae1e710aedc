"""A simulated robot on legs that looks like a ROS 2 base: velocities in, odometry out.

The model-based gait walks at the velocities that come on the profile's topic. It knows the ground
exactly. Where nothing comes for the profile's ``timeout``, it stands.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import same_robot
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK
from habilis.envs.legged.control import PRESS, WalkControl
from habilis.envs.legged.walking import FASTEST
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.messages.fields import MessageError, number
from habilis.envs.ros.messages.transforms import transforms
from habilis.envs.ros.messages.velocity import (
    FLOAT64,
    ODOMETRY,
    TWIST,
    TWIST_STAMPED,
    OdometryMessage,
    odometry,
    read_velocity,
)
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.serving.life import ServedSimulation
from habilis.envs.ros.serving.states import CLOCK_TOPIC, EPISODE, REASON, SUCCESS, TF_TOPIC
from habilis.envs.ros.transports.base import Message, Transport
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.poses import quaternions
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import SUBSTEPS, World


class BaseServer(ServedSimulation):
    """Serves the walking robot of a scene on a transport, at 50 Hz.

    It offers what ``ServedSimulation`` does, odometry, joint states, the poses of things and of the
    robot on ``/tf``, ``/clock``, and whether the goal was reached on ``/habilis/success``.

    Args:
      profile: what it looks like.
      transport: where it is served; ``offer`` connects it.
      scene: what the robot stands in.
      seed: of the first layout.
      variation: how far layouts stray; see ``Variation.scaled``.
      speed: simulated s per s.
      note: called with a line on what happens, for people.

    Attributes:
      world: the physics.
      monitor: whether the scene's goal is reached.

    Raises:
      ValueError: profile and scene do not go together.
    """

    def __init__(
        self,
        profile: BaseProfile,
        transport: Transport,
        scene: Scene,
        *,
        seed: int = 0,
        variation: float = 0.0,
        speed: float = 1.0,
        note: Callable[[str], None] | None = None,
    ) -> None:
        if not same_robot(profile.robot, scene.robot):
            raise ValueError(
                f"profile {profile.name!r} is of robot {profile.robot or 'none'!r}, scene"
                f" {scene.name!r} has the robot {scene.robot!r}"
            )
        super().__init__(profile.name, transport, seed, speed, 1, profile.stop, note)
        self.profile, self._variation = profile, Variation.scaled(variation)
        self.world = World(compile_scene(scene), nthread=1)
        self.monitor, self._control = Monitor(self.world), WalkControl(self.world, TICK)
        self._effort = self.world.sim.bind("actuator_force")
        self._velocity, self._force, self._heard = np.zeros(3), -1.0, -np.inf
        self._told: tuple[bool, str] | None = None
        self._lay_out(seed)

    def start_from(self, state: Snapshot) -> None:
        """Stand as another world of the same scene does; call this before ``start``."""
        if self._thread is not None:
            raise RuntimeError("only before it is started")
        self.world.restore(state)
        self.monitor.reset(np.arange(1))
        self._control.reset(np.arange(1))

    # ---- what it offers

    def _announce(self, timeout: float) -> list[str]:
        profile, transport, commands = self.profile, self.transport, self.profile.commands
        kind = TWIST_STAMPED if commands.stamped else TWIST
        transport.subscribe(commands.topic, kind, self._on_velocity)
        if commands.pushing:
            transport.subscribe(commands.pushing, FLOAT64, self._on_force)
        kinds = {
            profile.odometry.topic: ODOMETRY, CLOCK_TOPIC: messages.CLOCK, TF_TOPIC: messages.TF,
        }  # fmt: skip
        if profile.joints:
            kinds[profile.states] = messages.JOINT_STATE
        for topic, type in kinds.items():
            transport.advertise(topic, type)
        for topic, type in (
            (SUCCESS, messages.BOOL), (REASON, messages.STRING), (EPISODE, messages.INT64),
        ):  # fmt: skip
            transport.advertise(topic, type, latched=True)
        self._tell_episode()
        things = ", ".join(profile.objects + name for name in self.world.bodies)
        pushes = [f"{commands.pushing}  {FLOAT64}"] if commands.pushing else []
        return [
            f"{commands.topic}  {kind}, stands after {commands.timeout:g} s without", *pushes,
            *(f"{topic}  {type}" for topic, type in kinds.items()),
            f"{TF_TOPIC}  in {profile.odometry.frame}: {profile.base_frame}, {things}",
            f"{SUCCESS}, {REASON}  whether the goal of the scene was reached, else why it is lost",
            f"{EPISODE}  seed of the layout, after each reset",
        ]  # fmt: skip

    # ---- running

    def _part(self, steps: int, last: bool) -> None:
        late = self.elapsed - self._heard > self.profile.commands.timeout
        if self.stopped or late:
            self._velocity, self._force = np.zeros(3), -1.0
        push = max(self._force, 0.0) / PRESS if self._force >= 0 else -1.0
        action = np.append(self._velocity / FASTEST, push)
        for _ in self._control.act(np.clip(action, -1.0, 1.0)[None]):
            pass
        self._steps += SUBSTEPS
        self.monitor.update(TICK)
        self._verdict()
        self._tell_state()

    def _tell_state(self) -> None:
        profile, world, now = self.profile, self.world, self.now
        pos, rot = (value[0] for value in world.trunk)
        quat = quaternions(rot[None])[0]
        velocity = _velocity(rot, world.trunk_velocity[0])
        frame, base = profile.odometry.frame, profile.base_frame
        told = OdometryMessage(now, frame, base, pos, quat, velocity)
        self._out.publish(profile.odometry.topic, odometry(told))
        self._out.publish(CLOCK_TOPIC, messages.clock(now))
        frames = [base, *(profile.objects + name for name in world.bodies)]
        at, turns = np.vstack((pos, world.pos[0])), np.vstack((quat, world.quat[0]))
        self._out.publish(TF_TOPIC, transforms(frame, frames, at, turns, now))
        if profile.joints:
            effort = self._effort[0, world.columns.arm_servos]
            state = messages.joint_state(profile.joints, world.q[0], world.qd[0], effort, now, base)
            self._out.publish(profile.states, state)

    def _verdict(self) -> None:
        verdict = (bool(self.monitor.success[0]), str(self.monitor.failure[0]))
        if verdict != self._told:
            self._told = verdict
            self._out.publish(SUCCESS, {"data": verdict[0]})
            self._out.publish(REASON, {"data": verdict[1]})

    def _tell_episode(self) -> None:
        self._told = None
        self._verdict()
        self._out.publish(EPISODE, {"data": self.seed})

    def _lay_out(self, seed: int) -> None:
        world, rng, all = self.world, np.random.default_rng(seed), np.arange(1)
        layout = sample(world.scene, self._variation, rng, 1)
        world.reset(all, layout, world.robot.home)
        self._control.reset(all)
        self.monitor.reset(all)
        self._rest("")

    def _rest(self, why: str) -> None:
        self._velocity, self._force, self._heard = np.zeros(3), -1.0, -np.inf

    # ---- what it is told

    def _on_velocity(self, message: Message) -> None:
        try:
            velocity, reason = read_velocity(message), self.refusal
        except MessageError as error:
            velocity, reason = np.zeros(3), str(error)
        if not np.isfinite(velocity).all():
            reason = f"not a number: {velocity.tolist()}"
        if reason:
            self.refuse(self.profile.commands.topic, reason)
            return
        with self._lock:
            self._velocity, self._heard = velocity, self.elapsed

    def _on_force(self, message: Message) -> None:
        try:
            force = number(message, "data", "Float64")
        except MessageError as error:
            self.refuse(self.profile.commands.pushing, str(error))
            return
        with self._lock:
            self._force = force if np.isfinite(force) else -1.0


def _velocity(rot: Array, moving: Array) -> Array:
    """(3,) forward, left and turning of a trunk, from its velocity (6,) as ``World`` has it."""
    yaw = np.arctan2(rot[1, 0], rot[0, 0])
    c, s = np.cos(yaw), np.sin(yaw)
    x, y = moving[:2]
    return np.array([c * x + s * y, c * y - s * x, (rot @ moving[3:])[2]])
