"""CommandBatch: where a frame of an end effector, or of what it holds, is to go."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import check_known
from habilis.assets.robots.spec import RobotSpec
from habilis.envs.control.rotations import DOWN

TCP = ""
"""The frame of a command that is about the tool centre point itself."""


@dataclasses.dataclass(frozen=True)
class ToolGrip:
    """How a hand is to hold an articulated tool.

    Attributes:
      tool: name of the tool in the scene.
      grasp: which of the hand's stored grasps of it, 0 the best.
      closure: -1 with the fingers off it, 0 at its handles, 1 pressing on it.
    """

    tool: str
    grasp: int = 0
    closure: float = 1.0


@dataclasses.dataclass(frozen=True)
class Command:
    """What one robot is to do within the next control period.

    Attributes:
      pos: (3,) where the frame goes, world, m.
      aperture: opening of the end effector, m.
      rot: (3, 3) how the frame is turned, world.
      frame: which one: ``TCP``, or ``thing/frame`` of what the end effector holds, e.g.
        ``cup/rim``; see ``habilis.envs.world.state.named_points``.
      force: with which it presses on what it holds at the most, N; its own bound if None.
      speed: with which it opens or closes at the most, m/s; its own if None.
      effector: its name; '' is the robot's only one.
      grip: of a hand that takes up a tool. The tool centre point is then the middle of its tips,
        and once it is closed the aperture the gap between them, m.
      push: name of a thing that a robot on legs pushes with its feet, and does not step onto.
    """

    pos: Array
    aperture: float
    rot: Array = dataclasses.field(default_factory=lambda: DOWN)
    frame: str = TCP
    force: float | None = None
    speed: float | None = None
    effector: str = ""
    grip: ToolGrip | None = None
    push: str = ""


@dataclasses.dataclass(frozen=True)
class CommandBatch:
    """The same for n robots; row i is robot i's.

    Attributes:
      pos: (n, 3) where the frames go, world, m.
      aperture: (n,) openings of the end effectors, m.
      rot: (n, 3, 3) or (3, 3) how the frames are turned, world.
      frame: n names of frames.
      force: (n,) bounds, N; inf for an end effector's own.
      speed: (n,) bounds, m/s; inf for an end effector's own.
      effector: n names.
      grip: n grips of tools, or None where a hand has none.
      push: n names of things.
    """

    pos: Array
    aperture: Array
    rot: Array = dataclasses.field(default_factory=lambda: DOWN)
    frame: Sequence[str] = ()
    force: Array | None = None
    speed: Array | None = None
    effector: Sequence[str] = ()
    grip: Sequence[ToolGrip | None] = ()
    push: Sequence[str] = ()

    def row(self, i: int) -> Command:
        """The command of robot ``i``."""
        return Command(
            self.pos[i].copy(),
            float(self.aperture[i]),
            np.array(np.broadcast_to(self.rot, (len(self.pos), 3, 3))[i]),
            self.frame[i] if self.frame else TCP,
            _bound(self.force, i),
            _bound(self.speed, i),
            self.effector[i] if self.effector else "",
            self.grip[i] if self.grip else None,
            self.push[i] if self.push else "",
        )


def check_effectors(commands: CommandBatch, robot: RobotSpec) -> None:
    """ValueError, naming those there are, for a command of an end effector the robot lacks."""
    known = [effector.name for effector in robot.effectors]
    for name in set(commands.effector) - {""}:
        check_known(f"end effector of {robot.name!r}", name, known)


def _bound(bounds: Array | None, i: int) -> float | None:
    return None if bounds is None or np.isinf(bounds[i]) else float(bounds[i])


def stack(commands: Sequence[Command]) -> CommandBatch:
    """CommandBatch of n robots as one batch."""
    force = np.array([np.inf if c.force is None else c.force for c in commands])
    speed = np.array([np.inf if c.speed is None else c.speed for c in commands])
    return CommandBatch(
        np.array([c.pos for c in commands], float),
        np.array([c.aperture for c in commands], float),
        np.array([c.rot for c in commands], float),
        [c.frame for c in commands],
        force,
        speed,
        [c.effector for c in commands],
        [c.grip for c in commands],
        [c.push for c in commands],
    )
