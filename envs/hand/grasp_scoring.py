"""What a grasp is worth: how still it holds, and how far its synergy moves the tool's joint."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.grasps import GraspKeyframe
from habilis.envs.hand.closing import load
from habilis.envs.hand.holding import GRAVITY, Holding
from habilis.envs.world.poses import matrices

DIRECTIONS = np.concatenate((np.eye(3), -np.eye(3)))
"""(6, 3) of gravity, in the frame of the hand."""
SWEEP_DIRECTIONS = (2, 5)  # of them, in which the joint is swept: away from the palm and to it
HOLD_S = 5.0
REACH_S, CYCLE_S = 3.0, 2.5  # s, of a sweep out to the ends, and of each way of the cycle
REACH = (-1.3, 1.4)  # of the range: the commands that the first sweep goes to
ENDS = (0.02, 0.98)  # of the range: how far the joint is wanted to go
LOST_M, LOST_RAD = 0.025, 0.6  # of the tool in the hand during a sweep
MARGIN = 0.03  # of the range, that commands stay away from those that lose the tool


@dataclasses.dataclass(frozen=True)
class Hold:
    """How K grasps held, the worst over G directions of gravity.

    Attributes:
      drift: (K,) m, of the tool's origin or tip; turn: (K,) rad, at the end or half-time.
      creep: (K,) m/s over the second half.
      kept: (K,) not dropped, not diverged.
    """

    drift: Array
    turn: Array
    creep: Array
    kept: Mask


def hold(
    world: Holding, grasps: Sequence[GraspKeyframe], directions: Array, seconds: float
) -> Hold:
    """Turn gravity on in G directions (G, 3) for each of K grasps, and wait.

    Args:
      world: of K * G simulations; they are reset.
      grasps: with keyframes.
      directions: unit vectors in the frame of the hand.
      seconds: after gravity is fully on.
    """
    _place(world, grasps, directions)
    start = _points(world)
    targets, lost = world.ctrl.copy(), world.diverged.copy()
    half = round(seconds / 2 / world.dt)
    places = []
    for _ in range(2):
        for _ in range(half):
            world.step(targets)
            lost |= world.diverged
        places.append(_points(world))
    drift = np.maximum(_apart(start, places[0]), _apart(start, places[1]))
    creep = _apart(*places) / (half * world.dt)
    lost = lost | world.dropped
    worst = (len(grasps), len(directions))
    return Hold(
        drift.reshape(worst).max(axis=1),
        world.drift[1].reshape(worst).max(axis=1),
        creep.reshape(worst).max(axis=1),
        np.array([not row.any() for row in lost.reshape(worst)]),
    )


@dataclasses.dataclass(frozen=True)
class SweepRecord:
    """What a command did along its way; shares are of the joint's range.

    Attributes:
      u: (K, T) command; q: (K, G, T) joint value, both as shares.
      drift: (K, G, T) m; turn: (K, G, T) rad, of the tool from where it was held.
      lost: (K, G, T) dropped or diverged by then.
    """

    u: Array
    q: Array
    drift: Array
    turn: Array
    lost: Mask


def sweep(
    world: Holding,
    grasps: Sequence[GraspKeyframe],
    directions: Array,
    ways: Array,
    seconds: float,
) -> SweepRecord:
    """Command ``hold`` and then each of ``ways`` (K, W) in turn, ``seconds`` for each way."""
    _place(world, grasps, directions)
    stroke = world.held.tool.joint.stroke
    steps = round(seconds / world.dt)
    start = np.array([[grasp.hold / stroke] for grasp in grasps])
    knots = np.concatenate((start, ways), axis=1)
    at = np.arange(1, steps * ways.shape[1] + 1) / steps
    u = np.array([np.interp(at, np.arange(knots.shape[1]), row) for row in knots])
    count = len(directions)
    joints = np.array([g.joints(row * stroke) for g, row in zip(grasps, u, strict=True)])
    targets = np.repeat(world.held.hand.command(joints), count, axis=0)
    q: list[Array] = []
    drift: list[Array] = []
    turn: list[Array] = []
    lost: list[Mask] = []
    gone = world.diverged.copy()
    for t in range(u.shape[1]):
        world.step(targets[:, t])
        away, angle = world.drift
        gone = gone | world.diverged | (away > LOST_M) | (angle > LOST_RAD)
        q.append(world.opening / stroke)
        drift.append(away)
        turn.append(angle)
        lost.append(gone)
    shape = (len(grasps), count, u.shape[1])
    q_all, drift_all, turn_all = (np.stack(row, axis=1).reshape(shape) for row in (q, drift, turn))
    return SweepRecord(u, q_all, drift_all, turn_all, np.stack(lost, axis=1).reshape(shape))


def useful_commands(out: SweepRecord, *, closing: bool) -> Array:
    """(K,) the command that a one-way sweep need not pass, as a share of the range.

    It is where the joint first comes to ``ENDS`` in every direction of gravity; where it never
    does, the one that brought it farthest while the tool was kept, less a margin.
    """
    sign = 1.0 if closing else -1.0
    worst = (sign * out.q).min(axis=1)
    there = worst >= sign * ENDS[1 if closing else 0]
    kept = ~out.lost.any(axis=1)
    last = np.maximum(kept.sum(axis=1) - 1, 0)  # it stays lost once it is
    first = np.where((there & kept).any(axis=1), (there & kept).argmax(axis=1), -1)
    farthest = np.where(kept, worst, -np.inf).argmax(axis=1)
    index = np.where(first >= 0, first, farthest)
    u = out.u[np.arange(len(out.u)), index]
    near_loss = out.lost.any(axis=(1, 2))
    edge = out.u[np.arange(len(out.u)), last] - sign * MARGIN
    u = np.where(near_loss, sign * np.minimum(sign * u, sign * edge), u)
    hold = out.u[:, 0]
    return sign * np.maximum(sign * u, sign * hold)


def cycle_score(out: SweepRecord) -> dict[str, Array]:
    """(K,) of ``Score``'s fields from a cycle: to the open end, to the closed one, and back."""
    third = out.u.shape[1] // 3
    closing, opening = out.q[..., third : 2 * third], out.q[..., 2 * third :]
    apart = np.abs(closing[..., :-1] - opening[..., -2::-1])
    low = np.maximum(closing.min(axis=-1), opening.min(axis=-1)).max(axis=1)
    high = np.minimum(closing.max(axis=-1), opening.max(axis=-1)).min(axis=1)
    return {
        "range": np.clip(high, 0, 1) - np.clip(low, 0, 1), "low": low, "high": high,
        "hysteresis": apart.max(axis=(1, 2)),
        "reverse": np.maximum(_reverse(closing), _reverse(-opening)).max(axis=1),
        "sweep_drift": 1e3 * out.drift.max(axis=(1, 2)),
        "sweep_turn": np.degrees(out.turn.max(axis=(1, 2))),
    }  # fmt: skip


def _reverse(q: Array) -> Array:
    """(K, G) greatest fall of q (K, G, T) below what it had reached."""
    return (np.maximum.accumulate(q, axis=-1) - q).max(axis=-1)


def _place(world: Holding, grasps: Sequence[GraspKeyframe], directions: Array) -> None:
    """Reset to each grasp in each direction, and turn gravity on."""
    if world.n != len(grasps) * len(directions):
        raise ValueError(f"{len(grasps)} x {len(directions)} starts for {world.n} simulations")
    rows = [grasp for grasp in grasps for _ in directions]
    world.reset(np.arange(world.n), rows)
    load(world, GRAVITY * np.tile(directions, (len(grasps), 1)))


def _points(world: Holding) -> Array:
    """(N, 2, 3) origin and tip of the tools, m."""
    pose = world.tool_pose
    tip = world.held.tool.frames["tip"].point
    return np.stack((pose[:, :3], pose[:, :3] + matrices(pose[:, 3:]) @ np.array(tip)), axis=1)


def _apart(a: Array, b: Array) -> Array:
    """(N,) the greater of the distances between two points each, m."""
    out: Array = np.linalg.norm(a - b, axis=-1).max(axis=-1)
    return out
