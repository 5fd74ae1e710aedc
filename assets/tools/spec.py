"""An articulated tool as data: two rigid halves, one joint, and the frames others use it by.

The tool frame is the frame of the base half: x to the tip, y the direction in which the jaws
close, z along the width of the handles; its origin is the pivot. The frame of the moving half
coincides with it at the joint value ``closed``. Lengths in metres, masses in kilograms, angles
in radians, forces in newtons. The joint value is 0 with the tool at rest and grows as it is
squeezed, so a clothespin opens where tweezers close.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean
from habilis.assets.scene.solids.parts import Part, Vec3

Half = Literal["base", "moving"]
Role = Literal["thumb", "index", "middle", "ring"]
Use = Literal["jaw", "handle", "frame", "decor"]

MASS_RANGE = (0.020, 0.120)  # kg
_COINCIDE = 1e-6  # m


@dataclasses.dataclass(frozen=True)
class ToolPart:
    """One convex primitive of a half.

    Attributes:
      half: which half it belongs to; ``part`` is in that half's frame.
      part: shape, place, colour; its ``mass_share`` is volume times relative density.
      material: key of ``habilis.assets.tools.shapes.MATERIALS``.
      use: ``jaw`` may touch an object, ``handle`` is for the fingers, ``frame`` is the rest,
        ``decor`` is seen and weighs but does not collide.
    """

    half: Half
    part: Part
    material: str
    use: Use


@dataclasses.dataclass(frozen=True)
class ToolJoint:
    """The joint between the halves; hinges in rad and Nm, slides in m and N.

    Attributes:
      kind: hinge or slide.
      axis: unit vector in the tool frame; the moving half turns about it, or slides along it, as
        the joint value grows.
      stroke: upper limit; the lower one is 0.
      closed: value at which the tips meet: ``stroke``, or 0 for a tool that squeezing opens.
      stiffness: of the return spring, Nm/rad or N/m; 0 for none.
      springref: where the spring is slack, at most 0: below 0 it presses at rest already.
      damping: Nm s/rad or N s/m.
      frictionloss: dry friction, Nm or N.
      armature: added inertia, kg m^2 or kg.
      backlash: free play, part of the stroke: over it neither spring nor friction is felt.
    """

    kind: Literal["hinge", "slide"]
    axis: Vec3
    stroke: float
    closed: float
    stiffness: float
    springref: float
    damping: float
    frictionloss: float
    armature: float
    backlash: float = 0.0

    def __post_init__(self) -> None:
        if self.closed not in (0.0, self.stroke):
            raise ValueError(f"closed is 0 or the stroke {self.stroke}, got {self.closed}")
        if self.springref > 0:
            raise ValueError(f"springref {self.springref} is above 0: the tool would not open")
        if not 0 <= self.backlash < self.stroke:
            raise ValueError(f"backlash {self.backlash} is outside [0, stroke {self.stroke})")

    @property
    def range(self) -> tuple[float, float]:
        """Lower and upper limit of the joint value."""
        return 0.0, self.stroke


@dataclasses.dataclass(frozen=True)
class Frame:
    """A named point of a half, m, in that half's frame; its axes are those of the half."""

    half: Half
    point: Vec3


@dataclasses.dataclass(frozen=True)
class GripPatch:
    """Where a finger presses, and how far it may shift.

    Attributes:
      role: the finger it is for.
      half: whose frame the vectors are in.
      point: on the surface, m.
      normal: unit vector into the tool: the direction the finger presses in to squeeze.
      along: unit vector along the handle, to the tip where there is one.
      span: least and greatest shift along it for which the point stays on the same face, m.
      bore: inner diameter of the ring that the finger is in, m; 0 on an open face.
    """

    role: Role
    half: Half
    point: Vec3
    normal: Vec3
    along: Vec3
    span: tuple[float, float] = (0.0, 0.0)
    bore: float = 0.0

    def at(self, shift: npt.ArrayLike) -> Array:
        """The point(s) (..., 3) shifted by (...) m along the handle; clipped to ``span``."""
        s = np.clip(np.asarray(shift, float), *self.span)
        return np.array(self.point) + s[..., None] * np.array(self.along)


