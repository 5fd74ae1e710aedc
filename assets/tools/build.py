"""From an articulated tool to bodies of a MuJoCo model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.scene.preset import OBJECT_PRIORITY
from habilis.assets.scene.things import Vec3, rotation
from habilis.assets.tools.shapes import MATERIALS
from habilis.assets.tools.spec import ArticulatedTool, Half, ToolJoint, ToolPart, Use

Quat = tuple[float, float, float, float]

TORSIONAL = 0.01  # m
CONTACT_SOLREF = (0.01, 1.0)
CONTACT_SOLIMP = (0.9, 0.95, 0.001, 0.5, 2.0)
# The default limit lets an overdriven joint run to 1.4 of its range, and the grasp is lost.
LIMIT_SOLREF = (0.004, 1.0)
LIMIT_SOLIMP = (0.98, 0.999, 0.0005, 0.5, 2.0)
# The default lets dry friction creep: 0.02 Nm too little moves a scissors' joint by 0.1 rad/s.
FRICTION_SOLIMP = (0.9999, 0.9999, 0.001, 0.5, 2.0)
# Times the joint's. It is felt only while the play is crossed, and makes that take some steps: else
# the halves rattle between its limits for ever, one step apart.
PLAY_ARMATURE = 100.0
PIN_MASS = 1e-4  # kg, of the pin between the halves of a tool with backlash


@dataclasses.dataclass(frozen=True)
class CollisionBits:
    """MuJoCo's ``contype`` and ``conaffinity`` of every part that collides.

    The defaults meet fingers (1, 2), a thumb (1, 3), objects and the table (2, 3), and never the
    tool itself: its halves stop at the joint limit.
    """

    contype: int = 2
    conaffinity: int = 0


@dataclasses.dataclass(frozen=True)
class ToolNames:
    """Names of what a tool added to a model.

    Attributes:
      bodies: of each half; that of the base is the tool's own name.
      free: the free joint; empty for a tool that was fixed.
      joint: the tool joint.
      play: the joint of the backlash in series with it; empty without.
      opening: a tendon whose length is the joint value, play included.
      opening_sensor: sensor of that length, m or rad.
      velocity_sensor: sensor of its rate, 1/s.
      geoms: names of the geoms by half and use.
      frames: name of the site of each frame.
      patches: name of the site of each role's patch.
    """

    bodies: Mapping[Half, str]
    free: str
    joint: str
    play: str
    opening: str
    opening_sensor: str
    velocity_sensor: str
    geoms: Mapping[tuple[Half, Use], tuple[str, ...]]
    frames: Mapping[str, str]
    patches: Mapping[str, str]


def build_tool(
    spec: mujoco.MjSpec,
    tool: ArticulatedTool,
    *,
    pos: Vec3 = (0.0, 0.0, 0.0),
    quat: Quat = (1.0, 0.0, 0.0, 0.0),
    free: bool = True,
    bits: CollisionBits | None = None,
) -> ToolNames:
    """Add a tool to a model; at ``qpos0`` it is at rest, its joint value 0.

    Backlash is a second joint in series, over which the moving half slips on a light pin that
    carries spring and friction. A dead band made of two limits would need the spring to know the
    band; in series it is lost motion as in a worn rivet, and both joints keep stiff limits.

    Args:
      spec: to add to.
      tool: what to add, under its name.
      pos: of the tool frame in the world, m.
      quat: of the tool frame in the world.
      free: whether it can move; else it is fixed to the world.
      bits: what it collides with; by default see ``CollisionBits``.
    """
    base = spec.worldbody.add_body(name=tool.name, pos=list(pos), quat=list(quat))
    if free:
        base.add_freejoint(name=tool.name)
    moving, joints = _add_joints(base, tool)
    bodies = {"base": base, "moving": moving}
    _add_materials(spec, tool)
    geoms = _add_parts(bodies, tool, bits or CollisionBits())
    frames = {name: f"{tool.name}/{name}" for name in tool.frames}
    for name, frame in tool.frames.items():
        _add_site(bodies[frame.half], frames[name], frame.point)
    patches: dict[str, str] = {patch.role: f"{tool.name}/{patch.role}" for patch in tool.patches}
    for patch in tool.patches:
        _add_site(bodies[patch.half], patches[patch.role], patch.point)
    opening = f"{tool.name}/opening"
    velocity = f"{tool.name}/opening_velocity"
    _add_opening(spec, opening, velocity, joints)
    return ToolNames(
        {"base": base.name, "moving": moving.name},
        tool.name if free else "",
        joints[0],
        joints[1] if len(joints) > 1 else "",
        opening,
        opening,
        velocity,
        geoms,
        frames,
        patches,
    )


def _add_joints(
    base: mujoco.MjsBody, tool: ArticulatedTool
) -> tuple[mujoco.MjsBody, tuple[str, ...]]:
    """The moving half's body, and the names of the joints to it."""
    T = tool.T_bm(0.0)
    quat = _quat(T[:3, :3])
    name, joint = f"{tool.name}/joint", tool.joint
    if not joint.backlash:
        moving = base.add_body(name=f"{tool.name}/moving", pos=T[:3, 3], quat=quat)
        _add_joint(moving, name, joint)
        return moving, (name,)
    pin = base.add_body(name=f"{tool.name}/pin", pos=T[:3, 3], quat=quat)
    pin.explicitinertial = True
    pin.mass, pin.inertia = PIN_MASS, [1e-9] * 3
    _add_joint(pin, name, joint)
    moving = pin.add_body(name=f"{tool.name}/moving")
    slack = dataclasses.replace(
        joint, stroke=joint.backlash, closed=0.0, stiffness=0.0, frictionloss=0.0, backlash=0.0,
        armature=PLAY_ARMATURE * joint.armature,
    )  # fmt: skip
    play = f"{tool.name}/play"
    _add_joint(moving, play, slack)
    return moving, (name, play)


