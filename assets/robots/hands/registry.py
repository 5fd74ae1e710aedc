"""Hands by name."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import mujoco

from habilis.assets.names import check_known
from habilis.assets.robots.effectors.leap import LEAP, build_leap
from habilis.assets.robots.hands import sharpa
from habilis.assets.robots.hands.hand import HandSpec
from habilis.assets.robots.hands.menagerie import NAMES, load_menagerie

HANDS: Mapping[str, Callable[[], tuple[HandSpec, mujoco.MjSpec]]] = {
    "leap": lambda: (LEAP, build_leap()),
    **{name: functools.partial(load_menagerie, name) for name in NAMES},
    sharpa.NAME: sharpa.load_sharpa,
}
"""Maker of each hand's constants and model."""

SHIPPED = ("leap",)
"""Those that come with the package; the others are read from copies of what others publish."""


def make_hand(name: str) -> tuple[HandSpec, mujoco.MjSpec]:
    """Constants and a fresh model of a hand, alone in its world and without gravity compensation.

    The model has the solver options, bits and contacts of the manipulation preset; its frame is
    that of ``HandSpec``: fingers along +x, palm towards +z.

    Args:
      name: a key of ``HANDS``; those with ``menagerie:`` are read from ``MENAGERIE_ROOT``,
        ``sharpa`` from ``DEXTOOLBENCH_ROOT``.

    Raises:
      ValueError: there is no such hand.
      FileNotFoundError: there is no copy of what it is read from.
    """
    check_known("hand", name, HANDS)
    return HANDS[name]()
