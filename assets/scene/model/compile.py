"""From a scene to a MuJoCo model: the robot, the things, and sensors for who touches whom."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import make_robot
from habilis.assets.robots.spec import RobotSpec
from habilis.assets.scene.links import Joint, Tie
from habilis.assets.scene.model.bodies import Loose, add_thing
from habilis.assets.scene.model.heaps import add_grains, grain_names
from habilis.assets.scene.model.held import Held, bits_of, held_of, hold
from habilis.assets.scene.model.index import Index
from habilis.assets.scene.model.pairs import (
    ROBOT,
    add_pair_sensors,
    blades,
    grain_touches,
    read_pairs,
)
from habilis.assets.scene.model.preset import TABLE, add_ground, add_room
from habilis.assets.scene.things import NO_TABLE, Scene

_SNAP_SOLREF = (0.02, 1.0)  # faces 2 cm apart meet at 0.3 m/s
_SNAP_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)
_TIE_SOLREF = (0.006, 1.0)


@dataclasses.dataclass(frozen=True)
class Body:
    """A body whose pose is followed.

    Attributes:
      name: of a thing, a ``thing/link`` or a loose part.
      thing: index of the thing it belongs to.
      parent: index of the followed body it hangs on; -1 for the world.
      joint: to the parent; None where it is fixed or free.
      free: whether it moves in all six directions.
      grains: names of the bodies of grains, whose mean position is followed; empty for others.
    """

    name: str
    thing: int
    parent: int = -1
    joint: Joint | None = None
    free: bool = False
    grains: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the model's bodies that it stands for."""
        return self.grains or (self.name,)


@dataclasses.dataclass(frozen=True)
class Magnet:
    """Two bodies whose magnetic faces may snap together.

    Attributes:
      first: one of them, a thing or a ``thing/link``.
      second: the other.
      weld: name of the equality, not active at first.
    """

    first: str
    second: str
    weld: str


@dataclasses.dataclass(frozen=True, eq=False)
class Bond:
    """A tie between two bodies, and what it can be severed by.

    Attributes:
      thing: that has the tie.
      tie: that it has.
      bodies: names of both, things or ``thing/link``.
      ends: (2, 3) where they meet, in the frames of both, m.
      joint: name of the equality, active at first.
      tools: names of the hand tools of the scene that have blades.
    """

    thing: str
    tie: Tie
    bodies: tuple[str, str]
    ends: Array
    joint: str
    tools: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Compiled:
    """A compiled scene and the names the world needs to index it.

    Attributes:
      scene: what it was compiled from.
      model: the MuJoCo model.
      index: its names to columns.
      robot: the robot's constants.
      tree: the tracked bodies: each thing in order, then links, then loose parts.
      pairs: (first, second) of each contact sensor, in order; names are those of ``bodies``,
        ``robot``, the two fingers, ``table``.
      touches: pairs of a thing and grains, of which no sensor tells but where they are.
      loose: parts that may come off.
      magnets: pairs that may snap together.
      held: the tool in the robot's hand, if there is one.
      bonds: ties that may be severed.
    """

    scene: Scene
    model: mujoco.MjModel
    index: Index
    robot: RobotSpec
    tree: tuple[Body, ...]
    pairs: tuple[tuple[str, str], ...]
    touches: tuple[tuple[str, str], ...]
    loose: tuple[Loose, ...]
    magnets: tuple[Magnet, ...] = ()
    held: Held | None = None
    bonds: tuple[Bond, ...] = ()

    @property
    def in_hand(self) -> Held:
        """What the robot holds; ValueError where that is no tool."""
        if self.held is None:
            raise ValueError(f"in scene {self.scene.name!r} the robot holds no tool")
        return self.held

    @property
    def bodies(self) -> tuple[str, ...]:
        """Names of the tracked bodies."""
        return tuple(body.name for body in self.tree)


Furnish = Callable[[mujoco.MjSpec, RobotSpec], None]
"""Adds what a scene does not say, such as cameras, to a model with all its bodies."""


def compile_scene(scene: Scene, furnish: Furnish | None = None) -> Compiled:
    """Compile a scene; ValueError names an unknown robot or an object named like a robot part."""
    robot, spec = make_robot(scene.robot)
    taken = {ROBOT, TABLE, "world", "floor"} | {b.name for b in spec.bodies}
    for entity in scene.entities:
        if entity.name in taken:
            raise ValueError(f"an object cannot be called {entity.name!r}: that is a robot's part")
    base = spec.body(robot.base.body)
    base.pos = (base.pos + scene.base).tolist()
    if scene.hand == "legs":
        add_ground(spec, *_seen(scene))
    elif scene.table != NO_TABLE:
        add_room(spec, scene.table)
    _add_workspace(spec, scene)
    solid = [e for e in scene.entities if e.grains is None]
    loose = tuple(itertools.chain.from_iterable(
        add_thing(spec, e, bits_of(scene, e.name)) for e in solid
    ))  # fmt: skip
    for entity in scene.entities:
        if entity.grains is not None:
            add_grains(spec, scene, entity)
    hold(spec, scene)
    magnets, bonds = _add_magnets(spec, scene), _add_bonds(spec, scene)
    if furnish is not None:
        furnish(spec, robot)
    pairs = read_pairs(scene, robot, loose)
    add_pair_sensors(spec, scene, robot, pairs)
    model, tree = spec.compile(), _tree(scene, loose)
    index, touches = Index(model), grain_touches(scene, loose)
    held = held_of(scene, robot, index)
    return Compiled(scene, model, index, robot, tree, pairs, touches, loose, magnets, held, bonds)


