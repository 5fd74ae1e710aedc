"""Cameras: pictures, depth and entity ids by rendering; intrinsics and poses for all of habilis.

Frames: a camera frame has z forward, x right, y down in the picture (the OpenCV convention).
Pixels: column u, row v, from the top left; whole numbers are pixel centres.
Thing ids: ``entity_names`` lists them; -1 is background, that is floor or nothing.
"""

from __future__ import annotations

import itertools
import os
from typing import Any, Protocol

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Floats
from habilis.assets.names import did_you_mean
from habilis.assets.scene.model.pairs import ROBOT
from habilis.assets.scene.model.preset import TABLE
from habilis.assets.scene.things import Workspace
from habilis.envs.closing import Closing
from habilis.envs.media import gl
from habilis.envs.world.world import World

Ints = npt.NDArray[np.int32]
Image = npt.NDArray[np.uint8]

BACKGROUND = -1
"""Thing id of the floor and of nothing."""

VISIBLE_GROUPS = (0, 1, 2)
"""Geom groups that pictures and clouds show; the rest are collision shapes and markers."""

SHADOW_SIZE = 1024
"""Side of the shadow map, texels; twice that where edges are smoothed too, at 10 ms a frame."""

_LINE = 0.0022  # half width of the workspace's edge, m
_LINE_COLOUR = np.array([0.05, 0.45, 0.75, 1.0], np.float32)
_FLIP = np.diag([1.0, -1.0, -1.0])  # MuJoCo's camera looks along -z with y up


def entity_names(world: World) -> tuple[str, ...]:
    """What entity ids stand for, by index: the tracked bodies, then the robot, then the table."""
    return (*world.bodies, ROBOT, TABLE)


def geom_entities(world: World) -> Ints:
    """(ngeom,) entity id of every geom."""
    model, names = world.model, entity_names(world)
    of_body = np.full(model.nbody, BACKGROUND, np.int32)
    for index, tracked in enumerate(world.compiled.tree):
        of_body[world.compiled.index.body(tracked.rows)] = index
    last = world.compiled.index.body((world.robot.base.body, TABLE))
    of_body[last] = np.arange(len(names) - len(last), len(names))
    for body in range(1, model.nbody):  # parents come first
        if of_body[body] == BACKGROUND:
            of_body[body] = of_body[model.body_parentid[body]]
    out: Ints = of_body[model.geom_bodyid]
    return out


def camera_id(model: mujoco.MjModel, camera: str) -> int:
    """Index of a camera; KeyError names the ones there are."""
    names = [model.camera(i).name for i in range(model.ncam)]
    if camera not in names:
        raise KeyError(did_you_mean("camera", camera, names))
    return names.index(camera)


def intrinsics(model: mujoco.MjModel, camera: str, width: int, height: int) -> Array:
    """Camera matrix K (3, 3) of a picture, pixels: (u, v, 1) ~ K (x, y, z) in the camera frame.

    Raises:
      KeyError: no such camera.
      ValueError: the camera is not a plain perspective one given by its field of view.
    """
    index = camera_id(model, camera)
    perspective = int(mujoco.mjtProjection.mjPROJ_PERSPECTIVE)
    if model.cam_projection[index] != perspective or model.cam_sensorsize[index].any():
        raise ValueError(f"camera {camera!r}: only perspective cameras given by fovy are known")
    focal = height / 2 / np.tan(np.deg2rad(model.cam_fovy[index]) / 2)
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])


def pose(world: World, camera: str, sim: int = 0) -> Array:
    """T_world_camera (4, 4) of simulation ``sim``, m: takes camera coordinates to the world's."""
    model = world.sim.get_model(sim)
    return _pose(model, posed(model, world.sim.get_data(sim)), camera_id(model, camera))


def poses(world: World, camera: str, sims: npt.ArrayLike | None = None) -> Array:
    """T_world_camera (k, 4, 4) of simulations ``sims`` (all by default), m."""
    index = np.arange(world.n) if sims is None else np.asarray(sims, int)
    cam = camera_id(world.model, camera)
    if _same_everywhere(world, cam):
        return np.broadcast_to(pose(world, camera), (len(index), 4, 4)).copy()
    return np.stack([pose(world, camera, int(sim)) for sim in index])


