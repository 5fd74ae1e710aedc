"""A registered task on a robot behind the bridge: same actions, same observation terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from habilis.assets.arrays import Ids
from habilis.assets.names import check_known
from habilis.envs.arm.control import ArmControl
from habilis.envs.control.arm import TICK, Sent
from habilis.envs.core import Core
from habilis.envs.observer import Row
from habilis.envs.parts import (
    Generators,
    Parts,
    Rows,
)
from habilis.envs.ros.robot.robot import RosRobot
from habilis.envs.task import TICKS, Group, TaskSpec
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.seeing.cameras import ScenePictures
from habilis.envs.world.state import State

UNMEASURED = ("force", "peak")
"""Fields of the contact ledger that poses of things cannot tell."""


class NotMeasured(RuntimeError):
    """Raised when a term asks for something that a robot behind the bridge does not tell."""


class _LiveControl(ArmControl):
    """Actions are sent to the robot."""

    def __init__(self, robot: RosRobot, task: TaskSpec) -> None:
        super().__init__(robot.world, robot.controller, task.control, TICKS * TICK)
        self._robot = robot

    def reset(self, ids: Ids) -> None:
        """Arm the robot where it stands."""
        self._robot.ready()
        self.action[ids] = 0.0

    def _advance(self, sent: Sent) -> None:
        self._robot.follow(sent)
        self._robot.observe()


class _Standing:
    """A ``Start`` that moves nothing: things are where they lie."""

    def __init__(self, robot: RosRobot) -> None:
        self._robot = robot

    def place(self, ids: Ids, rngs: Generators) -> None:
        """Look."""
        self._robot.observe()

    def rows(self) -> Rows:
        """Nothing."""
        return {}


class LiveCore(Core):
    """One episode of a task on a robot, whose world is what the robot says of itself and things.

    Contacts are inferred from poses (see ``habilis.envs.ros.robot.twin``). A reset moves nothing:
    it arms the robot where it stands, with things as they lie.

    Args:
      task: what is done.
      robot: connected, in the task's scene.
      shown: observation group, or several.

    Raises:
      ValueError: a term of these groups needs what the robot cannot give; names both.
    """

    def __init__(
        self, task: TaskSpec, robot: RosRobot, shown: str | Sequence[str] = "state"
    ) -> None:
        for name in (shown,) if isinstance(shown, str) else shown:
            _refuse_pictures(name, task.observations)
        world, control = robot.world, _LiveControl(robot, task)
        monitor = Monitor(world)
        parts = Parts(
            world, control, _Standing(robot), monitor, State(world, control, monitor),
            world.scene.time_limit, ScenePictures(world),
        )  # fmt: skip
        super().__init__(task, 1, shown, parts=parts)
        self._refuse_unmeasured()

    def _refuse_unmeasured(self) -> None:
        """Evaluate every term once, with a ledger that has only what poses can tell."""
        world, ledger = self.state.world, self.state.world.ledger
        self.state.refresh()
        for name, reader in self.observer.readers.items():
            if not isinstance(reader, Row):
                continue
            for key, term in reader.terms.items():
                world.ledger = _Inferred(ledger)
                try:
                    term(self.state)
                except NotMeasured as error:
                    raise ValueError(f"observation term {name}/{key} needs {error}") from None
                finally:
                    world.ledger = ledger


class _Inferred:
    """A contact ledger without what poses cannot tell."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        if name in UNMEASURED:
            raise NotMeasured(f"contact forces ({name}), which a robot behind the bridge lacks")
        return getattr(self._ledger, name)


def _refuse_pictures(name: str, groups: Any) -> None:
    """Groups of cameras would show the robot's twin, not what a camera of the robot sees."""
    check_known("observation group", name, groups)
    group: Group = groups[name]
    if callable(getattr(group, "build", None)):
        raise ValueError(
            f"observation group {name!r} is a camera's: the bridge gives poses and joints to"
            " policies, and no pictures yet"
        )
