"""Observation groups of the aperture environments: named terms of ``HandState``.

Everything is scaled to be of the order of one; the unit of each term is in brackets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.aperture.pursuit import HOLD_S
from habilis.envs.terms.term import Term

_FAR = np.repeat([1 / 0.01, 1 / 0.25], 3)
_JUST = np.repeat([1 / 0.003, 1 / 0.05], 3)


def joints(e: Any) -> Array:
    """(N, j) from where the joints are in the grasp's keyframe [0.25 rad]."""
    return 4 * (e.fleet.q - e.home)


def speeds(e: Any) -> Array:
    """(N, j) [5 rad/s]."""
    return 0.2 * e.fleet.qd


def pressing(e: Any) -> Array:
    """(N, a) how far the servos' commands are ahead of the joints [0.25 rad]."""
    return 4 * (e.fleet.ctrl - e.fleet.hand.command(e.fleet.q))


def residual(e: Any) -> Array:
    """(N, j) of the command, off the synergy [0.25 rad]."""
    return 4 * e.control.residual


def command(e: Any) -> Array:
    """(N, 3) command of the synergy and its distances to both limits [range]."""
    return np.column_stack(
        (e.control.u, e.control.u - e.control.limits[:, 0], e.control.limits[:, 1] - e.control.u)
    )


def slope(e: Any) -> Array:
    """(N, j) of the synergy, half-way [rad over the whole range]."""
    return e.control.slope


def tool(e: Any) -> Array:
    """(N, 4) whether it slides, opens when squeezed, has rings; its stroke [0.3 rad, 7.5 mm]."""
    rows = []
    for cell in e.fleet.cells:
        joint, patches = cell.compiled.in_hand.tool.joint, cell.compiled.in_hand.tool.patches
        slides, opens = joint.kind == "slide", joint.closed == 0.0
        ringed = any(patch.bore for patch in patches)
        rows.append([slides, opens, ringed, joint.stroke * (40 if slides else 1) / 0.3])
    return np.array(rows, float)[e.fleet.cell]


def wanted(e: Any) -> Array:
    """(N, 2) the goal [range] and for how long of the time needed it has been held."""
    return np.column_stack((e.pursuit.goal, e.pursuit.held * e.dt / HOLD_S))


def felt(e: Any) -> Array:
    """(N, 1) opening told from the joints [range]."""
    return e.felt_opening[:, None]


def felt_error(e: Any) -> Array:
    """(N, 1) 5 times the distance from there to the goal [range]."""
    return 5 * (e.pursuit.goal - e.felt_opening)[:, None]


def touch(e: Any) -> Array:
    """(N, 4 F) which fingers touch which half, and how hard [5 N]."""
    n = e.n
    return np.concatenate(
        (e.fleet.touching.reshape(n, -1), 0.2 * e.fleet.touch_force.reshape(n, -1)), axis=1
    )


def measured(e: Any) -> Array:
    """(N, 2) opening [range] and its rate [10 ranges/s]."""
    return np.column_stack((e.pursuit.opening, 0.1 * e.fleet.opening_rate / e.fleet.stroke))


def seen(e: Any) -> Array:
    """(N, 2) opening as it is seen, and 5 times its distance to the goal [range]."""
    return np.column_stack((e.seen, 5 * (e.pursuit.goal - e.seen)))


def felt_force(e: Any) -> Array:
    """(N, 2) tip force told from the fingers, and its distance to the goal [greatest goal]."""
    return np.column_stack((e.felt_force, e.pursuit.goal - e.felt_force))


def error(e: Any) -> Array:
    """(N, 2) what the goal is about, and 5 times its distance to the goal [range]."""
    return np.column_stack((e.pursuit.value, 5 * (e.pursuit.goal - e.pursuit.value)))


def lacking(e: Any) -> Array:
    """(N, 3) to the goal, in shares of the range; its integral [1/6 range s]; the first command
    minus the present one [range]."""
    return np.column_stack((e.pursuit.off, 6 * e.pursuit.integral, e.control.first - e.control.u))


def pose(e: Any) -> Array:
    """(N, 7) of the tool in the palm's frame: place [0.05 m] and quaternion w x y z, w >= 0."""
    out = e.fleet.tool_in_palm.copy()
    out[:, :3] *= 20
    out[:, 3:] *= np.where(out[:, 3:4] < 0, -1.0, 1.0)
    return out


def slip(e: Any) -> Array:
    """(N, 12) how the tool has moved in the palm since the start [1 cm, 0.25 rad] and since the
    last step [3 mm, 0.05 rad]."""
    far, just = e.slip.read(e.fleet.tool_in_palm)
    return np.concatenate((far * _FAR, just * _JUST), axis=1)


def before(e: Any, group: str) -> Array:
    """(N, ...) some terms of a group, 3, 10 and 30 steps back."""
    return e.memories[group].read()


@dataclasses.dataclass(frozen=True)
class Group:
    """An observation group.

    Attributes:
      terms: concatenated in order.
      measures: whether ``achieved_goal``, which is the truth, may be seen beside it.
      recalled: what its term ``before`` tells of earlier steps, see ``Memory``.
    """

    terms: Mapping[str, Term]
    measures: bool = False
    recalled: Mapping[str, Term] = dataclasses.field(default_factory=dict)


_BODY = (joints, speeds, pressing, residual, command, slope, tool, wanted, felt)


def _terms(*functions: object) -> dict[str, Term]:
    return {fn.__name__: Term(fn) for fn in functions}  # type: ignore[attr-defined, arg-type]


def _past(group: str) -> dict[str, Term]:
    return {"before": Term(before, {"group": group})}


_OWN = _terms(joints, pressing, command, felt)
_TOUCHED = _terms(joints, pressing, command, felt, touch)

GROUPS: Mapping[str, Mapping[str, Group]] = {
    "opening": {
        "privileged": Group(
            _terms(*_BODY, felt_error, touch, measured, error, pose, slip), measures=True
        ),
        "cloud": Group(
            _terms(*_BODY, felt_error, touch, seen) | _past("cloud"),
            recalled=_TOUCHED | _terms(seen),
        ),
        "touch": Group(_terms(*_BODY, felt_error, touch) | _past("touch"), recalled=_TOUCHED),
        "proprioception": Group(
            _terms(*_BODY, felt_error) | _past("proprioception"), recalled=_OWN
        ),
    },
    "force": {
        "privileged": Group(
            _terms(*_BODY, felt_force, touch, measured, error, lacking, pose, slip),
            measures=True,
        ),
        "touch": Group(_terms(*_BODY, felt_force, touch) | _past("touch"), recalled=_TOUCHED),
        "proprioception": Group(_terms(*_BODY) | _past("proprioception"), recalled=_OWN),
    },
}
"""Kind of goal to groups to terms: ``privileged`` measures the opening, the tip force (where goals
are forces), the tool's pose and how it slips; ``touch`` has joints, commands and what the fingers
feel; ``cloud`` sees the opening as well (``habilis.envs.aperture.feeling.estimates``);
``proprioception`` has joints and commands only. Those that do not measure the tool recall some of
the last second."""
