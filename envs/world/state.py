"""What the terms of a task read: the world, the robot's hand and the named points of all things."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids
from habilis.assets.names import did_you_mean
from habilis.assets.scene.links import Link
from habilis.assets.scene.things import Thing
from habilis.envs.control.arm import ArmController
from habilis.envs.parts import (
    Generators,
    Rows,
)
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.world import World

T = TypeVar("T")


class Acting(Protocol):
    """What actions do to robots, as far as terms read it.

    Attributes:
      action: (N, A) last action, in [-1, 1].
    """

    action: Array

    def pose(self) -> tuple[Array, Array]:
        """(N, 3) m, (N, 3, 3): what acts; the tool centre point of an arm, the trunk of legs."""


class Frames:
    """Named points of all tracked bodies in the world, of N simulations at once.

    Of each thing: its ``origin``, the centre of each part under the part's name (where that has
    come off, of the loose one), each frame under its name, and always ``grip``, where a gripper
    takes it: ``milk/grip``, ``hammer/head``. Of each link the same: ``box/lid/grip``.

    Args:
      world: whose entities.

    Attributes:
      names: of the points, in the order of ``pos``.
      pos: (N, P, 3) world, m; as of the last ``refresh``.
    """

    def __init__(self, world: World) -> None:
        points: dict[str, tuple[int, npt.ArrayLike]] = {}
        for entity in world.scene.entities:
            for owner, body in entity.bodies():
                for name, offset in named_points(body).items():
                    carrier = world.index(_carrier(world, owner, body, name))
                    points[f"{owner}/{name}"] = (carrier, offset)
        self.names = tuple(points)
        self._column = {name: i for i, name in enumerate(self.names)}
        self._world = world
        self._body = np.array([body for body, _ in points.values()], int)
        offsets = np.array([offset for _, offset in points.values()], float).reshape(-1, 3)
        # R(q) v is quadratic in q, so that v turned by q is one constant times q q^T.
        self._turn = np.einsum("ijk,pj->pik", _quadratic(), offsets)
        self.refresh()

    def column(self, name: str) -> int:
        """Index of a point in ``pos``; KeyError names the known ones."""
        if name not in self._column:
            raise KeyError(did_you_mean("point", name, self.names))
        return self._column[name]

    def refresh(self) -> None:
        """Follow the bodies of the world."""
        poses = self._world.poses.take(self._body, axis=1)
        q = poses[..., 3:]
        square = (q[..., :, None] * q[..., None, :]).reshape(*q.shape[:2], 1, 16)
        self.pos: Array = np.vecdot(square, self._turn)
        self.pos += poses[..., :3]


class State:
    """The present of N simulations, as terms read it. Refreshed once a step; do not write to it.

    Args:
      world: the physics.
      control: what actions do.
      monitor: of its goal.

    Attributes:
      steps: (N,) environment steps since reset; the core counts them.
      tcp: (N, 3) tool centre point, world, m; of a robot on legs the middle of its trunk.
      tcp_rot: (N, 3, 3) its rotation.
      relative: (N, P, 3) all named points minus that, m.
    """

    def __init__(self, world: World, control: Acting, monitor: Monitor) -> None:
        self.world, self.control, self.monitor = world, control, monitor
        self.n, self.scene = world.n, world.scene
        self.steps = np.zeros(world.n, int)
        self.frames = Frames(world)
        self._memo: dict[Hashable, Array] = {}
        self._kept: dict[Hashable, Any] = {}
        self.refresh()

    @property
    def controller(self) -> ArmController:
        """Of the arms; TypeError names a robot that has none."""
        found = getattr(self.control, "controller", None)
        if not isinstance(found, ArmController):
            raise TypeError(f"robot {self.world.robot.name!r} has no arm")
        return found

    @property
    def action(self) -> Array:
        """(N, A) last action, in [-1, 1]; 0 after a reset."""
        return self.control.action

    @property
    def diverged(self) -> npt.NDArray[np.bool_]:
        """(N,) which simulations diverged in the last step."""
        return self.world.diverged

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """Nothing is kept of earlier episodes."""

    def begin(self) -> None:
        """Nothing is kept of earlier steps."""

    def rows(self) -> Rows:
        """All is read from the world."""
        return {}

    def refresh(self) -> None:
        """Read the world again."""
        self.tcp, self.tcp_rot = self.control.pose()
        self.frames.refresh()
        self.relative = self.frames.pos - self.tcp[:, None]
        self._memo.clear()

    def point(self, name: str) -> Array:
        """(N, 3) a named point, e.g. ``milk/grip``, world, m."""
        return self.frames.pos[:, self.frames.column(name)]

    def gap(self, name: str) -> Array:
        """(N, 3) from the tool centre point to a named point, m."""
        return self.relative[:, self.frames.column(name)]

    def columns(self, pairs: tuple[tuple[str, str], ...]) -> npt.NDArray[np.int_]:
        """Columns of contact pairs in the ledger; KeyError names the known ones."""
        column = self.world.ledger.column
        return self.kept(pairs, lambda: np.array([column(a, b) for a, b in pairs], int))

    def kept(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What ``compute`` returned the first time: of the scene, and so the same for good."""
        if key not in self._kept:
            self._kept[key] = compute()
        out: T = self._kept[key]
        return out

    def once(self, key: Hashable, compute: Callable[[], Array]) -> Array:
        """What ``compute`` returns, computed once a step for all terms that ask for ``key``."""
        if key not in self._memo:
            self._memo[key] = compute()
        return self._memo[key]


def named_points(body: Thing | Link) -> dict[str, npt.ArrayLike]:
    """Named points of a body in its own frame, m; see ``Frames``."""
    points: dict[str, npt.ArrayLike] = {"origin": (0.0, 0.0, 0.0)}
    points |= {p.name: p.pos for p in body.parts}
    return points | dict(body.frames) | {"grip": body.grip()}


def _carrier(world: World, owner: str, body: Thing | Link, name: str) -> str:
    if body.breaks is not None and name in body.breaks.parts:
        return next(p.body for p in world.compiled.loose if p.owner == owner)
    return owner


def _quadratic() -> Array:
    """(3, 3, 16) such that R_ij(q) is the last axis times the flattened q q^T, q = wxyz."""
    r = np.zeros((3, 3, 4, 4))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        a, b, c = i + 1, j + 1, k + 1  # places of the three imaginary parts
        r[i, i, (0, a, b, c), (0, a, b, c)] = 1, 1, -1, -1
        r[i, j, (a, 0), (b, c)] = 2, -2
        r[i, k, (a, 0), (c, b)] = 2, 2
    return r.reshape(3, 3, 16)
