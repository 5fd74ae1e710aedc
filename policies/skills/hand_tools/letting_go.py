"""Hands that come to a hand tool, or leave it where it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator

import numpy as np

from habilis.assets.arrays import Array
from habilis.assets.grasps import GraspKeyframe
from habilis.assets.robots.registry import robot_spec
from habilis.envs.control.arm import TICK
from habilis.envs.control.command import Command, ToolGrip
from habilis.envs.world.grips import takeable, tips_in_grasp
from habilis.policies.skills.grasping import APPROACH_SPEED
from habilis.policies.skills.held_tool import HeldToolSkill
from habilis.policies.skills.primitives import FREE_SPEED, SETTLE

BACK, OVER, HIGH = 0.10, 0.02, 0.15  # m from the tool, on the side of the palm: beside it, above
OPEN_TIME = 0.8  # s, until the fingers are off a tool that they held


class HandOnTool(HeldToolSkill):
    """Motions shared by skills that close a hand around a tool, or take it off."""

    def grasps_of(self, tool: str) -> tuple[GraspKeyframe, ...]:
        """Stored ones of that tool, best first."""
        scene = self.senses.scene
        return takeable(scene, robot_spec(scene.robot))[tool]

    def tips_in_hand(self, grip: ToolGrip) -> Array:
        """(4, 4) of the tips of a tool at rest in the tool centre point of the bare hand."""
        hand = robot_spec(self.senses.scene.robot).effector.name
        tool = self.senses.entity(grip.tool).hand_tool
        assert tool is not None
        return tips_in_grasp(hand, tool, self.grasps_of(grip.tool)[grip.grasp])

    def beside(self, tips: Array, grip: ToolGrip) -> Array:
        """(3,) where tips (4, 4) would be if the hand stood back from them, on the palm's side."""
        palm = (tips[:3, :3] @ self.tips_in_hand(grip)[:3, :3].T)[:, 2] * (1.0, 1.0, 0.0)
        out: Array = tips[:3, 3] - BACK * palm / np.linalg.norm(palm) + (0.0, 0.0, OVER)
        return out

    def hold_by(self, grip: ToolGrip | None) -> None:
        """Go on, where the hand is, with commands of the tips by a grip, or of the bare hand."""
        away = np.eye(4) if grip is None else self.tips_in_hand(grip)
        if self.last.grip is not None:
            away = np.linalg.inv(self.tips_in_hand(self.last.grip)) @ away
        pos, rot = self.last.pos, self.last.rot
        widest = robot_spec(self.senses.scene.robot).effector.widest
        self.last = Command(pos + rot @ away[:3, 3], widest, rot @ away[:3, :3], grip=grip)

    def let_go(self) -> Generator[Command, None, None]:
        """Take the fingers off a tool that is held, the hand staying where it is.

        However the tool lay in the hand, from now on commands are of where it would be by the
        grasp.
        """
        grip = self.last.grip
        assert grip is not None
        pose = self.senses.hand() @ self.tips_in_hand(grip)
        self.last = dataclasses.replace(self.last, pos=pose[:3, 3], rot=pose[:3, :3])
        ticks = round(OPEN_TIME / TICK)
        for k in range(1, ticks + 1):
            now = dataclasses.replace(grip, closure=1 - 2 * k / ticks)
            self.last = dataclasses.replace(self.last, grip=now)
            yield self.last
        yield from self.hold(SETTLE)

    def back_off(self) -> Generator[Command, None, None]:
        """Away from a tool with open fingers, to the side of the palm, then up, the hand empty."""
        tips, grip = np.eye(4), self.last.grip
        assert grip is not None
        tips[:3, :3], tips[:3, 3] = self.last.rot, self.last.pos
        beside = self.beside(tips, grip)
        yield from self.go(beside, APPROACH_SPEED)
        yield from self.go(beside + (0.0, 0.0, HIGH), FREE_SPEED)
        self.hold_by(None)
        yield from self.hold(SETTLE)
