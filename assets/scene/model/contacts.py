"""Sensors of who touches whom, and how hard."""

from __future__ import annotations

from typing import Literal

import mujoco

Kind = Literal["geom", "body", "tree"]
_TYPES = {
    "geom": mujoco.mjtObj.mjOBJ_GEOM,
    "body": mujoco.mjtObj.mjOBJ_BODY,
    "tree": mujoco.mjtObj.mjOBJ_XBODY,
}
_FOUND, _FORCE, _POS = 1, 2, 16  # bits of what is told
_STRONGEST, _NET = 2, 3  # which contacts: the strongest ones; one row with the sum over all


def add_contact_sensor(
    spec: mujoco.MjSpec,
    name: str,
    kind: Kind,
    first: str,
    second: str | None = None,
    second_kind: Kind = "body",
) -> None:
    """A sensor of four numbers: how many contacts there are, and their net force, world, N.

    Args:
      spec: the model to change.
      name: of the sensor.
      kind: what ``first`` is: a geom, a body, or a body with all that hangs on it.
      first: its name.
      second: name of what it touches; anything by default.
      second_kind: what ``second`` is.
    """
    sensor = spec.add_sensor(
        name=name, type=mujoco.mjtSensor.mjSENS_CONTACT, objtype=_TYPES[kind], objname=first
    )
    if second is not None:
        sensor.reftype, sensor.refname = _TYPES[second_kind], second
    sensor.intprm[:3] = [_FOUND | _FORCE, _NET, 1]


def add_point_sensor(spec: mujoco.MjSpec, name: str, first: str, second: str, points: int) -> None:
    """A sensor of where two bodies touch: seven numbers for each of the strongest contacts.

    Whether there is one, its force in the contact's own frame, N, and its place in the world, m.

    Args:
      spec: the model to change.
      name: of the sensor.
      first: name of a body.
      second: of the other.
      points: how many contacts at most.
    """
    body = mujoco.mjtObj.mjOBJ_BODY
    sensor = spec.add_sensor(
        name=name, type=mujoco.mjtSensor.mjSENS_CONTACT, objtype=body, objname=first,
        reftype=body, refname=second,
    )  # fmt: skip
    sensor.intprm[:3] = [_FOUND | _FORCE | _POS, _STRONGEST, points]
