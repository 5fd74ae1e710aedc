"""Which topics, actions, joints and limits a ROS 2 robot has: one small YAML file a robot."""

from __future__ import annotations

import dataclasses
from typing import Literal

CAPS = {
    "lower": (-12.6, 12.6), "upper": (-12.6, 12.6), "velocity": (0.0, 10.0),
    "acceleration": (0.0, 100.0), "effort": (0.0, 1000.0), "rate": (20.0, 1000.0),
    "lead": (0.2, 0.5), "state_age": (0.0, 1.0), "state_delay": (0.0, 1.0),
    "command_age": (0.0, 1.0), "tracking": (0.0, 2.0), "tracking_time": (0.0, 3.0),
}  # fmt: skip
"""What no profile may go below or beyond: rad, rad/s, rad/s^2, N m, Hz, s.

With a lead of 0.1 s, 5 of 24 wild streams, whose messages were lost behind the graph, had the model
of the controller exceed the limit of acceleration, by up to 62 %.
"""
CELL = 1.5
"""m from the base beyond which no workspace reaches."""

Style = Literal["trajectory", "joint_state", "float_array"]
GripperKind = Literal["gripper_command", "parallel", "franka", "set_bool", "trigger", "bool"]
ON_OFF = ("set_bool", "trigger", "bool")
"""Kinds of grippers that open and close, and do nothing between."""
Box = tuple[tuple[float, float, float], tuple[float, float, float]]


@dataclasses.dataclass(frozen=True)
class JointLimits:
    """Of one joint.

    Attributes:
      lower, upper: rad.
      velocity: rad/s.
      acceleration: rad/s^2.
      effort: N m beyond which the robot is stopped, where efforts are reported; None: not watched.
    """

    lower: float
    upper: float
    velocity: float
    acceleration: float
    effort: float | None = None


@dataclasses.dataclass(frozen=True)
class Commands:
    """How joint targets are sent.

    Attributes:
      style: ``trajectory``: ``trajectory_msgs/msg/JointTrajectory`` of a ros2_control
        JointTrajectoryController; ``joint_state``: ``sensor_msgs/msg/JointState``;
        ``float_array``: ``std_msgs/msg/Float64MultiArray``.
      topic: where targets are streamed to.
      rate: Hz of the stream.
      lead: s after which the arm is at rest at the latest if no further message arrives (style
        ``trajectory``). Longer leaves room for more speed: 0.41 of it times the acceleration is the
        greatest. Slow motion and prompt links take less, whatever is said here.
      action: ``FollowJointTrajectory`` action of the same controller, whose goals every stop
        cancels; no goal is sent to it. '' if there is none.
      reports: ``control_msgs/msg/JointTrajectoryControllerState`` topic, on which the controller
        tells what it asks of the joints; '' if it does not.
      order: joints in the order in which the driver takes them, where it goes by place and not by
        name; empty: that of ``Profile.joints``.
    """

    style: Style
    topic: str
    rate: float = 50.0
    lead: float = 0.5
    action: str = ""
    reports: str = ""
    order: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Gripper:
    """A gripper behind an action, or one that is switched: a vacuum, jaws of compressed air.

    Attributes:
      action: its name; of a Franka Hand, that of its node, below which ``move`` and ``grasp`` are.
        Of a gripper that is switched: the service or topic that does it, of kind ``trigger`` the
        service that closes.
      joints: that report the opening on the state topic; the opening is their sum times ``scale``,
        from ``offset`` on.
      kind: ``gripper_command``: ``control_msgs/action/GripperCommand``; ``parallel``:
        ``control_msgs/action/ParallelGripperCommand``, which commands the first of ``joints``;
        ``franka``: ``franka_msgs/action/Move`` and ``Grasp``. Those that are switched:
        ``set_bool``: a service ``std_srvs/srv/SetBool``; ``trigger``: two services
        ``std_srvs/srv/Trigger``; ``bool``: a topic ``std_msgs/msg/Bool``. They alone may have no
        ``joints``: then nobody sees whether they did what they were told.
      offset: m of opening where joints and position are 0; not 0 where 0 means open.
      scale: m of opening per unit of the sum; less than 0 where a greater position is more closed.
      position: unit of the action's position per m of opening (0.5 where it is that of one finger).
      aperture: least and greatest opening, m.
      max_effort: N asked for; what a gripper that is switched presses with.
      opens: service that opens, of kind ``trigger``.
      closed_is: what closes, of kinds ``set_bool`` and ``bool``: True, or False where False does.
      takes: s within which a gripper that is switched is open, or has closed.
      homing: ``franka_msgs/action/Homing`` that has it find out how far it opens; '' without.
    """

    action: str
    joints: tuple[str, ...]
    kind: GripperKind = "gripper_command"
    offset: float = 0.0
    scale: float = 1.0
    position: float = 0.5
    aperture: tuple[float, float] = (0.0, 0.08)
    max_effort: float = 40.0
    opens: str = ""
    closed_is: bool = True
    takes: float = 1.0
    homing: str = ""

    @property
    def on_off(self) -> bool:
        """Whether it opens and closes only, and goes to no opening between."""
        return self.kind in ON_OFF

    def opening(self, total: float) -> float:
        """The opening, m, when the joints' sum is so much."""
        return self.offset + self.scale * total

    def position_at(self, aperture: float) -> float:
        """The action's position for an opening, m."""
        return (aperture - self.offset) * self.position

    def aperture_at(self, position: float) -> float:
        """The opening, m, for a position of the action."""
        return self.offset + position / self.position


