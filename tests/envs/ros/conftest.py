"""Fixtures of the tests of the bridge, those that talk to a genuine ROS 2 among them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.envs.ros.stack import NATIVE, REQUIRED, Stack, environment

from habilis.envs.ros.motion import joints
from habilis.envs.ros.transports.local import Bus, LocalTransport

Make = Callable[[], Any]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """rclpy only in the child process of test_native.py, where ROS is sourced, and there alone."""
    if "medium" in metafunc.fixturenames:
        marks = [m.args[0] for m in metafunc.definition.iter_markers("media")]
        media = marks[0] if marks else ("local", "rosbridge", "rclpy")
        here = [name for name in media if (name == "rclpy") == NATIVE]
        metafunc.parametrize("medium", here, scope="module")


@pytest.fixture(scope="session")
def whole_stack() -> Iterator[Stack]:
    """A robot and a rosbridge server; where they cannot be had, skipped, but failed in CI."""
    ros, missing = environment()
    if missing:
        (pytest.fail if REQUIRED else pytest.skip)(missing)
    stack = Stack(ros)
    yield stack
    stack.close()


@pytest.fixture
def stack(whole_stack: Stack) -> Stack:
    """The robot and the server, both running whatever the last test did to them."""
    whole_stack.mend()
    return whole_stack


@pytest.fixture
def make(medium: str, request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes participants of one graph, not yet connected."""
    made: list[Any] = []
    bus = Bus()
    url = request.getfixturevalue("stack").url if medium == "rosbridge" else ""

    def make() -> Any:
        if medium == "local":
            made.append(LocalTransport(bus))
        else:
            from habilis.envs.ros.transports.names import make_transport

            made.append(make_transport(url or medium))
        return made[-1]

    yield make
    for transport in reversed(made):
        transport.close()


class NoThread:
    """In place of the watchdog's thread, in tests that look themselves."""

    def __init__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joints, "Beat", NoThread)


if NATIVE:
    import sys

    # After everything of this environment, so that its numpy is the one.
    sys.path += os.environ["ROS_SITE_PACKAGES"].split(":")
