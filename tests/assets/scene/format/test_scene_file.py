"""Scene files: round trips, a clear message for each mistake, geometry of the shipped scenes."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habilis.assets.scene import goal as goals
from habilis.assets.scene.format.file import (
    COLORS,
    GoalTextError,
    SceneFileError,
    dump_scene,
    load_scene,
    parse_goal,
    parse_scene,
    scene_path,
)
from habilis.assets.scene.goal import COUNTING, VOCABULARY, Goal, Predicate, contradiction
from habilis.assets.scene.goal_text import FARTHEST, GoalParser
from habilis.assets.scene.links import Break, Joint, Link
from habilis.assets.scene.solids.parts import SHAPE_SIZES, Part
from habilis.assets.scene.things import Scene, Thing, Tool, Workspace

GOOD = """\
name: demo
instruction: Pick up the milk.
workspace: {x: [0, 0.45], y: [-0.25, 0.25], z: [0.01, 0.3]}
objects:
  milk:
    pos: [0.5, 0, 0.08]
    shape: box
    size: [0.04, 0.04, 0.16]
  hammer:
    pos: [0.3, -0.1, 0.02]
    mass: 0.3
    parts:
      - {name: handle, shape: box, size: [0.2, 0.02, 0.04], color: wood}
      - {name: head, shape: box, size: [0.04, 0.1, 0.04], pos: [0.12, 0, 0], color: steel}
  door:
    pos: [0.6, 0.3, 0.1]
    shape: box
    size: [0.2, 0.02, 0.2]
    joint: {kind: hinge, axis: [0, 0, 2], range_deg: [-90, 0], damping: 0.1}
