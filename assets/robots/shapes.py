"""Links made of primitives: a mass, what is seen of it, and what is touched of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import mujoco

Vec3 = tuple[float, float, float]
Quat = tuple[float, float, float, float]

COLOURS = {
    "arm_white": (0.93, 0.94, 0.95, 1.0),
    "arm_grey": (0.62, 0.65, 0.68, 1.0),
    "arm_black": (0.11, 0.12, 0.13, 1.0),
    "arm_blue": (0.10, 0.50, 0.85, 1.0),
}
PAD_FRICTION = (1.2, 0.02, 0.0001)
PAD_SOLREF = (0.01, 1.0)
PAD_SOLIMP = (0.99, 0.999, 0.001, 0.5, 2.0)
PAD_CONDIM, PAD_PRIORITY = 4, 2


@dataclasses.dataclass(frozen=True)
class RobotLink:
    """Pose in the parent (m, quaternion), mass (kg), its centre (m) and inertia (kg m^2).

    The inertia is about the centre of mass, along the link's axes: xx yy zz xy xz yz.
    """

    name: str
    pos: Vec3
    quat: Quat
    mass: float
    centre: Vec3
    inertia: tuple[float, float, float, float, float, float]


@dataclasses.dataclass(frozen=True)
class Shape:
    """One primitive in its body's frame, m. With ``end`` it spans ``pos`` to ``end``."""

    kind: str
    size: tuple[float, ...]
    pos: Vec3
    end: Vec3 | None = None
    colour: str = "arm_white"


Shapes = Mapping[str, Sequence[Shape]]
"""Name of a link to its primitives."""


def rod(radius: float, pos: Vec3, end: Vec3, colour: str = "white") -> Shape:
    """A capsule."""
    return Shape("capsule", (radius,), pos, end, f"arm_{colour}")


def tube(radius: float, pos: Vec3, end: Vec3, colour: str = "white") -> Shape:
    """A cylinder."""
    return Shape("cylinder", (radius,), pos, end, f"arm_{colour}")


def block(half: Vec3, pos: Vec3, colour: str = "white") -> Shape:
    """A box of half sizes ``half``, m."""
    return Shape("box", half, pos, None, f"arm_{colour}")


def blob(half: Vec3, pos: Vec3, colour: str = "white") -> Shape:
    """An ellipsoid of half axes ``half``, m."""
    return Shape("ellipsoid", half, pos, None, f"arm_{colour}")


def add_colours(spec: mujoco.MjSpec) -> None:
    """Add the materials that shapes name, unless they are there."""
    known = {material.name for material in spec.materials}
    for name, rgba in COLOURS.items():
        if name not in known:
            spec.add_material(name=name, rgba=rgba, specular=0.35, shininess=0.4)


def add_link(
    parent: mujoco.MjsBody, link: RobotLink, looks: Shapes, solids: Shapes, prefix: str = ""
) -> mujoco.MjsBody:
    """Add a body compensated for gravity; what is seen is in group 2, what is touched in 3."""
    body = parent.add_body(name=prefix + link.name, pos=link.pos, quat=link.quat, gravcomp=1.0)
    body.explicitinertial = True
    body.mass = link.mass
    body.ipos = link.centre
    body.fullinertia = link.inertia
    for shape in looks.get(link.name, ()):
        geom = add_shape(body, shape)
        geom.contype, geom.conaffinity, geom.group = 0, 0, 2
    for shape in solids.get(link.name, ()):
        add_shape(body, shape).group = 3
    return body


def add_shape(body: mujoco.MjsBody, shape: Shape) -> mujoco.MjsGeom:
    """Add a primitive without mass."""
    kind = getattr(mujoco.mjtGeom, f"mjGEOM_{shape.kind.upper()}")
    size = (*shape.size, 0.0, 0.0)[:3]
    if shape.end is None:
        return body.add_geom(type=kind, size=size, pos=shape.pos, material=shape.colour, mass=0.0)
    ends = (*shape.pos, *shape.end)
    return body.add_geom(type=kind, size=size, fromto=ends, material=shape.colour, mass=0.0)


def make_pad(geom: mujoco.MjsGeom) -> None:
    """Give a shape the contact of a gripper's pad: it holds things without creep or droop."""
    geom.group, geom.condim, geom.priority = 3, PAD_CONDIM, PAD_PRIORITY
    geom.friction, geom.solref, geom.solimp = PAD_FRICTION, PAD_SOLREF, PAD_SOLIMP
