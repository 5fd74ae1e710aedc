"""CommandBatch about a frame of a held thing, as commands of the tool centre point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.names import check_known
from habilis.assets.scene.things import Scene
from habilis.envs.control.arm import ArmController
from habilis.envs.control.command import TCP, CommandBatch, ToolGrip
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
    check_known("object", name, known)
    points = named_points(known[name])
    check_known(f"frame of {name!r}", point, points)
    return name, np.asarray(points[point], float)


def tcp_poses(commands: CommandBatch, robot: HasWorld) -> tuple[Array, Array]:
    """Poses (n, 3) m, (n, 3, 3) of the tool centre points that bring each frame where it is to go.

    How a thing lies in the end effector is taken from where both are now: a grasp that gave way
    is made up for.

    Raises:
      ValueError: a frame that does not exist; names those there are.
    """
    named, gripping = set(commands.frame) - {TCP}, any(commands.grip)
    if not named and not gripping:
        return commands.pos, commands.rot
    world = robot.world
    tcp, facing = robot.controller.kinematics.tcp(world.q)
    pos = commands.pos.copy()
    rot = np.array(np.broadcast_to(commands.rot, facing.shape))
    if gripping:
        _from_tips(commands, world, (tcp, facing), (pos, rot))
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


def _from_tips(
    commands: CommandBatch, world: World, now: tuple[Array, Array], goal: tuple[Array, Array]
) -> None:
    """Where hands have a grip of a tool, turn goals of its tips into those of the hands, in place.

    Of a tool that is held, where its tips are in the hand is taken from where both are now; of one
    that is yet to be taken from the grasp.
    """
    pos, rot = goal
    for i, away in tips_in_tcp(world, now, commands.grip).items():
        if commands.frame and commands.frame[i]:
            continue
        back = np.linalg.inv(away)
        pos[i] += rot[i] @ back[:3, 3]
        rot[i] = rot[i] @ back[:3, :3]


def tips_in_tcp(
    world: World, tcp: tuple[Array, Array], grips: Sequence[ToolGrip | None]
) -> dict[int, Array]:
    """(4, 4) of tools' tips in the tool centre points of the hands that have a grip, by robot."""
    held, tips = world.grips.tips(world.pose)
    at = {int(i): pose for i, pose in zip(held, tips, strict=True)}
    out = {}
    for i, grip in enumerate(grips):
        if grip is not None and i in at:
            own = np.eye(4)
            own[:3, :3], own[:3, 3] = tcp[1][i], tcp[0][i]
            out[i] = np.linalg.inv(own) @ at[i]
        elif grip is not None:
            out[i] = world.grips.offset(grip)
    return out
