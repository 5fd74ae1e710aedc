"""A hand fixed in the world and an articulated tool before it, compiled, with what a world needs.

The world frame is that of the hand's own model (see ``HandSpec``): fingers along +x, palm towards
+z. The tool is free; a weld can hold it to the world while the fingers close.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.hands.registry import make_hand
from habilis.assets.scene.model.contacts import add_contact_sensor
from habilis.assets.scene.model.preset import look_at
from habilis.assets.tools import ArticulatedTool, ToolNames, build_tool
from habilis.assets.tools.probe import PAD, Probe, add_probe, soften
from habilis.assets.tools.spec import Half
from habilis.assets.workpieces import Work

Ints = npt.NDArray[np.int_]

WELD = "hold_tool"
HALVES: tuple[Half, ...] = ("base", "moving")
CAMERAS = ("front", "side")
_LOOK = (-0.01, 0.015, 0.165)  # m, between thumb and fingers
_BACKDROP = [0.93, 0.94, 0.96]
_WELD_SOLREF = (0.008, 1.0)
_WELD_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)
_DIGITS = 9  # of the numbers that are hashed: other machines may round the last ones differently
_HASHED = (
    "body_pos", "body_quat", "body_mass", "body_ipos", "body_iquat", "body_inertia",
    "jnt_type", "jnt_pos", "jnt_axis", "jnt_range", "jnt_solref", "jnt_solimp",
    "dof_armature", "dof_damping", "dof_frictionloss", "dof_solref", "dof_solimp",
    "geom_type", "geom_contype", "geom_conaffinity", "geom_condim", "geom_priority", "geom_size",
    "geom_pos", "geom_quat", "geom_friction", "geom_solref", "geom_solimp",
    "actuator_gainprm", "actuator_biasprm", "actuator_ctrlrange", "actuator_forcerange",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, eq=False)
class CompiledHand:
    """A compiled hand and tool, and where things are in its arrays.

    Attributes:
      name: of the hand, a key of ``HANDS``.
      hand: its constants; j joints, a servos, F fingers.
      tool: the tool.
      names: what it added to the model.
      model: the MuJoCo model.
      q: (j,) columns in qpos of the hand's joints; dofs: (j,) those in qvel.
      free: (7,) columns in qpos of the tool's pose: position m, quaternion wxyz.
      opening: (1 or 2,) columns in qpos whose sum is the joint value, play included.
      opening_dofs: the same in qvel.
      servos: (a,) columns in ctrl.
      weld: index of the equality that holds the tool to the world; off at first.
      touch: (F, 2) first column in sensordata of (found, force xyz) of each finger with the
        tool's base and moving half.
      probe: the pad between the jaws, if there is one.
      tip: first column in sensordata of (found, force xyz) of the pad; -1 without.
      digest: of what decides how a grasp behaves; equal models have equal ones, and a pad, which
        is clear of the jaws at the keyframes and weighs nothing, makes no difference.
    """

    name: str
    hand: HandSpec
    tool: ArticulatedTool
    names: ToolNames
    model: mujoco.MjModel
    q: Ints
    dofs: Ints
    free: Ints
    opening: Ints
    opening_dofs: Ints
    servos: Ints
    weld: int
    touch: Ints
    probe: Probe | None
    tip: int
    digest: str


def compile_hand(
    name: str, tool: ArticulatedTool, probe: Probe | None = None, work: Work | None = None
) -> CompiledHand:
    """The named hand with a tool; at ``qpos0`` the tool lies at the origin, so reset it.

    Args:
      name: key of ``HANDS``.
      tool: for it to hold.
      probe: a pad to put between the tool's jaws, so that ``HandWorld.tip_force`` can be read.
      work: adds something for the tool to work on; the digest is that of the model without it.

    Raises:
      ValueError: there is no such hand.
      FileNotFoundError: a Menagerie hand, and no copy of the Menagerie.
    """
    hand, spec = make_hand(name)
    names = add_tool(spec, hand, tool)
    _add_view(spec)
    pairs = add_probe(spec, tool, names, probe) if probe else ()
    model = spec.compile()
    digest = digest_of(model)
    if work:
        work(spec, hand, names)
        model = spec.compile()
    if probe:
        soften(model, pairs, probe)
    return CompiledHand(
        name=name, hand=hand, tool=tool, model=model, **locate(model, hand, names), probe=probe,
        tip=int(model.sensor(PAD).adr[0]) if probe else -1, digest=digest,
    )  # fmt: skip


def add_tool(spec: mujoco.MjSpec, hand: HandSpec, tool: ArticulatedTool) -> ToolNames:
    """Add a tool to a model with a hand, a weld that can hold it, and sensors of the touch."""
    names = build_tool(spec, tool)
    _add_weld(spec, names)
    for finger in hand.fingers:
        for half in HALVES:
            root, name = _root(spec, hand, finger), _touch(finger, half)
            add_contact_sensor(spec, name, "tree", root, names.bodies[half])
    return names


def locate(model: mujoco.MjModel, hand: HandSpec, names: ToolNames) -> dict[str, Any]:
    """Where hand and tool are in a model's arrays: fields of ``CompiledHand`` by name."""
    joints = [model.joint(joint) for joint in hand.joints]
    parts = [model.joint(joint) for joint in (names.joint, names.play) if joint]
    first = int(model.joint(names.free).qposadr[0])
    return dict(
        names=names,
        q=np.array([int(joint.qposadr[0]) for joint in joints]),
        dofs=np.array([int(joint.dofadr[0]) for joint in joints]),
        free=np.arange(first, first + 7),
        opening=np.array([int(joint.qposadr[0]) for joint in parts]),
        opening_dofs=np.array([int(joint.dofadr[0]) for joint in parts]),
        servos=np.array([int(model.actuator(servo).id) for servo in hand.actuators]),
        weld=int(model.equality(WELD).id),
        touch=np.array(
            [[int(model.sensor(_touch(f, h)).adr[0]) for h in HALVES] for f in hand.fingers]
        ),
    )


def _touch(finger: str, half: str) -> str:
    return f"touch:{finger}:{half}"


def _root(spec: mujoco.MjSpec, hand: HandSpec, finger: str) -> str:
    root: str = spec.joint(hand.fingers[finger][0]).parent.name
    return root


def _add_weld(spec: mujoco.MjSpec, names: ToolNames) -> None:
    weld = spec.add_equality(
        name=WELD,
        type=mujoco.mjtEq.mjEQ_WELD,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        name1="world",
        name2=names.bodies["base"],
        active=False,
        solref=_WELD_SOLREF,
        solimp=_WELD_SOLIMP,
    )
    weld.data[:11] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]


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