def render(
    world: World,
    camera: str = "front",
    width: int = 640,
    height: int = 480,
    sim: int = 0,
    shadows: bool = True,
    outline: bool = False,
) -> Image:
    """One picture (height, width, 3) of simulation ``sim``, smooth edges, red green blue 0-255.

    With ``outline``, the edge of the workspace is drawn on the table.

    Raises:
      KeyError: no such camera.
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """
    with Cameras(world, shadows, 4, outline) as cameras:
        picture: Image = cameras.rgb(camera, width, height, [sim])[0]
        return picture


class Viewed(Protocol):
    """What can be drawn: N simulations of a model."""

    model: mujoco.MjModel
    n: int
    sim: Any  # a Sim that gives MuJoCo's own model and data of a simulation


class Cameras(Closing):
    """Renders simulations of a world; keeps one OpenGL context per picture size.

    The per-simulation model fields are drawn, so what is randomised is seen. Use it from one
    thread, and close it.

    Args:
      world: what to look at.
      shadows: draw shadows; 2-4 times the cost in software, so off for policies.
      samples: of multi-sampling for smooth edges, 0 for none.
      outline: draw the edge of the workspace on the table in colour pictures, for people.

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """

    def __init__(
        self, world: Viewed, shadows: bool = False, samples: int = 0, outline: bool = False
    ) -> None:
        gl.ensure()
        self._outline = outline
        self.world, self._shadows, self._samples = world, shadows, samples
        self._model, self._data = world.sim.get_model(0), world.sim.get_data(0)
        self._renderers: dict[tuple[int, int], Any] = {}
        self._process = os.getpid()

    def rgb(self, camera: str, width: int, height: int, sims: npt.ArrayLike | None = None) -> Image:
        """(k, height, width, 3) red green blue, 0-255, of simulations ``sims`` (all by default)."""
        out: Image = self._take(camera, width, height, sims, self._outline)
        return out

    def depth(
        self, camera: str, width: int, height: int, sims: npt.ArrayLike | None = None
    ) -> Floats:
        """(k, height, width) distance along the camera's z, m; 0 where nothing is seen."""
        self._renderer(width, height).enable_depth_rendering()
        out = self._take(camera, width, height, sims)
        far = self._model.vis.map.zfar * self._model.stat.extent
        return np.where(out < 0.999 * far, out, np.float32(0)).astype(np.float32)

    def segmentation(
        self, camera: str, width: int, height: int, sims: npt.ArrayLike | None = None
    ) -> Ints:
        """(k, height, width) entity ids, see ``entity_names``; -1 is background."""
        self._renderer(width, height).enable_segmentation_rendering()
        ids = self._take(camera, width, height, sims)
        is_geom = ids[..., 1] == int(mujoco.mjtObj.mjOBJ_GEOM)
        if not isinstance(self.world, World):
            raise TypeError("only things of a scene have entity ids, this is a hand with a tool")
        of_geom = np.append(geom_entities(self.world), np.int32(BACKGROUND))
        out: Ints = of_geom[np.where(is_geom, ids[..., 0], -1)]
        return out

    def state(self, camera: str, width: int, height: int, qpos: Array, sim: int = 0) -> Image:
        """(height, width, 3) picture of simulation ``sim`` as if it stood at ``qpos`` (nq,)."""
        index = camera_id(self._model, camera)
        self.world.sim.get_model(sim, self._model)
        self._data.qpos[:] = qpos
        out: Image = self._draw(self._renderer(width, height), index, self._outline)
        return out

    def close(self) -> None:
        """Free the OpenGL contexts; closing twice is fine."""
        while self._renderers:
            renderer = self._renderers.popitem()[1]
            if os.getpid() == self._process:  # else they belong to what this was forked from
                renderer.close()

    def _take(
        self,
        camera: str,
        width: int,
        height: int,
        sims: npt.ArrayLike | None,
        outline: bool = False,
    ) -> Any:
        """Pictures of whatever kind the renderer is set to; sets it back to colour."""
        renderer = self._renderer(width, height)
        try:
            cam = camera_id(self._model, camera)
            index = np.arange(self.world.n) if sims is None else np.asarray(sims, int)
            return np.stack([self._one(renderer, cam, int(sim), outline) for sim in index])
        finally:
            renderer.disable_depth_rendering()
            renderer.disable_segmentation_rendering()

    def _one(self, renderer: Any, camera: int, sim: int, outline: bool) -> Any:
        self.world.sim.get_model(sim, self._model)
        self.world.sim.get_data(sim, self._data)
        return self._draw(renderer, camera, outline)

    def _draw(self, renderer: Any, camera: int, outline: bool) -> Any:
        posed(self._model, self._data)
        renderer.update_scene(self._data, camera)
        if outline and isinstance(self.world, World):
            _add_outline(renderer.scene, self.world.scene.workspace)
        flags = renderer.scene.flags
        flags[int(mujoco.mjtRndFlag.mjRND_SHADOW)] = self._shadows
        flags[int(mujoco.mjtRndFlag.mjRND_REFLECTION)] = False
        return renderer.render()

    def _renderer(self, width: int, height: int) -> Any:
        gl.check_process()
        if (width, height) not in self._renderers:
            vis = self._model.vis
            vis.global_.offwidth, vis.global_.offheight = width, height
            vis.quality.offsamples = self._samples
            vis.quality.shadowsize = SHADOW_SIZE * (2 if self._samples else 1)
            self._renderers[width, height] = mujoco.Renderer(self._model, height, width)
        return self._renderers[width, height]


