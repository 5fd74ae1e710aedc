"""What the twins of a task differ in, and that only the things themselves tell them apart."""

import pytest

from habilis.envs.tasks import find_twin, load_task, tool_tasks
from habilis.envs.tasks.base.tool_task import ToolTask

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
