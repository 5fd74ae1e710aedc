"""A scene file that names a robot is an environment like any other."""

from __future__ import annotations

import warnings
from pathlib import Path

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

import habilis  # noqa: F401

MODELS = Path(__file__).parents[2] / "assets" / "robots" / "loaded" / "models"
SCENE = """
name: take
instruction: Take the cube.
workspace: {{x: [0, 0.4], y: [-0.2, 0.2], z: [0.01, 0.3]}}
objects: {{cube: {{pos: [0.2, 0, 0.02], shape: box, size: [0.04, 0.04, 0.04], mass: 0.1}}}}
goal: held(cube) and lifted(cube, 0.05)
robot: {robot}
"""


@pytest.mark.parametrize(
    ("robot", "joints"),
    [("ur5e", 6), ("iiwa14+panda_hand", 7), ("fr3+leap", 7), (f"file:{MODELS}/heron.xml", 6)],
)
@pytest.mark.parametrize("control", ["ee", "joint"])
def test_it_passes_the_check_of_gymnasium(
    robot: str, joints: int, control: str, tmp_path: Path
) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(SCENE.format(robot=robot))
    env = gymnasium.make("habilis/Scene-v0", scene=str(path), control=control)
    assert env.action_space.shape == ((3 if control == "ee" else joints) + 1,)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped, skip_render_check=True)
    env.close()
