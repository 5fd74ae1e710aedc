"""A simulated robot that looks like a ROS 2 robot: what a node, a planner or our own bridge drives.

It has what the profile of the real robot has: joint states, the topic and the action of a
JointTrajectoryController, a GripperCommand action; and poses of things on ``/tf``, ``/clock``, and
a few names of its own under ``/habilis``. Stamps begin at the time of day and run with the
simulation; at speed 1 the two agree, and ``/clock`` says the same.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from habilis.assets.scene.model.preset import TIMESTEP
from habilis.assets.scene.things import Scene
from habilis.envs.closing import Closing
from habilis.envs.control.arm import TICK
from habilis.envs.ros.grippers.jaw import Jaw
from habilis.envs.ros.grippers.served import ServedGripper
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.serving.answers import ServedHelp, offer_list
from habilis.envs.ros.serving.cameras import CameraPublisher, PublishedCameras
from habilis.envs.ros.serving.controller import Tolerances, TrajectoryController
from habilis.envs.ros.serving.outbox import Outbox
from habilis.envs.ros.serving.pace import Pace
from habilis.envs.ros.serving.plant import ArmPlant, make_plant
from habilis.envs.ros.serving.spline import refusal
from habilis.envs.ros.serving.states import StatePublisher
from habilis.envs.ros.serving.tagged import tags_on
from habilis.envs.ros.serving.targets import read_targets
from habilis.envs.ros.tags.file import TagFile
from habilis.envs.ros.transports.base import Message, Running, Transport
from habilis.envs.sim.snapshot import Snapshot
from habilis.envs.world.world import SUBSTEPS, World

STOP, RECOVER, RESET = "/habilis/stop", "/habilis/recover", "/habilis/reset"
LAYOUT = "/habilis/layout"
_STOPPED = f"stopped: call {RECOVER} first"


class SimServer(Closing):
    """Serves a simulated robot on a transport.

    Besides what the profile names it offers the Trigger services ``/habilis/stop`` (holds, ends
    goals, refuses motion until ``/habilis/recover``; also under ``profile.stop``),
    ``/habilis/recover`` and ``/habilis/reset`` (the same layout again), and takes
    ``std_msgs/msg/Int64`` on ``/habilis/layout``: the layout of that seed, answered on
    ``/habilis/episode``. Whether the goal of the scene was reached, by the simulation's own
    account, stands on ``/habilis/success``.

    Args:
      profile: what it looks like.
      transport: where it is served; ``offer`` connects it.
      scene: what the robot stands in; needed for an arm, of no use for a hand.
      seed: of the first layout.
      variation: how far layouts stray; see ``Variation.scaled``.
      speed: simulated s per s.
      tolerances: of the controller.
      from_desired: see ``TrajectoryController``.
      tags: on things of the scene; cameras see them, and ``/tf`` does not tell of these things.
      pictures: of which cameras of the scene; none without.
      pictures_over: a connection of their own, so that states need not wait for them; ``transport``
        if left out.
      note: called with a line on what happens, for people.

    Attributes:
      plant: what moves.
      controller: of its joints.
      stopped: whether it refuses motion.
      refused: messages of topics that were not taken.
      offers: a line on each name it offers, for people; empty before ``offer``.
      error: why its thread ended, if it did not end well.
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
        from_desired: bool = True,
        tags: TagFile | None = None,
        pictures: PublishedCameras | None = None,
        pictures_over: Transport | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.profile, self.transport, self.speed = profile, transport, speed
        furnish = tags_on(tags) if tags is not None else None
        self.plant, self._about = make_plant(profile, scene, variation, furnish)
        self.seed = seed
        self.plant.reset(seed)
        self._note = note or (lambda line: None)
        self._out = Outbox(transport, self._note)
        self.controller = TrajectoryController(
            profile.joints, self.plant.q, self._out, tolerances, from_desired
        )
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
        parts = max(1, min(SUBSTEPS, round(profile.state_rate * TICK)))
        edges = np.round(np.linspace(0, SUBSTEPS, parts + 1)).astype(int)
        self._parts = tuple(int(k) for k in np.diff(edges))
        self._every = max(1, round(1 / (profile.state_rate * TICK)))
        self._base, self._steps = time.time(), 0
        self._lock, self._closing = threading.RLock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._pace: Pace | None = None
        self.stopped, self.refused, self.error = False, 0, ""
        self.offers: tuple[str, ...] = ()

    # ---- life

    @property
    def world(self) -> World:
        """The world in which the arm's scene is simulated."""
        assert isinstance(self.plant, ArmPlant)
        return self.plant.world

    @property
    def now(self) -> float:
        """The time that stamps carry, s."""
        return self._base + self.elapsed

    @property
    def elapsed(self) -> float:
        """The simulated time since the server was made, s."""
        return self._steps * TIMESTEP

    @property
    def pace(self) -> tuple[int, float]:
        """How often a part of a control period came late, and the time lost in all, s."""
        return (self._pace.late, self._pace.lost) if self._pace else (0, 0.0)

    @property
    def running(self) -> bool:
        """Whether the thread of the simulation runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def refusal(self) -> str:
        """Why nothing may move now; '' if it may."""
        return _STOPPED if self.stopped else ""

    def offer(self, timeout: float = 5.0) -> None:
        """Connect and announce everything.

        Raises:
          Disconnected: the transport does not connect within ``timeout`` s.
        """
        self.transport.connect(timeout)
        self.transport.watch(self._on_link)
        lines = self._state_publisher.advertise(self.transport)
        self._state_publisher.episode(self.seed)
        lines += self._take_commands()
        if self.jaw is not None:
            lines += ServedGripper(self.jaw, self, self._lock).offer(self.transport)
        lines += offer_list(self.profile, self.transport)
        help = ServedHelp(self.profile, self.jaw, self, self._recover, self._out, self._lock)
        lines += help.offer(self.transport)
        if self._camera_publisher is not None:
            self._pictures_over.connect(timeout)
            lines += self._camera_publisher.advertise(self._pictures_over)
        for service, answer in (
            (STOP, self._on_stop), (RECOVER, self._on_recover), (RESET, self._on_reset),
        ):  # fmt: skip
            self.transport.serve(service, messages.TRIGGER, answer)
        if self.profile.stop:
            self.transport.serve(self.profile.stop, messages.TRIGGER, self._on_stop)
        self.transport.subscribe(LAYOUT, messages.INT64, self._on_layout)
        lines += [f"{STOP}, {RECOVER}, {RESET}  {messages.TRIGGER}", f"{LAYOUT}  {messages.INT64}"]
        self.offers = (*lines, *([self._about] if self._about else []))

    def start(self) -> None:
        """Offer everything, if that was not done, and run in real time on a thread."""
        if self._thread is not None:
            raise RuntimeError("it was started already")
        if not self.offers:
            self.offer()
        self._thread = threading.Thread(target=self._run, daemon=True, name="simulated robot")
        self._base += time.time() - self.now if self.speed == 1.0 else 0.0
        self._thread.start()
        if self._camera_publisher is not None:
            self._camera_publisher.start(self._pictures_over, self._look)

    def close(self) -> None:
        """Stop the thread and leave the transport; may be called twice."""
        self._closing.set()
        if self._camera_publisher is not None:
            self._camera_publisher.close()
        if self._thread is not None:
            self._thread.join(5.0)
        with self._lock:
            self.controller.give_up("the simulation has ended")
        self._out.flush()
        self._pictures_over.close()
        self.transport.close()

    def reset(self, seed: int) -> None:
        """Lay out the scene of that seed; goals end, a stop is forgotten.

        Raises:
          RuntimeError: with this variation there is no layout of that seed; nothing changes.
        """
        with self._lock:
            self.plant.reset(seed)
            self.seed, self.stopped = seed, False
            self.controller.give_up("the simulation was reset")
            self.controller.hold(self.plant.q)
            if self.jaw is not None and isinstance(self.plant, ArmPlant):
                self.jaw.reset(self.plant.aperture)
            self._state_publisher.episode(seed)
        self._note(f"layout {seed}")

    def start_from(self, state: Snapshot) -> None:
        """Stand as another world of the same scene does; call this before ``start``."""
        if self._thread is not None or not isinstance(self.plant, ArmPlant):
            raise RuntimeError("only an arm in a scene, and only before it is started")
        self.plant.take_over(state)
        self.controller.hold(self.plant.q)
        if self.jaw is not None:
            self.jaw.reset(self.plant.aperture)

    # ---- running

    def tick(self, wait: Callable[[float], float] | None = None) -> None:
        """Simulate one control period, look after goals and publish.

        Args:
          wait: called with the simulated time to wait for, s; without it nothing is waited for.
        """
        for i, steps in enumerate(self._parts):
            lost = wait((self._steps + steps) * TIMESTEP) if wait is not None else 0.0
            with self._lock:
                self._base += lost if self.speed == 1.0 else 0.0
                self._part(steps, last=i == len(self._parts) - 1)
            self._out.flush()

    def _look(self) -> tuple[Snapshot, float]:
        with self._lock:
            return self.world.save(), self.now

    def _run(self) -> None:
        first = self.elapsed
        self._pace = Pace(self.speed)
        pace = self._pace
        try:
            while not self._closing.is_set():
                self.tick(lambda until: pace.wait(until - first))
        except Exception as error:  # told by whoever looks after the server
            self.error = f"{type(error).__name__}: {error}"
            raise

    def _part(self, steps: int, last: bool) -> None:
        """Part of a control period: some substeps, and what is told after them."""
        plant, controller = self.plant, self.controller
        targets = controller.targets([self.elapsed + TIMESTEP * (i + 1) for i in range(steps)])
        plant.step(targets, self.jaw.target if self.jaw else 0.0, last)
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
                here = self.plant.q, self.plant.qd
                self.controller.take(self._timed(trajectory), self.elapsed, *here)

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
            self.controller.take_goal(running, goal, self.elapsed, self.plant.q, self.plant.qd)
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
                self.refuse(self.profile.commands.topic, _STOPPED)
            else:
                self.controller.hold(targets)

    def refuse(self, topic: str, reason: str) -> None:
        """Take note of a message that was not taken, and why."""
        self.refused += 1
        self._note(f"{topic}: refused: {reason}")

    def _on_stop(self, request: Message) -> dict[str, Any]:
        with self._lock:
            self.stopped = True
            self.controller.give_up("stopped")
            self.controller.hold(self.plant.q)
        self._note("stopped")
        return messages.answer(True, f"holding; {RECOVER} lets it move again")

    def _on_recover(self, request: Message) -> dict[str, Any]:
        return messages.answer(True, "" if self._recover() else "it was not stopped")

    def _recover(self) -> bool:
        """End the stop; whether there was one."""
        with self._lock:
            was, self.stopped = self.stopped, False
        self._note("recovered")
        return was

    def _on_reset(self, request: Message) -> dict[str, Any]:
        self.reset(self.seed)
        return messages.answer(True, f"layout {self.seed}")

    def _on_layout(self, message: Message) -> None:
        seed = message.get("data")
        if not isinstance(seed, int) or seed < 0:
            self.refuse(LAYOUT, f"expected a seed >= 0, got {seed!r}")
            return
        try:
            self.reset(seed)
        except RuntimeError as error:
            self.refuse(LAYOUT, str(error))

    def _on_link(self, back: bool) -> None:
        """What latecomers are to hear, the other side forgot with the connection."""
        if back:
            with self._lock:
                self._state_publisher.episode(self.seed)
