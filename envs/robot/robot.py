"""The robot as an interface: what a skill sees and commands, simulated or real."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.scene.things import Scene
from habilis.envs.closing import Connecting
from habilis.envs.control.arm import TICK, ArmController, Sent
from habilis.envs.control.command import CommandBatch, ToolGrip, check_effectors
from habilis.envs.robot.held_frame import tcp_poses
from habilis.envs.world.varying.layout import Layout, Variation, sample
from habilis.envs.world.world import World

FARTHEST = 3.0  # m from its base, where no arm reaches


@dataclasses.dataclass(frozen=True)
class Observation:
    """What n robots know at one instant. Copies, not views.

    Attributes:
      time: (n,) s.
      q: (n, 7) measured joints, rad.
      tcp: (n, 3) tool centre point, world, m.
      rot: (n, 3, 3) its orientation, world.
      aperture: (n,) measured jaw opening, m.
      pos: (n, B, 3) body origins, world, m.
      quat: (n, B, 4) body orientations, wxyz.
      grip: n grips of tools, or none where no hand has one; of those that are closed ``tcp`` and
        ``rot`` are those of the middle of the tips, and ``aperture`` is the gap between them.
      force: (n,) of the harder pressing pad or tip on what is between them, N; None where it is not
        measured.
    """

    time: Array
    q: Array
    tcp: Array
    rot: Array
    aperture: Array
    pos: Array
    quat: Array
    force: Array | None = None
    grip: Sequence[ToolGrip | None] = ()


class Robot(Protocol):
    """n robots commanded at the control rate; a real one has n = 1."""

    n: int
    scene: Scene
    bodies: tuple[str, ...]

    def connect(self, timeout: float = 5.0) -> None:
        """Have it answer within ``timeout`` s; done on entering it as a context."""

    def close(self) -> None:
        """Bring it to rest and let go of it; done on leaving its context."""

    def observe(self) -> Observation:
        """The present state."""

    def command(self, commands: CommandBatch) -> Sent:
        """Go where n commands say within one control period.

        Returns when the period is over, with what was really sent.
        """

    def stop(self) -> None:
        """Stop now and stay stopped until re-armed."""


class WorldRobot(Robot, Protocol):
    """Robots with a world that stands as they do: the simulation itself, or a real robot's twin.

    Attributes:
      world: to look at; what moves in it is moved by the robots.
      controller: turns commands into targets.
      on_tick: called after every control period.
      about: what to know of a run on it; '' of a simulated one.
    """

    world: World
    controller: ArmController
    on_tick: Callable[[], None] | None
    about: str

    @property
    def late(self) -> bool:
        """Whether it is stopped, and for no other reason than that the program was late: whoever
        lets go of it may have it armed again.
        """

    def hold(self, seconds: float) -> None:
        """Keep the commanded pose for a while."""

    def arm(self, ids: Ids | None = None) -> None:
        """(Re-)arm from the measured pose; releases a latched stop."""

    def rows(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays (n, ...) of what its copy in simulation has to be told to go on from here."""

    def ready(self) -> None:
        """Be armed before the first motion, and after a release; never ends a stop."""

    def release(self) -> None:
        """Come to rest, and take no further command until it is ready again."""


class Simulated(Connecting):
    """What connecting means to a robot that is there anyway."""

    def connect(self, timeout: float = 5.0) -> None:
        """There is nothing to connect to."""

    def close(self) -> None:
        """There is nothing to let go of."""


