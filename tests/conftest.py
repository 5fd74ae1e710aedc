"""Fixtures of all tests."""

from collections.abc import Iterator

import mujoco
import pytest
from hypothesis import settings

from tests.pulse import Pulse, again_if_starved

# The same examples every time, and none too slow on a machine that is busy.
settings.register_profile("habilis", deadline=None, derandomize=True, database=None)
settings.load_profile("habilis")


@pytest.fixture(autouse=True)
def mujoco_warnings() -> Iterator[list[str]]:
    """What MuJoCo warned of during the test; it then neither prints nor writes a log file."""
    heard: list[str] = []
    before = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(heard.append)
    yield heard
    mujoco.set_mju_user_warning(before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the bridge run in real time, on a machine that runs other tests beside them."""
    for item in items:
        if "ros" in item.path.parts:
            item.add_marker(again_if_starved)


@pytest.fixture(autouse=True)
def pulse(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of tests that may have to be run again: how long they were kept waiting."""
    if request.node.get_closest_marker("flaky") is None:
        yield
        return
    pulse = Pulse()
    yield
    pulse.stop()
