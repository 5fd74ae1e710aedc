"""Robots that walk in a simulated world, commanded by where their trunks are to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.control.arm import TICK, Sent
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.limiter import Clamps, StoppedError
from habilis.envs.legged.steering import SPEED, Steering
from habilis.envs.legged.trot import Trunk
from habilis.envs.legged.walking import ON_STEPS, Walking
from habilis.envs.robot.robot import Observation, SimRobot
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World


class LeggedRobot(SimRobot):
    """The walking robots of a simulated world.

    A command is a pose of the trunk: its position in the plane, and its heading. Height and tilt
    follow from the ground. ``speed`` bounds how fast it walks, m/s, and ``force`` is with how much
    it may push what is in its way, N; where none is given it pushes as far as it does by itself.
    It has no ``controller``, which is an arm's.

    Args:
      world: what they act in.
    """

    about = ""

    def __init__(self, world: World) -> None:
        self.world, self.n, self.scene, self.bodies = world, world.n, world.scene, world.bodies
        self.on_tick, self._stopped = None, False
        self.walking, self._steering = Walking(world), Steering(self.n)

    def reset(self, layout: Layout, ids: Ids | None = None) -> None:
        """Put simulations ``ids`` (all by default) at the layouts, standing."""
        index = np.arange(self.n) if ids is None else ids
        self.world.reset(index, layout, self.world.robot.home)
        self.arm(index)

    def place(self, at: Array, heading: Array) -> None:
        """Put all robots elsewhere, standing: at (n, 2), m, with headings (n,), rad."""
        pose = self.world.sim.bind("qpos")[:, self.world.columns.base]
        pose[:, :2] = at
        pose[:, 3:] = np.outer(np.cos(heading / 2), [1, 0, 0, 0])
        pose[:, 6] = np.sin(heading / 2)
        self.world.settle(np.arange(self.n))
        self.arm()

    def arm(self, ids: Ids | None = None) -> None:
        """Stand where it is; releases a latched stop."""
        index = np.arange(self.n) if ids is None else ids
        self.walking.reset(index)
        self._steering.arrived[index] = False
        self._stopped = False

    def rows(self) -> dict[str, npt.NDArray[Any]]:
        """See ``SimRobot``."""
        return {**self.walking.rows(), "arrived": self._steering.arrived}

    @property
    def stopped(self) -> Mask:
        """See ``SimRobot``."""
        return np.full(self.n, self._stopped)

    def ready(self) -> None:
        """A reset has armed it."""

    def release(self) -> None:
        """It stands where it stands: its world is stepped by commands only."""

    def stop(self) -> None:
        """Take no further command."""
        self._stopped = True

    def trunk(self) -> Trunk:
        """Where the robots are."""
        return self.walking.trunk()

    def observe(self) -> Observation:
        """The present state; what an arm's tool centre point is to it, the trunk is here."""
        return seen(self.world)

    def command(self, commands: CommandBatch) -> Sent:
        """One control period towards the commands; returns what was sent.

        Raises:
          ValueError: not finite, or of a frame other than the trunk.
          StoppedError: the stop is latched.
        """
        if self._stopped:
            raise StoppedError("stopped: re-arm it to go on")
        if not np.isfinite(commands.pos).all() or not np.isfinite(commands.rot).all():
            raise ValueError(f"command must be finite, got {commands.pos.tolist()}")
        if any(commands.frame) or any(commands.effector) or any(commands.grip):
            raise ValueError(f"robot {self.world.robot.name!r} has nothing to take things with")
        facing = np.broadcast_to(commands.rot, (self.n, 3, 3))
        heading = np.arctan2(facing[:, 1, 0], facing[:, 0, 0])
        ctrl = self._walk(
            commands.pos[:, :2], heading, commands.speed, commands.force, commands.push
        )
        none, nothing = np.zeros(self.n, bool), np.zeros(self.n)
        clamps = Clamps(nothing, none, none, none, nothing, nothing)
        return Sent(ctrl[:, None], commands.pos, facing, nothing, clamps)

    def hold(self, seconds: float) -> None:
        """Stand where it is."""
        trunk = self.trunk()
        for _ in range(round(seconds / TICK)):
            self._walk(trunk.pos[:, :2], trunk.yaw)

    def _walk(
        self, goal: Array, heading: Array, speed: Array | None = None,
        force: Array | None = None, push: Sequence[str] = (),
    ) -> Array:  # fmt: skip
        pushed = tuple(push) or ("",) * self.n
        fast = np.where(self.walking.rough(pushed), ON_STEPS, SPEED)
        if speed is not None:
            fast = np.minimum(fast, speed)
        pushing = np.array([bool(name) for name in pushed])
        velocity = self._steering.velocity(self.trunk(), goal, heading, fast, pushing)
        press = None if force is None else np.where(np.isfinite(force), force, 0.0)
        targets = self.walking.step(velocity, pushed, press)
        if self.on_tick is not None:
            self.on_tick()
        return targets


def seen(world: World) -> Observation:
    """What robots on legs that know all of a world observe of it."""
    pos, rot = world.trunk
    return Observation(
        world.time.copy(), world.q.copy(), pos.copy(), rot, np.zeros(world.n), world.pos.copy(),
        world.quat.copy(),
    )  # fmt: skip
