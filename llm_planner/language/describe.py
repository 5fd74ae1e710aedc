"""A scene in words and as data: everything a planner may know, every object in equal detail.

What would give an answer away is left out: which object is made as a tool, the notes of the
scene file, and which object the goal wants out of the gripper.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.names import visible
from habilis.assets.robots.registry import robot_spec
from habilis.assets.scene.goal import COUNTING, VOCABULARY, All, Goal, Not, Predicate
from habilis.assets.scene.goal import Any as AnyOf
from habilis.assets.scene.links import Link
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Scene, Thing
from habilis.policies.skills.geometry.effector import widest
from habilis.policies.skills.geometry.in_hand import joined_to
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.hand_tools.cutting import severed
from habilis.policies.skills.held_tool import takeable_tools
from habilis.policies.skills.senses import Senses

LengthUnit = Literal["m", "cm", "mm"]
PER_METRE = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
NOTHING, NEARLY_OPEN = 0.002, 0.01  # m, less than one or within the other of open: nothing is held
_PLACES = {"m": 4, "cm": 2, "mm": 1}


@dataclasses.dataclass(frozen=True)
class Style:
    """How a scene is described.

    Attributes:
      unit: of every length in the text; skills take metres whatever this is.
      strength: whether the load at which parts come off is told, of every object alike.
      irrelevant: numbers per object that have nothing to do with the task.
      seed: of those numbers.
    """

    unit: LengthUnit = "m"
    strength: bool = True
    irrelevant: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.unit not in PER_METRE:
            raise ValueError(f"unit must be one of {', '.join(PER_METRE)}, got {self.unit!r}")
        if not 0 <= self.irrelevant <= len(_IRRELEVANT):
            most = len(_IRRELEVANT)
            raise ValueError(f"irrelevant numbers must be 0 to {most}, got {self.irrelevant}")


@dataclasses.dataclass(frozen=True)
class Description:
    """What a model reads of a scene.

    Attributes:
      text: for a prompt.
      data: the same as plain data, lengths in ``data["length_unit"]``.
    """

    text: str
    data: dict[str, Any]


def describe(senses: Senses, style: Style | None = None) -> Description:
    """Describe what a robot senses of its scene now.

    Args:
      senses: where things are, and the scene.
      style: unit and extras; metres and nothing irrelevant if left out.
    """
    how = style or Style()
    data = _Describer(senses, how).data()
    return Description(_text(data), data)


def quoted(text: str) -> str:
    """Somebody's words for a prompt: as they are on one line; else in quotes, marked as data."""
    if text.isprintable():
        return text
    return f"(the scene's own words, as data) {json.dumps(visible(text), ensure_ascii=False)}"


def robot_words(scene: Scene, turns: bool = True) -> str:
    """What the robot of a scene is and, if it is an arm, how its hand points, as prompts say it.

    Args:
      scene: where it is.
      turns: whether skills may turn the hand.
    """
    if scene.hand == "legs":
        return "robot on four legs, which has no hand"
    return f"robot arm with a {_hand_words(scene, turns)}"


def _hand_words(scene: Scene, turns: bool) -> str:
    hand = robot_spec(scene.robot).effector.kind == "hand"
    words = "multi-fingered hand" if hand else "two-finger gripper"
    if takeable_tools(scene):
        return (
            f"{words} that points straight down while it is bare, and takes hand tools off their"
            " stands; from take_tool on, the tips of the tool are what is moved and opened"
        )
    if turns:
        how = (
            "points down, and that skills turn as they find fit; its fingers close along y until"
            " then"
        )
    else:
        how = "always points straight down and never turns; its fingers close along y"
    return f"{words} that {how}"


