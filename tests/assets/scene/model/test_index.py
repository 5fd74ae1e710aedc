"""From names to places in the arrays of a model."""

from pathlib import Path

import pytest

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import Compiled, compile_scene


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_scene(load_scene(Path(__file__).parents[3] / "data" / "trees.yaml"))


def test_joints_have_as_many_columns_as_numbers(compiled: Compiled) -> None:
    index, model = compiled.index, compiled.model
    for name, positions, speeds in (("box", 7, 6), ("chain/a", 4, 3), ("box/lid", 1, 1)):
        assert len(index.qpos(name)) == positions and len(index.dofs(name)) == speeds
        assert index.qpos(name)[0] == model.joint(name).qposadr[0]
    both = index.qpos(["box/lid", "chain/a"])
    assert both.tolist() == [*index.qpos("box/lid"), *index.qpos("chain/a")]
    assert index.qpos([]).shape == (0,)


def test_every_kind_of_name_is_found(compiled: Compiled) -> None:
    index, model = compiled.index, compiled.model
    assert index.body("box/lid")[0] == model.body("box/lid").id
    assert index.geom("box/lid/plate")[0] == model.geom("box/lid/plate").id
    assert index.site("box/lid/knob")[0] == model.site("box/lid/knob").id
    assert index.camera("front")[0] == model.camera("front").id
    assert set(index.geoms_of("box/lid")) == {model.geom("box/lid/plate").id}
    first = int(model.sensor("contact:robot:table").adr[0])
    assert index.sensor("contact:robot:table").tolist() == list(range(first, first + 4))
    assert len(index.actuator(index.names("actuator"))) == model.nu


def test_an_unknown_name_is_answered_with_the_nearest(compiled: Compiled) -> None:
    with pytest.raises(KeyError, match="unknown joint 'box/lit'; did you mean 'box/lid'"):
        compiled.index.qpos("box/lit")
