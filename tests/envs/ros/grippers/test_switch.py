"""A gripper that is switched: what is sent, what is refused, and what counts as done."""

from __future__ import annotations

import dataclasses
import functools
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from tests.envs.ros.rig import Direct

from habilis.envs.ros.grippers import switch
from habilis.envs.ros.grippers.switch import SwitchDriver
from habilis.envs.ros.messages import motion as m
from habilis.envs.ros.messages.fields import MessageError
from habilis.envs.ros.messages.switches import SET_BOOL, read_switching, switching
from habilis.envs.ros.profiles.profile import Gripper
from habilis.envs.ros.transports.base import GoalStatus
from habilis.envs.ros.transports.local import Bus

AIR = Gripper("/air", ("jaw",), "set_bool", scale=1.0, aperture=(0.0, 0.08))
BLIND = dataclasses.replace(AIR, joints=())


class Here:
    """In place of a thread: what it would do is done at once."""

    def __init__(self, target: Any, args: Any, **_: Any) -> None:
        self.start = lambda: target(*args)


class Switched:
    """A driver, the valve on the other side of it, and what both heard."""

    def __init__(self, gripper: Gripper) -> None:
        bus = Bus()
        self.valve, self.ours = Direct(bus, "valve"), Direct(bus, "ours")
        for transport in (self.valve, self.ours):
            transport.connect()
        self.heard: list[Any] = []
        self.told: list[GoalStatus] = []
        self.answer = m.answer(True, "")
        for closed in (True, False):
            what = switching(gripper, closed)
            if gripper.kind == "bool":
                self.valve.subscribe(what.name, what.type, self.heard.append)
                break
            self.valve.serve(what.name, what.type, functools.partial(self.take, what.name))
        self.driver = SwitchDriver(gripper, self.ours, self.told.append)

    def take(self, name: str, request: Any) -> dict[str, Any]:
        self.heard.append((name, dict(request)))
        return self.answer

    def switch(self, aperture: float, now: float = 0.0) -> float | None:
        self.driver.want(aperture)
        return self.driver.keep(now)


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    here = SimpleNamespace(Thread=Here, RLock=threading.RLock)
    monkeypatch.setattr(switch, "threading", here)


def test_it_closes_and_opens_and_is_told_once() -> None:
    made = Switched(AIR)
    assert made.switch(0.0) == 0.0
    assert made.driver.keep(1.0) is None and made.switch(-1.0) is None
    assert made.switch(0.0799) == 0.08
    assert made.heard == [("/air", {"data": True}), ("/air", {"data": False})]


def test_kinds_and_values() -> None:
    made = Switched(Gripper("/shut", (), "trigger", opens="/let_go"))
    made.switch(0.0)
    made.switch(0.08)
    assert made.heard == [("/shut", {}), ("/let_go", {})]
    other = Switched(Gripper("/open", (), "bool", closed_is=False))
    other.switch(0.0)
    assert other.heard == [{"data": False}]
    assert read_switching(dataclasses.replace(AIR, closed_is=False), {"data": False})
    assert switching(AIR, True).type == SET_BOOL
    with pytest.raises(MessageError, match="true or false"):
        read_switching(AIR, {"data": 1})


def test_an_opening_between_and_less_force_are_refused() -> None:
    made = Switched(AIR)
    with pytest.raises(ValueError, match="opens and closes only, it is asked for 0.030 m of 0 to"):
        made.driver.want(0.03)
    with pytest.raises(ValueError, match="presses with 40 N, it is asked for 5 at most"):
        made.driver.press(5.0)
    made.driver.press(40.0)
    made.driver.see(0.0, 0.031)
    assert made.driver.want(0.03) == 0.03, "as it stands is no opening to go to"
    assert made.driver.keep(0.0) is None and not made.heard


def test_success_is_what_was_seen() -> None:
    made = Switched(AIR)
    made.driver.see(0.0, 0.08)
    made.switch(0.0)
    made.driver.see(0.1, 0.08)
    assert not made.told, "that the service said yes is not enough"
    made.driver.see(0.5, 0.001)
    assert made.told == [GoalStatus.SUCCEEDED] and not made.driver.stalled
    made.switch(0.08, 1.0)
    for now in (1.2, 1.9, 2.1):
        made.driver.see(now, 0.04)
    assert made.told[1:] == [GoalStatus.ABORTED] and made.driver.result is None
    assert made.driver.trouble == "/air: did not open: it stands at 0.040 m, 0.040 m short"
    assert made.switch(0.08, 3.0) == 0.08, "it may be tried again"


def test_what_it_closes_on_is_held_but_only_if_it_moved() -> None:
    made = Switched(AIR)
    made.driver.see(0.0, 0.08)
    made.switch(0.0)
    for now in (0.3, 0.5, 0.9, 1.1):
        made.driver.see(now, 0.05)
    assert made.told == [GoalStatus.SUCCEEDED] and made.driver.stalled
    assert made.driver.result is not None and made.driver.result.position == 0.05
    stuck = Switched(AIR)
    for now in (0.0, 0.5, 1.1):
        stuck.driver.see(now, 0.08)
        stuck.switch(0.0) if now == 0.0 else None
    assert stuck.told == [GoalStatus.ABORTED] and "did not close" in stuck.driver.trouble


def test_where_nothing_is_to_be_seen_no_success_is_told() -> None:
    made = Switched(BLIND)
    made.switch(0.0)
    topic = Switched(dataclasses.replace(BLIND, kind="bool"))
    topic.switch(0.0)
    assert made.told == [GoalStatus.ACCEPTED] and topic.told == [GoalStatus.UNKNOWN]
    assert made.driver.result is topic.driver.result is None


def test_a_service_that_says_no_or_nothing_is_told() -> None:
    made = Switched(BLIND)
    made.answer = m.answer(False, "no air")
    made.switch(0.0)
    assert made.told == [GoalStatus.ABORTED] and made.driver.trouble == "/air: refused: no air"
    made.valve.close()
    made.switch(0.0)
    assert "nobody offers the service /air" in made.driver.trouble


def test_a_stop_changes_nothing_and_a_loss_has_it_sent_again() -> None:
    made = Switched(AIR)
    made.driver.want(0.0)
    made.driver.stop()
    assert made.driver.keep(0.0) is None
    made.switch(0.0)
    made.driver.back()
    assert made.switch(0.0) == 0.0 and len(made.heard) == 2
