"""The bare chain of bodies from the world to a site: all that kinematics needs of a robot."""

from __future__ import annotations

import functools

import mujoco
import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.robots.registry import file_stamps, make_robot
from habilis.assets.robots.spec import RobotSpec

_KINEMATICS_ONLY = int(
    mujoco.mjtDisableBit.mjDSBL_CONTACT
    | mujoco.mjtDisableBit.mjDSBL_CONSTRAINT
    | mujoco.mjtDisableBit.mjDSBL_SENSOR
    | mujoco.mjtDisableBit.mjDSBL_ACTUATION
)


def robot_chain(name: str, base: tuple[float, float, float]) -> tuple[RobotSpec, mujoco.MjModel]:
    """Constants of a robot and the chain to its tool centre point, see ``chain_model``.

    They are remembered while the robot's files stay as they are, and must not be changed.

    Args:
      name: robot, see ``habilis.assets.robots.make_robot``.
      base: position of its base in the world, m.
    """
    return _robot_chain(name, tuple(base), file_stamps(name))


@functools.lru_cache(maxsize=64)
def _robot_chain(
    name: str, base: tuple[float, float, float], stamps: tuple[int, ...]
) -> tuple[RobotSpec, mujoco.MjModel]:
    robot, spec = make_robot(name)
    spec.body(robot.base.body).pos = list(base)
    return robot, chain_model(spec, robot.effector.tcp)


def chain_model(spec: mujoco.MjSpec, site: str) -> mujoco.MjModel:
    """Compile what carries a site, without shapes, actuators and other branches.

    Its joints come in the order of the chain, with their poses as in the full model; its masses
    mean nothing.

    Args:
      spec: of the robot; it is changed.
      site: name of the site at the end.
    """
    spec.option.disableflags = _KINEMATICS_ONLY
    for group in (spec.geoms, spec.actuators, spec.sensors, spec.equalities, spec.tendons,
                  spec.excludes, spec.pairs, spec.keys):  # fmt: skip
        for element in list(group):
            spec.delete(element)
    carriers = set()
    body = spec.site(site).parent
    while body.name != "world":
        carriers.add(body.name)
        body = body.parent
    _prune(spec, spec.worldbody, carriers)
    for body in spec.bodies[1:]:
        body.explicitinertial, body.mass, body.inertia = True, 1.0, [1.0, 1.0, 1.0]
        body.ipos, body.iquat = [0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]
        body.fullinertia = [np.nan] * 6  # none is given
    return spec.compile()


def site_levers(model: mujoco.MjModel, site: int) -> Array:
    """(nv,) how far a unit of each joint of a chain moves a site at the most, m per rad or m per m.

    It is the length of what is between, stretched out: no pose of the chain has a longer lever.
    """
    out, body = np.zeros(model.nv), int(model.site_bodyid[site])
    length = float(np.linalg.norm(model.site_pos[site]))
    while body:
        first = int(model.body_jntadr[body])
        for joint in reversed(range(first, first + int(model.body_jntnum[body]))):
            if model.jnt_type[joint] == int(mujoco.mjtJoint.mjJNT_SLIDE):
                out[joint], length = 1.0, length + float(np.abs(model.jnt_range[joint]).max())
            else:
                offset = float(np.linalg.norm(model.jnt_pos[joint]))
                out[joint], length = length + offset, length + 2 * offset
        length += float(np.linalg.norm(model.body_pos[body]))
        body = int(model.body_parentid[body])
    return out


def _prune(spec: mujoco.MjSpec, body: mujoco.MjsBody, kept: set[str]) -> None:
    for child in list(body.bodies):
        if child.name in kept:
            _prune(spec, child, kept)
        else:
            spec.delete(child)
