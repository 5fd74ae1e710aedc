"""The picture of the architecture is that of the code."""

from pathlib import Path

import pytest

from habilis.scripts.architecture import command
from habilis.scripts.architecture.folders import defined, read_layers
from habilis.scripts.architecture.paths import COMMAND, OBSERVATION

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "architecture.svg"


def test_the_picture_in_the_docs_is_what_the_command_draws(tmp_path: Path) -> None:
    assert command(["--out", str(tmp_path / "new.svg")]) == 0
    drawn = (tmp_path / "new.svg").read_text(encoding="utf-8")
    assert drawn == PICTURE.read_text(encoding="utf-8"), "run: habilis architecture"


def test_every_folder_is_in_the_picture() -> None:
    text = PICTURE.read_text(encoding="utf-8")
    for layer in read_layers():
        for folder in (layer.top, *layer.folders):
            assert f">{folder.name}</text>" in text and folder.about, folder.name


@pytest.mark.parametrize("way", [COMMAND, OBSERVATION])
def test_the_ways_lead_past_what_there_is(way: tuple[object, ...]) -> None:
    assert [stop for stop in way if not defined(getattr(stop, "name", ""))] == []


def test_what_is_not_there_is_noticed() -> None:
    assert defined("envs.world.world.World.advance") and defined("policies.skills")
    assert not defined("envs.world.world.World.fly") and not defined("envs.world.worlds.World")
