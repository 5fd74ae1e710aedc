"""An entity of another size: parts, frames, mass and height above the table change together."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from habilis.assets.scene.parts import Part, Vec3, rotation
from habilis.assets.scene.things import Entity

PLACES = 5  # decimals of a length in m: 0.01 mm
_ROUND = 1e-9  # factors nearer to each other than this count as equal


def scaled(entity: Entity, factors: npt.ArrayLike) -> Entity:
    """The entity stretched along its own axes, at the same density, its lowest point where it was.

    Joint limits, the load at which parts come off, and colours stay. Lengths are rounded to
    0.01 mm.

    Args:
      entity: to stretch.
      factors: (3,) along x, y, z of the entity's frame.

    Raises:
      ValueError: a factor is not positive; or a part would become what no primitive is: a round
        one of unequal diameters, or one that is stretched at an angle to its axes.
    """
    by = np.asarray(factors, float)
    if by.shape != (3,) or not (by > 0).all():
        raise ValueError(f"{entity.name!r} takes 3 positive factors, got {by.tolist()}")
    parts = tuple(_part(entity.name, p, by) for p in entity.parts)
    joint = entity.joint and dataclasses.replace(entity.joint, pos=_vec(entity.joint.pos, by))
    out = dataclasses.replace(
        entity, parts=parts, joint=joint,
        frames={name: _vec(point, by) for name, point in entity.frames.items()},
        mass=round(entity.mass * float(by.prod()), 5),
    )  # fmt: skip
    x, y, z = entity.pos
    rise = float(entity.bounds()[0][2] - out.bounds()[0][2])
    return dataclasses.replace(out, pos=(x, y, round(z + rise, PLACES) + 0.0))


def _vec(point: Vec3, by: npt.NDArray[np.float64]) -> Vec3:
    x, y, z = (round(float(p), PLACES) for p in np.array(point) * by)
    return x, y, z


def _part(owner: str, part: Part, by: npt.NDArray[np.float64]) -> Part:
    own = _own_factors(owner, part, by)
    if part.shape == "box":
        size = np.array(part.size) * own
    elif part.shape == "sphere":
        size = np.array(part.size) * own[0]
    else:
        size = np.array(part.size) * own[[0, 2]]
    return dataclasses.replace(
        part, size=tuple(round(float(s), PLACES) for s in size), pos=_vec(part.pos, by)
    )


def _own_factors(owner: str, part: Part, by: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The factors (3,) along the part's own axes."""
    turn = np.abs(rotation(part.euler))
    if np.ptp(by) > _ROUND and np.abs(turn - turn.round()).max() > _ROUND:
        raise ValueError(f"part {part.name!r} of {owner!r} lies at an angle: scale it uniformly")
    own: npt.NDArray[np.float64] = turn.T @ by if np.ptp(by) > _ROUND else by
    round_axes = {"box": 1, "cylinder": 2, "capsule": 2, "sphere": 3}[part.shape]
    if np.ptp(own[:round_axes]) > _ROUND:
        raise ValueError(
            f"part {part.name!r} of {owner!r} is a {part.shape} and would not stay round with"
            f" factors {by.tolist()}"
        )
    return own
