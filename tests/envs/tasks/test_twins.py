"""What the twins of a task differ in, and that only the things themselves tell them apart."""

import pytest

from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.tasks import find_twin, load_task, tool_tasks
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.world.world import World

FAMILIES = {task.family.name: task.family for task in tool_tasks().values()}
NEEDED = [id for id in tool_tasks() if find_twin(id)[1] == "needed"]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_broken_twin_differs_in_its_tool_only_and_says_nothing_of_it(name: str) -> None:
    family = FAMILIES[name]
    assert isinstance(family, ToolTask)
    for generation in family.scenes:
        needed, broken = (family.scene(twin, generation) for twin in ("needed", "broken"))
        pairs = zip(needed.entities, broken.entities, strict=True)
        changed = {one.name for one, other in pairs if one != other}
        assert changed and changed <= {e.name for e in needed.tool_entities()}
        for said in ("instruction", "goal", "notes", "workspace", "hold", "time_limit"):
            assert getattr(needed, said) == getattr(broken, said)
        assert [e.note for e in needed.entities] == [e.note for e in broken.entities]


@pytest.mark.parametrize("id", NEEDED)
def test_a_dense_reward_is_worth_no_more_than_it_may_be(id: str) -> None:
    from habilis.envs.tasks.base.generic import DENSE

    weights = {k: t.weight for k, t in load_task(id).rewards.items() if k != "success"}
    assert sum(weights.values()) == pytest.approx(DENSE)


@pytest.mark.parametrize("name", ["CubeInWell", "StonesOnBeam"])
def test_a_beam_that_needs_nothing_heavy_stays_where_it_is_pressed(name: str) -> None:
    scene = load_task(f"habilis/{name}NotNeeded-v0").scene()
    robot = SimRobot(World(compile_scene(scene)))
    robot.reset(published(scene, 1))
    joint = scene.entity("beam").joint
    assert joint is not None
    column = robot.world.model.joint(robot.world.model.body("beam").jntadr[0]).qposadr[0]
    robot.world._qpos[:, column] = joint.range[1]
    robot.hold(1.0)
    assert robot.world.opening("beam")[0] > 0.9 * joint.range[1]
