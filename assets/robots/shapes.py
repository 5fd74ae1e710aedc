"""Links made of primitives: a mass, what is seen of it, and what is touched of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import mujoco

from habilis.assets.scene.model.preset import HARD_SOLIMP, HARD_SOLREF

Vec3 = tuple[float, float, float]
Quat = tuple[float, float, float, float]
Colour = tuple[float, float, float, float]

COLOURS: Mapping[str, Colour] = {
    "arm_white": (0.93, 0.94, 0.95, 1.0),
    "arm_grey": (0.62, 0.65, 0.68, 1.0),
    "arm_black": (0.11, 0.12, 0.13, 1.0),
    "arm_blue": (0.10, 0.50, 0.85, 1.0),
}
PAD_FRICTION = (1.2, 0.02, 0.0001)
PAD_CONDIM, PAD_PRIORITY = 4, 2


@dataclasses.dataclass(frozen=True)
class RobotLink:
    """Pose in the parent (m, quaternion), mass (kg), its centre (m) and inertia (kg m^2).

    The inertia is about the centre of mass: with ``axes``, a quaternion, three numbers along those;
    without, xx yy zz xy xz yz along the link's axes.
    """

    name: str
    pos: Vec3
    quat: Quat
    mass: float
    centre: Vec3
    inertia: tuple[float, ...]
    axes: Quat | None = None


@dataclasses.dataclass(frozen=True)
class Shape:
    """One primitive in its body's frame, m. With ``end`` it spans ``pos`` to ``end``.

    ``tip`` marks the pad of a finger.
    """

    kind: str
    size: tuple[float, ...]
    pos: Vec3
    end: Vec3 | None = None
    colour: str = "arm_white"
    quat: Quat = (1, 0, 0, 0)
    tip: bool = False


Shapes = Mapping[str, tuple[Shape, ...]]
"""Name of a link to its primitives."""


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
    body = add_body(parent, link, prefix)
    body.gravcomp = 1.0
    add_looks(body, looks.get(link.name, ()))
    for shape in solids.get(link.name, ()):
        add_shape(body, shape).group = 3
    return body


def add_body(parent: mujoco.MjsBody, link: RobotLink, prefix: str = "") -> mujoco.MjsBody:
    """Add a body without shapes."""
    body = parent.add_body(name=prefix + link.name, pos=link.pos, quat=link.quat)
    body.explicitinertial = True
    body.mass, body.ipos = link.mass, link.centre
    if link.axes is None:
        body.fullinertia = link.inertia
    else:
        body.iquat, body.inertia = link.axes, link.inertia
    return body


def add_looks(body: mujoco.MjsBody, shapes: tuple[Shape, ...]) -> None:
    """Add what is seen of a body: it touches nothing."""
    for shape in shapes:
        geom = add_shape(body, shape)
        geom.contype, geom.conaffinity, geom.group = 0, 0, 2


def add_shape(body: mujoco.MjsBody, shape: Shape) -> mujoco.MjsGeom:
    """Add a primitive without mass."""
    place = {"pos": shape.pos, "quat": shape.quat}
    if shape.end is not None:
        place = {"fromto": (*shape.pos, *shape.end)}
    return body.add_geom(
        type=getattr(mujoco.mjtGeom, f"mjGEOM_{shape.kind.upper()}"),
        size=(*shape.size, 0.0, 0.0)[:3],
        material=shape.colour,
        mass=0.0,
        **place,
    )


def make_pad(geom: mujoco.MjsGeom) -> None:
    """Give a shape the contact of a gripper's pad: it holds things without creep or droop."""
    geom.group, geom.condim, geom.priority = 3, PAD_CONDIM, PAD_PRIORITY
    geom.friction, geom.solref, geom.solimp = PAD_FRICTION, HARD_SOLREF, HARD_SOLIMP