def _seen(scene: Scene) -> tuple[tuple[float, float], tuple[float, float]]:
    """Corners (x, y) of the box around the robot's start and all things, and some room, m."""
    ends = [np.array(scene.base) - 0.4, np.array(scene.base) + 0.4]
    for thing in scene.entities:
        middle, reach = np.array(thing.pos), np.abs(thing.turn()) @ np.abs(thing.bounds()).max(0)
        ends += [middle - reach, middle + reach]
    (x0, y0, _), (x1, y1, _) = np.min(ends, axis=0), np.max(ends, axis=0)
    return (float(x0), float(y0)), (float(x1), float(y1))


def _tree(scene: Scene, loose: tuple[Loose, ...]) -> tuple[Body, ...]:
    out = []
    for i, e in enumerate(scene.entities):
        grains = tuple(grain_names(e)) if e.grains is not None else ()
        out.append(Body(e.name, i, -1, e.joint, e.movable and not grains, grains))
    at = {body.name: i for i, body in enumerate(out)}
    for i, entity in enumerate(scene.entities):
        for link in entity.links:
            parent = f"{entity.name}/{link.parent}" if link.parent else entity.name
            at[f"{entity.name}/{link.name}"] = len(out)
            out.append(Body(f"{entity.name}/{link.name}", i, at[parent], link.joint))
    out += [Body(p.body, out[at[p.owner]].thing, free=True) for p in loose]
    return tuple(out)


def _add_workspace(spec: mujoco.MjSpec, scene: Scene) -> None:
    low, high = np.array(scene.workspace.lower), np.array(scene.workspace.upper)
    spec.worldbody.add_site(
        name="workspace", type=mujoco.mjtGeom.mjGEOM_BOX, pos=(low + high) / 2,
        size=(high - low) / 2, rgba=[0.2, 0.6, 0.9, 0.08], group=4,
    )  # fmt: skip


def _add_magnets(spec: mujoco.MjSpec, scene: Scene) -> tuple[Magnet, ...]:
    bodies = itertools.chain.from_iterable(e.bodies() for e in scene.entities)
    magnetic = [name for name, body in bodies if body.magnetic]
    out = []
    for a, b in itertools.combinations(magnetic, 2):
        if not (scene.moves(a) or scene.moves(b)):
            continue
        magnet = Magnet(a, b, f"{a}+{b}.magnet")
        weld = spec.add_equality(
            name=magnet.weld, type=mujoco.mjtEq.mjEQ_WELD, objtype=mujoco.mjtObj.mjOBJ_BODY,
            name1=a, name2=b, active=False,
            solref=list(_SNAP_SOLREF), solimp=list(_SNAP_SOLIMP),
        )  # fmt: skip
        weld.data[:11] = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
        out.append(magnet)
    return tuple(out)


def _add_bonds(spec: mujoco.MjSpec, scene: Scene) -> tuple[Bond, ...]:
    """Between sites: anchors in frames of bodies would be found anew where a body is moved."""
    out = []
    for thing in scene.entities:
        if thing.tie is None:
            continue
        first = f"{thing.name}/{thing.tie.link}" if thing.tie.link else thing.name
        both, name = (first, thing.tie.to), f"{thing.name}.tie"
        place = scene.at_rest(first) @ (*thing.tie.at, 1.0)
        ends = np.array([(np.linalg.inv(scene.at_rest(body)) @ place)[:3] for body in both])
        for body, end in zip(both, ends, strict=True):
            spec.body(body).add_site(name=f"{name}:{body}", pos=end, size=[0.002] * 3, group=4)
        spec.add_equality(
            name=name, type=mujoco.mjtEq.mjEQ_CONNECT, objtype=mujoco.mjtObj.mjOBJ_SITE,
            name1=f"{name}:{both[0]}", name2=f"{name}:{both[1]}",
            solref=list(_TIE_SOLREF), solimp=list(_SNAP_SOLIMP),
        )  # fmt: skip
        spec.add_exclude(bodyname1=both[0], bodyname2=both[1])
        out.append(Bond(thing.name, thing.tie, both, ends, name, blades(scene)))
    return tuple(out)
