"""The one physics preset for manipulation, and the empty room every scene stands in.

The values were found by measuring grasp creep and drag success over randomised layouts; the
creep test in ``tests/envs/world/test_physics.py`` holds them to it.
"""

from __future__ import annotations

import mujoco
import numpy as np

TIMESTEP = 0.004  # s
IMPRATIO = 100.0  # creep of a held object falls about as 1/impratio
TABLE_FRICTION = 0.6
TABLE_THICKNESS = 0.04  # m
TABLE_HEIGHT = 0.75  # m, of the table top above the floor
OBJECT_PRIORITY = 1  # pads 2 > objects 1 > table 0: else the larger friction of a pair wins
TORSIONAL = 0.005  # m
# How contacts of solid things give. By MuJoCo's default they give in proportion to the load, and a
# pressing arm stayed millimetres deep in a block; see ``tests/envs/world/test_physics.py``.
HARD_SOLREF = (0.01, 1.0)
HARD_SOLIMP = (0.99, 0.999, 0.001, 0.5, 2.0)
_TABLE_SAYS = 1000.0  # weight of the table's values against those of what has the same priority

TABLE = "table"
BACKDROP = (0.76, 0.79, 0.82)  # where the floor ends
Corner = tuple[float, float]


def apply_preset(spec: mujoco.MjSpec) -> None:
    """Set the solver, contact and time-step options of the manipulation preset."""
    spec.option.timestep = TIMESTEP
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = IMPRATIO
    spec.compiler.degree = False
    spec.compiler.autolimits = True


def add_room(spec: mujoco.MjSpec, table: tuple[Corner, Corner]) -> None:
    """Add a floor, a lit table whose top is at z = 0, and three cameras; apply the preset.

    Args:
      spec: to add to; gets a static body ``table``.
      table: lower and upper corner (x, y) of the table top, m.
    """
    apply_preset(spec)
    _add_look(spec)
    world = spec.worldbody
    world.add_geom(
        name="floor",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0, 0, 0.5],
        pos=[0, 0, -TABLE_HEIGHT],
        material="floor",
    )
    _add_table(spec, table)
    _add_cameras(world)


def add_ground(spec: mujoco.MjSpec, low: Corner, high: Corner) -> None:
    """Add a lit floor at z = 0 and three cameras that see a part of it; apply the preset.

    Args:
      spec: to add to; gets a static body ``table``, which is the floor.
      low, high: corners (x, y) of what is to be seen, m.
    """
    apply_preset(spec)
    _add_look(spec)
    world = spec.worldbody
    world.add_body(name=TABLE).add_geom(
        name=TABLE, type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 0.5], material="ground",
        friction=[TABLE_FRICTION, TORSIONAL, 0.0001],
    )  # fmt: skip
    x, y, wide = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, max(np.subtract(high, low))
    world.add_light(
        name="key", pos=[x + 0.4 * wide, y - 0.6 * wide, wide], dir=[-0.4, 0.6, -1.0], cutoff=60,
        exponent=0, castshadow=True, diffuse=[0.5, 0.49, 0.47], specular=[0.1, 0.1, 0.1],
    )  # fmt: skip
    eye = (x + 0.35 * wide, y - 1.05 * wide, 0.7 * wide)
    look_at(world, "front", eye, (x, y, 0.15), fovy=42)
    look_at(world, "side", (x, y - 1.3 * wide, 0.3 * wide), (x, y, 0.2), fovy=42)
    look_at(world, "top", (x, y - 0.001, 1.3 * wide), (x, y, 0.0), fovy=44)


