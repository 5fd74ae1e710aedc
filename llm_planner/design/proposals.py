"""First orders: kinds of tools with a few lengths, and what a scene says of these."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.things import Scene
from habilis.envs.world.judging.monitor import targets
from habilis.llm_planner.design.order import GRIP, IN_FROM_END, WORK, OrderedPart, ToolOrder

BEHIND = 0.03  # m, from what is worked on to a face behind it, and of the hand from its limit
WIDER = 0.03  # m that what sweeps is wider than what is swept
LOWER = 0.006  # m, of where a channel begins below what is to roll onto it
TIP = 0.04  # m, of the end of a stick that works

Span = tuple[float, float]
Spans = Mapping[str, Span]


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a scene asks of a tool, m.

    Attributes:
      reach: from its grip to its working end, along x.
      across: of what it works on, along y.
      high: how far above the table that begins.
    """

    reach: float
    across: float
    high: float


def needs(scene: Scene) -> Needs:
    """From where targets stand, the end of the workspace, and the longest thing that stands fixed
    around a target."""
    names = targets(scene)
    boxes = [_box(scene, name) for name in names]
    low, high = np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)
    beyond = float(high[0]) - scene.workspace.upper[0]
    around = [
        float(b[1][0] - b[0][0])
        for b in (_box(scene, e.name) for e in scene.entities if e.fixed)
        if (b[0][:2] < high[:2]).all() and (low[:2] < b[1][:2]).all()
    ]
    reach = beyond if beyond > 0 else max(around, default=0.0)
    return Needs(reach + BEHIND, float(high[1] - low[1]), float(low[2]))


def _box(scene: Scene, name: str) -> tuple[Array, Array]:
    at, body = scene.at_rest(name), scene.body(name)
    lows, highs = zip(*(p.bounds(at) for p in body.parts), strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)


@dataclasses.dataclass(frozen=True)
class ToolKind:
    """A kind of tool with lengths that can be changed.

    Attributes:
      name: of the kind.
      spans: least and greatest value of each length, m.
      first: the values that are tried first.
      make: the order with given values.
    """

    name: str
    spans: Spans
    first: Mapping[str, float]
    make: Callable[..., ToolOrder]

    def order(self, values: Mapping[str, float]) -> ToolOrder:
        """The order with these values."""
        return self.make(**values)


def propose(scene: Scene) -> list[ToolKind]:
    """One proposal of each kind, with lengths from the geometry of the scene."""
    wanted = needs(scene)
    long = wanted.reach + IN_FROM_END
    wide = wanted.across + WIDER
    firsts: list[tuple[str, Callable[..., ToolOrder], Spans, Mapping[str, float]]] = [
        ("stick", _stick, _STICK, {"long": long + TIP}),
        ("hook to the left", _headed, _HEADED, _flat(long, 0.08, 0.4)),
        ("hook to the right", _headed, _HEADED, _flat(long, 0.08, -0.4)),
        ("rake", _headed, _HEADED, {"long": long, "across": wide, "raised": 0.02, "deep": 0.045}),
        ("beam on legs", _legged, _LEGGED, {"long": long}),
        ("fork", _fork, _FORK, {"long": long, "across": wide}),
        ("block", _block, _BLOCK, {}),
        ("slug", _slug, _SLUG, {}),
        ("plank", _plank, _PLANK, {}),
        ("channel", _channel, _CHANNEL, {"top": wanted.high - LOWER}),
    ]
    return [ToolKind(name, spans, _within(spans, at), make) for name, make, spans, at in firsts]


def _flat(long: float, across: float, aside: float) -> Mapping[str, float]:
    """A hook that lies flat on the table."""
    return {
        "long": long, "across": across, "aside": aside, "raised": 0.0, "high": 0.03, "deep": 0.02,
    }  # fmt: skip


def scaled(name: str, order: ToolOrder) -> ToolKind:
    """An order of somebody else, of which the size along each axis can be changed by a third."""
    spans = {axis: (0.67, 1.5) for axis in "xyz"}
    return ToolKind(name, spans, dict.fromkeys("xyz", 1.0), functools.partial(_stretched, order))


def _stretched(order: ToolOrder, x: float, y: float, z: float) -> ToolOrder:
    """Places follow; of a part that is turned, or round, the sizes stay as they are."""
    by = np.array([x, y, z])
    parts = []
    for part in order.parts:
        px, py, pz = (float(v) for v in by * part.pos)
        whole = part.shape == "box" and not any(part.euler)
        size = tuple(float(v) for v in by * part.size) if whole else part.size
        parts.append(dataclasses.replace(part, pos=(px, py, pz), size=size))
    return ToolOrder(tuple(parts))


def _within(spans: Spans, given: Mapping[str, float]) -> dict[str, float]:
    """The values given, and the middle of the spans of the others."""
    return {
        name: float(np.clip(given.get(name, (low + high) / 2), low, high))
        for name, (low, high) in spans.items()
    }


# ---- the kinds; lengths in m


_STICK: Spans = {"long": (0.08, 0.38), "thick": (0.008, 0.03), "high": (0.01, 0.03)}


def _stick(long: float, thick: float, high: float) -> ToolOrder:
    shaft = OrderedPart(GRIP, "box", (long - TIP, thick, high), ((long - TIP) / 2, 0.0, 0.0))
    tip = OrderedPart(WORK, "box", (TIP, thick, high), (long - TIP / 2, 0.0, 0.0))
    return ToolOrder((shaft, tip))


