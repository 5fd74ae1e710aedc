"""What a robot can do, measured: reach, opening, how it holds a block, how it follows a motion."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.loaded.named import walks
from habilis.assets.robots.registry import full_name, robot_spec
from habilis.assets.robots.spec import Limb, RobotSpec
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Scene, Thing, Workspace
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.kinematics import ArmKinematics
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World

WORKSPACE = Workspace((0.0, -0.25, 0.015), (0.45, 0.25, 0.3))
"""Of the shipped scenes, m."""
BASE: Vec3 = (-0.25, 0.0, 0.0)
BLOCK_MASS = 0.3  # kg
BLOCK = (0.04, 0.04, 0.06)  # m

REACHED = 0.002  # m by which a solved posture may miss
SHARE = 0.95  # of the places of the workspace that must be reached
OPENS = 0.06  # m, of what scenes ask a gripper to hold
CLOSES_IN = 1.0  # s
CREEP = 0.002  # m that the block may creep in the hand
SPEED, LAG = 0.1, 0.02  # m/s of the standard motion, m by which the hand may be off it
MARGIN = 0.02  # rad between home and the limits
_NEAR = 0.002  # m from a commanded opening that counts as there
_GRID = (6, 7, 4)  # places in x, y, z
_HOLD = 5.0  # s
_ROUNDS = 25


@dataclasses.dataclass(frozen=True)
class Check:
    """One line of the table.

    Attributes:
      what: was measured.
      value: in words, with its unit.
      wanted: the bound, in words; '' where there is none.
      fits: whether it is within the bound.
    """

    what: str
    value: str
    wanted: str = ""
    fits: bool = True


@dataclasses.dataclass(frozen=True)
class Reach:
    """Where the tool centre point gets, looking straight down.

    Attributes:
      points: (P, 3) places, world, m.
      short: (P,) how far it stays from each, m.
    """

    points: Array
    short: Array

    @property
    def share(self) -> float:
        """Of the places that are reached."""
        return float((self.short < REACHED).mean())

    @property
    def worst(self) -> str:
        """The place that is missed most, in words."""
        i = int(self.short.argmax())
        x, y, z = self.points[i]
        return f"cannot reach ({x:.2f}, {y:.2f}, {z:.2f}), {self.short[i]:.2f} m short"


def check_robot(name: str, workspace: Workspace = WORKSPACE, base: Vec3 = BASE) -> list[Check]:
    """Measure a robot with an arm, or a hand; for one on legs see ``envs.legged.check``.

    Args:
      name: see ``habilis.assets.robots.make_robot``.
      workspace: box in which it is to work, m.
      base: where it stands, m.

    Raises:
      ValueError: there is no such robot, or it is declared wrongly.
    """
    robot = robot_spec(name)
    if not robot.limbs:
        effector = robot.effector
        low, high = effector.aperture
        what = f"{low * 1e3:.0f} to {high * 1e3:.0f} mm"
        return [
            Check("opening", what, f"to {OPENS * 1e3:.0f} mm", high >= OPENS),
            Check("arm", "none: reach, holding and following are not measured"),
        ]
    return list(_checks(name, robot, workspace, base))


def _checks(name: str, robot: RobotSpec, workspace: Workspace, base: Vec3) -> Iterator[Check]:
    yield home_check(robot.limbs)
    reach = measure_reach(name, workspace, base)
    told = f"{reach.share:.0%} of the workspace" + ("" if reach.share == 1 else f"; {reach.worst}")
    yield Check("reach", told, f"{SHARE:.0%}", reach.share >= SHARE)
    scene = _scene(name, workspace, base)
    try:
        rig = _Rig(scene)
    except RuntimeError as e:
        yield Check("start", str(e), "reached", False)
        return
    yield from rig.opening()
    yield from rig.holding()
    yield from rig.following()


def home_check(limbs: Sequence[Limb]) -> Check:
    """How far limbs at home are from their limits."""
    rooms = {
        joint: min(home - low, high - home)
        for limb in limbs
        for joint, home, low, high in zip(
            limb.joints, limb.home, limb.lower, limb.upper, strict=True
        )
    }
    joint = min(rooms, key=lambda name: rooms[name])
    told = f"{rooms[joint]:.2f} rad from the limit of {joint}"
    return Check("home", told, f"{MARGIN:g} rad", rooms[joint] >= MARGIN)


def measure_reach(name: str, workspace: Workspace, base: Vec3) -> Reach:
    """How near the tool centre point gets to places all over a workspace, looking down."""
    axes = [
        np.linspace(low, high, count)
        for low, high, count in zip(workspace.lower, workspace.upper, _GRID, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    kinematics = ArmKinematics(name, base, len(points))
    home = np.tile(kinematics.robot.arm.home, (len(points), 1))
    middle = (np.array(workspace.lower) + workspace.upper) / 2
    q = kinematics.solve(home, np.tile(middle, (len(points), 1)))
    short = np.full(len(points), np.inf)
    for _ in range(_ROUNDS):  # beyond its reach an arm swings about: the nearest counts
        q = kinematics.solve(q, points, iterations=5)
        reached, _ = kinematics.tcp(q)
        short = np.minimum(short, np.linalg.norm(reached - points, axis=1))
    return Reach(points, short)


@functools.lru_cache(maxsize=64)
def shortfall(name: str, workspace: Workspace, base: Vec3) -> str:
    """What a robot cannot reach of a workspace, in words; '' if it reaches ``SHARE`` of it.

    A task may still be possible, as few need every corner; one that is not fails there. What a
    robot on legs reaches is not told.
    """
    if walks(name):
        return ""
    reach = measure_reach(name, workspace, base)
    if reach.share >= SHARE:
        return ""
    return f"robot {name!r} reaches {reach.share:.0%} of the workspace: it {reach.worst}"


def exchanged(scene: Scene, name: str) -> Scene:
    """A scene with another robot in the place of its own, e.g. ``ur5e+robotiq_2f85``.

    Raises:
      ValueError: there is no such robot, or one walks and the other does not.
    """
    robot = full_name(name)
    if walks(robot) != walks(scene.robot):
        one, other = ("on legs", "with an arm")[:: 1 if walks(scene.robot) else -1]
        raise ValueError(
            f"scene {scene.name!r} is for a robot {one}, as {scene.robot!r}; {robot!r} is one"
            f" {other}"
        )
    return dataclasses.replace(scene, robot=robot)


def _scene(name: str, workspace: Workspace, base: Vec3) -> Scene:
    low, high = np.array(workspace.lower), np.array(workspace.upper)
    x, y = ((low + high) / 2)[:2]
    block = Thing(
        "block", (Part("body", "box", BLOCK),), (float(x), float(y), BLOCK[2] / 2), mass=BLOCK_MASS
    )
    return Scene(
        name="check", instruction="Hold the block.", entities=(block,), workspace=workspace,
        goal=Predicate("lifted", "block", value=0.05), robot=name, base=base,
    )  # fmt: skip


class _Rig:
    """The robot in a world with the block."""

    def __init__(self, scene: Scene) -> None:
        self._robot = SimRobot(World(compile_scene(scene), 1, 1))
        self._world, self._scene = self._robot.world, scene
        self._robot.reset(published(scene, 1))
        self._effector = self._world.robot.effector

    def _go(self, goal: Array, speed: float, width: float) -> None:
        start = self._robot.controller.limiter.pos[0].copy()
        ticks = max(1, round(float(np.linalg.norm(goal - start)) / speed / TICK))
        for i in range(1, ticks + 1):
            self._tick(start + (goal - start) * i / ticks, width)

    def _stay(self, seconds: float, width: float) -> None:
        here = self._robot.controller.limiter.pos[0].copy()
        for _ in range(round(seconds / TICK)):
            self._tick(here, width)

    def _tick(self, pos: Array, width: float) -> None:
        self._robot.command(CommandBatch(pos[None], np.full(1, width)))

    def opening(self) -> Iterator[Check]:
        """Its range, and the time it takes to close all but a centimetre and to open again."""
        low, high = self._effector.aperture
        told = f"{low * 1e3:.0f} to {high * 1e3:.0f} mm"
        yield Check("opening", told, f"to {OPENS * 1e3:.0f} mm", high >= OPENS)
        for what, width in (("closing", low + 0.01), ("opening up", high)):
            took, off = 0.0, np.inf
            while took < 2 * CLOSES_IN and off > _NEAR:
                self._stay(TICK, width)
                took += TICK
                off = abs(float(self._world.aperture[0]) - width)
            told = f"{took:.2f} s" if off <= _NEAR else f"{off * 1e3:.0f} mm off after {took:.1f} s"
            yield Check(what, told, f"{CLOSES_IN:g} s", off <= _NEAR and took <= CLOSES_IN)

    def holding(self) -> Iterator[Check]:
        """Take the block from the table, lift it, hold it."""
        widest = self._effector.widest
        block = self._world.pos[0, self._world.index("block")].copy()
        above = np.array([block[0], block[1], self._scene.workspace.upper[2] - 0.05])
        grip = np.array([block[0], block[1], max(block[2] + 0.005, self._scene.workspace.lower[2])])
        self._go(above, 2 * SPEED, widest)
        self._go(grip, SPEED, widest)
        self._stay(0.3, widest)
        self._stay(0.8, self._effector.aperture[0])
        self._go(above, SPEED, self._effector.aperture[0])
        self._stay(0.5, self._effector.aperture[0])
        before = self._in_hand()
        self._stay(_HOLD, self._effector.aperture[0])
        held = bool(self._world.pos[0, self._world.index("block"), 2] > above[2] - 0.1)
        creep = float(np.linalg.norm(self._in_hand() - before))
        told = f"{creep * 1e3:.2f} mm in {_HOLD:g} s" if held else "dropped"
        yield Check(
            f"creep of a block of {BLOCK_MASS:g} kg", told, f"{CREEP * 1e3:g} mm",
            held and creep <= CREEP,
        )  # fmt: skip
        width = float(self._world.aperture[0])
        told = f"{width * 1e3:.0f} mm around {BLOCK[1] * 1e3:.0f} mm"
        yield Check("opening that is told", told, "5 mm off", abs(width - BLOCK[1]) < 0.005)

    def _in_hand(self) -> Array:
        tcp, _ = self._robot.controller.kinematics.tcp(self._world.q)
        out: Array = self._world.pos[0, self._world.index("block")] - tcp[0]
        return out

    def following(self) -> Iterator[Check]:
        """A square in the upper workspace at ``SPEED``: how far the hand is off its path."""
        low, high = np.array(self._scene.workspace.lower), np.array(self._scene.workspace.upper)
        middle, half = (low + high) / 2, (high - low) / 4
        z = float(middle[2])
        corners = [
            np.array([middle[0] + sx * half[0], middle[1] + sy * half[1], z])
            for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        ]
        width, off = self._effector.aperture[0], [0.0]
        self._go(corners[0], SPEED, width)
        for start, goal in zip(corners, corners[1:], strict=False):
            ticks = round(float(np.linalg.norm(goal - start)) / SPEED / TICK)
            for i in range(1, ticks + 1):
                want = start + (goal - start) * i / ticks
                self._tick(want, width)
                tcp, _ = self._robot.controller.kinematics.tcp(self._world.q)
                off.append(float(np.linalg.norm(tcp[0] - want)))
        told = f"{max(off) * 1e3:.1f} mm at {SPEED:g} m/s"
        yield Check("off a square", told, f"{LAG * 1e3:g} mm", max(off) <= LAG)
