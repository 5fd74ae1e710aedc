"""Pictures and films of function tests: some runs side by side, close to the jaws."""

from __future__ import annotations

import copy
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.envs.hand.holding import Holding
from habilis.envs.media import gl
from habilis.envs.media.film import Film, save_picture

Image = npt.NDArray[np.uint8]

EVERY = 2  # steps between the pictures of a film
SIDE = 320  # pixels, of one run
_VIEW = (0.21, 70.0, -48.0)  # m, degrees: distance, azimuth, elevation


class Onlooker:
    """A ``Watch`` that keeps a picture of the end of every stage, and films the whole.

    Args:
      runs: which simulations, side by side.
      film: file to write; none by default.

    Raises:
      RenderingUnavailable: no OpenGL here; the message says what to install.
    """

    def __init__(self, runs: npt.ArrayLike, film: Path | None = None) -> None:
        gl.ensure()
        self.runs = np.asarray(runs, int)
        self._path = film
        self._film: Film | None = None  # begun at the first step
        self._frames: dict[str, Image] = {}
        self._eyes: _Eyes | None = None
        self._steps, self._stage = 0, ""

    def __call__(self, stage: str, world: Holding) -> None:
        """After a step of a stage."""
        if self._eyes is None:
            self._eyes = _Eyes(world, self.runs)
            if self._path:
                size = (SIDE * len(self.runs), SIDE)
                self._film = Film(self._path, 1 / (EVERY * world.dt), size)
        if self._film and self._steps % EVERY == 0:
            self._film.add(self._eyes.see(world), stage)
        if stage != self._stage:
            self._frames[f"start of {stage}"] = self._eyes.see(world)
        self._stage, self._steps = stage, self._steps + 1
        self._last = world

    def close(self, picture: Path | None = None) -> None:
        """End the film, and write the pictures: a row for the start of each stage and the end."""
        if self._eyes is not None:
            self._frames["end"] = self._eyes.see(self._last)
            self._eyes.renderer.close()
        if self._film:
            self._film.close()
        if picture and self._frames:
            picture.parent.mkdir(parents=True, exist_ok=True)
            save_picture(picture, np.concatenate(list(self._frames.values())))


class _Eyes:
    """A renderer and a camera for each run that stays where the tool was at first."""

    def __init__(self, world: Holding, runs: npt.NDArray[np.int_]) -> None:
        self.model, self.runs = copy.copy(world.model), runs
        self.model.vis.global_.offwidth = self.model.vis.global_.offheight = SIDE
        self.data = mujoco.MjData(self.model)
        self.renderer = mujoco.Renderer(self.model, SIDE, SIDE)
        self.cameras = [self._camera(world, int(run)) for run in runs]

    def _camera(self, world: Holding, run: int) -> mujoco.MjvCamera:
        world.sim.get_data(run, self.data)
        mujoco.mj_kinematics(self.model, self.data)
        camera, names = mujoco.MjvCamera(), world.held.names
        tip, pivot = (self.data.site(names.frames[f]).xpos for f in ("tip", "pivot"))
        camera.lookat[:] = (2 * tip + pivot) / 3
        camera.distance, camera.azimuth, camera.elevation = _VIEW
        return camera

    def see(self, world: Holding) -> Image:
        """The runs side by side, (SIDE, SIDE k, 3)."""
        shots = []
        for run, camera in zip(self.runs, self.cameras, strict=True):
            world.sim.get_data(int(run), self.data)
            mujoco.mj_forward(self.model, self.data)
            self.renderer.update_scene(self.data, camera)
            shots.append(self.renderer.render().copy())
        return np.concatenate(shots, axis=1)
