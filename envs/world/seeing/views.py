"""A scene from the front, the top and the side, in parallel projection, with the reach drawn.

What hides a thing in a view is drawn see-through in that view, as the robot is in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from habilis.envs.media.marks import Mark, place_for, with_marks
from habilis.envs.world.seeing.cameras import VISIBLE_GROUPS, Image, posed
from habilis.envs.world.world import World

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
    compiled = compile_scene(scene)
    model, data = compiled.model, mujoco.MjData(compiled.model)
    robot_spec = compiled.robot
    for joint, angle in zip(robot_spec.joints, robot_spec.home, strict=True):
        data.joint(joint).qpos[0] = angle
    mujoco.mj_forward(model, data)
    box = _extent(model, data, _owners(compiled), scene)
    sides = _sides(compiled, model, data, box, workspace=True)
    shown = [view.picture(hiding) for view, hiding in sides]
    out: Image = np.concatenate(shown, axis=1)
    return out


def marked_views(world: World, sim: int = 0) -> dict[str, Image]:
    """Close views of the things of a simulation as it stands, each (480, 640, 3), by name.

    The number k stands on, or beside, what can be seen of the k-th thing of the scene, from 1 on.

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    model, data = world.sim.get_model(sim), world.sim.get_data(sim)
    posed(model, data)
    names = [entity.name for entity in world.scene.entities]
    box = _extent(model, data, _owners(world.compiled))
    sides = _sides(world.compiled, model, data, box, workspace=False)
    return {
        name: with_marks(view.picture(hiding), view.marks(names, hiding))
        for name, (view, hiding) in zip(VIEWS, sides, strict=True)
    }


def _sides(
    compiled: Compiled,
    model: mujoco.MjModel,
    data: mujoco.MjData,
    box: tuple[Array, Array],
    workspace: bool,
) -> Iterator[tuple[_View, set[str]]]:
    """Each of ``VIEWS``, with the names of what hides something in it; good until the next.

    Args:
      compiled, model, data: of the scene.
      box: corners of what is to be seen, m.
      workspace: whether it is drawn.
    """
    gl.ensure()
    owners, (low, high) = _owners(compiled), box
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
            hiding = _View(model, data, coarse, camera, owners, workspace).hiding()
            yield _View(model, data, fine, camera, owners, workspace), hiding


class _View:
    """A scene from one side, with only some of it.

    Args:
      model, data, renderer, camera: of the view.
      owners: (ngeom,) name of what each geom belongs to, '' for the floor.
      workspace: whether it is drawn.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        renderer: mujoco.Renderer,
        camera: mujoco.MjvCamera,
        owners: npt.NDArray[np.str_],
        workspace: bool,
    ) -> None:
        self._model, self._data, self._renderer = model, data, renderer
        self._camera, self._owners, self._workspace = camera, owners, workspace
        visible = np.isin(model.geom_group, VISIBLE_GROUPS)
        self._names = set(owners[visible].tolist()) - {"", ROBOT}

    def picture(self, hiding: set[str]) -> Image:
        """(height, width, 3) of all; the robot and what hides something are see-through."""
        through = self._draw(hiding | {ROBOT}, self._workspace)
        mixed = _THROUGH * through + (1 - _THROUGH) * self._draw(set(), self._workspace)
        return mixed.round().astype(np.uint8)

    def marks(self, names: Sequence[str], hiding: set[str]) -> list[Mark]:
        """Where the number of each thing belongs; what cannot be seen has none."""
        whole, out = self._pixels(self._names - hiding), []
        for number, name in enumerate(names, 1):
            seen = whole == name if name not in hiding else self._pixels({name}) == name
            if seen.any():
                out.append(Mark(number, *place_for(seen)))
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


def _owners(compiled: Compiled) -> npt.NDArray[np.str_]:
    """(ngeom,) name of the thing, the robot or the table that each geom belongs to; '' if none."""
    model, known = compiled.model, {TABLE, *(e.name for e in compiled.scene.entities)}
    root = model.body_rootid[model.body(compiled.robot.base.body).id]
    bodies = (model.body(body).name for body in model.geom_bodyid)
    names = [name.partition("/")[0].partition(".")[0] for name in bodies]
    owners = np.array([name if name in known else "" for name in names], dtype="<U64")
    owners[model.body_rootid[model.geom_bodyid] == root] = ROBOT
    return owners


def _option(workspace: bool) -> mujoco.MjvOption:
    """What is drawn: geoms for the eye, and the workspace if wanted."""
    option = mujoco.MjvOption()
    for group in range(len(option.geomgroup)):
        option.geomgroup[group] = group in VISIBLE_GROUPS
    option.sitegroup[:] = 0
    option.sitegroup[_WORKSPACE_GROUP] = int(workspace)
    return option


def _extent(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    owners: npt.NDArray[np.str_],
    scene: Scene | None = None,
) -> tuple[Array, Array]:
    """Corners of the box around all things, and around robot and workspace of a scene, m."""
    left_out = ["", TABLE] if scene is not None else ["", TABLE, ROBOT]
    shown = np.isin(model.geom_group, VISIBLE_GROUPS) & ~np.isin(owners, left_out)
    middle, half = np.split(model.geom_aabb[shown], 2, axis=1)
    turned = data.geom_xmat[shown].reshape(-1, 3, 3)
    middle = data.geom_xpos[shown] + np.einsum("gij,gj->gi", turned, middle)
    half = np.einsum("gij,gj->gi", np.abs(turned), half)
    room = scene.workspace if scene is not None else None
    low = np.vstack([middle - half, *([room.lower] if room else ())]).min(axis=0)
    high = np.vstack([middle + half, *([room.upper] if room else ())]).max(axis=0)
    return low, high


def _height(size: Array, azimuth: float, elevation: float) -> float:
    """Height of the picture, m, in which a box of that size is seen whole."""
    a, e = np.deg2rad(azimuth), np.deg2rad(elevation)
    across = abs(np.sin(a)) * size[0] + abs(np.cos(a)) * size[1]
    along = abs(np.cos(a)) * size[0] + abs(np.sin(a)) * size[1]
    up = abs(np.cos(e)) * size[2] + abs(np.sin(e)) * along
    return float(max(up, across * SIZE[1] / SIZE[0]))
