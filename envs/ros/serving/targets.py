"""Joint targets of drivers that do not interpolate, as a served robot reads them."""

from __future__ import annotations

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.motion import read_float_array, read_joint_state
from habilis.envs.ros.profiles.profile import Profile
from habilis.envs.ros.transports.base import Message


def read_targets(profile: Profile, message: Message) -> Array:
    """Targets (n,), rad, in the order of the profile's joints.

    Args:
      profile: of style ``joint_state`` or ``float_array``.
      message: of its topic.

    Raises:
      MessageError: it does not fit, has other joints, or a number is none.
    """
    joints, names = profile.joints, profile.commands.order or profile.joints
    if profile.commands.style == "joint_state":
        state = read_joint_state(message)
        # Drivers with an order do not look at names.
        values, names = state.q, profile.commands.order or state.joints
    else:
        values = read_float_array(message)
    if len(values) != len(joints) or sorted(names) != sorted(joints):
        raise MessageError(f"expected {', '.join(joints)}, got {len(values)} numbers")
    if not np.isfinite(values).all():
        raise MessageError(f"must be finite, got {values.tolist()}")
    targets: Array = values[[names.index(j) for j in joints]]
    return targets
