"""Films can be read back, captions are legible, and recording does not slow the run."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene, scene_path
from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import CommandBatch
from habilis.envs.media import captions, gl
from habilis.envs.media import film as film_module
from habilis.envs.media.captions import BAR, Caption, draw_bar, fit, text_width
from habilis.envs.media.film import CODECS, WEBM, Film, Moment, Recorder
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.tool_env import ToolEnv
from habilis.envs.world.world import World

SIZE = (160, 120)


def read(path: Path) -> list[np.ndarray]:
    import cv2

    video = cv2.VideoCapture(str(path))
    frames: list[np.ndarray] = []
    while True:
        more, frame = video.read()
        if not more:
            return frames
        frames.append(frame[..., ::-1])


def flat(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), colour, np.uint8)


@pytest.mark.parametrize(("name", "codecs"), [("film.mp4", CODECS), ("film.webm", WEBM)])
def test_a_film_is_read_back_with_its_colours(
    tmp_path: Path, name: str, codecs: tuple[str, ...]
) -> None:
    colours = [(200, 40, 40)] * 5 + [(40, 60, 200)] * 5
    with Film(tmp_path / "deep" / name, size=SIZE) as film:
        for colour in colours:
            film.add(flat(colour), "step")
    frames = read(film.path)
    assert film.codec in codecs and film.frames == len(frames) == 10
    for frame, colour in zip(frames, colours, strict=True):
        assert frame.shape == (SIZE[1] + BAR, SIZE[0], 3)
        assert np.abs(frame[-100:].mean(axis=(0, 1)) - colour).max() < 12


def test_a_film_without_frames_makes_no_file(tmp_path: Path) -> None:
    with Film(tmp_path / "none.mp4") as film:
        pass
    film.close()
    assert not film.path.exists()


def test_what_a_film_refuses(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        Film(tmp_path / "odd.mp4", size=(161, 120))
    with Film(tmp_path / "film.mp4", size=SIZE) as film:
        with pytest.raises(ValueError, match=r"\(120, 160, 3\), got uint8 \(60, 160, 3\)"):
            film.add(flat((0, 0, 0))[:60])
    with Film(tmp_path / "film.nonsense", size=SIZE) as film:
        with pytest.raises(RuntimeError, match="vp09"):
            film.add(flat((0, 0, 0)))


def test_the_bar_shows_text_and_leaves_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (40, 320, 3), np.uint8)
    for old in (False, True):
        captions._bar.cache_clear()
        if old:
            monkeypatch.setattr(captions, "_face", lambda: None)  # as with OpenCV 4
        empty = draw_bar(picture, Caption())
        full = draw_bar(picture, Caption("drag milk", "1.2 N", 3.4, 2.0))
        assert full.shape == (40 + BAR, 320, 3)
        assert np.array_equal(full[BAR:], picture) and np.array_equal(empty[BAR:], picture)
        assert np.ptp(empty[:BAR].reshape(-1, 3), axis=0).max() == 0
        lit = np.logical_or.reduce(full[:BAR] > 120, axis=2)
        assert lit[:30, :160].any() and lit[30:, :160].any() and lit[:30, 240:].any()
    captions._bar.cache_clear()


def test_long_text_is_cut_to_fit() -> None:
    long = "move_to_position " * 20
    cut = fit(long, 18, 300)
    assert cut.endswith("...") and 200 < text_width(cut, 18) <= 300
    assert fit("short", 18, 300) == "short" and fit("", 18, 10) == ""


def test_a_recorder_films_a_run_at_its_rate(tmp_path: Path) -> None:
    try:
        gl.ensure()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))
    world = World(compile_scene(load_scene(scene_path("reach_milk_2023"))))
    robot = SimRobot(world)
    robot.reset(published(world.scene, 1))
    done: list[tuple[int, int]] = []
    with Film(tmp_path / "run.mp4", size=SIZE) as film:
        recorder = Recorder(world, 0, film, every_ticks=5)
        robot.on_tick = recorder
        recorder.caption = Caption("wait")
        robot.hold(20 * TICK)
        recorder.caption = dataclasses.replace(recorder.caption, text="rise")
        start = recorder.moments[0].qpos.copy()
        for _ in range(20):
            limiter = robot.controller.limiter
            robot.command(
                CommandBatch(limiter.pos - [[0.003, 0, 0.003]], robot.controller.aperture)
            )
        recorder.develop(lambda k, n: done.append((k, n)))
        recorder.develop()  # nothing is filmed twice
    times = [m.time for m in recorder.moments]
    assert np.allclose(np.diff(times), 5 * TICK) and len(times) == 8 == film.frames
    assert done == [(k, 8) for k in range(1, 9)]
    assert [m.caption.text for m in recorder.moments] == ["wait"] * 4 + ["rise"] * 4
    assert recorder.moments[0].caption.speed == 2.0
    frames = read(film.path)
    assert np.abs(frames[0].astype(int) - frames[-1])[:120].max() > 60  # the arm moved
    assert np.array_equal(recorder.moments[0].qpos, start)  # a copy, not a view
    assert recorder.picture(-1, 64, 48).shape == (48, 64, 3)


def test_a_recorder_that_sees_steps_of_an_environment_tells_the_speed_too(tmp_path: Path) -> None:
    env = ToolEnv("habilis/ReachMilk-v0")
    env.reset(seed=0)
    film = Film(tmp_path / "play.mp4", fps=1 / env.core.dt, size=SIZE)
    recorder = Recorder(env.core.world, 0, film, every_ticks=1, period=env.core.dt)
    for _ in range(3):
        recorder()
        env.step(np.zeros_like(env.action_space.sample()))
    assert np.allclose(np.diff([m.time for m in recorder.moments]), 1 / film.fps)
    assert {m.caption.speed for m in recorder.moments} == {1.0}
    film.close()


def test_a_picture_in_which_nothing_has_moved_is_not_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[float] = []

    class Drawn:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def __enter__(self) -> "Drawn":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def state(self, _: str, width: int, height: int, qpos: np.ndarray, __: int) -> np.ndarray:
            drawn.append(float(qpos[0]))
            return np.zeros((height, width, 3), np.uint8)

    monkeypatch.setattr(film_module, "Cameras", Drawn)
    world = World(compile_scene(load_scene(scene_path("reach_milk_2023"))))
    with Film(tmp_path / "run.webm", size=SIZE) as film:
        recorder = Recorder(world, 0, film)
        for q in (0.0, 1e-4, 2e-4, 0.1, 0.1, 0.1 + 2e-4, 0.1 + 4e-4):
            qpos = np.zeros(world.model.nq)
            qpos[0] = q
            recorder.moments.append(Moment(qpos, q, Caption()))
        recorder.develop()
    assert drawn == [0.0, 0.1, 0.1 + 4e-4] and film.frames == 7
