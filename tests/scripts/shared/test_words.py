"""What an instruction is about, as far as bare words tell, and whether a goal may be meant."""

import dataclasses

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal_text import parse_goal
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path, shipped
from habilis.scripts.shared.scenes import choose_scene, contradiction, written_scene
from habilis.scripts.shared.words import named


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A goal about a carton of milk, with a hammer and a toy pineapple beside it."""
    return load_scene(scene_path("reach_milk_2023"))


@pytest.mark.parametrize(
    ("instruction", "said"),
    [
        ("Pick up the hammers", "is about hammer;"),
        ("the HAMMER's handle, please", "is about hammer;"),
        ("Pick up the hammer next to the milk", "is about hammer;"),
        ("get the pineapples", "is about pineapple_toy;"),
        ("Don't touch the milk!", "is about leaving milk alone;"),
        ("Leave the milk where it is", "is about leaving milk alone;"),
        ("Don’t move the milk; lift the hammer", "is about hammer;"),
        ("Use the hammer to get the milk", ""),
        ("Do not touch the toy, fetch the milk", ""),
        ("Reach behind the hammer for the milk", ""),
        ("Get me something to drink", ""),
    ],
)
def test_words_may_be_many_negated_or_of_where_something_is(
    scene: Scene, instruction: str, said: str
) -> None:
    found = contradiction(scene, instruction)
    assert said in found and bool(found) == bool(said)


def test_each_word_counts_for_the_name_that_it_fits_best() -> None:
    blocks, cubes = ["red_block", "blue_block", "block"], ["cube1", "cube2", "milk"]
    assert named(["pick", "blue", "block"], blocks) == ["blue_block"]
    assert named(["pick", "block"], blocks) == blocks
    assert named(["block", "on", "blue", "block"], blocks[1:]) == ["blue_block", "block"]
    assert named(["cube", "2"], cubes) == ["cube2"]
    assert named(["cube", "1", "2"], cubes) == ["cube1", "cube2"]
    assert named(["milk", "banana"], cubes) == ["milk"]


def test_what_others_are_brought_to_is_what_a_goal_is_about(scene: Scene) -> None:
    asked = dataclasses.replace(scene, goal=parse_goal("near(milk, pineapple_toy, 0.1)"))
    assert not contradiction(asked, "Keep the toy company")
    assert contradiction(asked, "Keep the hammer company")


@pytest.mark.parametrize("name", shipped())
def test_a_scene_is_found_by_its_own_words_and_they_mean_its_goal(name: str) -> None:
    scene = load_scene(scene_path(name))
    assert not contradiction(written_scene("", scene.instruction), scene.instruction)
    assert not contradiction(scene, scene.instruction.upper() + " Please!")


@pytest.mark.parametrize(
    ("instruction", "scene"),
    [
        ("Pick up the hammer", "reach_milk_2023"),
        ("Sweep the beads into the tray", "sweep_beads"),
        ("Pick up the cube under the cover", "cube_under_cover"),
    ],
)
def test_things_choose_a_scene_and_verbs_do_not(instruction: str, scene: str) -> None:
    assert choose_scene("", instruction).name == scene


@pytest.mark.parametrize("instruction", ["Pick up the banana", "Reach it", "put, push, press"])
def test_an_instruction_without_a_thing_chooses_no_scene(instruction: str) -> None:
    with pytest.raises(ValueError, match="no shipped scene fits"):
        choose_scene("", instruction)


def test_the_name_of_a_thing_means_its_links_too() -> None:
    scene = load_scene(scene_path("clip_the_bag"))
    front = dataclasses.replace(scene, goal=parse_goal("joint(bag/front, 0.1)"))
    assert not contradiction(front, "Open the bag") and contradiction(front, "Open the prop")
