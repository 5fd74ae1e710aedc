"""What N episodes of a task are made of: world, control, start, judge, and what terms read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array, Ids, Mask

Pixels = npt.NDArray[np.uint8]
Rows = Mapping[str, npt.NDArray[Any]]
"""Live arrays (N, ...) by name: what is saved, restored in place, and goes on bit for bit."""
Generators = Sequence[np.random.Generator]


class Control(Protocol):
    """What an action does.

    Attributes:
      action_space: of one episode; every number lies in [-1, 1].
      dt: length of an environment step, s.
    """

    action_space: Any  # gymnasium.spaces.Box of floats
    dt: float

    def reset(self, ids: Ids) -> None:
        """Episodes ``ids`` (k,) have just been placed: command what the robot does there."""

    def act(self, action: Array) -> Iterator[float]:
        """Carry out actions (N, A); yields the seconds that passed whenever physics advanced."""

    def rows(self) -> Rows:
        """Its state."""


class Start(Protocol):
    """Where episodes begin."""

    def place(self, ids: Ids, rngs: Generators) -> None:
        """Put episodes ``ids`` (k,), sorted, where they begin, each drawn from its generator."""

    def rows(self) -> Rows:
        """Its state."""


class Judge(Protocol):
    """Whether episodes are won or lost.

    Attributes:
      success: (N,) whether the task was done at some time since the start.
      failure: (N,) why it can no longer be done; '' while nothing is lost.
    """

    success: Mask
    failure: npt.NDArray[Any]

    def reset(self, ids: Ids) -> None:
        """Episodes ``ids`` (k,) have just been placed."""

    def begin(self) -> None:
        """An environment step begins: what was written into the world before is nobody's doing."""

    def update(self, dt: float) -> None:
        """Take note of the world after it advanced by dt seconds."""

    def rows(self) -> Rows:
        """Its state."""

    def told(self) -> Mapping[str, npt.NDArray[Any]]:
        """(N,) arrays by name: what else there is to tell of an episode at its end."""


class Readable(Protocol):
    """What the terms of a task read.

    Attributes:
      n: number of episodes.
      steps: (N,) environment steps since the start; the core counts them.
    """

    n: int
    steps: Ids

    @property
    def diverged(self) -> Mask:
        """(N,) which simulations diverged in the last step."""

    def reset(self, ids: Ids, rngs: Generators) -> None:
        """Episodes ``ids`` (k,) have just been placed."""

    def begin(self) -> None:
        """An environment step begins."""

    def refresh(self) -> None:
        """Read the world again."""

    def rows(self) -> Rows:
        """Its state."""


class Pictures(Protocol):
    """Draws episodes, for people."""

    def take(self, camera: str, size: tuple[int, int], sim: int) -> Pixels:
        """(H, W, 3) red green blue, 0-255, of one episode; ``size`` is width, height.

        Raises:
          KeyError: no such camera.
          RenderingUnavailable: no OpenGL here; the message says what to install.
        """

    def close(self) -> None:
        """Free the OpenGL contexts; closing twice is fine."""


@dataclasses.dataclass(frozen=True)
class Parts:
    """What N episodes are made of.

    Attributes:
      world: the physics, with ``save`` and ``restore``.
      control: what an action does.
      start: where episodes begin.
      monitor: whether they are won or lost.
      state: what the terms read.
      time_limit: s, after which an episode is truncated.
      pictures: of the episodes.
      endless: whether there is nothing to finish: what the judge calls success is how it goes so
        far, an episode goes on with it, and it counts when the time is up.
    """

    world: Any
    control: Control
    start: Start
    monitor: Judge
    state: Any  # a Readable, and whatever else the task's own terms read of it
    time_limit: float
    pictures: Pictures
    endless: bool = False