@dataclasses.dataclass(frozen=True)
class WatchdogLimits:
    """Deadlines and tolerances of the watchdog.

    Attributes:
      state_age: s without a fresh state after which the robot is stopped.
      state_delay: s by which a state may arrive later than the quickest one did.
      command_age: s after which a command is too old to be sent.
      tracking: rad by which a measured joint may differ from what was sent, for ``tracking_time``.
      tracking_time: s.
    """

    state_age: float = 0.1
    state_delay: float = 0.1
    command_age: float = 0.25
    tracking: float = 0.2
    tracking_time: float = 0.5


@dataclasses.dataclass(frozen=True)
class Profile:
    """A robot as ROS 2 sees it.

    Attributes:
      name: of the profile.
      robot: habilis robot or hand whose kinematics these joints have (``fr3``, ``leap``, ...), or
        '': joints can be moved, plans cannot be run.
      joints: ROS joint names, in the order of the habilis robot's joints.
      limits: of each joint; never wider than the habilis robot's own.
      states: ``sensor_msgs/msg/JointState`` topic.
      state_rate: Hz to be expected of it.
      commands: how joints are commanded.
      gripper: None without one.
      home: (n,) joints, rad: the pose ``habilis ros home`` moves to.
      stop: ``std_srvs/srv/Trigger`` service called by every stop; '' if there is none.
      recovery: ``franka_msgs/action/ErrorRecovery`` that ends the arm's errors; '' without.
      base_frame: frame of ``/tf`` in which the base of the robot is the origin.
      objects: prefix of the frames of ``/tf`` that carry poses of things: ``<prefix><entity>``.
      workspace: lower and upper corner of the box, m from the base, that the tool centre point of a
        robot that habilis knows never leaves.
      cameras: name to image topic (``sensor_msgs/msg/Image``; ``CompressedImage`` where its name
        ends with ``/compressed``).
      clouds: name to point cloud topic (``sensor_msgs/msg/PointCloud2``).
      watch: deadlines.
      source: where names and limits come from, and of what date.
      notes: what a user must know before the first motion.
    """

    name: str
    robot: str
    joints: tuple[str, ...]
    limits: tuple[JointLimits, ...]
    states: str
    state_rate: float
    commands: Commands
    home: tuple[float, ...]
    gripper: Gripper | None = None
    stop: str = ""
    recovery: str = ""
    base_frame: str = "base"
    objects: str = ""
    workspace: Box = ((-0.95, -0.95, 0.0), (0.95, 0.95, 1.3))
    cameras: tuple[tuple[str, str], ...] = ()
    clouds: tuple[tuple[str, str], ...] = ()
    watch: WatchdogLimits = dataclasses.field(default_factory=WatchdogLimits)
    source: str = ""
    notes: str = ""


def check_caps(profile: Profile) -> None:
    """Check that nothing in a profile is beyond what any profile may say, however it was made.

    Raises:
      ValueError: something is; names it and what is allowed.
    """
    parts = [("commands", profile.commands), ("watch", profile.watch)]
    parts += [(name, limit) for name, limit in zip(profile.joints, profile.limits, strict=True)]
    for where, part in parts:
        for field in dataclasses.fields(part):  # type: ignore[arg-type]
            value, cap = getattr(part, field.name), CAPS.get(field.name)
            if cap is not None and value is not None and not cap[0] <= value <= cap[1]:
                raise ValueError(
                    f"profile {profile.name!r}: {field.name} of {where} is {value:g},"
                    f" allowed are {cap[0]:g} to {cap[1]:g}"
                )
    if not all(abs(x) <= CELL for corner in profile.workspace for x in corner):
        raise ValueError(f"profile {profile.name!r}: workspace reaches beyond {CELL:g} m")
