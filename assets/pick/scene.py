"""The arm with a hand that holds a tool, a table, and one object on it whose shape is set later.

World frame: x ahead of the arm, y to its left, z up; the table top is at z = 0.
"""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.pick.objects import OBJECT, PickObject
from habilis.assets.pick.stand import stand_thing
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.model.preset import TABLE, look_at
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Workspace
from habilis.assets.tools import ArticulatedTool, tool_names, tool_thing

BASE = (-0.25, 0.0, 0.0)
"""Of the arm, m."""
ARM = "fr3"
POSTURE = (-0.556, 0.226, -0.162, -2.443, 0.924, 1.241, -0.435)
"""Of the arm's joints when it carries a tool in its hand, rad: the wrist level, the fingers to the
arm's left, the palm facing ahead, the index side down. It is in the middle of joint 7."""
CENTRE = (0.20, 0.05)
"""Of the square in which the object is put, x, y, m."""
PLACE = (CENTRE[0], CENTRE[1] + 0.17)
"""Where the stand is, x, y, m, in the middle."""
WORKSPACE = Workspace((CENTRE[0] - 0.30, CENTRE[1] - 0.35, 0.05), (CENTRE[0] + 0.25, 0.30, 0.65))
"""Of the arm's tool centre point (that of its gripper, in the middle of the hand)."""
FILM, DEPTH = "near", "depth"
"""Cameras: for people, and the one whose point cloud a policy may see."""
OWNERS = ("object", "base", "moving", "robot", "table")
"""What a geom can belong to, for point clouds; nothing of these is -1."""
TABLE_TOP = ((-0.45, -0.45), (0.65, 0.55))
"""Corners of the table in x, y, m."""
LIFT = 0.05  # m, above where the object lay, that is wanted


def pick_scene(hand: str, tool: ArticulatedTool, stand: bool = False) -> Scene:
    """Arm, hand, tool, table and an object of no particular shape.

    Args:
      hand: a key of ``HANDS``.
      tool: for the hand to hold.
      stand: whether there is a stand for the tool, at ``PLACE``.

    Raises:
      ValueError: there is no such hand.
      FileNotFoundError: a Menagerie hand, and no copy of the Menagerie.
    """
    stands = (stand_thing(tool, (*PLACE, 0.0)),) if stand else ()
    return Scene(
        name=f"{hand} picks with {tool.name}", instruction="Pick the object up.",
        entities=(tool_thing(tool), _template().as_thing((*CENTRE, 0.1)), *stands),
        workspace=WORKSPACE,
        goal=Predicate("lifted", OBJECT, value=LIFT), robot=f"{ARM}+{hand}", base=BASE,
        table=TABLE_TOP, held=tool,
    )  # fmt: skip


def compile_pick(hand: str, tool: ArticulatedTool, stand: bool = False) -> Compiled:
    """A compiled ``pick_scene``, with cameras of its own."""
    return compile_scene(pick_scene(hand, tool, stand), _add_cameras)


def owners(compiled: Compiled) -> npt.NDArray[np.int_]:
    """(ngeom,) index in ``OWNERS`` of what each geom belongs to, or -1."""
    assert compiled.held is not None
    bodies, model = tool_names(compiled.held.tool).bodies, compiled.model
    roots = (OBJECT, bodies["base"], bodies["moving"], compiled.robot.base.body, TABLE)
    of_body = np.full(model.nbody, -1)
    of_body[compiled.index.body(roots)] = np.arange(len(roots))
    for body in range(1, model.nbody):  # a parent comes before its children
        if of_body[body] < 0:
            of_body[body] = of_body[model.body_parentid[body]]
    out: npt.NDArray[np.int_] = of_body[model.geom_bodyid]
    return out


def _template() -> PickObject:
    """Askew, so that MuJoCo takes none of its short cuts for aligned frames."""
    turn = (0.3, 0.2, 0.1)
    parts = (
        Part("part0", "box", (0.02, 0.015, 0.01), (0.003, 0.002, 0.001), turn),
        Part("part1", "box", (0.01, 0.015, 0.02), (-0.004, 0.001, 0.002), turn),
    )
    return PickObject("template", "box", parts, 1.0)


def _add_cameras(spec: mujoco.MjSpec, robot: RobotSpec) -> None:
    x, y = CENTRE
    world = spec.worldbody
    look_at(world, FILM, eye=(x + 0.42, y - 0.34, 0.30), target=(x - 0.01, y - 0.01, 0.10), fovy=38)
    look_at(world, DEPTH, eye=(x + 0.40, y + 0.02, 0.34), target=(x, y, 0.12), fovy=58)
