"""What happens on the way to a robot, told to whoever listens: recorders, logs, screens."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal

Kind = Literal[
    "state", "sent", "clamped", "gripper", "goal", "armed", "stopped", "lost", "back", "trouble"
]


@dataclasses.dataclass(frozen=True)
class RobotEvent:
    """Something that happened.

    Attributes:
      time: s, clock of the robot's client (monotonic).
      kind: ``state``: ``sample``, a ``JointSample``; ``sent`` and ``clamped``: ``requested`` and
        ``sent``, (n,) rad, and ``age`` of the command, s; ``gripper``: ``aperture``, m;
        ``goal``: ``action`` and ``status``; ``stopped``: ``reason``; ``lost`` and ``back``: the
        connection; ``armed``: ``q``, (n,) rad; ``trouble``: ``words``, what a stop could not do.
      data: by name.
    """

    time: float
    kind: Kind
    data: Mapping[str, Any]


CLOSED, OVER = "closed", "the run is over"
"""Reasons of stops that are no news."""
UNARMED, LATE = "not armed yet", "this program was late: "
"""Before it was armed; how the reason begins where nothing but the program was at fault."""


def idle(stopped: str) -> bool:
    """Whether a robot is stopped for no other reason than that nobody moves it."""
    return stopped in (UNARMED, OVER)


Listener = Callable[[RobotEvent], None]
"""Must return at once, and not call the robot: it is called in the middle of what it hears of."""


def tell(listeners: list[Listener], event: RobotEvent) -> None:
    """Tell all listeners of an event.

    A listener that fails neither stops the robot nor keeps the event from the others.
    """
    for listener in listeners:
        try:
            listener(event)
        except Exception as error:
            warnings.warn(f"a listener to {event.kind} failed: {error!r}", stacklevel=2)
