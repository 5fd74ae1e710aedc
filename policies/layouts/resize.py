"""Other sizes, poses, masses and friction for the scenes of tasks, without what makes them a task
getting lost: what is stretched, and what must move along, is said by the task's family."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.changes import FINE, PLACES
from habilis.envs.tasks.base.tool_task import ToolTask
from habilis.envs.world.varying.layout import Layout, Variation, sample

ANY: tuple[str, ...] = ("xy", "z")
"""Axes stretched together of things of which their family says nothing."""


def resize(family: ToolTask, scene: Scene, amount: float, rng: np.random.Generator) -> Scene:
    """A scene of a task with other sizes, arranged so that it is the same task.

    Things whose names differ in digits only are stretched alike. Hand tools keep the size that
    hands have learned to hold, and so do their stands.

    Args:
      family: of the task.
      scene: as published.
      amount: largest relative change.
      rng: of the sizes.
    """
    factors: dict[str, Array] = {}
    kinds = {e.name: e.name.rstrip("0123456789") for e in scene.entities}
    for kind in dict.fromkeys(kinds.values()):
        axes = family.sizes.get(kind, ANY)
        if not isinstance(axes, str):
            factors[kind] = _factors(axes, amount, rng)
    same = {kind: as_ for kind, as_ in family.sizes.items() if isinstance(as_, str)}
    out = scene.replace_entities(
        [
            scaled(e, factors[same.get(kinds[e.name], kinds[e.name])])
            for e in scene.entities
            if e.hand_tool is None and e.surface != "stand" and e.grains is None
        ]
    )
    return out.replace_entities(family.arranged(scene, out))


def _factors(groups: tuple[str, ...], amount: float, rng: np.random.Generator) -> Array:
    out = np.ones(3)
    for group in groups:
        out[["xyz".index(axis) for axis in group]] = 1 + amount * rng.uniform(-1, 1)
    return out


def bake(scene: Scene, variation: Variation, rng: np.random.Generator) -> Scene:
    """The scene as one layout drawn by ``envs.layout``: poses, friction and masses are its own."""
    layout = sample(scene, variation, rng, 1)
    entities = (_baked(e, layout, i) for i, e in enumerate(scene.entities))
    return dataclasses.replace(scene, entities=tuple(entities))


def _baked(entity: Thing, layout: Layout, i: int) -> Thing:
    shift = layout.shift[0, i].round(PLACES)  # what does not stray stays where it was
    x, y = (round(float(v), FINE) for v in np.array(entity.pos[:2]) + shift)
    return dataclasses.replace(
        entity,
        pos=(x, y, entity.pos[2]),
        yaw=entity.yaw + round(float(layout.turn[0, i]), PLACES),
        mass=_times(entity.mass, layout.mass[0, i], PLACES),
        friction=_times(entity.friction, layout.friction[0, i], 3),
    )


def _times(value: float, factor: float, places: int) -> float:
    """Rounded, but for what is not changed."""
    return value if factor == 1 else round(value * float(factor), places)
