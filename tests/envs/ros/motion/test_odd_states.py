"""States as robots of other makes report them are followed; what cannot be believed stops them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import Rig

from habilis.assets.robots.registry import ARMS

pytestmark = pytest.mark.usefixtures("no_thread")
HOME = np.array(ARMS["fr3"].limb.home)
LAST = np.eye(7)[6]
LISTS = ("name", "position", "velocity", "effort")
Told = dict[str, Any]


def among_others(message: Told) -> Told:
    """The other way round, with joints that the profile does not know."""
    other: dict[str, list[Any]] = {k: [9.0, -9.0] for k in LISTS} | {"name": ["torso", "wheel"]}
    return message | {k: other[k] + list(message[k])[::-1] for k in LISTS}


def without(*lists: str) -> Callable[[Told], Told]:
    return lambda message: message | {k: [] for k in lists}


def in_parts() -> Callable[[Told], Told]:
    """Some joints in one message, the others in the next."""
    count = [0]

    def half(message: Told) -> Told:
        count[0] += 1
        part = slice(0, 4) if count[0] % 2 else slice(4, None)
        return message | {k: list(message[k])[part] for k in LISTS}

    return half


def unknown(name: str) -> Callable[[Told], Told]:
    return lambda message: message | {name: [float("nan")] * len(message["name"])}


def unstamped(message: Told) -> Told:
    return message | {"header": message["header"] | {"stamp": {"sec": 0, "nanosec": 0}}}


ODD: dict[str, Callable[[Told], Told]] = {
    "another order, among others": among_others,
    "no velocities": without("velocity"),
    "no efforts": without("effort"),
    "neither": without("velocity", "effort"),
    "in parts": in_parts(),
    "velocities that are no numbers": unknown("velocity"),
    "efforts that are no numbers": unknown("effort"),
    "no stamps": unstamped,
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_and_true_is_followed(what: str) -> None:
    rig = Rig()
    rig.arm.mangle = ODD[what]
    rig.armed()
    end = rig.joints.move_to(HOME + 0.1 * LAST, 0.5)
    assert end.ok, end.reason
    np.testing.assert_allclose(rig.arm.q, HOME + 0.1 * LAST, atol=1e-3)


def test_a_joint_that_moves_against_its_command_is_stopped_near_where_it_was() -> None:
    """As one whose encoder or motor is mounted the other way round."""
    rig = Rig().armed()
    follow, most = rig.arm._at, [0.0]
    rig.arm._at = lambda now: 2 * HOME - follow(now)  # type: ignore[method-assign]
    rig.clock.each.append(lambda: most.append(float(np.abs(rig.arm.q - HOME).max())))
    end = rig.joints.move_to(HOME + 0.4 * LAST, 0.2)
    assert not end.ok and "fr3_joint7 stands at 0.7" in rig.joints.stopped
    assert "does not follow" in rig.joints.stopped
    assert max(most) < 0.1
