"""What a controller must know of an arm: names, limits, rest posture, gripper."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class RobotSpec:
    """An arm with a parallel gripper, as constants. Joint arrays follow ``joints``.

    Attributes:
      name: identifier used in scenes.
      base: name of the base body, at the origin of the model.
      joints: names of the n arm joints, from the base outwards.
      actuators: names of the position servos of those joints, rad.
      lower: lower joint limits (n,), rad.
      upper: upper joint limits (n,), rad.
      velocity: joint speed limits (n,), rad/s.
      acceleration: joint acceleration limits (n,), rad/s^2.
      torque: joint torque limits (n,), Nm.
      home: rest posture (n,), rad.
      aperture: least and greatest distance between the finger pads, m.
      fingers: names of the finger bodies.
      finger_joints: names of the finger joints; each slides by half the aperture, m.
      gripper: name of the gripper actuator, whose command is half the aperture, m.
      hand: name of the body that carries the fingers.
      tcp: name of the site at the tool centre point, between the pads.
      source: where the numbers come from, and their licence.
    """

    name: str
    base: str
    joints: tuple[str, ...]
    actuators: tuple[str, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    velocity: tuple[float, ...]
    acceleration: tuple[float, ...]
    torque: tuple[float, ...]
    home: tuple[float, ...]
    aperture: tuple[float, float]
    fingers: tuple[str, ...]
    finger_joints: tuple[str, ...]
    gripper: str
    hand: str
    tcp: str
    source: str

    def __post_init__(self) -> None:
        want = len(self.joints)
        rows = ("actuators", "lower", "upper", "velocity", "acceleration", "torque", "home")
        for field in rows:
            if len(getattr(self, field)) != want:
                got = len(getattr(self, field))
                raise ValueError(f"robot {self.name!r}: {want} joints but {got} entries in {field}")
        limits = zip(self.joints, self.lower, self.home, self.upper, strict=True)
        for joint, low, rest, high in limits:
            if not low <= rest <= high:
                raise ValueError(
                    f"robot {self.name!r}: home {rest} of {joint} is outside [{low}, {high}]"
                )
