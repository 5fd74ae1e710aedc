"""What a served robot tells without being asked: states, time, poses, whether it succeeded."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages import motion as messages
from habilis.envs.ros.messages.transforms import links, transforms
from habilis.envs.ros.profiles.from_robot import DESCRIPTION
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.serving.description import RobotDescription
from habilis.envs.ros.serving.outbox import Outbox
from habilis.envs.ros.serving.plant import ArmPlant, Plant
from habilis.envs.ros.transports.base import Transport

TF_TOPIC, CLOCK_TOPIC = "/tf", "/clock"
SEMANTIC = f"{DESCRIPTION}_semantic"
SUCCESS, REASON, EPISODE = "/habilis/success", "/habilis/reason", "/habilis/episode"


class StatePublisher:
    """Builds the messages and puts them into the outbox.

    Args:
      profile: names.
      plant: what is told of.
      out: where messages go.
      silent: bodies whose poses are not told: cameras have to find them.
    """

    def __init__(
        self, profile: Profile, plant: Plant, out: Outbox, silent: Collection[str] = ()
    ) -> None:
        self._profile, self._plant, self._out = profile, plant, out
        self._told: tuple[bool, str] | None = None
        fingers = profile.gripper.joints if profile.gripper and isinstance(plant, ArmPlant) else ()
        self._joints = (*profile.joints, *fingers)
        bodies = plant.world.bodies if isinstance(plant, ArmPlant) else ()
        self._about = _described(profile, plant) if isinstance(plant, ArmPlant) else None
        self._looks = 0
        self._told_of = [i for i, body in enumerate(bodies) if body not in silent]

    def advertise(self, transport: Transport) -> list[str]:
        """Announce the topics; returns a line about each, for people."""
        transport.advertise(self._profile.states, messages.JOINT_STATE)
        transport.advertise(CLOCK_TOPIC, messages.CLOCK)
        lines = [f"{self._profile.states}  {messages.JOINT_STATE}", f"{CLOCK_TOPIC}  time"]
        if reports := self._profile.commands.reports:
            transport.advertise(reports, messages.CONTROLLER_STATE)
            lines.append(f"{reports}  {messages.CONTROLLER_STATE}")
        if not isinstance(self._plant, ArmPlant):
            return lines
        transport.advertise(TF_TOPIC, messages.TF)
        transport.advertise(SUCCESS, messages.BOOL, latched=True)
        transport.advertise(REASON, messages.STRING, latched=True)
        transport.advertise(EPISODE, messages.INT64, latched=True)
        frames = ", ".join(self._frames(self._plant)) or "nothing"
        if self._about is not None:
            transport.advertise(DESCRIPTION, messages.STRING, latched=True)
            transport.advertise(SEMANTIC, messages.STRING, latched=True)
            lines += [f"{DESCRIPTION}  URDF, without shapes", f"{SEMANTIC}  SRDF"]
            lines += [f"{TF_TOPIC}  its links"]
        return [
            *lines,
            f"{TF_TOPIC}  in {self._profile.base_frame}: {frames}",
            f"{SUCCESS}, {REASON}  whether the goal of the scene was reached, else why it is lost",
            f"{EPISODE}  seed of the layout, after each reset",
        ]

    def states(self, now: float) -> None:
        """Publish joints and clock of time ``now``, s."""
        plant, gripper = self._plant, self._profile.gripper
        q, qd, effort = plant.q, plant.qd, plant.effort
        if len(self._joints) > len(q) and gripper and isinstance(plant, ArmPlant):
            share = 1 / (len(gripper.joints) * gripper.scale)
            ones = np.ones(len(gripper.joints))
            q = np.append(q, ones * (plant.aperture - gripper.offset) * share)
            qd = np.append(qd, ones * plant.closing * share)
            effort = np.append(effort, ones * plant.grip / 2)
        state = messages.joint_state(self._joints, q, qd, effort, now, self._profile.base_frame)
        self._out.publish(self._profile.states, state)
        self._out.publish(CLOCK_TOPIC, messages.clock(now))

    def reference(self, asked: tuple[Array, Array], now: float) -> None:
        """Publish what the controller asks of the joints: (n,) rad and (n,) rad/s."""
        if reports := self._profile.commands.reports:
            measured = self._plant.q, self._plant.qd
            told = messages.controller_state(self._profile.joints, asked, measured, now)
            self._out.publish(reports, told)

    def poses(self, now: float) -> None:
        """Publish where the things of the scene are, from the base of the robot, and its links.

        The links are told every other time: they are many, and whoever drives the robot knows them.
        """
        plant = self._plant
        self._looks += 1
        if isinstance(plant, ArmPlant) and self._about is not None and self._looks % 2:
            pos, quat = self._about.poses(plant.qpos)
            told = links(self._about.parents, self._about.links[1:], pos, quat, now)
            self._out.publish(TF_TOPIC, told)
        if isinstance(plant, ArmPlant) and self._told_of:
            world, rows = plant.world, self._told_of
            pos = world.pos[0, rows] - np.array(world.scene.base)
            frames, parent = self._frames(plant), self._profile.base_frame
            told = transforms(parent, frames, pos, world.quat[0, rows], now)
            self._out.publish(TF_TOPIC, told)

    def verdict(self) -> None:
        """Publish whether the goal is reached, if that has changed."""
        if not isinstance(self._plant, ArmPlant):
            return
        monitor = self._plant.monitor
        verdict = (bool(monitor.success[0]), str(monitor.failure[0]))
        if verdict != self._told:
            self._told = verdict
            self._out.publish(SUCCESS, {"data": verdict[0]})
            self._out.publish(REASON, {"data": verdict[1]})

    def episode(self, seed: int) -> None:
        """Publish that a new layout was set up from a seed."""
        if isinstance(self._plant, ArmPlant):
            self._told = None
            self.verdict()
            self._out.publish(EPISODE, {"data": seed})
            if self._about is not None:
                self._out.publish(DESCRIPTION, {"data": self._about.urdf()})
                self._out.publish(SEMANTIC, {"data": self._about.srdf()})

    def _frames(self, plant: ArmPlant) -> list[str]:
        return [self._profile.objects + plant.world.bodies[i] for i in self._told_of]


def _described(profile: Profile, plant: ArmPlant) -> RobotDescription | None:
    """None of a robot whose joints a description cannot tell."""
    try:
        return RobotDescription(profile, plant.world.model, plant.world.robot)
    except ValueError:
        return None
