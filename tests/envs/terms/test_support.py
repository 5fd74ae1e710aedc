"""What bears a thing is sought wherever parts lie upon each other, around its centre of mass."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.envs.written import written_world

from habilis.assets.scene.goal import Predicate
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.world import World

Points = Sequence[tuple[float, float]]
CORNERS = [(x, y) for x in (-0.05, 0.05) for y in (-0.05, 0.05)]


def box(name: str, size: tuple[float, float, float], at: tuple[float, float, float]) -> str:
    return f"{{name: {name}, shape: box, size: {list(size)}, pos: {list(at)}}}"


def posts(points: Points, width: float, height: float) -> list[str]:
    return [
        box(f"post{i}", (width, width, height), (x, y, height / 2))
        for i, (x, y) in enumerate(points)
    ]


def ring(radius: float, wall: float, height: float, sides: int = 16) -> list[str]:
    out, long = [], 2 * radius * math.tan(math.pi / sides)
    for i in range(sides):
        turn, middle = 2 * math.pi * i / sides, radius - wall / 2
        at = (middle * math.cos(turn), middle * math.sin(turn), height / 2)
        side = box(f"wall{i}", (wall, long, height), at)
        out.append(f"{side[:-1]}, euler_deg: [0, 0, {math.degrees(turn)}]}}")
    return out


def thing(name: str, z: float, parts: list[str], x: float = 0.3, more: str = "") -> str:
    rows = "".join(f"      - {part}\n" for part in parts)
    return f"  {name}:\n    pos: [{x}, 0, {z}]\n{more}    parts:\n{rows}"


PLATE = "  top: {pos: [0.3, 0, 0.0551], shape: box, size: [0.14, 0.14, 0.01]}\n"
FLOOR = "{name: floor, shape: cylinder, size: [0.1, 0.004], pos: [0, 0, 0.002]}"
CRATE = [box(f"side{i}", (0.004, 0.12, 0.06), (x, 0, 0.03)) for i, x in enumerate((-0.06, 0.06))]
STOOL = [*posts([(x * 0.8, y * 0.8) for x, y in CORNERS], 0.01, 0.08),
         box("seat", (0.1, 0.1, 0.01), (0, 0, 0.085))]  # fmt: skip
BLOCK = "  {name}: {{pos: [0.3, 0, {z}], shape: box, size: {size}, mass: 1.0}}\n"
HAMMER = ["{name: head, shape: box, size: [0.04, 0.08, 0.04], mass_share: 0.9}",
          "{name: handle, shape: box, size: [0.26, 0.02, 0.02], pos: [0.15, 0, 0],"
          " mass_share: 0.1}"]  # fmt: skip
HOOK = [box("top", (0.05, 0.02, 0.01), (0, 0, 0)),
        box("near", (0.01, 0.02, 0.06), (-0.02, 0, -0.035)),
        box("far", (0.01, 0.02, 0.06), (0.02, 0, -0.035))]  # fmt: skip
LID = ["{name: disc, shape: cylinder, size: [0.11, 0.006]}",
       "{name: rim, shape: cylinder, size: [0.08, 0.01], pos: [0, 0, -0.008]}"]  # fmt: skip

BORNE = {
    "a ball on a ring with a thin wall": thing("base", 0.0, ring(0.025, 0.003, 0.04))
    + "  top: {pos: [0.3, 0, 0.0725], shape: sphere, size: [0.08], rolling: 0.003}\n",
    "a plate on a post at each corner": thing("base", 0.0, posts(CORNERS, 0.01, 0.05)) + PLATE,
    "a plate on three posts": thing(
        "base", 0.0, posts([(0.05, 0), (-0.03, 0.04), (-0.03, -0.04)], 0.008, 0.05)
    ) + PLATE,
    "a plank on two thin posts": thing(
        "base", 0.0, posts([(-0.112, 0), (0.112, 0)], 0.005, 0.05)
    ) + "  top: {pos: [0.3, 0, 0.0551], shape: box, size: [0.4, 0.03, 0.01]}\n",
    "a spoon across a cup": thing("base", 0.0, [FLOOR, *ring(0.03, 0.004, 0.06)])
    + "  top: {pos: [0.3, 0.002, 0.0641], shape: box, size: [0.18, 0.01, 0.008]}\n",
    "a slab across a crate": thing("base", 0.0, [FLOOR, *CRATE])
    + "  top: {pos: [0.3, 0, 0.0751], shape: box, size: [0.2, 0.2, 0.03]}\n",
    "a lid on a pot": thing("base", 0.0, [FLOOR, *ring(0.05, 0.004, 0.06)])
    + thing("top", 0.0631, LID),
    "a hammer by its heavy head": BLOCK.format(name="base", z=0.02, size=[0.08, 0.08, 0.04])
    + thing("top", 0.0601, HAMMER, more="    mass: 0.3\n"),
    "a hook over a bar": thing("top", 0.111, HOOK)
    + "  base: {pos: [0.3, 0, 0.1], euler_deg: [90, 0, 0], shape: cylinder,"
    " size: [0.012, 0.1], fixed: true}\n",
    "a stool on a plate": BLOCK.format(name="base", z=0.005, size=[0.12, 0.12, 0.01])
    + thing("top", 0.0101, STOOL),
}  # fmt: skip
BESIDE = {
    "a stool over a box between its legs": thing("top", 0.0001, STOOL)
    + "  base: {pos: [0.3, 0, 0.02], shape: box, size: [0.0702, 0.09, 0.04], fixed: true}\n",
    "a board that leans against a block": "  base: {pos: [0.3, 0, 0.05], shape: box,"
    " size: [0.04, 0.1, 0.1], fixed: true}\n  top: {pos: [0.25, 0, 0.06], euler_deg: [0, 20, 0],"
    " shape: box, size: [0.006, 0.06, 0.12]}\n",
}  # fmt: skip


def stood(text: str, folder: Path) -> World:
    """A world of two things, after they have come to rest."""
    head = "name: pile\ninstruction: Look.\nworkspace: {x: [0, 0.45], y: [-0.25, 0.25], z: "
    goal = "goal: on(top, base) or on(base, top)\n"
    world = written_world(f"{head}[0.01, 0.3]}}\nobjects:\n{text}{goal}", folder)
    for _ in range(40):
        world.advance(world.sim.bind("ctrl").copy()[:, None])
    return world


@pytest.mark.parametrize("name", BORNE)
def test_what_is_borne_however_it_is_borne(name: str, tmp_path: Path) -> None:
    world = stood(BORNE[name], tmp_path)
    assert evaluate(Predicate("on", "top", "base"), world).all()
    assert not evaluate(Predicate("on", "base", "top"), world).any()


@pytest.mark.parametrize("name", BESIDE)
def test_what_only_touches_is_not_borne(name: str, tmp_path: Path) -> None:
    world = stood(BESIDE[name], tmp_path)
    assert evaluate(Predicate("touching", "top", "base"), world).all()
    assert not evaluate(Predicate("on", "top", "base"), world).any()
    assert not evaluate(Predicate("on", "base", "top"), world).any()
