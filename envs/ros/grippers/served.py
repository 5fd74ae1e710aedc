"""How the gripper of a served robot is told what to do: by its action, services or topic."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from habilis.envs.ros.grippers.jaw import Jaw
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.grips import grip_actions
from habilis.envs.ros.messages.motion import answer
from habilis.envs.ros.messages.switches import read_switching, switching
from habilis.envs.ros.transports.base import Message, Running, Transport


class Served(Protocol):
    """The robot whose gripper it is.

    Attributes:
      elapsed: s that were simulated.
      refusal: why it moves nothing now; '' if it does.
    """

    @property
    def elapsed(self) -> float: ...
    @property
    def refusal(self) -> str: ...

    def refuse(self, topic: str, reason: str) -> None:
        """Take note of a message that was not taken."""


class ServedGripper:
    """Offers what the profile's gripper has.

    Args:
      jaw: that moves.
      robot: whose it is.
      lock: held while the jaw is told something.
    """

    def __init__(self, jaw: Jaw, robot: Served, lock: threading.RLock) -> None:
        self._jaw, self._robot, self._lock = jaw, robot, lock

    def offer(self, transport: Transport) -> list[str]:
        """Announce it; returns a line on each name, for people."""
        gripper = self._jaw.gripper
        if not gripper.on_off:
            actions = grip_actions(gripper)
            for action, kind in actions.items():
                transport.serve_action(action, kind, self._on_goal)
            return [f"{action}  {kind}" for action, kind in actions.items()]
        both = [switching(gripper, closed) for closed in (True, False)]
        if gripper.kind == "trigger":
            transport.serve(both[0].name, both[0].type, lambda _: self._switch(True))
            transport.serve(both[1].name, both[1].type, lambda _: self._switch(False))
        elif gripper.kind == "set_bool":
            transport.serve(both[0].name, both[0].type, self._on_call)
        else:
            transport.subscribe(both[0].name, both[0].type, self._on_message)
        return [f"{name}  {kind}" for name, kind in {b.name: b.type for b in both}.items()]

    def _on_goal(self, running: Running) -> str:
        with self._lock:
            reason = self._robot.refusal or self._jaw.refusal(running.goal)
            if not reason:
                self._jaw.take(running, self._robot.elapsed)
        return reason

    def _on_call(self, request: Message) -> dict[str, Any]:
        try:
            return self._switch(read_switching(self._jaw.gripper, request))
        except MessageError as error:
            return answer(False, str(error))

    def _on_message(self, message: Message) -> None:
        try:
            said = self._switch(read_switching(self._jaw.gripper, message))["message"]
        except MessageError as error:
            said = str(error)
        if said:
            self._robot.refuse(self._jaw.gripper.action, said)

    def _switch(self, closed: bool) -> dict[str, Any]:
        with self._lock:
            reason = self._robot.refusal
            if not reason:
                self._jaw.switch(closed)
        return answer(not reason, reason)
