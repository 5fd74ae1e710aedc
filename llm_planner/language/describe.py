"""A scene in words and as data: everything a planner may know, every object in equal detail.

What would give an answer away is left out: which object is made as a tool, the notes of the
scene file, and which object the goal wants out of the gripper.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.robots.legged.standing import standing
from habilis.assets.robots.registry import robot_spec
from habilis.assets.robots.spec import Bounds
from habilis.assets.scene.links import Joint, Link
from habilis.assets.scene.solids.parts import Part, angles_of, rotation
from habilis.assets.scene.things import Scene, Thing
from habilis.llm_planner.language.goal_words import PER_METRE, PLACES, LengthUnit, goal_words
from habilis.llm_planner.language.scene_text import scene_text
from habilis.policies.skills.geometry.effector import widest
from habilis.policies.skills.geometry.in_hand import joined_to
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.hand_tools.cutting import severed
from habilis.policies.skills.held_tool import takeable_tools
from habilis.policies.skills.joints.present import joint_now
from habilis.policies.skills.senses import Senses

NOTHING, NEARLY_OPEN = 0.002, 0.01  # m, less than one or within the other of open: nothing is held
ALONG = 0.99996  # cosine of half a degree: what is turned less counts as not turned


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
    return Description(scene_text(data), data)


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
        self._scale, self._places = PER_METRE[style.unit], PLACES[style.unit]
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
            "done_when": goal_words(scene, self._style.unit),
            "hold_s": scene.hold,
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
        mass, size = standing(self._senses.scene.robot)
        return {
            "mass_kg": round(mass, 2),
            "size": self._lengths(size),
            "trunk_now": self._lengths(self._senses.tcp),
            "heading_deg": _turned(self._senses.rot)[2],
        }

    def _gripper(self) -> dict[str, Any]:
        effector = robot_spec(self._senses.scene.robot).effector
        return {
            "gripper_now": self._lengths(self._senses.tcp),
            "jaw_now": self._length(self._senses.aperture),
            "holds": _in_hand(self._senses),
            "jaw_opens_to": self._length(effector.widest),
            "jaw_takes_up_to": self._length(widest(self._senses.scene.robot)),
            "hand": self._hand(),
        }

    def _hand(self) -> dict[str, dict[str, list[float]]] | None:
        """The room that fingers and palm take, unless a tool's tips are what is moved."""
        if self._senses.grip is not None or self._senses.scene.held is not None:
            return None
        outline = robot_spec(self._senses.scene.robot).effector.outline
        boxes: dict[str, Bounds] = {
            "closed_fingers": outline.closed,
            "opened_fingers_with_what_lies_between": outline.opened,
            "palm": outline.palm,
        }
        return {
            name: {axis: [self._length(c[k]) for c in box] for k, axis in enumerate("xyz")}
            for name, box in boxes.items()
        }

    def _object(self, entity: Thing) -> dict[str, Any]:
        name, senses = entity.name, self._senses
        rot = senses.pose(name)[1]
        out = {
            "name": name,
            **self._box(senses.box(name)),
            **self._frame(name),
            "yaw_deg": round(math.degrees(math.atan2(rot[1, 0], rot[0, 0])), 1),
            "mass_kg": round(entity.whole_mass, 4),
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
        """Box along the world's axes, own size, turn, and the axis of what is round."""
        box, turn = self._box(self._senses.part_box(name, part)), self._senses.pose(name)[1]
        turn = turn @ rotation(part.euler)
        return {
            "name": part.name,
            "shape": part.shape,
            **box,
            "own_size": box["size"] if _aligned(turn) else self._lengths(2 * part.half_extents()),
            "turned_deg": _turned(turn),
            "axis": _axis(turn[:, 2]) if part.shape in ("cylinder", "capsule") else None,
        }

    def _frame(self, name: str) -> dict[str, Any]:
        """Where the frame of an object or a link has its origin, and how it is turned."""
        pos, rot = self._senses.pose(name)
        return {"origin": self._lengths(pos), "turned_deg": _turned(rot)}

    def _box(self, box: Box) -> dict[str, Any]:
        return {"centre": self._lengths(box.centre), "size": self._lengths(box.size)}

    def _link(self, name: str, link: Thing | Link) -> dict[str, Any]:
        mass = self._senses.entity(name).mass_of(name.partition("/")[2])
        return {
            "name": name,
            **self._box(self._senses.box(name)),
            **self._frame(name),
            "mass_kg": round(mass, 4),
            "joint": self._joint(name, link),
            "parts": [self._part(name, part) for part in link.parts],
        }

    def _joint(self, name: str, body: Thing | Link) -> dict[str, Any] | None:
        joint = body.joint
        if joint is None:
            return None
        rot, now = self._senses.pose(name)[1], joint_now(self._senses, name)
        axis = rot @ np.array(joint.axis)
        slides = joint.kind == "slide"
        limits = joint.range if slides else tuple(math.degrees(r) for r in joint.range)
        return {
            "kind": joint.kind,
            **({} if now is None else {"axis": [round(float(a), 3) + 0.0 for a in axis]}),
            **({} if slides else {"through": self._lengths(self._senses.point(name, joint.pos))}),
            **({} if now is None else {"now": self._opening(now.opening, slides)}),
            "range": self._lengths(limits) if slides else [round(r, 1) for r in limits],
            "range_unit": self._style.unit if slides else "deg",
            "spring": f"{joint.stiffness:g} {'N/m' if slides else 'Nm/rad'}",
            **self._slack(joint),
            "dry_friction": f"{joint.frictionloss:g} {'N' if slides else 'Nm'}",
        }

    def _slack(self, joint: Joint) -> dict[str, Any]:
        """Where a spring that is tight at 0 would be slack, in the unit of the joint's range."""
        if not (joint.stiffness and joint.rest):
            return {}
        return {"spring_slack_at": self._opening(joint.rest, joint.kind == "slide")}

    def _opening(self, value: float, slides: bool) -> float:
        return self._length(value) if slides else round(math.degrees(value), 1) + 0.0

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


def _turned(rot: npt.NDArray[np.float64]) -> list[float]:
    """Roll, pitch and yaw of a rotation (3, 3), deg."""
    return [round(math.degrees(a), 1) + 0.0 for a in angles_of(rot)]


def _aligned(rot: npt.NDArray[np.float64]) -> bool:
    """Whether each of its axes is one of the world's, either way."""
    return bool((np.abs(rot).max(axis=0) > ALONG).all())


def _axis(along: npt.NDArray[np.float64]) -> str | list[float]:
    """The axis of something round: one of the world's, or its direction."""
    if np.abs(along).max() > ALONG:
        return "xyz"[int(np.abs(along).argmax())]
    return [round(float(a), 3) + 0.0 for a in along]
