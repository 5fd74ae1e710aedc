"""Physics shared by all hands: who touches whom, how soft tips are, how hard joints stop.

A pair collides if the ``contype`` of one shares a bit with the ``conaffinity`` of the other. With
the bits below, fingers do not collide with each other but do with the thumb, a tool's own parts
never collide (the limit of its joint closes it), and a tool touches hands and objects. It does
not touch what keeps MuJoCo's default bits (1, 1): give the table and the stand ``OBJECT_BITS``.

Softness and friction are those of the held-tool measurements behind the preset: cone and impratio
decide whether a grasp creeps, these decide how far it sinks in.
"""

from __future__ import annotations

import math

import mujoco

FINGER_BITS = (1, 2)
"""(contype, conaffinity) of fingers and palm."""
THUMB_BITS = (1, 3)
TOOL_BITS = (2, 0)
OBJECT_BITS = (2, 3)
"""Of objects, and of tables and stands that tools have to touch."""

TIP_FRICTION = (1.0, 0.01, 0.0001)  # sliding, torsional in m, rolling in m
REST_FRICTION = (0.6, 0.005, 0.0001)
ARMATURE = 2e-3
"""Rotor inertia of a finger's servo, kg m^2; without any, a distal link's 1e-5 leaves no margin of
stability at these gains and steps."""

_STEP = 0.004  # s, of every world
_FREE_TRAVEL = 0.0006  # m, well within the thinnest wall that is gripped

_SOLREF = (0.01, 1.0)
_SOLIMP = (0.9, 0.95, 0.001, 0.5, 2.0)


def soften(geom: mujoco.MjsGeom) -> None:
    """Make the contacts of a hand's collision shape soft, with the friction of plastic."""
    geom.friction = REST_FRICTION
    geom.solref, geom.solimp = _SOLREF, _SOLIMP


def stiffen_limit(joint: mujoco.MjsJoint) -> None:
    """Make a hinge stop at its limits; MuJoCo's defaults let a fast finger run past them."""
    joint.solref_limit = (0.008, 1.0)
    joint.solimp_limit = (0.95, 0.99, 0.001, 0.5, 2.0)


def make_tip(geom: mujoco.MjsGeom) -> None:
    """Make a collision shape a soft finger tip: sticky, and resisting twist."""
    soften(geom)
    geom.friction, geom.condim = TIP_FRICTION, 4


def finger_inertia(force: float) -> float:
    """Reflected inertia of a sliding finger's drive, kg, for its greatest force, N.

    What a finger presses may leave it for one step of the simulation, jolted by what lies in it.
    With too little inertia the finger is through a thin wall before the next contact is found.
    """
    return force * _STEP**2 / _FREE_TRAVEL


def critical_damping(stiffness: float, inertia: float) -> float:
    """Damping, N s/m, at which a servo, N/m, that moves an inertia, kg, does not swing."""
    return 2 * math.sqrt(stiffness * inertia)
