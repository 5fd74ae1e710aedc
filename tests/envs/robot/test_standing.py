"""Scenes in which something is where it cannot stay are refused, with the numbers and a guess."""

import dataclasses
from pathlib import Path

import gymnasium
import pytest

import habilis.envs  # noqa: F401
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Not, Predicate
from habilis.assets.scene.solids.parts import Vec3
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path, shipped
from habilis.envs.robot.standing import UnsteadyScene, check_standing, troubles

TEXT = """
name: two
instruction: Lift the cup.
workspace: {x: [0, 0.45], y: [-0.25, 0.25], z: [0.01, 0.3]}
objects:
  cup: {pos: [0.25, 0.0, 0.06], shape: cylinder, size: [0.06, 0.12]}
  block: {pos: [0.3, 0.15, 0.02], shape: box, size: [0.04, 0.04, 0.04]}
  marble: {pos: [0.1, 0.2, 0.01], shape: sphere, size: [0.02]}
  door:
    pos: [0.4, 0.2, 0.1]
    shape: box
    size: [0.01, 0.1, 0.1]
    joint: {kind: slide, axis: [1, 0, 0], range: [0, 0.1], frictionloss: 1}
goal: lifted(cup, 0.05)
"""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    path = tmp_path / "two.yaml"
    path.write_text(TEXT)
    return load_scene(path)


@pytest.mark.parametrize(
    ("name", "pos", "said"),
    [
        ("cup", (0.25, 0.0, 0.02), r"cup is 40 mm deep in the table: did you mean z = 0\.06"),
        ("cup", (0.25, 0.0, 0.3), r"cup floats: it falls 0\.240 m; did you mean z = 0\.06"),
        ("cup", (0.28, 0.14, 0.06), "block and cup overlap by"),
        ("cup", (-0.25, 0.0, 0.2), "cup and the robot overlap by"),
        ("cup", (0.25, 0.95, 0.06), r"cup at \(0\.25, 0\.95\) is off the table"),
        ("cup", (250.0, 0.0, 60.0), "are these millimetres"),
        ("marble", (0.1, 0.2, 0.05), r"marble floats: it falls 0\.0[34]"),
    ],
)
def test_what_cannot_stay_is_named(scene: Scene, name: str, pos: Vec3, said: str) -> None:
    moved = dataclasses.replace(scene.entity(name), pos=pos)
    with pytest.raises(UnsteadyScene, match=said):
        check_standing(scene.replace_entities([moved]))


def test_what_rolls_off_is_named(scene: Scene) -> None:
    high = dataclasses.replace(scene.entity("marble"), pos=(0.321, 0.15, 0.0505))
    assert any("marble" in said for said in troubles(scene.replace_entities([high])))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("frictionloss: 1}", "damping: 9, stiffness: 1, rest: 0.08}", "door does not come to rest"),
        ("shape: cylinder", "sunk: true, shape: cylinder", "below the table, which what is sunk"),
        ("goal: lifted(cup", "goal: not moved(cup", r"the goal holds at once: not moved\(cup"),
    ],
)
def test_what_comes_by_itself_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(UnsteadyScene, match=said):
        check_standing(load_scene(path))


def test_neighbours_of_three_millimetres_stand_as_they_are(scene: Scene) -> None:
    beside = dataclasses.replace(scene.entity("cup"), pos=(0.247, 0.15, 0.06))
    assert troubles(scene.replace_entities([beside])) == ()


def test_what_stands_is_let_be(scene: Scene) -> None:
    assert troubles(scene) == ()


@pytest.mark.parametrize("name", shipped())
def test_what_is_shipped_stands(name: str) -> None:
    assert troubles(load_scene(scene_path(name))) == ()


def test_an_environment_of_such_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(TEXT.replace("[0.25, 0.0, 0.06]", "[0.25, 0.0, 0.02]"))
    with pytest.raises(UnsteadyScene, match="bad.yaml: cup is 40 mm deep"):
        gymnasium.make("habilis/Scene-v0", scene=str(path))


def test_a_goal_that_settling_undoes_is_still_to_be_reached(scene: Scene) -> None:
    """What is given half a millimetre above what it lies on is on it a moment later."""
    block = scene.entity("block")
    lid = dataclasses.replace(scene.entity("marble"), parts=block.parts, pos=(0.3, 0.15, 0.0605))
    goal = Not(Predicate("on", "marble", "block"))
    stacked = dataclasses.replace(scene.replace_entities([lid]), goal=goal)
    assert troubles(stacked) == ()
    momentary = dataclasses.replace(stacked, hold=0.0)
    assert any("the goal holds at once" in said for said in troubles(momentary))
