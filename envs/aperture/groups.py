"""Observation groups of the aperture environments: named terms over ``InHand``.

Everything is scaled to be of the order of one; the unit of each term is in brackets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from habilis.envs.task import Term

if TYPE_CHECKING:
    from habilis.envs.aperture.episodes import ApertureEpisodes
    from habilis.envs.aperture.in_hand import InHand

Array = npt.NDArray[np.float64]
_FAR = np.repeat([1 / 0.01, 1 / 0.25], 3)
_JUST = np.repeat([1 / 0.003, 1 / 0.05], 3)


def joints(e: InHand) -> Array:
    """(N, j) from where the joints are in the grasp's keyframe [0.25 rad]."""
    return 4 * (e.fleet.q - e.home)


def speeds(e: InHand) -> Array:
    """(N, j) [5 rad/s]."""
    return 0.2 * e.fleet.qd


def pressing(e: InHand) -> Array:
    """(N, a) how far the servos' commands are ahead of the joints [0.25 rad]."""
    return 4 * (e.fleet.ctrl - e.fleet.hand.command(e.fleet.q))


def residual(e: InHand) -> Array:
    """(N, j) of the command, off the synergy [0.25 rad]."""
    return 4 * e.residual


def command(e: InHand) -> Array:
    """(N, 3) command of the synergy and its distances to both limits [range]."""
    return np.column_stack((e.u, e.u - e.limits[:, 0], e.limits[:, 1] - e.u))


def slope(e: InHand) -> Array:
    """(N, j) of the synergy, half-way [rad over the whole range]."""
    return e.slope


def tool(e: InHand) -> Array:
    """(N, 4) whether it slides, opens when squeezed, has rings; its stroke [0.3 rad, 7.5 mm]."""
    rows = []
    for cell in e.fleet.cells:
        joint, patches = cell.compiled.tool.joint, cell.compiled.tool.patches
        slides, opens = joint.kind == "slide", joint.closed == 0.0
        ringed = any(patch.bore for patch in patches)
        rows.append([slides, opens, ringed, joint.stroke * (40 if slides else 1) / 0.3])
    return np.array(rows, float)[e.fleet.cell]


def wanted(e: InHand) -> Array:
    """(N, 2) the goal [range] and for how long of the time needed it has been held."""
    from habilis.envs.aperture.in_hand import HOLD_S

    return np.column_stack((e.goal, e.held * e.dt / HOLD_S))


def felt(e: InHand) -> Array:
    """(N, 1) opening told from the joints [range]."""
    return e.felt_opening[:, None]


def felt_error(e: InHand) -> Array:
    """(N, 1) 5 times the distance from there to the goal [range]."""
    return 5 * (e.goal - e.felt_opening)[:, None]


def touch(e: InHand) -> Array:
    """(N, 4 F) which fingers touch which half, and how hard [5 N]."""
    n = e.n
    return np.concatenate(
        (e.fleet.touching.reshape(n, -1), 0.2 * e.fleet.touch_force.reshape(n, -1)), axis=1
    )


def measured(e: InHand) -> Array:
    """(N, 2) opening [range] and its rate [10 ranges/s]."""
    return np.column_stack((e.opening, 0.1 * e.fleet.opening_rate / e.fleet.stroke))


def seen(e: ApertureEpisodes) -> Array:
    """(N, 2) opening as it is seen, and 5 times its distance to the goal [range]."""
    return np.column_stack((e.seen, 5 * (e.goal - e.seen)))


def felt_force(e: InHand) -> Array:
    """(N, 2) tip force told from the fingers, and its distance to the goal [greatest goal]."""
    return np.column_stack((e.felt_force, e.goal - e.felt_force))


def error(e: InHand) -> Array:
    """(N, 2) what the goal is about, and 5 times its distance to the goal [range]."""
    return np.column_stack((e.value, 5 * (e.goal - e.value)))


def lacking(e: InHand) -> Array:
    """(N, 3) to the goal, in shares of the range; its integral [1/6 range s]; the first command
    minus the present one [range]."""
    return np.column_stack((e.off, 6 * e.integral, e.first - e.u))


def pose(e: InHand) -> Array:
    """(N, 7) of the tool in the palm's frame: place [0.05 m] and quaternion w x y z, w >= 0."""
    out = e.fleet.tool_in_palm.copy()
    out[:, :3] *= 20
    out[:, 3:] *= np.where(out[:, 3:4] < 0, -1.0, 1.0)
    return out


def slip(e: InHand) -> Array:
    """(N, 12) how the tool has moved in the palm since the start [1 cm, 0.25 rad] and since the
    last step [3 mm, 0.05 rad]."""
    far, just = e.slip.read(e.fleet.tool_in_palm)
    return np.concatenate((far * _FAR, just * _JUST), axis=1)


def before(e: InHand) -> Array:
    """(N, ...) some terms, 3, 10 and 30 steps back."""
    return e.memory.read()


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


_OWN = _terms(joints, pressing, command, felt)
_TOUCHED = _terms(joints, pressing, command, felt, touch)

GROUPS: Mapping[str, Mapping[str, Group]] = {
    "opening": {
        "privileged": Group(
            _terms(*_BODY, felt_error, touch, measured, error, pose, slip), measures=True
        ),
        "cloud": Group(
            _terms(*_BODY, felt_error, touch, seen, before),
            recalled=_TOUCHED | _terms(seen),
        ),
        "touch": Group(_terms(*_BODY, felt_error, touch, before), recalled=_TOUCHED),
        "proprioception": Group(_terms(*_BODY, felt_error, before), recalled=_OWN),
    },
    "force": {
        "privileged": Group(
            _terms(*_BODY, felt_force, touch, measured, error, lacking, pose, slip),
            measures=True,
        ),
        "touch": Group(_terms(*_BODY, felt_force, touch, before), recalled=_TOUCHED),
        "proprioception": Group(_terms(*_BODY, before), recalled=_OWN),
    },
}
"""Kind of goal to groups to terms: ``privileged`` measures the opening, the tip force (where goals
are forces), the tool's pose and how it slips; ``touch`` has joints, commands and what the fingers
feel; ``cloud`` sees the opening as well (``habilis.envs.aperture.estimates``); ``proprioception``
has joints and commands only. Those that do not measure the tool recall some of the last second."""
