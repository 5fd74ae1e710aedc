"""A camera's window on a tool in a hand: what is hit, where it is, what noise does to it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from habilis.assets.grasps import load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.tools import make_tool
from habilis.envs.hand.holding import Holding
from habilis.envs.hand.tool_cloud import (
    CONE,
    FAST_GROUPS,
    LOOK,
    NOMINAL,
    TOOL_GROUPS,
    ToolCamera,
    outline,
)
from habilis.envs.world.poses import matrices
from habilis.envs.world.seeing.cloud import Cloud
from habilis.envs.world.seeing.window import (
    CLEAN,
    NOISY,
    DepthNoise,
    cone,
    facing,
    miscalibration,
    moved,
    window_rays,
)

N = 8


@pytest.fixture(scope="module")
def world() -> Holding:
    """Pliers, in eight grasps: they have backlash, so a pin between the halves."""
    made = Holding(compile_hand("leap", make_tool("pliers")), N, 1)
    made.reset(np.arange(N), load_grasps("leap", "pliers").grasps[:N])
    return made


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_camera_looks_where_it_is_told(rng: np.random.Generator) -> None:
    eye = np.concatenate([rng.normal(size=(20, 3)), [[0, 0, 1.0], [0, 0, -2.0]]])
    T = facing(eye, np.zeros((1, 3)))
    assert np.allclose(T[:, :3, :3].transpose(0, 2, 1) @ T[:, :3, :3], np.eye(3))
    assert np.allclose(np.linalg.det(T[:, :3, :3]), 1.0)
    seen = (np.linalg.inv(T) @ [0, 0, 0, 1.0])[:, :3]
    assert np.allclose(seen, np.linalg.norm(eye, axis=1)[:, None] * [0, 0, 1.0])


def test_a_cone_is_even_and_bounded(rng: np.random.Generator) -> None:
    axis = np.array([1.0, 2.0, -2.0]) / 3
    drawn = cone(rng, 4000, axis, 1.0)
    cosine = drawn @ axis
    assert np.allclose(np.linalg.norm(drawn, axis=1), 1.0) and cosine.min() >= np.cos(1.0)
    assert cosine.mean() == pytest.approx((1 + np.cos(1.0)) / 2, abs=0.01)


def test_the_window_is_the_turned_box_around_the_thing(rng: np.random.Generator) -> None:
    """A slanted stick fills its window, however it lies in the picture."""
    ends = np.linspace([0.1, 0.1, 1.0], [-0.1, -0.1, 1.0], 9)[None]
    stick = np.concatenate([ends + [0.005, -0.005, 0], ends - [0.005, -0.005, 0]], axis=1)
    rays = window_rays(np.eye(4)[None], stick, (3, 40))
    along, across = rays @ [0.5**0.5, 0.5**0.5, 0], rays @ [0.5**0.5, -(0.5**0.5), 0]
    assert np.ptp(along) == pytest.approx(0.2 * 2**0.5 * 1.04 * 39 / 40, rel=1e-6)
    assert np.ptp(across) == pytest.approx(0.01 * 2**0.5 * 1.04 * 2 / 3, rel=1e-6)


def test_points_lie_on_the_tool_where_it_is(world: Holding, rng: np.random.Generator) -> None:
    camera = ToolCamera(world)
    cloud, _ = camera.look(camera.frames(rng), rng)
    tool, pose = world.held.tool, world.tool_in_palm
    local = (cloud.points - pose[:, None, :3]) @ matrices(pose[:, 3:])
    back = tool.T_bm(world.opening)
    moving = (local - back[:, None, :3, 3]) @ back[:, :3, :3]
    for entity, points in ((0, local), (1, moving)):
        half = "base" if entity == 0 else "moving"
        bounds = np.array([p.part.bounds() for p in tool.parts if p.half == half])
        low, high = bounds[:, 0].min(axis=0) - 1e-5, bounds[:, 1].max(axis=0) + 1e-5
        on = points[cloud.entity == entity]
        assert len(on) > 500 and (on > low).all() and (on < high).all()
        assert (on.max(axis=0) - on.min(axis=0) > 0.8 * (high - low)).all()


def test_the_outline_holds_the_tool(world: Holding) -> None:
    around = outline(world.held.tool, world.opening, world.tool_pose)
    assert around.shape == (N, 16, 3)
    a, b = world.held.tool.tips(world.opening)
    R, at = matrices(world.tool_pose[:, 3:]), world.tool_pose[:, :3]
    for tip in (a, b):
        placed = (R @ tip[..., None])[..., 0] + at
        assert np.linalg.norm(around - placed[:, None], axis=2).min(axis=1).max() < 0.02


def test_fingers_stand_in_the_way(world: Holding, rng: np.random.Generator) -> None:
    frames = ToolCamera(world).frames(rng)
    hits = {}
    for name, groups in (("drawn", (0, 1, 2)), ("fast", FAST_GROUPS), ("alone", TOOL_GROUPS)):
        cloud, _ = ToolCamera(world, groups=groups).look(frames)
        hits[name] = (cloud.entity >= 0).sum(axis=1)
    assert (hits["drawn"] <= hits["alone"]).all()
    assert 0.3 * hits["alone"].sum() < hits["drawn"].sum() < 0.99 * hits["alone"].sum()
    assert np.abs(hits["fast"] / hits["drawn"] - 1).mean() < 0.15


def test_cameras_stand_about_the_nominal_one(world: Holding, rng: np.random.Generator) -> None:
    away = ToolCamera(world).frames(rng)[:, :3, 3] - LOOK
    far = np.linalg.norm(away, axis=1)
    nominal = np.array(NOMINAL) / np.linalg.norm(NOMINAL)
    assert (far > 0.25).all() and (far < 0.6).all()
    assert ((away / far[:, None]) @ nominal > np.cos(CONE)).all()


@pytest.mark.parametrize("count", [256, 700, 1024])
def test_a_fixed_number_of_points_the_same_for_a_seed(world: Holding, count: int) -> None:
    def points(seed: int) -> npt.NDArray[np.float32]:
        return ToolCamera(world).points(count, np.random.default_rng(seed))

    first = points(3)
    assert first.shape == (N, count, 3) and first.dtype == np.float32 and np.isfinite(first).all()
    assert np.array_equal(first, points(3)) and not np.array_equal(first, points(4))


def flat(n: int, r: int) -> tuple[Cloud, npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """A wall 0.4 m before cameras at the origin; the first half of the points is the thing."""
    side = np.linspace(-0.05, 0.05, r)
    wall = np.stack([side, 0 * side, 0 * side + 0.4], axis=1)
    points = np.broadcast_to(wall, (n, r, 3)).astype(np.float32)
    thing = np.broadcast_to(np.arange(r) < r // 2, (n, r))
    return (
        Cloud(points, np.where(thing, 0, -1).astype(np.int32), np.ones((n, r), bool)),
        thing,
        np.zeros((n, 3)),
    )


def test_noise_is_along_the_ray_and_of_the_stated_size(rng: np.random.Generator) -> None:
    cloud, thing, eye = flat(50, 800)
    seen = DepthNoise((0.002, 0.002), 0.0, 0.0).points(cloud, thing, eye, 400, rng)
    direction = seen / np.linalg.norm(seen, axis=2, keepdims=True)
    on_wall = direction * (0.4 / direction[..., 2:])
    assert np.std(np.linalg.norm(seen - on_wall, axis=2) * np.sign(seen[..., 2] - 0.4)) == (
        pytest.approx(0.002, rel=0.03)
    )
    exact = CLEAN.points(cloud, thing, eye, 300, rng)
    assert np.allclose(exact[..., 2], 0.4) and exact[..., 0].max() < 0


def test_few_points_belong_to_something_else(rng: np.random.Generator) -> None:
    cloud, thing, eye = flat(200, 800)
    stray = NOISY.points(cloud, thing, eye, 256, rng)[..., 0] > 0.001
    assert 0.02 < stray.mean() < 0.03 and stray.mean(axis=1).max() < 0.1


def test_what_is_not_seen_is_zero(rng: np.random.Generator) -> None:
    cloud, thing, eye = flat(3, 100)
    unseen = thing & (np.arange(3) != 1)[:, None]
    points = NOISY.points(cloud, unseen, eye, 256, rng)
    assert not points[1].any() and points[[0, 2]].any(axis=(1, 2)).all()


def test_a_camera_is_off_by_no_more_than_said(rng: np.random.Generator) -> None:
    T = miscalibration(rng, 500, 0.002, 0.01)
    assert np.allclose(T[:, :3, :3].transpose(0, 2, 1) @ T[:, :3, :3], np.eye(3))
    shift = np.linalg.norm(T[:, :3, 3], axis=1)
    turn = np.arccos(np.clip((np.trace(T[:, :3, :3], axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert shift.max() <= 0.002 and 0.009 < turn.max() <= 0.01 + 1e-9
    place = np.full((500, 1, 3), 0.3, np.float32)
    back = moved(place, T, (0.3, 0.3, 0.3))
    assert np.allclose(np.linalg.norm(back - place, axis=2)[:, 0], shift, atol=1e-6)
