"""The arm behind the hand takes room too, whichever robot it is."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tests.llm_planner.search.test_search import at_start

from habilis.assets.arrays import Array
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing
from habilis.llm_planner.search.options import takes
from habilis.policies.skills.geometry.arm_room import ArmRoom, arm_meets
from habilis.policies.skills.geometry.grips import arm_at, choose_grip
from habilis.policies.skills.geometry.grips import grips as ways
from habilis.policies.skills.geometry.solids import solid_box
from habilis.policies.skills.senses import Senses

CHEST = Path(__file__).parents[2] / "data" / "scenes" / "chest.yaml"


def senses_of(scene: Scene) -> Senses:
    robot = at_start(scene)
    senses = Senses(scene, robot.bodies)
    senses.update(robot.observe())
    return senses


def vec(values: Array) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def opened(scene: Scene, turn: float, hinge: float) -> Scene:
    """The chest with its lid, fixed, standing open by ``turn``, rad, about y = ``hinge``, m."""
    at = np.array([0.3, hinge, 0.062]) + 0.07 * np.array([0, -np.cos(turn), np.sin(turn)])
    lid = Part("lid", "box", (0.144, 0.144, 0.004), euler=(-turn, 0.0, 0.0))
    chest = dataclasses.replace(scene.entity("chest"), links=())
    stands = Thing("lid", (lid,), vec(at), fixed=True)
    return dataclasses.replace(scene, entities=(chest, stands, scene.entity("block")))


def test_the_hand_is_turned_so_that_the_forearm_keeps_clear_of_what_stands_beside() -> None:
    senses = senses_of(opened(load_scene(CHEST), 1.8, 0.17))
    met = [arm_at(senses, grip) for grip in ways(senses, "block")]
    assert met == [[("link5", "lid")], []], met
    assert arm_at(senses, choose_grip(senses, "block")) == []


def test_a_thing_is_taken_beside_its_middle_where_no_turn_of_the_hand_helps() -> None:
    senses = senses_of(opened(load_scene(CHEST), 1.57, 0.155))
    assert arm_at(senses, choose_grip(senses, "block"))
    first, own = list(takes(senses, "block"))[:2]
    assert first is not None and own is None and first[1] < -0.005, first
    assert arm_at(senses, choose_grip(senses, "block", first)) == []


@pytest.mark.parametrize(
    ("robot", "last"), [("fr3", "link7"), ("ur5e", "wrist_3_link"), ("iiwa14+leap", "link7")]
)
def test_the_links_are_those_of_the_robots_model(robot: str, last: str) -> None:
    scene = dataclasses.replace(load_scene(CHEST), robot=robot)
    senses = senses_of(scene)
    links = ArmRoom(robot, scene.base).at(senses.obs.q[0])
    (wrist, *_), names = [s.box() for n, s in links if n == last], {n for n, _ in links}
    assert len(names) >= 5 and arm_meets(senses, senses.obs.q[0]) == []
    above = wrist.centre[2] - senses.tcp[2]
    assert 0.05 < above < 0.3 and wrist.size.max() < 0.2
    post = Thing("post", (Part("p", "box", vec(wrist.size)),), vec(wrist.centre), fixed=True)
    inside = senses_of(dataclasses.replace(scene, entities=(*scene.entities, post)))
    assert (last, "post") in arm_meets(inside, inside.obs.q[0])


def test_boxes_at_any_turn_meet_where_they_share_points_and_seldom_elsewhere() -> None:
    rng = np.random.default_rng(0)
    half, points = np.array([0.1, 0.02, 0.02]), rng.uniform(-1, 1, (2000, 3))
    box, counts = solid_box(-half, half), np.zeros(3, int)
    for _ in range(200):
        turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        other = box.moved(rng.uniform(-0.1, 0.1, 3), turn)
        shared = bool((np.abs((points * half) @ turn.T + other.pos) < half).all(axis=1).any())
        assert box.meets(other) or not shared
        counts += shared, box.meets(other), box.overlaps(other)
    shared, met, overlap = counts
    assert shared <= met < overlap and met - shared < 10, counts
