"""Hands that hold articulated tools: by which stored grasp, how firmly, and where the tips are."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask
from habilis.assets.grasps import GraspKeyframe, load_grasps, stored
from habilis.assets.hand_scene import compile_hand
from habilis.assets.names import check_known, did_you_mean
from habilis.assets.pick.stand import middle
from habilis.assets.robots.effectors.mounted_hand import lone_hand
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.things import Scene
from habilis.assets.tools.registry import make_tool
from habilis.assets.tools.spec import ArticulatedTool
from habilis.envs.control.command import ToolGrip
from habilis.envs.hand.squeeze import Squeeze, Squeezing
from habilis.envs.hand.synergy import Synergies
from habilis.envs.world.poses import matrices

GAIN, SMOOTH = 0.06, 0.2  # of an error and of a lag, a control period
_Opening = Callable[[str], Array]
_Pose = Callable[[str], tuple[Array, Array]]

SHUT = 1.0  # closure from which the fingers press as the gap between the tips asks


def joint_value(tool: ArticulatedTool, gap: Array) -> Array:
    """(N,) joint values at gaps (N,) between the tips, clipped to what the tool opens, m."""
    return tool.joint_at(np.clip(gap, 0.0, tool.max_gap))


def takeable(scene: Scene, robot: RobotSpec) -> dict[str, tuple[GraspKeyframe, ...]]:
    """The hand tools of a scene that a robot can take up, with its stored grasps of each."""
    hand = next((e.name for e in robot.effectors if e.hand is not None), "")
    tools = {e.name: e.hand_tool for e in scene.entities if e.hand_tool is not None}
    found = {name: grasps_of(hand, tool) for name, tool in tools.items()} if hand else {}
    return {name: grasps for name, grasps in found.items() if grasps}


@functools.lru_cache(maxsize=64)
def _grasps(hand: str, kind: str, size: str) -> tuple[GraspKeyframe, ...]:
    found = load_grasps(hand, kind, size)
    found.check(compile_hand(hand, make_tool(kind, size)).model)
    return found.grasps


def grasps_of(hand: str, tool: ArticulatedTool) -> tuple[GraspKeyframe, ...]:
    """The stored grasps of tools of that shape by a hand, best first; none without two arms."""
    for kind, size in stored(hand):
        if kind == tool.kind and tool.joint.kind == "hinge":
            if _shape(make_tool(kind, size)) == _shape(tool):
                return _grasps(hand, kind, size)
    return ()


def _shape(tool: ArticulatedTool) -> tuple[object, ...]:
    """What the fingers must fit: a stiffer or a rusty tool is grasped as a new one is."""
    return tool.parts, tool.patches, tool.joint.stroke, tool.joint.closed


@functools.cache
def tcp_in_hand(hand: str) -> Array:
    """(4, 4) of a hand's tool centre point in the frame of its model."""
    _, spec = lone_hand(hand)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    out, site = np.eye(4), data.site("tcp")
    out[:3, :3], out[:3, 3] = site.xmat.reshape(3, 3), site.xpos
    return out


def tips_frames(tool: ArticulatedTool, value: Array) -> Array:
    """(N, 4, 4) of the tips in the tool's frame at joint values (N,).

    It is to a tool what the tool centre point is to a gripper: midway between the tips, z along
    the arms and outwards, y along the closing.
    """
    turn = middle(tool, value)
    out = np.tile(np.eye(4), (len(value), 1, 1))
    out[:, :3, 0], out[:, :3, 1], out[:, :3, 2] = turn[:, :, 2], -turn[:, :, 1], turn[:, :, 0]
    out[:, :3, 3] = tool.tip_midpoint(value)
    return out


