"""Candidate grasps: random poses of a tool before the hand, and fingers that reach its patches."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.scene.model.compile import Compiled
from habilis.assets.tools import ArticulatedTool, GripPatch
from habilis.envs.control.hand_kinematics import FingerContact, HandKinematics
from habilis.envs.world.poses import matrices, quaternions

ROWS = 9  # of the synergy table
LEAST = 3  # fingers: two against the thumb
HOLD = 0.55  # of the joint's range
OFF = 0.012  # m, from the surface before closing
DEPTH, RING_DEPTH = 0.006, 0.004  # m, of the commanded tips in the tool
GAP, COSINE = 0.003, 0.55  # m, and of normals: what inverse kinematics must reach
_EMPTY = np.zeros(0)


@dataclasses.dataclass(frozen=True)
class PoseBox:
    """Where poses are drawn from, for a hand whose fingers are in the places of a LEAP hand's.

    Attributes:
      x, z: of the middle between thumb and fingers, m.
      ahead: of the index finger's patch before its finger, m, along y.
      thumb: of the thumb from the index to the middle finger, m, along y.
      turn: greatest rotation about each axis, rad.
      third: probability of using a third finger where the tool has room for it.
      through: how far a tip reaches through its ring, m.
    """

    x: tuple[float, float] = (-0.015, 0.045)
    z: tuple[float, float] = (0.185, 0.230)
    ahead: tuple[float, float] = (-0.015, 0.015)
    thumb: tuple[float, float] = (0.005, 0.040)
    turn: float = 0.3
    third: float = 0.5
    through: tuple[float, float] = (0.0, 0.008)


@dataclasses.dataclass(frozen=True)
class _Poses:
    """Of M tools: mid rotation (M, 3, 3), origin (M, 3) m, shift of each patch (M, P) m."""

    turn: Array
    origin: Array
    shift: Array
    through: Array


def sample_grasps(
    compiled: Compiled, rng: np.random.Generator, count: int, box: PoseBox | None = None
) -> list[GraspKeyframe]:
    """Draw ``count`` poses of the tool; the grasps are those that every finger can follow.

    The thumb presses towards +x, the fingers towards -x; at each of ``ROWS`` joint values inverse
    kinematics puts the pads on their patches, ``DEPTH`` inside; a quarter to three quarters of
    the draws come through. They have no keyframe or score yet.
    """
    return _Sampler(compiled, box or PoseBox()).draw(rng, count)


class _Sampler:
    def __init__(self, compiled: Compiled, box: PoseBox) -> None:
        self.held, self.box = compiled.in_hand, box
        self.tool, hand = self.held.tool, self.held.hand
        self.values = np.linspace(0.0, self.tool.joint.stroke, ROWS)
        self.hold = HOLD * self.tool.joint.stroke
        self.patches = tuple(p for p in self.tool.patches if p.role in hand.fingers)
        # How much of the joint's motion the base does: fingers on a flange can stay where they are.
        self.share = 0.5 if self.tool.joint.kind == "hinge" else 0.0
        home = HandKinematics(hand.name, 1).tips(np.array([hand.home]))
        self.lanes = {finger: float(centre[0, 1]) for finger, (centre, _) in home.items()}

    def draw(self, rng: np.random.Generator, count: int) -> list[GraspKeyframe]:
        more = len(self.patches) > LEAST and rng.random(count) < self.box.third
        third = int(np.sum(more))
        grasps = self._fit(rng, count - third, self.patches[:LEAST])
        return grasps + self._fit(rng, third, self.patches)

    def _fit(
        self, rng: np.random.Generator, count: int, patches: tuple[GripPatch, ...]
    ) -> list[GraspKeyframe]:
        poses = self._poses(rng, count, patches)
        home = np.tile(np.array(self.held.hand.home), (count, 1))
        middle, good = self._solve(home, poses, patches, HOLD * self.tool.joint.stroke)
        poses, middle = _take(poses, good), middle[good]
        table = np.zeros((ROWS, *middle.shape))
        start = round(HOLD * (ROWS - 1))
        good = np.ones(len(middle), bool)
        for rows in (range(start, ROWS), range(start - 1, -1, -1)):
            q = middle
            for row in rows:
                q, fits = self._solve(q, poses, patches, self.values[row])
                table[row], good = q, good & fits
        pre, _ = self._solve(table[0], poses, patches, 0.0, off=True)
        return [self._grasp(poses, patches, table, pre, i) for i in range(len(good)) if good[i]]

    def _poses(
        self, rng: np.random.Generator, count: int, patches: tuple[GripPatch, ...]
    ) -> _Poses:
        box, mid = self.box, (np.full(count, self.hold) - self.tool.joint.closed) / 2
        turn = _euler(rng.uniform(-box.turn, box.turn, (count, 3))) @ _facing(self.tool)
        if self.tool.joint.kind == "hinge":  # the plane between the halves is what is drawn
            turn = turn @ _about(np.array(self.tool.joint.axis), -mid)
        thumb = self.lanes["index"] + rng.uniform(*box.thumb, count)
        ahead = rng.uniform(*box.ahead, count)
        x, z = rng.uniform(*box.x, count), rng.uniform(*box.z, count)
        at = np.stack([self._point(p, np.zeros(count), self.hold) for p in patches], axis=1)
        at = np.einsum("mij,mpj->mpi", turn, at)
        middle = (at[:, 0] + at[:, 1:].mean(axis=1)) / 2
        origin = np.stack([x - middle[:, 0], self.lanes["index"] + ahead - at[:, 1, 1],
                           z - middle[:, 2]], axis=1)  # fmt: skip
        wanted = np.stack([thumb, *(np.full(count, self.lanes[p.role]) for p in patches[1:])], 1)
        along = np.stack([(turn @ np.array(p.along))[:, 1] for p in patches], axis=1)
        away = wanted - at[..., 1] - origin[:, None, 1]
        shift = np.where(np.abs(along) > 0.3, away / np.where(along == 0, 1.0, along), 0.0)
        spans = np.array([p.span for p in patches])
        shift = np.clip(shift, spans[:, 0], spans[:, 1])
        return _Poses(turn, origin, shift, rng.uniform(*box.through, count))

    def _point(self, patch: GripPatch, shift: Array, value: float) -> Array:
        return self.tool.to_base(patch.half, patch.at(shift), np.full(len(shift), value))

    def _solve(
        self,
        q: Array,
        poses: _Poses,
        patches: tuple[GripPatch, ...],
        value: float,
        *,
        off: bool = False,
    ) -> tuple[Array, Mask]:
        """Hand joints on the patches at a joint value; with ``off``, away from the held tool."""
        if not len(q):
            return q, np.zeros(0, bool)
        turn, origin = (poses.turn, poses.origin) if off else self._base(poses, value)
        kinematics = HandKinematics(self.held.hand.name, len(q))
        good = np.ones(len(q), bool)
        for i, patch in enumerate(patches):
            point = self._point(patch, poses.shift[:, i], value)
            inward = np.broadcast_to(np.array(patch.normal), point.shape)
            if patch.half == "moving":
                frame = self.tool.T_bm(value)[:3, :3]
                inward = inward @ frame.T
            point = (turn @ point[..., None])[..., 0] + origin
            inward = (turn @ inward[..., None])[..., 0]
            if patch.bore:
                point = point + poses.through[:, None] * turn[:, :, 2]
            depth = self._depth(patch, off=off)
            contact: dict[str, FingerContact] = {patch.role: FingerContact(point, inward)}
            fit = kinematics.solve(q, contact, depth, iterations=12)
            q, good = fit.q, good & fit.accepted(GAP, COSINE)
        return q, good

    def _depth(self, patch: GripPatch, *, off: bool) -> float:
        if not off:
            return RING_DEPTH if patch.bore else DEPTH
        if not patch.bore:
            return -OFF
        return -(patch.bore / 2 - self.held.hand.tips[patch.role].radius)

    def _base(self, poses: _Poses, value: float) -> tuple[Array, Array]:
        """Pose of the base half: both halves share the motion from where the tool is held."""
        back = -self.share * (value - self.hold)
        axis = np.array(self.tool.joint.axis)
        if self.tool.joint.kind == "slide":
            return poses.turn, poses.origin + back * (poses.turn @ axis)
        return poses.turn @ _about(axis, np.array(back)), poses.origin

    def _grasp(
        self, poses: _Poses, patches: tuple[GripPatch, ...], table: Array, pre: Array, i: int
    ) -> GraspKeyframe:
        stroke = self.tool.joint.stroke
        pose = np.concatenate((poses.origin[i], quaternions(poses.turn[i][None])[0]))
        return GraspKeyframe(
            fingers=tuple(p.role for p in patches), tool_pose=pose, values=self.values,
            table=table[:, i], pre=pre[i], hold=self.hold, limits=(0.0, stroke),
            qpos=_EMPTY, qvel=_EMPTY, ctrl=_EMPTY, warmstart=_EMPTY,
        )  # fmt: skip


def _take(poses: _Poses, good: Mask) -> _Poses:
    return _Poses(poses.turn[good], poses.origin[good], poses.shift[good], poses.through[good])


def _facing(tool: ArticulatedTool) -> Array:
    """Rotation (3, 3) about z that makes the thumb press towards +x."""
    x, y, _ = tool.patch("thumb").normal
    yaw = np.round(-np.arctan2(y, x) / (np.pi / 2)) * np.pi / 2
    return _about(np.array([0.0, 0.0, 1.0]), np.array(yaw))


def _about(axis: Array, angle: Array) -> Array:
    """Rotations (..., 3, 3) by angles (...), rad."""
    half = angle[..., None] / 2
    return matrices(np.concatenate((np.cos(half), np.sin(half) * axis), axis=-1))


def _euler(angles: Array) -> Array:
    """Rotations (M, 3, 3) about z, y and x in turn by (M, 3) rad."""
    x, y, z = (_about(np.eye(3)[i], angles[:, i]) for i in range(3))
    return z @ y @ x
