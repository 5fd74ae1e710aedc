"""A scene from the front, the top and the side, in parallel projection, with the reach drawn."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.media import gl
from habilis.envs.world.cameras import VISIBLE_GROUPS, Image
from habilis.envs.world.layout import world_boxes

VIEWS = {"front": (180.0, -8.0), "top": (90.0, -89.99), "side": (90.0, -8.0)}
"""Azimuth and elevation of each view, degrees."""

SIZE = (640, 480)
_WORKSPACE_GROUP = 4
_CLEAR = 0.35  # alpha of the robot
_ROOM = 1.1  # of what is to be seen, around it


def views(scene: Scene) -> Image:
    """The three views beside each other, (480, 1920, 3), red green blue.

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    gl.ensure()
    compiled = compile_scene(scene)
    model, data = compiled.model, mujoco.MjData(compiled.model)
    robot_spec = compiled.robot
    for joint, angle in zip(robot_spec.joints, robot_spec.home, strict=True):
        data.joint(joint).qpos[0] = angle
    mujoco.mj_forward(model, data)
    root = model.body_rootid[model.body(compiled.robot.base.body).id]
    robot = np.flatnonzero(model.body_rootid[model.geom_bodyid] == root)
    shown = robot[np.isin(model.geom_group[robot], VISIBLE_GROUPS)]
    low, high = _extent(scene, data.geom_xpos[shown], model.geom_rbound[shown, None])
    _see_through(model, robot)
    width, height = SIZE
    model.vis.global_.offwidth, model.vis.global_.offheight = width, height
    option = mujoco.MjvOption()
    for group in range(len(option.geomgroup)):
        option.geomgroup[group] = group in VISIBLE_GROUPS
    option.sitegroup[_WORKSPACE_GROUP] = 1
    pictures = []
    with mujoco.Renderer(model, height, width) as renderer:
        for azimuth, elevation in VIEWS.values():
            camera = mujoco.MjvCamera()
            camera.lookat[:] = (low + high) / 2
            camera.azimuth, camera.elevation, camera.distance = azimuth, elevation, 4.0
            camera.orthographic = 1
            model.vis.global_.fovy = _ROOM * _height(high - low, azimuth, elevation)
            renderer.update_scene(data, camera, option)
            renderer.scene.flags[int(mujoco.mjtRndFlag.mjRND_SHADOW)] = False
            pictures.append(renderer.render().copy())
    out: Image = np.concatenate(pictures, axis=1)
    return out


def _extent(scene: Scene, middle: Array, radius: Array) -> tuple[Array, Array]:
    """Corners of the box around all things, the workspace and spheres (k, 3), (k, 1), m."""
    low, high = world_boxes(scene)
    low = np.vstack([low, scene.workspace.lower, middle - radius]).min(axis=0)
    high = np.vstack([high, scene.workspace.upper, middle + radius]).max(axis=0)
    return low, high


def _see_through(model: mujoco.MjModel, geoms: npt.NDArray[np.int64]) -> None:
    """The robot hides nothing."""
    model.geom_rgba[geoms, 3] = _CLEAR
    materials = model.geom_matid[geoms]
    model.mat_rgba[materials[materials >= 0], 3] = _CLEAR


def _height(size: Array, azimuth: float, elevation: float) -> float:
    """Height of the picture, m, in which a box of that size is seen whole."""
    a, e = np.deg2rad(azimuth), np.deg2rad(elevation)
    across = abs(np.sin(a)) * size[0] + abs(np.cos(a)) * size[1]
    along = abs(np.cos(a)) * size[0] + abs(np.sin(a)) * size[1]
    up = abs(np.cos(e)) * size[2] + abs(np.sin(e)) * along
    return float(max(up, across * SIZE[1] / SIZE[0]))
