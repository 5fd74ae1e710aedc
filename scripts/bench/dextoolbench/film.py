"""Films of episodes of DexToolBench."""

from __future__ import annotations

from pathlib import Path

from habilis.assets.dextool.scene import FILM
from habilis.envs.dextool.following import Following
from habilis.envs.dextool.use.guiding import Guiding
from habilis.envs.media.film import Film
from habilis.envs.world.seeing.cameras import ScenePictures

_EVERY = 12  # control steps between pictures


class SequenceFilm:
    """A film of the first episode, five pictures a second of the world's time, five times faster.

    Args:
      path: file to write.
    """

    def __init__(self, path: Path) -> None:
        self._film = Film(path, 25, (640, 480), bar=False)
        self._pictures: ScenePictures | None = None

    def __call__(self, run: Following | Guiding, step: int) -> None:
        """See ``Watch``."""
        if run.over[0] or step % _EVERY:
            return
        if self._pictures is None:
            self._pictures = ScenePictures(run.world)
        if isinstance(run, Following):
            run.show_goal(0)
        self._film.add(self._pictures.take(FILM, (640, 480), 0))

    def close(self) -> None:
        """Finish the film."""
        self._film.close()
        if self._pictures is not None:
            self._pictures.close()
