"""Whether what is in a scene stands where it was put, before anything moves it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import mujoco
import numpy as np

from habilis.assets.scene.model.compile import compile_scene
from habilis.assets.scene.model.preset import TABLE
from habilis.assets.scene.things import Scene
from habilis.envs.robot.robot import published
from habilis.envs.robot.simulated import simulated
from habilis.envs.terms.predicates import evaluate
from habilis.envs.world.judging.monitor import FALLEN
from habilis.envs.world.world import World

FAR = 10.0  # m from the origin, where positions are hardly metres
DEEP = 0.003  # m by which two may overlap at the start
STIRS = 0.03  # m by which something may move while all comes to rest
RESTS = 1.0  # s for that
LATE, CREEPS = 0.2, 0.0005  # s at the end of it in which nothing goes farther than that, m
_ROBOT = "the robot"


class UnsteadyScene(ValueError):
    """Raised for a scene in which things do not stay where the scene puts them."""


@dataclasses.dataclass(frozen=True)
class Overlap:
    """Two that are in one another at the start, and by how much, m."""

    first: str
    second: str
    depth: float


class LeftAlone:
    """What becomes of a scene, as it is given, in ``RESTS`` s in which nobody touches it.

    Args:
      scene: nothing of it farther than ``FAR`` away.

    Attributes:
      world: as it is then; start (B, 3): where bodies were at the start, m.
      path, late: (B,) how far they are from there, and how far they went in the last ``LATE`` s, m.
      overlaps: what was in one another at the start.
      reached: whether the goal held at the start and as long as it must, and whether it does then.
    """

    def __init__(self, scene: Scene) -> None:
        robot = simulated(World(compile_scene(scene)))
        robot.reset(published(scene, 1))
        self.world = world = robot.world
        self.overlaps = _overlaps(world)
        before, self.start = world.travel.here(), world.pos[0].copy()
        at_once, needed = bool(evaluate(scene.goal, world)[0]), min(scene.hold, RESTS - LATE)
        robot.hold(needed)
        at_once = at_once and bool(evaluate(scene.goal, world)[0])
        robot.hold(RESTS - LATE - needed)
        almost = world.travel.here()
        robot.hold(LATE)
        self.path, self.late = world.travel.since(before)[0], world.travel.since(almost)[0]
        self.reached = at_once, bool(evaluate(scene.goal, world)[0])

    def troubles(self) -> tuple[str, ...]:
        """What keeps it from standing still, a sentence each; none if it does."""
        named = {o.first for o in self.overlaps} | {o.second for o in self.overlaps}
        overlaps = (_said(self.world.scene, o) for o in self.overlaps)
        return (*overlaps, *_moved(self, named))

    def done_for(self) -> tuple[str, ...]:
        """That the goal holds with nothing done, as a sentence; none if it does not."""
        when = "at once" if self.reached[0] else "by itself"
        return (f"the goal holds {when}: {self.world.scene.goal}",) if any(self.reached) else ()


def check_standing(scene: Scene, source: str = "") -> None:
    """Refuse a scene that moves by itself, or whose goal does not wait for anybody.

    Args:
      scene: to be looked at, as it is given.
      source: what the message begins with, e.g. its file.

    Raises:
      UnsteadyScene: something is far away, off the table, in something else or in the robot,
        floats, or does not stand still, or the goal holds; the message has the numbers.
    """
    if found := troubles(scene):
        raise UnsteadyScene(f"{source or scene.name}: {'; '.join(found)}")


def troubles(scene: Scene) -> tuple[str, ...]:
    """What keeps a scene from standing still and from being a task, a sentence each."""
    if far := far_away(scene):
        return far
    alone = LeftAlone(scene)
    return (*alone.troubles(), *alone.done_for())


def stirred(world: World, by: float) -> tuple[str, float] | None:
    """What is farthest from where it was at reset, and by how much, if that is more than ``by``, m.

    Of the first simulation. Grains do not count: they settle as they are poured.
    """
    heaps = {e.name for e in world.scene.entities if e.grains is not None}
    path = np.linalg.norm(world.pos[0] - world.start_pos[0], axis=1)
    path[[name in heaps for name in world.bodies]] = 0.0
    worst = int(path.argmax())
    return (world.bodies[worst], float(path[worst])) if path[worst] > by else None


def far_away(scene: Scene) -> tuple[str, ...]:
    """What is so far away that its position is hardly in metres, a sentence each."""
    places = {e.name: ", ".join(f"{x:g}" for x in e.pos) for e in scene.entities}
    far = [e.name for e in scene.entities if np.abs(e.pos).max() > FAR]
    return tuple(f"{name} is at ({places[name]}) m: are these millimetres?" for name in far)


def _overlaps(world: World) -> list[Overlap]:
    model, data = world.model, mujoco.MjData(world.model)
    data.qpos[:] = world.sim.bind("qpos")[0]
    mujoco.mj_forward(model, data)
    worst: dict[tuple[str, str], float] = {}
    grains = {e.name for e in world.scene.entities if e.grains is not None}
    for contact in data.contact:
        first, second = sorted(_owner(world, int(g)) for g in contact.geom)
        if {first, second} & grains:  # heaped as they are poured: they settle
            continue
        if first != second and -contact.dist > max(DEEP, worst.get((first, second), 0.0)):
            worst[first, second] = -float(contact.dist)
    return [Overlap(*pair, depth) for pair, depth in worst.items()]


def _owner(world: World, geom: int) -> str:
    """The thing, or the table, or the robot, that a geom belongs to."""
    model = world.model
    body = model.body(model.geom_bodyid[geom]).name
    thing = body.partition("/")[0].partition(".")[0]
    if any(entity.name == thing for entity in world.scene.entities):
        return thing
    return TABLE if TABLE in (body, model.geom(geom).name) else _ROBOT


def _said(scene: Scene, found: Overlap) -> str:
    mm = f"{found.depth * 1e3:.0f} mm"
    if TABLE not in (found.first, found.second):
        return f"{found.first} and {found.second} overlap by {mm}"
    name = found.second if found.first == TABLE else found.first
    if name == _ROBOT:
        return f"the robot is {mm} deep in the table"
    z = scene.entity(name).pos[2]
    return f"{name} is {mm} deep in the table: did you mean z = {z + found.depth:.3g}?"


def _moved(alone: LeftAlone, named: set[str]) -> Iterator[str]:
    """What moved, but for what is known to overlap."""
    world, scene = alone.world, alone.world.scene
    for i, body in enumerate(world.bodies):
        thing = body.partition("/")[0]
        creeps = alone.late[i] > CREEPS and scene.entity(thing).grains is None  # grains settle
        if not (alone.path[i] >= STIRS or creeps) or thing in named or not scene.moves(body):
            continue
        named.add(thing)
        yield _why(alone, i)


def _falls(world: World, i: int, most: float) -> float | None:
    """How far straight down a body is from what stops it, m, as it stood at first; to a millimetre.

    Where it ends up, ``most`` m farther down, says less: it may have tipped over as it landed.
    """
    model, data = world.model, mujoco.MjData(world.model)
    name = world.bodies[i]
    if name not in {model.joint(k).name for k in range(model.njnt)}:
        return None
    first = model.joint(name).qposadr[0]
    data.qpos[:] = world.sim.bind("qpos")[0]
    data.qpos[first : first + 7] = *world.start_pos[0, i], *world.start_quat[0, i]
    for drop in np.arange(0.0, most, 1e-3):
        data.qpos[first + 2] = world.start_pos[0, i, 2] - drop
        mujoco.mj_fwdPosition(model, data)
        met = ({_owner(world, int(g)) for g in c.geom} for c in data.contact)
        if any(name in pair and _ROBOT not in pair for pair in met):
            return max(0.0, float(drop) - 1e-3)
    return None


def _why(alone: LeftAlone, i: int) -> str:
    scene, body, path = alone.world.scene, alone.world.bodies[i], float(alone.path[i])
    start, end = alone.start[i], alone.world.pos[0, i]
    x, y = start[:2]
    low, high = np.array(scene.table)
    walks = scene.hand == "legs"  # on a floor without end
    if (
        not walks
        and body in (e.name for e in scene.entities)
        and ((start[:2] < low) | (start[:2] > high)).any()
    ):
        span = " and ".join(
            f"{a} {lo:g} to {hi:g}" for a, lo, hi in zip("xy", low, high, strict=True)
        )
        return f"{body} at ({x:.3g}, {y:.3g}) is off the table, which is {span}"
    drop = float(start[2] - end[2])
    if end[2] < FALLEN:
        why = (
            ", which what is sunk does not touch"
            if scene.entity(body.partition("/")[0]).sunk
            else ""
        )
        return f"{body} falls below the table{why}, to z = {end[2]:.3g}"
    if path < STIRS:
        speed = float(alone.late[i]) / LATE
        return f"{body} does not come to rest: after {RESTS:g} s it moves at {speed:.2g} m/s"
    if drop > STIRS and scene.body(body).joint is None and np.hypot(*(end - start)[:2]) < drop / 2:
        drop = _falls(alone.world, i, drop) or drop
        z = start[2] - drop
        return f"{body} floats: it falls {drop:.3f} m; did you mean z = {z:.3g}?"
    return f"{body} does not stand still: it moves {path:.3f} m in {RESTS:g} s"