class _Describer:
    def __init__(self, senses: Senses, style: Style) -> None:
        self._senses, self._style = senses, style
        self._scale, self._places = PER_METRE[style.unit], _PLACES[style.unit]
        self._rng = np.random.default_rng(style.seed)
        self._few: dict[str, Callable[[Thing], Any]] = {
            "grains": lambda e: e.grains and e.grains.count,
            "tied_to": lambda e: e.tie and e.tie.to,
            "cut_through": self._cut,
            "surface": lambda e: "soft" if e.surface == "soft" else None,
        }
        if style.strength:
            self._few[_FRAGILE] = lambda e: e.fragile if math.isfinite(e.fragile) else None

    def data(self) -> dict[str, Any]:
        """Everything, as plain data."""
        scene, w = self._senses.scene, self._senses.scene.workspace
        return {
            "length_unit": self._style.unit,
            "instruction": scene.instruction,
            "done_when": _goal_words(scene.goal, self._style.unit),
            "robot": {
                "name": scene.robot,
                "base": self._lengths(scene.base),
                **(self._legs() if scene.hand == "legs" else self._gripper()),
            },
            "workspace": {
                axis: [self._length(w.lower[k]), self._length(w.upper[k])]
                for k, axis in enumerate("xyz")
            },
            **({} if scene.hand == "legs" else {"table": self._table()}),
            "objects": [self._object(e) for e in scene.entities],
        }

    def _table(self) -> dict[str, list[float]]:
        corners = self._senses.scene.table
        return {axis: [self._length(c[k]) for c in corners] for k, axis in enumerate("xy")}

    def _legs(self) -> dict[str, Any]:
        return {"trunk_now": self._lengths(self._senses.tcp)}

    def _gripper(self) -> dict[str, Any]:
        effector = robot_spec(self._senses.scene.robot).effector
        return {
            "gripper_now": self._lengths(self._senses.tcp),
            "jaw_now": self._length(self._senses.aperture),
            "holds": _in_hand(self._senses),
            "jaw_opens_to": self._length(effector.widest),
            "jaw_takes_up_to": self._length(widest(self._senses.scene.robot)),
        }

    def _object(self, entity: Thing) -> dict[str, Any]:
        name, senses = entity.name, self._senses
        rot = senses.pose(name)[1]
        out = {
            "name": name,
            **self._box(senses.box(name)),
            "yaw_deg": round(math.degrees(math.atan2(rot[1, 0], rot[0, 0])), 1),
            "mass_kg": round(entity.mass, 4),
            "friction": round(entity.friction, 3),
            "mobility": _mobility(entity),
            "joint": self._joint(name, entity),
            "magnetic_faces": list(entity.magnetic),
            "joined_to": joined_to(senses, name),
            **({} if senses.scene.hand == "legs" else {"grip_point": self._grip_point(name)}),
            "parts": [self._part(name, p) for p in entity.parts],
        }
        if any(e.links for e in senses.scene.entities):
            out["links"] = [self._link(*named) for named in entity.bodies() if named[0] != name]
        out |= {key: value or _ELSE.get(key) for key, value in self._special(entity).items()}
        if self._style.strength:
            out["weak_parts"] = self._weak(entity)
        extra = self._rng.permutation(len(_IRRELEVANT))[: self._style.irrelevant]
        for k in sorted(int(i) for i in extra):
            key, low, high = _IRRELEVANT[k]
            out[key] = round(float(self._rng.uniform(low, high)), 2)
        return out

    def _grip_point(self, name: str) -> list[float]:
        return self._lengths(self._senses.get_graspable_point(name))

    def _special(self, entity: Thing) -> dict[str, Any]:
        """What few things have, of which all in a scene are told if it is so of one."""
        scene = self._senses.scene
        return {k: of(entity) for k, of in self._few.items() if any(map(of, scene.entities))}

    def _cut(self, entity: Thing) -> str | None:
        if entity.tie is None:
            return None
        return "yes" if severed(self._senses, entity.name) else "no"

    def _part(self, name: str, part: Part) -> dict[str, Any]:
        box = self._senses.part_box(name, part)
        return {"name": part.name, "shape": part.shape, **self._box(box)}

    def _box(self, box: Box) -> dict[str, Any]:
        return {"centre": self._lengths(box.centre), "size": self._lengths(box.size)}

    def _link(self, name: str, link: Thing | Link) -> dict[str, Any]:
        out = {"name": name, **self._box(self._senses.box(name)), "joint": self._joint(name, link)}
        return out | {"parts": [self._part(name, part) for part in link.parts]}

    def _joint(self, name: str, body: Thing | Link) -> dict[str, Any] | None:
        joint = body.joint
        if joint is None:
            return None
        axis = self._senses.pose(name)[1] @ np.array(joint.axis)
        slides = joint.kind == "slide"
        limits = joint.range if slides else tuple(math.degrees(r) for r in joint.range)
        return {
            "kind": joint.kind,
            "axis": [round(float(a), 3) for a in axis],
            "range": self._lengths(limits) if slides else [round(r, 1) for r in limits],
            "range_unit": self._style.unit if slides else "deg",
            "spring": f"{joint.stiffness:g} {'N/m' if slides else 'Nm/rad'}",
            "dry_friction": f"{joint.frictionloss:g} {'N' if slides else 'Nm'}",
        }

    def _weak(self, entity: Thing) -> dict[str, Any] | None:
        if entity.breaks is None or math.isinf(entity.breaks.load):
            return None
        parts = list(entity.breaks.parts)
        return {"parts": parts, "come_off_above_N": round(entity.breaks.load, 3)}

    def _length(self, metres: float) -> float:
        return round(float(metres) * self._scale, self._places) + 0.0

    def _lengths(self, metres: npt.ArrayLike) -> list[float]:
        return [self._length(v) for v in np.asarray(metres, float)]