def tips_in_grasp(hand: str, tool: ArticulatedTool, grasp: GraspKeyframe) -> Array:
    """(4, 4) of the tips of a tool at rest, in the hand's tool centre point, by a grasp."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = matrices(grasp.tool_pose[3:]), grasp.tool_pose[:3]
    frame = tips_frames(tool, np.zeros(1))[0]
    out: Array = np.linalg.inv(tcp_in_hand(hand)) @ pose @ frame
    return out


class Grips:
    """How the hands of N simulations hold the tools of their scene; none of them at a reset.

    A hand follows a ``ToolGrip``: off the tool at closure -1, at its handles at 0, pressing at 1.
    From there on the gap between the tips that is commanded is the tool's, brought about by
    integral control of its joint along the grasp's synergy.

    Args:
      scene: with the tools.
      robot: whose hand it is.
      n: number of simulations.
      opening: tells the joint value (N,) of the tool of that name.

    Attributes:
      tools: names of those that can be taken.
      which: (N,) row of the grip; -1 for none. closure: (N,) of it.
    """

    def __init__(self, scene: Scene, robot: RobotSpec, n: int, opening: _Opening) -> None:
        grasps = takeable(scene, robot)
        self.tools, self._opening, self.n = tuple(grasps), opening, n
        self._names = [(name, k) for name, of in grasps.items() for k in range(len(of))]
        self._grasps = [grasp for of in grasps.values() for grasp in of]
        self.which, self.closure = np.full(n, -1), np.full(n, -1.0)
        self._specs = {name: scene.entity(name).hand_tool for name in self.tools}
        if not grasps:
            return
        hand = robot.effector.hand
        assert hand is not None
        self._hand, name = hand, robot.effector.name
        specs = [self.spec(tool) for tool, _ in self._names]
        self._offsets = np.array(
            [tips_in_grasp(name, s, g) for s, g in zip(specs, self._grasps, strict=True)]
        )
        self._open = np.array([g.pre for g in self._grasps])
        self._touch = np.array([g.table[0] for g in self._grasps])
        self._synergies = Synergies([self._grasps[0]] * n)
        self._squeeze = Squeeze(n)
        self._bounds = Squeezing.of([s.joint for s in specs], [g.limits for g in self._grasps])

    def spec(self, tool: str) -> ArticulatedTool:
        """The tool of that name; KeyError names those that can be taken."""
        spec = self._specs.get(tool)
        if spec is None:
            raise KeyError(did_you_mean("tool that the hand can take", tool, self.tools))
        return spec

    @property
    def all(self) -> tuple[tuple[str, int], ...]:
        """Tool and grasp of each row of ``which``."""
        return tuple(self._names)

    @property
    def now(self) -> tuple[ToolGrip | None, ...]:
        """The grip of each hand; empty where there is no tool to take."""
        if not self.tools:
            return ()
        pairs = zip(self.which.tolist(), self.closure.tolist(), strict=True)
        return tuple(self._grip(row, closure) for row, closure in pairs)

    def _grip(self, row: int, closure: float) -> ToolGrip | None:
        if row < 0:
            return None
        tool, grasp = self._names[row]
        return ToolGrip(tool, grasp, closure)

    @property
    def taken(self) -> tuple[ToolGrip | None, ...]:
        """The grips of hands that are closed around a tool; empty if there is no tool to take."""
        held = self.held.tolist()
        return tuple(g if h else None for g, h in zip(self.now, held, strict=False))

    @property
    def held(self) -> Mask:
        """(N,) which hands are closed around a tool."""
        return (self.which >= 0) & (self.closure >= SHUT)

    def row(self, grip: ToolGrip | None) -> int:
        """Where the grip is in the tables, -1 for none; ValueError names the known ones."""
        if grip is None:
            return -1
        check_known("tool that the hand can take", grip.tool, self.tools)
        if (grip.tool, grip.grasp) not in self._names:
            count = sum(name == grip.tool for name, _ in self._names)
            raise ValueError(f"grasps of {grip.tool} are 0 to {count - 1}, got {grip.grasp}")
        return self._names.index((grip.tool, grip.grasp))

    def offset(self, grip: ToolGrip) -> Array:
        """(4, 4) of the tips in the tool centre point of a hand that closes on a tool at rest."""
        out: Array = self._offsets[self.row(grip)]
        return out

    def reset(self, ids: Ids) -> None:
        """Simulations ``ids`` (k,) begin anew, with nothing in the hand."""
        self.which[ids], self.closure[ids] = -1, -1.0

    def follow(self, grips: Sequence[ToolGrip | None], gap: Array) -> tuple[Ids, Array]:
        """What hands are told for one control period.

        Args:
          grips: N.
          gap: (N,) wanted between the tips of those that are closed, m.

        Returns:
          Which hands have a grip (k,), and targets (k, a) of their actuators.
        """
        if not self.tools and not any(grips):
            return np.zeros(0, int), np.zeros((0, 0))
        rows = np.array([self.row(grip) for grip in grips], int)
        self._take(np.flatnonzero(rows != self.which), rows)
        ids = np.flatnonzero(rows >= 0)
        if not len(ids):
            return ids, np.zeros((0, 0))
        shut = self.held
        self.closure[ids] = [grip.closure for grip in grips if grip is not None]
        opening, goal = np.zeros((2, self.n))
        for tool, mine in self._each(ids):
            opening[mine] = self._opening(tool)[mine]
            goal[mine] = joint_value(self.spec(tool), gap[mine])
        begin = ids[~shut[ids]]
        self._squeeze.begin(begin, self._synergies.hold[begin], opening[begin])
        pressing = np.flatnonzero(self.held & shut)
        bounds = self._bounds.take(np.maximum(rows, 0))
        self._squeeze.step(pressing, goal, opening, bounds, GAIN, SMOOTH)
        c, press = self.closure[ids, None], self._synergies.joints(self._squeeze.u)[ids]
        start, touch = self._open[rows[ids]], self._touch[rows[ids]]
        joints = touch + np.where(c < 0, -c * (start - touch), c * (press - touch))
        return ids, self._hand.command(joints)

    def tips(self, pose: _Pose) -> tuple[Ids, Array]:
        """Which hands are closed around a tool (k,), and where its tips are (k, 4, 4), world.

        Args:
          pose: tells position (N, 3) and rotation (N, 3, 3) of the body of that name.
        """
        ids = np.flatnonzero(self.held)
        if not len(ids):
            return ids, np.zeros((0, 4, 4))
        out = np.tile(np.eye(4), (self.n, 1, 1))
        for tool, mine in self._each(ids):
            pos, rot = pose(tool)
            frames = tips_frames(self.spec(tool), self._opening(tool)[mine])
            out[mine, :3, :3] = rot[mine] @ frames[:, :3, :3]
            out[mine, :3, 3] = pos[mine] + (rot[mine] @ frames[:, :3, 3:])[:, :, 0]
        return ids, out[ids]

    def gaps(self, aperture: Array) -> Array:
        """(N,) openings (N,) of the end effectors, but of those with a tool the gap of its tips."""
        out = np.array(aperture)
        if not self.tools:
            return out
        for tool, mine in self._each(np.flatnonzero(self.held)):
            out[mine] = self.spec(tool).gap(self._opening(tool)[mine])
        return out

    def rows(self) -> dict[str, npt.NDArray[np.generic]]:
        """Live arrays (N, ...) that make up its state, by name; none where no tool can be taken."""
        if not self.tools:
            return {}
        return {"which": self.which, "closure": self.closure, **self._squeeze.rows()}

    def refresh(self) -> None:
        """The rows were written to."""
        ids = np.flatnonzero(self.which >= 0)
        if len(ids):
            self._synergies.put(ids, [self._grasps[g] for g in self.which[ids]])

    def _take(self, ids: Ids, rows: Ids) -> None:
        """Hands ``ids`` (k,) go on with other grips, of rows (N,)."""
        self.which[ids], self.closure[ids] = rows[ids], -1.0
        taken = ids[rows[ids] >= 0]
        if len(taken):
            self._synergies.put(taken, [self._grasps[g] for g in rows[taken]])

    def _each(self, ids: Ids) -> list[tuple[str, Ids]]:
        """Each tool that some of the hands ``ids`` (k,) have a grip of, and which."""
        of = np.array([self.tools.index(name) for name, _ in self._names], int)[self.which[ids]]
        return [(self.tools[t], ids[of == t]) for t in np.unique(of)]
