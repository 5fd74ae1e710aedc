"""Stopping a base that somebody else commands, from a terminal of one's own."""

from __future__ import annotations

import time

import numpy as np

from habilis.envs.ros.base.odometry import OdometryStates
from habilis.envs.ros.messages.motion import STRING, TRIGGER
from habilis.envs.ros.messages.velocity import (
    ODOMETRY,
    TWIST,
    TWIST_STAMPED,
    twist,
    twist_stamped,
)
from habilis.envs.ros.motion.commander import desk, stop_everyone
from habilis.envs.ros.profiles.base_profile import BaseProfile
from habilis.envs.ros.robot.stopping import AGAIN, GIVE_UP, HOLD, StopReport
from habilis.envs.ros.transports.base import Message, Transport, TransportError


class BaseStopper:
    """Ready to stop one base: whatever takes time is done when this is made.

    Args:
      profile: of the base.
      transport: connected.
    """

    def __init__(self, profile: BaseProfile, transport: Transport) -> None:
        self._profile, self._transport = profile, transport
        self._odometry = OdometryStates(profile)
        self._kind = TWIST_STAMPED if profile.commands.stamped else TWIST
        transport.advertise(desk(profile), STRING)
        transport.advertise(profile.commands.topic, self._kind)
        transport.subscribe(profile.odometry.topic, ODOMETRY, self._hear)

    def stop(self, reason: str = "") -> StopReport:
        """Have all clients stop and call the stop service; then see that it rests.

        A base that moves on is told to stand, again and again.
        """
        began, trouble = time.monotonic(), list[str]()
        for attempt in range(int(GIVE_UP / AGAIN)):
            trouble += self._ask(reason, attempt)
            time.sleep(AGAIN)
            now = time.monotonic() - began
            if now > HOLD and self._stands():
                return StopReport(now, tuple(dict.fromkeys(trouble)))
        rest = np.inf if self._odometry.heard else np.nan
        return StopReport(rest, tuple(dict.fromkeys(trouble)))

    def _stands(self) -> bool:
        age = self._odometry.age(time.monotonic())
        return age < self._profile.watch.odometry_age and not self._odometry.stands()

    def _ask(self, reason: str, attempt: int) -> list[str]:
        commands, still = self._profile.commands, np.zeros(3)
        try:
            stop_everyone(self._profile, self._transport, reason)
            if attempt == 0 and self._profile.stop:
                self._transport.post(self._profile.stop, TRIGGER, {})
            if attempt * AGAIN > HOLD:  # clients of habilis have braked it by then
                stamped = twist_stamped(still, 0.0, self._profile.base_frame)
                self._transport.publish(
                    commands.topic, stamped if commands.stamped else twist(still)
                )
        except TransportError as error:
            return [str(error)]
        return []

    def _hear(self, message: Message) -> None:
        self._odometry.take(message, time.monotonic())