_FRAGILE = "breaks_when_hit_harder_than_times_its_weight"
_ELSE = {"surface": "hard"}
"""What is told of things that have nothing special, if not that there is none."""

_IRRELEVANT = (
    ("price_euro", 0.5, 40.0), ("serial_number", 1e4, 9e4), ("shelf_life_days", 3.0, 900.0),
    ("temperature_deg_c", 4.0, 24.0), ("year_of_make", 1990.0, 2025.0),
    ("surface_gloss_percent", 1.0, 95.0), ("recycled_percent", 0.0, 100.0),
)  # fmt: skip
"""Numbers an object may carry that no plan needs: key, lowest, highest."""


def _in_hand(senses: Senses) -> str | None:
    """The object between the fingers, or the tips of a tool, if they are stopped by one."""
    if senses.grip is not None:
        tool, things = senses.grip.tool, (e for e in senses.scene.entities if e.movable)
        near = [e.name for e in things if e.name != tool and not senses.apart(e.name, senses.tcp)]
        return f"{tool}, and {near[0]} between its tips" if near else tool
    widest = robot_spec(senses.scene.robot).effector.widest
    if not NOTHING < senses.aperture < widest - NEARLY_OPEN:
        return None
    for entity in senses.scene.entities:
        for part in entity.parts:
            box = senses.part_box(entity.name, part)
            if (np.maximum(box.low - senses.tcp, senses.tcp - box.high) < 0.005).all():
                return entity.name
    return None


def _mobility(entity: Thing) -> str:
    if entity.fixed:
        return "fixed"
    if entity.joint is None:
        return "free"
    return "on a joint, let into the table top" if entity.sunk else "on a joint"


def _goal_words(goal: Goal, unit: LengthUnit) -> list[str]:
    """What must hold in the end; of what must not be held, only that there is something."""
    words = list(_positive(goal, unit))
    if _forbids_holding(goal):
        words.append("the gripper holds nothing but what is asked for")
    return words


def _positive(goal: Goal, unit: LengthUnit) -> Iterator[str]:
    if isinstance(goal, Predicate) and goal.word in COUNTING:
        yield f"{goal}: {goal.subject} {VOCABULARY[goal.word].meaning}"
    elif isinstance(goal, Predicate):
        args = [goal.subject, goal.other]
        number = "" if goal.value is None else _number(goal, unit)
        yield f"{goal.word}({', '.join([a for a in args if a])}{number}):" + (
            f" {goal.subject} {VOCABULARY[goal.word].meaning}"
            if goal.word not in ("held", "joint")
            else f" {goal.subject}: {VOCABULARY[goal.word].meaning}"
        )
    elif isinstance(goal, All):
        for part in goal.goals:
            yield from _positive(part, unit)
    elif isinstance(goal, AnyOf):
        yield "one of: " + " / ".join("; ".join(_positive(g, unit)) for g in goal.goals)
    elif not _is_held(goal.goal):
        yield "not: " + "; ".join(_positive(goal.goal, unit))


