"""What a served robot answers besides commands: its controllers, and what brings it back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from habilis.envs.ros.grippers.jaw import Jaw
from habilis.envs.ros.grippers.served import Served
from habilis.envs.ros.profiles.from_robot import LIST, LIST_TYPE, TRAJECTORY
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.robot.recovery import ERROR_RECOVERY, HOMING
from habilis.envs.ros.serving.outbox import Outbox
from habilis.envs.ros.transports.base import GoalStatus, Running, Transport, TransportError


def offer_list(profile: Profile, transport: Transport) -> list[str]:
    """Offer ``ListControllers`` for a profile of style ``trajectory``; a line about it, if so."""
    name = profile.commands.topic.removesuffix("/joint_trajectory").lstrip("/")
    if profile.commands.style != "trajectory" or not name:
        return []
    interfaces = [f"{joint}/position" for joint in profile.joints]
    state: dict[str, Any] = {
        "name": name, "state": "active", "type": TRAJECTORY, "claimed_interfaces": interfaces,
        "required_command_interfaces": interfaces,
    }  # fmt: skip
    try:
        transport.serve(LIST, LIST_TYPE, lambda _: {"controller": [state]})
    except TransportError:  # a ROS without controller_manager_msgs
        return []
    return [f"{LIST}  {LIST_TYPE}"]


class ServedHelp:
    """Recovery of the arm from errors and homing of the hand, as far as the profile names them.

    A ROS without ``franka_msgs`` has neither.

    Args:
      profile: of the robot.
      jaw: what is homed; None without.
      robot: whose they are.
      recover: ends its stop.
      out: for results.
      lock: held while the jaw is told something.
    """

    def __init__(
        self,
        profile: Profile,
        jaw: Jaw | None,
        robot: Served,
        recover: Callable[[], object],
        out: Outbox,
        lock: threading.RLock,
    ) -> None:
        self._profile, self._jaw, self._robot = profile, jaw, robot
        self._recover, self._out, self._lock = recover, out, lock

    def offer(self, transport: Transport) -> list[str]:
        """Announce them; returns a line on each, for people."""
        rows = [(self._profile.recovery, ERROR_RECOVERY, self._on_recovery)]
        if self._jaw is not None:
            rows.append((self._jaw.gripper.homing, HOMING, self._on_homing))
        lines = []
        for action, kind, take in rows:
            try:
                if action:
                    transport.serve_action(action, kind, take)
                    lines.append(f"{action}  {kind}")
            except TransportError:
                continue
        return lines

    def _on_recovery(self, running: Running) -> str:
        self._recover()
        self._out.end(running, GoalStatus.SUCCEEDED, {})
        return ""

    def _on_homing(self, running: Running) -> str:
        with self._lock:
            reason = self._robot.refusal
            if not reason and self._jaw is not None:
                self._jaw.home(running, self._robot.elapsed)
        return reason