goal: held(milk) and not held(hammer)
"""


def error_of(text: str) -> str:
    with pytest.raises(SceneFileError) as info:
        parse_scene(text, "f.yaml")
    return str(info.value)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def test_reads_values_and_defaults() -> None:
    scene = parse_scene(GOOD, "f.yaml")
    milk, hammer, door = scene.entities
    assert scene.robot == "fr3" and scene.hold == 0.5 and scene.tool is None
    assert milk == Thing("milk", (Part("milk", "box", (0.04, 0.04, 0.16)),), (0.5, 0.0, 0.08))
    assert [p.rgba for p in hammer.parts] == [COLORS["wood"], COLORS["steel"]]
    assert hammer.parts[1].pos == (0.12, 0.0, 0.0) and hammer.pos == (0.3, -0.1, 0.02)
    assert door.joint == Joint("hinge", (0.0, 0.0, 1.0), (-math.pi / 2, 0.0), damping=0.1)
    assert scene.workspace == Workspace((0.0, -0.25, 0.01), (0.45, 0.25, 0.3))
    assert str(scene.goal) == "held(milk) and not held(hammer)"


def test_numbers_that_yaml_takes_for_text_are_numbers() -> None:
    scene = parse_scene(changed("mass: 0.3", "mass: 3e-1"), "f.yaml")
    assert scene.entity("hammer").mass == 0.3


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("shape: box, size: [0.2,", "shape: bix, size: [0.2,", 13,
         "key 'objects.hammer.parts[0].shape': unknown shape 'bix'; did you mean 'box'? known: "
         "box, cylinder, capsule, sphere"),
        ("    mass: 0.3", "    mas: 0.3", 11,
         "key 'objects.hammer.mas': unknown key 'mas'; did you mean 'mass'? known: pos, yaw"),
        ("    mass: 0.3", "    mass: heavy", 11,
         "key 'objects.hammer.mass': expected a finite number from 1e-05 to 10000, got the text"),
        ("    mass: 0.3", "    mass: '0.3'", 11, "number from 1e-05 to 10000,"
         " got the text '0.3'"),
        ("    mass: 0.3", "    mass: -1", 11, "number from 1e-05 to 10000, got the number -1"),
        ("    mass: 0.3", "    mass: .nan", 11, "number from 1e-05 to 10000,"
         " got the number .nan"),
        ("    mass: 0.3", "    mass: .inf", 11, "number from 1e-05 to 10000,"
         " got the number .inf"),
        ("    mass: 0.3", "    mass: 1e999", 11, "number from 1e-05 to 10000"),
        ("    mass: 0.3", "    mass:", 11, "number from 1e-05 to 10000, got nothing"),
        ("    mass: 0.3", "    mass: 0.3\n    mass: 0.4", 12,
         "key 'objects.hammer.mass': given twice, first on line 11"),
        ("    mass: 0.3", "    friction: -0.1", 11, "expected a finite number from 0 to 100"),
        ("    mass: 0.3", "    fixed: maybe", 11, "expected true or false, got the text 'maybe'"),
        ("    mass: 0.3", "    magnetic: [+w]", 11, "[0]': unknown face '+w'"),
        ("    mass: 0.3", "    magnetic: [+x, +x]", 11, "a face is given twice"),
        ("    mass: 0.3", "    frames: {a b: [0, 0, 0]}", 11, "a name takes letters"),
        ("    mass: 0.3", "    frames: {grip: [0, 0]}", 11,
         "key 'objects.hammer.frames.grip': expected 3 numbers [x, y, z] in m, got 2"),
        ("    mass: 0.3", "    yaw: 1\n    yaw_deg: 2", 12, "give 'yaw' or 'yaw_deg', not both"),
        ("    mass: 0.3", "    size: [1, 1, 1]", 11, "has either 'parts' or 'size'"),
        ("    mass: 0.3", "    breaks: {parts: [hed], load: 1}", 11,
         "key 'objects.hammer.breaks.parts[0]': unknown part 'hed'; did you mean 'head'?"),
        ("    mass: 0.3", "    breaks: {parts: [handle, head], load: 1}", 11, "leave at least one"),
        ("    mass: 0.3", "    breaks: {parts: [head]}", 11, "missing key 'load' (force in N"),
        ("    mass: 0.3", "    breaks: {parts: [head], load: 0}", 11, "expected a number > 0"),
        ("    pos: [0.5, 0, 0.08]", "    pos: [0.5]", 6,
         "key 'objects.milk.pos': expected 3 numbers [x, y, z] in m, got 1: the list [0.5]"),
        ("    pos: [0.5, 0, 0.08]", "    pos: 0.5", 6,
         "key 'objects.milk.pos': expected 3 numbers [x, y, z] in m, got the number 0.5"),
        ("    pos: [0.5, 0, 0.08]", "    pos: [0.5, left, 0.08]", 6,
         "key 'objects.milk.pos[1]': expected a finite number, got the text 'left'"),
        ("    pos: [0.5, 0, 0.08]\n", "", 5, "key 'objects.milk': missing key 'pos'"),
        ("    size: [0.04, 0.04, 0.16]\n", "", 5, "missing key 'size' (full sizes in m"),
        ("size: [0.04, 0.04, 0.16]", "size: [0.04, 0.04]", 8,
         "key 'objects.milk.size': expected the full sizes [x, y, z] in m for a box, got 2"),
        ("size: [0.04, 0.04, 0.16]", "size: [0.04, -0.04, 0.16]", 8,
         "key 'objects.milk.size[1]': expected a finite number from 0.0001 to 100, got the number"),
        ("color: steel", "color: stel", 14, "unknown color 'stel'; did you mean 'steel'?"),
        ("color: steel", "rgba: [1, 0, 0]", 14, "4 numbers [red, green, blue, alpha], got 3"),
        ("color: steel", "rgba: [1, 0, 2, 1]", 14, "expected a finite number from 0 to 1"),
        ("name: head", "name: handle", 14, "part name 'handle' is taken by an earlier part"),
        ("name: head, ", "", 14, "key 'objects.hammer.parts[1]': missing key 'name'"),
        ("kind: hinge", "kind: slide", 19, "a slide joint's range is in m: use 'range'"),
        ("kind: hinge", "kind: screw", 19, "unknown joint kind 'screw'"),
        ("range_deg: [-90, 0]", "range_deg: [10, 90]", 19, "low <= 0 <= high; got 10.0, 90.0"),
        ("range_deg: [-90, 0]", "range_deg: [0, -90]", 19, "expected low < high, got [0, -90]"),
        (", range_deg: [-90, 0]", "", 19, "missing key 'range'"),
        ("axis: [0, 0, 2]", "axis: [0, 0, 0]", 19, "expected a direction, got [0, 0, 0]"),
        ("    joint: {", "    fixed: true\n    joint: {", 19, "its joint fixes an object already"),
        ("  milk:\n", "  3milk:\n", 5, "an object's name takes up to 64 letters"),
        ("  milk:\n", "  table:\n", 5, "none of and, or, not, robot, table, world"),
        ("  milk:\n", "  yes:\n", 5, "a key must be text, got true/false yes; put it in quotes"),
        ("z: [0.01, 0.3]", "z: [0.3, 0.01]", 3, "key 'workspace.z': expected low < high"),
        (", z: [0.01, 0.3]", "", 3, "key 'workspace': missing key 'z'"),
        ("name: demo", "name: a/b", 1, "key 'name': a name takes up to 64 letters"),
        ("name: demo", "name: 12", 1, "expected text, got the number 12; put it in quotes"),
        ("name: demo", "name: ''", 1, "expected text, got nothing between the quotes"),
        ("name: demo", "name: d\nrobot: [fr3, {name: fr3}]", 2,
         "key 'robot': a scene has one robot, got a list of 2"),
        ("name: demo", "name: d\nrobot: {name: fr4}", 2,
         "key 'robot.name': unknown robot 'fr4'; did you mean 'fr3'?"),
        ("name: demo", "name: d\ntool: {name: hamer, use: required}", 2,
         "key 'tool.name': unknown object 'hamer'; did you mean 'hammer'?"),
        ("name: demo", "name: d\ntool: {name: hammer, use: must}", 2, "unknown tool use 'must'"),
        ("name: demo", "name: d\ntime_limit: 0", 2, "expected a finite number > 0"),
        ("name: demo", "name: d\nnotes: one", 2, "expected a list of sentences"),
        ("name: demo\n", "", 1, "missing key 'name' (identifier)"),
        ("held(milk) and", "held(mlk) and", 20,
         "key 'goal': column 6: unknown object 'mlk'; did you mean 'milk'? known: milk, hammer"),
        ("held(milk) and", "hled(milk) and", 20,
         "key 'goal': column 1: unknown goal word 'hled'; did you mean 'held'?"),
        ("held(milk) and", "joint(milk, 1) and", 20, "'milk' has no joint; objects with one: door"),
        ("name: demo", "name: [demo", 2, "not valid YAML"),
        ("name: demo", "\tname: demo", 1, "indent with spaces, not tabs"),
        ("name: demo", "name: \x07", 1, "not a text file: character U+0007 is not allowed"),
    ],
)  # fmt: skip
def test_error_names_line_key_and_what_is_allowed(
    old: str, new: str, line: int, message: str
) -> None:
    text = error_of(changed(old, new))
    assert text.startswith(f"f.yaml:{line}: "), text
    assert message in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml:1: the file is empty"),
        ("# nothing\n", "f.yaml:1: the file is empty"),
        ("- a\n- b\n", "f.yaml:1: expected a mapping with the keys name, instruction"),
        ("just words", "f.yaml:1: expected a mapping with the keys"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: not valid YAML"),
        ("a: *b\n", "f.yaml:1: not valid YAML: found undefined alias 'b'"),
        ("[" * 5000, "f.yaml:1: not valid YAML: nested too deeply"),
        (GOOD.split("objects:")[0] + "objects: {}\ngoal: x\n", "at least one object"),
        (GOOD.split("  milk:")[0] + "  milk: {pos: [0, 0, 0], parts: []}\ngoal: held(milk)\n",
         "key 'objects.milk.parts': an object needs at least one part"),
    ],
)  # fmt: skip
def test_wrong_as_a_whole(text: str, message: str) -> None:
    assert message in error_of(text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\x89PNG\x00\xff")
    cases = {
        tmp_path / "none.yaml": "no such file (shipped scenes: ball_behind_gate, ball_to_tray",
        tmp_path: "is a folder, expected a YAML file",
        binary: "not a text file in UTF-8 (byte 0x89 at offset 0)",
    }
    for path, message in cases.items():
        with pytest.raises(SceneFileError) as info:
            load_scene(path)
        assert str(info.value).startswith(f"{path}: ") and message in str(info.value)
    with pytest.raises(SceneFileError, match="did you mean 'gallery_tray'"):
        scene_path("galery_tray")


def test_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_scene(path) == parse_scene(GOOD, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: expected on, in, held"),
        ("held milk", "column 6: expected '(', got 'milk'"),
        ("held(milk", "column 10: expected ')', got 'the end'"),
        ("held(milk) held(cup)", "column 12: expected 'and', 'or' or the end, got 'held'"),
        ("held(milk) and", "column 15: expected on, in, held"),
        ("(held(milk)", "column 12: expected ')'"),
        ("held()", "column 6: expected the name of an object, got ')'"),
        ("on(milk)", "column 1: goal word 'on' needs second object"),
        ("held(milk, cup)", "column 1: goal word 'held' takes no second object"),
        ("held(milk, 2)", "column 1: goal word 'held' takes no number"),
        ("joint(door)", "column 1: goal word 'joint' needs a number in m or rad"),
        ("lifted(milk, 5cm)", "column 14: expected a number in m, without its unit, got '5cm'"),
        ("lifted(milk, -1)", "column 14: 'lifted' takes a distance > 0 m, got -1"),
        ("lifted(milk, 1e999)", "column 14: expected a number"),
        ("near(a, b, 0.1, 0.2)", "column 17: 'near' takes no more than this, got '0.2'"),
        ("near(a, a)", "column 1: 'near' relates 'a' to itself"),
        ("not " * 60 + "held(a)", "nested deeper than 50"),
    ],
)
def test_goal_errors_point_at_the_column(text: str, message: str) -> None:
    with pytest.raises(GoalTextError) as info:
        parse_goal(text)
    assert str(info.value).startswith(message) or message in str(info.value)


@pytest.mark.parametrize(
    "goal, message",
    [
        ("lifted(wall, 0.1)", "'lifted' can never change: 'wall' is fixed"),
        ("moved(wall/top)", "'moved' can never change: 'wall/top' is fixed"),
        ("near(wall/top, post)", "'near' can never change: 'wall/top' and 'post' are fixed"),
    ],
)
def test_what_fixed_things_can_never_become_is_no_goal(goal: str, message: str) -> None:
    block = (Part("block", "box", (0.1, 0.1, 0.1)),)
    turning = Link("door", block, joint=Joint("hinge", (0.0, 0.0, 1.0), (0.0, 1.0)))
    wall = Thing("wall", block, (0, 0, 0), fixed=True, links=(Link("top", block), turning))
    things = {t.name: t for t in (wall, Thing("post", block, (1, 0, 0), fixed=True))}
    with pytest.raises(GoalTextError, match=message):
        GoalParser(goal, things).parse()
    assert GoalParser("near(wall/door, post) and not held(wall)", things).parse()


def test_words_are_of_robots_that_can_do_it() -> None:
    text = changed("held(milk) and", "not stands(milk) and")
    assert "goal': 'stands' never holds: the robot 'fr3' has no legs" in error_of(text)
    text = error_of(GOOD.replace("objects:", "robot: go1\nobjects:"))
    assert "goal': 'held' never holds: the robot 'go1' has no fingers" in text


def test_ties_are_between_two_things_that_touch(tmp_path: Path) -> None:
    tie = "objects:\n  key:\n    tie: {to: TO, at: [0, 0, 0.02]}\n"
    tie += "    pos: [0.3, 0.1, 0.02]\n    shape: box\n    size: [0.04, 0.04, 0.04]\n"
    text = GOOD.replace("objects:\n", tie)
    assert "key 'objects.key.tie.to': unknown object 'key'" in error_of(text.replace("TO", "key"))
    path = tmp_path / "far.yaml"
    path.write_text(text.replace("TO", "milk"))
    with pytest.raises(
        SceneFileError, match=r"tie.at': expected where both touch, .* m from 'milk'"
    ):
        load_scene(path)


def test_goal_precedence_and_nesting() -> None:
    a, b, c = (Predicate("held", n) for n in "abc")
    cases: dict[str, Goal] = {
        "held(a) or held(b) and not held(c)": goals.Any((a, goals.All((b, goals.Not(c))))),
        "(held(a) or held(b)) and held(c)": goals.All((goals.Any((a, b)), c)),
        "(held(a) and held(b)) and held(c)": goals.All((goals.All((a, b)), c)),
        "held(a) and held(b) and held(c)": goals.All((a, b, c)),
        "not (held(a) and held(b))": goals.Not(goals.All((a, b))),
        "((held( a )))": a,
        "lifted(a)": Predicate("lifted", "a", None, 0.05),
    }
    for text, goal in cases.items():
        assert parse_goal(text) == goal


NAMES = st.sampled_from(["milk", "cup", "tray", "not_me", "Or"])


@st.composite
def predicates(draw: st.DrawFn) -> Predicate:
    name = draw(st.sampled_from(sorted(VOCABULARY)))
    word = VOCABULARY[name]
    subject, other = draw(st.lists(NAMES, min_size=2, max_size=2, unique=True))
    low, high = (-1e6, 1e6) if name == "joint" else (1e-9, FARTHEST)
    value = draw(st.floats(low, high)) if word.unit else None
    if name in COUNTING:
        whole = st.integers(1, 999).map(float)
        value = draw(whole if name == "count_in" else st.floats(0.001, 1))
    return Predicate(name, subject, other if word.other else None, value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("held(cup) and not held(cup)", r"never holds: it wants both held\(cup\) and not held"),
        ("near(cup, a, 0.1) and (held(a) and not near(cup, a, 0.2))", "never holds"),
        ("lifted(cup, 0.1) and not lifted(cup, 0.05)", "never holds"),
        ("on(cup, a) and in(a, cup)", r"it wants both on\(cup, a\) and in\(a, cup\)"),
        ("(held(a) and not held(a)) or (held(b) and not held(b))", "never holds"),
        ("lifted(cup, 50)", r"takes metres, at most 10, got 50: in mm it would be 0\.05"),
    ],
)
def test_a_goal_that_contradicts_itself_is_refused(text: str, said: str) -> None:
    with pytest.raises(GoalTextError, match=said):
        parse_goal(text)


@pytest.mark.parametrize(
    "text",
    [
        "held(a) or not held(a)",
        "near(cup, a, 0.2) and not near(cup, a, 0.1)",
        "lifted(cup, 0.05) and not lifted(cup, 0.1)",
        "joint(a, 0.2) and not joint(a, -0.1)",
        "on(a, b) and on(b, cup)",
    ],
)
def test_what_only_looks_like_a_contradiction_is_a_goal(text: str) -> None:
    assert str(parse_goal(text))


def _combined(inner: st.SearchStrategy[Goal]) -> st.SearchStrategy[Goal]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return several.map(goals.All) | several.map(goals.Any) | inner.map(goals.Not)


@given(st.recursive(predicates(), _combined, max_leaves=8).filter(lambda g: not contradiction(g)))
def test_goal_text_reads_back_equal(goal: Goal) -> None:
    assert parse_goal(str(goal)) == goal


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_subnormal=False)


VECTORS = st.tuples(*[numbers(-2, 2)] * 3)


@st.composite
def parts(draw: st.DrawFn, name: str, weighed: bool) -> Part:
    shape = draw(st.sampled_from(sorted(SHAPE_SIZES)))
    size = tuple(draw(numbers(1e-3, 1)) for _ in range(SHAPE_SIZES[shape]))
    rgba = st.sampled_from(list(COLORS.values())) | st.tuples(*[numbers(0, 1)] * 4)
    share = draw(numbers(1e-3, 10)) if weighed else None
    corners = (
        (0.0, 0.0, 0.0),
        (0.1, 0.0, 0.0),
        (0.0, 0.1, 0.0),
        (0.0, 0.0, draw(numbers(0.01, 1))),
    )
    return Part(
        name, shape, size, draw(VECTORS), draw(VECTORS), draw(rgba), share,  # type: ignore[arg-type]
        draw(st.sampled_from([0.0, 0.5])), draw(st.booleans()), corners if shape == "hull" else (),
    )  # fmt: skip


@st.composite
def links(draw: st.DrawFn) -> tuple[Link, ...]:
    """A lid, and a handle on it or beside it."""
    joint = st.sampled_from([None, Joint("ball", (0.0, 0.0, 1.0), (0.0, math.inf))])
    play = Joint("hinge", (1.0, 0.0, 0.0), (0.0, 1.0), rest=-0.1, backlash=0.01, firm=False)
    lid = Link("lid", (draw(parts("plate", False)),), "", draw(VECTORS), draw(VECTORS), play)
    weighed = draw(st.booleans())
    knob = Link(
        "knob", tuple(draw(parts(name, weighed)) for name in "ab"),
        draw(st.sampled_from(["", "lid"])),
        joint=draw(joint), mass=draw(st.none() | numbers(1e-3, 9)), frames={"tip": draw(VECTORS)},
        magnetic=("+x",), breaks=Break(("b",), 2.0),
    )  # fmt: skip
    return draw(st.sampled_from([(), (lid,), (lid, knob)]))


@st.composite
def entities(draw: st.DrawFn, name: str) -> Thing:
    weighed = draw(st.booleans())
    shapes = tuple(draw(parts(f"p{i}", weighed)) for i in range(draw(st.integers(1, 3))))
    axis = draw(st.sampled_from([(1.0, 0.0, 0.0), (0.0, 0.6, -0.8)]))
    kind = draw(st.sampled_from(["slide", "hinge"]))
    span = (draw(numbers(-3, 0)), draw(numbers(1e-3, 3)))
    joint = draw(st.none() | st.just(Joint(kind, axis, span, damping=draw(numbers(0, 9)))))  # type: ignore[arg-type]
    load = draw(st.sampled_from([0.5, math.inf]))
    return Thing(
        name, shapes, draw(VECTORS), yaw=draw(numbers(-4, 4)), mass=draw(numbers(1e-3, 9)),
        friction=draw(numbers(0, 2)), rolling=draw(numbers(0, 1)), joint=joint,
        fixed=joint is None and draw(st.booleans()), sunk=draw(st.booleans()),
        frames=draw(st.dictionaries(st.sampled_from(["grip", "tip"]), VECTORS)),
        magnetic=draw(st.sampled_from([(), ("+x",), ("-y", "+z")])),
        breaks=Break(("p0",), load) if len(shapes) > 1 else None,
        strays=draw(st.sampled_from([(1.0, 1.0), (0.5, 0.0)])),
        links=draw(links()), surface=draw(st.sampled_from(["plain", "tool"])),
        tool=draw(st.booleans()), note=draw(st.sampled_from(["", "yes", "a: 'b' # \u00e9\n c"])),
    )  # fmt: skip


@given(entities("a"), entities("b"), numbers(0, 5))
def test_written_scene_reads_back_equal(a: Thing, b: Thing, hold: float) -> None:
    goal = parse_goal("near(a, c, 0.1) or not held(a)")
    c = Thing(
        "c", (Part("p", "box", (0.1, 0.1, 0.1)),), (0.0, 0.0, 0.0)
    )  # moves, as a and b may not
    box = Workspace((0.0, -1.0, 0.0), (1.0, 1.0, 0.5))
    scene = Scene(
        "any-1",
        "Do: it",
        (a, b, c),
        box,
        goal,
        tool=Tool("a", "free"),
        hold=hold,
        notes=("on", "# x"),
    )
    assert parse_scene(dump_scene(scene), "") == scene


def test_what_cannot_be_written_says_so() -> None:
    scene = parse_scene(GOOD, "")
    backwards = dataclasses.replace(scene, goal=Predicate("near", "milk", "hammer", -0.1))
    with pytest.raises(SceneFileError):
        dump_scene(backwards)


def test_the_documented_example_is_a_scene() -> None:
    page = (Path(__file__).parents[4] / "docs" / "scene_format.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n", 1)[1].split("```", 1)[0]
    scene = parse_scene(example, "docs/scene_format.md")
    assert parse_scene(dump_scene(scene), "") == scene
