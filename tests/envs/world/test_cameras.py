"""Pictures, depth, entity ids and ray clouds agree with each other; no OpenGL is no harm."""

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene, scene_path
from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.media import gl
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.seeing.cameras import (
    Cameras,
    entity_names,
    geom_entities,
    intrinsics,
    pose,
    poses,
    render,
)
from habilis.envs.world.seeing.cloud import Cloud, point_cloud, subsample
from habilis.envs.world.world import World

W, H = 96, 72


def make(n: int, name: str = "reach_milk_2023") -> World:
    world = World(compile_scene(load_scene(scene_path(name))), n)
    SimRobot(world).reset(published(world.scene, n))
    return world


@pytest.fixture(scope="module")
def world() -> World:
    """Three simulations that differ: the milk stands 5 cm further left in each."""
    made = make(3)
    milk = int(made.model.joint("milk").qposadr[0])
    made.sim.bind("qpos")[:, milk + 1] += (0.0, 0.05, 0.1)
    return made


@pytest.fixture(scope="module")
def cameras(world: World) -> Iterator[Cameras]:
    try:
        gl.ensure()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))
    with Cameras(world) as made:
        yield made


def test_every_geom_of_an_entity_bears_its_id(world: World) -> None:
    names, of_geom = entity_names(world), geom_entities(world)
    assert names == (*world.bodies, "robot", "table")
    for geom, entity in enumerate(of_geom):
        body = world.model.body(world.model.geom_bodyid[geom]).name
        if body == "world":
            assert entity == -1
        elif body in names:
            assert names[entity] == body
        else:
            assert names[entity] == "robot"


def test_a_point_in_front_of_the_camera_projects_where_the_picture_shows_it(
    world: World, cameras: Cameras
) -> None:
    k, t = intrinsics(world.model, "front", W, H), pose(world, "front", 1)
    milk = world.index("milk")
    data = world.sim.get_data(1)
    x, y, z = k @ (np.linalg.inv(t) @ [*data.qpos[_free(world, "milk")], 1])[:3]
    seen = cameras.segmentation("front", W, H, [1])[0] == milk
    assert seen[round(y / z), round(x / z)]
    v, u = np.nonzero(seen)
    assert abs(np.mean(u) - x / z) < 2 and abs(np.mean(v) - y / z) < 3


def _free(world: World, body: str) -> slice:
    first = int(world.model.joint(body).qposadr[0])
    return slice(first, first + 3)


def test_intrinsics_put_the_axis_in_the_middle(world: World) -> None:
    k = intrinsics(world.model, "top", 640, 480)
    fovy = np.deg2rad(world.model.camera("top").fovy[0])
    assert k[0, 2] == 319.5 and k[1, 2] == 239.5
    assert k[0, 0] == k[1, 1] == pytest.approx(240 / np.tan(fovy / 2))


def test_the_pose_looks_down_and_forward(world: World) -> None:
    t = pose(world, "top")
    assert np.allclose(t[:3, :3].T @ t[:3, :3], np.eye(3)) and np.linalg.det(t[:3, :3]) > 0
    assert t[2, 2] < -0.99  # its z, forward, is down
    assert np.allclose(poses(world, "front"), np.stack([pose(world, "front", i) for i in range(3)]))


@pytest.mark.parametrize("camera", ["front", "side", "top"])
def test_rays_see_what_is_rendered(world: World, cameras: Cameras, camera: str) -> None:
    cloud = point_cloud(world, camera, W, H)
    ids, depth = cameras.segmentation(camera, W, H), cameras.depth(camera, W, H)
    entity = cloud.entity.reshape(ids.shape)
    assert ids.dtype == np.int32 and depth.dtype == np.float32
    agree = entity == ids
    assert agree[(entity >= 0) | (ids >= 0)].mean() > 0.98
    seen = _depth_of(cloud, poses(world, camera)).reshape(depth.shape)
    inner = agree & (entity >= 0) & _inside(ids)
    error = np.abs(seen - depth)[inner]
    assert inner.sum() > 5000 and np.quantile(error, 0.99) < 2e-3


def _depth_of(cloud: Cloud, frames: np.ndarray) -> np.ndarray:
    shift = cloud.points - frames[:, None, :3, 3]
    return np.einsum("npj,nj->np", shift, frames[:, :3, 2])


def _inside(ids: np.ndarray) -> np.ndarray:
    """Pixels whose four neighbours are of the same entity: no silhouettes."""
    out = np.ones(ids.shape, bool)
    for axis in (1, 2):
        for step in (1, -1):
            out &= np.roll(ids, step, axis) == ids
    return out


