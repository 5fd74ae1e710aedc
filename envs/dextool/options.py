"""Options of ``habilis/ToolPose-v0``, with what is allowed."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal

from habilis.assets.dextool.families import FAMILIES
from habilis.assets.dextool.scene import stance
from habilis.assets.dextool.sequences import TOLERANCE
from habilis.assets.names import check_known

TOOL_START = ("hand", "table")
HAND_ACTION = ("residual", "absolute")


@dataclasses.dataclass(frozen=True)
class PoseOptions:
    """What is posed by what, and how hard it is made.

    Attributes:
      robot: a key of ``habilis.assets.dextool.scene.STANCES``.
      tool: a family of procedural tools; or, with ``sequence``, whatever that is about.
      size: seed by which the tool's sizes and densities are drawn.
      sequence: a goal sequence of DexToolBench by name, whose tool, table and goals are taken from
        ``DEXTOOLBENCH_ROOT``; empty for goals drawn at random.
      start: the tool is in the hand, or lies on the table.
      hand_action: what a number of the action means for a servo of the hand: ``residual``, up to
        0.3 rad off the grasp's command; ``absolute``, its whole range, as published.
      goals: how many, one after the other.
      step, turn: m and rad by which a goal may lie off the one before.
      tolerance: of the farthest keypoint, m.
      curriculum: begin at 0.1125 m and tighten by a tenth whenever an episode that ends has reached
        three goals and 3000 steps have passed, down to ``tolerance``.
      spread: of the tool's mass and friction between episodes, as a share.
      noise: on the tool's pose as it is seen, 1 cm and 5 degrees, and on joint speeds, 0.1 rad/s.
      delay: of what is seen and done, by up to 3 steps, and of the tool's pose by up to 10.
      pushes: by 20 N, at random, while the tool is up.
      tries: hands that are closed on the tool to find grasps to start from.
    """

    robot: str = "fr3+leap"
    tool: str = "hammer"
    size: int = 1
    sequence: str = ""
    start: Literal["hand", "table"] = "hand"
    hand_action: Literal["residual", "absolute"] = "residual"
    goals: int = 5
    step: float = 0.1
    turn: float = math.pi / 2
    tolerance: float = TOLERANCE
    curriculum: bool = False
    spread: float = 0.1
    noise: bool = False
    delay: bool = False
    pushes: bool = False
    tries: int = 24

    def __post_init__(self) -> None:
        stance(self.robot)
        for kind, value, known in (
            ("family of tools", self.tool, tuple(FAMILIES)), ("start", self.start, TOOL_START),
            ("hand_action", self.hand_action, HAND_ACTION),
        ):  # fmt: skip
            check_known(kind, value, known)
        for name, least in (("goals", 1), ("size", 0), ("tries", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        for name in ("tolerance", "step", "turn"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be above zero, got {getattr(self, name)}")
        if not 0 <= self.spread < 1:
            raise ValueError(f"spread is a share in [0, 1), got {self.spread}")
