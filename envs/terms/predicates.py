"""The words of ``habilis.assets.scene.goal``, evaluated on the batched world; (N,) booleans."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Mask
from habilis.assets.scene.goal import All, Any, Goal, Not, Predicate
from habilis.assets.scene.solids.parts import Part, box_around, box_corners, rotation
from habilis.assets.scene.things import Thing
from habilis.envs.sim.arrays import length

if TYPE_CHECKING:
    from habilis.assets.scene.solids.container import Container
    from habilis.envs.world.world import World

APART = 0.01  # rad, of jaws that something keeps from shutting
GRAVITY = 9.81  # m/s^2
SUNK = 0.01  # m that the middle of a foot may be below the top of what it stands on
UPRIGHT = 0.8  # cosine of the tilt of a robot that stands


def evaluate(goal: Goal, world: World) -> Mask:
    """(N,) whether the goal holds now."""
    if isinstance(goal, All | Any):
        whole, open_still = isinstance(goal, All), np.ones(len(world.pos), bool)
        for part in goal.goals:  # till nothing can change
            open_still &= evaluate(part, world) == whole
            if not np.count_nonzero(open_still):
                break
        return open_still == whole
    if isinstance(goal, Not):
        return ~evaluate(goal.goal, world)
    return _WORDS[goal.word](world, goal)


def on(world: World, p: Predicate) -> Mask:
    """Subject touches the other, of which parts are right below parts of the subject, under its
    centre of mass or on all sides of that, as below a plank on two posts."""
    found, name = touching(world, p), p.subject
    if not np.count_nonzero(found):
        return found
    # Imported here, as families of tasks must be known without MuJoCo.
    from habilis.assets.scene.solids.support import Placed, balanced_on

    one, other = (
        Placed(world.scene.body(n).parts, world.pos[:, i], world.rotation(i))
        for n, i in ((n, world.index(n)) for n in (name, _other(p)))
    )
    low, high = box_around(one.parts)
    own = world.model.body(name).ipos if world.scene.moves(name) else (low + high) / 2
    return balanced_on(one, other, one.points(own[None])[:, 0], found)


def inside(world: World, p: Predicate) -> Mask:
    """Subject has walls of the other on most sides, half as deep as it could be in it, and a floor
    of it below; or walls of it all around and no roof, as in a ring."""
    return _container(world, _other(p)).takes_in(*_seen_from(world, p))


def lacking(world: World, p: Predicate) -> str:
    """What keeps ``on``, ``in`` or ``touching`` from holding in the first simulation, of two that
    are at one place, said of the subject."""
    if p.word == "in":
        one = (values[0] for values in _seen_from(world, p))
        return _container(world, _other(p)).lacking(*one)
    if not touching(world, p)[0]:
        return "does not touch it"
    return "is not borne by it from below"


def _seen_from(world: World, p: Predicate) -> tuple[Array, Array, Array, Array]:
    """The middle (N, 3) of a subject, its extent (N,) and (N,) along z, and the way (N, 3) that
    things fall, all in the frame of the other."""
    i, other = world.index(p.subject), _other(p)
    own = _corners(world.scene.body(p.subject).parts)
    corners = world.pos[:, i, None] + own @ world.rotation(i).transpose(0, 2, 1)
    local = _in_frame(world, corners, other)
    z = local[..., 2]
    return local.mean(axis=1), z.min(axis=1), z.max(axis=1), _falling(world, other)


def held(world: World, p: Predicate) -> Mask:
    """All fingers touch the subject, and it is between them: not under them, nor beside them."""
    return world.held(p.subject)


def touching(world: World, p: Predicate) -> Mask:
    """Subject and other are in contact."""
    return world.ledger.now[:, world.ledger.column(p.subject, _other(p))]


def near(world: World, p: Predicate) -> Mask:
    """Centres are nearer than the value (m) in the plane."""
    gap = _centre(world, p.subject)[:, :2] - _centre(world, _other(p))[:, :2]
    return length(gap) < _value(p)


def lifted(world: World, p: Predicate) -> Mask:
    """Subject has risen by the value (m) since reset, its lowest point by half of it at least."""
    return risen(world, p.subject) > _value(p)


def lowered(world: World, p: Predicate) -> Mask:
    """Subject has come down by the value (m) since reset."""
    return sunk(world, p.subject) > _value(p)


def sunk(world: World, name: str) -> Array:
    """(N,) how far the origin of a body has come down since reset, m."""
    i = world.index(name)
    down: Array = world.start_pos[:, i, 2] - world.pos[:, i, 2]
    return down


def risen(world: World, name: str) -> Array:
    """(N,) how far a body has come up since reset, m: what is only tipped has not.

    It is the way of its origin, but no more than twice that of a thing's lowest point.
    """
    i, thing = world.index(name), world.scene.body(name)
    up: Array = world.pos[:, i, 2] - world.start_pos[:, i, 2]
    if isinstance(thing, Thing) and thing.grains is None:
        corners = _corners(thing.parts)
        low = np.minimum.reduce((world.rotation(i) @ corners.T)[:, 2], axis=1)
        start = (rotation(thing.tilt) @ corners.T)[2].min()  # yaw does not matter to it
        up = np.minimum(up, 2 * (up + low - start))
    return up


def knock(world: World, thing: str) -> Array:
    """(N,) the hardest force since reset that the ledger has between a thing and any other, over
    the thing's weight: its shock, as packers say, in g."""
    weight = world.sim.expand("body_mass")[:, world.model.body(thing).id] * GRAVITY
    peak = world.ledger.peak[:, world.ledger.columns_of(thing)]
    out: Array = np.maximum.reduce(peak, axis=1) / weight
    return out


