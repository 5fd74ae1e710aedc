"""What a planner needs is told, once, in units that do not mix, and from the models themselves."""

import dataclasses
import math
import re
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from habilis.assets.robots.registry import make_robot, robot_spec
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.assets.scenes import scene_path
from habilis.envs.legged.ways import STEP
from habilis.envs.robot.robot import published
from habilis.envs.robot.simulated import simulated
from habilis.envs.world.world import World
from habilis.llm_planner.language import prompts, stages
from habilis.llm_planner.language.describe import Style, describe
from habilis.llm_planner.language.plan_schema import parameters, skill_docs
from habilis.llm_planner.language.quantities import quantities, quantity_words
from habilis.llm_planner.run.skill_api import documentation
from habilis.policies.skills import SKILLS
from habilis.policies.skills.legs import pushing
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.sweeping import Sweep

DATA = Path(__file__).parents[2] / "data"


def sensed(scene: Scene) -> Senses:
    """A scene as its robot sees it at the start."""
    robot = simulated(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    found = Senses(scene, robot.bodies)
    found.update(robot.observe())
    return found


def row(text: str, start: str) -> str:
    """The first row of a text that begins so."""
    return next(line for line in text.splitlines() if line.startswith(start))


@pytest.mark.parametrize("arm", ["fr3", "ur5e+robotiq_2f85", "fr3+leap"])
def test_the_room_of_any_hand_is_told_from_its_model(senses: Senses, arm: str) -> None:
    senses.scene = dataclasses.replace(senses.scene, robot=arm)
    said, outline = describe(senses), robot_spec(arm).effector.outline
    hand = said.data["robot"]["hand"]
    assert hand["closed_fingers"]["z"] == [outline.closed[0][2], outline.closed[1][2]]
    assert hand["opened_fingers_with_what_lies_between"]["y"][1] == outline.opened[1][1]
    told = row(said.text, "Room of the hand")
    assert f"palm x {outline.palm[0][0]:g} to {outline.palm[1][0]:g}" in told


def test_turned_things_are_told_in_their_own_frame_too() -> None:
    scene = load_scene(scene_path("reach_milk_2024"))
    (hammer,) = [e for e in scene.entities if e.name == "hammer"]
    turned = scene.replace_entities([dataclasses.replace(hammer, yaw=0.5)])
    text = describe(sensed(turned)).text
    place = row(text, "- hammer")
    assert "origin of its frame and grip point (" in place and "turned 28.6 deg" in place
    for part in hammer.parts:
        size = ", ".join(f"{2 * float(v):g}" for v in part.half_extents())
        assert f"own size ({size})" in row(text, f"    part {part.name}:")


def test_the_axis_of_a_cylinder_is_told() -> None:
    scene = load_scene(scene_path("grasp_can_2024"))
    rows = re.findall(r"part \w+: (?:cylinder|capsule)(.*)", describe(sensed(scene)).text)
    assert rows and all(re.match(r" along (?:[xyz]|\()", r) for r in rows)


def test_masses_of_jointed_things_are_those_of_the_model() -> None:
    scene = load_scene(DATA / "trees.yaml")
    model = compile_scene(scene).model
    for thing in describe(sensed(scene)).data["objects"]:
        links = [link["name"] for link in thing["links"]]
        masses = [float(model.body(name).mass[0]) for name in (thing["name"], *links)]
        assert thing["mass_kg"] == pytest.approx(sum(masses), abs=2e-3)
        told = [link["mass_kg"] for link in thing["links"]]
        assert told == pytest.approx(masses[1:], abs=2e-3)


def test_parts_of_links_are_told_and_where_a_joint_is() -> None:
    scene = load_scene(DATA / "trees.yaml")
    said = describe(sensed(scene))
    joints = []
    for thing in said.data["objects"]:
        for link in thing["links"]:
            after = said.text.partition(f"link {link['name']}:")[2]
            assert all(f"part of it {part['name']}:" in after for part in link["parts"])
            joints += [link["joint"]] if link["joint"] else []
    assert joints and all("now" in j for j in joints if j["kind"] != "ball")
    assert all(len(j["through"]) == 3 for j in joints if j["kind"] == "hinge")


@pytest.mark.parametrize(
    ("name", "words"),
    [("press_button_2024", "joint(button, 16 mm)"), ("raise_lid", "joint(lid, 22.9 deg)")],
)
def test_a_goal_has_the_units_of_the_scene(name: str, words: str) -> None:
    first = describe(sensed(load_scene(scene_path(name))), Style("mm")).text
    assert words in row(first, "Done when, for 0.5 s on end")


def test_a_spring_that_is_tight_at_rest_is_told_whole() -> None:
    """What it takes to move the joint follows from the stiffness and where the spring is slack."""
    beam = load_scene(scene_path("stones_on_beam")).entity("beam")
    assert beam.joint is not None and beam.joint.rest
    told = _joint_of("stones_on_beam", "beam")
    assert told["spring"] == f"{beam.joint.stiffness:g} Nm/rad"
    assert told["spring_slack_at"] == round(math.degrees(beam.joint.rest), 1)
    cover = _joint_of("cube_under_cover", "cover")
    assert cover["spring"] == "18 N/m" and cover["spring_slack_at"] < 0, "in the unit of its range"
    assert "spring_slack_at" not in _joint_of("press_button_2024", "button")


def _joint_of(scene: str, name: str) -> dict[str, Any]:
    data = describe(sensed(load_scene(scene_path(scene)))).data
    (found,) = [one["joint"] for one in data["objects"] if one["name"] == name]
    return dict(found)


def test_a_robot_on_legs_is_told_its_mass_size_and_limits() -> None:
    scene = load_scene(scene_path("climb_sofa_2024"))
    senses = sensed(scene)
    robot, model = describe(senses).data["robot"], make_robot(scene.robot)[1].compile()
    assert robot["mass_kg"] == pytest.approx(float(model.body_mass.sum()), abs=0.01)
    assert robot["size"][2] > robot_spec(scene.robot).legs.height  # type: ignore[union-attr]
    assert robot["heading_deg"] == pytest.approx(0.0, abs=1.0)
    docs = skill_docs(scene=scene)
    climb = docs.partition("climb_to_position(")[2].partition("push_to_position(")[0]
    assert f"{STEP:g} m at the most" in climb
    push = " ".join(docs.partition("push_to_position(")[2].split())
    for words in (
        f"lower than {pushing.HIGH:g} m", f"feet, {pushing.FEET:g} N at the most",
        f"{pushing.BETWEEN:g} m wide or more", f"chest, {pushing.CHEST:g} N at the most",
    ):  # fmt: skip
        assert words in push


def test_no_prompt_tells_a_robot_on_legs_of_a_hand() -> None:
    scene = load_scene(scene_path("climb_sofa_2024"))
    told = [prompts.load_prompt(n).text for n in ("analyzer", "planner", "calculator", "plan")]
    told += [quantity_words(scene), documentation(0.0, (), scene)]
    assert not [t for t in told if re.search("gripper|jaw|tool centre point|graspable", t)]
    assert "trunk.x" in quantities(sensed(scene)) and "trunk.x" in quantity_words(scene)


@pytest.mark.parametrize("name", ["climb_sofa_2024", "reach_milk_2024"])
def test_every_robot_is_told_that_a_needless_touch_fails(name: str) -> None:
    system = stages.system_turn(load_scene(scene_path(name)))
    assert "where nothing is needed, even a touch of what would serve is a failure" in system
    placed = "A held thing must be put down before another is grasped" in system
    assert placed == (name != "climb_sofa_2024")


def test_every_vector_says_its_form_unit_and_frame() -> None:
    for skill in SKILLS.values():
        for one in parameters(skill):
            if one.size > 1:
                form = re.match(r"\[([a-z, ]+)\]", one.doc)
                assert form and len(form[1].split(",")) == one.size, (skill.name, one)
                assert re.search(r"\b(m|rad)\b[.;,]", one.doc), (skill.name, one)
                assert re.search(r"in the world|own frame", one.doc), (skill.name, one)
    assert "as [x, y, z]" in prompts.load_prompt("plan").text
    assert "as [x, y, z]" in prompts.load_prompt("frames").text


def test_it_is_told_what_is_held_after_a_pull_and_what_frames_there_are() -> None:
    docs = {name: " ".join((skill.__doc__ or "").split()) for name, skill in SKILLS.items()}
    assert "let go and rise" in docs["pull"] and "the hand is empty afterwards" in docs["pull"]
    assert "the part of that name, or its ``origin`` or ``grip`` point" in docs["move_frame"]


def test_no_label_of_a_fault_is_told() -> None:
    assert "$kind" not in prompts.load_prompt("feedback").text


@pytest.mark.parametrize(
    ("moved", "reached", "says"),
    [
        ((0.1, 0.0, 0.0), 0.1, ""),
        ((0.096, 0.0, 0.0), 0.1, ""),
        ((0.065, 0.03, 0.0), 0.1, ", 0.035 m short of the 0.100 m asked: it went 0.030 m aside"),
        ((0.065, 0.0, 0.0), 0.1, "met it late, or it gave way"),
        ((0.065, 0.0, 0.0), 0.06, "the hand stopped 0.040 m before its end: against a wall"),
    ],
)
def test_a_sweep_says_by_how_much_and_why_it_fell_short(
    moved: Any, reached: float, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from habilis.policies.skills import grasping

    monkeypatch.setattr(grasping, "against", lambda _: "against a wall")
    sweep: Any = Sweep("milk", "+x", 0.1)
    sweep.senses = types.SimpleNamespace(tcp=np.array([reached, 0.0, 0.0]))
    axis = np.array([1.0, 0.0, 0.0])
    said = sweep.lack(np.array(moved), axis, 0.1, np.array([0.1, 0.0, 0.0]))
    assert (said == "") == (says == "") and says in said
