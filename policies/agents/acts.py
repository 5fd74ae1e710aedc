"""From commands of skills to actions of an environment, of arms and of legs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Mask
from habilis.envs.arm.control import ArmControl
from habilis.envs.control.command import Command, stack
from habilis.envs.control.rotations import DOWN, turn_between
from habilis.envs.core import Core
from habilis.envs.legged.control import PRESS
from habilis.envs.legged.robot import seen
from habilis.envs.legged.steering import SPEED, Steering
from habilis.envs.legged.walking import FASTEST
from habilis.envs.robot.held_frame import tcp_poses
from habilis.envs.robot.robot import Observation, present
from habilis.envs.task import SCALES

Actions = npt.NDArray[np.float32]


class Acts(Protocol):
    """How commands become actions in one environment."""

    def reset(self, ids: Sequence[int]) -> None:
        """New episodes have begun in ``ids``."""

    def seen(self) -> Observation:
        """The true present of all episodes, as a robot would observe it."""

    def standing(self) -> list[Command]:
        """The commands that the robots of all episodes stand at."""

    def actions(self, commands: Sequence[Command]) -> Actions:
        """The actions (N, A) that come nearest to a command an episode."""

    def unsayable(self, commands: Sequence[Command]) -> Mask:
        """Of which commands (N,) there is no action."""


def acts_in(core: Core) -> Acts:
    """Those of an environment; ValueError where skills cannot act."""
    if core.task.control == "walk":
        return LegActs(core)
    if core.task.control == "joint":
        raise ValueError("skills act in 'ee', 'ee6' or 'tool' control, got 'joint'")
    if not isinstance(core.control, ArmControl):
        raise ValueError(f"skills and plans act through an arm or on legs; {core.task.id} has none")
    return ArmActs(core)


class ArmActs:
    """Of arms, in any control but that of joints; they stand pointing straight down."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def reset(self, ids: Sequence[int]) -> None:
        """Nothing to forget."""

    def seen(self) -> Observation:
        """See ``Acts``."""
        return present(self._core.world, self._core.control.controller)

    def standing(self) -> list[Command]:
        """See ``Acts``."""
        controller = self._core.control.controller
        pos, jaw = controller.limiter.pos, controller.aperture
        return [Command(pos[i].copy(), float(jaw[i])) for i in range(self._core.n)]

    def actions(self, commands: Sequence[Command]) -> Actions:
        """The ``ee``, ``ee6`` or ``tool`` actions, see ``Acts``.

        Raises:
          ValueError: a command turns the hand, and the actions are ``ee``; or it takes up a tool,
            and they are not ``tool``.
        """
        core = self._core
        wanted, limiter, mode = stack(commands), core.control.controller.limiter, core.task.control
        if any(wanted.grip) and mode != "tool":
            raise ValueError("a hand takes up tools in 'tool' control only: make the task with it")
        pos, rot = tcp_poses(wanted, core.control)
        low, high = core.world.robot.effector.aperture
        move, opening = pos - limiter.pos, (wanted.aperture - low) / (high - low) * 2 - 1
        if mode != "ee":
            move = np.hstack((move, turn_between(limiter.rot, rot)))
        elif (rot != DOWN).any():
            raise ValueError("in 'ee' control the hand cannot turn: make the task with 'ee6'")
        move = np.column_stack((move / np.array(SCALES[mode]), opening))
        if mode == "tool":
            move = np.hstack((move, [core.control.numbers(command.grip) for command in commands]))
        return np.clip(move, -1, 1).astype(np.float32)

    def unsayable(self, commands: Sequence[Command]) -> Mask:
        """See ``Acts``."""
        wanted, mode = stack(commands), self._core.task.control
        grips = np.array([grip is not None for grip in wanted.grip or [None] * len(commands)])
        turned = (tcp_poses(wanted, self._core.control)[1] != DOWN).any(axis=(1, 2))
        out: Mask = (grips & (mode != "tool")) | (turned & (mode == "ee"))
        return out


class LegActs:
    """Of robots on legs: velocities towards where their trunks are to be."""

    def __init__(self, core: Core) -> None:
        self._core, self._steering = core, Steering(core.n)

    def reset(self, ids: Sequence[int]) -> None:
        """See ``Acts``: nobody has arrived."""
        self._steering.arrived[list(ids)] = False

    def seen(self) -> Observation:
        """See ``Acts``."""
        return seen(self._core.world)

    def standing(self) -> list[Command]:
        """See ``Acts``."""
        now = self.seen()
        return [Command(now.tcp[i].copy(), 0.0, now.rot[i]) for i in range(self._core.n)]

    def actions(self, commands: Sequence[Command]) -> Actions:
        """See ``Acts``."""
        wanted = stack(commands)
        rot = np.broadcast_to(wanted.rot, (self._core.n, 3, 3))
        heading = np.arctan2(rot[:, 1, 0], rot[:, 0, 0])
        n = self._core.n
        speed = np.full(n, SPEED) if wanted.speed is None else np.minimum(wanted.speed, SPEED)
        pushing = np.array([bool(command.push) for command in commands])
        trunk = self._core.control.walking.trunk()
        velocity = self._steering.velocity(trunk, wanted.pos[:, :2], heading, speed, pushing)
        force = np.zeros(n) if wanted.force is None else wanted.force
        press = np.where(np.isfinite(force), force, 0.0) / PRESS
        out = np.column_stack((velocity / FASTEST, np.where(pushing, press, -1.0)))
        return np.clip(out, -1, 1).astype(np.float32)

    def unsayable(self, commands: Sequence[Command]) -> Mask:
        """See ``Acts``: there is an action for every command that skills of legs give."""
        return np.zeros(len(commands), bool)
