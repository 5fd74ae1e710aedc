"""A small scene, and sessions of it that run as fast as they can."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from habilis.assets.scene.format.file import parse_scene
from habilis.assets.scene.things import Scene
from habilis.llm_planner.studio.session import Session
from habilis.llm_planner.studio.stage import scene_task

FAST = 1000.0

TEXT = """
name: lift_the_box
instruction: Lift the box.
workspace: {x: [0.2, 0.5], y: [-0.3, 0.3], z: [0.01, 0.4]}
objects:
  box: {pos: [0.35, 0.05, 0.02], shape: box, size: [0.04, 0.04, 0.04]}
goal: held(box) and lifted(box, 0.05)
"""


@pytest.fixture
def scene() -> Scene:
    return parse_scene(TEXT, "test")


@pytest.fixture
def session(scene: Scene, tmp_path: Path) -> Iterator[Session]:
    made = Session(scene_task(scene), out=tmp_path)
    made.clock.speed = FAST
    yield made
    made.close()


def until(done: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait till something is so; how long that takes is no matter, as the machine may be busy."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)
