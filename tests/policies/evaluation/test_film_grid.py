"""Films of six episodes, of worlds of every kind."""

from pathlib import Path

import cv2
import pytest

from habilis.envs.media import gl
from habilis.policies.agents.base import Zero
from habilis.policies.evaluation import film_grid
from habilis.policies.vector import make_drawable


@pytest.mark.parametrize("task", ["habilis/TweezersAperture-v0", "habilis/ReachMilk-v0"])
def test_a_film_shows_six_episodes(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        gl.check()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))
    monkeypatch.setattr(film_grid, "LIMIT", 0.3)
    monkeypatch.setattr(film_grid, "HOLD", 1)
    env = make_drawable(task, film_grid.ROWS * film_grid.COLUMNS)
    film_grid.film_grid(env, Zero(env), tmp_path / "film.mp4", 0, "six")
    env.close()
    last = cv2.imread(str(tmp_path / "film.png"))
    assert last is not None and last.std() > 10.0
