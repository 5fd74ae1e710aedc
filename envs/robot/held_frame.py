"""CommandBatch about a frame of a held thing, as commands of the tool centre point."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean
from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import ArmController
from habilis.envs.control.command import TCP, CommandBatch
from habilis.envs.world.state import named_points
from habilis.envs.world.world import World


class HasWorld(Protocol):
    """Robots with a world that stands as they do."""

    @property
    def world(self) -> World: ...
    @property
    def controller(self) -> ArmController: ...


def frame_offset(scene: Scene, frame: str) -> tuple[str, Array]:
    """The body that has a frame named ``body/frame``, and the frame's place (3,) in it, m.

    The frame is turned as the body is.

    Raises:
      ValueError: there is no such body or frame; names those there are.
    """
    name, _, point = frame.rpartition("/")
    known = dict(body for entity in scene.entities for body in entity.bodies())
    if name not in known:
        raise ValueError(did_you_mean("object", name, known))
    points = named_points(known[name])
    if point not in points:
        raise ValueError(did_you_mean(f"frame of {name!r}", point, points))
    return name, np.asarray(points[point], float)


def tcp_poses(commands: CommandBatch, robot: HasWorld) -> tuple[Array, Array]:
    """Poses (n, 3) m, (n, 3, 3) of the tool centre points that bring each frame where it is to go.

    How a thing lies in the end effector is taken from where both are now: a grasp that gave way
    is made up for.

    Raises:
      ValueError: a frame that does not exist; names those there are.
    """
    named = set(commands.frame) - {TCP}
    if not named:
        return commands.pos, commands.rot
    world = robot.world
    tcp, facing = robot.controller.kinematics.tcp(world.q)
    pos = commands.pos.copy()
    rot = np.array(np.broadcast_to(commands.rot, facing.shape))
    for frame in named:
        rows = np.array([f == frame for f in commands.frame])
        name, local = frame_offset(world.scene, frame)
        body = world.index(name)
        turn = world.rotation(body)[rows]
        back = turn.transpose(0, 2, 1)
        away = tcp[rows] - world.pos[rows, body] - turn @ local
        pos[rows] += (rot[rows] @ back @ away[:, :, None])[:, :, 0]
        rot[rows] = rot[rows] @ back @ facing[rows]
    return pos, rot
