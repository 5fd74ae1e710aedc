"""A motion that does not arrive says what it came up against."""

from habilis.assets.scene.format.file import load_scene
from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scenes import scene_path
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.world.world import World
from habilis.policies.skills import make_skill
from habilis.policies.skills.attempt import Ask, Ending, Steps
from habilis.policies.skills.executor import run
from habilis.policies.skills.senses import Senses


def onto_a_cube(senses: Senses) -> Steps:
    """With closed fingers onto a cube that lies there."""
    x, y, _ = (float(v) for v in senses.get_center("cube1"))
    yield Ask(make_skill("close_gripper", {}))
    yield Ask(make_skill("move_to_position", {"position": (x, y, 0.012)}))
    return Ending("done")


def test_what_stands_in_the_way_is_named() -> None:
    scene = load_scene(scene_path("press_button_2023"))
    robot = SimRobot(World(compile_scene(scene), nthread=1))
    robot.reset(published(scene, 1))
    robot.arm()
    reason = run(robot, onto_a_cube).steps[-1].result.reason
    assert reason.endswith("m short of the position: the hand came up against cube1"), reason