class ScenePictures:
    """Pictures of a world for people: smooth edges, shadows; opens what it needs when asked.

    Args:
      world: what to look at.
    """

    def __init__(self, world: Viewed) -> None:
        self._world = world
        self._cameras: Cameras | None = None

    def take(self, camera: str, size: tuple[int, int], sim: int) -> Image:
        """See ``habilis.envs.parts.Pictures``."""
        if self._cameras is None:
            self._cameras = Cameras(self._world, shadows=True, samples=4)
        out: Image = self._cameras.rgb(camera, *size, [sim])[0]
        return out

    def close(self) -> None:
        """Free the OpenGL contexts; closing twice is fine."""
        if self._cameras is not None:
            self._cameras.close()
            self._cameras = None


def _add_outline(scene: mujoco.MjvScene, workspace: Workspace) -> None:
    (x0, y0, _), (x1, y1, _) = workspace.lower, workspace.upper
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    box = mujoco.mjtGeom.mjGEOM_BOX
    for (ax, ay), (bx, by) in itertools.pairwise(corners):
        half = [abs(bx - ax) / 2 + _LINE, abs(by - ay) / 2 + _LINE, _LINE / 4]
        centre = [(ax + bx) / 2, (ay + by) / 2, _LINE / 4]
        geom = scene.geoms[scene.ngeom]
        mujoco.mjv_initGeom(geom, box, half, centre, np.eye(3).ravel(), _LINE_COLOUR)
        scene.ngeom += 1


def posed(model: mujoco.MjModel, data: mujoco.MjData) -> mujoco.MjData:
    """``data`` with geoms, cameras and lights where its joint positions put them."""
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    mujoco.mj_camlight(model, data)
    return data


def _pose(model: mujoco.MjModel, data: mujoco.MjData, camera: int) -> Array:
    out = np.eye(4)
    out[:3, :3] = data.cam_xmat[camera].reshape(3, 3) @ _FLIP
    out[:3, 3] = data.cam_xpos[camera]
    return out


def _same_everywhere(world: World, camera: int) -> bool:
    """Whether the camera stands still in the world at one pose in all simulations."""
    varied = any(world.sim.varies(f) for f in ("cam_pos", "cam_quat"))
    return int(world.model.cam_bodyid[camera]) == 0 and not varied
