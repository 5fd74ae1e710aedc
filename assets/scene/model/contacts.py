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
_FOUND, _FORCE, _NET = 1, 2, 3  # bits of what is told; one row with the sum over all contacts


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
