"""Things to pick: their shapes, and how they become bodies of the scene."""

import numpy as np
import pytest

from habilis.assets.pick.objects import (
    HELD_OUT,
    KINDS,
    OBJECT,
    OBJECTS,
    PARTS,
    TRAINED,
    make_object,
)
from habilis.assets.pick.scene import OWNERS, compile_pick, owners
from habilis.assets.tools import make_tool
from habilis.envs.world.varying.shapes import mould
from habilis.envs.world.world import World

each_object = pytest.mark.parametrize("name", sorted(OBJECTS))


@pytest.fixture(scope="module")
def world() -> World:
    return World(compile_pick("leap", make_tool("tongs")), 1, 1)


PICKERS = ("tweezers", "tongs", "scissors", "pliers", "clothespin")


def test_there_are_five_of_each_kind_and_held_out_ones_of_each() -> None:
    kinds = [thing.kind for thing in OBJECTS.values()]
    assert [kinds.count(kind) for kind in KINDS] == [5] * 4
    assert len(HELD_OUT) >= 6 and {OBJECTS[name].kind for name in HELD_OUT} == set(KINDS)
    assert set(TRAINED) | set(HELD_OUT) == set(OBJECTS) and not set(TRAINED) & set(HELD_OUT)


def test_held_out_shapes_have_sizes_of_their_own() -> None:
    def size(name: str) -> tuple[float, ...]:
        return tuple(s for part in OBJECTS[name].parts for s in part.size)

    assert not {size(name) for name in HELD_OUT} & {size(name) for name in TRAINED}


@each_object
def test_an_object_is_graspable_light_and_in_the_middle_of_its_box(name: str) -> None:
    thing = make_object(name)
    low, high = thing.bounds()
    np.testing.assert_allclose(low + high, 0, atol=1e-12)
    assert 0.008 <= thing.width <= 0.030 and thing.width <= thing.length <= 0.035
    assert 0.008 <= thing.height <= 0.030 and len(thing.parts) <= PARTS
    assert 0.003 <= thing.mass <= 0.040
    assert thing.fragile > thing.mass * 9.81  # one tip can lift it without crushing it


@pytest.mark.parametrize("tool", PICKERS)
def test_fitted_things_pass_between_the_tips_however_they_are_turned(tool: str) -> None:
    gap = make_tool(tool).max_gap
    for thing in OBJECTS.values():
        small = thing.fitted(gap)
        assert small.length <= 0.8 * gap + 1e-9 and small.mass <= 7800 * 8e-6
        assert small.width / small.length == pytest.approx(thing.width / thing.length)
        assert small.length == pytest.approx(min(thing.length, 0.8 * gap))


def test_extent_across_follows_the_angle() -> None:
    box = make_object("box_12_26_14")
    np.testing.assert_allclose(box.across([0, np.pi / 2, np.pi]), [0.012, 0.026, 0.012])
    assert box.width == pytest.approx(0.012)
    assert make_object("roller_12_26").width == pytest.approx(0.012)


def test_an_unknown_object_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="did you mean 'bolt'"):
        make_object("bold")


def test_the_scene_takes_any_shape_and_watches_who_touches_it() -> None:
    compiled = compile_pick("leap", make_tool("tongs"))
    model = compiled.model
    body = int(model.body(OBJECT).id)
    # None of MuJoCo's short cuts for aligned frames, or other shapes could not be written in.
    assert model.body_sameframe[body] == 0 and model.body_simple[body] == 0
    assert not model.geom_sameframe[model.geom_bodyid == body].any()
    assert int((model.geom_bodyid == body).sum()) == PARTS
    of = owners(compiled)
    assert set(of[model.geom_bodyid == body]) == {OWNERS.index("object")}
    assert set(of) == {-1, *range(len(OWNERS))}
    assert {(OBJECT, "tongs/"), (OBJECT, "tongs/moving"), ("robot", OBJECT)} <= set(compiled.pairs)


@each_object
def test_a_mould_has_the_mass_and_a_ball_around_all_of_it(world: World, name: str) -> None:
    thing = make_object(name)
    made = mould(world, thing.as_thing())
    assert made.body["body_mass"] == pytest.approx(thing.mass)
    assert int(made.geoms["geom_contype"].astype(bool).sum()) == len(thing.parts)
    far = np.abs(np.array(thing.bounds())).max()
    assert far <= made.reach <= 0.04
