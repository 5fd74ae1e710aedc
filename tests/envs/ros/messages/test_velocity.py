"""Messages of bases are built and read, and what is no number is named."""

from __future__ import annotations

import numpy as np
import pytest

from habilis.envs.ros.base.echo import EchoList, marked
from habilis.envs.ros.messages.definitions import definition
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.velocity import (
    ODOMETRY,
    TWIST,
    TWIST_STAMPED,
    OdometryMessage,
    odometry,
    read_odometry,
    read_velocity,
    twist,
    twist_stamped,
)

TOLD = OdometryMessage(
    12.5, "odom", "base_link", np.array([1.0, 2, 3]), np.array([0.6, 0, 0, 0.8]),
    np.array([0.5, -0.1, 1]),
)  # fmt: skip


def test_velocities_come_back_as_they_were_sent() -> None:
    velocity = np.array([0.5, -0.25, 1.0])
    assert (read_velocity(twist(velocity)) == velocity).all()
    assert (read_velocity(twist_stamped(velocity, 3.0, "base_link")) == velocity).all()
    with pytest.raises(MessageError, match=r"Twist: no field 'linear'"):
        read_velocity({})


def test_odometry_comes_back_as_it_was_told() -> None:
    got = read_odometry(odometry(TOLD))
    assert (got.time, got.parent, got.frame) == (12.5, "odom", "base_link")
    for name in ("pos", "quat", "velocity"):
        assert (getattr(got, name) == getattr(TOLD, name)).all()


@pytest.mark.parametrize("name", ["position", "orientation", "twist"])
def test_odometry_that_is_no_number_is_named(name: str) -> None:
    told = odometry(TOLD)
    where = told["twist"]["twist"]["linear"] if name == "twist" else told["pose"]["pose"][name]
    where["x"] = None  # as JSON has what is not a number
    with pytest.raises(MessageError, match=f"Odometry.{name} is not a number"):
        read_odometry(told)


def test_the_definitions_name_all_that_they_consist_of() -> None:
    assert "MSG: geometry_msgs/Vector3" in definition(TWIST)
    assert "MSG: std_msgs/Header" in definition(TWIST_STAMPED)
    assert "float64[36] covariance" in definition(ODOMETRY)


def test_messages_of_ones_own_are_told_from_others_that_say_the_same() -> None:
    back: list[int] = []
    echoes = EchoList(back.append)
    sent = [marked(np.array([0.3, 0, 0]), n) for n in (1, 2, 3)]
    for number, velocity in enumerate(sent, 1):
        echoes.sent(number, velocity, 0.0)
    assert not echoes.mine(np.array([0.3, 0, 0]))
    assert echoes.mine(sent[1]) and not echoes.mine(sent[1])
    assert echoes.mine(sent[2]) and back == [2, 3]
    assert np.abs(sent[0] - [0.3, 0, 0]).max() < 1e-9


def test_zeros_are_counted() -> None:
    back: list[int] = []
    echoes = EchoList(back.append)
    for number in (1, 2):
        velocity = marked(np.zeros(3), number)
        assert not velocity.any()
        echoes.sent(number, velocity, 0.0)
    assert echoes.mine(np.zeros(3)) and echoes.mine(np.zeros(3))
    assert not echoes.mine(np.zeros(3)) and back == [2, 2]