_HEADED: Spans = {
    "long": (0.08, 0.36), "thick": (0.01, 0.03), "across": (0.03, 0.18), "deep": (0.01, 0.05),
    "high": (0.01, 0.06), "aside": (-0.5, 0.5), "raised": (0.0, 0.04),
}  # fmt: skip


def _headed(
    long: float, thick: float, across: float, deep: float, high: float, aside: float, raised: float
) -> ToolOrder:
    """A handle with a crosspiece that goes to one side of it or to both."""
    up = raised + thick / 2 - high / 2
    handle = OrderedPart(GRIP, "box", (long, thick, thick), (long / 2, 0.0, up), material="balsa")
    head = OrderedPart(WORK, "box", (deep, across, high), (long + deep / 2, aside * across, 0.0))
    return ToolOrder((handle, head))


_LEGGED: Spans = {
    "long": (0.1, 0.36), "thick": (0.012, 0.026), "leg": (0.008, 0.026), "clear": (0.02, 0.06),
    "foot": (0.03, 0.12),
}  # fmt: skip


def _legged(long: float, thick: float, leg: float, clear: float, foot: float) -> ToolOrder:
    """A beam on a broad foot below its grip, and a leg at its far end, which works."""
    down = -(thick + clear) / 2
    return ToolOrder((
        OrderedPart(GRIP, "box", (long, thick, thick), (long / 2, 0.0, 0.0)),
        OrderedPart("foot", "box", (0.018, foot, clear), (0.009, 0.0, down)),
        OrderedPart(WORK, "box", (leg, leg, clear), (long - leg / 2, 0.0, down)),
    ))  # fmt: skip


_FORK: Spans = {
    "long": (0.08, 0.34), "thick": (0.01, 0.03), "across": (0.04, 0.16), "tine": (0.02, 0.08),
}  # fmt: skip


def _fork(long: float, thick: float, across: float, tine: float) -> ToolOrder:
    """A handle, a bar across its end, and a tine at either end of that."""
    aside = (across - thick) / 2
    bar = OrderedPart(WORK, "box", (thick, across, thick), (long + thick / 2, 0.0, 0.0))
    tines = (
        OrderedPart(name, "box", (tine, thick, thick), (long + thick + tine / 2, side * aside, 0.0))
        for name, side in (("left", 1), ("right", -1))
    )
    handle = OrderedPart(GRIP, "box", (long, thick, thick), (long / 2, 0.0, 0.0))
    return ToolOrder((handle, bar, *tines))


_BLOCK: Spans = {"long": (0.02, 0.06), "wide": (0.02, 0.06), "high": (0.02, 0.06)}


def _block(long: float, wide: float, high: float) -> ToolOrder:
    return ToolOrder((OrderedPart(WORK, "box", (long, wide, high), material="steel"),))


_SLUG: Spans = {"wide": (0.012, 0.05), "high": (0.015, 0.06)}


def _slug(wide: float, high: float) -> ToolOrder:
    return ToolOrder((OrderedPart(WORK, "cylinder", (wide, high), material="steel"),))


_PLANK: Spans = {"long": (0.06, 0.3), "wide": (0.02, 0.064), "high": (0.006, 0.03)}


def _plank(long: float, wide: float, high: float) -> ToolOrder:
    return ToolOrder((OrderedPart(WORK, "box", (long, wide, high)),))


_CHANNEL: Spans = {
    "long": (0.2, 0.4), "wide": (0.045, 0.09), "top": (0.06, 0.11), "drop": (0.01, 0.07),
    "rail": (0.01, 0.03),
}  # fmt: skip
_BOARD = 0.008  # m, thickness of floor and rails
_KNOB = (0.03, 0.02, 0.05)  # m


def _channel(long: float, wide: float, top: float, drop: float, rail: float) -> ToolOrder:
    """A sloping floor between two rails, on two legs; a knob stands on the left rail."""
    tilt = float(np.arctan2(drop, long))
    lean = (0.0, tilt, 0.0)
    board, up = long / np.cos(tilt), np.array([np.sin(tilt), np.cos(tilt)])

    def floor_at(x: float) -> float:
        """Height of the upper side of the floor, x from the middle."""
        return top - drop / 2 - x * float(np.tan(tilt))

    def over(name: str, y: float, thick: float, high: float, middle: float) -> OrderedPart:
        """A board along the floor whose middle is so far above it."""
        x, z = middle * up[0], floor_at(0.0) + middle * up[1]
        return OrderedPart(
            name, "box", (board, thick, high), (float(x), y, float(z)), lean, "balsa"
        )

    def leg(name: str, x: float) -> OrderedPart:
        high = floor_at(x) - _BOARD / 2
        return OrderedPart(name, "box", (0.02, wide + 0.03, high), (x, 0.0, high / 2))

    aside = (wide - _BOARD) / 2
    knob = (0.0, aside, floor_at(0.0) + rail + _KNOB[2] / 2 - 0.005)
    return ToolOrder((
        over(WORK, 0.0, wide, _BOARD, -_BOARD / 2),
        over("left", aside, _BOARD, rail, rail / 2),
        over("right", -aside, _BOARD, rail, rail / 2),
        leg("near_leg", -0.38 * long), leg("far_leg", 0.2 * long),
        OrderedPart(GRIP, "box", _KNOB, knob, material="balsa"),
    ))  # fmt: skip
