"""No description gives an answer away: of any family, twin and layout, with what lies around."""

import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from habilis.assets.scene.distractors import catalogue
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import published
from habilis.envs.robot.simulated import simulated
from habilis.envs.tasks import find_twin, load_task, tool_tasks
from habilis.envs.world.varying.layout import Variation
from habilis.envs.world.world import World
from habilis.llm_planner.language.describe import describe
from habilis.llm_planner.language.wording import Wording, word
from habilis.policies.layouts.resize import bake, resize
from habilis.policies.skills.senses import Senses

EVERY = [(id, scene) for id, task in tool_tasks().items() for scene in task.family.scenes]
PURPOSE = re.compile(
    r"tools?|us(e|ed|es|eful|ing)|hooks?|levers?|rakes?|scoops?|ladles?|sweep(s|er|ing)?|brush(es)?|"
    r"hammers?|pry|crowbar|reach(es|ing)?|drag(s|ging)?|lures?|bait|broken|unfit|dull|dead|hollow",
    re.I,
)
"""Words for what a thing is good for, or that it is no good. A handle, a head, a blade or a tip is
a shape, which everyday things around have as well."""
LAYOUTS = 2


def told(scene: Scene, seed: int) -> tuple[str, list[dict[str, Any]]]:
    """What a planner reads of a scene whose things go by numbers, and its objects as data."""
    wording = word(scene, Wording(irrelevant=(0, 0)), seed)
    robot = simulated(World(compile_scene(wording.scene), nthread=1))
    robot.reset(published(wording.scene, 1))
    senses = Senses(wording.scene, robot.bodies)
    senses.update(robot.observe())
    said = describe(senses, wording.style)
    return said.text, said.data["objects"]


@pytest.mark.parametrize(("task", "generation"), EVERY)
def test_no_word_says_what_a_thing_is_good_for_and_all_are_told_alike(
    task: str, generation: str
) -> None:
    given, family = load_task(task, scene=generation).scene(), find_twin(task)[0]
    scenes = [given]
    for seed in range(LAYOUTS):
        rng = np.random.default_rng(seed)
        scenes.append(bake(resize(family, given, 0.1, rng), Variation.scaled(1.0), rng))
    for seed, scene in enumerate(scenes):
        text, things = told(scene, seed)
        text = text.replace("tool centre point", "")
        words = [w for w in re.findall("[a-z]+", text.lower()) if PURPOSE.fullmatch(w)]
        assert not words, words
        assert scene.tool is not None and scene.tool.name not in re.findall(r"\w+", text)
        assert len({tuple(thing) for thing in things}) == 1
        notes = (*given.notes, *(e.note for e in given.entities))
        assert not any(note and note in text for note in notes)


def test_what_lies_around_is_told_as_the_rest_is() -> None:
    """Each thing of the catalogue by the tasks' own rules but for its everyday name."""
    scene = load_task("habilis/PegInTube-v0").scene()
    around = tuple(dataclasses.replace(e, pos=(0.9, 0.5, e.pos[2])) for e in catalogue().values())
    _, things = told(dataclasses.replace(scene, entities=(*scene.entities, *around)), 0)
    assert len({len(thing) for thing in things}) == 1
    parts = {part["name"] for thing in things for part in thing["parts"]}
    assert {"handle", "blade", "tip"} <= parts
    assert not [p for p in parts if any(PURPOSE.fullmatch(w) for w in p.split("_"))]
