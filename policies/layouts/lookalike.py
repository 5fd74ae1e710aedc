"""Look-alikes: a second tool on the table, as unfit as that of the twin with the broken tool.

Both may stand at either place: the sound one solves the task from both, the other one from neither.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.world.varying.layout import world_boxes
from habilis.policies.layouts.clutter import Passages, box_of, in_reach
from habilis.policies.skills.geometry.solids import Box

TRIES = 200  # places looked at until nothing is in the way
PLACES = 6  # of these tried in physics

Tried = Callable[[Scene], None]
"""Carries out the solution in a scene; raises RuntimeError where that is not what it should do."""


def worn(family: ToolTask, scene: Scene) -> Thing:
    """The tool of a scene as the twin with the broken tool has it, under a name of its own.

    Raises:
      ValueError: that twin differs in more than one thing, or its tool does not stand alone: it
        stands in something, or holds something, without which it cannot be put elsewhere; or the
        family says that there is none.
    """
    assert scene.tool is not None
    name = scene.tool.name
    changed = [e for e in family.broken(scene).entities if e not in scene.entities]
    alone = family.lookalike and _alone(scene, name)
    if [e.name for e in changed] != [name] or not alone:
        raise ValueError(f"{family.name} has no tool that another one could be mistaken for")
    return dataclasses.replace(changed[0], name=_free(scene, name))


def mistakable(family: ToolTask, generation: str) -> bool:
    """Whether another tool could be mistaken for that of a published scene, see ``worn``."""
    try:
        worn(family, family.scene(generation=generation))
    except ValueError:
        return False
    return True


def add_lookalike(
    scene: Scene, family: ToolTask, passages: Passages, works: Tried, fails: Tried,
    rng: np.random.Generator,
) -> Scene:  # fmt: skip
    """The scene with a look-alike of its tool, which of the two stands where being drawn.

    Args:
      scene: of the twin that needs the tool, or that does not.
      family: of the task.
      passages: of the solution, see ``clutter.scatter``; gets the place of the look-alike.
      works: raises unless the solution works.
      fails: raises unless it fails.
      rng: of place and order.

    Raises:
      RuntimeError: no place found from which it is the same task.
      ValueError: see ``worn``.
    """
    other = worn(family, scene)
    reason = ""
    for _ in range(PLACES):
        placed = _placed(scene, other, passages, rng)
        both = dataclasses.replace(scene, entities=(*scene.entities, placed))
        try:
            swapped = _proven(both, placed, works, fails)
        except RuntimeError as refused:
            reason = str(refused)
        else:
            passages.mark(box_of(scene, placed))
            return both if rng.random() < 0.5 else swapped
    raise RuntimeError(f"with a {other.name} too, {reason}")


def _proven(both: Scene, other: Thing, works: Tried, fails: Tried) -> Scene:
    """The scene with the two in each other's places; RuntimeError unless all is as it should be."""
    assert both.tool is not None
    sound = both.entity(both.tool.name)
    swapped = both.replace_entities([_at(sound, other), _at(other, sound)])
    for scene in (swapped, both):
        works(scene)
        if both.tool.use == "required":
            fails(_renamed(scene, {sound.name: other.name, other.name: sound.name}))
    return swapped


def _alone(scene: Scene, name: str) -> bool:
    """Whether nothing else is within the box round a thing."""
    corners = zip(*world_boxes(scene), strict=True)
    boxes = {e.name: Box(*box) for e, box in zip(scene.entities, corners, strict=True)}
    return not any(boxes[name].overlaps(box) for other, box in boxes.items() if other != name)


def _placed(scene: Scene, thing: Thing, passages: Passages, rng: np.random.Generator) -> Thing:
    low, high = scene.workspace.lower, scene.workspace.upper
    for _ in range(TRIES):
        x, y = (round(float(rng.uniform(low[k], high[k])), 4) for k in (0, 1))
        moved = dataclasses.replace(thing, pos=(x, y, thing.pos[2]))
        box = box_of(scene, moved)
        if in_reach(scene, box) and passages.free(box):
            return moved
    raise RuntimeError(f"no room for a second {thing.name} in {TRIES} tries")


def _at(thing: Thing, place: Thing) -> Thing:
    return dataclasses.replace(thing, pos=(*place.pos[:2], thing.pos[2]), yaw=place.yaw)


def _renamed(scene: Scene, names: Mapping[str, str]) -> Scene:
    things = (dataclasses.replace(e, name=names.get(e.name, e.name)) for e in scene.entities)
    return dataclasses.replace(scene, entities=tuple(things))


def _free(scene: Scene, name: str) -> str:
    taken = {e.name for e in scene.entities}
    return next(f"{name}{k}" for k in range(2, 100) if f"{name}{k}" not in taken)
