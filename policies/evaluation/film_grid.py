"""Six episodes in one film, side by side, each saying how it ended."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from habilis.envs.core import Core
from habilis.envs.media.captions import BAR, Caption, draw_bar
from habilis.envs.media.film import Film, save_picture
from habilis.envs.world.seeing.cameras import Cameras, Image
from habilis.policies.agents.base import Agent
from habilis.policies.evaluation.evaluate import EpisodeResult
from habilis.policies.vector import Vector, row, seconds

ROWS, COLUMNS = 2, 3
TILE = (320, 240)
EVERY = 0.2  # s a picture, about
FPS = 10.0
HOLD = 15  # pictures that the end stays
LIMIT = 60.0  # s after which the film ends, whatever runs still


def film_grid(env: Vector, agent: Agent, path: Path, seed: int, title: str) -> list[EpisodeResult]:
    """Film episodes of the seeds ``seed ..``; also leaves the last picture beside the film as PNG.

    Args:
      env: with ``ROWS * COLUMNS`` episodes; drawn by its ``core.world`` where it has a ``Core``,
        else by its ``render``.
      agent: who acts.
      path: of the film; its folder is made.
      seed: of the first episode.
      title: what the bar below says.

    Returns:
      How the filmed episodes ended; those still running at ``LIMIT`` are left out.

    Raises:
      ValueError: another number of episodes.
      RenderingUnavailable: no OpenGL here.
    """
    if env.num_envs != ROWS * COLUMNS:
        raise ValueError(f"a grid shows {ROWS * COLUMNS} episodes, got {env.num_envs}")
    size = (COLUMNS * TILE[0], ROWS * (TILE[1] + BAR))
    dt = seconds(env)
    every = max(1, round(EVERY / dt))
    speed = FPS * every * dt
    with Film(path, FPS, size) as film, _painter(env) as paint:
        grid = _Grid(env, seed, paint)
        observation, _ = env.reset(seed=seed)
        agent.reset(range(env.num_envs))
        for step in range(round(LIMIT / dt)):
            if step % every == 0:
                film.add(grid.picture(step), Caption(title, speed=speed, time=step * dt))
            observation, reward, terminated, truncated, info = env.step(agent.act(observation))
            over = [int(i) for i in np.flatnonzero(terminated | truncated)]
            grid.note(over, step + 1, reward, terminated, info)
            if over:
                agent.reset(over)
            if len(grid.ended) == env.num_envs:
                break
        last = grid.picture(step + 1)
        for _ in range(HOLD):
            film.add(last, Caption(title, speed=speed, time=(step + 1) * dt))
    save_picture(path.with_suffix(".png"), draw_bar(last, Caption(title)))
    return [grid.ended[i] for i in sorted(grid.ended)]


class _Grid:
    """The tiles; one whose episode is over keeps its last picture."""

    def __init__(self, env: Vector, seed: int, paint: Callable[[Sequence[int]], Image]) -> None:
        self.ended: dict[int, EpisodeResult] = {}
        self._n, self._seed, self._paint = env.num_envs, seed, paint
        self._dt, self._total = seconds(env), np.zeros(env.num_envs)
        self._tiles: dict[int, Image] = {}

    def picture(self, step: int) -> Image:
        running = [i for i in range(self._n) if i not in self.ended]
        for i, frame in zip(running, self._paint(running) if running else (), strict=True):
            self._tiles[i] = frame
        tiles = [draw_bar(self._tiles[i], self._caption(i, step)) for i in range(self._n)]
        rows = [np.hstack(tiles[r * COLUMNS : (r + 1) * COLUMNS]) for r in range(ROWS)]
        return np.vstack(rows)

    def note(
        self, over: list[int], steps: int, reward: Any, terminated: Any, info: dict[str, Any]
    ) -> None:
        fresh = [i for i in range(self._n) if i not in self.ended]
        self._total[fresh] += reward[fresh]
        for i in over:
            if i not in self.ended:
                last = row(info["final_info"], i)
                how = steps, self._total[i], bool(terminated[i])
                self.ended[i] = EpisodeResult.ended(self._seed + i, last, *how)

    def _caption(self, i: int, step: int) -> Caption:
        if i not in self.ended:
            return Caption(f"seed {self._seed + i}", "", step * self._dt)
        e = self.ended[i]
        word = "success" if e.success else "failed" if e.failure else "out of time"
        return Caption(f"seed {e.seed}: {word}", e.failure, e.steps * self._dt)


@contextlib.contextmanager
def _painter(env: Vector) -> Iterator[Callable[[Sequence[int]], Image]]:
    """Pictures (k, H, W, 3) of the episodes asked for."""
    core = getattr(env, "core", None)
    if not isinstance(core, Core):

        def drawn(sims: Sequence[int]) -> Image:
            pictures: Any = env.render()
            return np.stack([_fit(pictures[i]) for i in sims])

        yield drawn
        return
    camera = core.task.view.camera
    if not hasattr(core.world, "sim"):  # several worlds, each with pictures of its own
        yield lambda sims: np.stack([core.picture(camera, TILE, i) for i in sims])
        return
    with Cameras(core.world, outline=True) as cameras:
        yield lambda sims: cameras.rgb(camera, *TILE, list(sims))


def _fit(picture: Image) -> Image:
    """Nearest pixels of a picture of another size."""
    rows, columns = (np.arange(n) * m // n for n, m in zip(TILE[::-1], picture.shape, strict=False))
    return picture[rows][:, columns]
