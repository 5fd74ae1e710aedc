"""A simulated arm driven by skills, recorded as if it were a robot that speaks ROS 2."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.robots.registry import ARMS
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import TICK, Sent
from habilis.envs.control.command import CommandBatch
from habilis.envs.robot.robot import SimRobot
from habilis.envs.ros.messages.definitions import definition
from habilis.envs.ros.profiles.profile import Commands, Gripper, JointLimits, Profile
from habilis.envs.ros.recording.recorder import RunRecorder
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Variation, sample
from habilis.envs.world.world import World
from habilis.policies.skills.attempt import Attempt
from habilis.policies.skills.executor import Runner, run
from habilis.policies.skills.skill import Skill

FR3 = ARMS["fr3"]

JOINTS = tuple(f"fr3_{name}" for name in FR3.limb.joints)
FINGERS = ("fr3_finger_joint1", "fr3_finger_joint2")


@dataclasses.dataclass(frozen=True)
class Event:
    """As ``RosJoints`` tells them."""

    time: float
    kind: str
    data: Mapping[str, Any]


def profile() -> Profile:
    """Of the arm with its gripper."""
    rows = zip(
        FR3.limb.lower, FR3.limb.upper, FR3.limb.velocity, FR3.limb.acceleration, strict=True
    )
    return Profile(
        name="fr3", robot="fr3", joints=JOINTS, limits=tuple(JointLimits(*row) for row in rows),
        states="/joint_states", state_rate=50.0,
        commands=Commands("trajectory", "/fr3_arm_controller/joint_trajectory"),
        home=FR3.limb.home, gripper=Gripper("/fr3_gripper/gripper_action", FINGERS),
        base_frame="fr3_link0", objects="object_", cameras=(("front", "/front/image"),),
    )  # fmt: skip


class Driven(SimRobot):
    """A simulated arm whose states, poses and targets go to a recorder, in simulated time.

    Args:
      scene: in which.
      path: of the recording.
      seed: of the layout.
      variation: of the layout.
      known: whether the recorder knows the scene.
      late: control periods by which commands reach the arm late.

    Attributes:
      now: s.
      bias: (7,) rad, added to the joints that are told.
      told: what the recorder was told, by kind.
      times: of the states, s.
    """

    def __init__(
        self,
        scene: Scene,
        path: Path,
        seed: int = 0,
        variation: float = 0.0,
        known: bool = True,
        late: int = 0,
    ) -> None:
        super().__init__(World(compile_scene(scene), 1), self._after)
        self.now, self.bias = 100.0, np.zeros(7)
        self.told: dict[str, list[Any]] = {}
        self.times: list[float] = []
        self.reset(sample(scene, Variation.scaled(variation), np.random.default_rng(seed), 1))
        self.recorder = RunRecorder(
            path, profile(), scene if known else None, "habilis solve --robot ros:fr3", seed,
            clock=lambda: self.now,
        )  # fmt: skip
        self._aperture = np.nan
        ctrl = np.append(self.world.q[0], self.world.aperture / 2)[None, None]
        self._ctrl, self._waiting = ctrl, [ctrl] * late
        self.tell("armed", q=self.world.q[0].copy())
        self.report()

    def tell(self, kind: str, **data: Any) -> None:
        """Tell the recorder what happened now."""
        self.told.setdefault(kind, []).append(data)
        self.recorder(Event(self.now, kind, data))

    def run(self, skills: Sequence[Skill], told: Callable[[], None] = lambda: None) -> Attempt:
        """Run skills and note the outcome; closes the file. ``told`` is called every period."""

        def watch(runner: Runner) -> None:
            self.recorder.watch(runner)
            told()

        with self.recorder:
            done = run(self, skills, Monitor(self.world), watch=watch)
            self.recorder.outcome(done.ok, done.reason)
        return done

    def command(self, commands: CommandBatch) -> Sent:
        """See ``SimRobot``."""
        sent = self.resolve(commands)
        q = sent.ctrl[0, -1, :-1]
        self.tell("sent", requested=q, sent=q, age=0.0)
        if sent.clamps.joints[0]:
            self.tell("clamped", requested=q, sent=q, age=0.0)
        if sent.aperture[0] != self._aperture:
            self._aperture = float(sent.aperture[0])
            self.tell("gripper", aperture=self._aperture)
        self._waiting.append(sent.ctrl)
        self._ctrl = self._waiting.pop(0)
        self.freeze()
        return sent

    def freeze(self) -> None:
        """Let a control period pass without a command."""
        self.world.advance(self._ctrl)
        self._after()

    def report(self) -> None:
        """Tell the recorder states and poses, as they are now."""
        state = self.joint_state()
        self.times.append(float(self.world.time[0]))
        self.told.setdefault("state", []).append(state)
        self.recorder.state(state)
        poses = self.transforms()
        self.told.setdefault("poses", []).append(poses)
        self.recorder.poses(poses)

    def joint_state(self) -> dict[str, Any]:
        """A JointState; fingers first, as drivers have their own orders."""
        half, q = float(self.world.aperture[0]) / 2, self.world.q[0] + self.bias
        qd = [0.0, 0.0, *self.world.qd[0].tolist()]
        time = float(self.world.time[0])
        return joint_state((*FINGERS, *JOINTS), [half, half, *q.tolist()], qd, time)

    def transforms(self) -> dict[str, Any]:
        """A TFMessage of all bodies in the frame of the robot's base."""
        base, out = np.array(self.scene.base), []
        for i, name in enumerate(self.world.bodies):
            x, y, z = (self.world.pos[0, i] - base).tolist()
            w, *xyz = self.world.quat[0, i].tolist()
            turn = dict(zip("xyz", xyz, strict=True)) | {"w": w}
            transform = {"translation": {"x": x, "y": y, "z": z}, "rotation": turn}
            head = header(float(self.world.time[0]), "fr3_link0")
            row = {"header": head, "child_frame_id": f"object_{name}", "transform": transform}
            out.append(row)
        return {"transforms": out}

    def _after(self) -> None:
        self.now += TICK
        self.report()


def joint_state(
    names: Sequence[str],
    q: Sequence[float | None],
    qd: Sequence[float] = (),
    time: float = 0.0,
    effort: Sequence[float] = (),
) -> dict[str, Any]:
    """A JointState as it comes from a transport."""
    return {
        "header": header(time), "name": list(names),
        "position": list(q), "velocity": list(qd), "effort": list(effort),
    }  # fmt: skip


def header(time: float, frame: str = "") -> dict[str, Any]:
    """A Header."""
    sec, nanosec = divmod(round(time * 1e9), 10**9)
    return {"stamp": {"sec": sec, "nanosec": nanosec}, "frame_id": frame}


def write_bag(path: Path, rows: Sequence[tuple[str, str, Mapping[str, Any], float]]) -> None:
    """A ROS 2 bag as others write it: (topic, type, message, time in s)."""
    from mcap_ros2.writer import Writer

    with path.open("wb") as file, Writer(file) as writer:
        schemas = {type: writer.register_msgdef(type, definition(type)) for _, type, _, _ in rows}
        for topic, type, message, time in rows:
            writer.write_message(topic, schemas[type], message, round(time * 1e9))
