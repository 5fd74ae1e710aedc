"""An entity of another size: parts, frames, mass and height above the table change together."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.scene.links import Link, Tie
from habilis.assets.scene.solids.parts import Part, Vec3, rotation
from habilis.assets.scene.things import Thing

PLACES = 5  # decimals of a length in m: 0.01 mm
_ROUND = 1e-9  # factors nearer to each other than this count as equal


def scaled(entity: Thing, factors: npt.ArrayLike) -> Thing:
    """The entity stretched along its own axes, at the same density, its lowest point where it was.

    Joint limits, the load at which parts come off, and colours stay. Lengths are rounded to
    0.01 mm. Its links are stretched with it.

    Args:
      entity: to stretch.
      factors: (3,) along x, y, z of the entity's frame.

    Raises:
      ValueError: a factor is not positive; or a part would become what no primitive is: a round
        one of unequal diameters, or one that is stretched at an angle to its axes; or it is grains.
    """
    by = np.asarray(factors, float)
    if by.shape != (3,) or not (by > 0).all():
        raise ValueError(f"{entity.name!r} takes 3 positive factors, got {by.tolist()}")
    if entity.grains is not None:
        raise ValueError(f"{entity.name!r} is grains, which have one size")
    more = float(by.prod())
    out = dataclasses.replace(
        entity, **_fields(entity.name, entity, by), mass=round(entity.mass * more, 5),
        links=tuple(_link(entity, link, by) for link in entity.links), tie=_tie(entity, by),
    )  # fmt: skip
    x, y, z = entity.pos
    rise = float(entity.bounds()[0][2] - out.bounds()[0][2])
    return dataclasses.replace(out, pos=(x, y, round(z + rise, PLACES) + 0.0))


def _fields(name: str, body: Thing | Link, by: npt.NDArray[np.float64]) -> dict[str, Any]:
    """What a thing and a link have in common, stretched along the body's own axes."""
    return {
        "parts": tuple(_part(name, p, by) for p in body.parts),
        "joint": body.joint and dataclasses.replace(body.joint, pos=_vec(body.joint.pos, by)),
        "frames": {name: _vec(point, by) for name, point in body.frames.items()},
    }


def _link(entity: Thing, link: Link, by: npt.NDArray[np.float64]) -> Link:
    name = f"link {link.name!r} of {entity.name!r}"
    own, parent = (_turned(name, entity.frame(one)[:3, :3], by) for one in (link.name, link.parent))
    mass = None if link.mass is None else round(link.mass * float(by.prod()), 6)
    fields = _fields(name, link, own)
    return dataclasses.replace(link, **fields, pos=_vec(link.pos, parent), mass=mass)


def _tie(entity: Thing, by: npt.NDArray[np.float64]) -> Tie | None:
    """Where it is goes with its body; what it takes to sever it stays."""
    tie = entity.tie
    if tie is None:
        return None
    own = _turned(f"the tie of {entity.name!r}", entity.frame(tie.link)[:3, :3], by)
    return dataclasses.replace(tie, at=_vec(tie.at, own))


def _turned(
    name: str, turn: npt.NDArray[np.float64], by: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Factors (3,) along axes that are turned by (3, 3)."""
    if np.ptp(by) <= _ROUND:
        return by
    away = np.abs(turn)
    if np.abs(away - away.round()).max() > _ROUND:
        raise ValueError(f"{name} lies at an angle: scale it uniformly")
    out: npt.NDArray[np.float64] = away.T @ by
    return out


def _vec(point: Vec3, by: npt.NDArray[np.float64]) -> Vec3:
    x, y, z = (round(float(p), PLACES) for p in np.array(point) * by)
    return x, y, z


def _part(owner: str, part: Part, by: npt.NDArray[np.float64]) -> Part:
    own = _own_factors(owner, part, by)
    vertices = tuple(_vec(v, own) for v in part.vertices)
    if part.shape in ("box", "hull"):
        size = np.array(part.size) * own[: len(part.size)]
    elif part.shape == "sphere":
        size = np.array(part.size) * own[0]
    else:
        size = np.array(part.size) * own[[0, 2]]
    return dataclasses.replace(
        part, size=tuple(round(float(s), PLACES) for s in size), pos=_vec(part.pos, by),
        vertices=vertices,
    )  # fmt: skip


def _own_factors(owner: str, part: Part, by: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The factors (3,) along the part's own axes."""
    own = _turned(f"part {part.name!r} of {owner!r}", rotation(part.euler), by)
    round_axes = {"box": 1, "hull": 1, "cylinder": 2, "capsule": 2, "sphere": 3}[part.shape]
    if np.ptp(own[:round_axes]) > _ROUND:
        raise ValueError(
            f"part {part.name!r} of {owner!r} is a {part.shape} and would not stay round with"
            f" factors {by.tolist()}"
        )
    return own
