"""Press-Button and Grasp-Can: their scenes, twins and terms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from habilis.assets.scene.goal import Predicate
from habilis.envs.core import Core
from habilis.envs.tasks import load_task
from habilis.envs.tasks.base.generic import DENSE
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.tasks.fasten.press_button import PressButton
from habilis.envs.tasks.reach.grasp_can import GraspCan

TASKS = [
    f"habilis/{name}{twin}-v0"
    for name in ("PressButton", "GraspCan")
    for twin in ("", "NotNeeded", "Broken")
]
SCENES = ("2023", "2024")


def core(id: str, n: int = 4, **options: Any) -> Core:
    out = Core(load_task(id, **options), n)
    out.reset(np.arange(n), [np.random.default_rng(i) for i in range(n)])
    return out


def put(core: Core, name: str, at: tuple[float, ...]) -> None:
    """Write a free body's position, in all simulations."""
    where = int(core.world.model.joint(name).qposadr[0])
    core.world._qpos[:, where : where + 3] = at
    core.world._poses.refresh()
    core.state.refresh()


@pytest.mark.parametrize("id", TASKS)
def test_dense_terms_are_bounded_and_weigh_no_more_than_they_may(id: str) -> None:
    one = core(id)
    weights = {k: t.weight for k, t in one.task.rewards.items() if k != "success"}
    assert sum(weights.values()) == pytest.approx(DENSE)
    rng = np.random.default_rng(0)
    for _ in range(30):
        one.step(rng.uniform(-1, 1, (4, 4)))
        for name, term in one.task.rewards.items():
            value = term(one.state)
            assert ((value >= 0) & (value <= 1)).all(), (name, value)


@pytest.mark.parametrize("family", [PressButton(), GraspCan()])
def test_unknown_options_name_the_known_ones(family: ToolTask) -> None:
    with pytest.raises(ValueError, match="2023, 2024"):
        family.scene("needed", "2025")
    with pytest.raises(ValueError, match="did you mean 'published'"):
        family.scene("needed", "2023", numbers="publshed")
    with pytest.raises(TypeError, match="unknown option of .* 'numbers'"):
        family.scene("broken", "2023", numbers="published")


@pytest.mark.parametrize("scene", SCENES)
def test_three_cubes_reach_the_button_and_two_do_not(scene: str) -> None:
    given = PressButton().scene("needed", scene)
    low, _ = given.entity("button").bounds()
    face = given.entity("button").pos[0] + low[0]
    farthest, edge = given.workspace.upper[0], 0.03
    assert isinstance(given.goal, Predicate) and given.goal.value is not None
    needed = face + given.goal.value
    assert farthest + 2.5 * edge > needed + 0.01
    assert farthest + 1.5 * edge < face + 0.001
    published = PressButton().scene("needed", scene, numbers="published")
    assert published.workspace.upper[0] == 0.5
    assert published.entity("button").pos == (0.62, -0.1, 0.06)
    assert published.entity("button").size().tolist() == [0.2, 0.2, 0.2]


@pytest.mark.parametrize("scene", SCENES)
def test_the_strip_brings_the_can_into_reach_and_not_much_further(scene: str) -> None:
    given = GraspCan().scene("needed", scene)
    can, strip = given.entity("can"), given.entity("paper_strip")
    travel = strip.pos[0] + strip.grip()[0] - given.workspace.lower[0]
    gap = can.pos[0] + can.grip()[0] - given.workspace.upper[0]
    assert 0.02 < travel - gap < 0.08 and gap > 0.2
    thick = GraspCan().scene("needed", scene, numbers="published").entity("paper_strip")
    assert thick.part("sheet").size == (0.6, 0.4, 0.06)


def test_joining_extending_and_pressing_each_earn_their_term() -> None:
    one = core("habilis/PressButton-v0", variation=0.0)
    rewards = one.task.rewards
    seen = [{k: float(t(one.state)[0]) for k, t in rewards.items()}]
    for k, x in enumerate((0.3, 0.3302, 0.3604)):
        put(one, f"cube{k + 1}", (x, -0.1, 0.015))
    seen.append({k: float(t(one.state)[0]) for k, t in rewards.items()})
    for k, x in enumerate((0.4426, 0.4728, 0.503)):
        put(one, f"cube{k + 1}", (x, -0.1, 0.065))
    seen.append({k: float(t(one.state)[0]) for k, t in rewards.items()})
    one.world._qpos[:, int(one.world.model.joint("button").qposadr[0])] = 0.008
    one.state.refresh()
    seen.append({k: float(t(one.state)[0]) for k, t in rewards.items()})
    assert seen[0]["join"] < 0.6 < seen[1]["join"] == 1.0
    assert seen[0]["extend"] == 0.0 < seen[1]["extend"] < 0.5 < 0.95 < seen[2]["extend"]
    assert seen[0]["press"] == seen[2]["press"] == 0.0 < seen[3]["press"] == pytest.approx(0.5)


def test_pushing_and_bringing_each_earn_their_term() -> None:
    one = core("habilis/GraspCan-v0", variation=0.0)
    rewards = one.task.rewards
    seen = []
    for at in ((0.7, -0.03, 0.025), (0.7, 0.04, 0.0255), (0.41, 0.04, 0.0255)):
        put(one, "can", at)
        seen.append({k: float(t(one.state)[0]) for k, t in rewards.items()})
    assert seen[0]["push"] < 0.6 < seen[1]["push"] == 1.0
    assert seen[0]["aim"] < 1.0 == seen[1]["aim"] == seen[2]["hold_tool"]
    assert seen[0]["bring"] < 0.1 < seen[2]["bring"] == 1.0
    assert seen[1]["reach_target"] == 0.0 < seen[2]["reach_target"]


def test_the_twins_are_what_they_say() -> None:
    cut = PressButton().scene("broken", "2023")
    assert not any(e.magnetic for e in cut.entities) and cut.tool is not None
    assert cut.tool.use == "free"
    near = PressButton().scene("not needed", "2024")
    assert near.tool is not None and near.tool.use == "forbidden"
    assert [e.name for e in near.tool_entities()] == [f"magnetic_cube{k}" for k in (1, 2, 3)]
    weak = GraspCan().scene("broken", "2023").entity("stick").breaks
    assert weak is not None and weak.load == 0.3 and weak.parts == ("far",)
    can = GraspCan().scene("not needed", "2023")
    at = can.entity("can")
    assert (can.workspace.outside(at.pos + at.grip()) == 0).all()
