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


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--turn K/N``: of the slow tests those whose turn it is, one in N, others for each K."""
    parser.addoption("--turn", default="0/1", help="K/N: of the slow tests one in N, by K")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of the bridge run in real time, on a machine that runs other tests beside them."""
    for item in items:
        if "ros" in item.path.parts:
            item.add_marker(again_if_starved)
    turn, of = (int(number) for number in config.getoption("--turn").split("/"))
    slow = {item: _case(item) for item in items if item.get_closest_marker("slow")}
    now = set(sorted(set(slow.values()))[turn % of :: of])
    config.hook.pytest_deselected(items=[i for i in items if i in slow and slow[i] not in now])
    items[:] = [item for item in items if item not in slow or slow[item] in now]


def _case(item: pytest.Item) -> str:
    """What a test is about: those of one file and one case share what is dear to make."""
    _, bracket, case = item.nodeid.partition("[")
    return f"{item.path} {case if bracket else item.name}"


@pytest.fixture(autouse=True)
def pulse(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of tests that may have to be run again: how long they were kept waiting."""
    if request.node.get_closest_marker("flaky") is None:
        yield
        return
    pulse = Pulse()
    yield
    pulse.stop()
