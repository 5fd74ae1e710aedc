"""Every registered task says in what scene it takes place."""

import pytest

from habilis.assets.scene.things import Scene
from habilis.envs.core import Core
from habilis.envs.tasks import load_task, tasks


@pytest.mark.parametrize("id", tasks())
def test_a_task_makes_its_scene(id: str) -> None:
    scene = load_task(id).scene()
    assert isinstance(scene, Scene) and scene.instruction


@pytest.mark.parametrize("id", ["habilis/ReachMilk-v0", "habilis/TongsAperture-v0"])
def test_episodes_tell_their_scene(id: str) -> None:
    assert Core(load_task(id), 1).scene.name == load_task(id).scene().name
