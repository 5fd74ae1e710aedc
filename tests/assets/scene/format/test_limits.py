"""Whatever is in a scene file: it can be simulated, or the answer names line and key, at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from habilis.assets.scene.format.file import SceneFileError, load_scene, parse_scene
from habilis.assets.scene.format.yaml_read import MOST_BYTES, MOST_VALUES
from habilis.assets.scene.goal_text import GoalTextError, parse_goal
from habilis.assets.scene.model.compile import compile_scene

HEAD = """\
name: demo
instruction: Pick up the milk.
workspace: {x: [0, 0.45], y: [-0.25, 0.25], z: [0.01, 0.3]}
"""
MILK = "{pos: [0.5, 0, 0.08], shape: box, size: [0.04, 0.04, 0.16]}"


def scene(milk: str = MILK, more: str = "") -> str:
    return f"{HEAD}objects:\n  milk: {milk}\n{more}goal: held(milk)\n"


def milk(**changes: str) -> str:
    fields = {"pos": "[0.5, 0, 0.08]", "shape": "box", "size": "[0.04, 0.04, 0.16]"} | changes
    return "{" + ", ".join(f"{k}: {v}" for k, v in fields.items()) + "}"


def answer(path: Path) -> str:
    with pytest.raises(SceneFileError) as info:
        load_scene(path)
    return str(info.value)


BALLS = ", ".join(f"{{name: l{i}, shape: sphere, size: [1]}}" for i in range(90))
TINY = "{name: speck, shape: box, size: [1e-4, 1e-4, 1e-4]}"
GRAINS = "{count: 10, size: 1e-3, mass: 1e-3, region: [9, 9, 9]}"
CASES = {
    "light": (scene(milk(mass="1e-15")), 5, "objects.milk.mass", "from 1e-05 to 10000"),
    "heavy": (scene(milk(mass="1e30")), 5, "objects.milk.mass", "from 1e-05 to 10000"),
    "small": (scene(milk(size="[1e-9, 1e-9, 1e-9]")), 5, "objects.milk.size[0]", "from 0.0001"),
    "large": (scene(milk(size="[1, 1, 1e12]")), 5, "objects.milk.size[2]", "to 100"),
    "far": (scene(milk(pos="[1e30, 0, 0]")), 5, "objects.milk.pos[0]", "below 1e+06"),
    "sticky": (scene(milk(friction="1e30")), 5, "objects.milk.friction", "to 100"),
    "speck": (
        scene(milk(links=f"[{{name: lid, parts: [{TINY}]}}]".replace("parts", "joint: {kind: slide,"
              " axis: [1, 0, 0], range: [0, 1]}, parts"))), 5, "objects.milk", "be simulated"),
    "dust": (scene(f"{{pos: [0, 0, 5], grains: {GRAINS}}}").replace("held", "lifted"), 5,
             "objects.milk", "too small"),
    "heap": (scene(f"{{pos: [0, 0, 5], grains: {GRAINS.replace('10', '10000000')}}}"), 5,
             "objects.milk.grains.count", "from 1 to 1000"),
    "joint": (scene(milk(joint="{kind: slide, axis: [1, 0, 0], range: [0, 1], stiffness: 1e30}")),
              5, "objects.milk.joint.stiffness", "below 1e+06"),
    "degrees of a hinge": (
        scene(milk(joint="{kind: hinge, axis: [0, 0, 1], range: [-90, 0]}")), 5,
        "objects.milk.joint.range", "14.3 turns; did you mean degrees? Write range_deg"),
    "degrees of a spring": (
        scene(milk(joint="{kind: hinge, axis: [0, 0, 1], range_deg: [0, 20], rest: 45}")), 5,
        "objects.milk.joint.rest", "Write rest_deg"),
    "degrees about the vertical": (scene(milk(yaw="90")), 5, "objects.milk.yaw", "Write yaw_deg"),
    "degrees of a pose": (scene(milk(euler="[0, 0, 180]")), 5, "objects.milk.euler", "_deg"),
    "robot's": (scene().replace("milk", "link0"), 5, "objects.link0", "robot's part"),
    "octal": (scene(milk(yaw_deg="010")), 5, "objects.milk.yaw_deg", "number 010; write it as"),
    "underscore": (scene(milk(yaw_deg="1_0")), 5, "objects.milk.yaw_deg", "write it as"),
    "clock": (scene(milk(yaw_deg="1:30")), 5, "objects.milk.yaw_deg", "write it as"),
    "hold": (scene(more="hold: 1000\ntime_limit: 40\n"), 6, "hold", "within a time_limit of 40 s"),
    "hold alone": (scene(more="hold: 40\n"), 6, "hold", "within a time_limit of 40 s"),
    "for ever": (scene(more="time_limit: 1e30\n"), 6, "time_limit", "up to 3600"),
    "long name": (scene().replace("demo", "x" * 5000), 1, "name", "up to 64 letters"),
    "long object": (scene().replace("milk", "m" * 900), 5, "objects.mmm", "up to 64 letters"),
    "long goal": (scene().replace("held(milk)", " and ".join(["held(milk)"] * 2000)), 6, "goal",
                  "at most 10000 letters"),
    "many": (scene(more="".join(f"  o{i}: {MILK}\n" for i in range(400))), 4, "objects",
             "at most 300 objects, got 401"),
    "aliases": (
        scene(milk(links=f"&l [{BALLS}]"),
              more="".join(f"  o{i}: {milk(links='*l')}\n" for i in range(90))), 21,
        "objects.o15", "at most 1500 parts"),
    "shares": (
        scene("{pos: [0.5, 0, 0.1], parts: [{name: a, shape: sphere, size: [0.1], mass_share: 1},"
              " {name: b, shape: sphere, size: [0.1]}]}"), 5, "objects.milk.parts",
        "mass_share is for all parts or none; 'b' has none"),
    "hull": (scene(f"{{pos: [0, 0], shape: hull, vertices: [{'[0, 0, 1], ' * 65}]}}"), 5,
             "objects.milk.vertices", "at most 64 corners"),
    "doubling": (
        scene(f"&m0 {MILK}", "".join(f"  o{i + 1}: &m{i + 1} {{<<: [*m{i}, *m{i}]}}\n"
                                     for i in range(40)) + "  last: {<<: *m40, sise: 1}\n"), 46,
        "objects.last.sise", "unknown key"),
    "grains of nothing": (
        scene(more="  tea: {grains: {count: 9, size: 0.01, mass: 1e-3, within: cup}}\n"), 6,
        "objects.tea.grains.within", "unknown object 'cup'"),
    "beyond its range": (
        scene(milk(joint="{kind: hinge, axis: [0, 0, 1], range_deg: [0, 20]}")).replace(
            "held(milk)", "joint(milk, 1.5)"), 6, "goal", "1.5 is beyond its range, 0 to 0.3491"),
    "more than there are": (
        scene(more="  tea: {grains: {count: 9, size: 0.01, mass: 1e-3, within: milk}}\n").replace(
            "held(milk)", "count_in(tea, milk) >= 10"), 7, "goal", "it has 9 grains, not 10"),
    "itself": (scene("&m {<<: *m}"), 5, "objects.milk", "merged into itself"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_simulated_is_answered_with_line_and_key(name: str, tmp_path: Path) -> None:
    text, line, key, what = CASES[name]
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    said = answer(path)
    assert said.startswith(f"{path}:{line}: key '{key}"), said
    assert what in said and len(said) < 500, said


def test_too_many_values_are_not_read_on(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("a:\n" + "- 1\n" * (MOST_VALUES + 9), encoding="utf-8")
    assert f"{path}:{MOST_VALUES - 1}: " in answer(path) and "20,000 keys" in answer(path)


@pytest.mark.parametrize("kind", ["large", "pipe", "folder", "device"])
def test_what_is_no_scene_file_is_not_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    if kind == "large":
        with path.open("wb") as file:
            file.truncate(MOST_BYTES + 1)
        assert "500000 may be read" in answer(path)
    elif kind == "folder":
        path.mkdir()
        assert "is a folder" in answer(path)
    elif not hasattr(os, "mkfifo"):
        pytest.skip("no pipes and devices here")
    else:
        if kind == "pipe":
            os.mkfifo(path)
        assert "no ordinary file, expected a YAML file" in answer(
            path if kind == "pipe" else Path("/dev/zero")
        )


def test_limits_leave_what_is_large_but_sound(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(
        scene(more="".join(f"  o{i}: {milk(pos=f'[0.5, 0, {i + 1}]')}\n" for i in range(299)))
    )
    assert len(load_scene(path).entities) == 300


def test_merged_mappings_give_what_is_not_written_out() -> None:
    text = scene(f"&m {MILK}", "  tea: {<<: *m, pos: [0.3, 0, 0.08]}\n")
    made = parse_scene(text, "f.yaml")
    assert made.entity("tea").pos == (0.3, 0.0, 0.08)
    assert made.entity("tea").size().tolist() == made.entity("milk").size().tolist()
    compile_scene(made)
    two = scene(f"&m {MILK}", "  c: &c {<<: *m, mass: 2}\n  tea: {<<: [*c, *m], friction: 1}\n")
    assert parse_scene(two, "f.yaml").entity("tea").mass == 2.0
    with pytest.raises(SceneFileError, match=r"f.yaml:5: key 'objects.milk.sise': unknown key"):
        parse_scene(scene("{<<: {pos: [0, 0], sise: 1}}"), "f.yaml")


@pytest.mark.parametrize("number", ["010", "1_0", "0x10", "1e", ".inf"])
def test_goals_take_numbers_as_everybody_reads_them(number: str) -> None:
    with pytest.raises(GoalTextError, match="expected a number"):
        parse_goal(f"lifted(milk, {number})")