def _add_joint(body: mujoco.MjsBody, name: str, joint: ToolJoint) -> None:
    kind = mujoco.mjtJoint.mjJNT_SLIDE if joint.kind == "slide" else mujoco.mjtJoint.mjJNT_HINGE
    made = body.add_joint(
        name=name, type=kind, axis=list(joint.axis), range=[0.0, joint.stroke - joint.backlash],
        stiffness=joint.stiffness, springref=joint.springref, damping=joint.damping,
        frictionloss=joint.frictionloss, armature=joint.armature,
        limited=mujoco.mjtLimited.mjLIMITED_TRUE,
    )  # fmt: skip
    made.solref_limit, made.solimp_limit = list(LIMIT_SOLREF), list(LIMIT_SOLIMP)
    made.solref_friction, made.solimp_friction = list(LIMIT_SOLREF), list(FRICTION_SOLIMP)


def _add_materials(spec: mujoco.MjSpec, tool: ArticulatedTool) -> None:
    there = {material.name for material in spec.materials}
    for name in sorted({f"tool_{p.material}" for p in tool.parts} - there):
        made_of = MATERIALS[name.removeprefix("tool_")]
        spec.add_material(
            name=name, rgba=list(made_of.rgba), specular=made_of.gloss, shininess=made_of.gloss
        )


def _add_parts(
    bodies: Mapping[str, mujoco.MjsBody], tool: ArticulatedTool, bits: CollisionBits
) -> dict[tuple[Half, Use], tuple[str, ...]]:
    total = sum(p.part.mass_share or 0.0 for p in tool.parts)
    mass = tool.mass - (PIN_MASS if tool.joint.backlash else 0.0)
    names: dict[tuple[Half, Use], tuple[str, ...]] = {}
    for p in tool.parts:
        name = f"{tool.name}/{p.part.name}"
        _add_part(bodies[p.half], name, p, mass * (p.part.mass_share or 0.0) / total, tool, bits)
        names[p.half, p.use] = (*names.get((p.half, p.use), ()), name)
    return names


def _add_part(
    body: mujoco.MjsBody,
    name: str,
    drawn: ToolPart,
    mass: float,
    tool: ArticulatedTool,
    bits: CollisionBits,
) -> None:
    half = [s / 2 for s in drawn.part.size]
    solid = drawn.use != "decor"
    body.add_geom(
        name=name,
        type=getattr(mujoco.mjtGeom, f"mjGEOM_{drawn.part.shape.upper()}"),
        size=half + [0.0] * (3 - len(half)),
        pos=list(drawn.part.pos),
        quat=_quat(rotation(drawn.part.euler)),
        material=f"tool_{drawn.material}",
        mass=mass,
        contype=bits.contype if solid else 0,
        conaffinity=bits.conaffinity if solid else 0,
        condim=4,
        friction=[tool.friction, TORSIONAL, 0.0001],
        priority=OBJECT_PRIORITY,
        solref=list(CONTACT_SOLREF),
        solimp=list(CONTACT_SOLIMP),
    )


def _quat(turn: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, np.ascontiguousarray(turn).ravel())
    return quat


def _add_site(body: mujoco.MjsBody, name: str, point: Vec3) -> None:
    body.add_site(name=name, pos=list(point), size=[0.002] * 3, group=4)


def _add_opening(spec: mujoco.MjSpec, opening: str, velocity: str, joints: tuple[str, ...]) -> None:
    tendon = spec.add_tendon(name=opening)
    for joint in joints:
        tendon.wrap_joint(joint, 1.0)
    for name, kind in (
        (opening, mujoco.mjtSensor.mjSENS_TENDONPOS),
        (velocity, mujoco.mjtSensor.mjSENS_TENDONVEL),
    ):
        spec.add_sensor(name=name, type=kind, objtype=mujoco.mjtObj.mjOBJ_TENDON, objname=opening)
