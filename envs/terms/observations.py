"""Observation terms: (N, k) of the present state, in SI units, world axes."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array, Ids, Mask
from habilis.envs.control.arm import TICK
from habilis.envs.sim.arrays import array_namespace, clip
from habilis.envs.world.judging.monitor import enough_path
from habilis.envs.world.state import State


def joints(state: State) -> Array:
    """(N, n) measured joint angles of the arm, rad."""
    q: Array = state.world.q
    return q


def joint_speeds(state: State) -> Array:
    """(N, n) measured joint speeds of the arm, rad/s."""
    qd: Array = state.world.qd
    return qd


def tcp(state: State) -> Array:
    """(N, 3) tool centre point, m."""
    return state.tcp


def tcp_axes(state: State) -> Array:
    """(N, 6) x and y axis of the gripper, row by row (r11 r12 r21 r22 r31 r32)."""
    return state.tcp_rot[:, :, :2].reshape(state.n, 6)


def aperture(state: State) -> Array:
    """(N, 1) measured opening of the end effector as a share of the widest, 0 to 1."""
    return state.world.aperture[:, None] / state.world.robot.effector.widest


def command(state: State) -> Array:
    """(N, 4) commanded minus measured tool centre point, m; commanded opening, 0 to 1."""
    out = np.empty((state.n, 4))
    out[:, :3] = state.controller.limiter.pos - state.tcp
    out[:, 3] = state.controller.aperture / state.world.robot.effector.widest
    return out


def last_action(state: State) -> Array:
    """(N, A) last action, -1 to 1."""
    return state.action


def points(state: State) -> Array:
    """(N, 3 P) all named points (``state.frames.names``) minus the tool centre point, m."""
    return state.relative.reshape(state.n, -1)


def rotations(state: State) -> Array:
    """(N, 4 B) orientation of each tracked body, quaternion wxyz with w >= 0."""
    quat = state.world.quat
    upwards = array_namespace(quat).where(quat[..., :1] < 0, -quat, quat)
    out: Array = upwards.reshape(state.n, -1)
    return out


def openings(state: State) -> Array:
    """(N, J) opening of each joint of things and links, m or rad, in the order of ``bodies``."""
    return np.stack([state.world.opening(name) for name in state.world.jointed], axis=1)


def contacts(state: State, pairs: tuple[tuple[str, str], ...]) -> Mask:
    """(N, k) 1 where the pair was in contact during the last step, else 0."""
    return state.world.ledger.now.take(state.columns(pairs), axis=1)


def progress(state: State) -> Array:
    """(N, 1) time for which the goal has been holding, as a share of what is asked, 0 to 1."""
    hold = max(state.scene.hold, TICK)
    share: Array = clip(state.monitor.held / hold, 0.0, 1.0)
    return share[:, None]


def tool_path(state: State, pairs: tuple[tuple[str, str], ...]) -> Array:
    """(N, 1) how far a part of the tool has moved a target, as a share of what counts, 0 to 1.

    Args:
      state: of the world.
      pairs: (part of the tool, target).
    """
    columns, enough = state.kept(("tool_path", pairs), lambda: _paths(state, pairs))
    share = state.world.ledger.moved.reshape(state.n, -1).take(columns, axis=1) / enough
    return np.minimum(np.maximum.reduce(share, axis=1, initial=0.0), 1.0)[:, None]


def _paths(state: State, pairs: tuple[tuple[str, str], ...]) -> tuple[Ids, Array]:
    """Where a row of the ledger has the paths of targets, and how long they must be, m."""
    ledger = state.world.ledger
    watched = [(ledger.column(part, t), t) for part, t in pairs if ledger.has(part, t)]
    columns = [2 * column + ledger.pairs[column].index(t) for column, t in watched]
    enough = np.array([enough_path(state.scene, t) for _, t in watched], float)
    return np.array(columns, int), enough
