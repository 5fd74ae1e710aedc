"""Which topics, actions, joints and limits a ROS 2 robot has: one small YAML file a robot."""

from __future__ import annotations

import dataclasses
from typing import Literal

Style = Literal["trajectory", "joint_state", "float_array"]


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
      lead: s after which the arm is at rest if no further message arrives (style ``trajectory``).
        Longer leaves room for more speed: half of it times the acceleration is about the greatest.
      action: ``FollowJointTrajectory`` action of the same controller, whose goals every stop
        cancels; no goal is sent to it. '' if there is none.
      order: joints in the order in which the driver takes them, where it goes by place and not by
        name; empty: that of ``Profile.joints``.
    """

    style: Style
    topic: str
    rate: float = 50.0
    lead: float = 0.3
    action: str = ""
    order: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Gripper:
    """A gripper with a ``control_msgs/action/GripperCommand`` action.

    Attributes:
      action: its name.
      joints: that report the opening on the state topic; the opening is their sum times ``scale``.
      scale: m of opening per unit of the sum.
      position: unit of the action's position per m of opening (0.5 where it is that of one finger).
      aperture: least and greatest opening, m.
      max_effort: N asked for.
    """

    action: str
    joints: tuple[str, ...]
    scale: float = 1.0
    position: float = 0.5
    aperture: tuple[float, float] = (0.0, 0.08)
    max_effort: float = 40.0


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
      base_frame: frame of ``/tf`` in which the base of the robot is the origin.
      objects: prefix of the frames of ``/tf`` that carry poses of things: ``<prefix><entity>``.
      cameras: name to image topic (``sensor_msgs/msg/Image``).
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
    base_frame: str = "base"
    objects: str = ""
    cameras: tuple[tuple[str, str], ...] = ()
    clouds: tuple[tuple[str, str], ...] = ()
    watch: WatchdogLimits = dataclasses.field(default_factory=WatchdogLimits)
    source: str = ""
    notes: str = ""
