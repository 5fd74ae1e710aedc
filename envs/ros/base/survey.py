"""What a base tells, and whether anything is in the way of a first motion; nothing moves."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence

import numpy as np

from habilis.envs.ros.base.area import Area
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.frames import FrameTree
from habilis.envs.ros.messages.motion import JOINT_STATE, STRING, TF
from habilis.envs.ros.messages.velocity import (
    ODOMETRY,
    TWIST,
    TWIST_STAMPED,
    OdometryMessage,
    read_odometry,
)
from habilis.envs.ros.motion.commander import desk
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.robot.survey import ANSWER, GRACE, PARAMETERS
from habilis.envs.ros.transports.base import Message, Transport, TransportError
from habilis.envs.world.poses import matrices

DOUBLE = 3  # the type of a parameter that is a number
MOVING = 0.05  # m or rad within the time of listening


@dataclasses.dataclass(frozen=True)
class BaseSurvey:
    """What was found.

    Attributes:
      at: x, y, z in m and heading in rad, as the last odometry says; NaN if none came.
      rate: Hz of the odometry.
      worst: s, its longest silence; NaN unknown.
      frames: of ``/tf`` below the profile's prefix.
      timeout: what is known of what the base does when commands cease.
      faults: everything that is in the way of a first motion.
      seconds: of listening.
    """

    at: tuple[float, float, float, float]
    rate: float
    worst: float
    frames: tuple[str, ...]
    timeout: str
    faults: tuple[str, ...]
    seconds: float


def survey_base(profile: BaseProfile, transport: Transport, listen: float = 3.0) -> BaseSurvey:
    """Listen for a while, and read the driver's parameters if it has any.

    Args:
      profile: what ought to be there.
      transport: connected.
      listen: s.
    """
    heard: list[tuple[float, OdometryMessage]] = []
    bad: list[str] = []
    others: list[str] = []
    joints: set[str] = set()
    tree = FrameTree()

    def odometry(message: Message) -> None:
        try:
            heard.append((time.monotonic(), read_odometry(message)))
        except MessageError as error:
            bad.append(str(error))

    def claim(message: Message) -> None:
        if str(message.get("data", "")).startswith("armed"):
            others.append("another habilis commands this base")

    commands, odom = profile.commands, profile.odometry
    kind = TWIST_STAMPED if commands.stamped else TWIST
    transport.subscribe(odom.topic, ODOMETRY, odometry)
    transport.subscribe(
        commands.topic, kind, lambda _: others.append(f"somebody sends on {commands.topic}")
    )
    transport.subscribe(desk(profile), STRING, claim)
    transport.subscribe("/tf", TF, lambda m: tree.take(m, 0.0))
    transport.subscribe("/tf_static", TF, lambda m: tree.take(m, 0.0, static=True))
    if profile.joints:
        transport.subscribe(profile.states, JOINT_STATE, lambda m: joints.update(m["name"]))
    timeout, fault = _timeout(profile, transport)
    time.sleep(listen)
    arrivals = np.array([at for at, _ in heard])
    rate = (len(arrivals) - 1) / np.ptp(arrivals) if len(arrivals) > 1 else 0.0
    worst = float(np.diff(arrivals).max()) if len(arrivals) > 1 else math.nan
    faults = [*_odometry_faults(profile, heard, bad, float(rate), worst, tree), fault]
    if missing := [name for name in profile.joints if name not in joints]:
        faults.append(f"not on {profile.states}: {', '.join(missing)}")
    faults += list(dict.fromkeys(others))
    names = tuple(name for name in tree.names() if name.startswith(profile.objects))
    last = heard[-1][1] if heard else None
    at = (math.nan,) * 4 if last is None else (*(float(v) for v in last.pos), _heading(last))
    told = (at[0], at[1], at[2], at[3])
    found = tuple(f for f in faults if f)
    return BaseSurvey(told, float(rate), worst, names, timeout, found, listen)


def _heading(told: OdometryMessage) -> float:
    turn = matrices(told.quat)
    return float(np.arctan2(turn[1, 0], turn[0, 0]))


def _odometry_faults(
    profile: BaseProfile,
    heard: Sequence[tuple[float, OdometryMessage]],
    bad: Sequence[str],
    rate: float,
    worst: float,
    tree: FrameTree,
) -> list[str]:
    odom, world = profile.odometry, profile.world
    if not heard:
        return [bad[0] if bad else f"nothing comes on {odom.topic}"]
    out, last = list(dict.fromkeys(bad)), heard[-1][1]
    if last.parent.removeprefix("/") != odom.frame.removeprefix("/"):
        out.append(f"odometry is in the frame {last.parent!r}, the profile says {odom.frame!r}")
    if rate < GRACE * odom.rate:
        out.append(f"odometry comes at {rate:.0f} Hz, the profile says {odom.rate:.0f}")
    if worst > profile.watch.odometry_age:
        out.append(
            f"odometry was silent for {worst:.3f} s; the watchdog stops the base after"
            f" {profile.watch.odometry_age:g} s"
        )
    if float(np.linalg.norm(last.pos[:2] - heard[0][1].pos[:2])) > MOVING:
        out.append("the base moves")
    if world == odom.frame:
        out.append(Area(profile).trouble(last.pos[:2]))
    elif (joined := tree.pose(odom.frame, world)) is None:
        out.append(f"nothing on /tf joins {odom.frame!r} to {world!r}")
    else:
        out.append(Area(profile).trouble((joined[0] + matrices(joined[1]) @ last.pos)[:2]))
    return out


def _timeout(profile: BaseProfile, transport: Transport) -> tuple[str, str]:
    """What is known of the base when commands cease, and what is wrong with that."""
    said, limits = profile.commands.timeout, profile.limits
    fastest = float(np.hypot(limits.forward, limits.sideways))
    node = profile.commands.topic.rpartition("/")[0]
    unknown = (
        f"stops by itself after {said:g} s, up to {said * fastest:.2f} m further on, says the"
        " profile; habilis ros stop-test --cease sees whether it does"
    )
    if not node:
        return unknown, ""
    try:
        answer = transport.call(
            f"{node}/get_parameters", PARAMETERS, {"names": ["cmd_vel_timeout"]}, ANSWER
        )
    except TransportError:
        return unknown, ""
    told = [v["double_value"] for v in answer.get("values", ()) if v.get("type") == DOUBLE]
    if not told:
        return unknown, ""
    further = f"up to {told[0] * fastest:.2f} m further on"
    known = f"stops by itself after {told[0]:g} s, {further}, says {node}"
    longer = told[0] > said + 1e-6 or told[0] <= 0
    return known, (
        f"cmd_vel_timeout of {node} is {told[0]:g} s, the profile says {said:g}: set it there"
        if longer
        else ""
    )
