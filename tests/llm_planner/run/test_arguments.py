"""Arguments that a model may give: what scripted solutions ask for has to be among them."""

import pytest

from habilis.envs.tasks import find_twin, tool_tasks
from habilis.llm_planner.run.arguments import ArgumentError, check_arguments

NEEDED = [id for id in tool_tasks() if find_twin(id)[1] == "needed"]


@pytest.mark.parametrize("id", NEEDED)
def test_every_scripted_solution_keeps_to_what_arguments_may_be(id: str) -> None:
    family = find_twin(id)[0]
    scene = family.scene()
    for step in family.with_tool(scene):
        check_arguments(step.skill, step.args, scene)


def test_a_robot_on_legs_goes_where_no_table_is_and_not_where_no_floor_is() -> None:
    scene = find_twin("habilis/ClimbSofa-v0")[0].scene()
    check_arguments("walk_to_position", {"position": (3.0, 0.2, 0.0)}, scene)
    with pytest.raises(ArgumentError, match=r"where the robot may go: it looks like millimetres"):
        check_arguments("walk_to_position", {"position": (300.0, 20.0, 0.0)}, scene)
