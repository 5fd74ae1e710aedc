"""Served layouts: from a seed alone, provable, at rest, and with no second tool within reach."""

import dataclasses
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from habilis.assets.scene.distractors import catalogue, span
from habilis.assets.scene.format.file import dump_scene, parse_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.robot.simulated import simulated
from habilis.envs.robot.standing import stirred
from habilis.envs.tasks import find_twin, load_task, tool_tasks
from habilis.envs.tasks.base.tool_task import USES
from habilis.envs.tasks.reach.reach_milk import ReachMilk
from habilis.envs.world.judging.monitor import Monitor, targets
from habilis.envs.world.varying.layout import Variation, sample, world_boxes
from habilis.envs.world.world import World
from habilis.policies.agents.oracles import oracle
from habilis.policies.layouts import layouts
from habilis.policies.layouts.clutter import Passages, _name, could_help, in_reach, target_gap
from habilis.policies.layouts.layouts import (
    BEYOND,
    STILL,
    WITHIN,
    Challenge,
    Recipe,
    serve,
    target_point,
)
from habilis.policies.layouts.lookalike import add_lookalike, mistakable
from habilis.policies.layouts.resize import bake, resize
from habilis.policies.skills.executor import run
from habilis.policies.skills.geometry.solids import Box

NEEDED = "habilis/ReachMilk-v0"


def has_lookalike(task: str) -> bool:
    family = find_twin(task)[0]
    return family.level == 1 and all(mistakable(family, g) for g in family.scenes)


