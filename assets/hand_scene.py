"""A hand fixed in empty space and an articulated tool before it, as a scene.

The world frame is that of the hand's own model (see ``HandSpec``): fingers along +x, palm towards
+z. The tool is free; a weld can hold it to the world while the fingers close.
"""

from __future__ import annotations

import functools
import hashlib

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.model.compile import Compiled, compile_scene
from habilis.assets.scene.model.preset import look_at
from habilis.assets.scene.things import NO_TABLE, Scene, Workspace
from habilis.assets.tools import ArticulatedTool, tool_names, tool_thing
from habilis.assets.tools.probe import Probe, add_probe, soften
from habilis.assets.workpieces import Work

CAMERAS = ("front", "side")
_LOOK = (-0.01, 0.015, 0.165)  # m, between thumb and fingers
_BACKDROP = [0.93, 0.94, 0.96]
_DIGITS = 9  # of the numbers that are hashed: other machines may round the last ones differently
_HASHED = (
    "body_pos", "body_quat", "body_mass", "body_ipos", "body_iquat", "body_inertia",
    "jnt_type", "jnt_pos", "jnt_axis", "jnt_range", "jnt_solref", "jnt_solimp",
    "dof_armature", "dof_damping", "dof_frictionloss", "dof_solref", "dof_solimp",
    "geom_type", "geom_contype", "geom_conaffinity", "geom_condim", "geom_priority", "geom_size",
    "geom_pos", "geom_quat", "geom_friction", "geom_solref", "geom_solimp",
    "actuator_gainprm", "actuator_biasprm", "actuator_ctrlrange", "actuator_forcerange",
)  # fmt: skip


def hand_scene(hand: str, tool: ArticulatedTool) -> Scene:
    """The named hand alone with a tool that it is to move; at first the tool is at the origin.

    Raises:
      ValueError: there is no such hand.
      FileNotFoundError: a Menagerie hand, and no copy of the Menagerie.
    """
    moving = tool_names(tool).bodies["moving"]
    return Scene(
        name=f"{hand} with {tool.name}", instruction=f"Move the joint of the {tool.kind}.",
        entities=(tool_thing(tool),), workspace=Workspace((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)),
        goal=Predicate("joint", moving, value=tool.joint.stroke), robot=hand, base=(0.0, 0.0, 0.0),
        table=NO_TABLE, held=tool,
    )  # fmt: skip


def compile_hand(
    hand: str, tool: ArticulatedTool, probe: Probe | None = None, work: Work | None = None
) -> Compiled:
    """A compiled ``hand_scene``.

    Args:
      hand: key of ``HANDS``.
      tool: for it to hold.
      probe: a pad to put between the tool's jaws, see ``habilis.assets.tools.probe``.
      work: adds something for the tool to work on.
    """
    scene = hand_scene(hand, tool)
    compiled = compile_scene(scene, functools.partial(_furnish, tool, probe, work))
    if probe is not None:
        soften(compiled.model, tool, probe)
    return compiled


def _furnish(
    tool: ArticulatedTool, probe: Probe | None, work: Work | None, spec: mujoco.MjSpec,
    robot: RobotSpec,
) -> None:  # fmt: skip
    _add_view(spec)
    names, hand = tool_names(tool), robot.effector.hand
    assert hand is not None
    if probe is not None:
        add_probe(spec, tool, names, probe)
    if work is not None:
        work(spec, hand, names)


def _add_view(spec: mujoco.MjSpec) -> None:
    world = spec.worldbody
    world.add_light(pos=(0.3, -0.5, 0.9), dir=(-0.3, 0.5, -0.7), castshadow=False)
    world.add_light(pos=(-0.4, 0.5, 0.8), dir=(0.4, -0.5, -0.6), castshadow=False)
    spec.visual.headlight.ambient = [0.3, 0.3, 0.3]
    spec.add_texture(
        name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT, rgb1=_BACKDROP, rgb2=_BACKDROP,
        width=16, height=16,
    )  # fmt: skip
    look_at(world, "front", eye=(0.30, -0.36, 0.36), target=_LOOK, fovy=26)
    look_at(world, "side", eye=(-0.03, -0.50, 0.24), target=_LOOK, fovy=26)


def digest_of(model: mujoco.MjModel) -> str:
    """12 hexadecimal digits of the model's numbers, rounded."""
    option = model.opt
    numbers = [
        [option.timestep, option.impratio, option.integrator, option.cone],
        [int(model.opt.disableflags), int(model.opt.enableflags)],
        *(_hashed(model, field).tolist() for field in _HASHED),
        np.ravel(model.jnt_stiffness).tolist(),
        model.qpos_spring.tolist(),
    ]
    text = ";".join(",".join(f"{float(x) + 0.0:.{_DIGITS}g}" for x in row) for row in numbers)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _hashed(model: mujoco.MjModel, field: str) -> Array:
    """The numbers of a field; of geoms only those that collide, so that looks may change.

    A probe's pad does not collide by its bits but by pairs of its own, so it is not among them:
    keyframes hold with and without it.
    """
    values = getattr(model, field)
    if field.startswith("geom_"):
        values = values[(model.geom_contype | model.geom_conaffinity) != 0]
    flat: Array = np.ravel(values)
    return flat
