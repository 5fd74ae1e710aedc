"""Orders: what they are made of, what is over the budget, and how they join a scene."""

from __future__ import annotations

from typing import Any

import pytest

from habilis.assets.scene.model.compile import compile_scene
from habilis.llm_planner.design.budget import ToolBudget, faults
from habilis.llm_planner.design.order import TOOL, OrderedPart, ToolOrder, read_order
from habilis.llm_planner.design.track import (
    MAKE,
    carry_out,
    design_plan,
    families,
    find_family,
    made_to_order,
    ordered_scene,
)
from habilis.llm_planner.run.plan import Plan, PlanError, Step

JAW = 0.068
STICK = ToolOrder(
    (
        OrderedPart("grip", "box", (0.2, 0.018, 0.018), (0.1, 0.0, 0.0)),
        OrderedPart("work", "box", (0.04, 0.018, 0.018), (0.22, 0.0, 0.0)),
    )
)


def worded(*parts: OrderedPart, budget: ToolBudget | None = None) -> str:
    return "; ".join(f.text for f in faults(ToolOrder(parts), JAW, budget))


def box(name: str, *size: float, x: float = 0.0, material: str = "wood") -> OrderedPart:
    return OrderedPart(name, "box", size, (x, 0.0, 0.0), material=material)


def test_a_tool_within_the_budget_is_not_refused() -> None:
    assert faults(STICK, JAW) == []


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([box("work", 0.1, 0.02, 0.02)] + [box(f"p{k}", 0.02, 0.02, 0.02) for k in range(6)],
         "7 parts, of 6 that are allowed"),
        ([box("work", 0.06, 0.06, 0.06, material="steel")],
         "mass 1.685 kg, of 0.700 kg allowed; part 'work' has most of it"),
        ([box("work", 0.2, 0.06, 0.06)],
         "volume 720 cm3, of 600 cm3 allowed; part 'work' has most of it"),
        ([box("work", 0.5, 0.02, 0.02)], "it extends 0.500 m along x, of 0.420 m allowed"),
        ([box("work", 0.1, 0.08, 0.02, x=0.05), box("grip", 0.09, 0.07, 0.02)],
         "part 'grip' is 0.070 m wide where the hand takes it; the jaw takes 0.068 m"),
        ([box("work", 0.02, 0.02, 0.02), box("grip", 0.02, 0.02, 0.02, x=0.05)],
         "part 'grip' hangs together with none of work: it is 0.030 m away"),
        ([box("work", 0.1, 0.02, 0.001)], "part 'work' is 0.0010 m thin, at least 0.005 m"),
    ],
)  # fmt: skip
def test_a_refusal_names_part_number_and_limit(parts: list[OrderedPart], said: str) -> None:
    assert said in worded(*parts)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "an order is an object with a list of 'parts'"),
        ({"parts": []}, "has a part named 'work'"),
        ({"parts": [{"name": "work", "shape": "box"}]}, "'work' needs a 'shape' and a 'size'"),
        ({"parts": [{"name": "work", "shape": "hull", "size": []}]}, "unknown shape 'hull'"),
        ({"parts": [{"name": "work", "shape": "box", "size": [1, 2]}]}, "takes 3 positive sizes"),
        ({"parts": [{"name": "work", "shape": "sphere", "size": [".1"]}]}, "list of numbers"),
        ({"parts": [{"name": "work", "shape": "sphere", "size": [0.1], "glue": 1}]}, "key 'glue'"),
        ({"parts": [{"name": "work", "shape": "sphere", "size": [0.1], "material": "stel"}]},
         "did you mean 'steel'"),
    ],
)  # fmt: skip
def test_what_is_no_order_is_refused(data: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_order(data)


def test_an_order_is_read_as_it_was_written() -> None:
    assert read_order(STICK.as_dict()) == STICK


def test_frames_come_from_the_geometry() -> None:
    frames = STICK.frames()
    assert frames["grip"] == (0.03, 0.0, 0.0)  # 3 cm from the end that is farther from the work
    assert frames["work"] == (0.22, 0.0, 0.0)
    assert frames["tip"] == (0.24, 0.0, 0.0)
    assert frames["edge"] == (0.22, 0.0, -0.009)


def test_the_mass_is_that_of_the_materials() -> None:
    assert STICK.mass == pytest.approx(600 * 0.24 * 0.018**2)


@pytest.mark.parametrize("name", families())
def test_the_tool_takes_the_place_of_all_others(name: str) -> None:
    family = find_family(name)
    assert family.orders is not None
    given = family.scene(generation=[*family.scenes][-1])
    scene = ordered_scene(family, given, STICK)
    compile_scene(scene)
    assert [e.name for e in scene.entities if e.tool] == [TOOL]
    assert scene.tool is not None and (scene.tool.name, scene.tool.use) == (TOOL, "required")
    lay = given.entity(family.orders.at or given.tool.name)  # type: ignore[union-attr]
    made = scene.entity(TOOL)
    at = made.pos + made.turn() @ made.grip()
    assert at[:2] == pytest.approx((lay.pos + lay.turn() @ lay.grip())[:2], abs=1e-4)
    assert made.pos[2] + made.bounds()[0][2] == pytest.approx(0.0, abs=1e-6)


def test_make_tool_is_the_first_step_or_none() -> None:
    family = find_family("PegInTube")
    scene = family.scene()
    plan = design_plan(family, scene, STICK, family.orders.first)  # type: ignore[union-attr]
    assert [s.skill for s in plan.steps] == [MAKE, "grasp", "sweep"]
    _, left = made_to_order(family, scene, plan)
    assert [s.skill for s in left.steps] == ["grasp", "sweep"]
    late = Plan(plan.scene, "", (*plan.steps[1:], plan.steps[0]))
    twice = Plan(plan.scene, "", (plan.steps[0], *plan.steps))
    for wrong, said in ((late, "begins with make_tool"), (twice, "one tool is made")):
        with pytest.raises(PlanError, match=said):
            made_to_order(family, scene, wrong)
    with pytest.raises(PlanError, match="unknown skill 'make_tool'"):
        plan.check(scene)


def test_an_order_over_budget_is_not_made() -> None:
    family = find_family("PegInTube")
    long = Step(MAKE, ToolOrder((box("work", 0.6, 0.02, 0.02),)).as_dict())
    with pytest.raises(PlanError, match="step 1 .make_tool.: it extends 0.600 m along x"):
        made_to_order(family, family.scene(), Plan("", "", (long,)))


def test_a_plan_with_an_order_is_carried_out() -> None:
    family = find_family("PegInTube")
    scene = family.scene()
    plan = design_plan(family, scene, STICK, family.orders.first)  # type: ignore[union-attr]
    attempt = carry_out(family, scene, plan)
    assert attempt.ok, attempt.reason


def test_the_effect_must_be_made_by_the_tool() -> None:
    """The tool is made, and left alone: what fingers push counts for nothing."""
    family = find_family("PegInTube")
    scene = family.twin_of(family.scene(), "needed")
    near = family.not_needed(scene)  # in front of the tube, where fingers push it
    steps = (Step(MAKE, STICK.as_dict()), *(Step(c.skill, c.args) for c in family.by_hand(near)))
    attempt = carry_out(family, near, Plan("", "", steps))
    assert not attempt.ok
    assert "the tool made_tool is required, and the robot did not touch it" in attempt.reason


def test_an_unknown_family_is_told_which_take_orders() -> None:
    with pytest.raises(ValueError, match="did you mean 'PegInTube'"):
        find_family("PegInTub")
