"""Clouds of small things on a table, some behind a hand with a tool that hangs over them.

The frame is the table's: z up from its surface. Points are exact; see ``Clouds.draw`` for noise.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence

import mujoco
import numpy as np

from habilis.assets.arrays import Array, Mask
from habilis.assets.grasps import load_grasps
from habilis.assets.hand_scene import compile_hand
from habilis.assets.pick.objects import OBJECTS, PickObject
from habilis.assets.scene.solids.parts import Part, Shape, rotation
from habilis.assets.tools import make_tool
from habilis.assets.tools.registry import SUITE
from habilis.envs.hand.holding import Holding
from habilis.envs.sim.cpu import CpuSim
from habilis.envs.world.poses import matrices
from habilis.envs.world.seeing.cameras import BACKGROUND
from habilis.envs.world.seeing.cloud import Cloud, cast
from habilis.envs.world.seeing.window import cone, entities_below, facing, window_rays
from habilis.policies.encoder.clouds import Clouds, compact, join

PLACE = 0.15  # m, half side of the square that things stand in, about the table's origin
ELEVATION = (30.0, 80.0)  # degrees, of the camera over the table
DISTANCE = (0.35, 0.65)  # m, from camera to thing
ASIDE = 0.05  # m, that the camera looks past it at most
HOVER = (0.005, 0.080)  # m, of the tool's tips over the thing, where a hand is in the way
BESIDE = 0.02  # m, of the tips from the thing's middle along x and y, at most
SLANT = math.radians(40.0)  # of the tool from straight down, at most
WINDOW = (28, 36)  # rays
ANGLES = np.arange(8) * math.pi / 8  # rad from the table's x, of the extents
LEAST = 48  # points that must be seen
SIMS = 32  # simulations of one thing
_MM = 1e-3
_UP = np.array([0.0, 0.0, 1.0])


def random_object(rng: np.random.Generator) -> PickObject:
    """Draw an object of 8-36 mm to train on.

    It is a ball, a box, a cylinder, a roller, two joined boxes, or a box on a box.
    """
    a, b, c, d = (float(x) for x in rng.uniform(8, 30, 4))
    tall, thin = 0.7 * c + 3, float(rng.uniform(6, 12))
    x, y = (float(v) for v in rng.uniform(-0.5, 0.5, 2))
    match rng.choice(6, p=[0.1, 0.25, 0.15, 0.15, 0.2, 0.15]):
        case 0:
            return _thing(("sphere", (a,), (0, 0, 0), 0))
        case 1:
            return _thing(("box", (a, b, tall), (0, 0, 0), 0))
        case 2:
            return _thing(("cylinder", (a, tall), (0, 0, 0), 0))
        case 3:
            return _thing(("cylinder", (0.8 * a, b), (0, 0, 0), math.pi / 2))
        case 4:
            beside = ("box", (thin, b, tall), (x * (a + 6), (y + 0.5) * b / 2, 0), 0)
            return _thing(("box", (a + 6, thin, tall), (0, 0, 0), 0), beside)  # type: ignore[arg-type]
    low, high = 0.4 * c + 1, 0.6 * d + 2
    top = ("box", (0.3 * a + 4, 0.3 * b + 4, high), (x * 0.4 * a, y * 0.4 * b, (low + high) / 2), 0)
    return _thing(("box", (a, b, low), (0, 0, 0), 0), top)  # type: ignore[arg-type]


def _thing(
    *parts: tuple[Shape, tuple[float, ...], tuple[float, float, float], float],
) -> PickObject:
    """Parts are (shape, size mm, pos mm, pitch rad)."""
    made = tuple(
        Part(
            f"part{i}", shape, tuple(_MM * s for s in size), (_MM * x, _MM * y, _MM * z),
            (0.0, pitch, 0.0),
        )
        for i, (shape, size, (x, y, z), pitch) in enumerate(parts)
    )  # fmt: skip
    low, high = PickObject("random", "box", made, 0.0).bounds()
    x, y, z = (low + high) / 2
    moved = [dataclasses.replace(p, pos=(p.pos[0] - x, p.pos[1] - y, p.pos[2] - z)) for p in made]
    return PickObject("random", "box", tuple(moved), 0.0)


def object_clouds(
    count: int,
    rng: np.random.Generator,
    things: Sequence[PickObject] | None = None,
    *,
    occluded: float = 0.5,
    points: int = 512,
    window: tuple[int, int] = WINDOW,
) -> Clouds:
    """Exact clouds of things on the table.

    Truth: ``centre`` (n, 3) of the box around the thing, m; ``height`` m; ``width``, the least
    extent across, m; ``across`` (n, 8) extents at ``ANGLES``, m; ``occluded``, whether a hand
    hangs over it.

    Args:
      count: how many.
      rng: source of randomness.
      things: in turn; by default ``random_object`` and scaled ones of those not held out.
      occluded: share of clouds with a hand over the thing.
      points: of the thing, at most.
      window: rays across and along the thing.
    """
    hands = _Hands(rng) if occluded else None
    own = [o for o in OBJECTS.values() if not o.held_out]
    sets, have, turn = [], 0, 0
    while have < count:
        if things is not None:
            thing = things[turn % len(things)]
        elif rng.random() < 0.7:
            thing = random_object(rng)
        else:
            thing = own[rng.integers(len(own))].scaled(float(rng.uniform(0.7, 1.2)))
        sets.append(_one(thing, rng, hands, occluded, points, window))
        have, turn = have + len(sets[-1]), turn + 1
    return join(sets).take(np.arange(count))


def _one(
    thing: PickObject,
    rng: np.random.Generator,
    hands: _Hands | None,
    occluded: float,
    points: int,
    window: tuple[int, int],
) -> Clouds:
    """``SIMS`` clouds of one thing, less those that show too little of it."""  # fmt: skip
    yaw, centre = _places(thing, rng)
    turned = np.stack([np.cos(yaw / 2), 0 * yaw, 0 * yaw, np.sin(yaw / 2)], axis=1)
    model = _model(thing)
    sim = CpuSim(model, SIMS, 1)
    sim.bind("qpos")[:] = np.concatenate([centre, turned], axis=1)
    frames = _frames(centre, rng)
    low, high = thing.bounds()
    corners = np.where(np.indices((2, 2, 2)).reshape(3, 8).T, high, low)
    outline = corners @ matrices(turned).transpose(0, 2, 1) + centre[:, None]
    rays, eye = window_rays(frames, outline, window, rng), frames[:, :3, 3]
    cloud = cast(sim, eye[:, None], rays, entities_below(model, ("thing",)))
    hidden = rng.random(SIMS) < occluded
    if hands is not None:
        cloud = hands.before(cloud, eye, rays, centre, thing.height, hidden)
    truth = {
        "centre": centre, "height": np.full(SIMS, thing.height),
        "width": np.full(SIMS, thing.width), "across": _across(thing, yaw), "occluded": hidden,
    }  # fmt: skip
    whole = Clouds(*compact(cloud, eye, points, points // 8, rng), truth)
    return whole.take((whole.entity == 0).sum(axis=1) >= LEAST)


def _places(thing: PickObject, rng: np.random.Generator) -> tuple[Array, Array]:
    """Yaws (n,), rad, and centres (n, 3), m, of things at rest on the table."""
    yaw = rng.uniform(-math.pi, math.pi, SIMS)
    at = rng.uniform(-PLACE, PLACE, (SIMS, 2))
    return yaw, np.concatenate([at, np.full((SIMS, 1), thing.height / 2)], axis=1)


def _frames(centre: Array, rng: np.random.Generator) -> Array:
    """T_table_camera (n, 4, 4) of cameras around places (n, 3)."""
    up, turn = np.radians(rng.uniform(*ELEVATION, SIMS)), rng.uniform(-math.pi, math.pi, SIMS)
    away = np.stack([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up)], axis=1)
    eye = centre + rng.uniform(*DISTANCE, (SIMS, 1)) * away
    return facing(eye, centre + rng.uniform(-ASIDE, ASIDE, (SIMS, 3)))


def _across(thing: PickObject, yaw: Array) -> Array:
    """Extents (n, 8) at ``ANGLES`` of things turned by ``yaw`` (n,) rad, m."""
    table = np.linspace(0, math.pi, 49)
    out: Array = np.interp((ANGLES - yaw[:, None]) % math.pi, table, thing.across(table))
    return out


def _model(thing: PickObject) -> mujoco.MjModel:
    spec = mujoco.MjSpec()
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1, 1, 0.1])
    body = spec.worldbody.add_body(name="thing")
    body.add_freejoint()
    for part in thing.parts:
        half = [s / 2 for s in part.size]
        quat = np.empty(4)
        mujoco.mju_mat2Quat(quat, rotation(part.euler).ravel())
        body.add_geom(
            type=getattr(mujoco.mjtGeom, f"mjGEOM_{part.shape.upper()}"),
            size=half + [0.0] * (3 - len(half)), pos=list(part.pos), quat=quat,
        )  # fmt: skip
    return spec.compile()


class _Hands:
    """Hands with tools in keyframes, to be put in the way."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng, self._worlds = rng, _held()

    def before(
        self, cloud: Cloud, eye: Array, rays: Array, centre: Array, height: float, hidden: Mask
    ) -> Cloud:
        """The cloud with a hand over the thing where ``hidden``; what it hits is background."""
        world = self._worlds[self._rng.integers(len(self._worlds))]
        turn, at = self._hang(world, centre, height)
        start = (eye - at)[:, None] @ turn
        hit = cast(world.sim, start, rays @ turn, np.zeros(world.model.ngeom, np.int32))
        far = np.linalg.norm(cloud.points - eye[:, None], axis=2)
        near = np.linalg.norm(hit.points - start, axis=2)
        closer = hit.valid & hidden[:, None] & (~cloud.valid | (near < far))
        there = hit.points @ turn.transpose(0, 2, 1) + at[:, None]
        points = np.where(closer[..., None], there, cloud.points).astype(np.float32)
        entity = np.where(closer, np.int32(BACKGROUND), cloud.entity)
        return Cloud(points, entity, cloud.valid | closer)

    def _hang(self, world: Holding, centre: Array, height: float) -> tuple[Array, Array]:
        """Rotations (n, 3, 3) and places (n, 3), m, of hands whose tools' tips hang over things.

        The tool's x points down, slanted; its y anywhere.
        """
        rng, pose = self._rng, world.tool_pose
        R_ht = matrices(pose[:, 3:])
        tip = world.held.tool.tip_midpoint(world.opening)
        tip_h = (R_ht @ tip[..., None])[..., 0] + pose[:, :3]
        x = -cone(rng, SIMS, _UP, SLANT)
        y = np.cross(x, cone(rng, SIMS, _UP, np.pi))
        y /= np.linalg.norm(y, axis=1, keepdims=True)
        R_wh = np.stack([x, y, np.cross(x, y)], axis=-1) @ R_ht.transpose(0, 2, 1)
        aside = rng.uniform(-BESIDE, BESIDE, (2, SIMS))
        above = np.stack([*aside, height / 2 + rng.uniform(*HOVER, SIMS)], axis=1)
        return R_wh, centre + above - (R_wh @ tip_h[..., None])[..., 0]


@functools.cache
def _held() -> tuple[Holding, ...]:
    """Worlds that are only looked at: each tool in its keyframes."""
    worlds = []
    for kind in SUITE:
        world = Holding(compile_hand("leap", make_tool(kind)), SIMS, 1)
        grasps = load_grasps("leap", kind).grasps
        world.reset(np.arange(SIMS), [grasps[i % len(grasps)] for i in range(SIMS)])
        worlds.append(world)
    return tuple(worlds)