def moved(world: World, p: Predicate) -> Mask:
    """Subject's middle is the value (m) away from where it was at reset, in the plane."""
    return gone(world, p.subject) > _value(p)


def gone(world: World, name: str) -> Array:
    """(N,) how far the middle of a body is from where it was at reset, in the plane, m: what is
    turned about an origin at its end has moved, and what is turned about its middle has not."""
    from habilis.envs.world.poses import rotate

    i = world.index(name)
    way = world.pos[:, i] - world.start_pos[:, i]
    if isinstance(thing := world.scene.body(name), Thing) and thing.grains is not None:
        return length(way[:, :2])
    low, high = box_around(thing.parts)
    middle = np.broadcast_to((low + high) / 2, way.shape)
    turned = rotate(world.quat[:, i], middle) - rotate(world.start_quat[:, i], middle)
    return length((way + turned)[:, :2])


def joint(world: World, p: Predicate) -> Mask:
    """Subject's joint is beyond the value (m or rad); below it if the value is negative."""
    position, value = world.opening(p.subject), _value(p)
    return position < value if value < 0 else position > value


def clips(world: World, p: Predicate) -> Mask:
    """Subject, let go by the robot, touches the other, something between its jaws."""
    # Imported here, as families of tasks must be known without MuJoCo.
    from habilis.assets.scene.model.pairs import ROBOT
    from habilis.assets.tools.build import MOVING

    ledger = world.ledger
    free = ~ledger.now[:, ledger.column(ROBOT, p.subject)]
    return free & (world.opening(f"{p.subject}/{MOVING}") > APART) & touching(world, p)


def severed(world: World, p: Predicate) -> Mask:
    """What ties the subject to another thing has been severed."""
    return world.severing.severed[:, world.severing.column(p.subject)]


def count_in(world: World, p: Predicate) -> Mask:
    """At least the value of the subject's grains are inside the other."""
    return grains_inside(world, p).sum(axis=1) >= _value(p)


def share_in(world: World, p: Predicate) -> Mask:
    """At least the value, as a share of all, of the subject's grains are inside the other."""
    return grains_inside(world, p).mean(axis=1) >= _value(p)


def grains_inside(world: World, p: Predicate) -> Mask:
    """(N, G) which grains of the subject are inside the other, by its solids."""
    other = _other(p)
    local = _in_frame(world, world.grains(p.subject), other)
    return _container(world, other).contains(local, _falling(world, other)[:, None])


def stands(world: World, p: Predicate) -> Mask:
    """The robot is upright, and each of its feet above the subject, on it or on what lies on it."""
    # Imported here, as families of tasks must be known without MuJoCo.
    from habilis.envs.legged.legs import feet_of

    low, high = box_around(world.scene.body(p.subject).parts)
    local = _in_frame(world, feet_of(world), p.subject)
    inside = ((local[..., :2] > low[:2]) & (local[..., :2] < high[:2])).all(axis=(1, 2))
    above = (local[..., 2] > high[2] - SUNK).all(axis=1)
    return inside & above & (world.trunk[1][:, 2, 2] > UPRIGHT)


_WORDS: Mapping[str, Callable[[World, Predicate], Mask]] = {
    "on": on, "in": inside, "held": held, "touching": touching,
    "near": near, "lifted": lifted, "lowered": lowered, "moved": moved, "joint": joint,
    "clips": clips, "severed": severed, "stands": stands,
    "count_in": count_in, "share_in": share_in,
}  # fmt: skip


@functools.lru_cache(maxsize=256)
def _corners(parts: tuple[Part, ...]) -> Array:
    """(8, 3) of the box around parts, in their body's frame, m; not to be changed."""
    return box_corners(*box_around(parts))


def _container(world: World, name: str) -> Container:
    # Imported here, as families of tasks must be known without MuJoCo.
    from habilis.assets.scene.solids.container import container

    return container(world.scene.body(name).parts)


def _falling(world: World, name: str) -> Array:
    """(N, 3) down, in the frame of a body."""
    down: Array = -world.rotation(world.index(name))[:, 2]
    return down


def _in_frame(world: World, points: Array, name: str) -> Array:
    """Points (N, k, 3) of the world in the frame of a body."""
    from habilis.envs.world.judging.touches import in_frame

    i = world.index(name)
    return in_frame(points, world.pos[:, i], world.quat[:, i])


def _other(p: Predicate) -> str:
    assert p.other is not None
    return p.other


def _value(p: Predicate) -> float:
    assert p.value is not None
    return p.value


def _centre(world: World, name: str) -> npt.NDArray[np.float64]:
    low, high = box(world, name)
    return (low + high) / 2


def box(world: World, name: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Corners (N, 3), (N, 3) of the world-aligned box around a body, of a thing around its root."""
    i = world.index(name)
    low, high = box_around(world.scene.body(name).parts)
    rot = world.rotation(i)
    centre = world.pos[:, i] + rot @ ((low + high) / 2)
    half = np.abs(rot) @ ((high - low) / 2)
    return centre - half, centre + half
