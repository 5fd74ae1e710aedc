"""Tools and what stands around them, as simple as can be."""

from __future__ import annotations

from habilis.assets.dextool.scans import TOOL
from habilis.assets.scene.solids.parts import Part, Vec3
from habilis.assets.scene.things import Thing


def held(part: str, size: Vec3, mass: float) -> Thing:
    """A tool that is one box, m; kg."""
    return Thing(
        TOOL, (Part(part, "box", size),), (0, 0, 0.5), mass=mass, tool=True, surface="tool",
        friction=0.5,
    )  # fmt: skip


def stand(name: str, size: Vec3, pos: Vec3) -> Thing:
    """A box that is fixed, m."""
    return Thing(name, (Part(name, "box", size),), pos, fixed=True)
