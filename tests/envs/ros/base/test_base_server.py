"""A served robot on legs walks at the velocities it is sent, and tells where it is."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.base.base_rig import go1
from tests.envs.ros.rig import Direct

from habilis.envs.ros.base.server import BaseServer
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.messages.velocity import (
    FLOAT64,
    ODOMETRY,
    TWIST,
    OdometryMessage,
    read_odometry,
    twist,
)
from habilis.envs.ros.transports.local import Bus
from habilis.scripts.shared.scenes import choose_scene


class Client:
    """Hears all that a served base says."""

    def __init__(self, scene: str = "climb_sofa_2024") -> None:
        bus = Bus()
        self.server = BaseServer(go1(), Direct(bus), choose_scene(scene, ""))
        self.server.offer()
        self.transport = Direct(bus)
        self.transport.connect()
        self.odometry: list[OdometryMessage] = []
        self.told: dict[str, Any] = {}
        self.transport.subscribe("/odom", ODOMETRY, self._odometry)
        for topic, type in (
            ("/tf", messages.TF), ("/joint_states", messages.JOINT_STATE),
            ("/clock", messages.CLOCK), ("/habilis/success", messages.BOOL),
        ):  # fmt: skip
            self.transport.subscribe(topic, type, functools.partial(self.told.__setitem__, topic))
        self.transport.advertise("/cmd_vel", TWIST)
        self.transport.advertise("/push_force", FLOAT64)

    def _odometry(self, message: Any) -> None:
        self.odometry.append(read_odometry(message))

    def send(self, *velocity: float) -> None:
        self.transport.publish("/cmd_vel", twist(np.array(velocity)))

    def walk(self, seconds: float, *velocity: float) -> None:
        for k in range(round(seconds / 0.02)):
            if velocity and k % 5 == 0:
                self.send(*velocity)
            self.server.tick()


@pytest.fixture(scope="module")
def client() -> Client:
    return Client()


@pytest.fixture(autouse=True)
def anew(client: Client) -> None:
    client.server.reset(0)


def test_it_walks_as_it_is_told_and_says_where_it_is(client: Client) -> None:
    client.walk(2.0, 0.0, 0.25, 0.0)
    told, true = client.odometry[-1], client.server.world.trunk[0][0]
    assert np.allclose(told.pos, true) and 0.3 < told.pos[1] < 0.6
    assert told.parent == "odom" and told.frame == "base_link"
    assert abs(told.velocity[1] - 0.25) < 0.15
    frames = [t["child_frame_id"] for t in client.told["/tf"]["transforms"]]
    assert frames == ["base_link", "object_sofa", "object_box_1", "object_box_2"]
    assert client.told["/joint_states"]["name"] == list(go1().joints)
    assert client.told["/habilis/success"]["data"] is False


def test_it_stands_when_commands_cease(client: Client) -> None:
    client.walk(1.0, 0.0, 0.25, 0.0)
    client.walk(1.5)
    before = client.odometry[-1].pos
    client.walk(1.0)
    assert np.linalg.norm(client.odometry[-1].pos - before) < 0.01


def test_a_stop_holds_until_it_is_recovered(client: Client) -> None:
    client.transport.call("/habilis/stop", messages.TRIGGER, {})
    refused = client.server.refused
    client.walk(1.0, 0.0, 0.25, 0.0)
    assert abs(client.odometry[-1].pos[1]) < 0.02 and client.server.refused > refused
    client.transport.call("/habilis/recover", messages.TRIGGER, {})
    client.walk(1.0, 0.0, 0.25, 0.0)
    assert client.odometry[-1].pos[1] > 0.1


def test_what_is_no_velocity_is_refused(client: Client) -> None:
    refused = client.server.refused
    client.send(np.nan, 0, 0)
    client.transport.publish("/cmd_vel", {"linear": {}})
    client.transport.publish("/push_force", {"data": "much"})
    assert client.server.refused == refused + 3
    client.walk(0.4)
    assert abs(client.odometry[-1].pos[1]) < 0.02


def test_it_pushes_what_it_would_else_step_onto(client: Client) -> None:
    box = client.server.world.index("box_1")
    start = client.server.world.pos[0, box].copy()
    client.transport.publish("/push_force", {"data": 0.0})
    client.walk(5.0, 0.25, 0.0, 0.0)
    assert client.server.world.pos[0, box, 0] - start[0] > 0.2
    assert client.odometry[-1].pos[2] < 0.33


def test_a_scene_of_an_arm_is_refused() -> None:
    with pytest.raises(ValueError, match="is of robot 'go1', scene 'reach_milk_2023' has"):
        BaseServer(go1(), Direct(Bus()), choose_scene("reach_milk_2023", ""))
