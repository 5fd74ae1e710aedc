"""Numbers of configurations and options are read as everybody reads them."""

from __future__ import annotations

from typing import Any

import pytest

from habilis.assets.yaml_values import yaml_values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10), ("-7", -7), ("1_200_000", 1_200_000), ("1.5", 1.5),
        ("1e-3", 1e-3), ("5.E+2", 500.0), (".5", 0.5),
        ("-.inf", float("-inf")), ("'010'", "010"), ("true", True), ("[1, two]", [1, "two"]),
        ("{a: {b: 5e-4}}", {"a": {"b": 5e-4}}), ("", None),
    ],
)  # fmt: skip
def test_plain_numbers(text: str, value: Any) -> None:
    got = yaml_values(text, "x")
    assert got == value and type(got) is type(value)


def test_mappings_merged_over_and_over_are_read_at_once() -> None:
    more = "".join(f"m{i + 1}: &m{i + 1} {{<<: [*m{i}, *m{i}], b: {i}}}\n" for i in range(40))
    assert yaml_values("m0: &m0 {a: 1}\n" + more, "x")["m40"] == {"a": 1, "b": 39}


DOUBLED = "".join(f"m{i + 1}: &m{i + 1} {{<<: *m{i}, b{i}: *m{i}}}\n" for i in range(40))


@pytest.mark.parametrize(
    "text",
    [
        "- &a0 [x]\n" + "".join(f"- &a{i + 1} [*a{i}, *a{i}]\n" for i in range(40)),
        "m0: &m0 {a: 1}\n" + DOUBLED,
        "a: &a [*a]",
        "a: &a {b: *a}",
    ],
)
def test_a_few_lines_that_stand_for_millions_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"x is not YAML: it holds [\d,]+ values, 100,000 may be"):
        yaml_values(text, "x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 010", "x is not YAML: line 2: 010 is no plain number"),
        ("1:30", "1:30 is no plain number"), ("0x10", "0x10 is no plain"), ("1_0", "1_0 is no"),
        ("a: 1\na: 2", "key 'a' is given twice"), ("[" * 5000, "nested too deeply"),
        ("a: [", "line 1: "),
    ],
)  # fmt: skip
def test_what_may_be_meant_in_two_ways_is_an_error(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"x is not YAML: ") as info:
        yaml_values(text, "x")
    assert said in str(info.value) and "\n" not in str(info.value)
