"""What a robot on legs can do, measured: how it stands, walks and steps up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.legged.standing import standing
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import CommandBatch
from habilis.envs.legged.robot import LeggedRobot
from habilis.envs.legged.steering import SPEED
from habilis.envs.legged.ways import STEP
from habilis.envs.robot.check import Check, home_check
from habilis.envs.robot.robot import published
from habilis.envs.world.world import World

SUNK = 0.03  # m that it may stand lower or higher than told
UPRIGHT, LIES = 0.9, 0.5  # cosine of its tilt as it stands, at the least; and when it has fallen
THERE = 0.05  # m off a goal that count as there
WALK = 1.5  # m
SLOWEST = 0.4  # of the speed that it is told
_STAND, _FOR = 2.0, 12.0  # s
_AHEAD = 1.0  # m to the step


def check_legs(robot: RobotSpec) -> Iterator[Check]:
    """Stand, walk ahead over even ground, and go up a step of the height that skills ask for."""
    assert robot.legs is not None
    yield home_check(robot.limbs)
    mass, size = standing(robot.name)
    yield Check("mass", f"{mass:.1f} kg, {size[0]:.2f} m long, {size[1]:.2f} m wide")
    rig = _Rig(robot.name, step=False)
    rig.stay(_STAND)
    off = rig.height - robot.legs.height
    told = f"{off * 1e3:+.0f} mm off {robot.legs.height:.2f} m after {_STAND:g} s"
    yield Check("stands", told, f"{SUNK * 1e3:g} mm", abs(off) < SUNK and rig.upright > UPRIGHT)
    yield from rig.walking(f"walks {WALK:g} m", WALK)
    rig = _Rig(robot.name, step=True)
    yield from rig.walking(f"goes up {STEP:g} m", 2 * _AHEAD)


class _Rig:
    """The robot in a world, with a step before it or without."""

    def __init__(self, name: str, step: bool) -> None:
        size, far = (2.0, 2.0, STEP), _AHEAD + 1.0
        part, crate = Part("body", "box", size), Part("body", "box", (0.1, 0.1, 0.1))
        things = [Thing("crate", (crate,), (-2.0, 2.0, 0.05))]  # a scene has a thing that moves
        if step:
            things.append(Thing("step", (part,), (far, 0.0, STEP / 2), fixed=True))
        scene = Scene(
            "check", "Walk.", tuple(things), Workspace((-3.0, -3.0, 0.0), (4.0, 3.0, 1.0)),
            Predicate("moved", "crate", value=0.1), robot=name,
        )  # fmt: skip
        self._robot = LeggedRobot(World(compile_scene(scene), 1, 1))
        self._robot.reset(published(scene, 1))

    @property
    def at(self) -> Array:
        """(3,) where the trunk is, m."""
        return self._robot.trunk().pos[0]

    @property
    def height(self) -> float:
        """Of the trunk, m."""
        return float(self.at[2])

    @property
    def upright(self) -> float:
        """Cosine of its tilt."""
        return float(self._robot.trunk().rot[0, 2, 2])

    def stay(self, seconds: float) -> None:
        """Stand."""
        self._robot.hold(seconds)

    def walking(self, what: str, far: float) -> Iterator[Check]:
        """Straight ahead to a place."""
        goal, took, soon = np.array([far, 0.0, 0.0]), 0.0, far / (SLOWEST * SPEED)
        while took < _FOR and np.hypot(*(goal - self.at)[:2]) > THERE and self.upright > LIES:
            self._robot.command(CommandBatch(goal[None], np.zeros(1), np.eye(3)))
            took += TICK
        off, fell = float(np.hypot(*(goal - self.at)[:2])), self.upright <= LIES
        there = off <= THERE and not fell
        short = "falls" if fell else f"{off:.2f} m short after {took:.1f} s"
        told = f"in {took:.1f} s" if there else short
        yield Check(what, told, f"{soon:.0f} s", there and took <= soon)