def one_twin_each(tasks: list[str]) -> list[str]:
    """Of three twins in a row one, another for each family."""
    return [task for k, task in enumerate(tasks) if k % 3 == k // 3 % 3]


@cache
def served(task: str, generation: str = "") -> Challenge:
    return serve(task, generation, 3, Recipe(distractors=(2, 3)))


def robot_in(scene: Scene) -> SimRobot:
    robot = simulated(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    return robot


@pytest.fixture(scope="module", params=tool_tasks())
def challenge(request: pytest.FixtureRequest) -> Challenge:
    """One layout of each task: tests of one stand together, as it takes seconds to prove."""
    return served(request.param)


@pytest.mark.slow
def test_what_is_served_is_as_its_proof_says(challenge: Challenge) -> None:
    """Written, read back, and solved again: with the tool if needed, never with a broken one."""
    task = challenge.task
    scene = parse_scene(dump_scene(challenge.scene), "dumped")
    assert scene == challenge.scene
    robot = robot_in(scene)
    done = run(robot, oracle(task, scene), Monitor(robot.world))
    assert done.ok is ("Broken" not in task), done.reason
    assert {d for d in challenge.distractors} <= {e.name for e in scene.entities}
    assert 2 <= len(challenge.distractors) <= 3


@pytest.mark.slow
def test_the_tool_stays_needed_or_not_needed(challenge: Challenge) -> None:
    scene, task = challenge.scene, challenge.task
    assert scene.tool is not None
    assert scene.tool.use == USES[find_twin(task)[1]]
    if scene.hand == "legs":
        return  # nothing is reached for
    point, space = target_point(scene), scene.workspace
    outside = float(np.abs(space.outside(point)).max())
    family, twin = find_twin(task)
    if twin == "not needed" or not family.far:
        assert (space.outside(point - WITHIN)[:2] == 0).all()
        assert (space.outside(point + WITHIN)[:2] == 0).all()
    else:
        assert outside >= BEYOND


@pytest.mark.slow
def test_a_tool_that_is_needed_within_reach_is_proven_to_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the solution by hand reaches the goal, the layout is not served."""
    task = "habilis/BeadsInVials-v0"
    family = find_twin(task)[0]
    monkeypatch.setattr(type(family), "by_hand", type(family).with_tool)
    with pytest.raises(layouts.Unproven, match="the goal is reached without the tool"):
        layouts.draw_scene(task, "first", Recipe(0.0, 0.0, (0, 0)), np.random.default_rng(0))


@pytest.mark.slow
def test_nothing_moves_when_left_alone(challenge: Challenge) -> None:
    robot = robot_in(challenge.scene)
    robot.hold(1.0)
    assert stirred(robot.world, STILL) is None


def test_every_distractor_rests_where_it_is_put() -> None:
    """All of the catalogue in a row, far from the robot."""
    scene = served(NEEDED).scene
    things = [
        dataclasses.replace(e, pos=(-0.1 + 0.36 * (i % 3), -1.2 + 0.4 * (i // 3), 0.0))
        for i, e in enumerate(catalogue().values())
    ]
    alone = dataclasses.replace(
        scene, entities=(*things, scene.entity("milk"), scene.entity("hammer")),
        table=((-0.4, -1.6), (1.0, 1.6)),
    )  # fmt: skip
    far = dataclasses.replace(alone.entity("milk"), pos=(0.9, 1.5, alone.entity("milk").pos[2]))
    hammer = dataclasses.replace(alone.entity("hammer"), pos=(0.6, 1.4, 0.03))
    robot = robot_in(alone.replace_entities([far, hammer]))
    robot.hold(1.0)
    moved = np.linalg.norm(robot.world.pos - robot.world.start_pos, axis=2)[0]
    assert moved[: len(things)].max() < STILL, robot.bodies[int(moved.argmax())]


def test_a_seed_fixes_everything_and_tasks_share_no_draw() -> None:
    recipe = Recipe(distractors=(2, 2))
    task = "habilis/ReachMilkNotNeeded-v0"
    one, again, other = (serve(task, "2023", s, recipe) for s in (5, 5, 6))
    assert one == again
    assert one.scene.entities != other.scene.entities
    every = [(t, g) for t in tool_tasks() for g in find_twin(t)[0].scenes]
    assert len({layouts.generator(t, g, 0, 0).random() for t, g in every}) == len(every)


@pytest.mark.slow
def test_what_could_serve_as_a_tool_lies_out_of_reach(challenge: Challenge) -> None:
    scene, names = challenge.scene, challenge.distractors
    corners = zip(*world_boxes(scene), strict=True)
    boxes = {e.name: Box(*box) for e, box in zip(scene.entities, corners, strict=True)}
    for name in names:
        assert not (could_help(scene.entity(name), scene) and in_reach(scene, boxes[name])), name
        assert not any(boxes[name].overlaps(b, 0.005) for n, b in boxes.items() if n != name)


def test_a_look_alike_is_as_unfit_as_the_broken_tool_and_stands_at_either_place() -> None:
    """Which of the two is where is drawn; both orders are tried, with names exchanged too."""
    family = find_twin("habilis/RaiseLid-v0")[0]
    scene, tried = family.scene(), {"works": 0, "fails": 0}

    def count(what: str) -> Callable[[Scene], None]:
        return lambda scene: tried.update({what: tried[what] + 1})

    places = set()
    for seed in range(8):
        rng = np.random.default_rng(seed)
        both = add_lookalike(scene, family, Passages(scene), count("works"), count("fails"), rng)
        bar, other, was = both.entity("bar"), both.entity("bar2"), scene.entity("bar")
        places.add("bar" if bar.pos == was.pos else "bar2")
        assert was.pos in (bar.pos, other.pos) and bar.pos != other.pos
        assert dataclasses.replace(bar, pos=was.pos, yaw=was.yaw) == was
        worn = family.broken(scene).entity("bar")
        assert dataclasses.replace(other, name="bar", pos=worn.pos, yaw=worn.yaw) == worn
    assert places == {"bar", "bar2"} and tried == {"works": 16, "fails": 16}


def test_no_look_alike_is_served_that_does_as_well() -> None:
    family = find_twin("habilis/RaiseLid-v0")[0]
    scene = family.scene()

    def too_good(scene: Scene) -> None:
        raise RuntimeError("the oracle succeeds with the broken tool")

    with pytest.raises(RuntimeError, match="with a bar2 too, the oracle succeeds"):
        add_lookalike(
            scene, family, Passages(scene), lambda scene: None, too_good, np.random.default_rng(0)
        )


@pytest.mark.slow
@pytest.mark.parametrize("task", one_twin_each([t for t in tool_tasks() if has_lookalike(t)]))
def test_with_a_look_alike_a_layout_is_found(task: str) -> None:
    given = serve(task, seed=1, recipe=Recipe(distractors=(1, 1), lookalike=True)).scene
    assert given.tool is not None
    other = given.entity(given.tool.name + "2")
    tool = dataclasses.replace(given.entity(given.tool.name), name=other.name, pos=other.pos)
    same = dataclasses.replace(other, yaw=tool.yaw) == tool
    assert same is (find_twin(task)[1] == "broken")


def test_what_counts_as_help() -> None:
    """Where only pulling helps it takes a long hook; where a push does, anything long."""
    milk, button = (load_task(f"habilis/{t}-v0", scene="2024").scene() for t in
                    ("ReachMilk", "PressButton"))  # fmt: skip
    known = catalogue()
    assert target_gap(milk) == pytest.approx((0.096, 0.14))
    assert target_gap(button)[0] == pytest.approx(0.045)
    assert could_help(known["spatula"], milk) and not could_help(known["ruler"], milk)
    assert not could_help(known["paint_scraper"], milk)
    assert could_help(known["ruler"], button) and could_help(known["paint_scraper"], button)
    assert not could_help(known["wooden_cube"], button)
    assert span(known["wooden_cube"]) < 0.045


def test_all_zero_gives_the_published_scene_in_another_order() -> None:
    for task in tool_tasks():
        family, twin = find_twin(task)
        given, rng = family.scene(twin), np.random.default_rng(0)
        drawn = bake(resize(family, given, 0.0, rng), Variation.scaled(0), rng)
        for old, new in zip(given.entities, drawn.entities, strict=True):
            assert dataclasses.replace(new, strays=old.strays) == old


def test_the_gap_is_as_wide_in_every_layout() -> None:
    """What stands on a plate strays with it: slabs that do not touch would stray apart."""
    scene = load_task("habilis/BlockOverGap-v0").scene()
    drawn = sample(scene, Variation.scaled(1.0), np.random.default_rng(0), 10)
    index = [e.name for e in scene.entities].index
    apart = drawn.shift[:, index("far")] - drawn.shift[:, index("near")]
    assert np.ptp(drawn.shift[:, index("far")]) > 0.01 and not apart.any()


def test_the_target_moves_with_the_reach_of_its_tool() -> None:
    given = load_task(NEEDED, scene="2023").scene()
    for seed in range(5):
        new = resize(ReachMilk(), given, 0.2, np.random.default_rng(seed))
        face = {
            s.name + str(k): s.entity("milk").pos[0] + s.entity("milk").size()[0] / 2
            - s.entity("hammer").part("head").bounds()[0][0]
            for k, s in enumerate((given, new))
        }  # fmt: skip
        assert np.ptp(list(face.values())) < 2e-4
        assert targets(new) == ["milk"]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (lambda: Recipe(sizes=0.5), "sizes may change by 0 to 0.3, got 0.5"),
        (lambda: Recipe(variation=-1), "must be from 0 to 4, got -1"),
        (lambda: Recipe(distractors=(3, 1)), "fewest first, got 3 to 1"),
        (lambda: serve(NEEDED, "2025"), "unknown scene of ReachMilk '2025'"),
        (lambda: serve("habilis/ReachMlik-v0"), "did you mean 'habilis/ReachMilk-v0'"),
        (lambda: serve(NEEDED, seed=-1), "seed must be at least 0"),
    ],
)
def test_bad_input_is_refused(bad: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        bad()


def test_it_gives_up_with_the_last_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "DRAWS", 3)
    monkeypatch.setattr(layouts, "BEYOND", 1.0)
    with pytest.raises(RuntimeError, match=r"none of 3 layouts .* milk lies 0\.\d+ m out of reach"):
        serve(NEEDED)


def test_a_distractor_never_bears_a_word_of_the_instruction() -> None:
    """Names are shuffled in the instruction too, where a book may be one of the task's own."""
    scene = find_twin("habilis/BookInRow-v0")[0].scene()
    called = {_name(scene, kind) for kind in catalogue()}
    assert "other_book" in called and "book" not in called
    assert called - {"other_book"} == {*catalogue()} - {"book"}
