"""A pad between the jaws of a tool, and how hard they press on it."""

from __future__ import annotations

import dataclasses

import mujoco
import numpy as np
import numpy.typing as npt

from habilis.assets.scene.model.contacts import add_contact_sensor
from habilis.assets.tools.build import ToolNames, build_tool, tool_names
from habilis.assets.tools.spec import ArticulatedTool

Vector = npt.NDArray[np.float64]

PAD = "tip_pad"
RADIUS = 0.003  # m, the most that the round end of a pad has
SOLREF = (0.01, 1.0)  # time constant in s, damping ratio
_HARDEST = 0.9995  # impedance
_SHORTEST = 0.001  # m, between the centres of a pad's round ends


@dataclasses.dataclass(frozen=True)
class Probe:
    """A round-ended pad on the tip of the base half, facing that of the moving half.

    Jaws that close meet it when their gap has shrunk to its thickness; the spring of a clothespin
    presses on it from there, and squeezing relieves it; the plunger of a syringe stops on it part
    of the way; one blade of scissors stops on the flank of the other. It weighs nothing and meets
    nothing but the moving half.

    Attributes:
      thickness: part of the tool's greatest gap at which both tips meet it. The default is clear
        of the jaws at every stored keyframe.
      stiffness: N/m, with the tool's own mass; a heavier one presses it in less.
    """

    thickness: float = 0.25
    stiffness: float = 3000.0

    def __post_init__(self) -> None:
        if not 0 < self.thickness < 1:
            raise ValueError(f"thickness {self.thickness} is outside (0, 1) of the greatest gap")
        if not self.stiffness > 0:
            raise ValueError(f"stiffness {self.stiffness} N/m is not above 0")


def add_probe(spec: mujoco.MjSpec, tool: ArticulatedTool, names: ToolNames, probe: Probe) -> None:
    """Add the pad and a sensor of the net force on it, both named ``PAD``."""
    face, out, height = _room(tool, probe.thickness * tool.max_gap)
    radius = min(RADIUS, tool.params.get("blade", 2 * RADIUS) / 2)
    end = face + (height - radius) * out
    start = face + min(0.0, height - radius - _SHORTEST) * out
    spec.body(names.bodies["base"]).add_geom(
        name=PAD, type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=[*start, *end],
        size=[radius, 0.0, 0.0], mass=0.0, contype=0, conaffinity=0, rgba=[0.85, 0.20, 0.45, 1.0],
    )  # fmt: skip
    for solid in _faces(names):
        spec.add_pair(
            name=f"{PAD}:{solid}", geomname1=PAD, geomname2=solid, condim=1, solref=list(SOLREF)
        )  # fmt: skip
    add_contact_sensor(spec, PAD, "geom", PAD)


def soften(model: mujoco.MjModel, tool: ArticulatedTool, probe: Probe) -> None:
    """Give the pad's contacts the probe's stiffness.

    MuJoCo has no such number: a contact yields by 1 / (SOLREF[0]^2 (1 - impedance) A) N/m, where A
    is the sum of the inverse masses of both bodies (`body_invweight0`).
    """
    for solid in _faces(tool_names(tool)):
        pair = model.pair(f"{PAD}:{solid}")
        bodies = [int(model.geom_bodyid[int(g)]) for g in (pair.geom1[0], pair.geom2[0])]
        a = float(model.body_invweight0[bodies, 0].sum())
        impedance = 1 - 1 / (SOLREF[0] ** 2 * probe.stiffness * a)
        pair.solimp[:2] = np.clip(impedance, 0.5, _HARDEST)


def _faces(names: ToolNames) -> tuple[str, ...]:
    """Geoms of the moving half that meet the pad."""
    return names.geoms.get(("moving", "jaw")) or names.geoms["moving", "frame"]


def _room(tool: ArticulatedTool, gap: float) -> tuple[Vector, Vector, float]:
    """Foot of the pad on the base, its direction, and its height when the tips are ``gap`` apart.

    The height is measured on the tool's own shapes: the blades of scissors pass each other.
    """
    q = float(tool.joint_at(gap))
    face, meets = tool.tips(q)
    out = (meets - face) / gap
    face = face - (0.0, 0.0, tool.params.get("blade", 0.0) / 2)  # the middle of the moving blade
    spec = mujoco.MjSpec()
    names = build_tool(spec, tool, free=False)
    model = spec.compile()
    data = mujoco.MjData(model)
    data.joint(names.joints[0]).qpos[0] = q
    mujoco.mj_kinematics(model, data)
    base, hit = int(model.body(names.bodies["base"]).id), np.zeros(1, np.int32)
    height = mujoco.mj_ray(model, data, face, out, None, 1, base, hit)
    if height <= 0:
        raise ValueError(f"{tool.name}: nothing of the moving half faces the tip of the base")
    return face, out, height


OVERDRIVE = 0.6
"""Of the stroke, that a command must go beyond a grasp's upper limit to press so hard."""
