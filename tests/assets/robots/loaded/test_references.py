"""What a model of somebody else names is opened only if it is an ordinary file."""

import os
import shutil
from pathlib import Path

import pytest

from habilis.assets.robots.registry import make_robot
from habilis.assets.scene.solids.mesh import mesh_parts

MODELS = Path(__file__).parent / "models"
WAYS = {
    "include": '<include file="pipe"/>',
    "mesh": '<asset><mesh name="m" file="pipe"/></asset>',
    "mesh in its folder": '<compiler meshdir="below"/><asset><mesh name="m" file="pipe"/></asset>',
    "mesh of a path": '<asset><mesh name="m" file="nowhere/pipe"/></asset>',
    "texture": "<asset><texture name='t' type='2d' file='pipe'/></asset>",
    "include in an include": '<include file="inner.xml"/>',
    "escaped": '<include file="p&#105;pe"/>',
    "device": '<include file="/dev/zero"/>',
}
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")


def heron(folder: Path, more: str) -> str:
    """The heron, whose model says something more."""
    text = (MODELS / "heron.xml").read_text(encoding="utf-8")
    (folder / "heron.xml").write_text(text.replace("<worldbody>", more + "<worldbody>", 1))
    shutil.copy(MODELS / "heron.yaml", folder)
    return f"file:{folder}/heron.xml"


@needs_pipes
@pytest.mark.parametrize("way", WAYS)
def test_a_pipe_that_a_model_names_is_refused_and_not_waited_for(way: str, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for folder in (tmp_path, tmp_path / "below"):
        os.mkfifo(folder / "pipe")
    (tmp_path / "inner.xml").write_text('<mujoco><include file="pipe"/></mujoco>')
    with pytest.raises(ValueError, match=r"heron.*(pipe|zero): no ordinary file"):
        make_robot(heron(tmp_path, WAYS[way]))


def test_a_model_that_names_more_than_can_be_meant_is_refused(tmp_path: Path) -> None:
    many = "".join(f'<mesh name="m{i}" file="m{i}.obj"/>' for i in range(3000))
    with pytest.raises(ValueError, match="it names 3000 files, 2000 may be"):
        make_robot(heron(tmp_path, f"<asset>{many}</asset>"))


SIZES = {
    "copies": '<replicate count="1000000"><geom size=".1"/></replicate>',
    "copies of copies": "<replicate count='100'><replicate count='100'/></replicate>",
    "bodies": "<body/>" * 9000,
    "heights": '<asset><hfield name="h" nrow="100000" ncol="2" size="1 1 1 1"/></asset>',
    "picture": '<asset><texture name="t" builtin="flat" width="2" height="1e9"/></asset>',
}


@pytest.mark.parametrize("way", SIZES)
def test_a_model_that_would_need_more_than_there_is_is_refused(way: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"(8000 may be|4096 may be)"):
        make_robot(heron(tmp_path, SIZES[way]))


def test_what_a_model_may_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "part.xml").write_text("<mujoco><worldbody><site name='s'/></worldbody></mujoco>")
    (tmp_path / "below").mkdir()
    robot, _ = make_robot(heron(tmp_path, '<include file="part.xml"/>'))
    assert len(robot.arm.joints) == 6


@needs_pipes
def test_a_pipe_that_a_mesh_names_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("coacd", reason="needs the vision extra")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    os.mkfifo(tmp_path / "pipe")
    corners = "".join(f"v {x} {y} {z}\n" for x in (0, 1) for y in (0, 1) for z in (0, 1))
    faces = "1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "2 6 8 4"
    sides = "".join(f"f {face}\n" for face in faces)
    (tmp_path / "box.obj").write_text(f"mtllib pipe\nusemtl m\n{corners}{sides}")
    parts = mesh_parts("box", tmp_path / "box.obj", 0.05)
    assert len(parts) == 1 and parts[0].half_extents() == pytest.approx([0.025] * 3, abs=1e-4)


UNUSABLE = {
    "a path out of its package": (
        '<asset><mesh name="m" file="package://x/../../../etc/passwd"/></asset>', "etc/passwd"
    ),
    "no number": ('<option timestep="nan"/>', "it holds a number that is none: 'nan'"),
    "no numbers": ("<option gravity='0 NaN -9.8'/>", "it holds a number that is none: '0 NaN"),
    "an entity": (
        '<!DOCTYPE m [<!ENTITY e SYSTEM "file:///etc/passwd">]><asset><mesh file="&e;"/></asset>',
        "heron",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", UNUSABLE)
def test_a_model_that_cannot_be_used_is_named_with_the_reason(way: str, tmp_path: Path) -> None:
    more, said = UNUSABLE[way]
    with pytest.raises(ValueError, match="heron") as error:
        make_robot(heron(tmp_path, more))
    assert said in str(error.value) and "root:" not in str(error.value)


def test_a_name_may_be_nan(tmp_path: Path) -> None:
    make_robot(heron(tmp_path, '<asset><material name="nan"/></asset>'))
