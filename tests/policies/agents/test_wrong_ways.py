"""What families of tasks are about: the way that looks as good and does not lead to the goal."""

import pytest

from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.robot.robot import published
from habilis.envs.robot.simulated import simulated
from habilis.envs.tasks import find_twin, load_task
from habilis.envs.tasks.base.family import SkillCall, call
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World
from habilis.policies.agents.oracles import skills
from habilis.policies.skills.executor import run


def tried(task: str, calls: list[SkillCall]) -> tuple[World, bool]:
    """The world after a plan in the published layout of a task, and whether that is a success."""
    world = World(compile_scene(load_task(task).scene()), nthread=1)
    robot = simulated(world)
    robot.reset(published(world.scene, 1))
    done = run(robot, skills(calls), Monitor(world))
    return world, done.ok


@pytest.mark.slow
def test_a_peg_that_is_pushed_towards_the_hole_falls_in_and_stays_there() -> None:
    how = {"distance": 0.045, "height": 0.04, "tool": "stick"}
    push = call("sweep", "peg", direction="+x", part="shaft", **how)
    away = call("place", "stick", position=(0.2, -0.16))
    # Farther back the hand would have to come down at x = 0.02, to which the arm reaches only low.
    grasp = call("grasp", "stick", grip=(0.0, 0.0, 0.003))
    world, ok = tried("habilis/TrapTube-v0", [grasp, push, away])
    peg = world.pos[0, world.index("peg")]
    assert not ok and peg[2] < 0.02, peg
    back = call("sweep", "peg", direction="-x", part="tip", **how)
    world, ok = tried("habilis/TrapTube-v0", [grasp, push, away, call("grasp", "stick"), back])
    assert not ok


@pytest.mark.slow
@pytest.mark.parametrize("strip", ["strip2", "strip3"])
def test_a_strip_that_is_cut_or_ends_before_a_cube_comes_without_it(strip: str) -> None:
    pull = [call("grasp", strip, raise_by=0.0), call("pull", strip, direction="-x", distance=0.2)]
    world, ok = tried("habilis/CubesOnStrips-v0", pull)
    cube = world.index(strip.replace("strip", "cube"))
    assert not ok and world.opening(strip)[0] < -0.15
    assert abs(world.pos[0, cube] - world.start_pos[0, cube]).max() < 0.005


@pytest.mark.slow
def test_a_wire_that_is_straight_draws_nothing_in() -> None:
    task = "habilis/HookOfWire-v0"
    scene = load_task(task).scene()
    solution = _solution(task)
    bends = [k for k, step in enumerate(solution) if step.skill == "move_frame"][:6]
    world, ok = tried(task, [step for k, step in enumerate(solution) if k not in bends])
    cube = world.index("cube")
    assert not ok and world.pos[0, cube, 0] > scene.workspace.upper[0] + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("names", [("stone1",), ("stone1", "stone2"), ("stone2", "stone4")])
def test_one_heavy_stone_or_a_light_one_does_not_tip_the_beam(names: tuple[str, ...]) -> None:
    task, steps = "habilis/StonesOnBeam-v0", []
    places = [step for step in _solution(task) if step.skill == "place"]
    for name, place in zip(names, places, strict=False):
        steps += [call("grasp", name), call("place", name, **_but_object(place))]
    world, _ = tried(task, steps)
    assert abs(world.opening("beam")[0]) < 0.02


def _solution(task: str) -> list[SkillCall]:
    family, twin = find_twin(task)
    return family.oracle(load_task(task).scene(), twin)


def _but_object(step: SkillCall) -> dict[str, object]:
    return {k: v for k, v in step.args.items() if k != "object"}