class SimRobot(Simulated):
    """The robots of a simulated world.

    Args:
      world: what they act in.
      on_tick: called after every control period, e.g. to film or to watch the goal.
    """

    about, late = "", False

    def __init__(self, world: World, on_tick: Callable[[], None] | None = None) -> None:
        self.world, self.n, self.scene, self.bodies = world, world.n, world.scene, world.bodies
        self.controller = ArmController(
            world.scene.robot, world.scene.base, world.scene.workspace, world.n
        )
        self.on_tick = on_tick

    def reset(self, layout: Layout, ids: Ids | None = None) -> None:
        """Put simulations ``ids`` (all by default) at the layouts and arm the robot."""
        index = np.arange(self.n) if ids is None else ids
        self.world.reset(index, layout, start_joints(self.controller, self.scene))
        self.arm(index)

    def arm(self, ids: Ids | None = None) -> None:
        """(Re-)arm from the measured pose; releases a latched stop."""
        index = np.arange(self.n) if ids is None else ids
        self.controller.arm(index, self.world.q[index], self.world.aperture[index])

    def rows(self) -> dict[str, npt.NDArray[Any]]:
        """Live arrays (n, ...) of what the robots were told last, by name."""
        return self.controller.rows()

    @property
    def stopped(self) -> Mask:
        """(n,) whether the stop is latched."""
        return self.controller.limiter.stopped

    def ready(self) -> None:
        """A reset has armed it."""

    def release(self) -> None:
        """It stands where it stands: its world is stepped by commands only."""

    def observe(self) -> Observation:
        """The present state."""
        return present(self.world, self.controller)

    def command(self, commands: CommandBatch) -> Sent:
        """One control period towards the commands; returns what was sent.

        Raises:
          ValueError: not finite, no rotation, or a frame or end effector that does not exist.
          StoppedError: the stop is latched.
        """
        self.world.bound_force(commands.force)
        sent = self.resolve(commands)
        self._advance(sent)
        return sent

    def _advance(self, sent: Sent) -> None:
        self.world.advance(sent.ctrl)
        if self.on_tick is not None:
            self.on_tick()

    def resolve(self, commands: CommandBatch) -> Sent:
        """What the controller makes of the commands; nothing moves yet."""
        check_effectors(commands, self.world.robot)
        pos, rot = tcp_poses(commands, self)
        sent = self.controller.to_pose(pos, rot, commands.aperture, 1, commands.speed)
        grips = commands.grip or [None] * self.n
        return self._gripping(sent, grips, commands.aperture)

    def _gripping(self, sent: Sent, grips: Sequence[ToolGrip | None], gap: Array) -> Sent:
        """The same, with hands that have a grip of a tool told to keep it."""
        ids, targets = self.world.grips.follow(grips, gap)
        if len(ids):
            sent.ctrl[ids, :, self.world.q.shape[1] :] = targets[:, None]
        return sent

    def stop(self) -> None:
        """Latch the stop of every robot."""
        self.controller.limiter.stop()

    def hold(self, seconds: float) -> None:
        """Keep the commanded pose for a while."""
        held, gaps = self.controller.held(), self.world.grips.gaps(self.world.aperture)
        for _ in range(round(seconds / TICK)):
            sent = self.controller.to_pose(held.pos, held.rot, held.aperture, 1)
            self._advance(self._gripping(sent, self.world.grips.now, gaps))


def present(world: World, controller: ArmController) -> Observation:
    """What robots that know all of a world observe of it."""
    tcp, rot = controller.kinematics.tcp(world.q)
    held, tips = world.grips.tips(world.pose)
    tcp[held], rot[held] = tips[:, :3, 3], tips[:, :3, :3]
    return Observation(
        world.time.copy(), world.q.copy(), tcp, rot, world.grips.gaps(world.aperture),
        world.pos.copy(), world.quat.copy(), grip=world.grips.taken,
    )  # fmt: skip


def start_position(scene: Scene) -> Array:
    """(3,) where the tool centre point starts: in the upper part of the workspace, m."""
    low, high = np.array(scene.workspace.lower), np.array(scene.workspace.upper)
    start: Array = np.array([(low[0] + 2 * high[0]) / 3, (low[1] + high[1]) / 2, high[2] - 0.04])
    return start


def start_joints(controller: ArmController, scene: Scene) -> Array:
    """(7,) joints at the start position, rad; RuntimeError if the arm cannot get there."""
    kinematics = controller.kinematics
    n = controller.limiter.q.shape[0]
    goal = np.tile(start_position(scene), (n, 1))
    q = kinematics.solve(np.tile(kinematics.robot.arm.home, (n, 1)), goal)
    reached, _ = kinematics.tcp(q)
    if np.abs(reached - goal).max() > 1e-3:
        far = np.linalg.norm(goal[0] - scene.base)
        mend = "is it in m?" if far > FARTHEST else "move the base or the workspace"
        raise RuntimeError(
            f"scene {scene.name!r}: the arm cannot reach its start {goal[0].round(3).tolist()} m,"
            f" in the upper part of the workspace, {far:.2f} m from its base {scene.base} m (it"
            f" stops at {reached[0].round(3).tolist()}): {mend}"
        )
    out: Array = q[0]
    return out


def published(scene: Scene, n: int) -> Layout:
    """The layout of the scene as given, n times."""
    return sample(scene, Variation(), np.random.default_rng(0), n)
