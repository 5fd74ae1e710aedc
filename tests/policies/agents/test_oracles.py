"""Each task's scripted solution, through the environment's own actions, and where it must fail."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from habilis.envs.core import Core
from habilis.envs.tasks import find_twin, load_task, tool_tasks
from habilis.envs.vector_env import ToolVectorEnv
from habilis.policies.agents.acts import acts_in
from habilis.policies.agents.base import Scripted
from habilis.policies.agents.oracles import as_it_stands, oracle
from habilis.policies.evaluation.evaluate import EpisodeResult, evaluate
from habilis.policies.skills import Grasp
from habilis.policies.skills.attempt import Program, in_turn
from habilis.policies.skills.executor import Runner
from habilis.policies.skills.senses import Senses
from habilis.policies.skills.skill import SKILLS

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
STORED = [json.loads(path.read_bytes()) for path in sorted(BENCHMARKS.glob("oracle*.json"))]
MEASURED = [found for found in STORED if "--robots" not in found["command"]]
ROWS = {(row["task"], row["scene"]): row for found in MEASURED for row in found["rows"]}
ENOUGH, SAMPLE = 100, 10
FEW = 3  # an episode of a hand that takes up a tool, or on legs, takes as long as ten others
FIRST = 1000  # seed of the layouts here, none of which were measured
SCENES = ("2023", "2024")
EVERY = [(id, scene) for id, task in tool_tasks().items() for scene in task.family.scenes]
SOLVED = [(id, scene) for id, scene in EVERY if find_twin(id)[1] != "broken"]
NEEDED = "habilis/ReachMilk-v0"
NOT_NEEDED = "habilis/ReachMilkNotNeeded-v0"
BROKEN = {
    "habilis/ReachMilkBroken-v0": ("milk", 0.1),  # of 0.15 m
    "habilis/GraspCanBroken-v0": ("can", 0.01),  # of 0.095 m: it must not even roll onto the strip
    "habilis/SweepBeadsBroken-v0": ("bead1", 0.05),  # of 0.18 m
    "habilis/RingInCornerBroken-v0": ("ring", 0.02),  # of 0.18 m
}


def layouts(task: str, scene: str) -> int:
    """How many to try: as many as the claim takes, or a sample where a stored measurement makes
    the claim on as many others."""
    row, control = ROWS.get((task, scene)), load_task(task).control
    if row is None or row["episodes"] < ENOUGH:
        return ENOUGH
    return FEW if control in ("tool", "walk") else SAMPLE


SHORT = pytest.mark.xfail(reason="falls short of the claim, and docs/legs.md says so")
CLAIMED = [
    pytest.param(*key, marks=SHORT if key[0] == "habilis/PushVaseNotNeeded-v0" else ())
    for key in ROWS
]


@pytest.mark.parametrize(("task", "scene"), CLAIMED)
def test_what_was_measured_is_what_is_claimed(task: str, scene: str) -> None:
    """How it was made, and that rates follow from counts, is tested with all stored numbers."""
    row = ROWS[task, scene]
    assert (task, scene) in EVERY and row["seed"] + row["episodes"] <= FIRST
    assert row["success"] == 0 if find_twin(task)[1] == "broken" else row["rate"] >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize(("task", "scene"), SOLVED)
def test_the_solution_works_on_random_layouts_with_the_tool_or_without_need(
    task: str, scene: str
) -> None:
    n = layouts(task, scene)
    env = ToolVectorEnv(task, n, scene=scene, variation=1.0)
    episodes = evaluate(env, Scripted(env.core, task), n, FIRST)
    failed = [(e.seed, e.failure) for e in episodes if not e.success]
    assert len(failed) <= n // 20, failed


@pytest.mark.slow
@pytest.mark.parametrize(("task", "scene"), [(id, scene) for id, scene in EVERY if id in BROKEN])
def test_the_same_solution_fails_with_the_broken_tool_because_it_broke(
    task: str, scene: str
) -> None:
    """The loose part comes off in every layout, and the target is never had."""
    n = layouts(task, scene)
    target, farthest = BROKEN[task]
    broke, moved = np.zeros(n, bool), np.zeros(n)
    for core in attempts(task, n, 200, scene):  # 20 s, within which every oracle has given up
        world, i = core.world, core.world.index(target)
        broke |= world.broken.any(axis=1)
        moved = np.linalg.norm(world.pos[:, i, :2] - world.start_pos[:, i, :2], axis=1)
    assert broke.all()
    assert (moved < farthest).all()


def attempts(task: str, n: int, steps: int, scene: str = "") -> Iterator[Core]:
    """What a broken twin has come to after each step of the solution, which must not succeed."""
    env = ToolVectorEnv(task, n, scene=scene, variation=1.0)
    agent = Scripted(env.core, task)
    observation, _ = env.reset(seed=FIRST)
    agent.reset(range(n))
    for _ in range(steps):
        observation, _, terminated, _, _ = env.step(agent.act(observation))
        assert not env.core.success.any()
        assert not terminated.any(), env.core.monitor.failure
        yield env.core


@pytest.mark.slow
def test_the_palm_comes_down_between_the_last_bead_and_the_shelf() -> None:
    """Layouts in which it once caught on the board, slipped off and pressed the bead down."""
    task = "habilis/BeadsUnderShelfNotNeeded-v0"
    env = ToolVectorEnv(task, 1, variation=1.0)
    for seed in (36, 66, 87):
        assert evaluate(env, Scripted(env.core, task), 1, seed)[0].success


@pytest.mark.slow
def test_tweezers_that_are_too_stiff_are_taken_but_never_close_on_a_bead() -> None:
    gap, held = np.full(FEW, np.inf), np.zeros(FEW, bool)
    for core in attempts("habilis/BeadsInVialsBroken-v0", FEW, 300):
        held |= core.world.grips.held
        gap = np.minimum(gap, core.world.grips.gaps(core.world.aperture))
    assert held.all() and (gap > 0.02).all()  # of 0.014 m
    moved = core.world.pos - core.world.start_pos
    assert np.abs(moved[:, core.world.index("bead1")]).max() < 0.005


@pytest.mark.slow
def test_snips_that_are_dull_press_on_the_string_and_do_not_sever_it() -> None:
    pressed = np.zeros(FEW, bool)
    for core in attempts("habilis/KeyOnAStringBroken-v0", FEW, 260):
        severing = core.world.severing
        pressed |= severing.pressure(severing._bonds[0], "snips") > 0
        assert not severing.severed.any()
    assert pressed.all()


@pytest.mark.slow
def test_a_clothespin_that_is_too_stiff_is_taken_but_never_opens_over_the_bag() -> None:
    gap, held = np.zeros(FEW), np.zeros(FEW, bool)
    for core in attempts("habilis/ClipTheBagBroken-v0", FEW, 300):
        held |= core.world.grips.held
        gap = np.maximum(gap, core.world.opening("clothespin/moving"))
    assert held.all() and (gap < 0.1).all(), gap  # rad


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_without_magnets_the_cubes_are_no_chain(scene: str) -> None:
    """The same solution presses nothing, and neither does pushing cube by cube."""
    from habilis.policies.skills import Grasp, Sweep
    from habilis.policies.skills.executor import Runner

    task = "habilis/PressButtonBroken-v0"
    n = layouts(task, scene)
    env = ToolVectorEnv(task, n, scene=scene, variation=1.0)
    agent = Scripted(env.core, task)
    observation, _ = env.reset(seed=FIRST)
    agent.reset(range(n))
    given, bodies = env.core.scene, env.core.world.bodies
    first = next(e.name for e in given.entities if e.movable)
    for half in range(n // 2):  # every other one shoves the row along the table
        skills = [Grasp(first, raise_by=0.002), Sweep("button", "+x", 0.022, first, height=0.002)]
        agent._runners[2 * half] = Runner(skills, Senses(given, bodies, 2 * half))
    for _ in range(150):
        observation, _, _, _, _ = env.step(agent.act(observation))
        assert not env.core.success.any()
        assert (env.core.world.opening("button") < 0.004).all()


def test_the_hammer_is_what_the_solution_cannot_do_without() -> None:
    """The hand alone, where the tool is needed: the carton is out of the workspace."""
    from habilis.policies.skills.executor import Runner

    env = ToolVectorEnv(NEEDED, 8, scene="2023", variation=1.0)
    agent = Scripted(env.core, NEEDED)
    observation, _ = env.reset(seed=0)
    agent.reset(range(8))
    scene, bodies = env.core.scene, env.core.world.bodies
    by_hand = [oracle(NOT_NEEDED, scene) for _ in range(8)]
    agent._runners = [Runner(s, Senses(scene, bodies, i)) for i, s in enumerate(by_hand)]
    for _ in range(60):
        env.step(agent.act(observation))
        assert not env.core.success.any()
    for runner in agent._runners:
        assert runner is not None and not runner.steps[-1].result.ok
        assert "out of the workspace by 0." in runner.steps[-1].result.reason


@pytest.mark.parametrize(("task", "scene"), EVERY)
def test_an_oracle_is_made_of_registered_skills(task: str, scene: str) -> None:
    for skill in oracle(task, load_task(task, scene=scene).scene()):
        assert SKILLS[skill.name] is type(skill)


def test_a_solution_is_made_for_the_layout_it_is_for() -> None:
    """Things stand in the scene where they stand in the episode, turned as they are there."""
    core = ToolVectorEnv(NEEDED, 2, variation=1.0).core
    core.reset(np.arange(2), [np.random.default_rng(seed) for seed in range(2)])
    for i in range(2):
        senses = Senses(core.scene, core.world.bodies, i)
        senses.update(acts_in(core).seen())
        scene = as_it_stands(senses)
        for thing, given in zip(scene.entities, core.scene.entities, strict=True):
            pos, rot = senses.pose(thing.name)
            assert np.allclose(thing.pos, pos) and np.allclose(thing.turn(), rot, atol=1e-6)
            assert dataclasses.replace(thing, pos=given.pos, yaw=given.yaw) == given
        assert scene != core.scene


def test_an_unknown_oracle_names_the_known_ones() -> None:
    env = ToolVectorEnv(NEEDED, 1)
    with pytest.raises(ValueError, match="did you mean 'habilis/ReachMilk-v0'"):
        oracle("habilis/ReachMlik-v0", env.core.scene)


def test_the_oracle_is_deterministic() -> None:
    def run() -> list[EpisodeResult]:
        env = ToolVectorEnv(NOT_NEEDED, 4, scene="2023", variation=1.0)
        return evaluate(env, Scripted(env.core, NOT_NEEDED), 4, seed=7)

    assert run() == run()


def grasping(yaw: float | None = None) -> Program:
    return lambda senses: in_turn([Grasp("hammer", yaw=yaw)])(senses)


def test_one_layout_whose_solution_turns_the_hand_ends_alone() -> None:
    """Where actions cannot turn it; for all layouts at once that is a mistake, and said."""
    env = ToolVectorEnv(NEEDED, 3, variation=0.0)
    observation, _ = env.reset(seed=0)
    agent = Scripted(env.core, grasping())
    agent.reset(range(3))
    one = agent._runners[1]
    assert one is not None
    agent._runners[1] = Runner(grasping(yaw=0.05), one.senses)
    for _ in range(100):
        observation, *_ = env.step(agent.act(observation))
    endings = [runner.ending for runner in agent._runners if runner is not None]
    assert [ending is not None and ending.ended == "done" for ending in endings] == [1, 0, 1]
    assert endings[1] is not None and "cannot say" in endings[1].reason
    observation, _ = env.reset(seed=0)
    all_turn = Scripted(env.core, grasping(yaw=0.05))
    all_turn.reset(range(3))
    with pytest.raises(ValueError, match="make the task with 'ee6'"):
        for _ in range(100):
            observation, *_ = env.step(all_turn.act(observation))
