"""Meshes in scene files: convex parts, checked, kept by content, and holding what they should."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from habilis.assets.scene.format.file import SceneFileError, dump_scene, load_scene, parse_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.solids.hull import Hull, corners
from habilis.assets.scene.solids.mesh import CORNERS, MeshError, mesh_parts
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.world import World

SIDES = 8
# Radius and height of the profile of a cup in cm, from the middle of its foot to that of its floor.
PROFILE = ((3.0, 0.0), (3.5, 8.0), (3.1, 8.0), (2.6, 0.5))
SCENE = """
name: cup
instruction: Keep the beads in the cup.
workspace: {x: [0, 0.45], y: [-0.25, 0.25], z: [0.01, 0.3]}
objects:
  cup: {pos: [0.3, 0.1], mass: 0.1, mesh: cup.obj, scale: 0.01, color: teal}
  beads: {grains: {count: 30, size: 0.01, mass: 0.0005, within: cup}, rolling: 0.0003}
goal: count_in(beads, cup) >= 30
"""


def write_cup(path: Path, without: int = 0) -> None:
    """An eight-sided cup in cm; leaving out faces makes a hole."""
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    rings = [[(r * np.cos(a), r * np.sin(a), z) for a in angle] for r, z in PROFILE]
    points = [*(p for ring in rings for p in ring), (0, 0, 0.0), (0, 0, 0.5)]
    faces = []
    for k in range(len(PROFILE) - 1):
        for i in range(SIDES):
            a, b, j = k * SIDES, (k + 1) * SIDES, (i + 1) % SIDES
            faces += [(a + i, a + j, b + j), (a + i, b + j, b + i)]
    foot, floor, last = len(points) - 2, len(points) - 1, (len(PROFILE) - 1) * SIDES
    for i in range(SIDES):
        j = (i + 1) % SIDES
        faces += [(foot, j, i), (floor, last + i, last + j)]
    lines = [f"v {x} {y} {z}" for x, y, z in points]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces[without:]]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("coacd")
    pytest.importorskip("trimesh")
    out = tmp_path_factory.mktemp("meshes")
    write_cup(out / "cup.obj")
    (out / "scene.yaml").write_text(SCENE)
    return out


@pytest.fixture(autouse=True)
def cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))


def test_a_cup_from_a_mesh_has_convex_walls_and_holds_grains(folder: Path) -> None:
    scene = load_scene(folder / "scene.yaml")
    cup = scene.entity("cup")
    assert 5 < len(cup.parts) <= 32
    assert max(len(p.vertices) for p in cup.parts) <= CORNERS
    np.testing.assert_allclose(cup.size(), [0.07, 0.07, 0.08], atol=2e-3)
    assert parse_scene(dump_scene(scene), "") == scene, "plain data, without the file"
    world = World(compile_scene(scene), 1, 1)
    robot = SimRobot(world)
    robot.reset(published(scene, 1))
    robot.hold(1.0)
    assert evaluate(scene.goal, world).all()
    before = world.grains("beads").copy()
    robot.hold(0.4)
    assert np.abs(world.grains("beads") - before).max() < 2e-3
    assert world.grains("beads")[0, :, 2].min() > 0.005


def test_a_mesh_is_cut_up_once_and_the_same_each_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = mesh_parts("cup", folder / "cup.obj", 0.01)
    for missing in ("coacd", "trimesh"):
        monkeypatch.setitem(sys.modules, missing, None)
    assert mesh_parts("cup", folder / "cup.obj", 0.01) == first
    with pytest.raises(ValueError, match=r"needs the package .*pip install 'habilis\[vision\]'"):
        mesh_parts("cup", folder / "cup.obj", 0.02)


def test_volume_and_inertia_are_those_of_the_mesh(folder: Path) -> None:
    parts = mesh_parts("cup", folder / "cup.obj", 0.01)
    outer, inner = (_frustum(*PROFILE[k], *PROFILE[k + 1]) for k in (0, 2))
    assert sum(p.volume for p in parts) == pytest.approx((outer - inner) * 1e-6, rel=0.25)


def _frustum(r: float, low: float, s: float, high: float) -> float:
    """Volume between two eight-sided rings, cm^3."""
    area = SIDES / 2 * np.sin(2 * np.pi / SIDES)
    return float(area * abs(high - low) * (r * r + r * s + s * s) / 3)


def test_a_mesh_with_a_hole_is_its_hull_and_says_so(folder: Path) -> None:
    write_cup(folder / "holed.obj", without=1)
    with pytest.warns(UserWarning, match="not watertight"):
        (hull,) = mesh_parts("cup", folder / "holed.obj", 0.01)
    assert hull.volume == pytest.approx(_frustum(*PROFILE[0], *PROFILE[1]) * 1e-6, rel=0.01)


def test_what_is_wrong_with_a_mesh_is_said_with_its_line(folder: Path) -> None:
    (folder / "empty.obj").write_text("v 0 0 0\n")
    for name, message in (("cap.obj", "cannot be read"), ("empty.obj", "empty.obj")):
        text = SCENE.replace("cup.obj", name)
        with pytest.raises(
            SceneFileError, match=rf"scene.yaml:6: key 'objects.cup.mesh': .*{message}"
        ):
            parse_scene(text, str(folder / "scene.yaml"))
    with pytest.raises(SceneFileError, match="either 'mesh' or 'shape'"):
        parse_scene(SCENE.replace("scale: 0.01", "shape: box"), str(folder / "scene.yaml"))


def test_a_hull_knows_its_volume_its_inside_and_its_corners() -> None:
    box = np.array(np.meshgrid([0.0, 0.1], [0.0, 0.2], [0.0, 0.3])).reshape(3, -1).T
    inner = np.random.default_rng(0).uniform(0.01, 0.09, (50, 3))
    found = corners(np.concatenate([box, inner]), 24)
    assert sorted(map(tuple, found.round(6))) == sorted(map(tuple, box.round(6)))
    hull = Hull.of(tuple(map(tuple, found.tolist())))
    assert hull.volume == pytest.approx(0.006)
    np.testing.assert_allclose(hull.centre, [0.05, 0.1, 0.15], atol=1e-6)
    assert hull.inertia[0, 0] == pytest.approx(0.006 * (0.04 + 0.09) / 12, rel=1e-5)
    assert hull.contains(np.array([[0.05, 0.1, 0.29], [0.05, 0.1, 0.31]])).tolist() == [True, False]
    with pytest.raises(ValueError, match="do not span a solid"):
        Hull.of(((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0, 0.0)))


TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"
NO_SOLID = {
    "nan.obj": (TETRAHEDRON.replace("v 1 0 0", "v nan 0 0"), "corners that are no numbers"),
    "inf.obj": (TETRAHEDRON.replace("v 1 0 0", "v inf 0 0"), "corners that are no numbers"),
    "far.obj": (TETRAHEDRON.replace("v 1 0 0", "v 1e300 0 0"), "m large, 100 m may be"),
    "flat.obj": (TETRAHEDRON.replace("v 0 0 1", "v 1 1 0"), "is flat: its 4 corners lie within"),
    "point.obj": (TETRAHEDRON.replace("1", "0").replace("f", "#"), "has no faces"),
    "one.obj": ("v 0 0 0\nv 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\nf 1 2 4\n", "is flat: its"),
    "index.obj": (TETRAHEDRON + "f 1 2 999999999\n", "cannot be read: index 999999998"),
    "many.stl": ("\0" * 80 + "\xff" * 4, "has no faces|cannot be read"),
    "bomb.zip": ("PK", "no format that is read: .obj, .stl"),
}


@pytest.mark.parametrize("name", NO_SOLID)
def test_what_is_no_solid_is_refused_by_file_and_reason(name: str, tmp_path: Path) -> None:
    pytest.importorskip("coacd")
    text, said = NO_SOLID[name]
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(MeshError, match=f"mesh .*{name} .*({said})"):
        mesh_parts("a", tmp_path / name)


def test_a_mesh_whose_faces_look_inwards_is_the_same_thing(folder: Path) -> None:
    lines = (folder / "cup.obj").read_text().splitlines()
    turned = [
        " ".join((kind, *reversed(rest))) if kind == "f" else " ".join((kind, *rest))
        for kind, *rest in map(str.split, lines)
    ]
    (folder / "inwards.obj").write_text("\n".join(turned) + "\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        own, other = (mesh_parts("c", folder / f"{name}.obj", 0.01) for name in ("cup", "inwards"))
    total = [sum(Hull.of(p.vertices).volume for p in parts) for parts in (own, other)]
    assert total[1] == pytest.approx(total[0], rel=0.05)


def test_a_mesh_that_takes_minutes_to_cut_is_announced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("habilis.assets.scene.solids.mesh.MANY", 10)
    with pytest.warns(UserWarning, match="faces: to cut it up takes minutes, once"):
        mesh_parts("cup", folder / "cup.obj", 0.011)
