"""Which shape a thing has in each simulation: written into model fields, without compiling anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import mujoco
import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.scene.model.bodies import add_thing
from habilis.assets.scene.model.held import bits_of
from habilis.assets.scene.things import Thing
from habilis.envs.world.world import World

_GEOM_FIELDS = (
    "geom_type", "geom_size", "geom_pos", "geom_quat", "geom_rbound", "geom_aabb", "geom_rgba",
    "geom_contype", "geom_conaffinity",
)  # fmt: skip
_BODY_FIELDS = ("body_mass", "body_inertia", "body_ipos", "body_iquat")


@dataclasses.dataclass(frozen=True, eq=False)
class Mould:
    """What makes a thing of a compiled scene another one, of as many parts and without links.

    Attributes:
      thing: the other one.
      geoms: per-geom fields of the model by name, (parts, ...).
      body: per-body fields of the model by name, (...).
      reach: radius of a ball around the centre of mass that holds the thing, m.
    """

    thing: Thing
    geoms: Mapping[str, Array]
    body: Mapping[str, Array]
    reach: float


def mould(world: World, thing: Thing) -> Mould:
    """The thing compiled alone, so that the numbers are those that MuJoCo computes."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    add_thing(spec, thing, bits_of(world.scene, thing.name))
    model = spec.compile()
    geoms = {name: getattr(model, name).copy() for name in _GEOM_FIELDS}
    body = {name: getattr(model, name)[1].copy() for name in _BODY_FIELDS}
    low, high = thing.bounds()
    far = np.maximum(np.abs(low - model.body_ipos[1]), np.abs(high - model.body_ipos[1]))
    return Mould(thing, geoms, body, float(np.linalg.norm(far)))


class Shapes:
    """Gives one thing the shape that each simulation wants.

    Args:
      world: with a thing of convex parts, askew so that MuJoCo takes none of its short cuts for
        aligned frames.
      name: of the thing.
    """

    def __init__(self, world: World, name: str) -> None:
        index, model = world.compiled.index, world.model
        self._sim, self._body = world.sim, int(index.body(name)[0])
        self._geoms = index.geoms_of(name)
        first = int(model.body_bvhadr[self._body])
        self._nodes = np.arange(first, first + int(model.body_bvhnum[self._body]))
        names = (*_GEOM_FIELDS, *_BODY_FIELDS, "bvh_aabb")
        self._fields: dict[str, Array] = {name: world.sim.expand(name) for name in names}

    def put(self, ids: Ids, moulds: Sequence[Mould]) -> None:
        """Give simulations ``ids`` (k,) shapes (k of them); poses stay as they are."""
        for name in _GEOM_FIELDS:
            rows = np.array([one.geoms[name] for one in moulds])
            self._fields[name][np.ix_(ids, self._geoms)] = rows
        for name in _BODY_FIELDS:
            self._fields[name][ids, self._body] = np.array([one.body[name] for one in moulds])
        # Every node of the bounding volumes holds the whole thing, however it is turned.
        reach = np.array([one.reach for one in moulds])
        box = np.concatenate((np.zeros((len(ids), 3)), np.repeat(reach[:, None], 3, axis=1)), 1)
        self._fields["bvh_aabb"][np.ix_(ids, self._nodes)] = box[:, None]
        self._sim.set_const(ids)
