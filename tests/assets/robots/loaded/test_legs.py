"""Robots on legs of model files: what a few lines make of them, and what is refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from habilis.assets.robots.legged.standing import standing, weight
from habilis.assets.robots.loaded.named import walks
from habilis.assets.robots.registry import make_robot, parts, robot_spec
from habilis.assets.scene.format.file import load_scene
from habilis.assets.scenes import scene_path
from habilis.envs.legged.check import check_legs
from habilis.envs.legged.gait import Size
from habilis.envs.robot.check import exchanged

MODELS = Path(__file__).parent / "models"
LYNX = f"file:{MODELS}/lynx.xml"
here = pytest.mark.skipif(not os.environ.get("MENAGERIE_ROOT"), reason="MENAGERIE_ROOT is not set")
GO1, ANYMAL = "menagerie:unitree_go1", "menagerie:anybotics_anymal_c"


@pytest.mark.parametrize("name", [LYNX, LYNX.replace(".xml", ".urdf")])
def test_a_robot_on_legs_that_no_code_knows_is_told_from_a_few_lines(name: str) -> None:
    robot, spec = make_robot(name)
    model = spec.compile()
    assert robot.legs is not None and walks(name)
    assert [limb.name for limb in robot.limbs] == ["FL", "FR", "RL", "RR"], "by where feet are"
    assert robot.limbs[0].joints[0] == "robot/fore_port_swing"
    assert standing(name)[0] == pytest.approx(15.8)
    assert robot.legs.height == pytest.approx(0.025 + 2 * 0.24 * np.cos(0.9), abs=1e-6)
    assert (model.nu, model.nq) == (12, 19)
    assert not model.actuator_ctrllimited.any(), "a target beyond a joint's range makes it push"
    assert not model.body_gravcomp.any()
    shoes = [model.geom(foot) for foot in robot.legs.feet]
    assert all(shoe.friction[0] == 0.8 and shoe.contype == 2 for shoe in shoes)


def test_it_stands_walks_and_steps_up_by_the_trot_of_the_go1() -> None:
    checks = {check.what: check for check in check_legs(robot_spec(LYNX))}
    assert all(check.fits for check in checks.values()), checks
    assert {"stands", "walks 1.5 m", "goes up 0.12 m"} <= set(checks)


def test_it_begins_level_and_looks_ahead_however_its_file_puts_it(tmp_path: Path) -> None:
    whole = (MODELS / "lynx.xml").read_text()
    turned = whole.replace(
        '<body name="torso" pos="0 0 0.5">', '<body name="torso" euler="0 9 180">'
    )
    assert turned != whole
    (tmp_path / "lynx.xml").write_text(turned)
    shutil.copy(MODELS / "lynx.yaml", tmp_path / "lynx.yaml")
    _, spec = make_robot(f"file:{tmp_path}/lynx.xml")
    np.testing.assert_allclose(spec.compile().body("robot/torso").quat, [1, 0, 0, 0])


def test_a_gait_goes_by_the_size_of_the_robot() -> None:
    assert Size.of(*weight("go1")) == Size(), "the numbers are of the go1, and stay as they are"
    large = Size.of(4 * 12.743448, 4 * 0.28)
    assert (large.mass, large.length, large.time) == (4.0, 4.0, 2.0)
    assert (large.spring, large.damper) == (1.0, 2.0)


@here
def test_the_go1_of_the_menagerie_is_the_one_that_comes_with_the_package() -> None:
    own, other = robot_spec("go1"), robot_spec(GO1)
    assert [limb.name for limb in own.limbs] == [limb.name for limb in other.limbs]
    assert [limb.torque for limb in own.limbs] == [limb.torque for limb in other.limbs]
    assert [limb.upper for limb in own.limbs] == [limb.upper for limb in other.limbs]
    assert weight(GO1)[0] == pytest.approx(weight("go1")[0], abs=1e-3)
    assert other.legs is not None and own.legs is not None
    assert other.legs.radius == own.legs.radius


@here
@pytest.mark.parametrize("name", [GO1, ANYMAL])
def test_robots_on_legs_of_the_menagerie_stand_and_walk(name: str) -> None:
    assert all(check.fits for check in check_legs(robot_spec(name)))


def _described(tmp_path: Path, text: str, model: str = "") -> str:
    shutil.copy(MODELS / "lynx.xml", tmp_path / "lynx.xml")
    if model:
        whole = (MODELS / "lynx.xml").read_text()
        assert model in whole
        (tmp_path / "lynx.xml").write_text(whole.replace(model, ""))
    (tmp_path / "lynx.yaml").write_text(text)
    return f"file:{tmp_path}/lynx.xml"


_THREE = ", ".join(
    f"{leg}_{part}" for leg in ("fore_port", "fore_starboard", "hind_port")
    for part in ("swing", "lift", "bend")
)  # fmt: skip
_BALL = '<geom type="sphere" pos="0 0 -0.24" size="0.025" mass="0.05"/>'


@pytest.mark.parametrize(
    ("text", "model", "message"),
    [
        ("legs: {stiffness: 100, torque: 40}", "", "missing key 'home'"),
        ("legs: {home: [0, 1], stiffness: 100, torque: 40}", "", "3 or 12 angles"),
        ("legs: {home: [0, 0.9, -1.8], torque: 40}", "", "give 'stiffness'"),
        ("legs: {home: [0, 0.9, -1.8], stiffness: 100}", "", "give 'torque'"),
        ("legs: {home: [0, 0.1, -0.1], stiffness: 9, torque: 9}", "", "-0.1 of fore_port_bend is"),
        ("legs: {home: [0, -1.5, -2.7], stiffness: 9, torque: 9}", "", "one is wanted below each"),
        (f"legs: {{home: [0, 1, -2], stiffness: 9, torque: 9, joints: [{_THREE}]}}", "",
         "4 legs of 3 hinges .* fore_port_swing-fore_port_lift"),
        ("legs: {home: [0, 1, -2], stiffness: 9, torque: 9, trunk: tail}", "", "body .*'tail'"),
        ("legs: {home: [0, 1, -2], stiffness: 9, torque: 9}", _BALL, "ends in no ball"),
        ("legs: {home: [0, 1, -2]}\narm: {joints: [a]}", "", "neither 'arm' nor"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_key(
    tmp_path: Path, text: str, model: str, message: str
) -> None:
    name = _described(tmp_path, text, model)
    with pytest.raises(ValueError, match=message) as refused:
        make_robot(name)
    assert "lynx.yaml:" in str(refused.value)
    assert not walks(name), "whoever asks only for its kind is not told so"


def test_feet_that_are_not_alike_are_refused(tmp_path: Path) -> None:
    name = _described(tmp_path, (MODELS / "lynx.yaml").read_text())
    whole = (tmp_path / "lynx.xml").read_text()
    (tmp_path / "lynx.xml").write_text(whole.replace(_BALL, _BALL.replace("0.025", "0.02"), 1))
    with pytest.raises(ValueError, match="must be alike, .* 0.02 m, .* 0.025 m"):
        make_robot(name)


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    name = _described(tmp_path, (MODELS / "lynx.yaml").read_text())
    assert standing(name)[0] == pytest.approx(15.8)
    path = tmp_path / "lynx.xml"
    path.write_text(path.read_text().replace('mass="8"', 'mass="9"'))
    os.utime(path, ns=(0, 0))  # another time, however coarse the clock of files is
    assert standing(name)[0] == pytest.approx(16.8)


def test_it_carries_no_arm_and_takes_no_arms_place() -> None:
    with pytest.raises(ValueError, match="walks on legs, and carries no arm"):
        parts(f"{LYNX}+leap")
    sofa, milk = (load_scene(scene_path(name)) for name in ("climb_sofa_2024", "reach_milk_2024"))
    assert exchanged(sofa, LYNX).hand == "legs"
    with pytest.raises(ValueError, match="is for a robot on legs, as 'go1'; 'fr3.panda_hand'"):
        exchanged(sofa, "fr3")
    with pytest.raises(ValueError, match="is for a robot with an arm, as 'fr3'; .* on legs"):
        exchanged(milk, LYNX)
