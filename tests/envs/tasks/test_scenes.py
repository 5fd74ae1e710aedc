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


@pytest.mark.parametrize("name", sorted({task.family.name for task in tasks().values()}))
def test_an_unknown_option_is_named_with_the_known_ones(name: str) -> None:
    id = next(id for id, task in tasks().items() if task.family.name == name)
    with pytest.raises(TypeError, match=r"^unknown option.* 'colour'; known: \w"):
        load_task(id, colour="red")


def test_an_id_stays_its_twin() -> None:
    with pytest.raises(TypeError, match="each twin has an id of its own"):
        load_task("habilis/ReachMilk-v0", twin="not needed")
