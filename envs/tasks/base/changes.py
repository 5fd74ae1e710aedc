"""What families do to scenes, and measure of them: things put elsewhere, tools weakened."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.scene.links import Break, Link
from habilis.assets.scene.solids.parts import Vec3
from habilis.assets.scene.things import Scene, Thing
from habilis.envs.tasks.base.family import SkillCall, call

PLACES, FINE = 4, 6  # decimals of a place where things are put, and of lengths of their own, m
GAP = 0.005  # m, between the two parts of a strip that is cut
HOLD = 0.04  # s that a load must last to break a tool
HOLLOW = 1 / 6  # of the mass of a solid thing


def put(scene: Scene, name: str, x: float, y: float) -> Scene:
    """The thing of that name stands at (x, y), m, as high as it stood."""
    return scene.replace_entities([at(scene.entity(name), x, y)])


def shift(scene: Scene, names: tuple[str, ...], by: tuple[float, float]) -> Scene:
    """Things stand further by (x, y), m."""
    things = [scene.entity(name) for name in names]
    return scene.replace_entities([at(e, e.pos[0] + by[0], e.pos[1] + by[1]) for e in things])


def shorten(scene: Scene, name: str, share: float) -> Scene:
    """A thing has only a share of its length along its x, its frames and parts with it."""
    thing, by = scene.entity(name), np.array([share, 1.0, 1.0])
    parts = [
        dataclasses.replace(p, size=(round(share * long, FINE), *rest), pos=_vec(by * p.pos))
        for p in thing.parts
        for long, *rest in [p.size]
    ]
    frames = {k: _vec(by * frame) for k, frame in thing.frames.items()}
    return scene.replace_entities([dataclasses.replace(thing, parts=tuple(parts), frames=frames)])


def _vec(v: npt.ArrayLike) -> Vec3:
    x, y, z = (round(float(c), FINE) for c in np.asarray(v))
    return x, y, z


def cut_strip(scene: Scene, name: str, end: float) -> Scene:
    """A strip that slides is cut through: its near part, with the tab, slides without the far end.

    Args:
      scene: with the strip, which has the parts sheet and tab.
      name: of the strip.
      end: how long the far end is, which stays where it is, m.
    """
    strip = scene.entity(name)
    sheet, tab = strip.part("sheet"), strip.part("tab")
    long = sheet.size[0]
    near, far = (
        dataclasses.replace(sheet, size=(part, *sheet.size[1:]), pos=(x, *sheet.pos[1:]))
        for part, x in (
            (long - GAP - end, round(-(GAP + end) / 2, FINE)),
            (end, round((long - end) / 2, FINE)),
        )
    )
    slides = Link("near", (near, tab), joint=strip.joint)
    cut = dataclasses.replace(strip, parts=(far,), links=(slides,), joint=None, fixed=True)
    return scene.replace_entities([cut])


def weaken(scene: Scene, name: str, *parts: str, load: float, hold: float = HOLD) -> Scene:
    """Parts of a thing come off when more than ``load``, N, is on them for ``hold``, s."""
    weak = dataclasses.replace(scene.entity(name), breaks=Break(parts, load, hold))
    return scene.replace_entities([weak])


def hollow(scene: Scene, name: str) -> Scene:
    """A thing has a sixth of its mass, to 10 mg."""
    thing = scene.entity(name)
    return scene.replace_entities([dataclasses.replace(thing, mass=round(HOLLOW * thing.mass, 5))])


def refit(scene: Scene, name: str, **params: float) -> Scene:
    """A hand tool is made anew with other parameters of its family, where it was.

    Args:
      scene: with the tool.
      name: of the tool.
      **params: that change, see its family; m, kg, rad, N.

    Raises:
      ValueError: a parameter is outside its range.
    """
    from habilis.assets.tools.build import tool_thing
    from habilis.assets.tools.registry import make_tool

    old = scene.entity(name)
    assert old.hand_tool is not None, f"{name} is no hand tool"
    values: dict[str, Any] = {**old.hand_tool.params, **params}
    made = tool_thing(make_tool(old.hand_tool.kind, **values), name)
    changed = {k: getattr(made, k) for k in ("parts", "links", "frames", "hand_tool")}
    return scene.replace_entities([dataclasses.replace(old, **changed)])


def demagnetise(scene: Scene) -> Scene:
    """The scene's tool, and all that joins with it, has lost its magnets."""
    return scene.replace_entities(
        [dataclasses.replace(e, magnetic=()) for e in scene.tool_entities()]
    )


