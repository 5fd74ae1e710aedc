"""A model that sees is shown the scene as it is, with marks that say which thing is which."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from tests.llm_planner.answers import BARE, GOOD

from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.envs.media import gl
from habilis.envs.media.marks import Mark, place_for, with_marks
from habilis.envs.robot.robot import SimRobot
from habilis.envs.tasks import load_task
from habilis.envs.world.seeing.views import VIEWS, marked_views
from habilis.envs.world.world import World
from habilis.llm_planner.pipeline.episode import Settings
from habilis.llm_planner.pipeline.loop import prompts_used, solve_with_model
from habilis.llm_planner.pipeline.proposal import ListeningClient
from habilis.llm_planner.report.model import conversation
from habilis.llm_planner.report.record_model import model_dict, save_pictures

Image = npt.NDArray[np.uint8]


@pytest.fixture
def drawing() -> None:
    try:
        gl.check()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))


def read(png: bytes) -> Image:
    found = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(found, np.uint8)


@pytest.mark.usefixtures("drawing")
def test_every_question_shows_the_scene_and_says_whose_numbers_are_in_it(
    scripted: Callable[..., Any], milk: Compiled, robot: SimRobot, tmp_path: Path
) -> None:
    client = ListeningClient(scripted(plan=[BARE, GOOD]))
    settings = Settings(repairs=1, see=True)
    episode = solve_with_model(milk, robot, client, settings)
    assert episode.success
    asked = [x.request.messages[1] for x in client.exchanges]
    assert [[p.name for p in m.pictures] for m in asked] == [list(VIEWS)] * 2
    assert asked[0].pictures == asked[1].pictures  # nothing moved, so nothing is drawn anew
    things = [f"{k} {entity.name}" for k, entity in enumerate(milk.scene.entities, 1)]
    assert f"The numbers in them mean: {', '.join(things)}." in asked[0].content
    assert all(read(p.png).shape == (480, 640, 3) for p in asked[0].pictures)
    assert "pictures" in prompts_used("plan", see=True) and "pictures" not in prompts_used("plan")
    save_pictures(client, tmp_path)
    run = {"model": model_dict(client, episode, settings)}
    assert len(list((tmp_path / "seen").iterdir())) == 3
    assert conversation(run, tmp_path).count("data:image/png") == 6


@pytest.mark.usefixtures("drawing")
@pytest.mark.parametrize("task", ["habilis/PressButton-v0", "habilis/ClimbSofa-v0"])
def test_a_mark_stands_on_or_beside_each_thing_that_is_seen(
    task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from habilis.envs.world.seeing import views

    world = World(compile_scene(load_task(task).scene()), 1)
    kept: list[list[Mark]] = []

    def keep(picture: Image, marks: list[Mark]) -> Image:
        kept.append(marks)
        return with_marks(picture, marks)

    monkeypatch.setattr(views, "with_marks", keep)
    assert list(marked_views(world)) == list(VIEWS)
    every = set(range(1, len(world.scene.entities) + 1))
    assert all({m.number for m in marks} == every for marks in kept)


def test_labels_cover_no_other_and_lead_to_what_they_mark() -> None:
    blank = np.full((120, 160, 3), 200, np.uint8)
    crowd = [Mark(k, 80 + k, 60, 2.0) for k in range(1, 9)]
    one = [with_marks(blank, [mark]) for mark in crowd]
    ink = [int((drawn > 210).all(axis=2).sum()) for drawn in one]
    together = int((with_marks(blank, crowd) > 210).all(axis=2).sum())
    assert (blank == 200).all() and together > 0.95 * sum(ink)  # no number is covered
    alone = with_marks(blank, [Mark(3, 80, 60, 30.0)])
    assert (alone[60, 72] < 60).all() and (alone[30] == 200).all()  # it stands on what it marks
    mask = np.zeros((40, 40), np.bool_)
    mask[5:25, 10:14] = mask[5:15, 10:30] = True
    x, y, room = place_for(mask)
    assert mask[y, x] and room >= 4 and y < 15
