"""Distractors set on the table: where nothing of the solution passes, and where they cannot help.

Within reach lies only what is too short to do the task (``could_help``); what could serve as a
tool as well as the real one lies where the gripper does not come. So in a task that needs its
tool no distractor is as good, and using the tool is all that success can ask for. To a robot on
legs nothing of the catalogue is of any help, as nothing in it bears the robot.
"""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import numpy.typing as npt

from habilis.assets.scene.distractors import HOOKS, catalogue, distractor, span
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.control.rotations import DOWN
from habilis.envs.world.judging.monitor import targets
from habilis.envs.world.varying.layout import world_boxes
from habilis.policies.skills.executor import Runner
from habilis.policies.skills.geometry.effector import HandRoom
from habilis.policies.skills.geometry.solids import Box
from habilis.policies.skills.senses import Senses

GRID = 0.01  # m, of the map of what passes
EVERY = 5  # control periods between two looks
AIR = 0.015  # m around a distractor, and above it, that nothing passes through
RIM = 0.02  # m, from the table's edge
LONG = 0.4  # m from the middle of a robot on legs to whatever is its own
SHOULDER = 0.25  # m in front of the robot's base that stay free
NEAR = 0.5  # share of distractors that are put within reach, of those that may be
TRIES = 80  # places tried for a distractor


class Passages:
    """Above each place of the table the lowest height at which something stood or passed, m."""

    def __init__(self, scene: Scene) -> None:
        self._origin, end = (np.array(corner) for corner in scene.ground)
        self._lowest = np.full(np.ceil((end - self._origin) / GRID).astype(int), np.inf)
        self._calls = 0
        for low, high in zip(*world_boxes(scene), strict=True):  # nothing goes below an overhang
            self.mark(Box(np.array([*low[:2], 0.0]), high))

    def watch(self, runner: Runner) -> None:
        """Take note of the hand and of all things, every few control periods."""
        self._calls += 1
        if self._calls % EVERY:
            return
        senses = runner.senses
        for box in _robot(senses):
            self.mark(box)
        for entity in senses.scene.entities:
            for part in entity.parts:
                self.mark(senses.part_box(entity.name, part))

    def mark(self, box: Box) -> None:
        """Something fills this box for a while."""
        cells = self._lowest[self._under(box)]
        np.minimum(cells, max(0.0, float(box.low[2])), out=cells)

    def free(self, box: Box) -> bool:
        """Whether nothing came as near to it as ``AIR``."""
        around = Box(box.low - AIR, box.high + AIR)
        return bool((self._lowest[self._under(around)] > around.high[2]).all())

    def _under(self, box: Box) -> tuple[slice, slice]:
        first = np.floor((box.low[:2] - self._origin) / GRID).astype(int)
        last = np.ceil((box.high[:2] - self._origin) / GRID).astype(int)
        (x0, y0), (x1, y1) = np.maximum(first, 0), np.maximum(last, 0)
        return slice(x0, x1), slice(y0, y1)


def _robot(senses: Senses) -> list[Box]:
    """The room that the robot takes: its hand, or all of it if it walks."""
    if senses.scene.hand == "legs":
        x, y, z = senses.tcp
        return [Box(np.array([x - LONG, y - LONG, 0.0]), np.array([x + LONG, y + LONG, z]))]
    hand = HandRoom(senses.scene.robot, senses.rot)
    return [solid.box().shifted(senses.tcp) for solid in (hand.opened, hand.palm)]


def scatter(
    scene: Scene, passages: Passages, count: int, rng: np.random.Generator
) -> tuple[Thing, ...]:
    """Distractors of different kinds, none where it stands in the way.

    Args:
      scene: without distractors.
      passages: of the solution; gets the distractors' own places.
      count: how many.
      rng: of kinds, sizes and places.

    Raises:
      RuntimeError: no room for one of them.
    """
    kinds = rng.permutation(sorted(catalogue()))[:count]
    return tuple(_place(scene, passages, str(kind), rng) for kind in kinds)