def test_simulations_are_drawn_as_they_differ(world: World, cameras: Cameras) -> None:
    milk = world.index("milk")
    rows = [np.nonzero(ids == milk)[0].mean() for ids in cameras.segmentation("top", W, H)]
    assert rows[0] > rows[1] > rows[2]  # y is up in the picture from the top
    cloud = point_cloud(world, "top", W, H, [0, 2])
    y = [cloud.points[i][cloud.entity[i] == milk][:, 1].mean() for i in range(2)]
    assert y[1] - y[0] == pytest.approx(0.1, abs=0.01)


def test_randomised_furniture_is_drawn_where_it_stands(cameras: Cameras) -> None:
    """Body positions that vary per simulation come from the model fields, not from the state."""
    tray = make(2, "gallery_tray")
    body = int(tray.model.body(tray.bodies[-1]).id)
    tray.sim.expand("body_pos")[1, body, 1] += 0.2
    tray.sim.set_const()
    with Cameras(tray) as pair:
        ids = pair.segmentation("top", W, H)
    assert (ids[0] != ids[1]).any()
    cloud = point_cloud(tray, "top", W, H)
    assert (cloud.entity.reshape(ids.shape) == ids).mean() > 0.98


def test_colour_pictures(world: World, cameras: Cameras) -> None:
    plain = cameras.rgb("front", W, H, [0, 1])
    assert plain.shape == (2, H, W, 3) and plain.dtype == np.uint8 and plain.std() > 20
    assert np.array_equal(plain[0], cameras.rgb("front", W, H, [0])[0])
    shaded = render(world, "front", 320, 240)
    assert shaded.shape == (240, 320, 3)
    assert not np.array_equal(shaded, render(world, "front", 320, 240, shadows=False))
    assert not np.array_equal(shaded, render(world, "front", 320, 240, outline=True))


def test_unknown_camera_and_ids_are_named(world: World) -> None:
    with pytest.raises(KeyError, match="front"):
        pose(world, "frnt")
    with pytest.raises(ValueError, match="ascending"):
        point_cloud(world, "front", 8, 6, [1, 0])
    with pytest.raises(ValueError, match="0 to 2"):
        point_cloud(world, "front", 8, 6, [3])


def test_a_fixed_number_of_points() -> None:
    points = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    entity = np.array([[0, 1, -1, 0], [-1, -1, -1, -1]], np.int32)
    cloud = Cloud(points, entity, np.array([[True] * 4, [True, False, False, False]]))
    drawn, of = subsample(cloud, 6, np.random.default_rng(0))
    assert drawn.shape == (2, 6, 3) and set(drawn[0, :, 0]) == {0, 3, 9}
    assert (of[0] >= 0).all() and (of[1] == -1).all() and not drawn[1].any()
    floor, _ = subsample(cloud, 3, np.random.default_rng(0), background=True)
    assert np.array_equal(floor[1], np.repeat(points[1, :1], 3, axis=0))
    again, _ = subsample(cloud, 6, np.random.default_rng(0))
    assert np.array_equal(drawn, again)


def test_without_opengl_rendering_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUJOCO_GL", "")
    monkeypatch.setattr(gl, "_verdict", lambda backend: "library not found")
    with pytest.raises(gl.RenderingUnavailable, match="libegl1 .*libosmesa6"):
        render(world)
    assert point_cloud(world, "front", 8, 6).valid.any()


_NO_GL = """
import numpy as np, sys
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.format.file import load_scene, scene_path
from habilis.envs.world.seeing.cameras import render
from habilis.envs.world.seeing.cloud import point_cloud
from habilis.envs.media.gl import RenderingUnavailable
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
world = World(compile_scene(load_scene(scene_path("reach_milk_2023"))))
robot = SimRobot(world)
robot.reset(published(world.scene, 1))
robot.hold(0.1)
cloud = point_cloud(world, "front", 16, 12)
try:
    render(world)
except RenderingUnavailable as error:
    time = round(float(world.time[0].item()), 3)
    print(time, cloud.valid.sum() > 50, "OpenGL" in sys.modules, error)
"""


def test_rendering_switched_off_leaves_physics_and_clouds() -> None:
    child = subprocess.run(
        [sys.executable, "-c", _NO_GL],
        env={**os.environ, "MUJOCO_GL": "disable"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.stdout.startswith("0.1 True False rendering is switched off"), child.stderr