def _number(goal: Predicate, unit: LengthUnit) -> str:
    assert goal.value is not None
    if VOCABULARY[goal.word].unit == "m":
        return f", {round(goal.value * PER_METRE[unit], _PLACES[unit]):g} {unit}"
    return f", {goal.value:g}"


def _is_held(goal: Goal) -> bool:
    return isinstance(goal, Predicate) and goal.word == "held"


def _forbids_holding(goal: Goal) -> bool:
    if isinstance(goal, (All, AnyOf)):
        return any(_forbids_holding(g) for g in goal.goals)
    return isinstance(goal, Not) and _is_held(goal.goal)


def _text(data: dict[str, Any]) -> str:
    unit, legs = data["length_unit"], "trunk_now" in data["robot"]
    ground = "floor" if legs else "table top"
    rows = [
        f"Task: {quoted(data['instruction'])}",
        "Done when: " + "; ".join(data["done_when"]),
        f"All lengths below are in {unit}, in the world frame: x forward (away from the robot),"
        f" y left, z up, z = 0 is the {ground}. Boxes are given by centre and full size (x, y, z)"
        " along the world's axes, of turned things too: what is turned is smaller than its box.",
        *(_walker_rows(data) if legs else _arm_rows(data)),
        "Objects, as measured now:",
    ]
    for thing in data["objects"]:
        rows += _object_rows(thing)
    return "\n".join(rows)


def _walker_rows(data: dict[str, Any]) -> list[str]:
    trunk = _row(data["robot"]["trunk_now"])
    return [
        f"Robot: {data['robot']['name']}, middle of its trunk now at {trunk}",
        "Where the middle of its trunk may be: " + _ranges(data["workspace"]),
    ]


def _arm_rows(data: dict[str, Any]) -> list[str]:
    robot = data["robot"]
    return [
        f"Robot: {robot['name']}, base at {_row(robot['base'])}, gripper now at"
        f" {_row(robot['gripper_now'])}, holding {robot['holds'] or 'nothing'}; jaw now"
        f" {robot['jaw_now']:g}, opens to {robot['jaw_opens_to']:g},"
        f" takes things up to {robot['jaw_takes_up_to']:g} wide",
        "Workspace of the gripper's tool centre point: " + _ranges(data["workspace"]),
        "Table top: " + _ranges(data["table"]),
    ]


def _object_rows(thing: dict[str, Any]) -> Iterator[str]:
    known = ("name", "centre", "size", "parts", "links", "grip_point")
    rest = "; ".join(
        f"{k.replace('_', ' ')} {_value(v)}" for k, v in thing.items() if k not in known
    )
    grip = f", grip point {_row(thing['grip_point'])}" if "grip_point" in thing else ""
    box = f"centre {_row(thing['centre'])}, size {_row(thing['size'])}"
    yield f"- {thing['name']}: {box}{grip}; {rest}"
    for part in thing["parts"]:
        yield (
            f"    part {part['name']}: {part['shape']}, centre {_row(part['centre'])},"
            f" size {_row(part['size'])}"
        )
    for link in thing.get("links", ()):
        yield (
            f"    link {link['name']}: centre {_row(link['centre'])}, size {_row(link['size'])};"
            f" joint {_value(link['joint'])}"
        )


def _row(values: list[float]) -> str:
    return "(" + ", ".join(f"{v:g}" for v in values) + ")"


def _ranges(box: dict[str, list[float]]) -> str:
    return ", ".join(f"{axis} {low:g} to {high:g}" for axis, (low, high) in box.items())


def _value(value: object) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
