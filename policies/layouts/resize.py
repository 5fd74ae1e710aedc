"""Other sizes, poses, masses and friction for the built-in tasks, without what makes them a task
getting lost.

| entity | drawn | why not more |
|---|---|---|
| hammer, milk | x, y, z | |
| toys | x and y together, z | round |
| lock | x and y together, z | |
| cubes | one factor for all | their magnetic faces must meet |
| button, plinth | x, y of both together | the button lies 1 mm above the plinth; its travel stays |
| stick, can | x, y and z together | a round can; a square stick |
| paper strip | x, y | 0.5 mm proud of the table, as it must be |

Where the reach of a tool changes, what it is to reach moves along: the milk by the change of the
hammer's reach, with its far side; the button's face stays one and a half cubes beyond the
workspace. The can stays 5 mm from the strip, and the strip's tab and near edge stay in place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from habilis.assets.scene.scaling import scaled
from habilis.assets.scene.things import Entity, Scene
from habilis.envs.world.layout import Layout, Variation, sample
from habilis.envs.world.monitor import targets

Array = npt.NDArray[np.float64]

AXES: Mapping[str, tuple[str, ...]] = {
    "hammer": ("x", "y", "z"),
    "milk": ("x", "y", "z"),
    "cube": ("xyz",),
    "button": ("x", "y"),
    "plinth": (),
    "stick": ("x", "yz"),
    "can": ("x", "yz"),
    "paper_strip": ("x", "y"),
}
"""Axes that are stretched together, by the end of an entity's name without digits."""
ANY: tuple[str, ...] = ("xy", "z")
"""The same of all others."""
CUBES_BEYOND = 1.5  # cubes between the workspace and the button's face
PLACES = 4  # decimals of what is drawn


def resize(scene: Scene, amount: float, rng: np.random.Generator) -> Scene:
    """A built-in scene with other sizes, arranged so that it is the same task.

    Args:
      scene: of a built-in task.
      amount: largest relative change.
      rng: of the sizes.
    """
    factors: dict[str, Array] = {}
    for entity in scene.entities:
        kind = entity.name.rstrip("0123456789").rsplit("magnetic_", 1)[-1]
        if kind != "cube" or kind not in factors:
            factors[kind] = _factors(AXES.get(kind, ANY), amount, rng)
        factors[entity.name] = factors[kind]
    if "plinth" in factors:
        factors["plinth"] = factors["button"]
    out = scene.replace_entities([scaled(e, factors[e.name]) for e in scene.entities])
    return _arrange(scene, out)


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


def _baked(entity: Entity, layout: Layout, i: int) -> Entity:
    x, y = np.array(entity.pos[:2]) + layout.shift[0, i]
    return dataclasses.replace(
        entity,
        pos=(round(float(x), PLACES), round(float(y), PLACES), entity.pos[2]),
        yaw=round(entity.yaw + float(layout.turn[0, i]), PLACES),
        mass=round(entity.mass * float(layout.mass[0, i]), PLACES),
        friction=round(entity.friction * float(layout.friction[0, i]), 3),
    )


def _arrange(given: Scene, scene: Scene) -> Scene:
    """Puts things where the task, as drawn, is as hard as it was."""
    kinds: Mapping[str, Callable[[Scene, Scene], list[Entity]]] = {
        "milk": _milk, "button": _button, "can": _can,
    }  # fmt: skip
    return scene.replace_entities(kinds[targets(given)[0]](given, scene))


def _milk(given: Scene, scene: Scene) -> list[Entity]:
    milk = scene.entity("milk")
    if not _beyond(given, given.entity("milk").pos[0]):
        return []
    longer = _hook(scene) - _hook(given)
    wider = (milk.size() - given.entity("milk").size())[0] / 2
    return [_at(milk, x=milk.pos[0] + longer - wider)]


def _hook(scene: Scene) -> float:
    hammer = scene.entity("hammer")
    return float(hammer.part("head").bounds()[0][0] - hammer.grip()[0])


def _button(given: Scene, scene: Scene) -> list[Entity]:
    """The face first; the plinth below it. Both may stray in y, together."""
    old, button, plinth = given.entity("button"), scene.entity("button"), scene.entity("plinth")
    face = old.pos[0] + float(old.bounds()[0][0])
    if _beyond(given, face):
        cube = next(e for e in scene.entities if e.tool)
        face = scene.workspace.upper[0] + CUBES_BEYOND * float(cube.size()[0])
    deeper = float(button.size()[0] / old.size()[0])
    x = face - float(button.bounds()[0][0])
    under = x + deeper * (plinth.pos[0] - old.pos[0])
    placed = [_at(button, x=x), _at(plinth, x=under)]
    return [dataclasses.replace(e, strays=(0.0, 1.0)) for e in placed]


def _can(given: Scene, scene: Scene) -> list[Entity]:
    old, strip, can = given.entity("paper_strip"), scene.entity("paper_strip"), scene.entity("can")
    edge = old.pos[1] + float(old.part("sheet").bounds()[0][1])
    tab = old.pos[0] + float(old.grip()[0])
    moved = [_at(
        strip, x=tab - float(strip.grip()[0]), y=edge - float(strip.part("sheet").bounds()[0][1])
    )]  # fmt: skip
    if _beyond(given, can.pos[0]):
        wider = (can.size() - given.entity("can").size())[1] / 2
        moved.append(_at(can, y=can.pos[1] - wider))
    return moved


def _beyond(scene: Scene, x: float) -> bool:
    return x > scene.workspace.upper[0]


def _at(entity: Entity, x: float | None = None, y: float | None = None) -> Entity:
    old_x, old_y, z = entity.pos
    new = (
        old_x if x is None else round(float(x), PLACES),
        old_y if y is None else round(float(y), PLACES),
        z,
    )
    return dataclasses.replace(entity, pos=new)