@dataclasses.dataclass(frozen=True)
class ArticulatedTool:
    """Two halves, their joint, and what a hand or a planner must know of them.

    Attributes:
      name: prefix of everything it adds to a model.
      kind: family, e.g. ``tweezers``.
      params: what the family was built from, m, kg, rad, N.
      joint: see ``ToolJoint``.
      parts: primitives of both halves.
      mass: of the whole, kg, shared out by volume and material; inertia follows from that.
      patches: thumb first, then the fingers in the order of need: a third finger may be left out.
      frames: ``pivot``; ``tip_base`` and ``tip_moving``, on the jaws 8 mm before their ends, where
        they meet; ``tip``, the point of the base that acts; ``edge``, the middle of ``edge``. For
        the syringe ``tip`` is the mouth of the nozzle, and the two tips are the stop collar of
        the plunger and the face of the flange that it meets.
      edge: ends of the working edge of the base (blade, jaw, mouth), in the base's frame, m.
      friction: sliding friction coefficient of its surface.
      bore: cross-section that the joint sweeps, m^2: a syringe's; 0 for others.
      sharpness: radius of the working edges of both halves, m; inf where they are no blades.
    """

    name: str
    kind: str
    params: Mapping[str, float]
    joint: ToolJoint
    parts: tuple[ToolPart, ...]
    mass: float
    patches: tuple[GripPatch, ...]
    frames: Mapping[str, Frame]
    edge: tuple[Vec3, Vec3]
    friction: float = 1.0
    bore: float = 0.0
    sharpness: float = math.inf

    def __post_init__(self) -> None:
        names = [p.part.name for p in self.parts]
        if repeated := {n for n in names if names.count(n) > 1}:
            raise ValueError(f"{self.name!r}: names of parts repeat: {sorted(repeated)}")
        low, high = MASS_RANGE
        if not low <= self.mass <= high:
            raise ValueError(f"{self.name!r}: mass {self.mass} kg is outside [{low}, {high}] kg")
        apart = float(self.gap(self.joint.closed))
        if apart > _COINCIDE:
            raise ValueError(f"{self.name!r}: its tips are {apart} m apart when closed")

    def patch(self, role: str) -> GripPatch:
        """The patch of a finger; KeyError names those there are."""
        for patch in self.patches:
            if patch.role == role:
                return patch
        raise KeyError(did_you_mean(f"grip of {self.kind}", role, [p.role for p in self.patches]))

    def T_bm(self, q: npt.ArrayLike) -> Array:
        """Pose (..., 4, 4) of the moving half in the base's frame at joint values ``q`` (...)."""
        d = np.asarray(q, float) - self.joint.closed
        axis = np.array(self.joint.axis)
        T = np.broadcast_to(np.eye(4), (*d.shape, 4, 4)).copy()
        if self.joint.kind == "slide":
            T[..., :3, 3] = d[..., None] * axis
            return T
        K, KK = self._spin
        s, c = np.sin(d)[..., None, None], np.cos(d)[..., None, None]
        T[..., :3, :3] += s * K + (1 - c) * KK
        return T

    @functools.cached_property
    def _spin(self) -> tuple[Array, Array]:
        """(3, 3) of the cross product with the axis, and of its square."""
        K = np.cross(np.eye(3), self.joint.axis)
        return K, K @ K

    def to_base(self, half: Half, points: npt.ArrayLike, q: npt.ArrayLike) -> Array:
        """Points (..., 3) of a half, in the base's frame at joint value(s) ``q`` (...), m."""
        p = np.asarray(points, float)
        if half == "base":
            return np.broadcast_to(p, np.broadcast_shapes(p.shape, (*np.shape(q), 3)))
        T = self.T_bm(q)
        return (T[..., :3, :3] @ p[..., None])[..., 0] + T[..., :3, 3]

    def tips(self, q: npt.ArrayLike) -> tuple[Array, Array]:
        """Tip of the base and of the moving half, (..., 3) each, in the base's frame, m."""
        a, b = self.frames["tip_base"], self.frames["tip_moving"]
        return self.to_base(a.half, a.point, q), self.to_base(b.half, b.point, q)

    def tip_midpoint(self, q: npt.ArrayLike) -> Array:
        """Point (..., 3) midway between the tips, in the base's frame, m."""
        a, b = self.tips(q)
        return (a + b) / 2

    def gap(self, q: npt.ArrayLike) -> Array:
        """Distance (...) between the tips at joint values (...), m."""
        a, b = self.tips(q)
        return np.asarray(np.linalg.norm(a - b, axis=-1))

    @functools.cached_property
    def max_gap(self) -> float:
        """Greatest distance between the tips, m."""
        return float(self.gap(self.joint.stroke - self.joint.closed))

    def joint_at(self, gap: npt.ArrayLike) -> Array:
        """Joint value (...) at which the tips are ``gap`` (...) m apart; ValueError beyond."""
        g = np.asarray(gap, float)
        if not np.all((g >= 0) & (g <= self.max_gap + _COINCIDE)):
            raise ValueError(f"{self.name!r}: gap {g} m is outside [0, {self.max_gap:.4f}] m")
        away = g
        if self.joint.kind == "hinge":
            arm = np.linalg.norm(np.cross(self.joint.axis, self.frames["tip_moving"].point))
            away = 2 * np.arcsin(g / (2 * arm))
        return self.joint.closed - away if self.joint.closed else np.asarray(away)

    @property
    def shuts(self) -> bool:
        """Whether it holds on when it is let go: squeezing opens the jaws, a spring shuts them."""
        return self.joint.kind == "hinge" and not self.joint.closed and self.joint.stiffness > 0

    def volume(self, q: npt.ArrayLike) -> Array:
        """What a syringe still holds at joint values (...), m^3."""
        return self.bore * self.gap(q)

    def lever(self, half: Half) -> float:
        """Mean arm of the patches of a half about the hinge, m; for a slide a plain 1."""
        axis = np.array(self.joint.axis)
        own = [p for p in self.patches if p.half == half]
        if self.joint.kind == "slide":
            return float(np.mean([abs(np.dot(p.normal, axis)) for p in own]))
        return float(np.mean([abs(np.dot(np.cross(p.point, p.normal), axis)) for p in own]))
