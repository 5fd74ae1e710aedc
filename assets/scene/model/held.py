"""A tool in a robot's hand: what it collides with, what holds it at first, who touches it."""

from __future__ import annotations

import dataclasses

import mujoco

from habilis.assets.robots.contact import OBJECT_BITS
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.model.bodies import CollisionBits
from habilis.assets.scene.model.index import Index, Ints
from habilis.assets.scene.model.preset import TABLE
from habilis.assets.scene.things import Scene
from habilis.assets.tools.build import IN_HAND, ToolNames, tool_names
from habilis.assets.tools.spec import ArticulatedTool, Half

HALVES: tuple[Half, ...] = ("base", "moving")
WELD = "hold_tool"
FINGER = "finger:"
"""How the name in the ledger of a finger with all its links begins."""
_WELD_SOLREF = (0.008, 1.0)
_WELD_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Held:
    """A hand, the tool in it, and where both are in the arrays of a model.

    Attributes:
      hand: its constants; j joints, a servos, F fingers.
      tool: the tool.
      names: of its bodies, joints, geoms and sites.
      q: (j,) columns in qpos of the hand's joints; dofs: (j,) those in qvel.
      free: (7,) columns in qpos of the tool's pose: position m, quaternion wxyz.
      opening: (1 or 2,) columns in qpos whose sum is the joint value, play included.
      opening_dofs: the same in qvel.
      servos: (a,) columns in ctrl.
      weld: index of the equality that holds the tool to the world; off at first.
    """

    hand: HandSpec
    tool: ArticulatedTool
    names: ToolNames
    q: Ints
    dofs: Ints
    free: Ints
    opening: Ints
    opening_dofs: Ints
    servos: Ints
    weld: int

    def touch(self, finger: str, half: Half) -> tuple[str, str]:
        """The pair of the ledger of a finger, all its links together, and a half of the tool."""
        return finger_body(self.hand, finger), half_body(self.names, half)


def held_of(scene: Scene, robot: RobotSpec, index: Index) -> Held | None:
    """What a compiled scene's robot holds; None where it is no tool."""
    if scene.held is None:
        return None
    hand, names = _hand(robot), tool_names(scene.held)
    return Held(
        hand, scene.held, names, index.qpos(hand.joints), index.dofs(hand.joints),
        index.qpos(names.bodies["base"]), index.qpos(names.joints), index.dofs(names.joints),
        index.actuator(hand.actuators), int(index.equality(WELD)[0]),
    )  # fmt: skip


def bits_of(scene: Scene, thing: str) -> CollisionBits | None:
    """What a thing collides with; None for all that collides by MuJoCo's defaults."""
    if scene.held is None:
        return None
    return IN_HAND if thing == scene.held.name else CollisionBits(*OBJECT_BITS)


def hold(spec: mujoco.MjSpec, scene: Scene) -> None:
    """Let a scene's held tool touch the table, and add the weld that can hold it to the world.

    Raises:
      ValueError: the tool is none of the scene's things.
    """
    if scene.held is None:
        return
    if scene.held.name not in [entity.name for entity in scene.entities]:
        raise ValueError(
            f"scene {scene.name!r} holds {scene.held.name!r}, which is none of its things: to be"
            " stepped it must be among them"
        )
    if spec.geom(TABLE) is not None:
        spec.geom(TABLE).contype, spec.geom(TABLE).conaffinity = OBJECT_BITS
    weld = spec.add_equality(
        name=WELD, type=mujoco.mjtEq.mjEQ_WELD, objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1="world", name2=scene.held.name, active=False,
        solref=_WELD_SOLREF, solimp=_WELD_SOLIMP,
    )  # fmt: skip
    weld.data[:11] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]


def touch_pairs(scene: Scene, robot: RobotSpec) -> tuple[tuple[str, str], ...]:
    """Of each finger and each half of the held tool, and of each thing and each half."""
    if scene.held is None:
        return ()
    hand, names = _hand(robot), tool_names(scene.held)
    others = [e.name for e in scene.entities if e.name != scene.held.name and not e.fixed]
    first = [*(finger_body(hand, finger) for finger in hand.fingers), *others]
    return tuple((one, half_body(names, half)) for one in first for half in HALVES)


def finger_body(hand: HandSpec, finger: str) -> str:
    """Name in the ledger of a finger with all its links: that of the joint next to the palm."""
    return f"{FINGER}{hand.fingers[finger][0]}"


def half_body(names: ToolNames, half: Half) -> str:
    """Name in the ledger of one half of a tool alone; without a slash it is the whole tool."""
    return names.bodies["moving"] if half == "moving" else f"{names.bodies['base']}/"


def _hand(robot: RobotSpec) -> HandSpec:
    hand = robot.effector.hand
    if hand is None:
        raise ValueError(f"robot {robot.name!r} has no hand that could hold a tool by its handles")
    return hand
