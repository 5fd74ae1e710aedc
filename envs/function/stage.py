"""What the function tests share: hands that hold a tool, something to work on, and a verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Mask
from habilis.assets.grasps import GraspKeyframe, load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.tools import make_tool
from habilis.assets.tools.spec import Half
from habilis.assets.workpieces import HAND_TOUCH, JOINT, Work, add_rod, work_touch
from habilis.envs.hand.closing import load
from habilis.envs.hand.holding import GRAVITY, Holding
from habilis.envs.hand.synergy import Synergies
from habilis.envs.world.poses import matrices, multiply

OPEN_S = 1.5  # s, to open the jaws before the work is put between them
SPREADS = {"mass": (0.5, 2.0), "springs": (0.5, 2.0), "drag": (0.5, 2.0), "friction": (0.7, 1.2),
           "gains": (0.8, 1.2)}  # fmt: skip
"""Factors are drawn from these, evenly in their logarithm."""


class Controller(Protocol):
    """Layer one: brings N tools to openings."""

    def act(self, world: Holding, goal: Array) -> Array:
        """Targets (N, a) of the servos for openings (N,) wanted, rad or m; called every step."""


Maker = Callable[[Holding, Sequence[GraspKeyframe]], Controller]
"""Makes a controller for N simulations, each with its grasp."""
Watch = Callable[[str, Holding], None]
"""Is told the stage and shown the world after every step."""


@dataclasses.dataclass(frozen=True)
class FunctionResult:
    """N runs of one function test.

    Attributes:
      function: what was to be done; tool, size: with what.
      reasons: (N,) why each failed; empty where it did not.
      measures: (N,) numbers by name, with their unit in the name.
    """

    function: str
    tool: str
    size: str
    reasons: tuple[str, ...]
    measures: dict[str, Array]

    @property
    def success(self) -> Mask:
        """(N,)."""
        return np.array([not reason for reason in self.reasons])

    def failures(self) -> dict[str, int]:
        """How many runs failed for each reason, the commonest first."""
        names, counts = np.unique([r for r in self.reasons if r], return_counts=True)
        order = np.argsort(-counts)
        return {str(names[i]): int(counts[i]) for i in order}


def draw_variation(rng: np.random.Generator, n: int) -> tuple[Array, dict[str, Array]]:
    """Gravity (n, 3) in any direction, and factors (n,) as in ``SPREADS``."""
    gravity = rng.normal(size=(n, 3))
    gravity *= GRAVITY / np.linalg.norm(gravity, axis=1, keepdims=True)
    factors = {
        name: np.exp(rng.uniform(np.log(low), np.log(high), n))
        for name, (low, high) in SPREADS.items()
    }
    return gravity, factors


class Stage:
    """N hands that hold one tool in its stored grasps, in turn, each with its own properties.

    Args:
      tool, size, hand: whose grasps.
      n: number of simulations.
      make: makes the controller.
      rng: draws the properties.
      work: adds what the tool works on.
      watch: is shown every step.

    Attributes:
      world: the simulations; gravity is on, the tool held as in its keyframe.
      stroke: of the tool's joint, rad or m.
      lost: (N,) the tool was dropped or the simulation diverged.
    """

    def __init__(
        self, tool: str, size: str, hand: str, n: int, make: Maker, rng: np.random.Generator,
        work: Work | None = None, watch: Watch | None = None,
    ) -> None:  # fmt: skip
        made, found = make_tool(tool, size), load_grasps(hand, tool, size)
        found.check(compile_hand(hand, made).model)
        compiled = compile_hand(hand, made, work=work)
        self.grasps = [found.grasps[i % len(found)] for i in range(n)]
        self.world, self.ids = Holding(compiled, n), np.arange(n)
        self.tool, self.stroke = made, made.joint.stroke
        self.synergies, self._watch = Synergies(self.grasps), watch
        self.lost: Mask = np.zeros(n, bool)
        gravity, factors = draw_variation(rng, n)
        self.world.vary(self.ids, np.zeros((n, 3)), **factors)
        self.world.reset(self.ids, self.grasps)
        load(self.world, gravity)
        self._controller = make(self.world, self.grasps)
        sim = self.world.sim
        self._mocap = sim.bind("mocap_pos"), sim.bind("mocap_quat")
        self._sensors: Array = sim.bind("sensordata")
        self._active: Array = sim.bind("eq_active")
        self._push = sim.bind("xfrc_applied")
        self._rod = sim.bind("qpos")[:, -7:] if work is add_rod else None

    # ---- moving

    def control(self, stage: str, goal: npt.ArrayLike, seconds: float) -> None:
        """Let the controller bring the tools to openings (N,) or one for all, rad or m."""
        wanted = np.broadcast_to(np.asarray(goal, float), (self.world.n,)).copy()
        for _ in range(round(seconds / self.world.dt)):
            self.step(stage, self._controller.act(self.world, wanted))

    def glide(self, stage: str, q: Array, seconds: float) -> None:
        """Move the fingers evenly to joints (N, j)."""
        start, end = self.world.ctrl.copy(), self.world.held.hand.command(q)
        steps = round(seconds / self.world.dt)
        for part in np.arange(1, steps + 1) / steps:
            self.step(stage, start + part * (end - start))

    def step(self, stage: str, targets: Array) -> None:
        """One step; then ``watch`` is told."""
        self.world.step(targets)
        self.lost = self.lost | self.world.diverged
        if self._watch:
            self._watch(stage, self.world)

    # ---- the work

    def put(self, point: npt.ArrayLike) -> None:
        """Put the work at points (N, 3) or (3,) of the base, m, turned half as far as the jaws."""
        pose, joint = self.world.tool_pose, self.tool.joint
        half = (self.world.opening - joint.closed) * joint.axis[2] / 2
        turn = np.stack((np.cos(half / 2), 0 * half, 0 * half, np.sin(half / 2)), axis=1)
        self._mocap[0][:, 0] = self.in_world(point)
        self._mocap[1][:, 0] = multiply(pose[:, 3:], turn)
        if self._rod is not None:
            self._rod[:, :3], self._rod[:, 3:] = self._mocap[0][:, 0], self._mocap[1][:, 0]

    def between(self, x: float) -> Array:
        """(N, 3) points midway between the jaws, x m from the hinge along both, in the base."""
        near = np.array((x, 0.0, 0.0))
        far = self.tool.to_base("moving", near, self.world.opening)
        out: Array = (near + far) / 2
        return out

    def in_world(self, point: npt.ArrayLike) -> Array:
        """(N, 3) points of the base, in the world, m."""
        pose = self.world.tool_pose
        turned = matrices(pose[:, 3:]) @ np.broadcast_to(point, (self.world.n, 3))[..., None]
        out: Array = pose[:, :3] + turned[..., 0]
        return out

    def in_tool(self, point: Array) -> Array:
        """(N, 3) points of the world, in the frame of the tool's base, m."""
        pose = self.world.tool_pose
        back = np.swapaxes(matrices(pose[:, 3:]), 1, 2)
        out: Array = (back @ (point - pose[:, :3])[..., None])[..., 0]
        return out

    def force(self, half: Half) -> Array:
        """(N,) net force between the work and a half of the tool, N; 0 without contact."""
        first = int(self.world.model.sensor(work_touch(half)).adr[0])
        out: Array = np.linalg.norm(self._sensors[:, first + 1 : first + 4], axis=1)
        return out

    @property
    def touched(self) -> Mask:
        """(N,) whether the work touches the tool."""
        return (self.force("base") > 0) | (self.force("moving") > 0)

    @property
    def in_hand(self) -> Mask:
        """(N,) whether anything of the hand touches the tool; of a stage with a sheet."""
        model = self.world.model
        columns = [int(model.sensor(f"{HAND_TOUCH}:{h}").adr[0]) for h in ("base", "moving")]
        return np.logical_or.reduce(self._sensors[:, columns] > 0, axis=1)

    @property
    def joined(self) -> Mask:
        """(N,) whether the work's ``JOINT`` is whole."""
        out: Mask = self._active[:, int(self.world.model.equality(JOINT).id)] > 0
        return out

    def release(self, which: Mask) -> None:
        """Break the work's ``JOINT`` where ``which`` (N,)."""
        self._active[which, int(self.world.model.equality(JOINT).id)] = 0.0

    def pull(self, body: str, force: Array) -> None:
        """Apply forces (N, 3) to a body of the work, world axes, N, until told otherwise."""
        self._push[:, int(self.world.model.body(body).id), :3] = force

    @property
    def rod(self) -> Array:
        """(N, 3) position of the rod's middle in the tool's base, m; of a stage with a rod."""
        assert self._rod is not None
        return self.in_tool(self._rod[:, :3])


def reasons(*checks: tuple[Mask, str]) -> tuple[str, ...]:
    """(N,) the first reason that holds for each run; '' if none does."""
    out = np.full(len(checks[0][0]), "", dtype=object)
    for bad, why in reversed(checks):
        out[bad] = why
    return tuple(str(reason) for reason in out)


__all__ = ["OPEN_S", "Controller", "FunctionResult", "Maker", "Stage", "Watch", "reasons"]
