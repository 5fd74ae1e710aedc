"""Changing a scene: what is added, refused, checked and saved."""

from pathlib import Path

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal_text import GoalTextError
from habilis.assets.scene.things import Scene
from habilis.llm_planner.studio.editing import Draft, palette, yaw_of


def test_things_are_added_moved_stretched_and_saved(scene: Scene, tmp_path: Path) -> None:
    draft = Draft(scene)
    assert draft.add("mug", (0.3, -0.1)) == "mug" and draft.add("box", (0.4, -0.2)) == "box_2"
    draft.put("box_2", (0.41, -0.21, 0.02), yaw=0.5)
    draft.size("box_2", (1.0, 1.0, 2.0))
    draft.goal("near(box, mug, 0.1)")
    draft.instruction("Bring the box to the mug.")
    draft.tool("box_2", "free")
    draft.save(tmp_path / "mine.yaml")
    again = load_scene(tmp_path / "mine.yaml")
    assert again == draft.scene
    assert again.entity("box_2").size()[2] == pytest.approx(0.08)
    assert again.entity("box_2").pos == (0.41, -0.21, 0.04)


def test_what_is_refused_leaves_the_scene_as_it_was(scene: Scene) -> None:
    draft = Draft(scene)
    with pytest.raises(ValueError, match="did you mean 'mug'"):
        draft.add("mugg", (0.3, 0.0))
    with pytest.raises(ValueError, match="box stays: it is needed by the goal"):
        draft.remove("box")
    with pytest.raises(GoalTextError, match="unknown object 'bix'"):
        draft.goal("held(bix)")
    assert draft.scene is scene
    draft.add("mug", (0.3, -0.1))
    draft.remove("mug")
    draft.undo()
    assert [e.name for e in draft.scene.entities] == ["box", "mug"]
    draft.undo()
    draft.undo()
    assert draft.scene is scene


def test_a_check_finds_what_does_not_stand(scene: Scene) -> None:
    draft = Draft(scene)
    assert draft.check()[0] == []
    draft.put("box", (0.35, 0.05, 0.3))
    amiss, remarks = draft.check()
    assert "box floats" in amiss[0] and "reach" in remarks[0]


def test_the_palette_has_tools_and_solids() -> None:
    assert {"box", "sphere", "hammer", "spatula", "mug"} <= palette().keys()


def test_how_far_a_thing_is_turned_is_read_from_its_gizmo(scene: Scene) -> None:
    assert yaw_of((0.9238795, 0, 0, 0.3826834), scene.entity("box")) == pytest.approx(0.7853982)
