"""Plays a recording back in simulation, and measures how far both are apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import same_robot
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.control.arm import TICK
from habilis.envs.robot.robot import SimRobot
from habilis.envs.ros.recording.reader import Happening, Joints, Recording, RecordingError
from habilis.envs.ros.robot.placing import place
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World

GAP = 0.1
"""s between two targets beyond which the earlier one is held, not blended into the next."""

LATEST = 0.3
"""s by which a recorded robot may follow the simulated one."""

_CONFINED = (-1.2, -1.2, -0.5), (1.2, 1.2, 1.5)  # m, around the base of a robot without a scene


@dataclasses.dataclass
class SimulatedRun:
    """What the simulation did: K control periods.

    Attributes:
      time: (K,) s since the recording began, at the end of each period.
      q: (K, n) rad.
      aperture: (K,) m.
      pos: (K, B, 3) world, m.
      quat: (K, B, 4) wxyz.
      changed: (K,) rad by which the limiter changed a target, at most.
    """

    time: Array
    q: Array
    aperture: Array
    pos: Array
    quat: Array
    changed: Array


class Rehearsal:
    """The simulated twin of a recorded run: things where they were, targets as they were sent.

    The targets pass the limits of the joints once more (those of the tool centre point they had
    behind them when they were recorded). What the robot did of itself, such as a stop by hand, is
    not in the recording and so not in the rehearsal. Stops and re-arms of the limiter are.

    Args:
      recording: of an arm.
      scene: in which; the recording's own by default.

    Attributes:
      robot: simulated, at the start.
      measured: joints as they were recorded, in the order of the robot's.
      targets: joints as they were sent; the measured ones where no targets were recorded.
      follows: it is the measured joints that are followed.
      start, end: s since the recording began: first target, end of the recording.
      opening: of the gripper as it was measured, m; None if it was not.
      monitor: of the scene's goal.
      unseen: things that stand as the scene says, as nobody saw them.
      has_goal: whether a scene, and so a goal, is known.

    Raises:
      RecordingError: it does not hold what this takes; names what is missing.
    """

    def __init__(self, recording: Recording, scene: Scene | None = None) -> None:
        self.recording = recording
        self.has_goal = scene is not None or recording.scene_name != ""
        known = recording.scene if self.has_goal else lambda: bare(recording)
        self.scene = scene or known()
        self.robot = SimRobot(World(compile_scene(self.scene), 1))
        names = self._joint_names()
        self.measured = recording.states(names).known()
        sent = recording.sent() if recording.profile else None
        self.follows = not sent
        self.targets = sent or self.measured
        if not len(self.measured):
            raise RecordingError(f"{recording.path}: the joints {', '.join(names)} never all spoke")
        self.start, self.end = float(self.targets.time[0]), recording.duration
        self.opening = recording.opening() if recording.profile else None
        self._gripper = recording.gripper() if recording.profile else None
        self._marks = [e for e in self._events() if e.kind in ("stopped", "armed")]
        self._place()
        self.monitor = Monitor(self.robot.world)

    @property
    def ticks(self) -> int:
        """Control periods of the recording."""
        return max(1, int(np.ceil((self.end - self.start) / TICK - 1e-6)))

    def run(self, told: Callable[[float], None] | None = None) -> SimulatedRun:
        """Play it, then wait for a goal that holds; ``told`` hears the time after each period."""
        log, stopped = _Log(), False
        waiting = round(self.scene.hold / TICK) if self.has_goal else 0
        marks = list(self._marks)
        for k in range(self.ticks + waiting):
            if k >= self.ticks and (self.monitor.success[0] or self.monitor.failure[0]):
                break
            now = self.start + k * TICK
            while marks and marks[0].time <= now + TICK / 2:
                stopped = self._mark(marks.pop(0))
            changed = 0.0 if stopped else self._send(min(now, self.end))
            self.robot.world.advance(self._last)
            self.monitor.update(TICK)
            log.add(now + TICK, self.robot.world, changed)
            if told is not None:
                told(now + TICK)
        return log.done()

    def aperture(self, now: float) -> float:
        """Opening asked for at a time, m; before the first, the measured one."""
        asked = self._gripper
        near = now + TICK / 2  # sent right after the joints, so perhaps noted a little later
        if asked is not None and len(asked) and near >= asked.time[0]:
            return float(asked.q[np.searchsorted(asked.time, near, "right") - 1, 0])
        return self._width(self.start) if asked is not None else self._width(now)

    def target(self, now: float) -> Array:
        """(n,) joints to send at a time, rad: between two targets in proportion."""
        time, q = self.targets.time, self.targets.q
        i = int(np.clip(np.searchsorted(time, now + 1e-6, "right") - 1, 0, len(time) - 1))
        if i + 1 == len(time) or time[i + 1] - time[i] > GAP:
            return q[i]
        part = np.clip((now - time[i]) / (time[i + 1] - time[i]), 0.0, 1.0)
        return q[i] + part * (q[i + 1] - q[i])

    def _send(self, now: float) -> float:
        """Send what was sent at that time; returns how far the limiter changed it, rad."""
        want, limiter = self.target(now)[None], self.robot.controller.limiter
        q, _ = limiter.joints.limit(want, TICK)
        limiter.accept(q, *self.robot.controller.kinematics.tcp(q), TICK)
        self._last = self.robot.world.robot.command(q, self.aperture(now))[None]
        return float(np.abs(q - want).max())

    def _mark(self, event: Happening) -> bool:
        """Whether the robot is stopped after an event; re-arms it where the recorded one was."""
        if event.kind == "armed":
            self.robot.arm()
        return event.kind == "stopped"

    def _joint_names(self) -> tuple[str, ...]:
        robot, profile = self.robot.world.robot, self.recording.profile
        if profile is not None:
            if not same_robot(profile.robot, self.scene.robot):
                raise RecordingError(
                    f"{self.recording.path} is of a robot with the kinematics of"
                    f" {profile.robot or 'no habilis robot'!r}; scene {self.scene.name!r} has"
                    f" {self.scene.robot!r}"
                )
            return profile.joints
        known = [n for n in self.recording.states().names if not n.endswith(robot.effector.joints)]
        names = []
        for joint in robot.arm.joints:
            fit = [n for n in known if n.endswith(joint)]
            if len(fit) != 1:
                raise RecordingError(
                    f"{self.recording.path}: {len(fit)} joints end in {joint!r}, which"
                    f" {robot.name!r} has once; there are: {', '.join(known)}"
                )
            names.append(fit[0])
        return tuple(names)

    def _events(self) -> list[Happening]:
        return self.recording.events()

    def _width(self, now: float) -> float:
        return (
            self.robot.world.robot.effector.widest
            if self.opening is None
            else float(self.opening.at([now])[0, 0])
        )

    def _place(self) -> None:
        """Robot and things where they were when the first target was sent."""
        robot = self.robot
        poses = dict[str, tuple[Array, Array]]()
        for name, told in self.objects().items():
            i = max(0, int(np.searchsorted(told.time, self.start, "right")) - 1)
            poses[name] = told.pos[i], told.quat[i]
        q = self.measured.at([self.start])[0]
        place(robot.world, q, self._width(self.start), poses)
        robot.arm()
        self.unseen = [e.name for e in self.scene.entities if e.name not in poses]
        self._last = robot.world.robot.command(q, self._width(self.start))[None, None]

    def objects(self) -> Mapping[str, ObjectPoses]:
        """Recorded poses of the things of the scene, in the world of the simulation."""
        if self.recording.profile is None:
            return {}
        base, known = np.array(self.scene.base), self.robot.world.bodies
        return {
            name: ObjectPoses(told.time, told.pos + base, told.quat)
            for name, told in self.recording.objects().items()
            if name in known
        }


@dataclasses.dataclass(frozen=True)
class ObjectPoses:
    """Of one thing: times (T,) s, positions (T, 3) in the world, m, orientations (T, 4) wxyz."""

    time: Array
    pos: Array
    quat: Array


class _Log:
    """Copies of the world, period by period."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, Array, float, Array, Array, float]] = []

    def add(self, time: float, world: World, changed: float) -> None:
        pos, quat = world.pos[0].copy(), world.quat[0].copy()
        row = (time, world.q[0].copy(), float(world.aperture[0]), pos, quat, changed)
        self._rows.append(row)

    def done(self) -> SimulatedRun:
        return SimulatedRun(*(np.array(column) for column in zip(*self._rows, strict=True)))


