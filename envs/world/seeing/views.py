"""A scene from the front, the top and the side, in parallel projection, with the reach drawn.

What hides a thing in a view is drawn see-through in that view, as the robot is in all of them.
"""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.model.preset import TABLE
from habilis.assets.scene.things import Scene
from habilis.envs.media import gl
from habilis.envs.world.seeing.cameras import VISIBLE_GROUPS, Image
from habilis.envs.world.varying.layout import world_boxes

VIEWS = {"front": (180.0, -8.0), "top": (90.0, -89.99), "side": (90.0, -8.0)}
"""Azimuth and elevation of each view, degrees."""

SIZE = (640, 480)
_WORKSPACE_GROUP = 4
_LEFT_OUT = 3  # a group that is not drawn
_THROUGH = 0.65  # share of the picture without what hides something, in the mixture with it
_COARSE = (320, 240)  # what hides what is found in small pictures, which take less time
_PLAIN = 25  # pixels of a thing, there, of which it is not asked whether more of it is hidden
_SEEN = 0.3  # share of a thing's pixels above which it is not hidden
_DEEP = 4  # things behind one another that are looked through
_ROOM = 1.1  # of what is to be seen, around it
_AWAY = 1.0  # m from what is to be seen to the camera, at least


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
    owners, pictures = _owners(compiled, robot), []
    with (
        mujoco.Renderer(model, *reversed(SIZE)) as fine,
        mujoco.Renderer(model, *reversed(_COARSE)) as coarse,
    ):
        for azimuth, elevation in VIEWS.values():
            camera = mujoco.MjvCamera()
            camera.lookat[:] = (low + high) / 2
            camera.azimuth, camera.elevation = azimuth, elevation
            camera.distance = _AWAY + float(np.linalg.norm(high - low))
            camera.orthographic = 1
            model.vis.global_.fovy = _ROOM * _height(high - low, azimuth, elevation)
            hiding = _View(model, data, coarse, camera, owners).hiding()
            view = _View(model, data, fine, camera, owners)
            through = view.picture(hiding | {ROBOT})
            mixed = _THROUGH * through + (1 - _THROUGH) * view.picture(set())
            pictures.append(mixed.round().astype(np.uint8))
    out: Image = np.concatenate(pictures, axis=1)
    return out


class _View:
    """A scene from one side, with only some of it.

    Args:
      model, data, renderer, camera: of the view.
      owners: (ngeom,) name of what each geom belongs to, '' for the floor.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        renderer: mujoco.Renderer,
        camera: mujoco.MjvCamera,
        owners: npt.NDArray[np.str_],
    ) -> None:
        self._model, self._data, self._renderer = model, data, renderer
        self._camera, self._owners = camera, owners
        visible = np.isin(model.geom_group, VISIBLE_GROUPS)
        self._names = set(owners[visible].tolist()) - {"", ROBOT}

    def picture(self, without: set[str]) -> Image:
        """(height, width, 3) of all but what belongs to these."""
        out: Image = self._draw(without, workspace=True)
        return out

    def hiding(self) -> set[str]:
        """Names of things, or the table, behind which others are hidden, the robot left out."""
        hiding: set[str] = set()
        whole = self._pixels(self._names)
        for name in sorted(self._names - {TABLE}):
            if (whole == name).sum() >= _PLAIN:
                continue
            alone = self._pixels({name}) == name
            for _ in range(_DEEP):
                seen = self._pixels(self._names - hiding | {name})[alone]
                if (seen == name).sum() >= _SEEN * alone.sum():
                    break
                hiding |= set(seen.tolist()) - {"", name}
        return hiding

    def _pixels(self, names: set[str]) -> npt.NDArray[np.str_]:
        """(height, width) names of what is seen where, if nothing but these is there."""
        self._renderer.enable_segmentation_rendering()
        try:
            ids = self._draw({"", ROBOT} | self._names - names, workspace=False)
        finally:
            self._renderer.disable_segmentation_rendering()
        is_geom = ids[..., 1] == int(mujoco.mjtObj.mjOBJ_GEOM)
        out: npt.NDArray[np.str_] = np.append(self._owners, "")[np.where(is_geom, ids[..., 0], -1)]
        return out

    def _draw(self, without: set[str], workspace: bool) -> npt.NDArray[Any]:
        """What the renderer is set to, of all but what belongs to these."""
        groups = self._model.geom_group.copy()
        self._model.geom_group[np.isin(self._owners, list(without))] = _LEFT_OUT
        try:
            self._renderer.update_scene(self._data, self._camera, _option(workspace))
        finally:
            self._model.geom_group[:] = groups
        self._renderer.scene.flags[int(mujoco.mjtRndFlag.mjRND_SHADOW)] = False
        out: npt.NDArray[Any] = self._renderer.render().copy()
        return out


def _owners(compiled: Compiled, robot: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    """(ngeom,) name of the thing, the robot or the table that each geom belongs to; '' if none."""
    model, known = compiled.model, {TABLE, *(e.name for e in compiled.scene.entities)}
    bodies = (model.body(body).name for body in model.geom_bodyid)
    names = [name.partition("/")[0].partition(".")[0] for name in bodies]
    owners = np.array([name if name in known else "" for name in names], dtype="<U64")
    owners[robot] = ROBOT
    return owners


def _option(workspace: bool) -> mujoco.MjvOption:
    """What is drawn: geoms for the eye, and the workspace if wanted."""
    option = mujoco.MjvOption()
    for group in range(len(option.geomgroup)):
        option.geomgroup[group] = group in VISIBLE_GROUPS
    option.sitegroup[:] = 0
    option.sitegroup[_WORKSPACE_GROUP] = int(workspace)
    return option


def _extent(scene: Scene, middle: Array, radius: Array) -> tuple[Array, Array]:
    """Corners of the box around all things, the workspace and spheres (k, 3), (k, 1), m."""
    low, high = world_boxes(scene)
    low = np.vstack([low, scene.workspace.lower, middle - radius]).min(axis=0)
    high = np.vstack([high, scene.workspace.upper, middle + radius]).max(axis=0)
    return low, high


def _height(size: Array, azimuth: float, elevation: float) -> float:
    """Height of the picture, m, in which a box of that size is seen whole."""
    a, e = np.deg2rad(azimuth), np.deg2rad(elevation)
    across = abs(np.sin(a)) * size[0] + abs(np.cos(a)) * size[1]
    along = abs(np.cos(a)) * size[0] + abs(np.sin(a)) * size[1]
    up = abs(np.cos(e)) * size[2] + abs(np.sin(e)) * along
    return float(max(up, across * SIZE[1] / SIZE[0]))
