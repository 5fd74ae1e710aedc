"""Reward terms: (N,) in [0, 1], never less for being nearer to what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.goal import All, Any, Goal
from habilis.envs.sim.arrays import array_namespace, clip, length
from habilis.envs.terms.predicates import box as box_of
from habilis.envs.terms.predicates import evaluate

if TYPE_CHECKING:
    from habilis.envs.world.state import State


def success(state: State) -> Array:
    """1 once the goal has held for long enough and by fair means."""
    return state.monitor.success.astype(float)


def goal_share(state: State) -> Array:
    """Share of the goal's predicates that hold; the best alternative of an ``or``."""
    return _share(state, state.scene.goal)


def reach(state: State, point: str, scale: float = 0.1) -> Array:
    """1 - tanh(d / scale), d the distance from the tool centre point to a named point, m."""
    near_each = state.once(("near", scale), lambda: near(state.relative, scale))
    out: Array = near_each[:, state.frames.column(point)]
    return out


def hold(state: State, body: str) -> Array:
    """1 while all fingers touch the body."""
    return state.once(("hold", body), lambda: state.world.held(body).astype(float))


def lift(state: State, body: str, height: float = 0.05) -> Array:
    """Share of ``height`` (m) by which the body has risen since reset, while it is held."""
    return raised(state, body, height) * hold(state, body)


def raised(state: State, body: str, height: float = 0.05) -> Array:
    """Share of ``height`` (m) by which the body has risen since reset, by whatever raised it."""
    i = state.world.index(body)
    risen = (state.world.pos[:, i, 2] - state.world.start_pos[:, i, 2]) / height
    out: Array = clip(risen, 0.0, 1.0)
    return out


def carried(state: State, tool: str, way: float = 0.05) -> Array:
    """Share of ``way`` (m) that a hand tool has come since reset, while a hand is closed on one."""
    i = state.world.index(tool)
    come = length(state.world.pos[:, i] - state.world.start_pos[:, i]) / way
    out: Array = clip(come, 0.0, 1.0) * state.world.grips.held
    return out


def into(state: State, names: tuple[str, ...], box: str, scale: float = 0.05) -> Array:
    """Mean nearness of things to the box around another, 1 for those whose middle is inside."""
    low, high = box_of(state.world, box)
    near_each = []
    for name in names:
        at = state.world.pos[:, state.world.index(name)]
        near_each.append(near(at - np.minimum(np.maximum(at, low), high), scale))
    mean: Array = np.mean(near_each, axis=0)
    return mean


def outside(state: State, point: str) -> Array:
    """(N, 3) by how much a named point lies outside the workspace box, signed, m."""
    return state.once(("outside", point), lambda: _outside(state, point))


def near(gap: Array, scale: float) -> Array:
    """1 - tanh(|gap| / scale) of vectors (N, k): 1 at 0, falling towards 0."""
    out: Array = 1.0 - array_namespace(gap).tanh(length(gap) / scale)
    return out


def _outside(state: State, point: str) -> Array:
    at = state.point(point)
    return at - state.controller.limiter.inside(at)


def _share(state: State, goal: Goal) -> Array:
    if isinstance(goal, All):
        mean: Array = np.mean([_share(state, g) for g in goal.goals], axis=0)
        return mean
    if isinstance(goal, Any):
        best: Array = np.max([_share(state, g) for g in goal.goals], axis=0)
        return best
    holds: Array = evaluate(goal, state.world).astype(float)
    return holds