def bare(recording: Recording) -> Scene:
    """A scene with nothing but the robot, for recordings of motions alone.

    Raises:
      RecordingError: the recording does not tell which robot.
    """
    profile = recording.profile
    if profile is None or not profile.robot:
        what = "robot" if profile is None else f"habilis robot for the profile {profile.name!r}"
        raise RecordingError(f"{recording.path} names no {what}: give a scene")
    base = np.array(Scene.base)
    low, high = (tuple((base + side).tolist()) for side in _CONFINED)
    mark = Thing("mark", (Part("disc", "cylinder", (0.01, 0.001)),), (0.9, 0.6, 0.0), fixed=True)
    goal = Predicate("lifted", "mark")  # never; a scene must have one
    return Scene("bare", "", (mark,), Workspace(low, high), goal, profile.robot)


def lag(measured: Joints, run: SimulatedRun) -> float:
    """s by which the recorded robot follows the simulated one, where both then move most alike.

    It is the motion that is compared, not the place; 0 if the robot hardly moved.
    """
    seen = (run.time >= measured.time[0]) & (run.time < measured.time[-1] - LATEST)
    if seen.sum() < 10 or np.ptp(run.q[seen], axis=0).max() < 0.01:
        return 0.0
    time, steps = run.time[seen], np.diff(run.q[seen], axis=0)
    shifts = np.arange(0.0, LATEST, 0.005)
    left = [np.abs(np.diff(measured.at(time + s), axis=0) - steps).sum() for s in shifts]
    return float(shifts[int(np.argmin(left))])
