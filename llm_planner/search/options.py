"""What a candidate of the search is, what it costs, and whether a thing can be gripped here."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np

from habilis.assets.arrays import Array
from habilis.llm_planner.run.plan import Step
from habilis.policies.skills.geometry import grips as ways
from habilis.policies.skills.geometry.effector import widest
from habilis.policies.skills.senses import Senses

Vec3 = tuple[float, float, float]

GRASP_COST, LIFT_COST, PLACE_COST, SWEEP_COST, PULL_COST = 4.0, 1.5, 3.5, 4.0, 3.0  # s
JOIN_COST = 3.0  # s
PAST = 0.01  # m beyond a distance asked for
COLLATERAL = 6.0  # s: penalty for each other object in the way
UNASKED = 6.0  # s: penalty for moving what the goal does not name
FINGERS = "<fingers>"  # no name of a thing
DISTINCT = 0.006  # m, below which two grips or two outlines count as one


@dataclasses.dataclass(frozen=True)
class Option:
    """A few steps that belong together, and what they should cost.

    Attributes:
      steps: in order.
      cost: estimated seconds with penalties for risk.
      why: one line for the report.
      left: estimated seconds of what must still follow.
      dared: whether a touch of something is foreseen, which may not come about.
    """

    steps: tuple[Step, ...]
    cost: float
    why: str
    left: float = 0.0
    dared: bool = False

    @property
    def means(self) -> str:
        """What is used on what, the closed fingers too; options alike in it fail alike."""
        names = (s.args.get(k) for s in self.steps for k in ("tool", "object"))
        used = dict.fromkeys(str(n) for n in names if n is not None)
        bare = any(s.skill == "sweep" and "tool" not in s.args for s in self.steps)
        return " ".join([*used, *[FINGERS] * bare])


def round_args(**args: object) -> dict[str, object]:
    """Arguments without None and with numbers rounded to 0.1 mm."""

    def tidy(value: object) -> object:
        if isinstance(value, (float, np.floating)):
            return round(float(value), 4)
        return tuple(tidy(v) for v in value) if isinstance(value, tuple) else value

    return {k: tidy(v) for k, v in args.items() if v is not None}


def step(skill: str, **args: object) -> Step:
    """A plan step with tidy arguments."""
    return Step(skill, round_args(**args))


def grips(senses: Senses, name: str) -> Iterator[Vec3 | None]:
    """Points to grip an entity at: its own graspable point (None), then ends of narrow parts.

    Where it is too wide at its own point, also the middles of its parts, as of a ring.
    """
    yield None
    wide = next(ways.grips(senses, name)).width > widest(senses.scene.robot)
    for part in senses.entity(name).parts:
        low, high = part.bounds()
        middle = (low + high) / 2
        if (high - low)[1] > widest(senses.scene.robot) or (high - low)[0] < 0.1:
            if wide and min((high - low)[:2]) <= widest(senses.scene.robot):
                yield (float(middle[0]), float(middle[1]), float(middle[2]))
            continue
        for x in (low[0] + 0.03, middle[0]):
            point = np.array([x, middle[1], middle[2]])
            if np.linalg.norm(point - senses.entity(name).grip()) > DISTINCT:
                yield (float(x), float(middle[1]), float(middle[2]))


def taken_up(senses: Senses, name: str, grip: Vec3 | None, height: float) -> tuple[Step, Step]:
    """Steps that take a thing and raise it straight up, out of what it may stand in, until the tool
    centre point is at ``height``, m."""
    x, y, _ = (float(v) for v in ways.grip_point(senses, name, grip))
    up = step("move_to_position", position=(x, y, float(height)))
    return step("grasp", object=name, grip=grip), up


def takes(senses: Senses, name: str) -> Iterator[Vec3 | None]:
    """What of ``grips`` can be taken, first one beside its own if the arm meets something there."""
    if senses.grip is not None:
        return
    still, (pos, rot) = senses.entity(name).fixed, senses.pose(name)
    if graspable(senses, name, None, still):
        for point in itertools.islice(ways.beside(senses, name), 1):
            x, y, z = (float(v) + 0.0 for v in (rot.T @ (point - pos)).round(4))
            yield x, y, z
    yield from (grip for grip in grips(senses, name) if graspable(senses, name, grip, still))


def dared(senses: Senses, name: str) -> Iterator[tuple[Step, str]]:
    """Grasps by which the hand may touch what it must not, where none is clear, and what that is.

    Those are left out in which it surely comes down on something.
    """
    thing = senses.entity(name)
    if senses.grip is not None or not thing.movable or any(True for _ in takes(senses, name)):
        return
    if (np.abs(senses.scene.workspace.outside(ways.grip_point(senses, name, None))) > 1e-6).any():
        return
    for way in ways.grips(senses, name):
        fits = 0 < way.width and way.centred <= widest(senses.scene.robot)
        if fits and not ways.surely_met(senses, name, way):
            met = " and ".join(ways.in_the_way(senses, name, way))
            yield step("grasp", object=name, yaw=way.yaw), met


def graspable(senses: Senses, name: str, grip: Vec3 | None = None, still: bool = False) -> bool:
    """Whether the gripper could take the entity there, now, from above, at some yaw.

    What is fixed cannot be taken, but held where it is, ``still``.
    """
    if senses.entity(name).fixed and not still:
        return False
    point = ways.grip_point(senses, name, grip)
    if (np.abs(senses.scene.workspace.outside(point)) > 1e-6).any():
        return False
    best = next(ways.grips(senses, name, grip))
    return best.clear and 0 < best.width and best.centred <= widest(senses.scene.robot)


def clear_of_table(senses: Senses, name: str, grip: Vec3 | None) -> Array:
    """The grip in the entity's frame, raised where the pads would touch the table."""
    pos, rot = senses.pose(name)
    out: Array = rot.T @ (ways.grip_point(senses, name, grip) - pos)
    return out
