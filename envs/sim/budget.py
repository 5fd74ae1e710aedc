"""How much room a device is asked for: contacts and constraint rows of a simulation."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

SPARE = 64  # contacts beside those that the bodies suggest
EACH = 4  # contacts of every shape that can touch something, all at once


class BudgetError(RuntimeError):
    """Contacts or constraints did not fit, so that physics would have been wrong.

    Args:
      ids: simulations.
      contacts, rows: what there was room for in each.
      what: which of them was too little.
    """

    def __init__(self, ids: npt.NDArray[np.int_], contacts: int, rows: int, what: str) -> None:
        self.ids = ids
        super().__init__(
            f"{len(ids)} simulations ({', '.join(map(str, ids[:5]))}{', ...' * (len(ids) > 5)})"
            f" need more than {contacts} contacts or {rows} constraint rows ({what}): make the"
            f" simulation with contacts={2 * contacts}"
        )


def contact_budget(model: mujoco.MjModel) -> int:
    """Contacts of one simulation to make room for: some of every shape that can collide."""
    collides = (model.geom_contype != 0) | (model.geom_conaffinity != 0)
    paired = np.union1d(model.pair_geom1, model.pair_geom2)
    return SPARE + EACH * (int(collides.sum()) + len(paired))


def row_budget(model: mujoco.MjModel, contacts: int) -> int:
    """Constraint rows of one simulation that has so many contacts and every limit active."""
    widest = int(max(model.geom_condim.max(initial=1), model.pair_dim.max(initial=1)))
    elliptic = int(model.opt.cone) == int(mujoco.mjtCone.mjCONE_ELLIPTIC)
    each = widest if elliptic else max(1, 2 * (widest - 1))
    return contacts * each + 6 * model.neq + 2 * (model.njnt + model.ntendon) + model.nv
