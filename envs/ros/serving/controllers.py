"""What a served robot answers when it is asked for its controllers."""

from __future__ import annotations

from typing import Any

from habilis.envs.ros.profiles.from_robot import LIST, LIST_TYPE, TRAJECTORY
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Transport, TransportError


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
