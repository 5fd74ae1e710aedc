"""What a lean gripper is made of, as data beside this file."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import mujoco

from habilis.assets.plain import build
from habilis.assets.robots.shapes import RobotLink, Shape, Shapes, add_link, add_shape, make_pad
from habilis.assets.robots.spec import EndEffector


@dataclasses.dataclass(frozen=True)
class GripperData:
    """A gripper of primitives.

    Attributes:
      about: what is special about it.
      source: where the numbers come from, and their licence.
      effector: its constants.
      links: its bodies, the one on the flange first.
      looks: what is seen of each kind of body; solids: what is touched.
      pad: of each finger, in the frame of the body that carries it.
    """

    about: str
    source: str
    effector: EndEffector
    links: tuple[RobotLink, ...]
    looks: Shapes
    solids: Shapes
    pad: Shape

    def add(self, parent: mujoco.MjsBody, link: RobotLink, prefix: str = "") -> mujoco.MjsBody:
        """Add one of the bodies with its shapes."""
        return add_link(parent, link, self.looks, self.solids, prefix)

    def add_pad(self, body: mujoco.MjsBody, name: str) -> None:
        """Add the pad to a finger's body."""
        pad = add_shape(body, self.pad)
        pad.name = name
        make_pad(pad)


def load_gripper(name: str) -> GripperData:
    """The gripper of a file in this folder."""
    path = Path(__file__).with_name(f"{name}.json")
    return build(GripperData, json.loads(path.read_text(encoding="utf-8")), path.name)
