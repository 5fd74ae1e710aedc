"""What may be ordered: parts, volume, mass, extent, one piece, and a part that the jaw takes."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.scene.solids.parts import Part, box_around, rotation
from habilis.llm_planner.design.order import ToolOrder
from habilis.policies.skills.geometry.solids import Solid

JOINED = 0.0005  # m apart that parts may be and count as one piece
THIN = 0.005  # m, least size of a part: thinner ones bend, and slip through contacts


@dataclasses.dataclass(frozen=True)
class ToolBudget:
    """Limits of an order.

    Attributes:
      parts: how many.
      volume: m^3.
      mass: kg.
      extent: largest side of the box around the tool, m: a third of the table at the most, so that
        a tool reaches no farther than those of the families do.
    """

    parts: int = 6
    volume: float = 6e-4
    mass: float = 0.7
    extent: float = 0.42


@dataclasses.dataclass(frozen=True)
class Objection:
    """Why an order is refused.

    Attributes:
      text: part, number and limit.
      excess: how far beyond the limit, as a share of it; what an optimiser is led by.
    """

    text: str
    excess: float


def faults(order: ToolOrder, jaw: float, budget: ToolBudget | None = None) -> list[Objection]:
    """Why an order is over its budget; empty if it is within.

    Args:
      order: of the tool.
      jaw: m that the end effector takes between its fingers.
      budget: the limits; the standard ones if left out.
    """
    limits, solids = budget or ToolBudget(), order.solids
    low, high = box_around(solids)
    extent = float((high - low).max())
    largest = "xyz"[int((high - low).argmax())]
    asked = [
        (len(solids), limits.parts, f"{len(solids)} parts, of {limits.parts} that are allowed"),
        (order.volume, limits.volume,
         f"volume {order.volume * 1e6:.0f} cm3, of {limits.volume * 1e6:.0f} cm3 allowed;"
         f" part {_most(solids, 'volume').name!r} has most of it"),
        (order.mass, limits.mass,
         f"mass {order.mass:.3f} kg, of {limits.mass:.3f} kg allowed;"
         f" part {_most(solids, 'mass_share').name!r} has most of it"),
        (extent, limits.extent,
         f"it extends {extent:.3f} m along {largest}, of {limits.extent:.3f} m allowed"),
    ]  # fmt: skip
    found = [Objection(text, got / most - 1) for got, most, text in asked if got > most + 1e-9]
    thin = [p for p in solids if min(p.size) < THIN - 1e-9]
    found += [
        Objection(
            f"part {p.name!r} is {min(p.size):.4f} m thin, at least {THIN} m are made",
            1 - min(p.size) / THIN,
        )
        for p in thin
    ]
    found += _grip(order, jaw)
    return found + _loose(solids)


def _most(solids: tuple[Part, ...], what: str) -> Part:
    return max(solids, key=lambda p: getattr(p, what))


def _grip(order: ToolOrder, jaw: float) -> list[Objection]:
    """The hand closes along the tool's y, or along its x where that is narrower."""
    part = order.gripped
    low, high = part.bounds()
    wide = float(min((high - low)[:2]))
    if wide <= jaw:
        return []
    text = f"part {part.name!r} is {wide:.3f} m wide where the hand takes it"
    return [Objection(f"{text}; the jaw takes {jaw:.3f} m", wide / jaw - 1)]


def _loose(solids: tuple[Part, ...]) -> list[Objection]:
    """Every part hangs together with the first."""
    placed = {p.name: Solid(np.array(p.pos), rotation(p.euler), p.extent) for p in solids}
    joined = [solids[0].name]
    for name in joined:
        joined += [
            other for other, solid in placed.items()
            if other not in joined and solid.overlaps(placed[name], JOINED)
        ]  # fmt: skip
    return [
        Objection(
            f"part {name!r} hangs together with none of {', '.join(joined)}: it is"
            f" {_apart(placed, name, joined):.3f} m away, {JOINED} m are allowed",
            _apart(placed, name, joined) / 0.1,
        )
        for name in placed
        if name not in joined
    ]


def _apart(placed: dict[str, Solid], name: str, others: list[str]) -> float:
    """Distance between the boxes round a part and round the nearest of others, m."""
    one = placed[name].box()
    gaps = (
        np.maximum(0, np.maximum(one.low - two.high, two.low - one.high))
        for two in (placed[n].box() for n in others)
    )
    return min(float(np.linalg.norm(g)) for g in gaps)
