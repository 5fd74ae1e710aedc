"""Sweeps with the bare fingers of a hand that is turned."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Thing
from habilis.assets.scenes import scene_path
from habilis.envs.control.command import CommandBatch
from habilis.envs.control.rotations import pointing_down
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.policies.skills import Sweep
from habilis.policies.skills.executor import run
from habilis.policies.skills.geometry.effector import HandRoom
from habilis.policies.skills.geometry.in_hand import SLIGHT


@pytest.mark.parametrize(("robot", "most"), [("fr3", 0.003), ("ur5e+robotiq_2f85", 0.006)])
def test_a_slight_turn_moves_the_faces_of_fingers_by_millimetres(robot: str, most: float) -> None:
    straight, turned = (HandRoom(robot, pointing_down(yaw)).closed.box() for yaw in (0.0, SLIGHT))
    off = np.abs([turned.low - straight.low, turned.high - straight.high])
    assert most / 2 < off.max() < most


@pytest.mark.parametrize("degrees", [0, 90])
def test_turned_fingers_meet_a_thing_where_they_are(degrees: int) -> None:
    block = Thing("block", (Part("p", "box", (0.06, 0.06, 0.05)),), (0.22, 0.0, 0.025), mass=0.2)
    base = load_scene(scene_path("press_button_2023"))
    scene = dataclasses.replace(
        base, entities=(block,), tool=None, goal=Predicate("moved", "block", value=0.3)
    )
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    robot.arm()
    here = robot.observe().tcp
    for share in np.linspace(0, 1, 120):
        rot = pointing_down(np.radians(degrees) * share)
        robot.command(CommandBatch(here, np.zeros(1), rot=rot[None]))
    step = run(robot, [Sweep("block", "+y", 0.08)]).steps[-1]
    assert step.result.ok
    assert step.result.numbers["moved"] == pytest.approx(0.08, abs=0.01)
