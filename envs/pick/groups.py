"""Observation groups of picking: named terms over ``PickState``, of the order of one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.pick.scene import CENTRE, LIFT
from habilis.envs.pick.lift import HOLD_S
from habilis.envs.pick.state import PickState
from habilis.envs.terms.term import Term

NEAR, _SIZE, _FORCE = 0.05, 0.03, 5.0  # m, m, N: what makes a number 1


def arm(e: PickState) -> Array:
    """(N, 6) commanded tool centre point from its start; how far the arm is behind it."""
    limiter = e.world.controller.limiter
    now, _ = e.world.controller.kinematics.tcp(e.world.arm_q)
    return np.concatenate(
        ((limiter.pos - e.control.home) / (2 * NEAR), (limiter.pos - now) / NEAR), 1
    )


def hand(e: PickState) -> Array:
    """(N, 2j) offsets of the joints from their targets, rad, and of the targets from the start."""
    told = e.world.ctrl
    away = e.world.held.hand.command(e.world.q) - told
    return np.concatenate((4 * away, 4 * (told - e.control.start_ctrl)), axis=1)


def goal(e: PickState) -> Array:
    """(N, 1) the tool goal, 0 closed to 1 open."""
    return e.control.openness(e.control.goal)[:, None]


def time(e: PickState) -> Array:
    """(N, 1) part of the time limit that is over."""
    return (e.steps / e.step_limit)[:, None]


def tool(e: PickState) -> Array:
    """(N, 5) opening, 0 closed to 1 open; its rate; tip height and place."""
    w = e.world
    rate = w.opening_rate / w.held.tool.joint.stroke
    tip = w.tip - (*CENTRE, 0.0)
    return np.column_stack((e.control.openness(w.opening), 0.2 * rate, tip / (2 * NEAR)))


def thing(e: PickState) -> Array:
    """(N, 7) object minus tips; how far it is up; its extent where the tips close; height; gap."""
    w, base, moving = e.world, *e.world.tips
    gap = np.linalg.norm(moving - base, axis=1)
    return np.column_stack(
        (
            (w.thing[:, :3] - (base + moving) / 2) / NEAR,
            e.monitor.height / LIFT, e.width / _SIZE, w.height / _SIZE, gap / _SIZE,
        )
    )  # fmt: skip


def grip(e: PickState) -> Array:
    """(N, 10) which pairs touch; force of each tip; time held; drift of the tool in the hand."""
    w = e.world
    drift, _ = w.drift
    return np.column_stack((w.found, w.peak[:, :2] / _FORCE, e.monitor.held / HOLD_S, drift / 0.02))


def estimate(e: PickState) -> Array:
    """(N, 6) what the latent says: object minus tips; opening that fits; gap; object's height."""
    return e.latent.read() / np.array([NEAR, NEAR, NEAR, _SIZE, _SIZE, _SIZE])


def _terms(*functions: object) -> dict[str, Term]:
    return {fn.__name__: Term(fn, limit=5.0) for fn in functions}  # type: ignore[attr-defined, arg-type]


GROUPS: Mapping[str, Mapping[str, Term]] = {
    "privileged": _terms(arm, goal, time, tool, thing, grip),
    "cloud": _terms(arm, goal, time, hand, estimate),
    "proprioception": _terms(arm, goal, time, hand),
}
"""Group to its terms: ``privileged`` knows all, ``cloud`` has joints, commands and what a latent
says of object and tool, ``proprioception`` joints and commands only."""