def at(entity: Thing, x: float | None = None, y: float | None = None) -> Thing:
    """An entity at another x or y, m, to 0.1 mm."""
    old_x, old_y, z = entity.pos
    new_x = old_x if x is None else round(float(x), PLACES)
    new_y = old_y if y is None else round(float(y), PLACES)
    return dataclasses.replace(entity, pos=(new_x, new_y, z))


def beyond(scene: Scene, x: float) -> bool:
    """Whether a place lies farther than the workspace reaches, x in m."""
    return x > scene.workspace.upper[0]


def behind(scene: Scene, name: str, by: float) -> tuple[float, float]:
    """From a thing to the place ``by`` behind it as seen from the robot's base, x and y, m."""
    away = np.array(scene.entity(name).pos[:2]) - np.array(scene.base[:2])
    x, y = by * away / np.linalg.norm(away)
    return float(x), float(y)


def bottom(scene: Scene, name: str) -> float:
    """How high above the table a thing begins, m."""
    thing = scene.entity(name)
    return float(thing.pos[2] + thing.bounds()[0][2])


def pull_in(scene: Scene, name: str, spare: float) -> list[SkillCall]:
    """Take a thing where it lies, and pull its grip to ``spare`` (m) from the workspace's end."""
    thing = scene.entity(name)
    way = float(thing.pos[0] + thing.grip()[0] - scene.workspace.lower[0]) - spare
    return [call("grasp", name, raise_by=0.0), call("pull", name, direction="-x", distance=way)]


def near_edge(thing: Thing, part: str) -> float:
    """Where a part of a thing begins in y, from the thing's origin, m."""
    return float(thing.part(part).bounds()[0][1])


def anchored(given: Scene, scene: Scene, name: str, part: str) -> Thing:
    """A thing of another size whose grip stays where it was in x, and a part's near edge in y."""
    old, new = given.entity(name), scene.entity(name)
    x, y = old.grip()[0] - new.grip()[0], near_edge(old, part) - near_edge(new, part)
    return at(new, old.pos[0] + x, old.pos[1] + y)


def tool_names(scene: Scene) -> tuple[str, ...]:
    """Names of the things that are made as tools."""
    return tuple(e.name for e in scene.entities if e.tool)


def press(scene: Scene, name: str, beyond: float, **args: Any) -> SkillCall:
    """Push a thing along x to the end of its joint, and ``beyond`` (m) further."""
    joint = scene.entity(name).joint
    assert joint is not None, f"{name} has no joint"
    way = joint.range[1] + beyond
    return call("sweep", name, direction="+x", distance=way, **args, leave=False)


def face_beyond(given: Scene, scene: Scene, names: tuple[str, str], by: float) -> list[Thing]:
    """A thing whose near face stands ``by`` beyond the workspace, and below it what carries it.

    They stray together, and in y only.

    Args:
      given: the published scene; where the thing is within reach there, its face stays in place.
      scene: the same with other sizes.
      names: of the thing and of what carries it.
      by: m.
    """
    old, (thing, carrier) = given.entity(names[0]), (scene.entity(name) for name in names)
    face = old.pos[0] + float(old.bounds()[0][0])
    if beyond(given, face):
        face = scene.workspace.upper[0] + by
    x = face - float(thing.bounds()[0][0])
    under = x + float(thing.size()[0] / old.size()[0]) * (carrier.pos[0] - old.pos[0])
    placed = [at(thing, x=x), at(carrier, x=under)]
    return [dataclasses.replace(e, strays=(0.0, 1.0)) for e in placed]
