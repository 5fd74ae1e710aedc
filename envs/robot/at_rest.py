"""What a scene is like before anything is done: what stands, moves by itself, is in reach."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import make_robot
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.robot.check import measure_reach
from habilis.envs.robot.standing import RESTS, LeftAlone, far_away
from habilis.envs.world.varying.layout import world_boxes

STILL = 0.002  # m that a thing may move by itself


@dataclasses.dataclass(frozen=True)
class ThingAtRest:
    """A thing as it stands.

    Attributes:
      name: of the thing.
      thing: itself.
      low, high: corners of the box around it, world, m.
      moved: how far it goes within ``RESTS`` if nobody touches it, m.
      beyond: how far outside the workspace a hand from above would have to be to take it, m; 0 for
        what it comes to.
    """

    name: str
    thing: Thing
    low: tuple[float, ...]
    high: tuple[float, ...]
    moved: float
    beyond: float

    def line(self, whole: bool) -> str:
        """In words; with place, size and mass where the whole is wanted."""
        reach = "in reach" if self.beyond == 0 else f"{self.beyond * 100:.0f} cm out of reach"
        if not whole:
            return f"{reach}, moves {self.moved * 1e3:.1f} mm by itself"
        middle = ", ".join(f"{(a + b) / 2:.3f}" for a, b in zip(self.low, self.high, strict=True))
        size = " x ".join(f"{(b - a) * 100:.1f}" for a, b in zip(self.low, self.high, strict=True))
        kind = "fixed" if self.thing.fixed else "on a joint" if self.thing.joint else "free"
        return f"({middle}) m, {size} cm, {self.thing.whole_mass:g} kg, {kind}, {reach}"


@dataclasses.dataclass(frozen=True)
class AtRest:
    """What is known of a scene.

    Attributes:
      things: one a thing, in the order of the scene.
      reach: of the robot, in words.
      amiss: what is wrong, a sentence each.
    """

    things: tuple[ThingAtRest, ...]
    reach: str
    amiss: tuple[str, ...]


def left_alone(scene: Scene) -> AtRest:
    """Leave a scene alone for a while, and look.

    Raises:
      ValueError: it cannot be compiled.
      RuntimeError: the arm cannot get to its start.
    """
    if far := far_away(scene):
        return AtRest((), "", far)
    alone = LeftAlone(scene)
    low, high = world_boxes(scene)
    things = []
    for i, thing in enumerate(scene.entities):
        beyond = float(np.linalg.norm(_beyond(scene, thing, low[i], high[i])))
        moved = float(alone.path[alone.world.index(thing.name)])
        things.append(ThingAtRest(thing.name, thing, tuple(low[i]), tuple(high[i]), moved, beyond))
    amiss = list(alone.troubles()) or [
        f"{t.name} moves {t.moved * 1e3:.0f} mm within {RESTS:g} s if nobody touches it"
        for t in things if t.moved > STILL and t.thing.grains is None
    ]  # fmt: skip
    amiss += alone.done_for()
    if scene.hand == "legs":
        return AtRest(tuple(things), f"reach: the robot {scene.robot} walks", tuple(amiss))
    reach = measure_reach(scene.robot, scene.workspace, scene.base)
    told = f"reach: {reach.share:.0%} of the workspace, looking straight down"
    return AtRest(
        tuple(things), told + ("" if reach.share == 1 else f"; it {reach.worst}"), tuple(amiss)
    )


def _beyond(scene: Scene, thing: Thing, low: Array, high: Array) -> Array:
    """(3,) from the workspace to where a hand takes a thing with a box of these corners (3,), m.

    Something that does not say where it is taken is taken as low as its top lets the palm come.
    Nothing on the table is too low: the fingers come down beside it.
    """
    if thing.grains is not None:
        point = (low + high) / 2
    else:
        point = thing.turn() @ thing.grip() + np.array(thing.pos)
    if "grip" not in thing.frames:
        palm = make_robot(scene.robot)[0].effector.outline.palm
        point[2] = max(point[2], high[2] + palm[1][2])
    if high[2] > 0:
        point[2] = max(point[2], scene.workspace.lower[2])
    out: Array = scene.workspace.outside(point)
    return out
