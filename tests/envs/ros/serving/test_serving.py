"""What is served besides the FR3: hands, arms without a model, cameras."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from tests.envs.ros.rig import follow_goal

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.media import gl
from habilis.envs.ros.messages import motion as m
from habilis.envs.ros.messages import pictures
from habilis.envs.ros.messages.transforms import read_transforms
from habilis.envs.ros.profiles import load_profile
from habilis.envs.ros.serving.cameras import TF_STATIC, CameraPublisher, PublishedCameras, frame_of
from habilis.envs.ros.serving.life import Pace
from habilis.envs.ros.serving.plant import HandPlant, ServoPlant
from habilis.envs.ros.serving.server import SimServer
from habilis.envs.ros.serving.spline import Knot, Spline
from habilis.envs.ros.transports.base import GoalStatus
from habilis.envs.ros.transports.local import Bus, LocalTransport
from habilis.envs.world.seeing import cameras
from habilis.envs.world.seeing.cloud import point_cloud as cloud_of_rays
from habilis.envs.world.world import World


class Served:
    """A robot served alone, and what a client hears of its states."""

    def __init__(self, name: str) -> None:
        bus, self.profile = Bus(), load_profile(name)
        self.client, self.transport = LocalTransport(bus), LocalTransport(bus)
        self.notes: list[str] = []
        self.server = SimServer(self.profile, self.transport, note=self.notes.append)
        self.states: list[Any] = []
        self.client.connect()
        self.client.subscribe(self.profile.states, m.JOINT_STATE, self.states.append)
        self.server.offer()

    def run(self, seconds: float) -> m.JointStates:
        self.settle()
        for _ in range(round(seconds / 0.02)):
            self.server.tick()
        self.settle()
        return m.read_joint_state(self.states[-1])

    def settle(self) -> None:
        for transport in (self.transport, self.client):
            done = threading.Event()
            transport.post_here(done.set)
            assert done.wait(5)


def test_leap_takes_joint_states_by_place() -> None:
    served = Served("leap")
    assert isinstance(served.server.plant, HandPlant)
    target = np.array(served.profile.home) + 0.1
    order = served.profile.commands.order
    served.client.advertise(served.profile.commands.topic, m.JOINT_STATE)
    by_place = [target[served.profile.joints.index(name)] for name in order]
    served.client.publish(served.profile.commands.topic, m.joint_state([""] * 16, by_place))
    state = served.run(1.0)
    assert state.joints == served.profile.joints
    np.testing.assert_allclose(state.q, target, atol=0.03)
    assert len(served.states) == 50
    served.client.publish(served.profile.commands.topic, m.joint_state([""] * 3, [0, 0, 0]))
    served.client.publish(served.profile.commands.topic, m.joint_state([""] * 16, [np.nan] * 16))
    served.run(0.1)
    assert served.server.refused == 2
    assert "got 3 numbers" in served.notes[0] and "must be finite" in served.notes[1]


def test_allegro_takes_arrays_and_is_bare_without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MENAGERIE_ROOT", raising=False)
    served = Served("allegro")
    assert isinstance(served.server.plant, ServoPlant)
    assert "MENAGERIE_ROOT" in served.server.offers[-1]
    order, joints = served.profile.commands.order, served.profile.joints
    target = np.array(served.profile.home) + 0.2
    topic = served.profile.commands.topic
    served.client.advertise(topic, m.FLOAT_ARRAY)
    served.client.publish(topic, m.float_array([target[joints.index(name)] for name in order]))
    np.testing.assert_allclose(served.run(0.5).q, target, atol=1e-6)
    served.client.publish(topic, m.float_array([0.0]))
    served.client.publish(topic, {"data": "x"})
    served.run(0.02)
    assert served.server.refused == 2


@pytest.mark.parametrize("name", ["ur5e", "shadow"])
def test_arms_and_hands_without_a_model_follow_trajectories(name: str) -> None:
    served = Served(name)
    profile = served.profile
    target = np.array(profile.home) + 0.3 * np.array([x.upper > h + 0.3 for x, h in zip(
        profile.limits, profile.home, strict=True)])  # fmt: skip
    trajectory = m.joint_trajectory(profile.joints, [1.0], [target])
    goal = served.client.send_goal(profile.commands.action, m.FOLLOW, follow_goal(trajectory))
    state = served.run(1.2)
    end = goal.wait(1)
    assert end is not None and end.status == GoalStatus.SUCCEEDED
    np.testing.assert_allclose(state.q, target, atol=1e-3)


def test_hands_and_scenes_do_not_go_together() -> None:
    scene = load_scene(scene_path("reach_milk_2023"))
    with pytest.raises(ValueError, match="'leap' has no arm of habilis"):
        SimServer(load_profile("leap"), LocalTransport(Bus()), scene)


@pytest.mark.parametrize("order", [1, 3, 5])
def test_splines_go_through_their_points(order: int) -> None:
    rng = np.random.default_rng(order)
    times, q, qd, qdd = np.array([0.5, 1.1, 2.0]), *rng.normal(size=(3, 3, 2))
    qd[-1] = 0
    message = m.joint_trajectory(
        ["a", "b"], times, q, qd if order > 1 else None, qdd if order > 3 else None
    )
    start = Knot(10.0, rng.normal(size=2), np.zeros(2), np.zeros(2))
    spline = Spline(start, m.read_joint_trajectory(message), [1, 0])
    assert (spline.begin, spline.end) == (10.0, 12.0)
    np.testing.assert_allclose(spline.sample(10.0)[0], start.q)
    for i, time in enumerate(times):
        for side in (-1e-7, 1e-7):
            at, speed = spline.sample(10.0 + time + side)
            np.testing.assert_allclose(at, q[i, ::-1], atol=1e-5)
            if order > 1:
                np.testing.assert_allclose(speed, qd[i, ::-1], atol=1e-4)
    for time in np.linspace(10.01, 11.99, 40):  # speed is what the position does
        if np.abs(time - 10 - times).min() > 1e-3:
            ahead, behind = spline.sample(time + 1e-6)[0], spline.sample(time - 1e-6)[0]
            np.testing.assert_allclose(spline.sample(time)[1], (ahead - behind) / 2e-6, atol=1e-4)
    if order == 5:
        h = 1e-4
        rows = [spline.sample(11.1 + k * h)[0] for k in (0, 1, 2)]
        bend = (rows[0] - 2 * rows[1] + rows[2]) / h**2
        np.testing.assert_allclose(bend, qdd[1, ::-1], atol=0.05)


def test_lost_time_is_let_go_and_counted() -> None:
    pace = Pace(speed=2.0)
    assert pace.wait(0.02) == 0.0 and pace.late == 0
    pace._start -= 1.0  # as if the machine had been busy for a second
    assert pace.wait(0.04) == pytest.approx(1.0, abs=0.3)
    assert pace.late == 1 and pace.lost == pytest.approx(1.0, abs=0.3)
    assert pace.wait(0.06) == 0.0


@pytest.fixture
def drawing() -> None:
    """Skips where nothing can be drawn."""
    try:
        gl.ensure()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("drawing")
def test_cameras_publish_what_they_see() -> None:
    scene = load_scene(scene_path("reach_milk_2023"))
    world = World(compile_scene(scene))
    publisher = CameraPublisher(
        load_profile("fr3"), world, PublishedCameras(("front",), width=64, height=48)
    )
    seen: dict[str, Any] = {}
    with cameras.Cameras(publisher._copy) as drawn:
        for topic, message in publisher.see(drawn, "front", 5.0):
            seen[topic] = message
    colour, info, depth, cloud = seen.values()
    picture = pictures.read_image(colour)
    far, points = pictures.read_image(depth).pixels, pictures.read_point_cloud(cloud)
    assert picture.pixels.shape == (48, 64, 3) and picture.pixels.std() > 5
    assert info["header"]["frame_id"] == picture.frame == frame_of("front")
    assert points.frame == "fr3_link0"
    assert points.rgb is not None and len(points.rgb) == len(points.points) > 1000
    # What rays hit in the simulation, from the world, is what the cloud shows, from the base.
    (stand,) = read_transforms(publisher.frames(5.0))
    np.testing.assert_allclose(
        stand.pos, cameras.pose(world, "front")[:3, 3] - world.scene.base, atol=1e-9
    )
    hit = cloud_of_rays(world, "front", 64, 48)
    on_things = hit.points[0][hit.entity[0] >= 0] - np.array(world.scene.base)
    gap = np.linalg.norm(on_things[:, None] - points.points[None], axis=2).min(axis=1)
    assert np.median(gap) < 0.003
    assert far.shape == (48, 64) and (far > 0).sum() == len(points.points)


@pytest.mark.usefixtures("drawing")
def test_served_cameras_publish_on_a_thread_of_their_own() -> None:
    bus = Bus()
    client = LocalTransport(bus)
    client.connect()
    server = SimServer(
        load_profile("fr3"), LocalTransport(bus), load_scene(scene_path("reach_milk_2023")),
        pictures=PublishedCameras(("front",), 20.0, 32, 24),
    )  # fmt: skip
    heard, latched = threading.Event(), threading.Event()
    client.subscribe("/camera/front/depth/color/points", pictures.POINT_CLOUD,
                     lambda _: heard.set())  # fmt: skip
    with server:
        server.start()
        assert heard.wait(30)
        client.subscribe(TF_STATIC, m.TF, lambda _: latched.set())
        assert latched.wait(5)
    assert not server.error


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"cameras": ("frnt",)}, "did you mean 'front'"),
        ({"cameras": ("front",), "rate": 0}, "camera rate"),
        ({"cameras": ("front",), "width": 4}, "8 to 4096 pixels"),
    ],
)
def test_cameras_that_cannot_be_are_named(wanted: dict[str, Any], said: str) -> None:
    world = World(compile_scene(load_scene(scene_path("reach_milk_2023"))))
    with pytest.raises((KeyError, ValueError), match=said):
        CameraPublisher(load_profile("fr3"), world, PublishedCameras(**wanted))