def _place(scene: Scene, passages: Passages, kind: str, rng: np.random.Generator) -> Thing:
    thing = distractor(kind, rng)
    near = not could_help(thing, scene) and (scene.hand == "legs" or rng.random() < NEAR)
    for k in range(TRIES):
        within = near and (k < TRIES // 2 or scene.hand == "legs")
        moved = _at_random(scene, thing, within, rng)
        box = box_of(scene, moved)
        if _on_table(scene, box) and in_reach(scene, box) == within and passages.free(box):
            passages.mark(box)
            return dataclasses.replace(moved, name=_name(scene, kind))
    raise RuntimeError(f"no room for the distractor {kind} in {TRIES} tries")


def _name(scene: Scene, kind: str) -> str:
    """Of a distractor: not one of the instruction's own words, which speak of something else."""
    said = re.search(rf"\b{re.escape(kind.replace('_', ' '))}\b", scene.instruction, re.I)
    return f"other_{kind}" if said else kind


def _at_random(scene: Scene, thing: Thing, within: bool, rng: np.random.Generator) -> Thing:
    area = (scene.workspace.lower, scene.workspace.upper) if within else scene.ground
    x, y = (round(float(rng.uniform(area[0][k], area[1][k])), 4) for k in (0, 1))
    yaw = round(float(rng.uniform(-math.pi, math.pi)), 4)
    return dataclasses.replace(thing, pos=(x, y, thing.pos[2]), yaw=yaw)


def box_of(scene: Scene, thing: Thing) -> Box:
    """The box that a thing fills which is not among those of the scene, world, m."""
    alone = dataclasses.replace(scene, entities=(*scene.entities, thing))
    low, high = world_boxes(alone)
    return Box(low[-1], high[-1])


def _on_table(scene: Scene, box: Box) -> bool:
    low, high = (np.array(corner) for corner in scene.ground)
    low, high = low + RIM, high - RIM
    if scene.hand != "legs":
        low[0] = max(low[0], scene.base[0] + SHOULDER)
    return bool((box.low[:2] > low).all() and (box.high[:2] < high).all())


def in_reach(scene: Scene, box: Box) -> bool:
    """Whether the open hand could touch a box, with the tool centre point in the workspace; or
    whether there is a robot on legs that can walk anywhere."""
    if scene.hand == "legs":
        return True
    room = HandRoom(scene.robot, DOWN)
    hand = room.opened.box().union(room.palm.box())
    low, high = scene.workspace.lower, scene.workspace.upper
    return Box(np.array(low) + hand.low, np.array(high) + hand.high).overlaps(box, AIR)


def could_help(thing: Thing, scene: Scene) -> bool:
    """Whether something taken from within reach might do what the task needs a tool for.

    Held anywhere, it reaches no farther than its ``span`` beyond the workspace. To push or press
    the target it must come to its near side; where nothing on a joint could carry the target or
    is the target, only pulling helps: it must come to the far side and have a hook there.
    """
    if scene.hand == "legs":
        return False
    near, far = target_gap(scene)
    if any(e.joint is not None for e in scene.entities):
        return span(thing) > near
    return thing.name in HOOKS and span(thing) > far


def target_gap(scene: Scene) -> tuple[float, float]:
    """From the workspace to the near and to the far side of the first target, m."""
    name = targets(scene)[0]
    at = [e.name for e in scene.entities].index(name)
    low, high = (corners[at] for corners in world_boxes(scene))
    start, end = np.array(scene.workspace.lower), np.array(scene.workspace.upper)
    near: npt.NDArray[np.float64] = np.maximum(low - end, start - high)[:2]
    far: npt.NDArray[np.float64] = np.maximum(high - end, start - low)[:2]
    axis = int(np.argmax(near))
    return float(near[axis]), float(far[axis])