def _add_look(spec: mujoco.MjSpec) -> None:
    spec.visual.global_.offwidth = 1280
    spec.visual.global_.offheight = 960
    spec.visual.headlight.ambient = [0.36, 0.36, 0.37]
    spec.visual.headlight.diffuse = [0.22, 0.22, 0.22]
    spec.visual.headlight.specular = [0, 0, 0]
    spec.visual.quality.shadowsize = 4096
    spec.visual.map.shadowscale = 0.9
    spec.visual.map.haze = 0.6
    spec.visual.rgba.haze = [*BACKDROP, 1]
    spec.add_texture(
        name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.93, 0.94, 0.96], rgb2=list(BACKDROP), width=128, height=128,
    )  # fmt: skip
    # A dark colour that glows: the pool of light beside the table then hardly shows on it.
    spec.add_material(name="floor", rgba=[0.34, 0.355, 0.37, 1], emission=1, specular=0)
    spec.add_material(name="ground", rgba=[0.66, 0.64, 0.60, 1], specular=0, reflectance=0)
    spec.add_material(name="table", rgba=[0.80, 0.755, 0.69, 1], specular=0.05, shininess=0.1)
    spec.add_material(name="leg", rgba=[0.42, 0.44, 0.47, 1], specular=0.1)


def _add_table(spec: mujoco.MjSpec, table: tuple[Corner, Corner]) -> None:
    (x0, y0), (x1, y1) = table
    world = spec.worldbody
    body = world.add_body(name=TABLE, pos=[(x0 + x1) / 2, (y0 + y1) / 2, 0])
    half = [(x1 - x0) / 2, (y1 - y0) / 2, TABLE_THICKNESS / 2]
    body.add_geom(
        name=TABLE,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=half,
        pos=[0, 0, -TABLE_THICKNESS / 2],
        friction=[TABLE_FRICTION, TORSIONAL, 0.0001],
        solref=HARD_SOLREF,
        solimp=HARD_SOLIMP,
        solmix=_TABLE_SAYS,
        material="table",
    )
    leg = (TABLE_HEIGHT - TABLE_THICKNESS) / 2
    for sx in (-1, 1):
        for sy in (-1, 1):
            body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_BOX,
                size=[0.03, 0.03, leg],
                pos=[sx * (half[0] - 0.05), sy * (half[1] - 0.05), -TABLE_THICKNESS - leg],
                material="leg",
                contype=0,
                conaffinity=0,
            )
    _add_lights(world)


def _add_lights(world: mujoco.MjsBody) -> None:
    """A key light with shadows, narrow so that its shadow map is fine, and a soft fill light."""
    world.add_light(
        name="key", pos=[0.95, -1.35, 2.6], dir=[-0.75, 1.35, -2.45], cutoff=24, exponent=0,
        castshadow=True, diffuse=[0.52, 0.51, 0.49], specular=[0.2, 0.2, 0.2],
    )  # fmt: skip
    world.add_light(
        name="fill", pos=[-0.5, 1.6, 2.2], dir=[0.7, -1.6, -2.1], cutoff=60, exponent=0,
        castshadow=False, diffuse=[0.18, 0.19, 0.21], specular=[0, 0, 0],
    )  # fmt: skip


def _add_cameras(world: mujoco.MjsBody) -> None:
    look_at(world, "front", eye=(1.42, -0.92, 0.86), target=(0.17, -0.01, 0.235), fovy=38)
    look_at(world, "side", eye=(0.20, -1.75, 0.55), target=(0.18, 0.0, 0.28), fovy=36)
    look_at(world, "top", eye=(0.24, -0.001, 2.1), target=(0.24, 0.0, 0.0), fovy=34)


def look_at(
    body: mujoco.MjsBody,
    name: str,
    eye: tuple[float, float, float],
    target: tuple[float, float, float],
    fovy: float,
) -> None:
    """Add a fixed camera at ``eye`` looking at ``target`` (m, body frame), z up in the picture.

    Args:
      body: body to add it to.
      name: of the camera.
      eye: position, m.
      target: point in the middle of the picture, m.
      fovy: vertical field of view, degrees.
    """
    forward = np.array(target) - np.array(eye)
    back = -forward / np.linalg.norm(forward)
    right = np.array([-back[1], back[0], 0.0])
    right /= np.linalg.norm(right)
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, np.stack([right, np.cross(back, right), back], axis=1).ravel())
    body.add_camera(name=name, pos=list(eye), quat=quat, fovy=fovy)
