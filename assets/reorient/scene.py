"""A hand fixed in space, an object for it to turn, and a table under it if there is one.

The world frame is that of the hand's own model (see ``HandSpec``): fingers along +x, palm towards
+z. What turns over when the palm faces down is everything else: gravity, table, lights, cameras.
"""

from __future__ import annotations

import functools
from typing import Literal

import mujoco

from habilis.assets.reorient.shapes import OBJECT, TurnShape
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.model.preset import look_at
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import NO_TABLE, Scene, Thing, Workspace

Palm = Literal["up", "down"]
HAND = "leap"
MIDDLE = (0.020, 0.015, 0.185)
"""Of what the fingers can reach all around, m: where an object is turned."""
SUPPORT = "support"
SUPPORT_AT = 0.232  # m along z: the surface of the table under a palm that faces down
GRAVITY = 9.81  # m/s^2
_THICK = 0.02  # m
_BACKDROP = [0.93, 0.94, 0.96]


def reorient_scene(shape: TurnShape, palm: Palm, table: bool) -> Scene:
    """The scene of a shape; its goal, which is an orientation, is not said in the goal's words."""
    things = [shape.as_thing(MIDDLE)]
    if table:
        top = Part("top", "box", (0.5, 0.5, _THICK), rgba=(0.80, 0.755, 0.69, 1.0))
        at = (MIDDLE[0], MIDDLE[1], SUPPORT_AT + _THICK / 2)
        things.append(Thing(SUPPORT, (top,), at, friction=0.6, fixed=True))
    return Scene(
        name=f"{HAND} turns {shape.name}, palm {palm}",
        instruction="Turn the object in the hand to the orientation that is wanted, and stop.",
        entities=tuple(things), workspace=Workspace((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)),
        goal=Predicate("held", OBJECT), robot=HAND, base=(0.0, 0.0, 0.0), table=NO_TABLE,
    )  # fmt: skip


def compile_reorient(shape: TurnShape, palm: Palm, table: bool) -> Compiled:
    """A compiled ``reorient_scene``, with gravity, lights and cameras as the palm faces."""
    return compile_scene(reorient_scene(shape, palm, table), functools.partial(_furnish, palm))


def _furnish(palm: Palm, spec: mujoco.MjSpec, robot: RobotSpec) -> None:
    for joint in spec.joints:  # 1 mNm, for which the solver would take a third of its time
        joint.frictionloss = 0.0
    up = 1 if palm == "up" else -1
    spec.option.gravity = (0.0, 0.0, -up * GRAVITY)
    room = spec.worldbody.add_body(name="room", pos=MIDDLE)
    if up < 0:
        room.quat = (0.0, 1.0, 0.0, 0.0)
    room.add_light(pos=(0.3, -0.5, 0.7), dir=(-0.3, 0.5, -0.7), castshadow=False)
    room.add_light(pos=(-0.4, 0.5, 0.6), dir=(0.4, -0.5, -0.6), castshadow=False)
    spec.visual.headlight.ambient = [0.3, 0.3, 0.3]
    spec.add_texture(
        name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT, rgb1=_BACKDROP, rgb2=_BACKDROP,
        width=16, height=16,
    )  # fmt: skip
    target = (0.0, 0.0, -0.02)
    eye = (0.32, -0.30, 0.22) if up > 0 else (0.34, 0.34, -0.02)
    look_at(room, "front", eye=eye, target=target, fovy=34)
    look_at(room, "side", eye=(0.02, -0.50, 0.06), target=target, fovy=30)
