"""A simulated robot that looks like a ROS 2 robot: what a node, a planner or our own bridge drives.

It has what the profile of the real robot has: joint states, the topic and the action of a
JointTrajectoryController, a GripperCommand action; and poses of things on ``/tf``, ``/clock``, and
a few names of its own under ``/habilis``. Stamps begin at the time of day and run with the
simulation; at speed 1 the two agree, and ``/clock`` says the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from habilis.assets.scene.model.preset import TIMESTEP
from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK
from habilis.envs.ros.grippers.jaw import Jaw
from habilis.envs.ros.grippers.served import ServedGripper
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.serving.answers import ServedHelp, offer_list
from habilis.envs.ros.serving.cameras import CameraPublisher, PublishedCameras
from habilis.envs.ros.serving.controller import Tolerances, TrajectoryController
from habilis.envs.ros.serving.life import STOPPED, ServedSimulation
from habilis.envs.ros.serving.plant import ArmPlant, make_plant
from habilis.envs.ros.serving.spline import refusal
from habilis.envs.ros.serving.states import StatePublisher
from habilis.envs.ros.serving.tagged import tags_on
from habilis.envs.ros.serving.targets import read_targets
from habilis.envs.ros.tags.file import TagFile
from habilis.envs.ros.transports.base import Message, Running, Transport
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.world import SUBSTEPS, World


class SimServer(ServedSimulation):
    """Serves a simulated arm or hand on a transport.

    Besides what the profile names it offers what ``ServedSimulation`` does; a new layout is
    answered on ``/habilis/episode``. Whether the goal of the scene was reached, by the
    simulation's own account, stands on ``/habilis/success``.

    Args:
      profile: what it looks like.
      transport: where it is served; ``offer`` connects it.
      scene: what the robot stands in; needed for an arm, of no use for a hand.
      seed: of the first layout.
      variation: how far layouts stray; see ``Variation.scaled``.
      speed: simulated s per s.
      tolerances: of the controller.
      tags: on things of the scene; cameras see them, and ``/tf`` does not tell of these things.
      pictures: of which cameras of the scene; none without.
      pictures_over: a connection of their own, so that states need not wait for them; ``transport``
        if left out.
      note: called with a line on what happens, for people.

    Attributes:
      plant: what moves.
      controller: of its joints.
    """

    def __init__(
        self,
        profile: Profile,
        transport: Transport,
        scene: Scene | None = None,
        *,
        seed: int = 0,
        variation: float = 0.0,
        speed: float = 1.0,
        tolerances: Tolerances = Tolerances(),  # noqa: B008 (frozen)
        tags: TagFile | None = None,
        pictures: PublishedCameras | None = None,
        pictures_over: Transport | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        parts = max(1, min(SUBSTEPS, round(profile.state_rate * TICK)))
        super().__init__(profile.name, transport, seed, speed, parts, profile.stop, note)
        self.profile = profile
        furnish = tags_on(tags) if tags is not None else None
        self.plant, self._about = make_plant(profile, scene, variation, furnish)
        self.plant.reset(seed)
        self.controller = TrajectoryController(profile.joints, self.plant.q, self._out, tolerances)
        arm = self.plant if isinstance(self.plant, ArmPlant) else None
        self.jaw = (
            Jaw(profile.gripper, arm.aperture, self._out) if arm and profile.gripper else None
        )
        silent = tags.tags if tags is not None else ()
        self._state_publisher = StatePublisher(profile, self.plant, self._out, silent)
        self._camera_publisher = (
            CameraPublisher(profile, self.world, pictures) if pictures else None
        )
        self._pictures_over = pictures_over or transport
        self._every = max(1, round(1 / (profile.state_rate * TICK)))

    # ---- life

    @property
    def world(self) -> World:
        """The world in which the arm's scene is simulated."""
        assert isinstance(self.plant, ArmPlant)
        return self.plant.world

    def _announce(self, timeout: float) -> list[str]:
        lines = self._state_publisher.advertise(self.transport)
        self._tell_episode()
        lines += self._take_commands()
        if self.jaw is not None:
            lines += ServedGripper(self.jaw, self, self._lock).offer(self.transport)
        lines += offer_list(self.profile, self.transport)
        help = ServedHelp(self.profile, self.jaw, self, self._recover, self._out, self._lock)
        lines += help.offer(self.transport)
        if self._camera_publisher is not None:
            self._pictures_over.connect(timeout)
            lines += self._camera_publisher.advertise(self._pictures_over)
        return lines

    def start(self) -> None:
        """See ``ServedSimulation``; pictures are drawn on a thread of their own."""
        super().start()
        if self._camera_publisher is not None:
            self._camera_publisher.start(self._pictures_over, self._look)

    def close(self) -> None:
        """Stop the threads and leave the transports; may be called twice."""
        self._closing.set()
        if self._camera_publisher is not None:
            self._camera_publisher.close()
        super().close()
        self._pictures_over.close()

    def _lay_out(self, seed: int) -> None:
        self.plant.reset(seed)
        self.controller.give_up("the simulation was reset")
        self.controller.hold(self.plant.q)
        if self.jaw is not None and isinstance(self.plant, ArmPlant):
            self.jaw.reset(self.plant.aperture)

    def _rest(self, why: str) -> None:
        self.controller.give_up(why)
        if not self._closing.is_set():
            self.controller.hold(self.plant.q)

    def _tell_episode(self) -> None:
        self._state_publisher.episode(self.seed)

    def start_from(self, state: Snapshot) -> None:
        """Stand as another world of the same scene does; call this before ``start``."""
        if self._thread is not None or not isinstance(self.plant, ArmPlant):
            raise RuntimeError("only an arm in a scene, and only before it is started")
        self.plant.take_over(state)
        self.controller.hold(self.plant.q)
        if self.jaw is not None:
            self.jaw.reset(self.plant.aperture)

    # ---- running

    def _look(self) -> tuple[Snapshot, float]:
        with self._lock:
            return self.world.save(), self.now

    def _part(self, steps: int, last: bool) -> None:
        """Part of a control period: some substeps, and what is told after them."""
        plant, controller = self.plant, self.controller
        targets = controller.targets([self.elapsed + TIMESTEP * (i + 1) for i in range(steps)])
        plant.step(*targets, self.jaw.target if self.jaw else 0.0, last)
        self._steps += steps
        count, elapsed = self._steps // SUBSTEPS, self.elapsed
        feedback = last and count % 2 == 0
        controller.watch(elapsed, plant.q, plant.qd, self.now if feedback else None)
        if last and isinstance(plant, ArmPlant):
            if self.jaw is not None:
                self.jaw.watch(elapsed, TICK, plant.aperture, plant.grip, feedback)
            plant.monitor.update(TICK)
            self._state_publisher.verdict()
            self._state_publisher.poses(self.now)
        if self._every == 1 or (last and count % self._every == 0):
            self._state_publisher.states(self.now)
        if last:
            self._state_publisher.reference(controller.reference, self.now)

    # ---- what it is told

    def _take_commands(self) -> list[str]:
        commands, transport = self.profile.commands, self.transport
        kinds = {
            "trajectory": (messages.JOINT_TRAJECTORY, self._on_trajectory),
            "joint_state": (messages.JOINT_STATE, self._on_targets),
            "float_array": (messages.FLOAT_ARRAY, self._on_targets),
        }
        kind, told = kinds[commands.style]
        transport.subscribe(commands.topic, kind, told)
        if not commands.action:
            return [f"{commands.topic}  {kind}"]
        transport.serve_action(commands.action, messages.FOLLOW, self._on_goal)
        return [f"{commands.topic}  {kind}", f"{commands.action}  {messages.FOLLOW}"]

    def _on_trajectory(self, message: Message) -> None:
        with self._lock:
            try:
                trajectory = messages.read_joint_trajectory(message)
                reason = self._refusal(trajectory)
            except MessageError as error:
                reason = str(error)
            if reason:
                self.refuse(self.profile.commands.topic, reason)
            else:
                self.controller.take(self._timed(trajectory), self.elapsed)

    def _on_goal(self, running: Running) -> str:
        with self._lock:
            try:
                goal = messages.read_follow_goal(running.goal)
                reason = self._refusal(goal.trajectory)
            except MessageError as error:
                reason = str(error)
            if reason:
                self._note(f"{self.profile.commands.action}: rejected: {reason}")
                return reason
            goal = dataclasses.replace(goal, trajectory=self._timed(goal.trajectory))
            self.controller.take_goal(running, goal, self.elapsed)
        end = goal.trajectory.points[-1].time
        self._note(f"goal of {len(goal.trajectory.points)} points, {end:.2f} s")
        return ""

    def _refusal(self, trajectory: messages.JointTrajectory) -> str:
        return self.refusal or refusal(trajectory, self.profile.joints, self.now)

    def _timed(self, trajectory: messages.JointTrajectory) -> messages.JointTrajectory:
        """With its start in simulated time; 0 is now."""
        if not trajectory.time:
            return trajectory
        return dataclasses.replace(trajectory, time=trajectory.time - self.now + self.elapsed)

    def _on_targets(self, message: Message) -> None:
        """Hold targets at once, as drivers that do not interpolate do."""
        with self._lock:
            try:
                targets = read_targets(self.profile, message)
            except MessageError as error:
                self.refuse(self.profile.commands.topic, str(error))
                return
            if self.stopped:
                self.refuse(self.profile.commands.topic, STOPPED)
            else:
                self.controller.hold(targets)
