"""Robots of model files by name, and which robots are on legs."""

from __future__ import annotations

from habilis.assets.robots.hands.menagerie import NAMES
from habilis.assets.robots.loaded.menagerie import MENAGERIE, load_menagerie_robot
from habilis.assets.robots.loaded.read import Loaded, load_file

LEGGED = ("go1",)
"""Robots on legs that come with the package."""
FILE = "file:"
"""How the name of a robot begins that is read from a model file."""


def from_file(name: str) -> bool:
    """Whether a name is of an arm, a gripper or a robot on legs that is read from a model file."""
    return name.startswith((FILE, MENAGERIE)) and name not in NAMES


def load_named(name: str) -> Loaded:
    """What the model file of a name holds.

    Raises:
      ValueError: there is none, or it and its description do not fit each other.
      FileNotFoundError: a robot of the Menagerie, and no copy of the Menagerie.
    """
    if name.startswith(FILE):
        return load_file(name.removeprefix(FILE))
    return load_menagerie_robot(name)


def walks(name: str) -> bool:
    """Whether a robot is on legs; not, if it cannot be read, which is told where it is made."""
    if name in LEGGED:
        return True
    if "+" in name or not from_file(name):
        return False
    try:
        return load_named(name).legs is not None
    except (ValueError, FileNotFoundError):
        return False
