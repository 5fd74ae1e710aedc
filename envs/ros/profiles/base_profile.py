"""Which topics and limits a base that is commanded by velocity has: one short YAML file a base."""

from __future__ import annotations

import dataclasses

import numpy as np

from habilis.assets.arrays import Array

BASE_CAPS = {
    "forward": (0.0, 1.5), "sideways": (0.0, 1.0), "turning": (0.0, 2.0),
    "acceleration": (0.0, 3.0), "turning_acceleration": (0.0, 6.0),
    "braking": (0.0, 6.0), "turning_braking": (0.0, 12.0),
    "rate": (10.0, 100.0), "timeout": (0.05, 1.0), "odometry_age": (0.0, 0.5),
    "odometry_delay": (0.0, 0.5), "command_age": (0.0, 0.5), "overspeed": (0.0, 1.0),
}  # fmt: skip
"""What no profile may go below or beyond: m/s, rad/s, m/s^2, rad/s^2, Hz, s."""
FARTHEST = 50.0
"""m from the origin beyond which no area reaches."""
BRAKES_WITHIN = 0.3
"""s within which braking must bring any allowed speed to rest."""
Rectangle = tuple[tuple[float, float], tuple[float, float]]
"""Lower and upper corner, x and y, m, in the profile's ``world`` frame."""


@dataclasses.dataclass(frozen=True)
class VelocityCommands:
    """How velocities are sent.

    Attributes:
      topic: ``geometry_msgs/msg/Twist``, or ``TwistStamped`` where ``stamped``.
      stamped: whether messages carry a header; its time is then that of the robot's clock.
      rate: Hz of the stream.
      timeout: s without a message after which the driver stops the base by itself.
      pushing: ``std_msgs/msg/Float64`` topic that tells a walking robot the force, N, with which it
        may push what is right ahead, instead of stepping onto it; below 0 it steps. '' if none.
    """

    topic: str
    stamped: bool = False
    rate: float = 25.0
    timeout: float = 0.5
    pushing: str = ""

    @property
    def action(self) -> str:
        """Bases have no action of a controller."""
        return ""


@dataclasses.dataclass(frozen=True)
class OdometrySource:
    """Where the base is, as the robot tells it.

    Attributes:
      topic: ``nav_msgs/msg/Odometry``.
      rate: Hz to be expected of it.
      frame: in which its poses are.
      planar: whether height and tilt in it mean nothing, as of most drivers of wheels.
    """

    topic: str
    rate: float
    frame: str = "odom"
    planar: bool = False


@dataclasses.dataclass(frozen=True)
class BaseLimits:
    """How a base may move.

    Attributes:
      forward, sideways: m/s, either way; 0 sideways for a base that cannot.
      turning: rad/s.
      acceleration: m/s^2, mean over any ``ramp.WINDOW``.
      turning_acceleration: rad/s^2, likewise.
      braking: m/s^2 of a stop.
      turning_braking: rad/s^2 of a stop.
    """

    forward: float
    sideways: float
    turning: float
    acceleration: float
    turning_acceleration: float
    braking: float
    turning_braking: float

    @property
    def speeds(self) -> Array:
        """(3,) forward and to the left, m/s, and turning, rad/s."""
        return np.array([self.forward, self.sideways, self.turning])


@dataclasses.dataclass(frozen=True)
class BaseWatch:
    """Deadlines and tolerances.

    Attributes:
      odometry_age: s without fresh odometry after which the base is stopped.
      odometry_delay: s by which odometry may come later than the quickest message did.
      command_age: s after which a command is too old, and the base stands until the next; and
        after which a message that is not seen to reach the graph stops it.
      overspeed: m/s or rad/s by which it may move faster than it was told.
    """

    odometry_age: float = 0.2
    odometry_delay: float = 0.2
    command_age: float = 0.25
    overspeed: float = 0.3


@dataclasses.dataclass(frozen=True)
class BaseProfile:
    """A base as ROS 2 sees it.

    Attributes:
      name: of the profile.
      robot: habilis robot that walks (``go1``), whose plans it runs, or '': it can be driven, and
        plans cannot be run.
      commands: how velocities are sent; odometry: where it is; limits: how it may move.
      area: what its middle never leaves.
      keep_out: what its middle never enters.
      watch: deadlines.
      joints: ROS names of the joints of its legs, in the order of the habilis robot's; empty where
        they are not reported.
      states: ``sensor_msgs/msg/JointState`` topic of these.
      stop: ``std_srvs/srv/Trigger`` service called by every stop; '' if there is none.
      base_frame: frame of the base on ``/tf``.
      world: frame in which ``area`` and the scene are; by default that of the odometry. Another
        one, as ``map``, is joined to that by ``/tf``.
      objects: prefix of the frames of ``/tf`` that carry poses of things: ``<prefix><entity>``.
      source: where names and limits come from, and of what date.
      notes: what a user must know before the first motion.
    """

    name: str
    robot: str
    commands: VelocityCommands
    odometry: OdometrySource
    limits: BaseLimits
    area: Rectangle
    keep_out: tuple[Rectangle, ...] = ()
    watch: BaseWatch = dataclasses.field(default_factory=BaseWatch)
    joints: tuple[str, ...] = ()
    states: str = ""
    stop: str = ""
    base_frame: str = "base_link"
    world: str = "odom"
    objects: str = ""
    source: str = ""
    notes: str = ""


def check_base_caps(profile: BaseProfile) -> None:
    """Check that nothing in a profile is beyond what any profile may say, however it was made.

    Raises:
      ValueError: something is; names it and what is allowed.
    """
    where = f"profile {profile.name!r}"
    for part in (profile.commands, profile.limits, profile.watch):
        for field in dataclasses.fields(part):
            value, cap = getattr(part, field.name), BASE_CAPS.get(field.name)
            if cap is not None and not cap[0] <= value <= cap[1]:
                raise ValueError(
                    f"{where}: {field.name} is {value:g}, allowed are {cap[0]:g} to {cap[1]:g}"
                )
    limits = profile.limits
    fastest = float(np.hypot(limits.forward, limits.sideways))
    pairs = [(fastest, limits.braking, "braking", "m/s")]
    pairs.append((limits.turning, limits.turning_braking, "turning_braking", "rad/s"))
    for speed, braking, name, unit in pairs:
        if speed > BRAKES_WITHIN * braking:
            raise ValueError(
                f"{where}: {name} of {braking:g} takes {speed / max(braking, 1e-9):.2f} s from"
                f" {speed:.2f} {unit} to rest, allowed are {BRAKES_WITHIN:g} s: brake harder or"
                " drive more slowly"
            )
    if profile.commands.timeout < 2 / profile.commands.rate:
        raise ValueError(
            f"{where}: a timeout of {profile.commands.timeout:g} s is less than two periods of a"
            f" stream of {profile.commands.rate:g} Hz"
        )
    for low, high in (profile.area, *profile.keep_out):
        if not all(-FARTHEST <= a < b <= FARTHEST for a, b in zip(low, high, strict=True)):
            raise ValueError(
                f"{where}: a rectangle from {low} to {high} m; expected lower < upper, within"
                f" {FARTHEST:g} m"
            )
