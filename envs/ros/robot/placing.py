"""Puts a simulated world where a robot and things were seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.world.varying.layout import Layout
from habilis.envs.world.world import World


def place(
    world: World, q: Array, aperture: float, poses: Mapping[str, tuple[Array, Array]]
) -> None:
    """Start a world of one simulation anew from joints (n,) rad, opening m, and poses of things.

    What is fixed or on a joint goes where it was seen in the plane, with its joint at 0. What was
    not seen stands as the scene says; a loose part goes with the thing that it belongs to.

    Args:
      world: n = 1.
      q: joints.
      aperture: of the gripper.
      poses: position (3,) m and orientation (4,) wxyz in the world, by the name of the body.
    """
    entities = world.scene.entities
    shift = np.zeros((1, len(entities), 2))
    for i, entity in enumerate(entities):
        if entity.name in poses:
            shift[0, i] = poses[entity.name][0][:2] - entity.pos[:2]
    layout = dataclasses.replace(Layout.nominal(world.scene, 1), shift=shift)
    world.reset(np.arange(1), layout, q)
    movable = {entity.name for entity in entities if entity.movable}
    movable |= {part.body for part in world.compiled.loose}
    movable |= {body.name for body in world.compiled.tree if body.parent >= 0 and body.joint}
    seen = {
        world.index(body): (pos[None], quat[None])
        for body, (pos, quat) in poses.items()
        if body in movable
    }
    world.mirror(np.zeros(1), q[None], np.array([aperture]), seen, start=True)
