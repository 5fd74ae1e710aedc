"""Scenes whose objects are called otherwise, in goal and instruction too."""

from __future__ import annotations

import dataclasses
import re

import numpy as np

from habilis.assets.scene.goal import Goal, Not, Predicate
from habilis.assets.scene.things import Scene, Thing, Tool


def rename(scene: Scene, names: dict[str, str]) -> Scene:
    """The same scene with its entities called otherwise, in goal and instruction too.

    Args:
      scene: to rename.
      names: new name by old; those left out keep theirs.
    """
    for old in names:
        scene.entity(old)
    entities = tuple(_rename_entity(e, names) for e in scene.entities)
    tool = scene.tool and Tool(names.get(scene.tool.name, scene.tool.name), scene.tool.use)
    words = scene.instruction
    for old, new in names.items():
        words = re.sub(rf"\b{re.escape(old.replace('_', ' '))}\b", new, words, flags=re.I)
    return dataclasses.replace(
        scene, entities=entities, tool=tool, goal=_rename_goal(scene.goal, names), instruction=words
    )


def anonymous(scene: Scene, rng: np.random.Generator) -> tuple[Scene, dict[str, str]]:
    """The scene with objects called ``object_1`` and so on in random order, and new name by old."""
    order = rng.permutation(len(scene.entities)) + 1
    names = {e.name: f"object_{k}" for e, k in zip(scene.entities, order, strict=True)}
    return rename(scene, names), names


def _new_name(name: str, names: dict[str, str]) -> str:
    """Of a thing, or of a ``thing/link``, whose link keeps its name."""
    owner, slash, link = name.partition("/")
    return names.get(owner, owner) + slash + link


def _rename_entity(entity: Thing, names: dict[str, str]) -> Thing:
    """A part called like its object is renamed with it; grains stay in their container."""
    name, grains = names.get(entity.name, entity.name), entity.grains
    if grains is not None and grains.within:
        grains = dataclasses.replace(grains, within=_new_name(grains.within, names))

    def called(part: str) -> str:
        return name if part == entity.name else part

    parts = tuple(dataclasses.replace(p, name=called(p.name)) for p in entity.parts)
    breaks = entity.breaks and dataclasses.replace(
        entity.breaks, parts=tuple(map(called, entity.breaks.parts))
    )
    tie = entity.tie and dataclasses.replace(entity.tie, to=_new_name(entity.tie.to, names))
    return dataclasses.replace(
        entity, name=name, parts=parts, breaks=breaks, grains=grains, tie=tie, note=""
    )


def _rename_goal(goal: Goal, names: dict[str, str]) -> Goal:
    if isinstance(goal, Predicate):
        other = goal.other and _new_name(goal.other, names)
        return dataclasses.replace(goal, subject=_new_name(goal.subject, names), other=other)
    if isinstance(goal, Not):
        return Not(_rename_goal(goal.goal, names))
    return type(goal)(tuple(_rename_goal(g, names) for g in goal.goals))
