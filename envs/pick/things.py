"""Which object each simulation has: shapes written into the model fields of simulations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from habilis.assets.arrays import Array, Ids
from habilis.assets.pick.scene import OBJECT, PARTS, CompiledPick, Mould
from habilis.envs.sim.protocol import Sim


class Things:
    """Writes shapes into the one object body of every simulation.

    Args:
      compiled: the scene.
      sim: of it.
    """

    def __init__(self, compiled: CompiledPick, sim: Sim) -> None:
        model = compiled.model
        self._sim, self._body = sim, int(model.body(OBJECT).id)
        self._geoms = np.array([int(model.geom(f"{OBJECT}/{i}").id) for i in range(PARTS)])
        first = int(model.body_bvhadr[self._body])
        self._nodes = np.arange(first, first + int(model.body_bvhnum[self._body]))
        names = (*Mould.geom_fields(), *Mould.body_fields(), "bvh_aabb")
        self._fields: dict[str, Array] = {name: sim.expand(name) for name in names}

    def put(self, ids: Ids, shapes: Sequence[Mould]) -> None:
        """Give simulations ``ids`` (k,) the shapes (k of them); poses stay as they are."""
        for name in Mould.geom_fields():
            rows = np.array([shape.fields[name] for shape in shapes])
            self._fields[name][np.ix_(ids, self._geoms)] = rows
        for name in Mould.body_fields():
            self._fields[name][ids, self._body] = np.array([s.fields[name] for s in shapes])
        # Every node of the bounding volumes holds the whole object, however it is turned.
        reach = np.array([shape.reach for shape in shapes])
        box = np.concatenate((np.zeros((len(ids), 3)), np.repeat(reach[:, None], 3, axis=1)), 1)
        self._fields["bvh_aabb"][np.ix_(ids, self._nodes)] = box[:, None]
        self._sim.set_const(ids)
