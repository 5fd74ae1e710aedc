"""Messages of grippers that are switched: closed or open, by services or a topic."""

from __future__ import annotations

import dataclasses
from typing import Any

from habilis.envs.ros.messages.fields import flag
from habilis.envs.ros.messages.motion import BOOL, TRIGGER
from habilis.envs.ros.profiles.profile import Gripper
from habilis.envs.ros.transports.base import Message

SET_BOOL = "std_srvs/srv/SetBool"


@dataclasses.dataclass(frozen=True)
class Switching:
    """What is sent to close or to open.

    Attributes:
      name: of the service or topic.
      type: of it.
      message: the request, or what is published.
    """

    name: str
    type: str
    message: dict[str, Any]


def switching(gripper: Gripper, closed: bool) -> Switching:
    """What closes a gripper that is switched, or opens it."""
    if gripper.kind == "trigger":
        return Switching(gripper.action if closed else gripper.opens, TRIGGER, {})
    kind = SET_BOOL if gripper.kind == "set_bool" else BOOL
    return Switching(gripper.action, kind, {"data": closed == gripper.closed_is})


def read_switching(gripper: Gripper, message: Message) -> bool:
    """Whether a ``SetBool`` request or ``Bool`` message closes; MessageError if it is none."""
    return flag(message, "data", gripper.kind) == gripper.closed_is
