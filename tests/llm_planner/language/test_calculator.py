"""Arithmetic over the scene: values, units, and everything that is refused."""

import math

import numpy as np
import pytest

from habilis.llm_planner.language.calculator import CalculatorError, evaluate, in_unit, quantity
from habilis.llm_planner.language.quantities import quantities
from habilis.policies.skills.senses import Senses

NAMES = {
    "milk.x": quantity(0.5, "m"),
    "milk.mass": quantity(0.3, "kg"),
    "milk.centre": quantity([0.5, 0.1, 0.08], "m"),
    "milk.friction": quantity(0.5),
}


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("milk.x + 2*cm", "m", 0.52),
        ("milk.x - 0.05", "m", 0.45),
        ("-(milk.x * 2) / 4", "m", -0.25),
        ("abs(-20*mm)", "m", 0.02),
        ("max(milk.x, 30*cm)", "m", 0.5),
        ("min(milk.centre)", "m", 0.08),
        ("norm((3*cm, 4*cm))", "m", 0.05),
        ("milk.mass * gravity * milk.friction", "N", 0.3 * 9.81 * 0.5),
        ("90*deg", "1", math.pi / 2),
        ("milk.x / (20*cm)", "1", 2.5),
        ("1 + 2 * 3", "m", 7.0),
    ],
)
def test_value_and_unit(text: str, unit: str, value: float) -> None:
    assert in_unit(evaluate(text, NAMES), unit) == pytest.approx(value)


def test_vectors_add_and_scale() -> None:
    got = in_unit(evaluate("milk.centre + (10*cm, 0, -1*cm) * 2", NAMES), "m", 3)
    np.testing.assert_allclose(got, (0.7, 0.1, 0.06))


def test_working_shows_the_numbers() -> None:
    assert evaluate("milk.x + 2*cm", NAMES).working == "0.5 + 2 * cm = 0.52 m"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("milk.x + milk.mass", "adds m and kg"),
        ("mlk.x", "did you mean 'milk'"),
        ("milk.y", "unknown quantity of 'milk' 'y'"),
        ("milk.x ** 2", "only"),
        ("milk.x // 2", "only"),
        ("milk.x / 0", "divides by"),
        ("milk.centre * milk.centre", "two vectors"),
        ("milk.centre + milk.x", "differ in size"),
        ("(milk.x, milk.mass)", "mixes"),
        ("(1, 2, 3, 4)", "2 or 3"),
        ("1e999", "too big"),
        ("1e8 * 1e8", "no usable number"),
        ("True", "no number"),
        ("'a' * 9", "no number"),
        ("milk.x if 1 else 2", "no arithmetic"),
        ("[milk.x for i in (1, 2)]", "no arithmetic"),
        ("(lambda: 1)()", "unknown function"),
        ("__import__('os').system('true')", "no number"),
        ("milk.__class__", "unknown quantity of 'milk'"),
        ("exec(1)", "unknown function 'exec'"),
        ("abs(milk.x, 1)", "takes 1 to 1"),
        ("abs(x=milk.x)", "unknown function"),
        ("milk.x +", "is not an expression"),
        ("+".join("1" * 100), "nested deeper"),
        ("1" * 401, "at most 400"),
        ("((((((((((", "is not an expression"),
        ("", "is not an expression"),
        ("a\0b", "is not an expression"),
    ],
)
def test_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(CalculatorError, match=says.replace("(", r"\(")):
        evaluate(text, NAMES)


@pytest.mark.parametrize(
    ("text", "unit", "size", "says"),
    [
        ("milk.mass", "m", 1, "is in kg, wanted m"),
        ("milk.x * milk.x", "m", 1, r"is in m\^2, wanted m"),
        ("milk.centre", "m", 1, "3 numbers, wanted one number"),
        ("milk.x", "m", 3, "wanted a vector of 3"),
        ("milk.x", "mm", 1, "unknown unit 'mm'"),
    ],
)
def test_result_of_another_unit_or_size(text: str, unit: str, size: int, says: str) -> None:
    with pytest.raises(CalculatorError, match=says):
        in_unit(evaluate(text, NAMES), unit, size)


def test_quantities_are_those_of_the_scene(senses: Senses) -> None:
    names = quantities(senses)
    np.testing.assert_allclose(names["milk.centre"].value, senses.get_center("milk"))
    np.testing.assert_allclose(
        names["hammer.grip"].value, senses.get_graspable_point("hammer"), atol=1e-9
    )
    head = senses.part_box("hammer", senses.entity("hammer").part("head"))
    assert float(names["hammer.head.low_x"].value) == pytest.approx(float(head.low[0]))
    assert in_unit(evaluate("milk.grip.x - workspace.max_x", names), "m") == pytest.approx(0.094)
    assert in_unit(evaluate("milk.high_z - milk.low_z - milk.size_z", names), "m") == pytest.approx(
        0.0, abs=1e-12
    )
